// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "world.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "../../core/ipc.h"
#include "bus.h"

enum {
    FLASH_PROTECTED_BYTES = 0x80, // the header of an app binary
    STACK_DEFAULT_BYTES = 64 * 1024,
    ARENA_SLACK_BYTES = 1 << 20,
    SVC_FRAME_BYTES = 32, // what an exception puts on a Cortex-M stack
    SVC_ANSWER_BYTES = 16,
};

// ---- memory

uint8_t *port_memory(void *host, uaddr start, uint32_t size)
{
    return world_memory(host, start, size);
}

// ---- events

static void tell_sinks(const struct world *world, const struct event *event)
{
    for (size_t i = 0; i < world->sink_count; i++)
        if (world->sinks[i]->wanted & EVENT_BIT(event->kind))
            world->sinks[i]->take(world->sinks[i], event);
}

// What a process records itself, on its small stack, is told on the host's: see `go`.
void port_record(void *host, struct event *event)
{
    struct world *world = host;

    event->time_us = world_now_us(world);
    if (world->running)
        app_hand_over(world->running, event);
    else
        tell_sinks(world, event);
}

void world_add_sink(struct world *world, struct sink *sink)
{
    assert(world->sink_count < WORLD_MAX_SINKS);
    world->sinks[world->sink_count++] = sink;
    world->kernel.wanted_events |= sink->wanted;
}

// ---- the userspace boundary

// The stack of a process lies at the start of its memory here; `bytes` of it must be
// below its break.
static bool has_stack(const struct world *world, const struct process *process, uint32_t bytes)
{
    return LIKELY(!world->check_stack_pointer) || process->memory_start + bytes <= process->app_brk;
}

bool port_initialize_process(void *host, struct process *process)
{
    struct world *world = host;
    struct app *app = &world->apps[process->id.index];

    app->started = false;
    app->call_waits = false;
    app->state = NULL;
    app->bus.stale_owner = NO_PROCESS;
    app->body->reset(app);
    return true;
}

bool port_set_syscall_return(void *host, struct process *process, struct syscall_return answer)
{
    struct world *world = host;

    if (!has_stack(world, process, SVC_ANSWER_BYTES))
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

bool port_set_process_function(void *host, struct process *process,
                               const struct function_call *call)
{
    struct world *world = host;
    struct app *app = &world->apps[process->id.index];

    if (!has_stack(world, process, SVC_FRAME_BYTES))
        return false;
    world->clock.now += world->board.cost.upcall;
    if (call->source == SOURCE_KERNEL) {
        start_body(app, call);
    } else {
        app->call = *call;
        app->call_waits = true;
    }
    return true;
}

// The run is over once its time is up or its host wants it to stop.
static bool halt_if_over(struct world *world)
{
    if (UNLIKELY(*world->stop_request))
        world_halt(world, WORLD_STOPPED);
    else if (UNLIKELY(world->clock.now >= world->until))
        world_halt(world, WORLD_UNTIL);
    else
        return false;
    return true;
}

// ---- time

// Some cycles that make no microsecond do not count.
static uint64_t expiring_cycles(const struct board *board)
{
    return (uint64_t)(PORT_MIN_QUANTA_US + 1) * board->cost.cycles_per_us - 1;
}

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

void port_timer_start(void *host, uint32_t timeslice_us)
{
    struct world *world = host;
    struct clock *clock = &world->clock;

    clock->timer_end = clock->now + (uint64_t)timeslice_us * world->board.cost.cycles_per_us;
    clock->timer_expires =
        clock->timer_end > clock->expiring ? clock->timer_end - clock->expiring : 0;
    find_quiet_time(world);
}

void port_timer_reset(void *host)
{
    struct world *world = host;

    world->clock.timer_end = TIMER_IDLE;
    world->clock.timer_expires = TIMER_IDLE;
}

bool port_timer_remaining(void *host, uint32_t *remaining_us)
{
    const struct world *world = host;
    const struct clock *clock = &world->clock;

    *remaining_us = UINT32_MAX;
    if (clock->timer_end == TIMER_IDLE)
        return true;
    if (clock->now >= clock->timer_end)
        return false;
    *remaining_us = (uint32_t)((clock->timer_end - clock->now) / world->board.cost.cycles_per_us);
    return true;
}

bool port_interrupts_pending(void *host)
{
    struct world *world = host;

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

enum port_wants port_wants_kernel(void *host)
{
    struct world *world = host;

    return world->clock.now < world->clock.quiet_until ? PORT_NOTHING : what_wants_kernel(world);
}

void port_service_interrupts(void *host)
{
    struct world *world = host;

    world->interrupt_pending = false;
    devices_serve(world);
}

// Time passes until a device wants the kernel.
void port_sleep(void *host)
{
    struct world *world = host;
    uint64_t at = devices_next(&world->devices);

    if (at == DEVICE_IDLE) {
        world_halt(world, WORLD_QUIESCENT);
        return;
    }
    if (at > world->clock.now)
        world->clock.now = at < world->until ? at : world->until;
    halt_if_over(world);
}

// ---- making one

static size_t stack_size_of(const struct world_process *process)
{
    return process->stack_size ? process->stack_size : STACK_DEFAULT_BYTES;
}

static size_t reserve_for(const struct world_setup *setup, const struct world_process *processes,
                          size_t count)
{
    size_t size = ARENA_SLACK_BYTES + sizeof(struct world) +
                  setup->process_slots * sizeof(struct process) + count * sizeof(struct app) +
                  count * sizeof(struct view_process) + setup->board->ram_size +
                  setup->board->flash_size;

    for (size_t i = 0; i < count; i++)
        size += processes[i].name_length + 1 + stack_size_of(&processes[i]) +
                processes[i].memory_size + 3 * ARENA_GUARD_UNIT_BYTES;
    return size;
}

// What is small and busy first, stacks and heaps last: see arena_reset.
static struct world *take_parts(struct arena *arena, const struct world_setup *setup, size_t count)
{
    struct world *world = arena_take(arena, sizeof *world, _Alignof(struct world));

    if (!world)
        return NULL;
    world->arena = arena;
    world->board = *setup->board;
    world->processes = arena_take(arena, setup->process_slots * sizeof *world->processes,
                                  _Alignof(struct process));
    world->apps = arena_take(arena, count * sizeof *world->apps, _Alignof(struct app));
    world->view_processes =
        arena_take(arena, count * sizeof *world->view_processes, _Alignof(struct view_process));
    world->ram = arena_take(arena, setup->board->ram_size, 64);
    world->flash = arena_take(arena, setup->board->flash_size, 64);
    return world->processes && world->apps && world->view_processes && world->ram && world->flash
               ? world
               : NULL;
}

static bool take_app(struct world *world, uint32_t index, const struct world_process *process)
{
    struct app *app = &world->apps[index];

    app->world = world;
    app->index = index;
    app->body = process->body;
    app->argument = process->argument;
    app->expects_done = process->expects_done;
    app->stack_size = stack_size_of(process);
    app->memory_size = process->memory_size;
    if (!arena_guard(world->arena, COROUTINE_GUARD_BYTES))
        return false;
    app->stack = arena_take(world->arena, app->stack_size, 64);
    if (app->memory_size > 0)
        app->memory = arena_take(world->arena, app->memory_size, 64);
    return app->stack && (app->memory || app->memory_size == 0);
}

static const char *copy_name(struct world *world, const struct world_process *process)
{
    char *name = arena_take(world->arena, process->name_length + 1, 1);

    if (name)
        memcpy(name, process->name, process->name_length);
    return name;
}

static bool take_apps(struct world *world, const struct world_process *processes, size_t count)
{
    for (uint32_t i = 0; i < count; i++)
        if (!take_app(world, i, &processes[i]))
            return false;
    return true;
}

static bool init_protection(struct world *world)
{
    const struct protection_setup setup = board_protection(&world->board);

    return protection_init(&world->protection, &setup);
}

static uint32_t add_drivers(struct world *world, const struct world_setup *setup)
{
    uint32_t count = 0;

    world->drivers[count] = ipc_driver((uint8_t)setup->num_procs, count);
    count++;
    if (setup->drivers == DRIVERS_DUMMY) {
        world->drivers[count] = dummy_driver(count);
        count++;
    } else if (setup->drivers == DRIVERS_APP) {
        world->drivers[count] = alarm_driver(count);
        count++;
        world->drivers[count] = console_driver(count);
        count++;
    }
    return count;
}

static void init_kernel(struct world *world, const struct world_setup *setup)
{
    uint32_t driver_count = add_drivers(world, setup);

    kernel_init(&world->kernel, &(struct kernel_setup){
                                    .host = world,
                                    .mpu = &world->protection.mpu,
                                    .processes = world->processes,
                                    .process_slots = setup->process_slots,
                                    .drivers = world->drivers,
                                    .driver_count = driver_count,
                                    .unused_grants = setup->unused_grants,
                                    .sizes = setup->board->sizes,
                                    .scheduler = setup->scheduler,
                                    .order = setup->order,
                                });
}

static uaddr round_up(uaddr address, uint32_t unit)
{
    return (address + unit - 1) / unit * unit;
}

// Loads all processes in order, as Tock's loader walks flash. Stops at the first that
// does not fit.
static enum load_result load_processes(struct world *world, const struct world_setup *setup,
                                       const struct world_process *processes, size_t count)
{
    uaddr ram_start = world->board.ram_start;
    uint32_t ram_size = world->board.ram_size;
    uaddr flash = world->board.flash_start;

    for (uint32_t i = 0; i < count; i++) {
        const struct world_process *process = &processes[i];
        struct process_load load = {
            .name = copy_name(world, process),
            .name_length = process->name_length,
            .flash_start = round_up(flash, process->flash_size),
            .flash_size = process->flash_size,
            .flash_protected_size = FLASH_PROTECTED_BYTES,
            .ram_size = process->ram_size,
            .fault_policy = process->fault_policy ? *process->fault_policy : setup->fault_policy,
        };
        enum load_result result = LOAD_FLASH_NOT_MAPPABLE;

        if (!load.name)
            return LOAD_NOT_ENOUGH_MEMORY;
        if (world_memory(world, load.flash_start, load.flash_size))
            result = process_load(&world->kernel, i, &load, &ram_start, &ram_size);
        if (result != LOAD_OK)
            return result;
        flash = load.flash_start + load.flash_size;
        world->process_count++;
    }
    return LOAD_OK;
}

static const uint8_t *memory_for_sinks(const void *world, uaddr start, uint32_t size)
{
    return world_memory(world, start, size);
}

static void fill_view(struct world *world)
{
    for (uint32_t i = 0; i < world->process_count; i++) {
        const struct process *process = &world->processes[i];

        world->view_processes[i] = (struct view_process){.name = process->name,
                                                         .name_length = process->name_length,
                                                         .id = process->id.identifier,
                                                         .memory_start = process->memory_start,
                                                         .memory_size = process->memory_size,
                                                         .flash_start = process->flash_start,
                                                         .flash_size = process->flash_size};
    }
    for (uint32_t i = 0; i < world->kernel.driver_count; i++)
        world->view_drivers[i] = (struct view_driver){.number = world->drivers[i].grant.driver,
                                                      .name = world->drivers[i].name};
    world->view = (struct view){.processes = world->view_processes,
                                .process_count = world->process_count,
                                .drivers = world->view_drivers,
                                .driver_count = world->kernel.driver_count,
                                .memory = memory_for_sinks,
                                .host = world};
}

static const volatile int never_stops = 0;

static enum world_result fill(struct world *world, const struct world_setup *setup,
                              const struct world_process *processes, size_t count)
{
    if (!take_apps(world, processes, count) || !init_protection(world))
        return WORLD_NO_ROOM;
    world->stop_request = &never_stops;
    chooser_seed(&world->chooser, setup->seed);
    devices_init(&world->devices);
    world->clock.expiring = expiring_cycles(&world->board);
    port_timer_reset(world);
    world->until = setup->until_us > UINT64_MAX / world->board.cost.cycles_per_us
                       ? UINT64_MAX
                       : setup->until_us * world->board.cost.cycles_per_us;
    world->check_stack_pointer = setup->check_stack_pointer;
    init_kernel(world, setup);
    world->load_result = load_processes(world, setup, processes, count);
    world->load_failed = world->process_count;
    fill_view(world);
    return world->load_result == LOAD_OK || setup->keep_partial ? WORLD_OK : WORLD_LOAD_FAILED;
}

struct world *world_new(const struct world_setup *setup, const struct world_process *processes,
                        size_t count, enum world_result *result, uint32_t *failed)
{
    struct arena *arena;
    struct world *world;

    (void)coroutine_host_init(); // without it an overflow ends the program, no more
    *result = WORLD_NO_MAPPING;
    if (arena_open(setup->arena_slot, reserve_for(setup, processes, count), &arena) != ARENA_OK)
        return NULL;
    world = take_parts(arena, setup, count);
    *result = world ? fill(world, setup, processes, count) : WORLD_NO_ROOM;
    if (*result == WORLD_OK)
        return world;
    if (*result == WORLD_LOAD_FAILED && failed)
        *failed = world->load_failed;
    arena_close(arena);
    return NULL;
}

void world_free(struct world *world)
{
    arena_close(world->arena);
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

// Lets the process go on until it traps, and tells what it records on the way.
static enum coroutine_state go(const struct world *world, struct app *app)
{
    enum coroutine_state state = coroutine_resume(&app->coroutine);

    while (UNLIKELY(app->recorded)) {
        const struct event *event = app->recorded;

        app->recorded = NULL;
        tell_sinks(world, event);
        state = coroutine_resume(&app->coroutine);
    }
    return state;
}

static void resume(struct world *world, struct app *app, const struct process *process)
{
    world->running = app;
    if (go(world, app) == COROUTINE_OVERFLOWED)
        app->trap = (struct trap){.kind = TRAP_FAULT, .fault = FAULT_CAUSE_STACK_OVERFLOW};
    world->running = NULL;
    if (LIKELY(app->trap.kind == TRAP_SYSCALL))
        world->clock.now += world->board.cost.syscall;
    if (!has_stack(world, process, SVC_FRAME_BYTES))
        app->trap = (struct trap){.kind = TRAP_FAULT, .fault = FAULT_CAUSE_STACK_POINTER};
    if (UNLIKELY(is_fault(&app->trap)))
        note_fault(world, app);
}

// Runs the process until it traps.
static const struct trap *run(struct world *world, const struct process *process)
{
    struct app *app = &world->apps[process->id.index];

    world->switches++;
    world->clock.now += world->board.cost.context_switch;
    if (halt_if_over(world))
        app->trap = (struct trap){.kind = TRAP_INTERRUPTED};
    else
        resume(world, app, process);
    return &app->trap;
}

static void take_turn(struct world *world)
{
    struct process *process = kernel_begin_turn(&world->kernel);

    while (process)
        process = kernel_take_trap(&world->kernel, run(world, process));
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
                                   .config = world->processes[process].mpu_config};
    if (cause == FAULT_CAUSE_BODY)
        memcpy(fault->text, world->verdict.text, sizeof fault->text);
}

void world_fail(struct world *world, uint32_t process, const char *text)
{
    struct verdict *verdict = &world->verdict;

    if (verdict->failed)
        return;
    verdict->failed = true;
    verdict->process = process;
    verdict->time_us = world_now_us(world);
    (void)snprintf(verdict->text, sizeof verdict->text, "%s", text);
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
