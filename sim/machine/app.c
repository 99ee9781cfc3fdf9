// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "app.h"

#include <stdlib.h>

#include "../../core/ipc.h"
#include "../../core/recording.h"
#include "bus.h"
#include "world.h"

// ---- switching to the kernel

static void trap(struct app *app, struct trap trap)
{
    app->trap = trap;
    coroutine_suspend(&app->coroutine, 0);
}

void app_hand_over(struct app *app, const struct event *event)
{
    app->recorded = event;
    coroutine_suspend(&app->coroutine, 0);
}

static void interrupt(struct app *app, enum interrupt source)
{
    RECORD(app_kernel(app), app->index, interrupt, .source = source);
    trap(app, (struct trap){.kind = TRAP_INTERRUPTED});
}

static void latch_interrupt(struct world *world)
{
    world->interrupt_pending = true;
    world_expect_interrupt(world, world->clock.now);
}

void app_interrupt(struct app *app)
{
    latch_interrupt(app->world);
    interrupt(app, INTERRUPT_IRQ);
}

void app_fault(struct app *app, enum fault_cause cause)
{
    trap(app, (struct trap){.kind = TRAP_FAULT, .fault = cause});
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
    if (world->clock.timer_end <= at) {
        at = world->clock.timer_end;
        *source = INTERRUPT_TIMER;
    }
    return at;
}

static void reach(struct app *app, enum interrupt source)
{
    if (source == INTERRUPT_IRQ)
        latch_interrupt(app->world);
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

        if (*world->stop_request) {
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

COLD static _Noreturn void refuse(struct app *app, enum access_op op, uaddr address, uint32_t size,
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

FLAT void app_read(struct app *app, uaddr address, void *bytes, uint32_t size)
{
    uaddr refused = address;

    if (!bus_read(app->world, app->index, address, bytes, size, &refused))
        refuse(app, ACCESS_LOAD, address, size, refused);
}

FLAT void app_write(struct app *app, uaddr address, const void *bytes, uint32_t size)
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
    app->has_expected = true;
    RECORD(app_kernel(app), app->index, expect, .line = line, .met = met);
}

void app_note(struct app *app, uint32_t line, const char *text, uint32_t size)
{
    struct view *view = &app->world->view;

    view->note = text;
    RECORD(app_kernel(app), app->index, note, .line = line, .size = size);
    view->note = NULL;
}

// ---- upcalls

// Whether it is the same function that is called, or the same subscription to another process.
static bool is_same(const struct function_call *a, const struct function_call *b)
{
    return a->pc == b->pc || (a->driver == IPC_DRIVER_NUM && b->driver == IPC_DRIVER_NUM &&
                              a->subscribe_num == b->subscribe_num);
}

// The innermost of those that `upcall` runs on top of which it calls again, NULL: none.
static const struct app_upcall *find_same(const struct app *app, const struct app_upcall *upcall)
{
    const struct app_upcall *outer = upcall->outer;

    if (app->body->hands_on && app->body->hands_on(app, upcall->call.pc))
        return NULL;
    while (outer && !is_same(&outer->call, &upcall->call))
        outer = outer->outer;
    return outer;
}

static uint32_t depth_of(const struct app_upcall *upcall)
{
    uint32_t depth = 0;

    for (; upcall; upcall = upcall->outer)
        depth++;
    return depth;
}

COLD void app_record_nested(struct app *app, const struct app_upcall *upcall)
{
    const struct app_upcall *same = find_same(app, upcall);
    const struct app_upcall *waiting = same ? same : upcall->outer;

    upcall->outer->line = app->body->line ? app->body->line(app) : 0;
    RECORD(app_kernel(app), app->index, upcall_nested, .driver = waiting->call.driver,
           .subscribe_num = waiting->call.subscribe_num, .line = waiting->line,
           .again = same != NULL, .depth = depth_of(upcall), .cause = waiting->seq);
}

void app_record_return(struct app *app, const struct app_upcall *upcall)
{
    RECORD(app_kernel(app), app->index, upcall_return, .driver = upcall->call.driver,
           .subscribe_num = upcall->call.subscribe_num, .cause = upcall->seq);
}

// ---- its process

struct process *app_process(const struct app *app)
{
    return &app->world->processes[app->index];
}

struct kernel *app_kernel(const struct app *app)
{
    return &app->world->kernel;
}
