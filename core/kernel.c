// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "kernel.h"

#include <stddef.h>
#include <string.h>

#include "recording.h"
#include "syscall.h"

void kernel_init(struct kernel *kernel, const struct kernel_setup *setup)
{
    memset(kernel, 0, sizeof *kernel);
    kernel->port = setup->port;
    kernel->rules = setup->rules;
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

void kernel_panic(struct kernel *kernel, enum panic_reason reason, uint32_t process_index)
{
    if (kernel->halt != KERNEL_RUNS)
        return;
    kernel->halt = KERNEL_PANICKED;
    kernel->panic_reason = reason;
    kernel->panic_process = process_index;
    RECORD(kernel, process_index, panic, .reason = reason);
}

uint32_t kernel_initial_memory(const struct kernel *kernel)
{
    return kernel->grant_count * GRANT_POINTER_BYTES + kernel->sizes.task * TASK_SLOTS +
           kernel->sizes.process_struct;
}

// ---- running one process

// Takes a task of the process, which has one.
static void do_task(struct kernel *kernel, struct process *process)
{
    const struct task *task;

    if (!process_is_active(process)) {
        kernel_panic(kernel, PANIC_FAULTY_SCHEDULED, process->id.index);
        return;
    }
    task = process_dequeue_task(kernel, process);
    if (task->kind == TASK_IPC)
        task->ipc.driver->convert(kernel, task->ipc.driver, process, &task->ipc, task->cause);
    else
        process_set_function(kernel, process, &task->call, task->cause);
}

static bool stop(struct turn *turn, enum stop_reason reason)
{
    turn->reason = reason;
    return false;
}

// Sees to a trap of the process. True: it goes on.
static bool handle_trap(struct kernel *kernel, struct turn *turn, const struct trap *trap)
{
    uint32_t remaining_us;

    switch (trap->kind) {
    case TRAP_FAULT:
        process_fault(kernel, turn->process, trap->fault);
        return true;
    case TRAP_SYSCALL:
        kernel_handle_syscall(kernel, turn->process, trap);
        return true;
    case TRAP_INTERRUPTED:
        break;
    }
    if (port_timer_remaining(kernel->port, &remaining_us))
        return true;
    turn->process->timeslice_expirations++;
    return stop(turn, STOP_TIMESLICE_EXPIRED);
}

static bool continues(struct kernel *kernel, bool interrupt_pending)
{
    const struct scheduler_ops *ops = kernel->scheduler_ops;

    return LIKELY(!ops->continue_process) ? !interrupt_pending
                                          : ops->continue_process(kernel, interrupt_pending);
}

// Whether the process may go on at the head of the loop. A process without a
// timeslice never runs out of it.
static bool may_go_on(struct kernel *kernel, struct turn *turn)
{
    enum port_wants wants = port_wants_kernel(kernel->port);

    if ((wants & PORT_TIMER_EXPIRES) && turn->timeslice_us != NO_TIMESLICE) {
        turn->process->timeslice_expirations++;
        return stop(turn, STOP_TIMESLICE_EXPIRED);
    }
    RECORD_BARE(kernel, turn->process->id.index, poll);
    if (!continues(kernel, wants & PORT_INTERRUPT_PENDING))
        return stop(turn, STOP_KERNEL_PREEMPTION);
    return process_is_ready(turn->process) || stop(turn, STOP_NO_WORK_LEFT);
}

uint32_t kernel_executed_us(const struct kernel *kernel)
{
    const struct turn *turn = &kernel->turn;
    uint32_t remaining_us;

    if (turn->timeslice_us == NO_TIMESLICE || turn->reason == STOP_TIMESLICE_EXPIRED ||
        !port_timer_remaining(kernel->port, &remaining_us))
        return turn->timeslice_us;
    return turn->timeslice_us - remaining_us;
}

static void end_turn(struct kernel *kernel, const struct turn *turn)
{
    RECORD(kernel, turn->process->id.index, stop, .reason = turn->reason,
           .executed_us = kernel_executed_us(kernel));
    kernel->scheduler_ops->result(kernel, turn->reason);
    port_timer_reset(kernel->port);
}

static struct process *hand_over(struct kernel *kernel, struct process *process)
{
    mpu_configure(kernel->mpu, &process->mpu_config, process->id.identifier);
    kernel->mpu->driver->enable(kernel->mpu);
    RECORD(kernel, process->id.index, context_switch, .id = process->id.identifier);
    return process;
}

// Goes on with the process until it is to run, or stops.
static struct process *go_on(struct kernel *kernel, struct turn *turn)
{
    while (may_go_on(kernel, turn)) {
        if (turn->process->state == PROCESS_RUNNING)
            return hand_over(kernel, turn->process);
        if (UNLIKELY(process_is_stopped(turn->process))) {
            stop(turn, STOP_STOPPED);
            break;
        }
        do_task(kernel, turn->process);
        if (kernel->halt != KERNEL_RUNS)
            return NULL;
    }
    end_turn(kernel, turn);
    return NULL;
}

static uint32_t level_of_turn(const struct kernel *kernel)
{
    return kernel->scheduler.kind == SCHEDULER_MLFQ ? kernel->scheduler.mlfq.last_queue : NO_LEVEL;
}

static struct process *start_turn(struct kernel *kernel, const struct scheduling_decision *decision)
{
    kernel->turn = (struct turn){.process = &kernel->processes[decision->index],
                                 .timeslice_us = decision->timeslice_us,
                                 .reason = STOP_NO_WORK_LEFT};
    RECORD(kernel, decision->index, schedule, .timeslice_us = decision->timeslice_us,
           .level = level_of_turn(kernel));
    if (decision->timeslice_us == NO_TIMESLICE)
        port_timer_reset(kernel->port);
    else
        port_timer_start(kernel->port, decision->timeslice_us);
    return go_on(kernel, &kernel->turn);
}

struct process *kernel_begin_turn(struct kernel *kernel)
{
    struct scheduling_decision decision;

    if (kernel->halt != KERNEL_RUNS)
        return NULL;
    if (port_interrupts_pending(kernel->port)) {
        RECORD_BARE(kernel, NO_PROCESS, kernel_work);
        port_service_interrupts(kernel->port);
        return NULL;
    }
    if (kernel->work == 0) {
        RECORD_BARE(kernel, NO_PROCESS, sleep);
        port_sleep(kernel->port);
        return NULL;
    }
    decision = kernel->scheduler_ops->next(kernel);
    return start_turn(kernel, &decision);
}

struct process *kernel_take_trap(struct kernel *kernel, const struct trap *trap)
{
    bool goes_on;

    kernel->mpu->driver->disable(kernel->mpu);
    goes_on = handle_trap(kernel, &kernel->turn, trap);
    if (kernel->halt != KERNEL_RUNS)
        return NULL;
    if (goes_on)
        return go_on(kernel, &kernel->turn);
    end_turn(kernel, &kernel->turn);
    return NULL;
}
