// SPDX-License-Identifier: Apache-2.0 OR MIT
// A world as the kernel's port: the one place where core calls upwards.
#include "../../core/port.h"

#include <string.h>

#include "world_private.h"

// ---- memory

uint8_t *port_memory(void *port, uaddr start, uint32_t size)
{
    return world_memory(port, start, size);
}

// ---- events

// What a process records itself, on its small stack, is told on that of whoever runs the
// world: see tell_recorded.
void port_record(void *port, struct event *event)
{
    struct world *world = port;

    event->time_us = world_now_us(world);
    if (world->running)
        app_hand_over(world->running, event);
    else
        world_tell_sinks(world, event);
}

// ---- the userspace boundary

bool port_initialize_process(void *port, struct process *process)
{
    struct world *world = port;
    struct app *app = &world->apps[process->id.index];

    app->started = false;
    app->call_waits = false;
    app->upcall = NULL;
    app->state = NULL;
    app->bus.stale_owner = NO_PROCESS;
    app->body->reset(app);
    return true;
}

bool port_set_syscall_return(void *port, struct process *process, struct syscall_return answer)
{
    struct world *world = port;

    if (!world_has_stack(world, process, WORLD_SVC_ANSWER_BYTES))
        return false;
    world->apps[process->id.index].answer = answer;
    return true;
}

// The first thing on a process's stack. When its body returns, it waits for ever.
static void run_body(void *argument)
{
    struct app *app = argument;

    app->body->run(app);
    for (;;)
        app_syscall(app, SYSCALL_YIELD, YIELD_WAIT, 0, 0, 0);
}

static void start_body(struct app *app, const struct function_call *init)
{
    memcpy(app->init, init->argument, sizeof app->init);
    coroutine_init(&app->coroutine, app->stack, app->stack_size, COROUTINE_GUARD_BYTES, run_body,
                   app);
    app->started = true;
}

bool port_set_process_function(void *port, struct process *process,
                               const struct function_call *call)
{
    struct world *world = port;
    struct app *app = &world->apps[process->id.index];

    if (!world_has_stack(world, process, WORLD_SVC_FRAME_BYTES))
        return false;
    world->clock.now += world->board.cost.upcall;
    if (call->source == SOURCE_KERNEL) {
        start_body(app, call);
    } else {
        app->call = *call;
        app->call_seq = world->kernel.event_seq + 1; // the kernel records it next
        app->call_waits = true;
    }
    return true;
}

// ---- time

static bool is_device_waiting(const struct world *world)
{
    return world->interrupt_pending || devices_next(&world->devices) <= world->clock.now;
}

static void find_quiet_time(struct world *world)
{
    uint64_t device = world->interrupt_pending ? 0 : devices_next(&world->devices);

    world->clock.quiet_until =
        device < world->clock.timer_expires ? device : world->clock.timer_expires;
}

void port_timer_start(void *port, uint32_t timeslice_us)
{
    struct world *world = port;
    struct clock *clock = &world->clock;

    clock->timer_end = clock->now + (uint64_t)timeslice_us * world->board.cost.cycles_per_us;
    clock->timer_expires =
        clock->timer_end > clock->expiring ? clock->timer_end - clock->expiring : 0;
    find_quiet_time(world);
}

void port_timer_reset(void *port)
{
    struct world *world = port;

    world->clock.timer_end = TIMER_IDLE;
    world->clock.timer_expires = TIMER_IDLE;
}

bool port_timer_remaining(void *port, uint32_t *remaining_us)
{
    const struct world *world = port;
    const struct clock *clock = &world->clock;

    *remaining_us = UINT32_MAX;
    if (clock->timer_end == TIMER_IDLE)
        return true;
    if (clock->now >= clock->timer_end)
        return false;
    *remaining_us = (uint32_t)((clock->timer_end - clock->now) / world->board.cost.cycles_per_us);
    return true;
}

bool port_interrupts_pending(void *port)
{
    struct world *world = port;

    if (UNLIKELY(world->clock.now >= world->clock.quiet_until))
        world->interrupt_pending = is_device_waiting(world);
    return world->interrupt_pending;
}

// The quiet time is over; whether anybody wants the kernel is still to be seen.
COLD static enum port_wants what_wants_kernel(struct world *world)
{
    enum port_wants wants = PORT_NOTHING;

    find_quiet_time(world);
    if (world->clock.now >= world->clock.timer_expires)
        wants |= PORT_TIMER_EXPIRES;
    if (is_device_waiting(world))
        wants |= PORT_INTERRUPT_PENDING;
    return wants;
}

enum port_wants port_wants_kernel(void *port)
{
    struct world *world = port;

    return world->clock.now < world->clock.quiet_until ? PORT_NOTHING : what_wants_kernel(world);
}

void port_service_interrupts(void *port)
{
    struct world *world = port;

    world->interrupt_pending = false;
    world->spin.turns = 0;
    devices_serve(world);
}

void port_sleep(void *port)
{
    world_wait_for_device(port);
}

// Time passes until a device wants the kernel.
void world_wait_for_device(struct world *world)
{
    uint64_t at = devices_next(&world->devices);

    if (at == DEVICE_IDLE) {
        world_halt(world, WORLD_QUIESCENT);
        return;
    }
    if (at > world->clock.now)
        world->clock.now = at < world->until ? at : world->until;
    world_halt_if_over(world);
}
