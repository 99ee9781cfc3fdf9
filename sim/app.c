// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "app.h"

#include <stdlib.h>

#include "bus.h"
#include "world.h"

// ---- switching to the kernel

static void trap(struct app *app)
{
    coroutine_suspend(&app->coroutine, 0);
}

// Runs a function call that the kernel has put on top of what this process was doing.
static void run_waiting_call(struct app *app)
{
    struct function_call call = app->call;

    if (!app->call_waits)
        return;
    app->call_waits = false;
    app->body->upcall(app, call.pc, call.argument);
}

struct syscall_return app_syscall(struct app *app, uint32_t class, uint32_t r0, uint32_t r1,
                                  uint32_t r2, uint32_t r3)
{
    struct world *world = app->world;

    world->clock.now += world->board.cost.syscall;
    *world->trap = (struct trap){.kind = TRAP_SYSCALL, .class = class, .r = {r0, r1, r2, r3}};
    app->answer = (struct syscall_return){{0}};
    trap(app);
    run_waiting_call(app);
    return app->answer;
}

static void interrupt(struct app *app, enum interrupt source)
{
    RECORD(app_kernel(app), app->index, interrupt, .source = source);
    *app->world->trap = (struct trap){.kind = TRAP_INTERRUPTED};
    trap(app);
}

void app_interrupt(struct app *app)
{
    app->world->interrupt_pending = true;
    interrupt(app, INTERRUPT_IRQ);
}

void app_fault(struct app *app, enum fault_cause cause)
{
    *app->world->trap = (struct trap){.kind = TRAP_FAULT, .fault = cause};
    trap(app);
    abort(); // a process that faulted goes on only from its init function
}

// ---- processor time

// When the chip will next interrupt this process. A device interrupt that is latched
// already does not interrupt again until the kernel has served it.
static uint64_t next_interrupt(const struct world *world, enum interrupt *source)
{
    uint64_t at = world->until;

    *source = INTERRUPT_LIMIT;
    if (!world->interrupt_pending && devices_next(&world->devices) < at) {
        at = devices_next(&world->devices);
        *source = INTERRUPT_IRQ;
    }
    if (world->clock.timer_runs && world->clock.timer_armed && world->clock.timer_end <= at) {
        at = world->clock.timer_end;
        *source = INTERRUPT_TIMER;
    }
    return at;
}

static void reach(struct app *app, enum interrupt source)
{
    if (source == INTERRUPT_IRQ)
        app->world->interrupt_pending = true;
    if (source == INTERRUPT_LIMIT)
        world_halt(app->world, WORLD_UNTIL);
    interrupt(app, source);
}

void app_work_cycles(struct app *app, uint64_t cycles)
{
    struct world *world = app->world;
    enum interrupt source;

    while (cycles > 0) {
        uint64_t at = next_interrupt(world, &source);
        uint64_t room = at > world->clock.now ? at - world->clock.now : 0;

        if (world->stop_request && *world->stop_request) {
            world_halt(world, WORLD_STOPPED);
            interrupt(app, INTERRUPT_LIMIT);
        }
        if (cycles < room) {
            world->clock.now += cycles;
            return;
        }
        world->clock.now += room;
        cycles -= room;
        reach(app, source);
    }
}

void app_work_us(struct app *app, uint64_t us)
{
    RECORD(app_kernel(app), app->index, work, .us = (uint32_t)us);
    app_work_cycles(app, us * app->world->board.cost.cycles_per_us);
}

// ---- memory

static _Noreturn void refuse(struct app *app, enum access_op op, uaddr address, uint32_t size,
                             uaddr refused)
{
    RECORD(app_kernel(app), app->index, access, .op = op, .address = address, .size = size,
           .allowed = false);
    world_note_fault(app->world, app->index, FAULT_CAUSE_MEMORY, (uint8_t)op, refused, size);
    app_fault(app, FAULT_CAUSE_MEMORY);
}

uint32_t app_load(struct app *app, uaddr address, uint32_t size)
{
    uint32_t value = 0;

    if (!bus_load(app->world, app->index, address, size, &value))
        refuse(app, ACCESS_LOAD, address, size, address);
    return value;
}

void app_store(struct app *app, uaddr address, uint32_t size, uint32_t value)
{
    if (!bus_store(app->world, app->index, address, size, value))
        refuse(app, ACCESS_STORE, address, size, address);
}

void app_read(struct app *app, uaddr address, void *bytes, uint32_t size)
{
    uaddr refused = address;

    if (!bus_read(app->world, app->index, address, bytes, size, &refused))
        refuse(app, ACCESS_LOAD, address, size, refused);
}

void app_write(struct app *app, uaddr address, const void *bytes, uint32_t size)
{
    uaddr refused = address;

    if (!bus_write(app->world, app->index, address, bytes, size, &refused))
        refuse(app, ACCESS_STORE, address, size, refused);
}

// ---- what a program says of itself

void app_done(struct app *app, uint32_t line)
{
    app->done = true;
    RECORD(app_kernel(app), app->index, done, .line = line);
}

void app_expect(struct app *app, uint32_t line, bool met)
{
    RECORD(app_kernel(app), app->index, expect, .line = line, .met = met);
}

struct process *app_process(const struct app *app)
{
    return &app->world->processes[app->index];
}

struct kernel *app_kernel(const struct app *app)
{
    return &app->world->kernel;
}

uint64_t app_now_us(const struct app *app)
{
    return world_now_us(app->world);
}
