// SPDX-License-Identifier: Apache-2.0 OR MIT
// The dispatch of system calls, and answers to them (Tock 2.1, kernel/src/kernel.rs and
// kernel/src/syscall.rs).
#pragma once

#include <stdint.h>

#include "abi.h"
#include "hints.h"
#include "port.h"

struct kernel;
struct process;

// Handles a system call that `process` made.
void kernel_handle_syscall(struct kernel *kernel, struct process *process, const struct trap *trap);

// Records a system call that a process made and that is not to be handled: its stack is gone.
COLD void syscall_record(struct kernel *kernel, const struct process *process,
                         const struct trap *trap);

// Answers with `error`, or with success.
struct syscall_return syscall_failure(enum error_code error);
struct syscall_return syscall_success(void);
struct syscall_return syscall_success_u32(uint32_t value);
