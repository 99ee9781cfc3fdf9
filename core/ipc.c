// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "ipc.h"

#include <stddef.h>
#include <string.h>

#include "kernel.h"
#include "recording.h"
#include "syscall.h"

enum { ALLOW_RO_SEARCH = 0, ALLOW_RO_COUNT = 1 };

// ---- an IPC task becomes an upcall

// The buffer that the sender shares with the receiver, and a try at a region over it.
// The arguments tell of it whether or not the receiver may touch it. No slot for the
// receiver (its index is beyond NUM_PROCS): no buffer, and no region is asked for.
static struct grant_buffer map_shared_buffer(struct kernel *kernel, const struct grant *from,
                                             struct process *receiver, uint32_t cause)
{
    struct grant_buffer buffer = {0, 0};

    if (!grant_get_allow_rw(from, receiver->id.index, &buffer))
        return buffer;
    if (buffer.size == 0) // wherever it was, an empty buffer is at address 0
        buffer.start = 0;
    process_add_mpu_region(kernel, receiver, buffer.start, buffer.size, cause);
    return buffer;
}

static enum schedule_result schedule(struct kernel *kernel, const struct grant *receiver,
                                     const struct grant *from, enum ipc_type type, uint32_t cause)
{
    uint32_t receiver_index = receiver->process->id.index;
    uint32_t from_index = from->process->id.index;
    struct grant_buffer buffer = map_shared_buffer(kernel, from, receiver->process, cause);
    const uint32_t argument[3] = {from_index, buffer.size, buffer.start};

    if (kernel->halt != KERNEL_RUNS)
        return SCHEDULE_NOT_TRIED;
    return grant_schedule_upcall(
        kernel, receiver, type == IPC_SERVICE ? receiver_index : from_index, argument, cause);
}

// Opens both grants, the receiver's first; a process that notified itself opens the
// same one twice, which panics the kernel (fixed upstream in 2024, kept here).
static enum grant_result enter_both(struct kernel *kernel, const struct grant_type *grant_type,
                                    struct process *receiver, struct process *sender,
                                    enum ipc_type type, uint32_t cause,
                                    enum schedule_result *scheduled)
{
    struct grant to;
    struct grant from;
    enum grant_result result = grant_enter_process(kernel, grant_type, receiver, &to);

    if (result != GRANT_OK)
        return result;
    result = grant_enter_process(kernel, grant_type, sender, &from);
    if (result == GRANT_OK) {
        *scheduled = schedule(kernel, &to, &from, type, cause);
        grant_leave(kernel, &from);
    }
    grant_leave(kernel, &to);
    return result;
}

static void ipc_schedule_upcall(struct kernel *kernel, const struct syscall_driver *driver,
                                struct process *receiver, const struct ipc_task *task,
                                uint32_t cause)
{
    enum schedule_result scheduled = SCHEDULE_NOT_TRIED;
    enum grant_result result = GRANT_NO_SUCH_APP;
    struct process *sender = kernel_process(kernel, task->from);

    if (sender)
        result =
            enter_both(kernel, &driver->grant, receiver, sender, task->type, cause, &scheduled);
    if (kernel->halt == KERNEL_RUNS)
        RECORD(kernel, receiver->id.index, ipc_converted, .from = task->from.index,
               .from_id = task->from.identifier, .type = task->type, .result = result,
               .scheduled = scheduled, .cause = cause);
}

// ---- commands

static bool name_is(const struct process *process, const uint8_t *bytes, uint32_t size)
{
    return process->loaded && process->name_length == size &&
           (size == 0 || memcmp(process->name, bytes, size) == 0);
}

static struct syscall_return find_by_name(struct kernel *kernel, const uint8_t *bytes,
                                          uint32_t size)
{
    for (uint32_t i = 0; i < kernel->process_slots; i++)
        if (name_is(&kernel->processes[i], bytes, size))
            return syscall_success_u32(i);
    return syscall_failure(ERROR_NODEVICE);
}

// The search buffer lies in the caller's own RAM or flash, or is empty.
static struct syscall_return discover(struct kernel *kernel, const struct grant *grant)
{
    struct grant_buffer search;
    const uint8_t *bytes = NULL;

    if (!grant_get_allow_ro(grant, ALLOW_RO_SEARCH, &search))
        return syscall_failure(ERROR_INVAL);
    if (search.size > 0)
        bytes = port_memory(kernel->host, search.start, search.size);
    if (!bytes && search.size > 0)
        return syscall_failure(ERROR_INVAL);
    return find_by_name(kernel, bytes, search.size);
}

static struct syscall_return command_discover(struct kernel *kernel, const struct grant_type *type,
                                              const struct process *caller)
{
    struct grant grant;
    struct syscall_return answer;

    if (grant_enter(kernel, type, caller->id, &grant) != GRANT_OK)
        return syscall_failure(ERROR_NOMEM);
    answer = discover(kernel, &grant);
    grant_leave(kernel, &grant);
    return answer;
}

// Success means queued, nothing more: whether there is an upcall, or a region for
// the buffer, shows only when the task is converted.
static struct syscall_return command_notify(struct kernel *kernel,
                                            const struct syscall_driver *driver,
                                            const struct process *caller, uint32_t target_id,
                                            enum ipc_type type)
{
    struct process *target;
    struct task *task;
    enum error_code error;

    if (target_id >= kernel->process_slots || !kernel->processes[target_id].loaded)
        return syscall_failure(ERROR_INVAL);
    target = &kernel->processes[target_id];
    task = task_queue_next(&target->tasks);
    task->kind = TASK_IPC;
    task->ipc = (struct ipc_task){.driver = driver, .from = caller->id, .type = type};
    error = process_enqueue_task(kernel, target);
    return error == ERROR_NONE ? syscall_success() : syscall_failure(error);
}

FLAT static struct syscall_return ipc_command(struct kernel *kernel,
                                              const struct syscall_driver *driver,
                                              struct process *process, uint32_t command,
                                              uint32_t target_id, uint32_t unused)
{
    (void)unused;
    switch (command) {
    case IPC_COMMAND_EXISTS:
        return syscall_success();
    case IPC_COMMAND_DISCOVER:
        return command_discover(kernel, &driver->grant, process);
    case IPC_COMMAND_NOTIFY_SERVICE:
        return command_notify(kernel, driver, process, target_id, IPC_SERVICE);
    case IPC_COMMAND_NOTIFY_CLIENT:
        return command_notify(kernel, driver, process, target_id, IPC_CLIENT);
    default:
        return syscall_failure(ERROR_NOSUPPORT);
    }
}

struct syscall_driver ipc_driver(uint8_t num_procs)
{
    return (struct syscall_driver){
        .name = "ipc",
        .grant = {.driver = IPC_DRIVER_NUM,
                  .upcalls = num_procs,
                  .allow_ro = ALLOW_RO_COUNT,
                  .allow_rw = num_procs},
        .command = ipc_command,
        .convert = ipc_schedule_upcall,
    };
}
