// SPDX-License-Identifier: Apache-2.0 OR MIT
// Round robin (Tock 2.1, kernel/src/scheduler/round_robin.rs): 10 ms each in turn; a
// process that an interrupt stopped goes on with the rest of its slice.
#include <stddef.h>

#include "kernel.h"
#include "sched_ring.h"

enum { DEFAULT_TIMESLICE_US = 10000 };

static void init(struct kernel *kernel)
{
    ring_init(kernel);
    kernel->scheduler.ring.time_remaining_us = DEFAULT_TIMESLICE_US;
}

static struct scheduling_decision next(struct kernel *kernel)
{
    struct scheduling_decision decision = {.index = ring_turn_to_ready(kernel)};

    if (LIKELY(!kernel->scheduler.ring.last_rescheduled))
        kernel->scheduler.ring.time_remaining_us = DEFAULT_TIMESLICE_US;
    decision.timeslice_us = kernel->scheduler.ring.time_remaining_us;
    return decision;
}

// What is left of the slice of a process that an interrupt stopped; 0: it is another's turn.
static uint32_t left_us(const struct kernel *kernel, enum stop_reason reason)
{
    uint32_t slice_us = kernel->scheduler.ring.time_remaining_us;
    uint32_t executed_us;

    if (reason != STOP_KERNEL_PREEMPTION)
        return 0;
    executed_us = kernel_executed_us(kernel);
    return slice_us > executed_us ? slice_us - executed_us : 0;
}

static void result(struct kernel *kernel, enum stop_reason reason)
{
    uint32_t left = left_us(kernel, reason);

    if (left > 0)
        kernel->scheduler.ring.time_remaining_us = left;
    else
        ring_turn(kernel);
    kernel->scheduler.ring.last_rescheduled = left > 0;
}

const struct scheduler_ops round_robin_ops = {init, next, result, NULL};
