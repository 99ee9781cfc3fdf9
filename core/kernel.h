// SPDX-License-Identifier: Apache-2.0 OR MIT
// The kernel: all of its state, and a turn of its loop, cut at the switch to a process
// (Tock 2.1, kernel/src/kernel.rs).
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "event.h"
#include "hints.h"
#include "mpu.h"
#include "port.h"
#include "process.h"
#include "rules.h"
#include "scheduler.h"
#include "syscall_driver.h"

// X(NAME, message)
#define PANIC_REASONS(X)                                                                           \
    X(GRANT_REENTERED, "Attempted to re-enter a grant region.")                                    \
    X(PROCESS_FAULT, "Process had a fault")                                                        \
    X(DIVIDE_BY_ZERO, "attempt to calculate the remainder with a divisor of zero")                 \
    X(BAD_GRANT, "a grant pointer leads outside of memory")                                        \
    X(FAULTY_SCHEDULED, "Attempted to schedule a faulty process")

enum panic_reason {
#define X(NAME, text) PANIC_##NAME,
    PANIC_REASONS(X)
#undef X
};

// What the kernel's own structures take in process memory, in bytes (the board's).
struct kernel_sizes {
    uint32_t task;            // one slot of the task ring
    uint32_t process_struct;  // the process control block
    uint32_t initial_app_brk; // app memory at first start
};

enum kernel_halt {
    KERNEL_RUNS,
    KERNEL_PANICKED, // see panic_reason
    KERNEL_HALTED,   // by whoever runs it, at a limit of their own
};

enum { READY_BITS = 32, READY_WORDS = (MAX_PROCESSES + READY_BITS - 1) / READY_BITS };

// One process from the scheduler's choice until it stops.
struct turn {
    struct process *process;
    uint32_t timeslice_us; // or NO_TIMESLICE
    enum stop_reason reason;
};

struct kernel {
    void *port; // what the functions of port.h get
    struct mpu *mpu;
    uint64_t wanted_events; // EVENT_BITs that port_record gets
    uint32_t event_seq;     // of the last event, wanted or not
    enum kernel_halt halt;
    enum panic_reason panic_reason;
    uint32_t panic_process; // index of the process it was over

    struct process *processes; // borrowed
    uint32_t process_slots;
    uint32_t next_identifier;
    uint32_t work;               // tasks queued and processes running; 0: all blocked
    uint32_t ready[READY_WORDS]; // a bit for each process: see kernel_is_ready

    const struct kernel_rules *rules;     // borrowed
    const struct syscall_driver *drivers; // borrowed; their grants come in this order
    uint32_t driver_count;
    uint32_t grant_count; // those and grants that nobody uses
    struct kernel_sizes sizes;
    const struct scheduler_ops *scheduler_ops;
    struct scheduler scheduler;
    struct turn turn;
};

struct kernel_setup {
    void *port;
    const struct kernel_rules *rules; // of the release
    struct mpu *mpu;
    struct process *processes;
    uint32_t process_slots; // 1 to MAX_PROCESSES
    const struct syscall_driver *drivers;
    uint32_t driver_count;
    uint32_t unused_grants;
    struct kernel_sizes sizes;
    enum scheduler_kind scheduler;
    enum scheduler_order order;
    uint64_t wanted_events;
};

// Everything that `setup` points to is borrowed: must outlive the kernel.
void kernel_init(struct kernel *kernel, const struct kernel_setup *setup);

// One turn of the kernel loop: serves interrupts, or runs one process until it stops, or
// sleeps. Does nothing once `halt` is set. The loop is cut where it hands the processor
// to a process, as that is for whoever runs the kernel to do:
//
//     struct process *process = kernel_begin_turn(kernel);
//
//     while (process) {
//         run `process` until it traps
//         process = kernel_take_trap(kernel, &trap);
//     }
//
// Both return the process that is to run now, its protection on; NULL: the turn is over.
struct process *kernel_begin_turn(struct kernel *kernel);
struct process *kernel_take_trap(struct kernel *kernel, const struct trap *trap);

// Ends the run: an event, and nothing happens any more. The caller returns at once.
COLD void kernel_panic(struct kernel *kernel, enum panic_reason reason, uint32_t process_index);

// The process that `id` names. NULL: none, or that life of it is over.
static inline struct process *kernel_process(struct kernel *kernel, struct process_id id)
{
    struct process *process = &kernel->processes[id.index];

    return id.index < kernel->process_slots && process->loaded &&
                   process->id.identifier == id.identifier
               ? process
               : NULL;
}

// The driver with this number, NULL if there is none.
static inline const struct syscall_driver *kernel_driver(const struct kernel *kernel,
                                                         uint32_t number)
{
    for (uint32_t i = 0; i < kernel->driver_count; i++)
        if (kernel->drivers[i].grant.driver == number)
            return &kernel->drivers[i];
    return NULL;
}

// What the process that just stopped used of its timeslice, for the scheduler's `result`,
// after which the timer is reset; NO_TIMESLICE where it had none.
uint32_t kernel_executed_us(const struct kernel *kernel);

// What the kernel keeps at the top of each process's memory before any grant, bytes.
uint32_t kernel_initial_memory(const struct kernel *kernel);
