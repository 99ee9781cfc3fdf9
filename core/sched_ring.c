// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "sched_ring.h"

#include "kernel.h"
#include "ready.h"

static uint32_t first_index(const struct kernel *kernel)
{
    return kernel->scheduler.order == ORDER_COMPONENT ? kernel->process_slots - 1 : 0;
}

static uint32_t ready_at_or_after(const struct kernel *kernel, uint32_t index)
{
    return kernel->scheduler.order == ORDER_COMPONENT ? kernel_ready_down_from(kernel, index)
                                                      : kernel_ready_from(kernel, index);
}

void ring_init(struct kernel *kernel)
{
    kernel->scheduler.ring.head = first_index(kernel);
}

uint32_t ring_turn_to_ready(struct kernel *kernel)
{
    uint32_t index = ready_at_or_after(kernel, kernel->scheduler.ring.head);

    if (index == kernel->process_slots)
        index = ready_at_or_after(kernel, first_index(kernel));
    kernel->scheduler.ring.head = index;
    return index;
}

void ring_turn(struct kernel *kernel)
{
    uint32_t head = kernel->scheduler.ring.head;
    uint32_t last = kernel->process_slots - 1;

    if (kernel->scheduler.order == ORDER_COMPONENT)
        kernel->scheduler.ring.head = head == 0 ? last : head - 1;
    else
        kernel->scheduler.ring.head = head == last ? 0 : head + 1;
}
