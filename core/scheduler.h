// SPDX-License-Identifier: Apache-2.0 OR MIT
// The four schedulers of Tock 2.1 (kernel/src/scheduler/). Their state is plain data;
// one table of functions each.
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct kernel;

#define SCHEDULERS(X)                                                                              \
    X(ROUND_ROBIN, round_robin)                                                                    \
    X(COOPERATIVE, cooperative)                                                                    \
    X(PRIORITY, priority)                                                                          \
    X(MLFQ, mlfq)

enum scheduler_kind {
#define X(NAME, name) SCHEDULER_##NAME,
    SCHEDULERS(X)
#undef X
};

// In which order the list of processes was built. Tock's board components put the
// highest index first.
enum scheduler_order { ORDER_COMPONENT, ORDER_INDEX };

// X(NAME, name)
#define STOP_REASONS(X)                                                                            \
    X(NO_WORK_LEFT, NoWorkLeft)                                                                    \
    X(TIMESLICE_EXPIRED, TimesliceExpired)                                                         \
    X(STOPPED, Stopped)                                                                            \
    X(KERNEL_PREEMPTION, KernelPreemption)

enum stop_reason {
#define X(NAME, name) STOP_##NAME,
    STOP_REASONS(X)
#undef X
};

enum { MAX_PROCESSES = 255, MLFQ_QUEUES = 3 };

#define NO_TIMESLICE UINT32_MAX
#define NO_LEVEL     UINT32_MAX

// What to run and for how long; NO_TIMESLICE: until it stops by itself.
struct scheduling_decision {
    uint32_t index;
    uint32_t timeslice_us;
};

// A list over places of the process array, for MLFQ.
struct mlfq_queue {
    uint32_t length;
    uint8_t index[MAX_PROCESSES];
};

struct scheduler {
    enum scheduler_kind kind;
    enum scheduler_order order;
    union {
        struct {           // round robin and cooperative: a ring that only ever turns
            uint32_t head; // position of the process at the head
            uint32_t time_remaining_us;
            bool last_rescheduled;
        } ring;
        struct {
            bool is_running;
            uint32_t running; // index
        } priority;
        struct {
            struct mlfq_queue queues[MLFQ_QUEUES];
            uint32_t used_us[MAX_PROCESSES]; // by index; see sched_mlfq.c for what it holds
            uint32_t last_timeslice_us;
            uint32_t last_queue;
        } mlfq;
    };
};

struct scheduler_ops {
    void (*init)(struct kernel *kernel);
    // Asked only while there is work: some process is ready.
    struct scheduling_decision (*next)(struct kernel *kernel);
    // Why the chosen process stopped; for how long it ran, kernel_executed_us says.
    void (*result)(struct kernel *kernel, enum stop_reason reason);
    // Whether the process just running may go on. NULL: unless an interrupt is pending,
    // which is what most schedulers say; asked before each step, it is worth not calling.
    bool (*continue_process)(struct kernel *kernel, bool interrupt_pending);
};

// The functions of a scheduler, by kind.
const struct scheduler_ops *scheduler_ops(enum scheduler_kind kind);

extern const struct scheduler_ops round_robin_ops;
extern const struct scheduler_ops cooperative_ops;
extern const struct scheduler_ops priority_ops;
extern const struct scheduler_ops mlfq_ops;
