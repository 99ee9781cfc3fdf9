// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "dummy_driver.h"

#include "../../core/kernel.h"
#include "../../core/syscall.h"

enum { DUMMY_UPCALL = 0 };

enum dummy_command { DUMMY_EXISTS = 0, DUMMY_SCHEDULE_OWN = 1, DUMMY_SCHEDULE_OTHER = 2 };

static struct syscall_return schedule_own(struct kernel *kernel, const struct grant_type *type,
                                          const struct process *process, uint32_t a, uint32_t b)
{
    const uint32_t argument[3] = {a, b, 1};
    enum schedule_result result;
    struct grant grant;

    if (grant_enter(kernel, type, process->id, &grant) != GRANT_OK)
        return syscall_failure(ERROR_NOMEM);
    result = grant_schedule_upcall(kernel, &grant, DUMMY_UPCALL, argument, kernel->event_seq);
    grant_leave(kernel, &grant);
    return result == SCHEDULE_QUEUED || result == SCHEDULE_NULL_UPCALL
               ? syscall_success()
               : syscall_failure(ERROR_NOMEM);
}

// Answers how many upcalls were scheduled: 0 where that process never used the driver.
static struct syscall_return schedule_other(struct kernel *kernel, const struct grant_type *type,
                                            uint32_t index, uint32_t a)
{
    const uint32_t argument[3] = {a, 0, 2};
    enum schedule_result result;
    struct grant grant;

    if (index >= kernel->process_slots ||
        !grant_enter_existing(kernel, type, &kernel->processes[index], &grant))
        return syscall_success_u32(0);
    result = grant_schedule_upcall(kernel, &grant, DUMMY_UPCALL, argument, kernel->event_seq);
    grant_leave(kernel, &grant);
    return syscall_success_u32(result == SCHEDULE_QUEUED || result == SCHEDULE_NULL_UPCALL);
}

static struct syscall_return dummy_command(struct kernel *kernel,
                                           const struct syscall_driver *driver,
                                           struct process *process, uint32_t command,
                                           uint32_t argument0, uint32_t argument1)
{
    switch (command) {
    case DUMMY_EXISTS:
        return syscall_success();
    case DUMMY_SCHEDULE_OWN:
        return schedule_own(kernel, &driver->grant, process, argument0, argument1);
    case DUMMY_SCHEDULE_OTHER:
        return schedule_other(kernel, &driver->grant, argument0, argument1);
    default:
        return syscall_failure(ERROR_NOSUPPORT);
    }
}

struct syscall_driver dummy_driver(void)
{
    return (struct syscall_driver){
        .name = "dummy",
        .grant = {.driver = DUMMY_DRIVER_NUM, .upcalls = 2, .allow_ro = 1, .allow_rw = 1},
        .command = dummy_command,
    };
}
