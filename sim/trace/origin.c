// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "origin.h"

#include <stdbool.h>
#include <stdlib.h>

#include "../../core/ipc.h"
#include "../base/allocate.h"
#include "event_text.h"

// How many of a process's own events are told before the last one, and how many notifications are
// followed back.
enum { OWN_EVENTS = 3, MOST_HOPS = 3 };

// ---- the history

void origin_history_open(struct origin_history *history)
{
    *history =
        (struct origin_history){.events = allocate(ORIGIN_REMEMBERED, sizeof *history->events)};
}

void origin_history_close(struct origin_history *history)
{
    free(history->events);
}

void origin_history_take(struct origin_history *history, const struct event *event)
{
    history->events[history->count++ % ORIGIN_REMEMBERED] = *event;
}

// The one that is `age` events old (0: the newest); NULL: it is not remembered.
static const struct event *at(const struct origin_history *history, uint32_t age)
{
    if (age >= history->count || age >= ORIGIN_REMEMBERED)
        return NULL;
    return &history->events[(history->count - 1 - age) % ORIGIN_REMEMBERED];
}

// ---- looking back. All look only at what is older than `seq`.

typedef bool question(const struct event *event, uint32_t asked);

static bool has_seq(const struct event *event, uint32_t seq)
{
    return event->seq == seq;
}

static bool is_call_of(const struct event *event, uint32_t process)
{
    return event->kind == EVENT_syscall && event->process == process;
}

// Also what somebody outside did to it.
static bool is_end_of(const struct event *event, uint32_t process)
{
    return event->process == process &&
           (EVENT_BIT(event->kind) & (EVENT_BIT(EVENT_fault) | EVENT_BIT(EVENT_restarted) |
                                      EVENT_BIT(EVENT_ended) | EVENT_BIT(EVENT_operator)));
}

// What it did itself, or what came to it: not that another one notified it.
static bool is_of(const struct event *event, uint32_t process)
{
    if (event->kind == EVENT_upcall_nested)
        return event->process == process && event->upcall_nested.again;
    return event->process == process && event->kind != EVENT_upcall_return &&
           event->kind != EVENT_ipc_queued;
}

static const struct event *find(const struct origin_history *history, uint32_t seq, question *is_it,
                                uint32_t asked)
{
    const struct event *event;

    for (uint32_t age = 0; (event = at(history, age)); age++)
        if (event->seq < seq && is_it(event, asked))
            return event;
    return NULL;
}

// The upcall that the process is in, or the last one that returned if it is in none. NULL: none, or
// it is forgotten.
static const struct event *find_upcall(const struct origin_history *history, uint32_t seq,
                                       uint32_t process)
{
    uint32_t returned = 0; // the last that did, by seq
    uint32_t inside = 0;   // how many returns have not met their upcall
    const struct event *event;

    for (uint32_t age = 0; (event = at(history, age)); age++) {
        if (event->seq >= seq || event->process != process)
            continue;
        if (event->kind == EVENT_upcall_return && inside++ == 0 && returned == 0)
            returned = event->upcall_return.cause;
        if (event->kind == EVENT_restarted ||
            (event->kind == EVENT_upcall && event->upcall.source == SOURCE_KERNEL))
            break;
        if (event->kind == EVENT_upcall && inside == 0)
            return event;
        inside -= event->kind == EVENT_upcall;
    }
    return find(history, seq, has_seq, returned);
}

// ---- putting it together

struct finding {
    struct origin *origin;
    const struct origin_history *history;
};

static void add(struct finding *finding, const struct event *event)
{
    struct origin *origin = finding->origin;
    uint32_t place = 0;

    if (!event || origin->count == ORIGIN_EVENTS)
        return;
    while (place < origin->count && origin->events[place].seq < event->seq)
        place++;
    if (place < origin->count && origin->events[place].seq == event->seq)
        return;
    for (uint32_t i = origin->count++; i > place; i--)
        origin->events[i] = origin->events[i - 1];
    origin->events[place] = *event;
}

// What the process did last, back to its upcall.
static void add_own(struct finding *finding, const struct event *last, const struct event *upcall)
{
    const struct event *event = last;

    for (int i = 0; i < OWN_EVENTS; i++) {
        event = find(finding->history, event->seq, is_of, last->process);
        if (!event || (upcall && event->seq <= upcall->seq))
            return;
        add(finding, event);
        if (event->kind == EVENT_restarted)
            return;
    }
}

// The region that the kernel asked for because of this notify, if it asked for one.
static bool is_region_for(const struct event *event, uint32_t notify)
{
    return event->kind == EVENT_region_added && event->region_added.cause == notify &&
           event->region_added.size > 0;
}

// The notify with this seq, the region and the call that sent it. Returns the call, NULL: it is
// forgotten.
static const struct event *add_notify(struct finding *finding, uint32_t seq)
{
    const struct event *notify = find(finding->history, UINT32_MAX, has_seq, seq);
    const struct event *call;

    if (!notify || notify->kind != EVENT_ipc_queued)
        return NULL;
    call = find(finding->history, seq, is_call_of, notify->ipc_queued.from);
    add(finding, notify);
    add(finding, call);
    add(finding, find(finding->history, UINT32_MAX, is_region_for, seq));
    return call;
}

// Follows a process's upcalls and their notifications back from `event` of its own.
static void follow(struct finding *finding, const struct event *event)
{
    for (int hop = 0; event && hop < MOST_HOPS; hop++) {
        const struct event *upcall = find_upcall(finding->history, event->seq, event->process);

        if (hop == 0)
            add_own(finding, event, upcall);
        add(finding, upcall);
        event = upcall && upcall->upcall.driver == IPC_DRIVER_NUM
                    ? add_notify(finding, upcall->upcall.cause)
                    : NULL;
    }
}

// How the other side of a notification that was lost or refused came to its end, if it did.
static void add_end(struct finding *finding, const struct event *event, uint32_t process)
{
    const struct event *ended = find(finding->history, event->seq, is_end_of, process);

    add(finding, ended);
    if (ended)
        add(finding, find(finding->history, ended->seq, is_end_of, process));
}

static void follow_notify(struct finding *finding, uint32_t seq)
{
    const struct event *call = add_notify(finding, seq);

    if (call)
        add(finding, find_upcall(finding->history, call->seq, call->process));
}

void origin_find(struct origin *origin, const struct origin_history *history,
                 const struct event *event)
{
    struct finding finding = {.origin = origin, .history = history};

    origin->count = 0;
    add(&finding, event);
    switch (event->kind) {
    case EVENT_ipc_queued:
        add_end(&finding, event, event->process);
        follow_notify(&finding, event->seq);
        break;
    case EVENT_ipc_converted:
        if (event->ipc_converted.result != GRANT_OK)
            add_end(&finding, event, event->ipc_converted.from);
        follow_notify(&finding, event->ipc_converted.cause);
        break;
    case EVENT_task_dropped:
        add_end(&finding, event, event->process);
        follow_notify(&finding, event->task_dropped.cause);
        break;
    case EVENT_region_added:
        follow_notify(&finding, event->region_added.cause);
        break;
    default:
        follow(&finding, event);
    }
}
