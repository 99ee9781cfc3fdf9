// SPDX-License-Identifier: Apache-2.0 OR MIT
// Multi-level feedback queues (Tock 2.1, kernel/src/scheduler/mlfq.rs): three queues
// with slices of 10, 20 and 50 ms; who uses up a slice moves down.
//
// Two flaws of that version are kept, they are what the kernel does:
// - used_us, meant to hold the time used in a queue, holds the unused time, so who
//   used little gets a short slice next;
// - the refresh that is to move everybody up every 5 s skips every queue, so it moves
//   nobody: here there is none.
#include <string.h>

#include "kernel.h"
#include "ready.h"

static const uint32_t timeslices_us[MLFQ_QUEUES] = {10000, 20000, 50000};

static void push_tail(struct mlfq_queue *queue, uint8_t index)
{
    queue->index[queue->length++] = index;
}

static uint8_t pop_head(struct mlfq_queue *queue)
{
    uint8_t head = queue->index[0];

    queue->length--;
    memmove(queue->index, queue->index + 1, queue->length);
    return head;
}

static void init(struct kernel *kernel)
{
    struct mlfq_queue *queue = &kernel->scheduler.mlfq.queues[0];

    for (uint32_t i = 0; i < kernel->process_slots; i++)
        push_tail(queue, (uint8_t)(kernel->scheduler.order == ORDER_COMPONENT
                                       ? kernel->process_slots - 1 - i
                                       : i));
}

// Turns the queue until a ready process is at its head. False: it has none.
static bool turn_to_ready(const struct kernel *kernel, struct mlfq_queue *queue)
{
    for (uint32_t turns = 0; turns < queue->length; turns++) {
        if (kernel_is_ready(kernel, queue->index[0]))
            return true;
        push_tail(queue, pop_head(queue));
    }
    return false;
}

// The highest queue with a ready process at its head; some process is ready.
static uint32_t ready_level(struct kernel *kernel)
{
    for (uint32_t level = 0; level < MLFQ_QUEUES - 1; level++)
        if (turn_to_ready(kernel, &kernel->scheduler.mlfq.queues[level]))
            return level;
    (void)turn_to_ready(kernel, &kernel->scheduler.mlfq.queues[MLFQ_QUEUES - 1]);
    return MLFQ_QUEUES - 1;
}

static struct scheduling_decision next(struct kernel *kernel)
{
    uint32_t level = ready_level(kernel);
    uint8_t index;

    index = kernel->scheduler.mlfq.queues[level].index[0];
    kernel->scheduler.mlfq.last_queue = level;
    kernel->scheduler.mlfq.last_timeslice_us =
        timeslices_us[level] - kernel->scheduler.mlfq.used_us[index];
    return (struct scheduling_decision){.index = index,
                                        .timeslice_us = kernel->scheduler.mlfq.last_timeslice_us};
}

static void result(struct kernel *kernel, enum stop_reason reason)
{
    uint32_t level = kernel->scheduler.mlfq.last_queue;
    uint8_t index = pop_head(&kernel->scheduler.mlfq.queues[level]);
    uint32_t *used_us = &kernel->scheduler.mlfq.used_us[index];

    if (reason == STOP_TIMESLICE_EXPIRED) {
        *used_us = 0;
        if (level < MLFQ_QUEUES - 1)
            level++;
    } else {
        *used_us = kernel->scheduler.mlfq.last_timeslice_us - kernel_executed_us(kernel);
    }
    push_tail(&kernel->scheduler.mlfq.queues[level], index);
}

static bool continue_process(struct kernel *kernel, bool interrupt_pending)
{
    return kernel->rules->mlfq_goes_on_after_interrupt || !interrupt_pending;
}

const struct scheduler_ops mlfq_ops = {init, next, result, continue_process};
