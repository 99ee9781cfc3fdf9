// SPDX-License-Identifier: Apache-2.0 OR MIT
// A capsule as the system call dispatch sees it (Tock 2.1,
// kernel/src/syscall_driver.rs). Subscribe and allow are the kernel's own work.
#pragma once

#include <stdint.h>

#include "abi.h"
#include "grant.h"
#include "task.h"

struct kernel;

struct syscall_driver {
    const char *name;
    struct grant_type grant; // its driver number, and what it keeps per process

    // Command 0 asks whether the driver is there.
    struct syscall_return (*command)(struct kernel *kernel, const struct syscall_driver *driver,
                                     struct process *process, uint32_t command, uint32_t argument0,
                                     uint32_t argument1);

    // Turns a task that this driver queued for `receiver` into an upcall on it, or loses it; only
    // the trace knows. `cause` is the event that led to it. NULL: this driver queues none.
    void (*convert)(struct kernel *kernel, const struct syscall_driver *driver,
                    struct process *receiver, const struct ipc_task *task, uint32_t cause);

    // A life of `process` ends, and its grants with it: records what this driver still owed it, and
    // changes nothing. NULL: it owes nothing but what is queued.
    void (*record_pending)(struct kernel *kernel, const struct syscall_driver *driver,
                           const struct process *process);
};
