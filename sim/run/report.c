// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "report.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "../trace/line.h"
#include "../trace/sinks.h"
#include "ending.h"

enum {
    MOST_INVOLVED = 8,
    MOST_EVENTS = (MOST_INVOLVED + 1) * RECENT_EVENTS,
    MOST_KEPT = 5,
    LINE_SIZE = 1024,
};

// ---- the last events

// Who an event without a process is from.
static const char kernel_name[] = "kernel";

// The processes that a report is about.
struct involved {
    uint32_t process[MOST_INVOLVED];
    uint32_t count;
    int name_width;
};

static void involve(struct involved *involved, const struct world *world, uint32_t process)
{
    char name[LINE_NAME_SIZE];

    if (process >= world->process_count || involved->count == MOST_INVOLVED)
        return;
    for (uint32_t i = 0; i < involved->count; i++)
        if (involved->process[i] == process)
            return;
    involved->process[involved->count++] = process;
    int width = (int)strlen(line_name_of(&world->view, process, name));
    if (width > involved->name_width)
        involved->name_width = width;
}

static void involve_unfinished(struct involved *involved, const struct world *world)
{
    for (uint32_t i = 0; i < world->process_count; i++)
        if ((world->apps[i].expects_done && !world->apps[i].done) ||
            world->processes[i].state == PROCESS_RUNNING)
            involve(involved, world, i);
}

static void find_involved(struct involved *involved, const struct run *run)
{
    const struct world *world = run->world;

    *involved = (struct involved){.name_width = (int)strlen(kernel_name)};
    if (world->verdict.failed)
        involve(involved, world, world->verdict.process);
    if (world->fault.happened)
        involve(involved, world, world->fault.process);
    if (run->outcome == RUN_KERNEL_PANIC)
        involve(involved, world, world->kernel.panic_process);
    if (involved->count == 0)
        involve_unfinished(involved, world);
    if (involved->count == 0)
        for (uint32_t i = 0; i < world->process_count; i++)
            involve(involved, world, i);
}

static void print_event(FILE *out, const struct world *world, int name_width,
                        const struct event *event)
{
    char name[LINE_NAME_SIZE];
    char line[LINE_SIZE];

    event_text(&world->view, event, line, sizeof line);
    fprintf(out, "  %8" PRIu64 " us  %-*s  %s\n", event->time_us, name_width,
            event->process == NO_PROCESS ? kernel_name
                                         : line_name_of(&world->view, event->process, name),
            line);
}

static int compare_seq(const void *a, const void *b)
{
    uint32_t seq_a = (*(const struct event *const *)a)->seq;
    uint32_t seq_b = (*(const struct event *const *)b)->seq;

    return (seq_a > seq_b) - (seq_a < seq_b);
}

// Adds the newest events of a ring, at most `most`.
static size_t collect(const struct recent_ring *ring, uint32_t most, const struct event **events)
{
    uint32_t count = recent_ring_length(ring);

    if (count > most)
        count = most;
    for (uint32_t age = 0; age < count; age++)
        events[age] = recent_ring_at(ring, age);
    return count;
}

static void print_last_events(FILE *out, const struct run *run, const struct recent *recent)
{
    const struct event *events[MOST_EVENTS];
    struct involved involved;
    size_t count = 0;

    find_involved(&involved, run);
    uint32_t each = involved.count <= 2 ? RECENT_EVENTS : RECENT_EVENTS / 2;
    for (uint32_t i = 0; i < involved.count; i++)
        count += collect(recent_of(recent, involved.process[i]), each, events + count);
    count += collect(recent_of(recent, NO_PROCESS), 1, events + count);
    if (count == 0)
        return;
    qsort(events, count, sizeof events[0], compare_seq);
    fputs("\nlast events of those involved:\n", out);
    for (size_t i = 0; i < count; i++)
        print_event(out, run->world, involved.name_width, events[i]);
}

// The newest of one kind, if there are any.
static void print_kept(FILE *out, const struct run *run, const struct recent_ring *ring,
                       const char *title)
{
    const struct event *events[MOST_KEPT];
    struct involved receivers = {0};
    size_t count = collect(ring, MOST_KEPT, events);

    if (count == 0)
        return;
    for (size_t i = 0; i < count; i++)
        involve(&receivers, run->world, events[i]->process);
    fprintf(out, "\n%s:\n", title);
    for (size_t i = count; i-- > 0;)
        print_event(out, run->world, receivers.name_width, events[i]);
}

// What such an upcall keeps outside of itself, the one on top of it has changed.
static void print_entered_again(FILE *out, const struct run *run, const struct recent *recent)
{
    const struct recent_first *first = &recent->entered_again;
    struct involved involved = {0};
    uint32_t length = recent_first_length(first);

    if (length == 0)
        return;
    for (uint32_t i = 0; i < length; i++)
        involve(&involved, run->world, first->events[i].process);
    fputs("\nupcalls entered again before they returned", out);
    if (first->count > length)
        fprintf(out, " (the first %" PRIu32 " of %" PRIu32 ")", length, first->count);
    fputs(":\n", out);
    for (uint32_t i = 0; i < length; i++)
        print_event(out, run->world, involved.name_width, &first->events[i]);
}

// Where in the scenario a program is, if it can tell.
static void print_place(FILE *out, const struct run *run, const struct app *app)
{
    uint32_t line = app->body->line ? app->body->line(app) : 0;

    if (line > 0)
        fprintf(out, ", at %s:%" PRIu32, run->info.scenario, line);
    fputc('\n', out);
}

static void print_unfinished(FILE *out, const struct run *run)
{
    static const char *const states[] = {
#define X(NAME, name) #name,
        PROCESS_STATES(X)
#undef X
    };
    struct involved involved = {0};
    char name[LINE_NAME_SIZE];

    involve_unfinished(&involved, run->world);
    if (involved.count > 0)
        fputs("\nunfinished:\n", out);
    for (uint32_t i = 0; i < involved.count; i++) {
        const struct process *process = &run->world->processes[involved.process[i]];

        fprintf(out, "  %-*s  %s, %" PRIu32 " tasks queued, %" PRIu32 " lost to a full queue",
                involved.name_width, line_name_of(&run->world->view, involved.process[i], name),
                states[process->state], task_queue_length(&process->tasks),
                process->dropped_upcalls);
        print_place(out, run, &run->world->apps[involved.process[i]]);
    }
}

// A service that returns is gone, which its author may not have meant.
static void print_returned(FILE *out, const struct run *run)
{
    const struct world *world = run->world;
    const char *before = "\nended by returning, without done(): ";
    char name[LINE_NAME_SIZE];

    for (uint32_t i = 0; i < world->process_count; i++) {
        if (!world->apps[i].returned || world->apps[i].done)
            continue;
        fprintf(out, "%s%s", before, line_name_of(&world->view, i, name));
        before = ", ";
    }
    if (before[0] == ',')
        fputs("\n  (a program that serves others goes on with: while true do yield() end)\n", out);
}

// ---- the whole

// Whether an end of this kind can be declared.
static bool can_be_declared(enum run_outcome outcome)
{
    return outcome == RUN_FAULT || outcome == RUN_KERNEL_PANIC || outcome == RUN_DEADLOCK ||
           outcome == RUN_TIME_UP;
}

// How to declare what came, if it was meant to.
static void print_declaration(FILE *out, const struct run *run)
{
    struct ending declared;
    struct ending seen;
    char text[512];

    ending_declare(&declared, run->plan.scenario);
    ending_observe(&seen, run, &declared);
    fprintf(out, "  (if that is what it is to show: scenario { %s })\n",
            ending_text(&seen, run->plan.scenario, text, sizeof text));
}

// Whether the reason starts with a place of its own, "file:line".
static bool has_place(const struct run *run)
{
    return run->outcome == RUN_FAILED ||
           (run->outcome == RUN_FAULT && run->world->fault.text[0] != '\0');
}

static void print_reason(FILE *out, const struct run *run)
{
    const struct verdict *verdict = &run->world->verdict;
    char name[LINE_NAME_SIZE];

    if (!has_place(run))
        fprintf(out, "%s: ", run->info.scenario);
    fprintf(out, "%s\n", run->reason.text);
    if (run->outcome == RUN_FAILED && verdict->failed)
        fprintf(out, "  in %s, at %" PRIu64 " us\n",
                line_name_of(&run->world->view, verdict->process, name), verdict->time_us);
    else if (run->outcome == RUN_FAILED)
        fputs("  in finally(), after the end\n", out);
    if (can_be_declared(run->outcome))
        print_declaration(out, run);
}

void report_failure(FILE *out, const struct run *run, const struct recent *recent)
{
    print_reason(out, run);
    if (run->outcome != RUN_FAULT && run->outcome != RUN_FAILED)
        print_unfinished(out, run);
    print_returned(out, run);
    print_entered_again(out, run, recent);
    print_kept(out, run, &recent->lost, "notifications that never became an upcall");
    print_kept(out, run, &recent->stale, "accesses to buffers that were no longer shared");
    print_last_events(out, run, recent);
    report_fault(out, run, recent);
}
