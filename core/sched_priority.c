// SPDX-License-Identifier: Apache-2.0 OR MIT
// Priority (Tock 2.1, kernel/src/scheduler/priority.rs): the lowest ready index runs,
// and gives way when a lower one becomes ready.
#include "kernel.h"
#include "ready.h"

static void init(struct kernel *kernel)
{
    kernel->scheduler.priority.is_running = false;
}

static struct scheduling_decision next(struct kernel *kernel)
{
    uint32_t index = kernel_ready_from(kernel, 0);

    kernel->scheduler.priority.is_running = true;
    kernel->scheduler.priority.running = index;
    return (struct scheduling_decision){.index = index, .timeslice_us = NO_TIMESLICE};
}

static void result(struct kernel *kernel, enum stop_reason reason)
{
    (void)reason;
    kernel->scheduler.priority.is_running = false;
}

static bool continue_process(struct kernel *kernel, bool interrupt_pending)
{
    if (interrupt_pending)
        return false;
    return !kernel->scheduler.priority.is_running ||
           kernel_ready_from(kernel, 0) >= kernel->scheduler.priority.running;
}

const struct scheduler_ops priority_ops = {init, next, result, continue_process};
