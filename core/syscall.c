// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "syscall.h"

#include <stddef.h>

#include "kernel.h"
#include "memop.h"
#include "recording.h"

// ---- answers

struct syscall_return syscall_failure(enum error_code error)
{
    return (struct syscall_return){{RETURN_Failure, error, 0, 0}};
}

struct syscall_return syscall_success(void)
{
    return (struct syscall_return){{RETURN_Success, 0, 0, 0}};
}

struct syscall_return syscall_success_u32(uint32_t value)
{
    return (struct syscall_return){{RETURN_SuccessU32, value, 0, 0}};
}

static struct syscall_return success_pair(uint32_t first, uint32_t second)
{
    return (struct syscall_return){{RETURN_SuccessU32U32, first, second, 0}};
}

static struct syscall_return failure_pair(enum error_code error, uint32_t first, uint32_t second)
{
    return (struct syscall_return){{RETURN_FailureU32U32, error, first, second}};
}

// ---- subscribe and allow

// The first use of a driver: makes the grant that subscribe and allow need. False if
// there is no such driver, no room, or it was there already.
static bool try_allocate_grant(struct kernel *kernel, uint32_t driver_number,
                               struct process *process)
{
    const struct syscall_driver *driver = kernel_driver(kernel, driver_number);
    uint32_t count_before = grant_count_allocated(kernel, process);
    struct grant grant;

    if (!driver || grant_enter(kernel, &driver->grant, process->id, &grant) != GRANT_OK)
        return false;
    grant_leave(kernel, &grant);
    return grant_count_allocated(kernel, process) != count_before;
}

static enum error_code swap_upcall(struct kernel *kernel, struct process *process, uint32_t driver,
                                   uint32_t number, struct grant_upcall *upcall)
{
    enum error_code error = grant_swap_upcall(kernel, process, driver, number, upcall);

    if (error == ERROR_NOMEM && try_allocate_grant(kernel, driver, process))
        error = grant_swap_upcall(kernel, process, driver, number, upcall);
    return error;
}

static bool is_valid_upcall_pointer(const struct process *process, uaddr fn)
{
    return process_owns_flash(process, fn, sizeof(uaddr)) ||
           process_owns_memory(process, fn, sizeof(uaddr));
}

static struct syscall_return subscribe(struct kernel *kernel, struct process *process,
                                       const uint32_t r[4])
{
    struct grant_upcall upcall = {.userdata = r[3], .fn = r[2]};
    enum error_code error;

    if (upcall.fn != 0 && !is_valid_upcall_pointer(process, upcall.fn))
        return failure_pair(ERROR_INVAL, upcall.fn, upcall.userdata);
    error = swap_upcall(kernel, process, r[0], r[1], &upcall);
    if (error != ERROR_NONE)
        return failure_pair(error, upcall.fn, upcall.userdata);
    process_remove_pending_upcalls(kernel, process, r[0], r[1]);
    return success_pair(upcall.fn, upcall.userdata);
}

static struct syscall_return allow_rw(struct kernel *kernel, struct process *process,
                                      const uint32_t r[4])
{
    struct grant_buffer buffer = {.start = r[2], .size = r[3]};
    enum error_code error = process_build_buffer_rw(process, buffer.start, buffer.size);

    if (error == ERROR_NONE) {
        error = grant_swap_allow_rw(kernel, process, r[0], r[1], &buffer);
        if (error == ERROR_NOMEM && try_allocate_grant(kernel, r[0], process))
            error = grant_swap_allow_rw(kernel, process, r[0], r[1], &buffer);
    }
    return error == ERROR_NONE ? success_pair(buffer.start, buffer.size)
                               : failure_pair(error, buffer.start, buffer.size);
}

static struct syscall_return allow_ro(struct kernel *kernel, struct process *process,
                                      const uint32_t r[4])
{
    struct grant_buffer buffer = {.start = r[2], .size = r[3]};
    enum error_code error = process_build_buffer_ro(process, buffer.start, buffer.size);

    if (error == ERROR_NONE) {
        error = grant_swap_allow_ro(kernel, process, r[0], r[1], &buffer);
        if (error == ERROR_NOMEM && try_allocate_grant(kernel, r[0], process))
            error = grant_swap_allow_ro(kernel, process, r[0], r[1], &buffer);
    }
    return error == ERROR_NONE ? success_pair(buffer.start, buffer.size)
                               : failure_pair(error, buffer.start, buffer.size);
}

// No driver here supports it; the buffer is checked first, as there.
static struct syscall_return allow_userspace_readable(struct kernel *kernel,
                                                      struct process *process, const uint32_t r[4])
{
    enum error_code error;

    if (!kernel_driver(kernel, r[0]))
        return failure_pair(ERROR_NODEVICE, r[2], r[3]);
    error = process_build_buffer_rw(process, r[2], r[3]);
    return failure_pair(error == ERROR_NONE ? ERROR_NOSUPPORT : error, r[2], r[3]);
}

static struct syscall_return command(struct kernel *kernel, struct process *process,
                                     const uint32_t r[4])
{
    const struct syscall_driver *driver = kernel_driver(kernel, r[0]);

    if (!driver)
        return syscall_failure(ERROR_NODEVICE);
    return driver->command(kernel, driver, process, r[1], r[2], r[3]);
}

// ---- yield and exit, which may have no answer

static void yield(struct kernel *kernel, struct process *process, const uint32_t r[4])
{
    bool return_now;

    if (UNLIKELY(r[0] > YIELD_WAIT))
        return;
    return_now = UNLIKELY(r[0] == YIELD_NO_WAIT) && task_queue_is_empty(&process->tasks);
    if (r[0] == YIELD_NO_WAIT || kernel->rules->yield_wait_writes_flag)
        process_set_byte(kernel, process, r[1], return_now ? 0 : 1);
    if (!return_now)
        process_set_state(kernel, process, PROCESS_YIELDED);
}

// True: there is an answer.
static bool leave(struct kernel *kernel, struct process *process, const uint32_t r[4],
                  struct syscall_return *answer)
{
    switch (r[0]) {
    case EXIT_TERMINATE:
        process_terminate(kernel, process, COMPLETION_CODE, r[1]);
        return false;
    case EXIT_RESTART:
        process_restart(kernel, process, COMPLETION_CODE, r[1]);
        return false;
    default:
        *answer = syscall_failure(ERROR_NOSUPPORT);
        return true;
    }
}

// True: there is an answer.
static bool dispatch(struct kernel *kernel, struct process *process, const struct trap *trap,
                     struct syscall_return *answer)
{
    switch (trap->class) {
    case SYSCALL_YIELD:
        yield(kernel, process, trap->r);
        return false;
    case SYSCALL_SUBSCRIBE:
        *answer = subscribe(kernel, process, trap->r);
        return true;
    case SYSCALL_COMMAND:
        *answer = command(kernel, process, trap->r);
        return true;
    case SYSCALL_ALLOW_RW:
        *answer = allow_rw(kernel, process, trap->r);
        return true;
    case SYSCALL_ALLOW_RO:
        *answer = allow_ro(kernel, process, trap->r);
        return true;
    case SYSCALL_ALLOW_UR:
        *answer = allow_userspace_readable(kernel, process, trap->r);
        return true;
    case SYSCALL_MEMOP:
        *answer = memop(kernel, process, trap->r[0], trap->r[1]);
        return true;
    default:
        return leave(kernel, process, trap->r, answer);
    }
}

static inline uint32_t record_syscall(struct kernel *kernel, const struct process *process,
                                      const struct trap *trap)
{
    return RECORD(kernel, process->id.index, syscall, .id = process->id.identifier,
                  .class = trap->class, .r0 = trap->r[0], .r1 = trap->r[1], .r2 = trap->r[2],
                  .r3 = trap->r[3]);
}

void syscall_record(struct kernel *kernel, const struct process *process, const struct trap *trap)
{
    (void)record_syscall(kernel, process, trap);
}

void kernel_handle_syscall(struct kernel *kernel, struct process *process, const struct trap *trap)
{
    struct syscall_return answer;
    uint32_t cause = record_syscall(kernel, process, trap);

    if (trap->class > SYSCALL_ALLOW_UR) {
        process_fault(kernel, process, FAULT_CAUSE_SYSCALL);
        return;
    }
    process->syscalls++;
    if (!dispatch(kernel, process, trap, &answer) || kernel->halt != KERNEL_RUNS)
        return;
    RECORD(kernel, process->id.index, syscall_return, .variant = answer.word[0],
           .w1 = answer.word[1], .w2 = answer.word[2], .w3 = answer.word[3], .cause = cause);
    process_set_syscall_return(kernel, process, answer);
}
