// SPDX-License-Identifier: Apache-2.0 OR MIT
// A process: its states, its memory and its breaks, its tasks, its restarts
// (Tock 2.1, kernel/src/process.rs and process_standard.rs).
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "abi.h"
#include "hints.h"
#include "mpu.h"
#include "process_id.h"
#include "task.h"

struct kernel;

// X(NAME, name)
#define PROCESS_STATES(X)                                                                          \
    X(UNSTARTED, Unstarted)                                                                        \
    X(RUNNING, Running)                                                                            \
    X(YIELDED, Yielded)                                                                            \
    X(FAULTED, Faulted)                                                                            \
    X(TERMINATED, Terminated)                                                                      \
    X(STOPPED_RUNNING, StoppedRunning)                                                             \
    X(STOPPED_YIELDED, StoppedYielded)

enum process_state {
#define X(NAME, name) PROCESS_##NAME,
    PROCESS_STATES(X)
#undef X
};

#define FAULT_POLICIES(X)                                                                          \
    X(PANIC, panic)                                                                                \
    X(STOP, stop)                                                                                  \
    X(RESTART, restart)                                                                            \
    X(THRESHOLD, threshold)                                                                        \
    X(THRESHOLD_PANIC, threshold_panic)

enum fault_policy_kind {
#define X(NAME, name) FAULT_POLICY_##NAME,
    FAULT_POLICIES(X)
#undef X
};

// What a fault leads to. THRESHOLD restarts `threshold` + 1 times, then stops;
// THRESHOLD_PANIC then panics.
struct fault_policy {
    enum fault_policy_kind kind;
    uint32_t threshold;
};

#define FAULT_ACTIONS(X)                                                                           \
    X(PANIC, panic)                                                                                \
    X(RESTART, restart)                                                                            \
    X(STOP, stop)

enum fault_action {
#define X(NAME, name) FAULT_ACTION_##NAME,
    FAULT_ACTIONS(X)
#undef X
};

// Why a process faulted, as far as a trace can tell.
#define FAULT_CAUSES(X)                                                                            \
    X(MEMORY, "refused memory access")                                                             \
    X(SYSCALL, "unknown system call class")                                                        \
    X(STACK_POINTER, "stack pointer outside of its memory")                                        \
    X(STACK_OVERFLOW, "host stack of the process overflowed")                                      \
    X(BODY, "the program stopped with an error")                                                   \
    X(EXPLICIT, "the program asked for it")                                                        \
    X(OPERATOR, "somebody outside asked for it")

enum fault_cause {
#define X(NAME, text) FAULT_CAUSE_##NAME,
    FAULT_CAUSES(X)
#undef X
};

// Why a task was lost with its process.
#define DROP_REASONS(X)                                                                            \
    X(TERMINATED, "its process terminated")                                                        \
    X(RESTARTED, "its process restarted")                                                          \
    X(FAULTED, "its process faulted")

enum drop_reason {
#define X(NAME, text) DROP_##NAME,
    DROP_REASONS(X)
#undef X
};

enum completion { COMPLETION_NEVER, COMPLETION_NONE, COMPLETION_CODE };

enum { IPC_REGION_SLOTS = 6 };

// A region that the kernel remembers having added for IPC. A restart does not
// clear these (Tock 2.1 behaviour).
struct region_slot {
    bool used;
    uaddr start;
    uint32_t size;
};

// What every system call and upcall looks at comes first, so that it is in few cache lines.
struct process {
    bool loaded; // false: an empty place in the process array
    struct process_id id;
    enum process_state state;
    uint32_t syscalls; // since the last start

    // Memory, all simulated addresses. Process memory is [memory_start, memory_start
    // + memory_size): the process's own up to app_brk, the kernel's from kernel_brk.
    uaddr memory_start;
    uint32_t memory_size;
    uint8_t *memory; // the kernel's view of it, from the port
    uaddr app_brk;
    uaddr kernel_brk;
    uaddr allow_high_water_mark;
    struct task_queue tasks;
    struct mpu_config mpu_config;

    struct region_slot regions[IPC_REGION_SLOTS];
    uaddr flash_start;
    uint32_t flash_size;
    uint32_t flash_protected_size;
    uint32_t dropped_upcalls;
    uint32_t timeslice_expirations;

    const char *name; // bytes, not terminated; borrowed: must outlive the kernel
    uint32_t name_length;
    struct fault_policy fault_policy;
    enum fault_cause fault_cause;
    uint32_t restart_count;
    enum completion completion;
    uint32_t completion_code;
};

// Neither Terminated nor Faulted.
static inline bool process_is_active(const struct process *process)
{
    return LIKELY(process->state != PROCESS_TERMINATED && process->state != PROCESS_FAULTED);
}

// Somebody stopped it: it keeps its tasks and gets new ones, but is not run.
static inline bool process_is_stopped(const struct process *process)
{
    return process->state == PROCESS_STOPPED_RUNNING || process->state == PROCESS_STOPPED_YIELDED;
}

// Has something to do: a task, or it is running. A stopped process with a task is ready too,
// though all it does with its turns is to stop.
static inline bool process_is_ready(const struct process *process)
{
    return process->state == PROCESS_RUNNING || !task_queue_is_empty(&process->tasks);
}

static inline uaddr process_memory_end(const struct process *process)
{
    return process->memory_start + process->memory_size;
}

static inline uaddr process_flash_end(const struct process *process)
{
    return process->flash_start + process->flash_size;
}

static inline uaddr process_flash_app(const struct process *process)
{
    return process->flash_start + process->flash_protected_size;
}

// Whether [start, start + size) is the process's own: below app_brk, or in the
// part of its flash that its header does not protect.
bool process_owns_memory(const struct process *process, uaddr start, uint32_t size);
bool process_owns_flash(const struct process *process, uaddr start, uint32_t size);

struct process_load {
    const char *name; // borrowed
    uint32_t name_length;
    uaddr flash_start; // where its image lies; the MPU must be able to map it as it lies
    uint32_t flash_size;
    uint32_t flash_protected_size;
    uint32_t ram_size; // what the app's header asks for, bytes
    struct fault_policy fault_policy;
};

#define LOAD_RESULTS(X)                                                                            \
    X(OK, "loaded")                                                                                \
    X(NOT_ENOUGH_FLASH, "not enough flash left for it")                                            \
    X(FLASH_NOT_MAPPABLE, "the MPU cannot express its flash region")                               \
    X(NOT_ENOUGH_MEMORY, "not enough RAM left for it")                                             \
    X(NOT_INITIALIZED, "its first stack frame does not fit")

enum load_result {
#define X(NAME, text) LOAD_##NAME,
    LOAD_RESULTS(X)
#undef X
};

// Loads a process into place `index` of the kernel's array, taking its RAM block
// from the start of [*ram_start, *ram_start + *ram_size), which shrinks by what was
// taken. Its init task is queued. A refusal leaves the place empty and the RAM untaken.
enum load_result process_load(struct kernel *kernel, uint32_t index,
                              const struct process_load *load, uaddr *ram_start,
                              uint32_t *ram_size);

// Records where it was loaded; apart from loading, so that a host can first say to
// whom.
void process_record_loaded(struct kernel *kernel, const struct process *process);

// Queues the task that the caller has made in task_queue_next(&process->tasks).
// ERROR_NODEVICE: ended. ERROR_NOMEM: ring full, counted as a dropped upcall.
enum error_code process_enqueue_task(struct kernel *kernel, struct process *process);

// The process must have one. The task stays readable while one more is queued for the
// process; a second overwrites it.
const struct task *process_dequeue_task(struct kernel *kernel, struct process *process);

// Drops queued function calls of (driver, subscribe_num); IPC tasks stay.
void process_remove_pending_upcalls(struct kernel *kernel, struct process *process, uint32_t driver,
                                    uint32_t subscribe_num);

// Every change of state goes through here: the kernel counts running processes.
void process_set_state(struct kernel *kernel, struct process *process, enum process_state state);

// Stops a process that runs or has yielded, until it is resumed; in any other state does nothing.
COLD void process_stop(struct kernel *kernel, struct process *process);
// Puts a stopped process back into the state that it was stopped in; else does nothing.
COLD void process_resume(struct kernel *kernel, struct process *process);

// Ends the process: its tasks and grants are gone, its memory stays.
COLD void process_terminate(struct kernel *kernel, struct process *process,
                            enum completion completion, uint32_t code);

// Ends it and starts it again under a new identifier. RAM contents and the list of
// added regions stay; if it cannot be started, it stays terminated.
COLD void process_restart(struct kernel *kernel, struct process *process,
                          enum completion completion, uint32_t code);

// The process broke a rule: its fault policy decides what follows.
COLD void process_fault(struct kernel *kernel, struct process *process, enum fault_cause cause);

// Moves app_brk. False, with nothing changed: below the allow high-water mark, at or
// above the memory's end, into kernel memory, or not expressible by the MPU.
bool process_brk(struct kernel *kernel, struct process *process, uaddr new_break);

// Takes `size` bytes, `align`-aligned, off the top of the free memory. 0: no room.
uaddr process_allocate_kernel_memory(struct kernel *kernel, struct process *process, uint32_t size,
                                     uint32_t align);

// Asks the MPU driver for a region over a buffer of another process. `cause` is the
// event that led to it. The outcome is in the trace alone: the kernel ignores it.
void process_add_mpu_region(struct kernel *kernel, struct process *process, uaddr start,
                            uint32_t size, uint32_t cause);

// Remembers a buffer as allowed: brk may no longer go below its end.
// ERROR_FAIL: ended. ERROR_INVAL: not its own. Length 0 is always fine.
enum error_code process_build_buffer_rw(struct process *process, uaddr start, uint32_t size);
enum error_code process_build_buffer_ro(struct process *process, uaddr start, uint32_t size);

// Writes one byte of the process's own memory; elsewhere does nothing.
void process_set_byte(struct kernel *kernel, struct process *process, uaddr address, uint8_t value);

// Hands the answer of a system call, or a function call, to the process. A process
// that cannot take it (its stack is gone) faults.
void process_set_syscall_return(struct kernel *kernel, struct process *process,
                                struct syscall_return answer);
void process_set_function(struct kernel *kernel, struct process *process,
                          const struct function_call *call, uint32_t cause);
