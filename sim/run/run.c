// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "run.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "../machine/setting_words.h"
#include "../trace/line.h"

// Between two looks of the caller at what else goes on; some tens of microseconds.
enum { TURNS_PER_ADVANCE = 64, LIST_SIZE = 400 };

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

static const char *const world_texts[] = {
#define X(NAME, text) text,
    WORLD_RESULTS(X)
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

// ---- the machine

// The command line's board, else the header's, else the default.
static const struct board *board_of(const struct scenario *scenario,
                                    const struct run_request *request)
{
    if (request->board)
        return request->board;
    return scenario->board[0] != '\0' ? &scenario->profile : board_find(RUN_DEFAULT_BOARD);
}

static enum scheduler_kind scheduler_of(const struct scenario *scenario,
                                        const struct run_request *request)
{
    if (request->sched)
        return request->scheduler;
    return scenario->sched[0] != '\0' ? scenario->scheduler : SCHEDULER_ROUND_ROBIN;
}

static void choose_fault_policy(struct run_plan *plan, const struct run_request *request)
{
    const struct scenario *scenario = plan->scenario;

    plan->fault = RUN_DEFAULT_FAULT;
    plan->fault_policy = (struct fault_policy){.kind = FAULT_POLICY_STOP};
    if (request->fault) {
        plan->fault = request->fault;
        plan->fault_policy = request->fault_policy;
    } else if (scenario->fault[0] != '\0') {
        plan->fault = scenario->fault;
        plan->fault_policy = scenario->fault_policy;
    }
}

struct run_plan run_plan_make(const struct scenario *scenario, const struct run_request *request)
{
    struct run_plan plan = {
        .scenario = scenario,
        .board = *board_of(scenario, request),
        .cost_scale = request->cost_scale > 0 ? request->cost_scale : 1,
        .sched = scheduler_of(scenario, request),
        .num_procs = request->num_procs    ? request->num_procs
                     : scenario->num_procs ? scenario->num_procs
                                           : (uint32_t)scenario->process_count,
        .until_us = request->until_us ? request->until_us : scenario->until_us,
        .seed = request->seed,
    };

    choose_fault_policy(&plan, request);
    if (plan.until_us > RUN_MOST_US)
        plan.until_us = RUN_MOST_US;
    return plan;
}

// ---- the world

static void list_params(const struct scenario *scenario, char *text, size_t size)
{
    size_t used = 0;

    text[0] = '\0';
    for (size_t i = 0; i < scenario->param_count && used < size; i++) {
        const struct param *param = &scenario->params[i];

        used += (size_t)snprintf(text + used, size - used, "%s%s=%s", i > 0 ? " " : "", param->name,
                                 param->value);
    }
}

static void fill_info(struct run *run)
{
    const struct run_plan *plan = &run->plan;

    list_params(plan->scenario, run->params, sizeof run->params);
    run->info = (struct run_info){
        .scenario = plan->scenario->path,
        .about = plan->scenario->about,
        .params = run->params,
        .board = run->plan.board.name,
        .sched = setting_scheduler_word(plan->sched),
        .fault = plan->fault,
        .seed = plan->seed,
        .num_procs = plan->num_procs,
        .until_us = plan->until_us,
        .view = &run->world->view,
    };
}

// What is left of the board's RAM behind the processes that were loaded.
static uint32_t ram_left(const struct world *world)
{
    const struct board *board = &world->board;

    if (world->process_count == 0)
        return board->ram_size;
    return board->ram_start + board->ram_size -
           process_memory_end(&world->processes[world->process_count - 1]);
}

static void explain_load(const struct run_plan *plan, const struct world *world,
                         struct message *error)
{
    static const char *const texts[] = {
#define X(NAME, text) text,
        LOAD_RESULTS(X)
#undef X
    };
    const struct scenario_process *process = &plan->scenario->processes[world->load_failed];
    char name[LINE_NAME_SIZE];
    struct line line = line_start(name, sizeof name);

    line_put_escaped(&line, process->name, process->name_length);
    message_set(error,
                "%s:%" PRIu32 ": process \"%.64s\" does not fit on board %s: %s "
                "(RAM: it asks for %" PRIu32 " bytes, %" PRIu32 " of %" PRIu32
                " are left; flash: it asks for %" PRIu32 ")",
                plan->scenario->path, process->line, name, plan->board.name,
                texts[world->load_result], process->ram_size, ram_left(world), plan->board.ram_size,
                process->flash_size);
}

static uint32_t scale(uint32_t cycles, double by)
{
    return (uint32_t)lround(cycles * by);
}

// Not the clock: what devices and work_us take stays as it is.
static struct board scaled_board(const struct run_plan *plan)
{
    struct board board = plan->board;

    board.cost.syscall = scale(board.cost.syscall, plan->cost_scale);
    board.cost.context_switch = scale(board.cost.context_switch, plan->cost_scale);
    board.cost.upcall = scale(board.cost.upcall, plan->cost_scale);
    board.cost.instruction = scale(board.cost.instruction, plan->cost_scale);
    return board;
}

static struct world_setup setup_of(const struct run_plan *plan, const struct board *board)
{
    return (struct world_setup){
        .board = board,
        .scheduler = plan->sched,
        .order = ORDER_COMPONENT,
        .fault_policy = plan->fault_policy,
        .process_slots = (uint32_t)plan->scenario->process_count,
        .keep_partial = true, // to see what did not fit
        .drivers = devices_board_drivers(plan->num_procs),
        .seed = plan->seed,
        .until_us = plan->until_us,
    };
}

enum run_opened run_open(struct run *run, const struct run_plan *plan,
                         const volatile int *stop_request, struct message *error)
{
    struct world_process processes[MAX_PROCESSES] = {0};
    struct board board = scaled_board(plan);
    struct world_setup setup = setup_of(plan, &board);
    size_t count = plan->scenario->process_count;
    enum world_result result;

    *run = (struct run){.plan = *plan, .state = WORLD_RUNNING};
    for (size_t i = 0; i < count; i++)
        scenario_process_setup(plan->scenario, i, plan->seed, &processes[i]);
    run->world = world_new(&setup, processes, count, &result, NULL);
    if (!run->world) {
        message_set(error, "%s: no world for it: %s", plan->scenario->path, world_texts[result]);
        return RUN_OPEN_NO_HOST;
    }
    if (run->world->load_result != LOAD_OK) {
        explain_load(plan, run->world, error);
        world_free(run->world);
        return RUN_OPEN_REFUSED;
    }
    if (stop_request)
        run->world->stop_request = stop_request;
    fill_info(run);
    return RUN_OPEN_READY;
}

void run_add_sink(struct run *run, struct sink *sink)
{
    assert(run->sink_count < RUN_MOST_SINKS);
    run->sinks[run->sink_count++] = sink;
    sink->begin(sink, &run->info);
    world_add_sink(run->world, sink);
}

bool run_advance(struct run *run)
{
    if (run->state == WORLD_RUNNING)
        run->state = world_run(run->world, TURNS_PER_ADVANCE);
    return run->state == WORLD_RUNNING;
}

void run_close(struct run *run)
{
    world_free(run->world);
}

uint64_t run_event_count(const struct run *run)
{
    return run->world->kernel.event_seq;
}

void run_end_sinks(struct run *run)
{
    struct process_end ends[MAX_PROCESSES];
    const struct run_result result = {
        .outcome = run_outcome_name(run->outcome),
        .reason = run->reason.text,
        .trace_hash = run->trace_hash,
        .events = run_event_count(run),
        .time_us = world_now_us(run->world),
        .processes = ends,
    };

    world_list_ends(run->world, ends);
    for (size_t i = 0; i < run->sink_count; i++)
        run->sinks[i]->end(run->sinks[i], &result);
}

// ---- what came of it

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
