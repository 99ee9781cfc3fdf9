// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "process.h"

#include "grant.h"
#include "kernel.h"
#include "ready.h"
#include "recording.h"

bool process_owns_memory(const struct process *process, uaddr start, uint32_t size)
{
    uaddr end = start + size;

    return end >= start && start >= process->memory_start && end <= process->app_brk;
}

bool process_owns_flash(const struct process *process, uaddr start, uint32_t size)
{
    uaddr end = start + size;

    return end >= start && start >= process_flash_app(process) && end <= process_flash_end(process);
}

// ---- tasks

static inline void record_enqueued(struct kernel *kernel, const struct process *process,
                                   const struct task *task, enum error_code error)
{
    const struct function_call *call = &task->call;

    if (task->kind == TASK_IPC)
        RECORD(kernel, process->id.index, ipc_queued, .from = task->ipc.from.index,
               .from_id = task->ipc.from.identifier, .type = task->ipc.type, .result = error);
    else if (call->source == SOURCE_DRIVER)
        RECORD(kernel, process->id.index, upcall_queued, .driver = call->driver,
               .subscribe_num = call->subscribe_num, .pc = call->pc, .arg0 = call->argument[0],
               .arg1 = call->argument[1], .arg2 = call->argument[2], .userdata = call->argument[3],
               .result = error, .cause = task->cause);
}

COLD static enum error_code refuse_task(struct kernel *kernel, struct process *process,
                                        const struct task *task, enum error_code error)
{
    record_enqueued(kernel, process, task, error);
    if (error == ERROR_NOMEM)
        process->dropped_upcalls++;
    return error;
}

enum error_code process_enqueue_task(struct kernel *kernel, struct process *process)
{
    struct task *task = task_queue_next(&process->tasks);

    if (!process_is_active(process))
        return refuse_task(kernel, process, task, ERROR_NODEVICE);
    if (!task_queue_push(&process->tasks))
        return refuse_task(kernel, process, task, ERROR_NOMEM);
    // An IPC task has no cause but itself: the event that is recorded next.
    if (task->kind == TASK_IPC)
        task->cause = kernel->event_seq + 1;
    record_enqueued(kernel, process, task, ERROR_NONE);
    kernel->work++;
    kernel_set_ready(kernel, process);
    return ERROR_NONE;
}

static void record_dequeued(struct kernel *kernel, const struct process *process,
                            const struct task *task)
{
    const struct function_call *call = &task->call;

    if (task->kind == TASK_IPC)
        RECORD(kernel, process->id.index, ipc_dequeued, .from = task->ipc.from.index,
               .from_id = task->ipc.from.identifier, .type = task->ipc.type, .cause = task->cause);
    else
        RECORD(kernel, process->id.index, upcall_dequeued, .source = call->source,
               .driver = call->driver, .subscribe_num = call->subscribe_num, .pc = call->pc,
               .arg0 = call->argument[0], .arg1 = call->argument[1], .arg2 = call->argument[2],
               .userdata = call->argument[3], .cause = task->cause);
}

const struct task *process_dequeue_task(struct kernel *kernel, struct process *process)
{
    const struct task *task = task_queue_pop(&process->tasks);

    kernel->work--;
    kernel_update_ready(kernel, process);
    record_dequeued(kernel, process, task);
    return task;
}

static bool is_upcall_of(const struct task *task, uint32_t driver, uint32_t subscribe_num)
{
    return task->kind == TASK_FUNCTION_CALL && task->call.source == SOURCE_DRIVER &&
           task->call.driver == driver && task->call.subscribe_num == subscribe_num;
}

void process_remove_pending_upcalls(struct kernel *kernel, struct process *process, uint32_t driver,
                                    uint32_t subscribe_num)
{
    uint32_t position = 0;

    while (position < task_queue_length(&process->tasks)) {
        const struct task task = *task_queue_at(&process->tasks, position);

        if (!is_upcall_of(&task, driver, subscribe_num)) {
            position++;
            continue;
        }
        task_queue_remove(&process->tasks, position);
        kernel->work--;
        RECORD(kernel, process->id.index, upcall_removed, .driver = driver,
               .subscribe_num = subscribe_num, .pc = task.call.pc, .arg0 = task.call.argument[0],
               .arg1 = task.call.argument[1], .arg2 = task.call.argument[2],
               .userdata = task.call.argument[3], .cause = task.cause);
    }
    kernel_update_ready(kernel, process);
}

// ---- states, end and restart

void process_set_state(struct kernel *kernel, struct process *process, enum process_state state)
{
    kernel->work -= process->state == PROCESS_RUNNING;
    kernel->work += state == PROCESS_RUNNING;
    process->state = state;
    kernel_update_ready(kernel, process);
}

void process_stop(struct kernel *kernel, struct process *process)
{
    if (process->state != PROCESS_RUNNING && process->state != PROCESS_YIELDED)
        return;
    process_set_state(kernel, process,
                      process->state == PROCESS_RUNNING ? PROCESS_STOPPED_RUNNING
                                                        : PROCESS_STOPPED_YIELDED);
    RECORD(kernel, process->id.index, stopped, .state = process->state);
}

void process_resume(struct kernel *kernel, struct process *process)
{
    if (!process_is_stopped(process))
        return;
    process_set_state(kernel, process,
                      process->state == PROCESS_STOPPED_RUNNING ? PROCESS_RUNNING
                                                                : PROCESS_YIELDED);
    RECORD(kernel, process->id.index, resumed, .state = process->state);
}

static void drop_tasks(struct kernel *kernel, struct process *process, enum drop_reason reason)
{
    for (uint32_t i = 0; i < task_queue_length(&process->tasks); i++) {
        const struct task *task = task_queue_at(&process->tasks, i);

        kernel->work--;
        RECORD(kernel, process->id.index, task_dropped, .task = task->kind,
               .from = task->kind == TASK_IPC ? task->ipc.from.index : NO_PROCESS, .reason = reason,
               .cause = task->cause);
    }
    task_queue_clear(&process->tasks);
}

// Its grants, and what drivers keep there, are gone.
static void drop_grants(struct kernel *kernel, const struct process *process)
{
    for (uint32_t i = 0; i < kernel->driver_count; i++)
        if (kernel->drivers[i].record_pending)
            kernel->drivers[i].record_pending(kernel, &kernel->drivers[i], process);
    grant_reset_pointers(kernel, process);
}

static void end_process(struct kernel *kernel, struct process *process, enum drop_reason reason,
                        enum completion completion, uint32_t code)
{
    drop_tasks(kernel, process, reason);
    drop_grants(kernel, process);
    process->completion = completion;
    process->completion_code = code;
    process_set_state(kernel, process, PROCESS_TERMINATED);
}

void process_terminate(struct kernel *kernel, struct process *process, enum completion completion,
                       uint32_t code)
{
    end_process(kernel, process, DROP_TERMINATED, completion, code);
    RECORD(kernel, process->id.index, ended, .state = process->state);
}

// The init function: crt0 of the app, with what it needs to know.
static void enqueue_init(struct kernel *kernel, struct process *process)
{
    *task_queue_next(&process->tasks) = (struct task){
        .kind = TASK_FUNCTION_CALL,
        .call = {.source = SOURCE_KERNEL,
                 .pc = process_flash_app(process),
                 .argument = {process_flash_app(process), process->memory_start,
                              process->memory_size, process->app_brk}},
    };

    process_enqueue_task(kernel, process);
}

// The regions that every process has: its flash, then its RAM block, which must come
// out within [start, start + size).
static enum load_result allocate_regions(struct kernel *kernel, struct process *process,
                                         uaddr start, uint32_t size, uint32_t min_size)
{
    const struct mpu_driver *driver = kernel->mpu->driver;
    struct mpu_region given;

    driver->config_reset(kernel->mpu, &process->mpu_config);
    if (driver->allocate_region(kernel->mpu, &process->mpu_config, process->flash_start,
                                process->flash_size, process->flash_size, MPU_READ_EXECUTE,
                                &given) != MPU_OK)
        return LOAD_FLASH_NOT_MAPPABLE;
    if (driver->allocate_app_memory(kernel->mpu, &process->mpu_config, start, size, min_size,
                                    kernel->sizes.initial_app_brk, kernel_initial_memory(kernel),
                                    &process->memory_start, &process->memory_size) != MPU_OK)
        return LOAD_NOT_ENOUGH_MEMORY;
    process->app_brk = process->memory_start + kernel->sizes.initial_app_brk;
    process->kernel_brk = process_memory_end(process) - kernel_initial_memory(kernel);
    process->allow_high_water_mark = process->memory_start;
    return LOAD_OK;
}

// A restart asks for just the block that the process had. A configuration that cannot
// be made leaves the one before: restart() of Tock 2.1 works on a copy.
static bool restore_regions(struct kernel *kernel, struct process *process)
{
    struct mpu_config before = process->mpu_config;

    if (allocate_regions(kernel, process, process->memory_start, process->memory_size,
                         process->memory_size) == LOAD_OK)
        return true;
    process->mpu_config = before;
    return false;
}

static bool start_again(struct kernel *kernel, struct process *process)
{
    process->id.identifier = kernel->next_identifier++;
    process->syscalls = 0;
    process->dropped_upcalls = 0;
    process->timeslice_expirations = 0;
    if (!restore_regions(kernel, process) || !port_initialize_process(kernel->port, process))
        return false;
    process_set_state(kernel, process, PROCESS_UNSTARTED);
    process->restart_count++;
    RECORD(kernel, process->id.index, restarted, .id = process->id.identifier,
           .restart_count = process->restart_count);
    enqueue_init(kernel, process);
    return true;
}

void process_restart(struct kernel *kernel, struct process *process, enum completion completion,
                     uint32_t code)
{
    end_process(kernel, process, DROP_RESTARTED, completion, code);
    if (!start_again(kernel, process))
        RECORD(kernel, process->id.index, ended, .state = process->state);
}

static enum fault_action fault_action(const struct process *process)
{
    bool restarts_left = process->restart_count <= process->fault_policy.threshold;

    switch (process->fault_policy.kind) {
    case FAULT_POLICY_PANIC:
        return FAULT_ACTION_PANIC;
    case FAULT_POLICY_RESTART:
        return FAULT_ACTION_RESTART;
    case FAULT_POLICY_THRESHOLD:
        return restarts_left ? FAULT_ACTION_RESTART : FAULT_ACTION_STOP;
    case FAULT_POLICY_THRESHOLD_PANIC:
        return restarts_left ? FAULT_ACTION_RESTART : FAULT_ACTION_PANIC;
    case FAULT_POLICY_STOP:
        break;
    }
    return FAULT_ACTION_STOP;
}

void process_fault(struct kernel *kernel, struct process *process, enum fault_cause cause)
{
    enum fault_action action = fault_action(process);

    process->fault_cause = cause;
    RECORD(kernel, process->id.index, fault, .cause = cause, .action = action);
    switch (action) {
    case FAULT_ACTION_PANIC:
        process_set_state(kernel, process, PROCESS_FAULTED);
        kernel_panic(kernel, PANIC_PROCESS_FAULT, process->id.index);
        break;
    case FAULT_ACTION_RESTART:
        process_restart(kernel, process, COMPLETION_NONE, 0);
        break;
    case FAULT_ACTION_STOP:
        end_process(kernel, process, DROP_FAULTED, COMPLETION_NONE, 0);
        process_set_state(kernel, process, PROCESS_FAULTED);
        RECORD(kernel, process->id.index, ended, .state = process->state);
        break;
    }
}

// ---- loading

enum load_result process_load(struct kernel *kernel, uint32_t index,
                              const struct process_load *load, uaddr *ram_start, uint32_t *ram_size)
{
    uint32_t app_size = load->ram_size > kernel->sizes.initial_app_brk
                            ? load->ram_size
                            : kernel->sizes.initial_app_brk;
    struct process *process = &kernel->processes[index];
    enum load_result result;
    uint32_t taken;

    *process = (struct process){
        .name = load->name,
        .name_length = load->name_length,
        .fault_policy = load->fault_policy,
        .flash_start = load->flash_start,
        .flash_size = load->flash_size,
        .flash_protected_size = load->flash_protected_size,
        .id = {.index = index},
    };
    result = allocate_regions(kernel, process, *ram_start, *ram_size,
                              app_size + kernel_initial_memory(kernel));
    if (result != LOAD_OK)
        return result;
    process->memory = port_memory(kernel->port, process->memory_start, process->memory_size);
    if (!process->memory)
        return LOAD_NOT_ENOUGH_MEMORY;
    process->id.identifier = kernel->next_identifier++;
    grant_reset_pointers(kernel, process);
    if (!port_initialize_process(kernel->port, process))
        return LOAD_NOT_INITIALIZED;
    process->loaded = true;
    taken = process_memory_end(process) - *ram_start;
    *ram_start += taken;
    *ram_size -= taken;
    enqueue_init(kernel, process);
    return LOAD_OK;
}

void process_record_loaded(struct kernel *kernel, const struct process *process)
{
    RECORD(kernel, process->id.index, loaded, .id = process->id.identifier,
           .flash_start = process->flash_start, .flash_size = process->flash_size,
           .flash_app = process_flash_app(process), .memory_start = process->memory_start,
           .memory_size = process->memory_size, .app_brk = process->app_brk,
           .kernel_brk = process->kernel_brk);
}

// ---- memory

bool process_brk(struct kernel *kernel, struct process *process, uaddr new_break)
{
    if (!process_is_active(process) || new_break < process->allow_high_water_mark ||
        new_break >= process_memory_end(process) || new_break > process->kernel_brk)
        return false;
    if (kernel->mpu->driver->update_app_memory(kernel->mpu, &process->mpu_config, new_break,
                                               process->kernel_brk) != MPU_OK)
        return false;
    process->app_brk = new_break;
    mpu_configure(kernel->mpu, &process->mpu_config, process->id.identifier);
    RECORD(kernel, process->id.index, brk, .app_brk = new_break);
    return true;
}

uaddr process_allocate_kernel_memory(struct kernel *kernel, struct process *process, uint32_t size,
                                     uint32_t align)
{
    uaddr new_break = (process->kernel_brk - size) & ~(align - 1);

    if (new_break < process->app_brk || new_break > process->kernel_brk)
        return 0;
    if (kernel->mpu->driver->update_app_memory(kernel->mpu, &process->mpu_config, process->app_brk,
                                               new_break) != MPU_OK)
        return 0;
    process->kernel_brk = new_break;
    return new_break;
}

// Puts the region into the first free slot. False: all six are taken.
static bool list_region(struct process *process, const struct mpu_region *region)
{
    for (uint32_t i = 0; i < IPC_REGION_SLOTS; i++) {
        struct region_slot *slot = &process->regions[i];

        if (slot->used)
            continue;
        *slot = (struct region_slot){.used = true, .start = region->start, .size = region->size};
        return true;
    }
    return false;
}

void process_add_mpu_region(struct kernel *kernel, struct process *process, uaddr start,
                            uint32_t size, uint32_t cause)
{
    struct mpu_region given;
    enum mpu_result result = kernel->mpu->driver->allocate_region(
        kernel->mpu, &process->mpu_config, start, size, size, MPU_READ_WRITE, &given);
    bool listed;

    if (result == MPU_PANIC) {
        kernel_panic(kernel, PANIC_DIVIDE_BY_ZERO, process->id.index);
        return;
    }
    if (result != MPU_OK)
        given.start = given.size = 0;
    if (result != MPU_OK && size == 0)
        result = MPU_NOTHING;
    listed = result == MPU_OK && list_region(process, &given);
    RECORD(kernel, process->id.index, region_added, .start = start, .size = size,
           .allowed = result == MPU_OK, .region_start = given.start, .region_size = given.size,
           .listed = listed, .result = result, .cause = cause);
}

static void raise_high_water_mark(struct process *process, uaddr end)
{
    if (end > process->allow_high_water_mark)
        process->allow_high_water_mark = end;
}

enum error_code process_build_buffer_rw(struct process *process, uaddr start, uint32_t size)
{
    if (!process_is_active(process))
        return ERROR_FAIL;
    if (size == 0)
        return ERROR_NONE;
    if (!process_owns_memory(process, start, size))
        return ERROR_INVAL;
    raise_high_water_mark(process, start + size);
    return ERROR_NONE;
}

enum error_code process_build_buffer_ro(struct process *process, uaddr start, uint32_t size)
{
    if (!process_is_active(process))
        return ERROR_FAIL;
    if (size == 0 || process_owns_flash(process, start, size))
        return ERROR_NONE;
    return process_build_buffer_rw(process, start, size);
}

void process_set_byte(struct kernel *kernel, struct process *process, uaddr address, uint8_t value)
{
    if (!process_owns_memory(process, address, 1))
        return;
    process->memory[address - process->memory_start] = value;
    RECORD(kernel, process->id.index, byte_written, .address = address, .value = value);
}

// ---- the boundary to user code

void process_set_syscall_return(struct kernel *kernel, struct process *process,
                                struct syscall_return answer)
{
    if (!port_set_syscall_return(kernel->port, process, answer))
        process_fault(kernel, process, FAULT_CAUSE_STACK_POINTER);
}

void process_set_function(struct kernel *kernel, struct process *process,
                          const struct function_call *call, uint32_t cause)
{
    if (!port_set_process_function(kernel->port, process, call)) {
        process_fault(kernel, process, FAULT_CAUSE_STACK_POINTER);
        return;
    }
    RECORD(kernel, process->id.index, upcall, .source = call->source, .driver = call->driver,
           .subscribe_num = call->subscribe_num, .pc = call->pc, .arg0 = call->argument[0],
           .arg1 = call->argument[1], .arg2 = call->argument[2], .userdata = call->argument[3],
           .cause = cause);
    process_set_state(kernel, process, PROCESS_RUNNING);
}
