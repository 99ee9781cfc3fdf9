// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "world.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "../../core/recording.h"
#include "../../core/syscall.h"
#include "world_private.h"

// ---- sinks

void world_add_sink(struct world *world, struct sink *sink)
{
    assert(world->sink_count < WORLD_MAX_SINKS);
    world->sinks[world->sink_count++] = sink;
    world->kernel.wanted_events |= sink->wanted;
}

// ---- running

static void start(struct world *world)
{
    world->started = true;
    for (uint32_t i = 0; i < world->process_count; i++)
        process_record_loaded(&world->kernel, &world->processes[i]);
}

static bool is_fault(const struct trap *trap)
{
    return LIKELY(trap->kind == TRAP_SYSCALL) ? trap->class > SYSCALL_ALLOW_UR
                                              : trap->kind == TRAP_FAULT;
}

COLD static void note_fault(struct world *world, const struct app *app)
{
    enum fault_cause cause = app->trap.kind == TRAP_FAULT ? app->trap.fault : FAULT_CAUSE_SYSCALL;

    world_note_fault(world, app->index, cause, 0, 0, 0);
}

// Tells the sinks what the process recorded, and lets it go on, until it traps.
COLD static enum coroutine_state tell_recorded(const struct world *world, struct app *app)
{
    enum coroutine_state state = COROUTINE_SUSPENDED;

    while (app->recorded) {
        const struct event *event = app->recorded;

        app->recorded = NULL;
        world_tell_sinks(world, event);
        state = coroutine_resume(&app->coroutine);
    }
    return state;
}

// The stack of a process that came back cannot take what an exception puts there: the boundary
// makes a fault of whatever brought it back. By then it has made its call.
COLD static void fault_of_stack(struct world *world, struct app *app, const struct process *process)
{
    const struct trap *trap = &app->trap;

    if (world->state != WORLD_RUNNING || trap->kind == TRAP_FAULT)
        return;
    if (trap->kind == TRAP_SYSCALL)
        syscall_record(&world->kernel, process, trap);
    app->trap = (struct trap){.kind = TRAP_FAULT, .fault = FAULT_CAUSE_STACK_POINTER};
}

static void resume(struct world *world, struct app *app, const struct process *process)
{
    enum coroutine_state state;

    world->running = app;
    state = coroutine_resume(&app->coroutine);
    if (UNLIKELY(app->recorded))
        state = tell_recorded(world, app);
    if (state == COROUTINE_OVERFLOWED)
        app->trap = (struct trap){.kind = TRAP_FAULT, .fault = FAULT_CAUSE_STACK_OVERFLOW};
    world->running = NULL;
    if (LIKELY(app->trap.kind == TRAP_SYSCALL))
        world->clock.now += world->board.cost.syscall;
    if (UNLIKELY(!world_has_stack(world, process, WORLD_SVC_FRAME_BYTES)))
        fault_of_stack(world, app, process);
    if (UNLIKELY(is_fault(&app->trap)))
        note_fault(world, app);
}

// Runs the process until it traps.
static const struct trap *run(struct world *world, const struct process *process)
{
    struct app *app = &world->apps[process->id.index];

    world->switches++;
    world->clock.now += world->board.cost.context_switch;
    if (world_halt_if_over(world))
        app->trap = (struct trap){.kind = TRAP_INTERRUPTED};
    else
        resume(world, app, process);
    return &app->trap;
}

// How many turns of stopped processes can pass until each process has had one and the kernel goes
// round in circles: under MLFQ a process has one on each level on its way down.
static uint32_t most_stopped_turns(const struct world *world)
{
    return MLFQ_QUEUES * (world->process_count + 1);
}

// A stopped process had a turn, as it has tasks. A kernel that goes round in circles takes time to
// do so, until an interrupt changes something.
COLD static void see_to_spin(struct world *world)
{
    if (world->spin.switches != world->switches)
        world->spin = (struct spin){.switches = world->switches};
    if (++world->spin.turns <= most_stopped_turns(world))
        return;
    world->spin.turns = 0;
    RECORD_BARE(&world->kernel, NO_PROCESS, spin);
    world_wait_for_device(world);
}

static void take_turn(struct world *world)
{
    struct process *process = kernel_begin_turn(&world->kernel);

    while (process)
        process = kernel_take_trap(&world->kernel, run(world, process));
    if (UNLIKELY(world->kernel.turn.reason == STOP_STOPPED))
        see_to_spin(world);
}

// All between here and coroutine_resume is one function: see app_syscall.
FLAT enum world_state world_run(struct world *world, uint32_t turns)
{
    if (world->state == WORLD_RUNNING && turns > 0 && !world->started)
        start(world);
    for (; turns > 0 && world->state == WORLD_RUNNING; turns--) {
        take_turn(world);
        if (world->kernel.halt == KERNEL_PANICKED)
            world_halt(world, WORLD_PANICKED);
    }
    return world->state;
}

void world_halt(struct world *world, enum world_state state)
{
    if (world->state == WORLD_RUNNING)
        world->state = state;
    if (world->kernel.halt == KERNEL_RUNS)
        world->kernel.halt = KERNEL_HALTED;
}

void world_stop(struct world *world)
{
    world_halt(world, WORLD_STOPPED);
}

// ---- what is known of the run

void world_note_fault(struct world *world, uint32_t process, enum fault_cause cause, uint8_t op,
                      uaddr address, uint32_t size)
{
    struct fault_report *fault = &world->fault;

    if (fault->happened)
        return;
    *fault = (struct fault_report){.happened = true,
                                   .process = process,
                                   .cause = cause,
                                   .time_us = world_now_us(world),
                                   .address = address,
                                   .size = size,
                                   .op = op,
                                   .app_brk = world->processes[process].app_brk,
                                   .kernel_brk = world->processes[process].kernel_brk,
                                   .config = world->processes[process].mpu_config,
                                   .unit = world->protection.hw};
    if (cause == FAULT_CAUSE_BODY)
        memcpy(fault->text, world->verdict.text, sizeof fault->text);
}

void world_fail(struct world *world, uint32_t process, bool is_error, const char *text)
{
    struct verdict *verdict = &world->verdict;

    if (verdict->failed)
        return;
    verdict->failed = true;
    verdict->is_error = is_error;
    verdict->process = process;
    verdict->time_us = world_now_us(world);
    snprintf(verdict->text, sizeof verdict->text, "%s", text);
}

uint64_t world_now_us(const struct world *world)
{
    return world->clock.now / world->board.cost.cycles_per_us;
}

void world_list_ends(const struct world *world, struct process_end *ends)
{
    for (uint32_t i = 0; i < world->process_count; i++) {
        const struct process *process = &world->processes[i];

        ends[i] = (struct process_end){.state = process->state,
                                       .restarts = process->restart_count,
                                       .dropped_upcalls = process->dropped_upcalls,
                                       .timeslice_expirations = process->timeslice_expirations,
                                       .syscalls = process->syscalls};
    }
}
