// SPDX-License-Identifier: Apache-2.0 OR MIT
// Inter-process communication: the twin of Tock 2.1's kernel/src/ipc.rs, to be read beside it:
// ipc.c has the same parts in the same order, and the same words. What an app sees of it is in
// docs/ipc.md.
//
// What can come of a call and of a conversion. The numbers stand in ipc.c where each is decided.
//
//   discover   [1] NOMEM         no room for the caller's grant
//              [2] INVAL         no search slot, or it leads outside of memory
//              [3] SuccessU32    the index of the first process with this name
//              [4] NODEVICE      no process has it
//   notify     [5] INVAL         no process has this index
//              [6] NODEVICE      it ended; NOMEM: its ring is full, and that is counted
//              [7] Success       an IPC task is in its ring
//   conversion [8] NoSuchApp     the sender restarted: lost
//              [9] OutOfMemory   no room for the receiver's grant: lost
//             [10] kernel panic  the sender is the receiver, its grant is open already
//             [11] InactiveApp   the sender ended; OutOfMemory: no room for its grant: lost
//             [12] no buffer     length and address are 0, and no region is asked for
//             [13] a buffer      a region is asked for; the answer is ignored
//             [14] queued        an upcall; or none subscribed, or no such number: used up
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
