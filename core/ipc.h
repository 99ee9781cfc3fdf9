// SPDX-License-Identifier: Apache-2.0 OR MIT
// Inter-process communication: the twin of Tock 2.1's kernel/src/ipc.rs.
#pragma once

#include "grant.h"
#include "syscall_driver.h"
#include "task.h"

enum { IPC_DRIVER_NUM = 0x10000 };

// X(NAME, number, name)
#define IPC_COMMANDS(X)                                                                            \
    X(EXISTS, 0, exists)                                                                           \
    X(DISCOVER, 1, discover)                                                                       \
    X(NOTIFY_SERVICE, 2, notify_service)                                                           \
    X(NOTIFY_CLIENT, 3, notify_client)

enum ipc_command {
#define X(NAME, number, name) IPC_COMMAND_##NAME = (number),
    IPC_COMMANDS(X)
#undef X
};

// The driver for `num_procs` processes (1 to 255).
struct syscall_driver ipc_driver(uint8_t num_procs);
