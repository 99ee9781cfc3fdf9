// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "ipc.h"

#include <stddef.h>
#include <string.h>

#include "kernel.h"
#include "recording.h"
#include "syscall.h"

enum { RO_ALLOW_SEARCH = 0, RO_ALLOW_COUNT = 1 };

static void schedule_upcall(struct kernel *kernel, const struct syscall_driver *ipc,
                            struct process *schedule_on, const struct ipc_task *task,
                            uint32_t cause);
static struct syscall_return command(struct kernel *kernel, const struct syscall_driver *ipc,
                                     struct process *process, uint32_t command_number,
                                     uint32_t target_id, uint32_t unused);

struct syscall_driver ipc_driver(uint8_t num_procs)
{
    return (struct syscall_driver){
        .name = "ipc",
        .grant = {.driver = IPC_DRIVER_NUM,
                  .upcalls = num_procs,
                  .allow_ro = RO_ALLOW_COUNT,
                  .allow_rw = num_procs},
        .command = command,
        .convert = schedule_upcall,
    };
}

// ---- schedule_upcall

// The slice that the sender shares with the receiver, whose MPU gets a region over it. The
// arguments of the upcall tell of the slice whether or not the receiver may touch it.
static struct grant_buffer share_slice(struct kernel *kernel, const struct grant *called_from_data,
                                       struct process *schedule_on, uint32_t cause)
{
    struct grant_buffer slice = {0, 0};

    if (!grant_get_allow_rw(called_from_data, schedule_on->id.index, &slice))
        return slice;    // [12] its index is beyond NUM_PROCS
    if (slice.size == 0) // wherever it was, an empty slice is at address 0
        slice.start = 0;
    process_add_mpu_region(kernel, schedule_on, slice.start, slice.size, cause); // [13]
    return slice;
}

static enum schedule_result schedule(struct kernel *kernel, const struct grant *schedule_on_data,
                                     const struct grant *called_from_data, enum ipc_type cb_type,
                                     uint32_t cause)
{
    struct process *schedule_on = schedule_on_data->process;
    uint32_t called_from_id = called_from_data->process->id.index;
    uint32_t to_schedule = cb_type == IPC_SERVICE ? schedule_on->id.index : called_from_id;
    struct grant_buffer slice = share_slice(kernel, called_from_data, schedule_on, cause);
    const uint32_t argument[3] = {called_from_id, slice.size, slice.start};

    if (kernel->halt != KERNEL_RUNS)
        return SCHEDULE_NOT_TRIED;
    return grant_schedule_upcall(kernel, schedule_on_data, to_schedule, argument, cause); // [14]
}

// Enters both grants, the receiver's first. The kernel panics over one that is open already
// (mended in 2024 by tock#4053).
static enum grant_result enter_both(struct kernel *kernel, const struct grant_type *data,
                                    struct process *schedule_on, struct process *called_from,
                                    enum ipc_type cb_type, uint32_t cause,
                                    enum schedule_result *scheduled)
{
    struct grant schedule_on_data;
    struct grant called_from_data;
    enum grant_result result = grant_enter_process(kernel, data, schedule_on, &schedule_on_data);

    if (result != GRANT_OK)
        return result;                                                          // [9]
    result = grant_enter_process(kernel, data, called_from, &called_from_data); // [10] [11]
    if (result == GRANT_OK) {
        *scheduled = schedule(kernel, &schedule_on_data, &called_from_data, cb_type, cause);
        grant_leave(kernel, &called_from_data);
    }
    grant_leave(kernel, &schedule_on_data);
    return result;
}

FLAT static void schedule_upcall(struct kernel *kernel, const struct syscall_driver *ipc,
                                 struct process *schedule_on, const struct ipc_task *task,
                                 uint32_t cause)
{
    enum schedule_result scheduled = SCHEDULE_NOT_TRIED;
    enum grant_result result = GRANT_NO_SUCH_APP; // [8]
    struct process *called_from = kernel_process(kernel, task->from);

    if (called_from)
        result = enter_both(kernel, &ipc->grant, schedule_on, called_from, task->type, cause,
                            &scheduled);
    if (kernel->halt == KERNEL_RUNS)
        RECORD(kernel, schedule_on->id.index, ipc_converted, .from = task->from.index,
               .from_id = task->from.identifier, .type = task->type, .result = result,
               .scheduled = scheduled, .cause = cause);
}

// ---- command 1: discover

static bool has_name(const struct process *process, const uint8_t *slice, uint32_t size)
{
    return process->loaded && process->name_length == size &&
           (size == 0 || memcmp(process->name, slice, size) == 0);
}

static struct syscall_return find_name(const struct kernel *kernel, const uint8_t *slice,
                                       uint32_t size)
{
    for (uint32_t i = 0; i < kernel->process_slots; i++)
        if (has_name(&kernel->processes[i], slice, size))
            return syscall_success_u32(i);  // [3]
    return syscall_failure(ERROR_NODEVICE); // [4]
}

// The search buffer lies in the caller's own RAM or flash, or is empty.
static struct syscall_return search(const struct kernel *kernel, const struct grant *kernel_data)
{
    struct grant_buffer buffer;
    const uint8_t *slice = NULL;

    if (!grant_get_allow_ro(kernel_data, RO_ALLOW_SEARCH, &buffer))
        return syscall_failure(ERROR_INVAL); // [2]
    if (buffer.size > 0)
        slice = port_memory(kernel->port, buffer.start, buffer.size);
    if (!slice && buffer.size > 0)
        return syscall_failure(ERROR_INVAL); // [2]
    return find_name(kernel, slice, buffer.size);
}

static struct syscall_return discover(struct kernel *kernel, const struct grant_type *data,
                                      const struct process *process)
{
    struct grant kernel_data;
    struct syscall_return answer;

    if (grant_enter(kernel, data, process->id, &kernel_data) != GRANT_OK)
        return syscall_failure(ERROR_NOMEM); // [1]
    answer = search(kernel, &kernel_data);
    grant_leave(kernel, &kernel_data);
    return answer;
}

// ---- commands 2 and 3: service notify, client notify

// Success means queued, nothing more: whether there is an upcall, or a region for the buffer,
// shows only when the task is converted.
static struct syscall_return notify(struct kernel *kernel, const struct syscall_driver *ipc,
                                    const struct process *process, uint32_t target_id,
                                    enum ipc_type cb_type)
{
    struct process *target;
    struct task *task;
    enum error_code error;

    if (target_id >= kernel->process_slots || !kernel->processes[target_id].loaded)
        return syscall_failure(ERROR_INVAL); // [5]
    target = &kernel->processes[target_id];
    task = task_queue_next(&target->tasks);
    task->kind = TASK_IPC;
    task->ipc = (struct ipc_task){.driver = ipc, .from = process->id, .type = cb_type};
    error = process_enqueue_task(kernel, target);
    return error == ERROR_NONE ? syscall_success() : syscall_failure(error); // [7] [6]
}

// ---- command

FLAT static struct syscall_return command(struct kernel *kernel, const struct syscall_driver *ipc,
                                          struct process *process, uint32_t command_number,
                                          uint32_t target_id, uint32_t unused)
{
    (void)unused;
    switch (command_number) {
    case IPC_COMMAND_EXISTS:
        return syscall_success();
    case IPC_COMMAND_DISCOVER:
        return discover(kernel, &ipc->grant, process);
    case IPC_COMMAND_NOTIFY_SERVICE:
        return notify(kernel, ipc, process, target_id, IPC_SERVICE);
    case IPC_COMMAND_NOTIFY_CLIENT:
        return notify(kernel, ipc, process, target_id, IPC_CLIENT);
    default:
        return syscall_failure(ERROR_NOSUPPORT);
    }
}
