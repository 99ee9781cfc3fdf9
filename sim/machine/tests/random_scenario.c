// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "random_scenario.h"

#include <stdio.h>
#include <string.h>

#include "../../base/count_of.h"
#include "machine.h"
#include "random_body.h"

uint64_t random_next(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

uint32_t random_below(uint64_t *state, uint32_t bound)
{
    return (uint32_t)((random_next(state) >> 32) * bound >> 32);
}

bool random_once_in(uint64_t *state, uint32_t n)
{
    return random_below(state, n) == 0;
}

static uint32_t pick(uint64_t *random, const uint32_t *from, size_t count)
{
    return from[random_below(random, (uint32_t)count)];
}

// ---- the machine

// Less memory than a board has, so that some processes do not fit.
static struct board make_board(uint64_t *random)
{
    static const uint32_t ram_sizes[] = {4 << 10, 16 << 10, 64 << 10, 64 << 10, 128 << 10};
    size_t count;
    const struct board *all = board_list(&count);
    struct board board = all[random_below(random, (uint32_t)count)];

    board.ram_size = pick(random, ram_sizes, COUNT_OF(ram_sizes));
    board.ram_size += 4 * random_below(random, 64);
    board.flash_size = 128 << 10;
    if (random_once_in(random, 4))
        board.ram_start += 4096 + 4 * random_below(random, 256);
    if (random_once_in(random, 2))
        board.cost = (struct cost_model){.cycles_per_us = board.cost.cycles_per_us};
    if (random_once_in(random, 16)) // hundreds of microseconds a call
        board.cost.syscall = board.cost.cycles_per_us * random_below(random, 900);
    return board;
}

static struct fault_policy make_policy(uint64_t *random)
{
    static const enum fault_policy_kind kinds[] = {
        FAULT_POLICY_RESTART, FAULT_POLICY_RESTART,   FAULT_POLICY_RESTART,
        FAULT_POLICY_STOP,    FAULT_POLICY_THRESHOLD, FAULT_POLICY_THRESHOLD_PANIC,
        FAULT_POLICY_PANIC};

    struct fault_policy policy = {.kind = kinds[random_below(random, COUNT_OF(kinds))]};

    policy.threshold = random_below(random, 4);
    return policy;
}

static uint32_t make_process_count(uint64_t *random)
{
    if (random_once_in(random, 32))
        return 9 + random_below(random, RANDOM_MAX_PROCESSES - 8);
    return 1 + random_below(random, 8);
}

// Most kernels have as many as there are processes, some fewer, some the most.
static uint32_t make_num_procs(uint64_t *random, uint32_t count)
{
    if (random_once_in(random, 40))
        return MAX_PROCESSES;
    if (random_once_in(random, 8))
        return 1 + random_below(random, 12);
    return count;
}

static void make_setup(struct random_scenario *scenario, uint64_t *random)
{
    static const uint32_t ends_us[] = {0, 700, 20000, 100000};
    struct world_setup *setup = &scenario->setup;

    setup->board = &scenario->board;
    setup->scheduler = (enum scheduler_kind)random_below(random, SCHEDULER_MLFQ + 1);
    setup->order = (enum scheduler_order)random_below(random, 2);
    setup->fault_policy = make_policy(random);
    scenario->num_procs = make_num_procs(random, (uint32_t)scenario->count);
    setup->process_slots = (uint32_t)scenario->count + random_below(random, 3);
    setup->drivers = machine_driver_list(
        (enum machine_drivers)random_below(random, MACHINE_DRIVERS), scenario->num_procs);
    setup->unused_grants = random_below(random, 4);
    setup->seed = random_next(random);
    setup->until_us = UINT64_MAX;
    setup->keep_partial = true;
    if (random_once_in(random, 8))
        setup->until_us = pick(random, ends_us, COUNT_OF(ends_us));
    // With no memory at first, as on RISC-V, no process could ever be started.
    if (scenario->board.sizes.initial_app_brk >= 32)
        setup->check_stack_pointer = random_once_in(random, 4);
}

// ---- somebody outside

static struct operator_step make_step(const struct random_scenario *scenario, uint64_t *random)
{
    static const uint32_t delays_us[] = {0, 1, 50, 500, 3000, 20000};
    struct operator_step step = {.kind = (uint8_t)random_below(random, OPERATOR_ACT + 1)};
    const struct driver_list *drivers = &scenario->setup.drivers;

    if (random_once_in(random, 2))
        step.kind = OPERATOR_ACT;
    step.verb = (uint8_t)random_below(random, OPERATOR_BOOT + 1);
    step.process = (uint16_t)random_below(random, (uint32_t)scenario->count);
    step.us = pick(random, delays_us, COUNT_OF(delays_us));
    step.driver = drivers->list[random_below(random, drivers->count)].grant.driver;
    step.command = 1 + random_below(random, 3);
    return step;
}

// Draws nothing that another part of the scenario would have drawn.
static void make_operator(struct random_scenario *scenario, uint64_t random)
{
    uint32_t count = random_once_in(&random, 3) ? 1 + random_below(&random, RANDOM_MAX_STEPS) : 0;

    for (uint32_t i = 0; i < count; i++)
        scenario->steps[i] = make_step(scenario, &random);
    scenario->setup.operators = (struct operator_list){
        .list = {{.steps = scenario->steps, .count = count}}, .count = count > 0 ? 1 : 0};
}

// ---- the processes

// Some share a name, one has none.
static uint32_t make_name(char name[RANDOM_NAME_BYTES], uint64_t *random)
{
    static const char *const names[] = {"svc", "svc", "client", "org.tockos.rot13", "Svc", ""};
    const char *chosen = names[random_below(random, COUNT_OF(names))];

    snprintf(name, RANDOM_NAME_BYTES, "%s", chosen);
    return (uint32_t)strlen(name);
}

static void make_program(struct random_program *program, uint64_t *random)
{
    static const uint32_t hostilities[] = {0, 0, 2, 10, 40};

    program->seed = random_next(random);
    program->ops = 10 + random_below(random, random_once_in(random, 8) ? 600 : 150);
    program->hostility = pick(random, hostilities, COUNT_OF(hostilities));
    program->overflows = random_once_in(random, 64);
    program->talks = !random_once_in(random, 4);
}

static void make_process(struct random_scenario *scenario, size_t index, uint64_t *random)
{
    static const uint32_t ram_sizes[] = {0, 100, 512, 1024, 2048, 2048, 3000, 4096};
    static const uint32_t flash_sizes[] = {512, 1024, 4096};
    struct world_process *process = &scenario->processes[index];

    scenario->policies[index] = make_policy(random);
    make_program(&scenario->programs[index], random);
    process->name = scenario->names[index];
    process->name_length = make_name(scenario->names[index], random);
    process->ram_size = pick(random, ram_sizes, COUNT_OF(ram_sizes));
    process->flash_size = pick(random, flash_sizes, COUNT_OF(flash_sizes));
    process->fault_policy = random_once_in(random, 3) ? &scenario->policies[index] : NULL;
    process->body = &random_body;
    process->argument = &scenario->programs[index];
    process->memory_size = random_body_memory_size;
}

void random_scenario_make(struct random_scenario *scenario, uint64_t seed,
                          struct invariants *invariants)
{
    uint64_t random = seed;

    memset(scenario, 0, sizeof *scenario);
    scenario->seed = seed;
    scenario->board = make_board(&random);
    scenario->count = make_process_count(&random);
    make_setup(scenario, &random);
    make_operator(scenario, ~seed);
    for (size_t i = 0; i < scenario->count; i++) {
        make_process(scenario, i, &random);
        scenario->programs[i].invariants = invariants;
    }
}

void random_scenario_describe(const struct random_scenario *scenario, char *text, size_t size)
{
    static const char *const schedulers[] = {
#define X(NAME, name) #name,
        SCHEDULERS(X)
#undef X
    };
    static const char *const policies[] = {
#define X(NAME, name) #name,
        FAULT_POLICIES(X)
#undef X
    };

    snprintf(text, size, "%s, %s, fault %s:%u, %zu processes, num_procs %u", scenario->board.name,
             schedulers[scenario->setup.scheduler], policies[scenario->setup.fault_policy.kind],
             (unsigned)scenario->setup.fault_policy.threshold, scenario->count,
             (unsigned)scenario->num_procs);
}
