// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "report.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "../trace/line.h"
#include "ending.h"
#include "report_events.h"

enum { MOST_EVENTS = (MOST_INVOLVED + 1) * RECENT_EVENTS };

// ---- the last events

static void involve_unfinished(struct involved *involved, const struct world *world)
{
    for (uint32_t i = 0; i < world->process_count; i++)
        if ((world->apps[i].expects_done && !world->apps[i].done) ||
            world->processes[i].state == PROCESS_RUNNING)
            report_involve(involved, world, i);
}

static void find_involved(struct involved *involved, const struct run *run)
{
    const struct world *world = run->world;

    *involved = (struct involved){.name_width = (int)strlen(report_kernel_name)};
    if (world->verdict.failed)
        report_involve(involved, world, world->verdict.process);
    if (world->fault.happened)
        report_involve(involved, world, world->fault.process);
    if (run->outcome == RUN_KERNEL_PANIC)
        report_involve(involved, world, world->kernel.panic_process);
    if (involved->count == 0)
        involve_unfinished(involved, world);
    if (involved->count == 0)
        for (uint32_t i = 0; i < world->process_count; i++)
            report_involve(involved, world, i);
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

// The last events of those that it is about, by seq.
struct last_events {
    const struct event *events[MOST_EVENTS];
    size_t count;
    struct involved involved;
};

static void find_last_events(struct last_events *last, const struct run *run,
                             const struct recent *recent)
{
    find_involved(&last->involved, run);
    uint32_t each = last->involved.count <= 2 ? RECENT_EVENTS : RECENT_EVENTS / 2;

    last->count = 0;
    for (uint32_t i = 0; i < last->involved.count; i++)
        last->count +=
            collect(recent_of(recent, last->involved.process[i]), each, last->events + last->count);
    last->count += collect(recent_of(recent, NO_PROCESS), 1, last->events + last->count);
    qsort(last->events, last->count, sizeof last->events[0], compare_seq);
}

static void print_last_events(FILE *out, const struct run *run, const struct last_events *last)
{
    if (last->count > 0)
        fputs("\nlast events of those involved:\n", out);
    for (size_t i = 0; i < last->count; i++)
        report_event(out, run->world, last->involved.name_width, last->events[i]);
}

// Whether all that led to something is told with the last events.
static bool is_told(const struct last_events *last, const struct origin *origin)
{
    size_t found = 0;

    for (size_t i = 0; i < last->count && found < origin->count; i++)
        found += last->events[i]->seq == origin->events[found].seq;
    return found == origin->count;
}

static uint32_t last_seq(const struct origin *origin)
{
    return origin->count > 0 ? origin->events[origin->count - 1].seq : UINT32_MAX;
}

// What did not arrive may have led to the failure; what came after it follows from it.
static void print_origins(FILE *out, const struct run *run, const struct recent *recent,
                          const struct last_events *last)
{
    const struct origin *failed = &recent->failed;
    const struct origin *missing = &recent->missing;

    if (last_seq(missing) < last_seq(failed) && !is_told(last, missing) &&
        !report_is_part(missing, failed))
        report_origin(out, run, missing);
    if (!is_told(last, failed))
        report_origin(out, run, failed);
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

// Whether somebody waits for ever with an expectation ahead.
static bool some_is_stuck(const struct run *run)
{
    for (uint32_t i = 0; i < run->world->process_count; i++)
        if (run->stuck_at[i] > 0)
            return true;
    return false;
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
    if (some_is_stuck(run))
        fputs("  (if it waits by trade: process(name, { server = true }, function))\n", out);
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
    struct last_events last;

    find_last_events(&last, run, recent);
    print_reason(out, run);
    if (run->outcome != RUN_FAULT && run->outcome != RUN_FAILED)
        print_unfinished(out, run);
    print_returned(out, run);
    print_origins(out, run, recent, &last);
    report_entered_again(out, run, recent);
    report_older(out, run, recent);
    report_lost(out, run, recent);
    report_stale(out, run, recent);
    print_last_events(out, run, &last);
    report_fault(out, run, recent);
}
