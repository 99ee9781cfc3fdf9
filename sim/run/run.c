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
enum { TURNS_PER_ADVANCE = 64 };

static const char *const world_texts[] = {
#define X(NAME, text) text,
    WORLD_RESULTS(X)
#undef X
};

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

static enum run_param_type type_of(const struct param *param)
{
    static const enum run_param_type types[] = {
        [PARAM_INTEGER] = RUN_PARAM_INTEGER,
        [PARAM_NUMBER] = RUN_PARAM_NUMBER,
        [PARAM_STRING] = RUN_PARAM_STRING,
        [PARAM_BOOLEAN] = RUN_PARAM_BOOLEAN,
    };

    return types[param->type];
}

static void fill_param_list(struct run *run)
{
    const struct scenario *scenario = run->plan.scenario;

    for (size_t i = 0; i < scenario->param_count; i++)
        run->param_list[i] = (struct run_param){.name = scenario->params[i].name,
                                                .value = scenario->params[i].value,
                                                .type = type_of(&scenario->params[i])};
}

static void fill_info(struct run *run)
{
    const struct run_plan *plan = &run->plan;

    list_params(plan->scenario, run->params, sizeof run->params);
    fill_param_list(run);
    run->info = (struct run_info){
        .scenario = plan->scenario->path,
        .about = plan->scenario->about,
        .params = run->params,
        .param_list = run->param_list,
        .param_count = plan->scenario->param_count,
        .board = run->plan.board.name,
        .sched = setting_scheduler_word(plan->sched),
        .fault = plan->fault,
        .seed = plan->seed,
        .num_procs = plan->num_procs,
        .until_us = plan->until_us,
        .source_hash = scenario_source_hash(plan->scenario),
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

// What the process that was not loaded wanted, and what there was.
static void describe_want(const struct scenario_process *process, const struct world *world,
                          struct message *want)
{
    uaddr flash = world->board.flash_start;

    for (uint32_t i = 0; i < world->process_count; i++)
        flash += world->processes[i].flash_size;
    if (world->load_result == LOAD_FLASH_NOT_MAPPABLE)
        message_set(want,
                    "its image is %" PRIu32 " bytes at 0x%08" PRIx32 ", directly behind the one "
                    "before; a power of two at a multiple of itself can always be mapped",
                    process->flash_size, flash);
    else if (world->load_result == LOAD_NOT_ENOUGH_FLASH)
        message_set(want, "it asks for %" PRIu32 " bytes, %" PRIu32 " of %" PRIu32 " are left",
                    process->flash_size,
                    world->board.flash_size - (flash - world->board.flash_start),
                    world->board.flash_size);
    else
        message_set(want,
                    "it asks for %" PRIu32 " bytes of RAM, %" PRIu32 " of %" PRIu32 " are left",
                    process->ram_size, ram_left(world), world->board.ram_size);
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
    struct message want;

    line_put_escaped(&line, process->name, process->name_length);
    describe_want(process, world, &want);
    message_set(error, "%s:%" PRIu32 ": process \"%.64s\" does not fit on board %s: %s (%s)",
                plan->scenario->path, process->line, name, plan->board.name,
                texts[world->load_result], want.text);
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
        .operators = scenario_operators(plan->scenario),
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
    tally_init(&run->tally);
    run_add_sink(run, &run->tally.sink);
    kept_open(&run->kept);
    if (plan->scenario->finally_line > 0)
        run_add_sink(run, &run->kept.sink);
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
    kept_close(&run->kept);
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
