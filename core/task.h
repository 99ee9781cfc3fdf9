// SPDX-License-Identifier: Apache-2.0 OR MIT
// The tasks that wait for a process: upcalls and IPC notifications, in order.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi.h"
#include "hints.h"
#include "process_id.h"

struct syscall_driver;

enum task_kind { TASK_FUNCTION_CALL, TASK_IPC };

enum call_source { SOURCE_KERNEL, SOURCE_DRIVER };

enum ipc_type { IPC_SERVICE, IPC_CLIENT };

// A function that the process will run: `source` KERNEL is its init function.
struct function_call {
    enum call_source source;
    uint32_t driver;
    uint32_t subscribe_num;
    uaddr pc;
    uint32_t argument[4]; // the fourth is the userdata of the subscription
};

struct ipc_task {
    const struct syscall_driver *driver; // that queued it and converts it; borrowed
    struct process_id from;
    enum ipc_type type;
};

struct task {
    enum task_kind kind;
    uint32_t cause; // seq of the event that led to it
    union {
        struct function_call call;
        struct ipc_task ipc;
    };
};

// The ring keeps one slot empty: 10 slots hold 9 tasks (Tock 2.1,
// kernel/src/collections/ring_buffer.rs).
enum { TASK_SLOTS = 10, TASK_CAPACITY = TASK_SLOTS - 1 };

struct task_queue {
    uint8_t head; // the oldest task
    uint8_t tail; // where the next one goes
    struct task slots[TASK_SLOTS];
};

void task_queue_clear(struct task_queue *queue);

static inline bool task_queue_is_empty(const struct task_queue *queue)
{
    return queue->head == queue->tail;
}

uint32_t task_queue_length(const struct task_queue *queue);

// The task that is `position` places behind the oldest one; must exist.
const struct task *task_queue_at(const struct task_queue *queue, uint32_t position);

static inline uint32_t task_slot_after(uint32_t slot)
{
    return UNLIKELY(slot + 1 == TASK_SLOTS) ? 0 : slot + 1;
}

static inline bool task_queue_is_full(const struct task_queue *queue)
{
    return task_slot_after(queue->tail) == queue->head;
}

// The slot that stays empty, where the next task is to be made before it is pushed.
static inline struct task *task_queue_next(struct task_queue *queue)
{
    return &queue->slots[queue->tail];
}

// Queues the task that was made there. False when full: it is not queued.
static inline bool task_queue_push(struct task_queue *queue)
{
    if (task_queue_is_full(queue))
        return false;
    queue->tail = (uint8_t)task_slot_after(queue->tail);
    return true;
}

// Takes out the oldest task; there must be one. It stays readable in its slot while one more
// is made and pushed, as one slot is always empty; a second overwrites it.
static inline const struct task *task_queue_pop(struct task_queue *queue)
{
    const struct task *slot = &queue->slots[queue->head];

    queue->head = (uint8_t)task_slot_after(queue->head);
    return slot;
}

// Takes out the task at `position`; the others keep their order.
void task_queue_remove(struct task_queue *queue, uint32_t position);
