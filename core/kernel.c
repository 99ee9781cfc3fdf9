// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "kernel.h"

#include <stddef.h>
#include <string.h>

#include "ipc.h"

// A process with this much of its timeslice left, or less, counts as expired.
enum { MIN_QUANTA_THRESHOLD_US = 500 };

void kernel_init(struct kernel *kernel, const struct kernel_setup *setup)
{
    memset(kernel, 0, sizeof *kernel);
    kernel->port = setup->port;
    kernel->host = setup->host;
    kernel->mpu = setup->mpu;
    kernel->wanted_events = setup->wanted_events;
    kernel->processes = setup->processes;
    kernel->process_slots = setup->process_slots;
    kernel->drivers = setup->drivers;
    kernel->driver_count = setup->driver_count;
    kernel->grant_count = setup->driver_count + setup->unused_grants;
    kernel->sizes = setup->sizes;
    kernel->scheduler.kind = setup->scheduler;
    kernel->scheduler.order = setup->order;
    kernel->scheduler_ops = scheduler_ops(setup->scheduler);
    kernel->scheduler_ops->init(kernel);
}

uint32_t kernel_record(struct kernel *kernel, struct event *event)
{
    event->seq = ++kernel->event_seq;
    kernel->port->record(kernel->host, event);
    return event->seq;
}

void kernel_panic(struct kernel *kernel, enum panic_reason reason, uint32_t process_index)
{
    if (kernel->halt != KERNEL_RUNS)
        return;
    kernel->halt = KERNEL_PANICKED;
    kernel->panic_reason = reason;
    kernel->panic_process = process_index;
    RECORD(kernel, process_index, panic, .reason = reason);
}

struct process *kernel_process(struct kernel *kernel, struct process_id id)
{
    struct process *process;

    if (id.index >= kernel->process_slots)
        return NULL;
    process = &kernel->processes[id.index];
    return process->loaded && process->id.identifier == id.identifier ? process : NULL;
}

const struct syscall_driver *kernel_driver(const struct kernel *kernel, uint32_t number)
{
    for (uint32_t i = 0; i < kernel->driver_count; i++)
        if (kernel->drivers[i].grant.driver == number)
            return &kernel->drivers[i];
    return NULL;
}

uint32_t kernel_initial_memory(const struct kernel *kernel)
{
    return kernel->grant_count * GRANT_POINTER_BYTES + kernel->sizes.task * TASK_SLOTS +
           kernel->sizes.process_struct;
}

uint8_t *kernel_foreign_memory(struct kernel *kernel, uaddr start, uint32_t size)
{
    return kernel->port->memory(kernel->host, start, size);
}

// ---- which processes are ready

void kernel_update_ready(struct kernel *kernel, const struct process *process)
{
    uint32_t index = process->id.index;
    uint64_t bit = UINT64_C(1) << (index % 64);

    if (process_is_ready(process))
        kernel->ready[index / 64] |= bit;
    else
        kernel->ready[index / 64] &= ~bit;
}

static uint32_t lowest_bit(uint64_t bits)
{
    return (uint32_t)__builtin_ctzll(bits);
}

static uint32_t highest_bit(uint64_t bits)
{
    return 63 - (uint32_t)__builtin_clzll(bits);
}

uint32_t kernel_ready_from(const struct kernel *kernel, uint32_t from)
{
    uint64_t bits;

    if (from >= kernel->process_slots)
        return kernel->process_slots;
    bits = kernel->ready[from / 64] & (UINT64_MAX << (from % 64));
    for (uint32_t word = from / 64;; bits = kernel->ready[word]) {
        if (bits)
            return word * 64 + lowest_bit(bits);
        if (++word == 4)
            return kernel->process_slots;
    }
}

uint32_t kernel_ready_down_from(const struct kernel *kernel, uint32_t from)
{
    uint32_t word = from / 64;
    uint64_t bits = kernel->ready[word] & (UINT64_MAX >> (63 - from % 64));

    for (;; bits = kernel->ready[--word]) {
        if (bits)
            return word * 64 + highest_bit(bits);
        if (word == 0)
            return kernel->process_slots;
    }
}

// ---- running one process

static void run_process(struct kernel *kernel, struct process *process, struct trap *trap)
{
    const struct mpu_driver *driver = kernel->mpu->driver;

    driver->configure(kernel->mpu, &process->mpu_config, process->id.identifier);
    driver->enable(kernel->mpu);
    RECORD(kernel, process->id.index, context_switch, .id = process->id.identifier);
    kernel->port->timer_arm(kernel->host);
    kernel->port->switch_to_process(kernel->host, process, trap);
    kernel->port->timer_disarm(kernel->host);
    driver->disable(kernel->mpu);
}

// Takes one task; false if there was none.
static bool do_task(struct kernel *kernel, struct process *process)
{
    struct task task;

    if (!process_dequeue_task(kernel, process, &task))
        return false;
    if (task.kind == TASK_IPC)
        ipc_schedule_upcall(kernel, process->id, &task.ipc, task.cause);
    else
        process_set_function(kernel, process, &task.call, task.cause);
    return true;
}

// Runs the process until it traps and sees to the trap. True: go on with it.
static bool do_trap(struct kernel *kernel, struct process *process, enum stop_reason *reason)
{
    struct trap trap;
    uint32_t remaining_us;

    run_process(kernel, process, &trap);
    switch (trap.kind) {
    case TRAP_FAULT:
        process_fault(kernel, process, trap.fault);
        return true;
    case TRAP_SYSCALL:
        kernel_handle_syscall(kernel, process, &trap);
        return true;
    case TRAP_INTERRUPTED:
        break;
    }
    if (kernel->port->timer_remaining(kernel->host, &remaining_us))
        return true;
    process->timeslice_expirations++;
    *reason = STOP_TIMESLICE_EXPIRED;
    return false;
}

// Whether the process may go on at the head of the loop. A process without a
// timeslice never runs out of it.
static bool may_go_on(struct kernel *kernel, struct process *process, bool has_timeslice,
                      enum stop_reason *reason)
{
    if (has_timeslice && kernel->port->timer_is_within(kernel->host, MIN_QUANTA_THRESHOLD_US)) {
        process->timeslice_expirations++;
        *reason = STOP_TIMESLICE_EXPIRED;
        return false;
    }
    RECORD_BARE(kernel, process->id.index, poll);
    if (!kernel->scheduler_ops->continue_process(kernel)) {
        *reason = STOP_KERNEL_PREEMPTION;
        return false;
    }
    *reason = STOP_NO_WORK_LEFT;
    return process_is_ready(process);
}

// One step of a process that may go on. False: it stops, `reason` says why.
static bool do_step(struct kernel *kernel, struct process *process, enum stop_reason *reason)
{
    switch (process->state) {
    case PROCESS_RUNNING:
        return do_trap(kernel, process, reason);
    case PROCESS_YIELDED:
    case PROCESS_UNSTARTED:
        return do_task(kernel, process);
    default:
        kernel_panic(kernel, PANIC_FAULTY_SCHEDULED, process->id.index);
        return false;
    }
}

// What the process used of its timeslice.
static uint32_t executed_us(struct kernel *kernel, uint32_t timeslice_us, enum stop_reason reason)
{
    uint32_t remaining_us;

    if (timeslice_us == NO_TIMESLICE || reason == STOP_TIMESLICE_EXPIRED ||
        !kernel->port->timer_remaining(kernel->host, &remaining_us))
        return timeslice_us;
    return timeslice_us - remaining_us;
}

static void do_process(struct kernel *kernel, const struct scheduling_decision *decision)
{
    const struct port *port = kernel->port;
    struct process *process = &kernel->processes[decision->index];
    bool has_timeslice = decision->timeslice_us != NO_TIMESLICE;
    enum stop_reason reason = STOP_NO_WORK_LEFT;
    uint32_t executed;

    RECORD(kernel, decision->index, schedule, .timeslice_us = decision->timeslice_us);
    port->timer_reset(kernel->host);
    if (has_timeslice)
        port->timer_start(kernel->host, decision->timeslice_us);
    while (may_go_on(kernel, process, has_timeslice, &reason) && do_step(kernel, process, &reason))
        if (kernel->halt != KERNEL_RUNS)
            return;
    if (kernel->halt != KERNEL_RUNS)
        return;
    executed = executed_us(kernel, decision->timeslice_us, reason);
    port->timer_reset(kernel->host);
    RECORD(kernel, decision->index, stop, .reason = reason, .executed_us = executed);
    kernel->scheduler_ops->result(kernel, reason, executed);
}

void kernel_loop_operation(struct kernel *kernel)
{
    struct scheduling_decision decision;

    if (kernel->halt != KERNEL_RUNS)
        return;
    if (kernel->port->interrupts_pending(kernel->host)) {
        RECORD_BARE(kernel, NO_PROCESS, kernel_work);
        kernel->port->service_interrupts(kernel->host);
    } else if (kernel->work == 0) {
        RECORD_BARE(kernel, NO_PROCESS, sleep);
        kernel->port->sleep(kernel->host);
    } else {
        decision = kernel->scheduler_ops->next(kernel);
        do_process(kernel, &decision);
    }
}
