// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "judge.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "../trace/line.h"
#include "ending.h"
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

const char *run_outcome_name(enum run_outcome outcome)
{
    return outcome_names[outcome];
}

enum exit_status run_outcome_status(enum run_outcome outcome)
{
    return outcome_statuses[outcome];
}

// A run and how it was to end.
struct judging {
    struct run *run;
    struct ending declared;
    struct ending seen;
};

static bool owes_done(const struct judging *judging, uint32_t i)
{
    return ending_owes_done(judging->run, &judging->declared, i);
}

static bool is_busy(const struct judging *judging, uint32_t i)
{
    return ending_is_busy(judging->run, i);
}

static bool owes(const struct judging *judging, uint32_t i)
{
    return ending_owes(judging->run, &judging->declared, i);
}

static bool waits(const struct judging *judging, uint32_t i)
{
    return owes(judging, i) && process_is_active(&judging->run->world->processes[i]);
}

static bool waits_for_done(const struct judging *judging, uint32_t i)
{
    return owes_done(judging, i) && waits(judging, i);
}

static bool is_stuck(const struct judging *judging, uint32_t i)
{
    return judging->run->stuck_at[i] > 0;
}

typedef bool question(const struct judging *judging, uint32_t i);

// How many processes answer yes; the first few names go into `list`.
static uint32_t who(const struct judging *judging, question *asked, char *list, size_t size)
{
    enum { SHOWN = 5 };
    const struct world *world = judging->run->world;
    uint32_t count = 0;
    size_t used = 0;
    char name[LINE_NAME_SIZE];

    list[0] = '\0';
    for (uint32_t i = 0; i < world->process_count; i++) {
        if (!asked(judging, i))
            continue;
        if (count++ < SHOWN && used < size)
            used += (size_t)snprintf(list + used, size - used, "%s%.64s", count > 1 ? ", " : "",
                                     line_name_of(&world->view, i, name));
    }
    if (count > SHOWN && used < size)
        snprintf(list + used, size - used, " and %" PRIu32 " more", count - SHOWN);
    return count;
}

// "client1 waits for ever at line 9, client2 at line 12"; whether there is any.
static bool list_stuck(const struct judging *judging, char *list, size_t size)
{
    char names[LIST_SIZE];
    char name[LINE_NAME_SIZE];
    uint32_t count = who(judging, is_stuck, names, sizeof names);
    uint32_t first = 0;

    if (count == 0)
        return false;
    while (!is_stuck(judging, first))
        first++;
    snprintf(list, size, "%.64s waits for ever at line %" PRIu32,
             line_name_of(&judging->run->world->view, first, name), judging->run->stuck_at[first]);
    if (count > 1)
        snprintf(list + strlen(list), size - strlen(list), " (and so do others: %s)", names);
    return true;
}

// The outcome that a judgement found, with its reason.
#define JUDGED(run, outcome, ...) (message_set(&(run)->reason, __VA_ARGS__), (outcome))

static const char *declaration(const struct judging *judging, char *text, size_t size)
{
    return ending_text(&judging->declared, judging->run->plan.scenario, text, size);
}

// What was declared did not come, at least not all of it.
static enum run_outcome judge_absence(struct judging *judging)
{
    struct run *run = judging->run;
    char list[LIST_SIZE];

    declaration(judging, list, sizeof list);
    if (run->state == WORLD_UNTIL)
        return JUDGED(run, RUN_TIME_UP,
                      "simulated time was up at %" PRIu64 " us before the end that the scenario "
                      "declares: %s",
                      run->plan.until_us, list);
    return JUDGED(run, RUN_OTHER_END, "the scenario declares %s, and it did not happen", list);
}

// ---- faults

// "x.lua:3: process wild faulted: refused memory access". Where it is is known of the first.
static void describe_fault(const struct run *run, uint32_t process, char *text, size_t size)
{
    static const char *const causes[] = {
#define X(NAME, text) text,
        FAULT_CAUSES(X)
#undef X
    };
    const struct fault_report *fault = &run->world->fault;
    const char *place = fault->process == process ? fault->text : "";
    char name[LINE_NAME_SIZE];

    snprintf(text, size, "%s%sprocess %s faulted: %s", place, place[0] != '\0' ? ": " : "",
             line_name_of(&run->world->view, process, name),
             causes[run->tally.first_cause[process]]);
}

// A fault of `process` that is not as declared; `how` says what is wrong with it.
static enum run_outcome judge_fault(struct judging *judging, uint32_t process, const char *how)
{
    struct run *run = judging->run;
    char text[LIST_SIZE];
    char list[LIST_SIZE];

    describe_fault(run, process, text, sizeof text);
    if (!judging->declared.part[ENDS_FAULT].is_there)
        return JUDGED(run, RUN_FAULT, "%s", text);
    return JUDGED(run, RUN_FAULT, "%s; %s%s", text, declaration(judging, list, sizeof list), how);
}

// Who faulted and was not to, the first fault of all before others; process_count: nobody.
static uint32_t find_unexpected(const struct judging *judging)
{
    const struct world *world = judging->run->world;
    const struct ending_part *meant = &judging->declared.part[ENDS_FAULT];
    const struct ending_part *seen = &judging->seen.part[ENDS_FAULT];
    uint32_t found = world->process_count;

    for (uint32_t i = world->process_count; i-- > 0;)
        if (seen->times[i] > 0 && (!meant->is_there || (meant->is_named && meant->times[i] == 0)))
            found = i;
    if (found < world->process_count && world->fault.happened && !meant->is_named)
        found = world->fault.process;
    return found;
}

// A fault of whoever it may be: of the only process, once.
static enum run_outcome judge_unnamed_fault(struct judging *judging)
{
    const struct world *world = judging->run->world;
    const struct ending_part *seen = &judging->seen.part[ENDS_FAULT];

    if (!seen->is_there)
        return judge_absence(judging);
    if (world->process_count > 1)
        return judge_fault(judging, world->fault.process, " does not say whose fault it is to be");
    if (seen->times[0] > 1)
        return judge_fault(judging, 0, " is one fault, and there were more");
    return RUN_PASSED;
}

// `is_cut`: the run ended before those who are missing could.
static enum run_outcome judge_counts(struct judging *judging, bool is_cut)
{
    const struct ending_part *meant = &judging->declared.part[ENDS_FAULT];
    const struct ending_part *seen = &judging->seen.part[ENDS_FAULT];

    for (uint32_t i = 0; i < judging->run->world->process_count; i++) {
        if (seen->times[i] > meant->times[i])
            return judge_fault(judging, i, ", and it faulted more often");
        if (seen->times[i] < meant->times[i] && !is_cut)
            return judge_absence(judging);
    }
    return RUN_PASSED;
}

static enum run_outcome judge_faults(struct judging *judging, bool is_cut)
{
    const struct ending_part *meant = &judging->declared.part[ENDS_FAULT];
    uint32_t unexpected = find_unexpected(judging);

    if (unexpected < judging->run->world->process_count)
        return judge_fault(judging, unexpected, ", and it is not named there");
    if (!meant->is_there)
        return RUN_PASSED;
    return meant->is_named ? judge_counts(judging, is_cut) : judge_unnamed_fault(judging);
}

// ---- what ended the run

// Whether those who are named for this end are those whom it came to.
static bool is_as_named(const struct judging *judging, enum scenario_end_kind kind)
{
    const struct ending_part *meant = &judging->declared.part[kind];
    const struct ending_part *seen = &judging->seen.part[kind];

    for (uint32_t i = 0; i < judging->run->world->process_count; i++)
        if (meant->is_named && (meant->times[i] > 0) != (seen->times[i] > 0))
            return false;
    return true;
}

static enum run_outcome judge_panic(struct judging *judging)
{
    static const char *const texts[] = {
#define X(NAME, text) text,
        PANIC_REASONS(X)
#undef X
    };
    struct run *run = judging->run;
    bool is_fault = run->world->kernel.panic_reason == PANIC_PROCESS_FAULT;

    if (judging->declared.part[ENDS_KERNEL_PANIC].is_there &&
        is_as_named(judging, ENDS_KERNEL_PANIC))
        return is_fault ? RUN_PASSED : judge_faults(judging, true);
    // Under --fault panic, a fault that was declared ends as a panic.
    if (is_fault && judging->declared.part[ENDS_FAULT].is_there)
        return judge_faults(judging, true);
    return JUDGED(run, RUN_KERNEL_PANIC, "the kernel panicked: %s",
                  texts[run->world->kernel.panic_reason]);
}

// What is not as declared about who waits for ever.
static enum run_outcome judge_deadlock(struct judging *judging)
{
    char list[LIST_SIZE];
    char text[LIST_SIZE];

    if (who(judging, waits, list, sizeof list) == 0)
        return judge_absence(judging);
    if (is_as_named(judging, ENDS_DEADLOCK))
        return RUN_PASSED;
    return JUDGED(judging->run, RUN_DEADLOCK, "these wait for ever: %s; the scenario declares %s",
                  list, declaration(judging, text, sizeof text));
}

static enum run_outcome judge_quiet(struct judging *judging)
{
    const struct ending_part *declared = judging->declared.part;
    char list[LIST_SIZE];

    if (declared[ENDS_KERNEL_PANIC].is_there || declared[ENDS_TIME_UP].is_there)
        return judge_absence(judging);
    if (declared[ENDS_DEADLOCK].is_there)
        return judge_deadlock(judging);
    if (who(judging, waits_for_done, list, sizeof list) > 0)
        return JUDGED(judging->run, RUN_DEADLOCK,
                      "deadlock: nothing will ever wake a process again; not done: %s", list);
    if (list_stuck(judging, list, sizeof list))
        return JUDGED(judging->run, RUN_DEADLOCK, "%s; nothing after it was run", list);
    if (who(judging, owes_done, list, sizeof list) > 0)
        return JUDGED(judging->run, RUN_NOT_DONE, "ended without calling done(): %s", list);
    return RUN_PASSED;
}

static bool is_unfinished(const struct judging *judging, uint32_t i)
{
    return owes(judging, i) || is_busy(judging, i);
}

// Whether everybody who is named was unfinished, and everybody who owes done() is named.
static bool is_starved_as_named(const struct judging *judging)
{
    const struct ending_part *meant = &judging->declared.part[ENDS_TIME_UP];

    for (uint32_t i = 0; i < judging->run->world->process_count && meant->is_named; i++) {
        bool is_named = meant->times[ending_place(judging->run->plan.scenario, i)] > 0;

        if (is_named ? !is_unfinished(judging, i) : owes(judging, i))
            return false;
    }
    return true;
}

// Of a run whose time was to be up before everybody was done.
static enum run_outcome judge_starvation(struct judging *judging)
{
    struct run *run = judging->run;
    char list[LIST_SIZE];
    char text[LIST_SIZE];

    declaration(judging, text, sizeof text);
    if (who(judging, is_unfinished, list, sizeof list) == 0)
        return JUDGED(run, RUN_OTHER_END, "the scenario declares %s, and nobody was unfinished",
                      text);
    if (is_starved_as_named(judging))
        return RUN_PASSED;
    return JUDGED(run, RUN_TIME_UP,
                  "simulated time was up at %" PRIu64 " us, unfinished: %s; the scenario declares "
                  "%s",
                  run->plan.until_us, list, text);
}

static enum run_outcome judge_time_up(struct judging *judging)
{
    const struct ending_part *declared = judging->declared.part;
    struct run *run = judging->run;
    uint64_t until_us = run->plan.until_us;
    char list[LIST_SIZE];

    if (declared[ENDS_KERNEL_PANIC].is_there || declared[ENDS_DEADLOCK].is_there)
        return judge_absence(judging);
    if (declared[ENDS_TIME_UP].is_there)
        return judge_starvation(judging);
    if (who(judging, owes_done, list, sizeof list) > 0)
        return JUDGED(run, RUN_TIME_UP,
                      "simulated time was up at %" PRIu64 " us before done() of: %s", until_us,
                      list);
    if (list_stuck(judging, list, sizeof list))
        return JUDGED(run, RUN_TIME_UP,
                      "simulated time was up at %" PRIu64 " us: %s; nothing after it was run",
                      until_us, list);
    if (!ending_all_done(run, &judging->declared) && who(judging, is_busy, list, sizeof list) > 0)
        return JUDGED(run, RUN_TIME_UP,
                      "simulated time was up at %" PRIu64 " us while still busy: %s", until_us,
                      list);
    return RUN_PASSED;
}

// A program that has said done() has no more to say, nor one that is a server, or that owes
// done() anyway. Who computes on when all are done only lasts until the end.
static bool may_be_stuck(const struct judging *judging, uint32_t i)
{
    const struct run *run = judging->run;
    const struct app *app = &run->world->apps[i];

    return app->body->stuck_at && !app->done && !owes_done(judging, i) &&
           !run->plan.scenario->processes[i].is_server &&
           process_is_active(&run->world->processes[i]) &&
           !(is_busy(judging, i) && ending_all_done(run, &judging->declared));
}

static void find_stuck(struct judging *judging)
{
    struct run *run = judging->run;

    for (uint32_t i = 0; i < run->world->process_count && run->state != WORLD_PANICKED; i++)
        if (may_be_stuck(judging, i))
            run->stuck_at[i] = run->world->apps[i].body->stuck_at(&run->world->apps[i]);
}

// The world stopped by itself.
static enum run_outcome judge_end(struct run *run)
{
    struct judging judging = {.run = run};
    enum run_outcome outcome;

    ending_declare(&judging.declared, run->plan.scenario);
    find_stuck(&judging);
    ending_observe(&judging.seen, run, &judging.declared);
    if (run->state == WORLD_PANICKED)
        return judge_panic(&judging);
    outcome = judge_faults(&judging, false);
    if (outcome != RUN_PASSED)
        return outcome;
    return run->state == WORLD_UNTIL ? judge_time_up(&judging) : judge_quiet(&judging);
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
    case WORLD_UNTIL:
    case WORLD_QUIESCENT:
        return judge_end(run);
    case WORLD_RUNNING:
    case WORLD_STOPPED:
        break;
    }
    return judge_stopped(run, stop);
}

// Asks the scenario, of a run that has passed so far.
static enum run_outcome judge_finally(struct run *run)
{
    struct process_end ends[MAX_PROCESSES];
    const struct scenario_run over = {
        .outcome = run_outcome_name(RUN_PASSED),
        .time_us = world_now_us(run->world),
        .events = run->kept.events,
        .event_count = run->kept.count,
        .printed = run->kept.printed.start,
        .view = &run->world->view,
        .processes = ends,
    };

    world_list_ends(run->world, ends);
    scenario_finally(run->plan.scenario, &over, &run->finding);
    if (run->finding.has_failed)
        return JUDGED(run, RUN_FAILED, "%s", run->finding.text.text);
    return RUN_PASSED;
}

// Whether the run has answered a question.
static bool has_tested(const struct run *run)
{
    if (run->finding.checked > 0)
        return true;
    for (size_t kind = 0; kind < ENDS_KINDS; kind++)
        if (run->plan.scenario->ends[kind].is_declared)
            return true;
    for (uint32_t i = 0; i < run->world->process_count; i++)
        if (run->world->apps[i].has_expected || run->world->apps[i].done)
            return true;
    return false;
}

// A kernel with places for fewer processes refuses their subscribes and allows as INVAL, which
// tells nobody.
static void hint_at_num_procs(struct run *run)
{
    const struct run_plan *plan = &run->plan;
    struct message reason = run->reason;

    if (run->outcome == RUN_FAILED && strstr(reason.text, "INVAL") &&
        plan->num_procs < plan->scenario->process_count)
        message_set(&run->reason,
                    "%s (num_procs = %" PRIu32 ": IPC has places for so many processes, of which "
                    "there are %zu)",
                    reason.text, plan->num_procs, plan->scenario->process_count);
}

// What somebody outside was to do, and for which the run was over too soon, was not tested.
static enum run_outcome judge_operators(struct run *run)
{
    static const char *const verbs[] = {
#define X(NAME, name) #name,
        OPERATOR_VERBS(X)
#undef X
    };
    const struct operator_step *step = operators_undone(run->world);
    char name[LINE_NAME_SIZE];

    if (!step || run->state == WORLD_PANICKED)
        return RUN_PASSED;
    return JUDGED(run, RUN_UNTESTED,
                  "the operator never came to process.%s of %s, line %" PRIu32
                  ": it waits for a time or a command that does not come",
                  verbs[step->verb], line_name_of(&run->world->view, step->process, name),
                  step->line);
}

void run_judge(struct run *run, enum run_stop stop)
{
    run->reason.text[0] = '\0';
    run->outcome = judge(run, stop);
    if (run->outcome == RUN_PASSED)
        run->outcome = judge_operators(run);
    if (run->outcome == RUN_PASSED && run->plan.scenario->finally_line > 0)
        run->outcome = judge_finally(run);
    if (run->outcome == RUN_PASSED && !has_tested(run))
        run->outcome = JUDGED(run, RUN_UNTESTED,
                              "nothing was tested: no expectation was checked, nobody said done(), "
                              "and no end is declared");
    hint_at_num_procs(run);
}
