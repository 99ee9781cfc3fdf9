// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "machine.h"

#include <stdlib.h>
#include <string.h>

#include "../../../tests/check.h"

// ---- programs

static const struct program *program_of(const struct app *app)
{
    return app->argument;
}

static void run(struct app *app)
{
    if (program_of(app)->run)
        program_of(app)->run(app);
}

static void upcall(struct app *app, uaddr pc, const uint32_t argument[4])
{
    if (program_of(app)->upcall)
        program_of(app)->upcall(app, pc, argument);
}

static void reset(struct app *app)
{
    if (program_of(app)->reset)
        program_of(app)->reset(app);
}

static const struct body program_body = {
    .name = "program", .reset = reset, .run = run, .upcall = upcall};

void *machine_notes(const struct app *app)
{
    return program_of(app)->notes;
}

// ---- events

static void take(struct sink *sink, const struct event *event)
{
    struct machine *machine = (struct machine *)sink;

    assert_true(machine->event_count < MACHINE_MAX_EVENTS);
    machine->events[machine->event_count++] = *event;
}

uint32_t machine_count(const struct machine *machine, enum event_kind kind)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < machine->event_count; i++)
        count += machine->events[i].kind == kind;
    return count;
}

const struct event *machine_event(const struct machine *machine, enum event_kind kind, uint32_t n)
{
    for (uint32_t i = 0; i < machine->event_count; i++)
        if (machine->events[i].kind == kind && n-- == 0)
            return &machine->events[i];
    return NULL;
}

const struct event *machine_last(const struct machine *machine, enum event_kind kind)
{
    uint32_t count = machine_count(machine, kind);

    assert_true(count > 0);
    return machine_event(machine, kind, count - 1);
}

// ---- making one

static struct board make_board(const struct machine_setup *setup)
{
    const struct board *found = board_find(setup->board ? setup->board : "cortex-m4");
    struct board board;

    assert_non_null(found);
    board = *found;
    if (!setup->has_costs)
        board.cost = (struct cost_model){.cycles_per_us = board.cost.cycles_per_us};
    return board;
}

static struct world_process make_process(struct program *program)
{
    static const struct fault_policy stop = {.kind = FAULT_POLICY_STOP};
    const char *name = program->name ? program->name : "program";

    return (struct world_process){
        .name = name,
        .name_length = (uint32_t)strlen(name),
        .ram_size = program->ram_size ? program->ram_size : 4096,
        .flash_size = MACHINE_FLASH_BYTES,
        .fault_policy = program->fault_policy ? program->fault_policy : &stop,
        .body = &program_body,
        .argument = program,
        .memory_size = program->memory_size,
    };
}

// A test that failed has left its world where it was: then the next place will do.
static struct world *new_world(struct world_setup setup, const struct world_process *processes,
                               size_t count)
{
    enum world_result result;
    struct world *world = world_new(&setup, processes, count, &result, NULL);

    while (result == WORLD_NO_MAPPING && ++setup.arena_slot < ARENA_NUM_SLOTS)
        world = world_new(&setup, processes, count, &result, NULL);
    assert_int_equal(result, WORLD_OK);
    return world;
}

struct driver_list machine_driver_list(enum machine_drivers drivers, uint32_t num_procs)
{
    struct driver_list list = devices_board_drivers(num_procs);

    if (drivers == MACHINE_BOARD_DRIVERS)
        return list;
    list.count = drivers == MACHINE_IPC_ALONE ? 1 : 2;
    list.list[1] = dummy_driver();
    return list;
}

struct machine *machine_new(const struct machine_setup *setup)
{
    struct machine *machine = calloc(1, sizeof *machine);
    struct board board = make_board(setup);
    struct world_process processes[MACHINE_MAX_PROGRAMS];
    uint32_t count = 0;

    assert_non_null(machine);
    memcpy(machine->programs, setup->programs, sizeof machine->programs);
    while (count < MACHINE_MAX_PROGRAMS && setup->programs[count].run) {
        processes[count] = make_process(&machine->programs[count]);
        count++;
    }
    machine->world =
        new_world((struct world_setup){.board = &board,
                                       .scheduler = setup->scheduler,
                                       .order = setup->order,
                                       .process_slots = count,
                                       .drivers = machine_driver_list(setup->drivers, count),
                                       .seed = setup->seed,
                                       .until_us = setup->until_us ? setup->until_us : UINT64_MAX,
                                       .check_stack_pointer = setup->check_stack_pointer,
                                       .operators = setup->operators,
                                       .arena_slot = setup->arena_slot},
                  processes, count);
    machine->sink = (struct sink){.wanted = ALL_EVENTS, .take = take};
    world_add_sink(machine->world, &machine->sink);
    return machine;
}

void machine_free(struct machine *machine)
{
    world_free(machine->world);
    free(machine);
}

enum world_state machine_run(struct machine *machine)
{
    while (world_step(machine->world) == WORLD_RUNNING)
        continue;
    return machine->world->state;
}

// ---- system calls

uaddr machine_memory(const struct app *app, uint32_t offset)
{
    return app_process(app)->memory_start + offset;
}

void machine_grow(struct app *app, uint32_t bytes)
{
    app_syscall(app, SYSCALL_MEMOP, MEMOP_BRK, machine_memory(app, bytes), 0, 0);
}

void machine_subscribe(struct app *app, uint32_t driver, uint32_t number)
{
    app_syscall(app, SYSCALL_SUBSCRIBE, driver, number, app->init[0], 0);
}

void machine_yield(struct app *app)
{
    app_syscall(app, SYSCALL_YIELD, YIELD_WAIT, 0, 0, 0);
}

struct syscall_return machine_command(struct app *app, uint32_t driver, uint32_t command,
                                      uint32_t argument0, uint32_t argument1)
{
    return app_syscall(app, SYSCALL_COMMAND, driver, command, argument0, argument1);
}

void machine_share(struct app *app, uint32_t with, uaddr start, uint32_t size)
{
    app_syscall(app, SYSCALL_ALLOW_RW, IPC_DRIVER_NUM, with, start, size);
}
