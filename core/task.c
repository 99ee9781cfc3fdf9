// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "task.h"

static uint32_t slot_of(const struct task_queue *queue, uint32_t position)
{
    uint32_t slot = queue->head + position;

    return slot >= TASK_SLOTS ? slot - TASK_SLOTS : slot;
}

void task_queue_clear(struct task_queue *queue)
{
    queue->head = 0;
    queue->tail = 0;
}

uint32_t task_queue_length(const struct task_queue *queue)
{
    return queue->tail >= queue->head ? (uint32_t)(queue->tail - queue->head)
                                      : (uint32_t)(TASK_SLOTS + queue->tail - queue->head);
}

const struct task *task_queue_at(const struct task_queue *queue, uint32_t position)
{
    return &queue->slots[slot_of(queue, position)];
}

void task_queue_remove(struct task_queue *queue, uint32_t position)
{
    uint32_t length = task_queue_length(queue);

    for (uint32_t i = position; i + 1 < length; i++)
        queue->slots[slot_of(queue, i)] = queue->slots[slot_of(queue, i + 1)];
    queue->tail = (uint8_t)slot_of(queue, length - 1);
}
