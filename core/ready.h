// SPDX-License-Identifier: Apache-2.0 OR MIT
// Which processes are ready: have something to do and may do it. A bit for each, so that
// schedulers need not look at processes.
#pragma once

#include "kernel.h"

// To be called when a process got something to do.
static inline void kernel_set_ready(struct kernel *kernel, const struct process *process)
{
    kernel->ready[process->id.index / READY_BITS] |= UINT32_C(1) << process->id.index % READY_BITS;
}

// To be called when its state changed or it lost a task.
static inline void kernel_update_ready(struct kernel *kernel, const struct process *process)
{
    uint32_t *ready = &kernel->ready[process->id.index / READY_BITS];
    uint32_t bit = UINT32_C(1) << process->id.index % READY_BITS;
    uint32_t others = *ready & ~bit;

    *ready = process_is_ready(process) ? others | bit : others;
}

static inline bool kernel_is_ready(const struct kernel *kernel, uint32_t index)
{
    return (kernel->ready[index / READY_BITS] >> (index % READY_BITS) & 1) != 0;
}

// The first ready process at or after `from`, by index; process_slots: none.
uint32_t kernel_ready_from(const struct kernel *kernel, uint32_t from);
// The last ready process at or before `from`, by index; process_slots: none.
uint32_t kernel_ready_down_from(const struct kernel *kernel, uint32_t from);
