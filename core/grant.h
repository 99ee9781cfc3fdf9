// SPDX-License-Identifier: Apache-2.0 OR MIT
// Process memory that capsules own: one grant per driver per process (Tock 2.1,
// kernel/src/grant.rs).
//
// Everything here lives in the process's own RAM with the 32-bit layout of the
// board, so running out of it, or reaching it by an MPU mistake, is real:
//
//   grant pointers, at the top of process memory, 8 bytes each: driver number,
//     address (bit 0: entered)
//   a grant, 4-aligned: counters (upcalls | ro << 8 | rw << 16), upcall slots
//     (userdata, fn), read-only slots and read-write slots (pointer, length), then
//     the driver's own data
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "abi.h"
#include "process.h"

// What a driver keeps for each process. `number` is its place in the table of grant
// pointers.
struct grant_type {
    uint32_t driver;
    uint32_t number;
    uint8_t upcalls;
    uint8_t allow_ro;
    uint8_t allow_rw;
    uint16_t data_size; // what the driver itself keeps there, bytes, a multiple of 4
};

enum { GRANT_POINTER_BYTES = 8 };

// X(NAME, name)
#define GRANT_RESULTS(X)                                                                           \
    X(OK, ok)                                                                                      \
    X(NO_SUCH_APP, NoSuchApp)                                                                      \
    X(OUT_OF_MEMORY, OutOfMemory)                                                                  \
    X(INACTIVE_APP, InactiveApp)                                                                   \
    X(PANICKED, panicked)

enum grant_result {
#define X(NAME, name) GRANT_##NAME,
    GRANT_RESULTS(X)
#undef X
};

// A grant that is open. How many slots it has is what its counters in memory say, not
// its type.
struct grant {
    struct process *process;
    uint8_t *entry; // its grant pointer; this and the next two are views of process memory
    uint8_t *slots;
    uint8_t *data; // the driver's own, zero at first; NULL where it keeps nothing
    uint32_t counters;
    uint32_t driver;
};

struct grant_upcall {
    uint32_t userdata;
    uaddr fn; // 0: none
};

struct grant_buffer {
    uaddr start;
    uint32_t size;
};

// Bytes that one grant of this type takes in process memory.
uint32_t grant_size(const struct grant_type *type);

// Opens the grant of the process that `id` names, allocating it at first use; close
// it with grant_leave.
//   GRANT_NO_SUCH_APP     that life of the process is over
//   GRANT_INACTIVE_APP    it ended
//   GRANT_OUT_OF_MEMORY   not allocated, kernel_brk as before
//   GRANT_PANICKED        it was open already: a bug in a capsule, the kernel panics
enum grant_result grant_enter(struct kernel *kernel, const struct grant_type *type,
                              struct process_id id, struct grant *grant);

// The same for a process at hand, which is there for sure.
enum grant_result grant_enter_process(struct kernel *kernel, const struct grant_type *type,
                                      struct process *process, struct grant *grant);
void grant_leave(struct kernel *kernel, struct grant *grant);

// Slots of an open grant. False: no such slot.
bool grant_get_upcall(const struct grant *grant, uint32_t number, struct grant_upcall *upcall);
bool grant_get_allow_ro(const struct grant *grant, uint32_t number, struct grant_buffer *buffer);
bool grant_get_allow_rw(const struct grant *grant, uint32_t number, struct grant_buffer *buffer);

// X(NAME, what became of an upcall that a driver scheduled)
#define SCHEDULE_RESULTS(X)                                                                        \
    X(QUEUED, "queued")                                                                            \
    X(NULL_UPCALL, "no upcall subscribed")                                                         \
    X(NO_SUCH_UPCALL, "no such subscribe number")                                                  \
    X(QUEUE_FULL, "queue full")                                                                    \
    X(ENDED, "process ended")                                                                      \
    X(NOT_TRIED, "not tried")

enum schedule_result {
#define X(NAME, text) SCHEDULE_##NAME,
    SCHEDULE_RESULTS(X)
#undef X
};

// Queues the upcall that the process subscribed at `number`. `cause` is the event
// that led to it.
enum schedule_result grant_schedule_upcall(struct kernel *kernel, const struct grant *grant,
                                           uint32_t number, const uint32_t argument[3],
                                           uint32_t cause);

// The kernel's side of subscribe and allow: put the new value into the slot and give
// the old one back in the same variable.
//   ERROR_NOMEM   the process has no grant for this driver yet (nothing changed)
//   no such slot  what the rules of the release say: ERROR_INVAL in 2.1
enum error_code grant_swap_upcall(struct kernel *kernel, struct process *process, uint32_t driver,
                                  uint32_t number, struct grant_upcall *upcall);
enum error_code grant_swap_allow_ro(struct kernel *kernel, struct process *process, uint32_t driver,
                                    uint32_t number, struct grant_buffer *buffer);
enum error_code grant_swap_allow_rw(struct kernel *kernel, struct process *process, uint32_t driver,
                                    uint32_t number, struct grant_buffer *buffer);

// Opens the grant of a process only if it is there already. False: it is not, or the
// process ended.
bool grant_enter_existing(struct kernel *kernel, const struct grant_type *type,
                          struct process *process, struct grant *grant);

// What a process has put into a read-write slot, without opening its grant. Size 0:
// nothing, or it has no such slot, no such grant, or ended.
struct grant_buffer grant_peek_allow_rw(struct kernel *kernel, const struct grant_type *type,
                                        const struct process *process, uint32_t number);

// The driver's own data in the grant of a process, without opening it. NULL: there is none.
const uint8_t *grant_peek_data(struct kernel *kernel, const struct grant_type *type,
                               const struct process *process);

// How many grants a process has; where one is (0: not allocated).
uint32_t grant_count_allocated(struct kernel *kernel, const struct process *process);
uaddr grant_address(struct kernel *kernel, const struct process *process, uint32_t number);

// Forgets all grants of a process: the table of grant pointers is zero.
void grant_reset_pointers(struct kernel *kernel, const struct process *process);
