// SPDX-License-Identifier: Apache-2.0 OR MIT
// The system call class memop (Tock 2.1, kernel/src/memop.rs).
#pragma once

#include <stdint.h>

#include "abi.h"

struct kernel;
struct process;

// Answers operation `op` of the process with this argument.
struct syscall_return memop(struct kernel *kernel, struct process *process, uint32_t op,
                            uint32_t argument);
