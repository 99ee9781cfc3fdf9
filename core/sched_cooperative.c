// SPDX-License-Identifier: Apache-2.0 OR MIT
// Cooperative (Tock 2.1, kernel/src/scheduler/cooperative.rs): in turn, each until it
// yields; one that an interrupt stopped goes on.
#include <stddef.h>

#include "kernel.h"
#include "sched_ring.h"

static struct scheduling_decision next(struct kernel *kernel)
{
    return (struct scheduling_decision){.index = ring_turn_to_ready(kernel),
                                        .timeslice_us = NO_TIMESLICE};
}

static void result(struct kernel *kernel, enum stop_reason reason)
{
    if (reason != STOP_KERNEL_PREEMPTION)
        ring_turn(kernel);
}

const struct scheduler_ops cooperative_ops = {ring_init, next, result, NULL};
