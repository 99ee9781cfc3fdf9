// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "judge.h"

#include <inttypes.h>
#include <stdio.h>

#include "../trace/line.h"
#include "run.h"

enum { LIST_SIZE = 400 };

static const char *const outcome_names[] = {
#define X(NAME, name, status, text) #name,
    RUN_OUTCOMES(X)
#undef X
};

static const enum exit_status outcome_statuses[] = {
#define X(NAME, name, status, text) STATUS_##status,
    RUN_OUTCOMES(X)
#undef X
};

static const char *const ends_names[] = {
#define X(NAME, name) #name,
    SCENARIO_ENDS(X)
#undef X
};

const char *run_outcome_name(enum run_outcome outcome)
{
    return outcome_names[outcome];
}

enum exit_status run_outcome_status(enum run_outcome outcome)
{
    return outcome_statuses[outcome];
}

// Whether process `i` still owes its done().
static bool owes_done(const struct run *run, uint32_t i)
{
    const struct world *world = run->world;

    if (!world->apps[i].expects_done || world->apps[i].done)
        return false;
    return run->plan.scenario->ends != ENDS_FAULT || world->processes[i].state != PROCESS_FAULTED;
}

static bool is_busy(const struct run *run, uint32_t i)
{
    return run->world->processes[i].state == PROCESS_RUNNING;
}

static bool waits(const struct run *run, uint32_t i)
{
    return owes_done(run, i) && process_is_active(&run->world->processes[i]);
}

typedef bool question(const struct run *run, uint32_t i);

// How many processes answer yes; the first few names go into `list`.
static uint32_t who(const struct run *run, question *asked, char *list, size_t size)
{
    enum { SHOWN = 5 };
    uint32_t count = 0;
    size_t used = 0;
    char name[LINE_NAME_SIZE];

    list[0] = '\0';
    for (uint32_t i = 0; i < run->world->process_count; i++) {
        if (!asked(run, i))
            continue;
        if (count++ < SHOWN && used < size)
            used += (size_t)snprintf(list + used, size - used, "%s%.64s", count > 1 ? ", " : "",
                                     line_name_of(&run->world->view, i, name));
    }
    if (count > SHOWN && used < size)
        snprintf(list + used, size - used, " and %" PRIu32 " more", count - SHOWN);
    return count;
}

// The outcome that a judgement found, with its reason.
#define JUDGED(run, outcome, ...) (message_set(&(run)->reason, __VA_ARGS__), (outcome))

static enum run_outcome judge_panic(struct run *run)
{
    static const char *const texts[] = {
#define X(NAME, text) text,
        PANIC_REASONS(X)
#undef X
    };
    const struct kernel *kernel = &run->world->kernel;
    enum scenario_ends ends = run->plan.scenario->ends;

    // Under --fault panic, a fault that was declared ends as a panic.
    if (ends == ENDS_KERNEL_PANIC ||
        (ends == ENDS_FAULT && kernel->panic_reason == PANIC_PROCESS_FAULT))
        return RUN_PASSED;
    return JUDGED(run, RUN_KERNEL_PANIC, "the kernel panicked: %s", texts[kernel->panic_reason]);
}

static enum run_outcome judge_fault(struct run *run)
{
    static const char *const causes[] = {
#define X(NAME, text) text,
        FAULT_CAUSES(X)
#undef X
    };
    const struct fault_report *fault = &run->world->fault;
    char name[LINE_NAME_SIZE];

    // What the program says of it is its place: "file:line".
    return JUDGED(run, RUN_FAULT, "%s%sprocess %s faulted: %s", fault->text,
                  fault->text[0] != '\0' ? ": " : "",
                  line_name_of(&run->world->view, fault->process, name), causes[fault->cause]);
}

static enum run_outcome judge_time_up(struct run *run)
{
    char list[LIST_SIZE];
    uint64_t until_us = run->plan.until_us;

    if (who(run, owes_done, list, sizeof list) > 0)
        return JUDGED(run, RUN_TIME_UP,
                      "simulated time was up at %" PRIu64 " us before done() of: %s", until_us,
                      list);
    if (who(run, is_busy, list, sizeof list) > 0)
        return JUDGED(run, RUN_TIME_UP,
                      "simulated time was up at %" PRIu64 " us while still busy: %s", until_us,
                      list);
    return RUN_PASSED;
}

static enum run_outcome judge_quiet(struct run *run)
{
    char list[LIST_SIZE];

    if (who(run, waits, list, sizeof list) > 0)
        return JUDGED(run, RUN_DEADLOCK,
                      "deadlock: nothing will ever wake a process again; not done: %s", list);
    if (who(run, owes_done, list, sizeof list) > 0)
        return JUDGED(run, RUN_NOT_DONE, "ended without calling done(): %s", list);
    return RUN_PASSED;
}

// The world stopped by itself and did not panic; `outcome` is what that is where
// nothing is declared.
static enum run_outcome judge_end(struct run *run, enum run_outcome outcome)
{
    enum scenario_ends ends = run->plan.scenario->ends;
    bool faulted = run->world->fault.happened;

    if (faulted && ends != ENDS_FAULT)
        return judge_fault(run);
    if (ends == ENDS_NORMALLY || (ends == ENDS_FAULT && faulted))
        return outcome;
    if (ends == ENDS_DEADLOCK && (outcome == RUN_DEADLOCK || outcome == RUN_NOT_DONE)) {
        run->reason.text[0] = '\0';
        return RUN_PASSED;
    }
    if (run->state == WORLD_UNTIL)
        return JUDGED(run, RUN_TIME_UP,
                      "simulated time was up at %" PRIu64 " us before the end that the scenario "
                      "declares: ends = \"%s\"",
                      run->plan.until_us, ends_names[ends]);
    return JUDGED(run, RUN_OTHER_END, "the scenario declares ends = \"%s\", and it did not happen",
                  ends_names[ends]);
}

static enum run_outcome judge_stopped(struct run *run, enum run_stop stop)
{
    uint64_t now_us = world_now_us(run->world);

    if (stop == RUN_STOP_TIMEOUT)
        return JUDGED(run, RUN_TIMEOUT, "--timeout was over at %" PRIu64 " us simulated", now_us);
    return JUDGED(run, RUN_STOPPED, "stopped at %" PRIu64 " us simulated", now_us);
}

static enum run_outcome judge(struct run *run, enum run_stop stop)
{
    const struct verdict *verdict = &run->world->verdict;

    if (run->state == WORLD_STOPPED && stop == RUN_STOP_INTERRUPT)
        return JUDGED(run, RUN_INTERRUPTED, "interrupted at %" PRIu64 " us simulated",
                      world_now_us(run->world));
    if (verdict->failed)
        return JUDGED(run, RUN_FAILED, "%s", verdict->text);

    switch (run->state) {
    case WORLD_PANICKED:
        return judge_panic(run);
    case WORLD_UNTIL:
        return judge_end(run, judge_time_up(run));
    case WORLD_QUIESCENT:
        return judge_end(run, judge_quiet(run));
    case WORLD_RUNNING:
    case WORLD_STOPPED:
        break;
    }
    return judge_stopped(run, stop);
}

void run_judge(struct run *run, enum run_stop stop)
{
    run->reason.text[0] = '\0';
    run->outcome = judge(run, stop);
}
