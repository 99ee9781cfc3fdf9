// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "../../core/ipc.h"
#include "../../core/kernel.h"
#include "../base/allocate.h"
#include "call_text.h"
#include "line.h"
#include "sinks.h"

enum { LINE_SIZE = 1024, NAME_COLUMNS = 28, MOST_INDENTS = 8 };

// ---- lines

static void write_bytes(struct text_sink *self, const char *bytes, size_t length)
{
    if (self->call_open)
        bytes_add(&self->held, bytes, length);
    else
        fwrite(bytes, 1, length, self->out);
}

static void write_text(struct text_sink *self, const char *text)
{
    write_bytes(self, text, strlen(text));
}

static void write_toned(struct text_sink *self, enum tone tone, const char *text)
{
    static const char *const codes[] = {"", "\033[2m", "\033[31m", "\033[32m"};
    bool is_toned = self->color && tone != TONE_PLAIN;

    if (is_toned)
        write_text(self, codes[tone]);
    write_text(self, text);
    if (is_toned)
        write_text(self, "\033[0m");
}

// The process's index and name, in at most NAME_COLUMNS: of a long name, its end.
static void put_column(struct line *line, uint32_t index)
{
    const struct view_process *process = view_process(line->view, index);
    char text[LINE_SIZE];
    struct line name = line_start(text, sizeof text);

    if (!process) {
        line_put(line, "kernel");
        return;
    }
    line_put_escaped(&name, process->name, process->name_length);
    if (name.length > NAME_COLUMNS)
        line_put(line, "%" PRIu32 " ..%s", index, text + name.length - (NAME_COLUMNS - 2));
    else
        line_put(line, "%" PRIu32 " %s", index, text);
}

static uint32_t *depth_of(const struct text_sink *self, const struct event *event)
{
    return event->process < self->view->process_count ? &self->depths[event->process] : NULL;
}

// Once for each upcall that the process is in, and once behind an open call, as it is not yet
// known how that ended.
static void indent(struct text_sink *self, const struct event *event)
{
    const uint32_t *depth = depth_of(self, event);
    uint32_t indents = (depth ? *depth : 0) + self->call_open;

    for (uint32_t i = 0; i < indents && i < MOST_INDENTS; i++)
        write_text(self, "  ");
}

static void write_line(struct text_sink *self, const struct event *event, enum tone tone,
                       const char *what)
{
    char process[NAME_COLUMNS + 16];
    char text[64];
    struct line line = line_start_of(process, sizeof process, self->view);

    put_column(&line, event->process);
    snprintf(text, sizeof text, "%10" PRIu64 "  ", event->time_us);
    write_toned(self, TONE_DIM, text);
    snprintf(text, sizeof text, "%-*s  ", self->process_width, process);
    write_text(self, text);
    indent(self, event);
    write_toned(self, tone, what);
    write_text(self, "\n");
}

static void write_event(struct text_sink *self, const struct event *event)
{
    const struct subscription *newer = subscriptions_newer(&self->subscriptions, event);
    char text[LINE_SIZE];
    struct line line = line_start_of(text, sizeof text, self->view);

    event_put(&line, event);
    subscription_put(&line, newer);
    write_line(self, event, newer ? TONE_RED : event_tone(event), text);
}

// ---- timeslices that were used up

static void write_timeslices(struct text_sink *self, const struct timeslice_run *run)
{
    char text[LINE_SIZE];

    if (run->count == 1) {
        write_event(self, &run->interrupt);
        write_event(self, &run->stop);
        return;
    }
    snprintf(text, sizeof text,
             "computes through %" PRIu32 " timeslices, %" PRIu64 " us, until %" PRIu64
             " us (--unfold shows each)",
             run->count, run->used_us, run->last_us);
    write_line(self, &run->stop, TONE_DIM, text);
}

// Those that were held back, before something else is shown.
static void show_timeslices(struct text_sink *self)
{
    struct timeslices *slices = &self->timeslices;

    for (uint32_t i = 0; i < slices->count; i++)
        write_timeslices(self, &slices->runs[slices->order[i]]);
    if (slices->interrupt.seq != 0)
        write_event(self, &slices->interrupt);
    timeslices_clear(slices);
}

static bool folds(const struct text_sink *self)
{
    return !self->unfolds && !trace_filter_names(self->filter, EVENT_interrupt) &&
           !trace_filter_names(self->filter, EVENT_stop);
}

// ---- events and calls

static void show(struct text_sink *self, const struct event *event)
{
    if (!trace_filter_takes(self->filter, event) ||
        (folds(self) && timeslices_take(&self->timeslices, event)))
        return;
    show_timeslices(self);
    write_event(self, event);
}

static void write_call(struct text_sink *self, const struct event *answer)
{
    char text[LINE_SIZE];
    struct line line = line_start_of(text, sizeof text, self->view);

    call_put(&line, &self->call);
    line_put(&line, " -> ");
    if (answer)
        call_put_answer(&line, &self->call, answer);
    else
        line_put(&line, "no answer");
    if (self->notify != 0)
        line_put(&line, " (notify #%" PRIu32 ")", self->notify);
    write_line(self, &self->call, TONE_PLAIN, text);
}

// Shows the open call, if there is one, with `answer` (NULL: it has none), and then
// the lines held back.
static void close_call(struct text_sink *self, const struct event *answer)
{
    if (!self->call_open)
        return;
    self->call_open = false;
    if (trace_filter_takes(self->filter, &self->call))
        write_call(self, answer);
    if (self->held.length > 0)
        fwrite(self->held.start, 1, self->held.length, self->out);
    self->held.length = 0;
}

static void take_call(struct text_sink *self, const struct event *event)
{
    close_call(self, NULL);
    if (!call_has_answer(event)) {
        show(self, event);
        return;
    }
    show_timeslices(self);
    self->call = *event;
    self->notify = 0;
    self->call_open = true;
}

static void take_answer(struct text_sink *self, const struct event *event)
{
    if (self->call_open && self->call.seq == event->syscall_return.cause)
        close_call(self, event);
    else
        show(self, event);
}

// Of some kinds, only what is out of the ordinary.
static bool is_shown(const struct text_sink *self, const struct event *event)
{
    switch (event->kind) {
    case EVENT_schedule:
        return event->schedule.level != NO_LEVEL &&
               event->schedule.level != self->levels[event->process];
    case EVENT_ipc_queued: // the call and its answer say the rest
        return !self->call_open;
    case EVENT_ipc_converted:
        return event_is_lost(event);
    case EVENT_region_added:
        return event->region_added.allowed || !mapped_can_reach(&self->mapped, self->view, event);
    case EVENT_upcall_queued: // that of a notification: ipc_converted says it
        return event->upcall_queued.result != ERROR_NONE &&
               event->upcall_queued.driver != IPC_DRIVER_NUM;
    case EVENT_upcall_nested: // the indentation says the rest
        return event->upcall_nested.again;
    case EVENT_stop:
        return event->stop.reason == STOP_TIMESLICE_EXPIRED ||
               event->stop.reason == STOP_KERNEL_PREEMPTION;
    case EVENT_expect:
        return !event->expect.met;
    default:
        return true;
    }
}

// Events that a call can lead to only in place of its answer.
#define INSTEAD_OF_ANSWER                                                                          \
    (EVENT_BIT(EVENT_fault) | EVENT_BIT(EVENT_panic) | EVENT_BIT(EVENT_upcall) |                   \
     EVENT_BIT(EVENT_stop) | EVENT_BIT(EVENT_sleep))

#define NOT_SHOWN                                                                                  \
    (EVENT_BIT(EVENT_poll) | EVENT_BIT(EVENT_ipc_dequeued) | EVENT_BIT(EVENT_upcall_dequeued) |    \
     EVENT_BIT(EVENT_context_switch) | EVENT_BIT(EVENT_brk) | EVENT_BIT(EVENT_kernel_work))

// ---- the upcalls that a process is in

static void leave_upcalls(const struct text_sink *self, const struct event *event)
{
    uint32_t *depth = depth_of(self, event);

    if (!depth)
        return;
    if (event->kind == EVENT_upcall_return && *depth > 0)
        --*depth;
    if (EVENT_BIT(event->kind) & (EVENT_BIT(EVENT_restarted) | EVENT_BIT(EVENT_ended)))
        *depth = 0;
}

static void enter_upcall(const struct text_sink *self, const struct event *event)
{
    uint32_t *depth = depth_of(self, event);

    if (depth && event->kind == EVENT_upcall && event->upcall.source == SOURCE_DRIVER)
        ++*depth;
}

// ---- the sink

static void begin(struct sink *sink, const struct run_info *info)
{
    struct text_sink *self = (struct text_sink *)sink;
    char text[NAME_COLUMNS + 16];

    self->view = info->view;
    mapped_open(&self->mapped, info->view->process_count);
    subscriptions_open(&self->subscriptions, info->view->process_count);
    timeslices_open(&self->timeslices, info->view->process_count);
    self->levels = allocate(info->view->process_count, sizeof *self->levels);
    self->depths = allocate(info->view->process_count, sizeof *self->depths);
    self->process_width = (int)strlen("process");
    for (uint32_t i = 0; i < self->view->process_count; i++) {
        struct line line = line_start_of(text, sizeof text, self->view);

        put_column(&line, i);
        if ((int)line.length > self->process_width)
            self->process_width = (int)line.length;
    }
    snprintf(text, sizeof text, "%10s  %-*s  ", "time_us", self->process_width, "process");
    write_toned(self, TONE_DIM, text);
    write_toned(self, TONE_DIM, "event");
    write_text(self, "\n");
}

static void note_level(const struct text_sink *self, const struct event *event)
{
    if (event->kind == EVENT_schedule)
        self->levels[event->process] = event->schedule.level;
}

static void take(struct sink *sink, const struct event *event)
{
    struct text_sink *self = (struct text_sink *)sink;

    mapped_note(&self->mapped, event);
    subscriptions_note(&self->subscriptions, event);
    if (event->kind == EVENT_syscall) {
        take_call(self, event);
        return;
    }
    if (event->kind == EVENT_syscall_return) {
        take_answer(self, event);
        return;
    }
    if (EVENT_BIT(event->kind) & INSTEAD_OF_ANSWER)
        close_call(self, NULL);
    if (event->kind == EVENT_ipc_queued && event->ipc_queued.result == ERROR_NONE)
        self->notify = event->seq;
    leave_upcalls(self, event);
    if (is_shown(self, event) || trace_filter_names(self->filter, event->kind))
        show(self, event);
    note_level(self, event);
    enter_upcall(self, event);
}

static void end(struct sink *sink, const struct run_result *result)
{
    (void)result;
    close_call((struct text_sink *)sink, NULL);
    show_timeslices((struct text_sink *)sink);
}

void text_sink_init(struct text_sink *sink, FILE *out, bool color)
{
    *sink = (struct text_sink){
        .sink = {.wanted = ALL_EVENTS & ~NOT_SHOWN, .begin = begin, .take = take, .end = end},
        .out = out,
        .color = color,
    };
}

void text_sink_choose(struct text_sink *sink, struct trace_filter *filter, bool unfolds)
{
    sink->filter = filter;
    sink->unfolds = unfolds;
    sink->sink.wanted |= filter->kinds;
}

void text_sink_close(struct text_sink *sink)
{
    mapped_close(&sink->mapped);
    subscriptions_close(&sink->subscriptions);
    timeslices_close(&sink->timeslices);
    free(sink->levels);
    free(sink->depths);
    bytes_free(&sink->held);
}
