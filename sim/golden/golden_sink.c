// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "golden_sink.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "../../core/capsule_abi.h"
#include "../../core/ipc.h"
#include "../../core/kernel.h"
#include "../base/allocate.h"
#include "../base/list.h"
#include "../base/path.h"
#include "../trace/call_text.h"
#include "../trace/event_text.h"
#include "../trace/line.h"
#include "golden_order.h"

// Room for a line with two long names; what a process prints comes on top.
enum { LINE_SIZE = 4096, MOST_ESCAPE = 4 };

// A notification, by the seq that later events know it by, and the call that sent it.
struct golden_cause {
    uint32_t seq;
    size_t event;
};

// A region line, until the upcall that it is for.
struct pending_region {
    uint32_t cause;
    char *text;
};

struct golden_actor {
    uint64_t work_us;   // since its last event
    size_t alarm;       // the event that last set its alarm, NO_EVENT: none
    uint64_t delay_us;  // until that alarm
    size_t last_change; // the last event that changed what others see of it
    struct pending_region *pending;
    size_t pending_count;
};

// ---- events

static size_t add_event(struct golden_sink *self, uint32_t process, char *text)
{
    struct golden_actor *actor = &self->actors[process];

    *LIST_ADD(self->events, self->event_count) = (struct golden_event){
        .process = process,
        .text = text,
        .cause = NO_EVENT,
        .alarm = NO_EVENT,
        .work_us = actor->work_us,
    };
    actor->work_us = 0;
    return self->event_count - 1;
}

// On the heap, as its text stays.
static struct line line_for(const struct golden_sink *self, const struct event *event)
{
    size_t size = LINE_SIZE;

    if (event->kind == EVENT_print)
        size += (size_t)event->print.size * MOST_ESCAPE;
    return line_start_lasting(allocate(size, 1), size, self->view, &self->places, event->process);
}

// Gives the text away, in no more memory than it needs.
static char *text_from(const struct line *line)
{
    return allocate_again(line->text, line->length + 1);
}

static char *text_of(const struct golden_sink *self, const struct event *event)
{
    struct line line = line_for(self, event);

    event_put(&line, event);
    return text_from(&line);
}

static size_t add_shown(struct golden_sink *self, const struct event *event)
{
    return add_event(self, event->process, text_of(self, event));
}

// ---- what led to what

static void add_cause(struct golden_sink *self, uint32_t seq, size_t event)
{
    *LIST_ADD(self->causes, self->cause_count) = (struct golden_cause){.seq = seq, .event = event};
}

// Seqs only grow.
static size_t find_cause(const struct golden_sink *self, uint32_t seq)
{
    size_t low = 0;
    size_t high = self->cause_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (self->causes[middle].seq < seq)
            low = middle + 1;
        else
            high = middle;
    }
    return low < self->cause_count && self->causes[low].seq == seq ? self->causes[low].event
                                                                   : NO_EVENT;
}

// ---- system calls and their answers

// Left out are those that a process makes more or fewer of when time passes more slowly.
static bool is_polling(const struct event *call)
{
    return call->syscall.class == SYSCALL_YIELD ||
           (call->syscall.class == SYSCALL_COMMAND && call->syscall.r0 == ALARM_DRIVER_NUM &&
            call->syscall.r1 == ALARM_NOW);
}

// A move of the memory break that the library makes on its own to allocate: whether it
// needs one, and how far it goes, follows from where buffers lie.
static bool is_for_allocation(const struct golden_sink *self, const struct event *call)
{
    struct view_place place;

    return call->process < self->view->process_count &&
           view_place_of_call(self->view, call, &place) && place.kind == PLACE_BREAK;
}

static bool is_success(const struct event *answer)
{
    return answer && answer->syscall_return.variant >= RETURN_Success;
}

// `answer` NULL: there is none.
static void close_call(struct golden_sink *self, const struct event *answer)
{
    struct line line;

    if (!self->call_is_open)
        return;
    self->call_is_open = false;
    if (self->call_event == NO_EVENT) {
        if (is_success(answer))
            return;
        self->call_event = add_event(self, self->call.process, NULL);
    }
    line = line_for(self, &self->call);
    call_put(&line, &self->call);
    line_put(&line, " -> ");
    if (answer)
        call_put_answer(&line, &self->call, answer);
    else
        line_put(&line, "no answer");
    self->events[self->call_event].text = text_from(&line);
}

static void note_alarm(struct golden_sink *self, const struct event *call, size_t event)
{
    struct golden_actor *actor = &self->actors[call->process];

    if (call->syscall.class != SYSCALL_COMMAND || call->syscall.r0 != ALARM_DRIVER_NUM)
        return;
    if (call->syscall.r1 == ALARM_SET_RELATIVE || call->syscall.r1 == ALARM_SET_ABSOLUTE) {
        actor->alarm = event;
        actor->delay_us =
            call->syscall.r1 == ALARM_SET_RELATIVE ? call->syscall.r2 : call->syscall.r3;
    }
}

static void take_call(struct golden_sink *self, const struct event *event)
{
    close_call(self, NULL);
    if (is_polling(event))
        return;
    if (!call_has_answer(event)) {
        (void)add_shown(self, event);
        return;
    }
    self->call = *event;
    self->call_event =
        is_for_allocation(self, event) ? NO_EVENT : add_event(self, event->process, NULL);
    self->call_is_open = true;
    note_alarm(self, event, self->call_event);
    if (event->syscall.class == SYSCALL_ALLOW_RW)
        self->actors[event->process].last_change = self->call_event;
}

static void take_answer(struct golden_sink *self, const struct event *event)
{
    if (self->call_is_open && self->call.seq == event->syscall_return.cause)
        close_call(self, event);
}

// ---- notifications

static void take_notify(struct golden_sink *self, const struct event *event)
{
    if (event->ipc_queued.result == ERROR_NONE && self->call_is_open)
        add_cause(self, event->seq, self->call_event);
}

// Being refused a region over what has one already does no harm and always happens.
static void take_region(struct golden_sink *self, const struct event *event)
{
    struct golden_actor *actor = &self->actors[event->process];
    uint32_t start = event->region_added.start;
    uint32_t size = event->region_added.size;

    if (!event->region_added.allowed &&
        (size == 0 || mapped_covers(&self->mapped, event->process, start, size)))
        return;
    *LIST_ADD(actor->pending, actor->pending_count) =
        (struct pending_region){.cause = event->region_added.cause, .text = text_of(self, event)};
}

// The lines of regions stand before that of the upcall that they are for: when the
// kernel asked for them depends on what else was in the queue.
static void show_regions(struct golden_sink *self, uint32_t process, uint32_t cause)
{
    struct golden_actor *actor = &self->actors[process];
    size_t kept = 0;

    for (size_t i = 0; i < actor->pending_count; i++) {
        if (actor->pending[i].cause != cause) {
            actor->pending[kept++] = actor->pending[i];
            continue;
        }
        size_t event = add_event(self, process, actor->pending[i].text);
        self->events[event].cause = find_cause(self, cause);
    }
    actor->pending_count = kept;
}

static size_t later(size_t a, size_t b)
{
    if (a == NO_EVENT || b == NO_EVENT)
        return a == NO_EVENT ? b : a;
    return a > b ? a : b;
}

// An event that a notification led to, or would have.
static size_t add_caused(struct golden_sink *self, const struct event *event, uint32_t cause)
{
    show_regions(self, event->process, cause);
    size_t added = add_shown(self, event);
    self->events[added].cause = find_cause(self, cause);
    return added;
}

static void take_converted(struct golden_sink *self, const struct event *event)
{
    uint32_t from = event->ipc_converted.from;

    if (!event_is_lost(event))
        return;
    size_t added = add_caused(self, event, event->ipc_converted.cause);
    // A sender that is gone was there when it notified.
    if (event->ipc_converted.result != GRANT_OK && from < self->view->process_count)
        self->events[added].cause =
            later(self->events[added].cause, self->actors[from].last_change);
}

// ---- upcalls

static void take_upcall(struct golden_sink *self, const struct event *event)
{
    struct golden_actor *actor = &self->actors[event->process];
    bool is_driver = event->upcall.source == SOURCE_DRIVER;
    size_t added = add_caused(self, event, event->upcall.cause);

    if (is_driver && event->upcall.driver == ALARM_DRIVER_NUM) {
        self->events[added].alarm = actor->alarm;
        self->events[added].delay_us = actor->delay_us;
    }
}

// That of a notification: ipc_converted says it.
static void take_upcall_queued(struct golden_sink *self, const struct event *event)
{
    if (event->upcall_queued.result != ERROR_NONE && event->upcall_queued.driver != IPC_DRIVER_NUM)
        (void)add_shown(self, event);
}

// ---- the rest

static void take_restart(struct golden_sink *self, const struct event *event)
{
    struct golden_actor *actor = &self->actors[event->process];

    actor->alarm = NO_EVENT;
    actor->last_change = add_shown(self, event);
}

// A process that touches what is no longer shared with it does so after it was taken back.
static void take_stale_access(struct golden_sink *self, const struct event *event)
{
    uint32_t owner = event->stale_access.owner;
    size_t added = add_shown(self, event);

    if (owner < self->view->process_count)
        self->events[added].cause = self->actors[owner].last_change;
}

static void take_panic(struct golden_sink *self, const struct event *event)
{
    size_t added;

    close_call(self, NULL);
    added = add_shown(self, event); // which may move the events
    self->events[added].is_last = true;
}

// What is taken is that of a process, or a panic.
static void take_of_process(struct golden_sink *self, const struct event *event)
{
    switch (event->kind) {
    case EVENT_syscall:
        take_call(self, event);
        break;
    case EVENT_syscall_return:
        take_answer(self, event);
        break;
    case EVENT_ipc_queued:
        take_notify(self, event);
        break;
    case EVENT_region_added:
        take_region(self, event);
        break;
    case EVENT_ipc_converted:
        take_converted(self, event);
        break;
    case EVENT_upcall:
        take_upcall(self, event);
        break;
    case EVENT_upcall_queued:
        take_upcall_queued(self, event);
        break;
    case EVENT_upcall_removed:
        (void)add_caused(self, event, event->upcall_removed.cause);
        break;
    case EVENT_task_dropped:
        (void)add_caused(self, event, event->task_dropped.cause);
        break;
    case EVENT_restarted:
        take_restart(self, event);
        break;
    case EVENT_ended:
        self->actors[event->process].last_change = add_shown(self, event);
        break;
    case EVENT_stale_access:
        take_stale_access(self, event);
        break;
    case EVENT_work:
        self->actors[event->process].work_us += event->work.us;
        break;
    case EVENT_panic:
        take_panic(self, event);
        break;
    case EVENT_upcall_nested: // where returns stand says it of others
        if (event->upcall_nested.again)
            (void)add_shown(self, event);
        break;
    case EVENT_access:
        if (!event->access.allowed)
            (void)add_shown(self, event);
        break;
    case EVENT_expect:
        if (!event->expect.met)
            (void)add_shown(self, event);
        break;
    default:
        (void)add_shown(self, event);
    }
}

#define WANTED                                                                                     \
    (EVENT_BIT(EVENT_syscall) | EVENT_BIT(EVENT_syscall_return) | EVENT_BIT(EVENT_ipc_queued) |    \
     EVENT_BIT(EVENT_region_added) | EVENT_BIT(EVENT_ipc_converted) | EVENT_BIT(EVENT_upcall) |    \
     EVENT_BIT(EVENT_upcall_queued) | EVENT_BIT(EVENT_upcall_removed) |                            \
     EVENT_BIT(EVENT_upcall_nested) | EVENT_BIT(EVENT_upcall_return) |                             \
     EVENT_BIT(EVENT_task_dropped) | EVENT_BIT(EVENT_pending_dropped) | EVENT_BIT(EVENT_access) |  \
     EVENT_BIT(EVENT_stale_access) | EVENT_BIT(EVENT_work) | EVENT_BIT(EVENT_fault) |              \
     EVENT_BIT(EVENT_restarted) | EVENT_BIT(EVENT_stopped) | EVENT_BIT(EVENT_resumed) |            \
     EVENT_BIT(EVENT_operator) | EVENT_BIT(EVENT_ended) | EVENT_BIT(EVENT_panic) |                 \
     EVENT_BIT(EVENT_print) | EVENT_BIT(EVENT_expect) | EVENT_BIT(EVENT_done))

// The kernel itself is one more actor, the last.
static void take(struct sink *sink, const struct event *event)
{
    struct golden_sink *self = (struct golden_sink *)sink;
    struct event of_actor = *event;

    if (of_actor.process >= self->view->process_count)
        of_actor.process = (uint16_t)self->view->process_count;
    mapped_note(&self->mapped, event);
    places_note(&self->places, self->view, event);
    take_of_process(self, &of_actor);
}

// ---- the head

static void set_head(struct golden *golden, enum golden_head head, const char *text)
{
    char room[4096];
    struct line line = line_start(room, sizeof room);

    line_put_escaped(&line, text, strlen(text));
    golden_set_head(golden, head, room);
}

// A trace that was read back may not know of which run it is.
static void set_heads(struct golden *golden, const struct run_info *info)
{
    char machine[256];
    struct line line = line_start(machine, sizeof machine);

    if (info->scenario[0] == '\0')
        return;
    set_head(golden, GOLDEN_HEAD_SCENARIO, path_base(info->scenario));
    set_head(golden, GOLDEN_HEAD_PARAMS, info->params);
    line_put(&line, "board=%s sched=%s fault=%s num_procs=%" PRIu32 " seed=%" PRIu64, info->board,
             info->sched, info->fault, info->num_procs, info->seed);
    if (info->until_us != UINT64_MAX)
        line_put(&line, " until_us=%" PRIu64, info->until_us);
    set_head(golden, GOLDEN_HEAD_MACHINE, machine);
}

// The places of processes in `golden` are their indexes.
static void add_processes(struct golden *golden, const struct view *view)
{
    char text[LINE_SIZE];

    for (uint32_t i = 0; i < view->process_count; i++) {
        struct line line = line_start_of(text, sizeof text, view);

        line_put_label(&line, i);
        (void)golden_process(golden, text, line.length);
    }
    (void)golden_process(golden, "kernel", strlen("kernel"));
}

static void begin(struct sink *sink, const struct run_info *info)
{
    struct golden_sink *self = (struct golden_sink *)sink;
    self->view = info->view;
    mapped_open(&self->mapped, info->view->process_count);
    places_open(&self->places, info->view->process_count);
    self->actor_count = info->view->process_count + 1;
    self->actors = allocate(self->actor_count, sizeof *self->actors);
    for (size_t i = 0; i < self->actor_count; i++)
        self->actors[i].alarm = self->actors[i].last_change = NO_EVENT;
    set_heads(&self->golden, info);
    add_processes(&self->golden, info->view);
}

static void end(struct sink *sink, const struct run_result *result)
{
    struct golden_sink *self = (struct golden_sink *)sink;
    uint32_t outcome = golden_process(&self->golden, golden_outcome, strlen(golden_outcome));

    close_call(self, NULL);
    golden_order(&self->golden, self->events, self->event_count, self->actor_count);
    if (result->outcome[0] == '\0')
        return; // not known
    golden_add(&self->golden, outcome, allocate_text(result->outcome, strlen(result->outcome)));
}

void golden_sink_init(struct golden_sink *sink)
{
    *sink = (struct golden_sink){
        .sink = {.wanted = WANTED, .begin = begin, .take = take, .end = end},
    };
}

void golden_sink_take(struct golden_sink *sink, struct golden *golden)
{
    *golden = sink->golden;
    sink->golden = (struct golden){.processes = NULL};
}

void golden_sink_close(struct golden_sink *sink)
{
    for (size_t i = 0; i < sink->event_count; i++)
        free(sink->events[i].text);
    for (size_t i = 0; i < sink->actor_count; i++) {
        for (size_t p = 0; p < sink->actors[i].pending_count; p++)
            free(sink->actors[i].pending[p].text);
        free(sink->actors[i].pending);
    }
    mapped_close(&sink->mapped);
    places_close(&sink->places);
    free(sink->actors);
    free(sink->events);
    free(sink->causes);
    golden_free(&sink->golden);
}
