// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "recent.h"

#include <stdlib.h>

#include "../../core/abi.h"
#include "../../core/ipc.h"
#include "../base/allocate.h"
#include "event_text.h"

// What a person follows; the kernel's housekeeping in between is left out.
#define OF_INTEREST                                                                                \
    (EVENT_BIT(EVENT_ipc_queued) | EVENT_BIT(EVENT_ipc_converted) |                                \
     EVENT_BIT(EVENT_region_added) | EVENT_BIT(EVENT_upcall) | EVENT_BIT(EVENT_upcall_nested) |    \
     EVENT_BIT(EVENT_task_dropped) | EVENT_BIT(EVENT_syscall) | EVENT_BIT(EVENT_syscall_return) |  \
     EVENT_BIT(EVENT_access) | EVENT_BIT(EVENT_fault) | EVENT_BIT(EVENT_restarted) |               \
     EVENT_BIT(EVENT_ended) | EVENT_BIT(EVENT_stopped) | EVENT_BIT(EVENT_resumed) |                \
     EVENT_BIT(EVENT_operator) | EVENT_BIT(EVENT_panic) | EVENT_BIT(EVENT_print) |                 \
     EVENT_BIT(EVENT_expect) | EVENT_BIT(EVENT_done) | EVENT_BIT(EVENT_stale_access) |             \
     EVENT_BIT(EVENT_grant_refused) | EVENT_BIT(EVENT_pending_dropped) |                           \
     EVENT_BIT(EVENT_upcall_return))

static void push(struct recent_ring *ring, const struct event *event)
{
    ring->events[ring->count++ % ring->capacity] = *event;
}

static void keep(struct recent_first *first, const struct event *event)
{
    if (first->count < RECENT_FIRST)
        first->events[first->count] = *event;
    first->count++;
}

uint32_t recent_first_length(const struct recent_first *first)
{
    return first->count < RECENT_FIRST ? first->count : RECENT_FIRST;
}

uint32_t recent_ring_length(const struct recent_ring *ring)
{
    return ring->count < ring->capacity ? ring->count : ring->capacity;
}

const struct event *recent_ring_at(const struct recent_ring *ring, uint32_t age)
{
    return &ring->events[(ring->count - 1 - age) % ring->capacity];
}

static struct recent_ring *ring_of(const struct recent *recent, uint32_t process)
{
    uint32_t place = process < recent->process_count ? process : recent->process_count;

    return &recent->processes[place];
}

const struct recent_ring *recent_of(const struct recent *recent, uint32_t process)
{
    return ring_of(recent, process);
}

// ---- what went wrong

static bool is_loss(const struct event *event)
{
    switch (event->kind) {
    case EVENT_ipc_queued:
        return event->ipc_queued.result != ERROR_NONE;
    case EVENT_ipc_converted:
        return event_is_lost(event);
    case EVENT_task_dropped:
        return true;
    default:
        return false;
    }
}

static bool is_failure(const struct event *event)
{
    return event->kind == EVENT_fault || event->kind == EVENT_panic ||
           (event->kind == EVENT_expect && !event->expect.met);
}

static bool is_refused_region(const struct event *event)
{
    return event->kind == EVENT_region_added && !event->region_added.allowed;
}

// Why this notification was lost.
static struct recent_reason reason_of(const struct event *event)
{
    if (event->kind == EVENT_ipc_queued)
        return (struct recent_reason){FIELD_TYPE_error, event->ipc_queued.result, 1};
    if (event->kind == EVENT_task_dropped)
        return (struct recent_reason){FIELD_TYPE_drop_reason, event->task_dropped.reason, 1};
    if (event->ipc_converted.result != GRANT_OK)
        return (struct recent_reason){FIELD_TYPE_ipc_result, event->ipc_converted.result, 1};
    return (struct recent_reason){FIELD_TYPE_schedule_result, event->ipc_converted.scheduled, 1};
}

static void count_reason(struct recent *recent, const struct event *event)
{
    struct recent_reason reason = reason_of(event);

    for (size_t i = 0; i < RECENT_REASONS; i++) {
        struct recent_reason *known = &recent->reasons[i];

        if (known->count > 0 && (known->type != reason.type || known->value != reason.value))
            continue;
        reason.count += known->count;
        *known = reason;
        return;
    }
}

static void note_loss(struct recent *recent, const struct event *event)
{
    keep(&recent->lost, event);
    count_reason(recent, event);
}

static void note_older(struct recent *recent, const struct event *event)
{
    const struct subscription *newer = subscriptions_newer(&recent->subscriptions, event);

    if (!newer)
        return;
    if (recent->older.count < RECENT_FIRST)
        recent->newer[recent->older.count] = *newer;
    keep(&recent->older, event);
}

// Only the first of a kind is looked into: later ones may follow from it.
static void find_origins(struct recent *recent, const struct event *event)
{
    bool is_harmless =
        is_refused_region(event) && mapped_can_reach(&recent->mapped, recent->view, event);

    if (recent->failed.count == 0 && is_failure(event))
        origin_find(&recent->failed, &recent->history, event);
    if (recent->missing.count == 0 && !is_harmless && (is_loss(event) || is_refused_region(event)))
        origin_find(&recent->missing, &recent->history, event);
}

// ---- the sink

static void begin(struct sink *sink, const struct run_info *info)
{
    struct recent *recent = (struct recent *)sink;

    recent->view = info->view;
    mapped_open(&recent->mapped, info->view->process_count);
    subscriptions_open(&recent->subscriptions, info->view->process_count);
}

// What is kept of a process is what it did and what came to it: a notify that is refused is the
// sender's.
static bool is_of_process(const struct event *event)
{
    switch (event->kind) {
    case EVENT_upcall_nested:
        return event->upcall_nested.again;
    case EVENT_upcall_return:
        return false;
    case EVENT_ipc_queued:
        return event->ipc_queued.result == ERROR_NONE;
    default:
        return true;
    }
}

static void take(struct sink *sink, const struct event *event)
{
    struct recent *recent = (struct recent *)sink;

    if (is_of_process(event))
        push(ring_of(recent, event->process), event);
    if (is_refused_region(event))
        push(&recent->refused_regions, event);
    if (event->kind == EVENT_upcall_nested && event->upcall_nested.again)
        keep(&recent->entered_again, event);
    if (event->kind == EVENT_stale_access)
        keep(&recent->stale, event);
    if (is_loss(event))
        note_loss(recent, event);
    subscriptions_note(&recent->subscriptions, event);
    note_older(recent, event);
    origin_history_take(&recent->history, event);
    find_origins(recent, event);
    mapped_note(&recent->mapped, event);
}

static void end(struct sink *sink, const struct run_result *result)
{
    (void)sink;
    (void)result;
}

void recent_open(struct recent *recent, uint32_t process_count)
{
    size_t rings = (size_t)process_count + 1;
    struct event *events = allocate(rings * RECENT_EVENTS + RECENT_REFUSED, sizeof *events);

    *recent = (struct recent){
        .sink = {.wanted = OF_INTEREST, .begin = begin, .take = take, .end = end},
        .processes = allocate(rings, sizeof *recent->processes),
        .process_count = process_count,
        .events = events,
    };
    for (size_t i = 0; i < rings; i++, events += RECENT_EVENTS)
        recent->processes[i] = (struct recent_ring){.events = events, .capacity = RECENT_EVENTS};
    recent->refused_regions = (struct recent_ring){.events = events, .capacity = RECENT_REFUSED};
    origin_history_open(&recent->history);
}

void recent_close(struct recent *recent)
{
    origin_history_close(&recent->history);
    mapped_close(&recent->mapped);
    subscriptions_close(&recent->subscriptions);
    free(recent->processes);
    free(recent->events);
}
