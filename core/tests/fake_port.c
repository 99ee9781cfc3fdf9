// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "fake_port.h"

#include <stdlib.h>
#include <string.h>

#include "../../tests/check.h"
#include "../memory.h"
#include "../syscall.h"

// ---- the protection unit

static struct fake_port *fake_of(const struct mpu *mpu)
{
    return (struct fake_port *)((const char *)mpu - offsetof(struct fake_port, mpu));
}

static void config_reset(const struct mpu *mpu, struct mpu_config *config)
{
    (void)mpu;
    *config = (struct mpu_config){.dirty = true};
}

// The first region is flash, the second RAM, the others are buffers.
static uint32_t used_regions(const struct mpu_config *config)
{
    uint32_t count = 0;

    while (count < MPU_MAX_REGIONS && config->regions[count].used)
        count++;
    return count;
}

static void use_region(struct mpu_config *config, uaddr start, uint32_t size)
{
    config->regions[used_regions(config)] = (struct mpu_region){
        .used = true, .start = start, .size = size, .base = start, .span = size};
    config->dirty = true;
}

static enum mpu_result allocate_region(const struct mpu *mpu, struct mpu_config *config,
                                       uaddr start, uint32_t size, uint32_t min_size,
                                       enum mpu_permissions permissions, struct mpu_region *given)
{
    const struct fake_port *fake = fake_of(mpu);
    uint32_t used = used_regions(config);

    (void)size;
    if (permissions == MPU_READ_EXECUTE ? fake->refuses_flash : fake->refuses_buffers)
        return MPU_REFUSED;
    if (permissions != MPU_READ_EXECUTE && fake->panics_on_buffers)
        return MPU_PANIC;
    if (used == MPU_MAX_REGIONS)
        return MPU_FULL;
    use_region(config, start, min_size);
    *given = config->regions[used];
    return MPU_OK;
}

static enum mpu_result allocate_app_memory(const struct mpu *mpu, struct mpu_config *config,
                                           uaddr start, uint32_t size, uint32_t min_size,
                                           uint32_t app_size, uint32_t kernel_size,
                                           uaddr *block_start, uint32_t *block_size)
{
    uint32_t needed = app_size + kernel_size > min_size ? app_size + kernel_size : min_size;

    if (fake_of(mpu)->refuses_memory || needed > size)
        return MPU_REFUSED;
    use_region(config, start, needed);
    *block_start = start;
    *block_size = needed;
    return MPU_OK;
}

static enum mpu_result update_app_memory(const struct mpu *mpu, struct mpu_config *config,
                                         uaddr app_brk, uaddr kernel_brk)
{
    if (fake_of(mpu)->refuses_split || app_brk > kernel_brk)
        return MPU_REFUSED;
    config->dirty = true;
    return MPU_OK;
}

static void write(struct mpu *mpu, const struct mpu_config *config)
{
    (void)config;
    fake_of(mpu)->configured++;
}

static void enable(struct mpu *mpu)
{
    fake_of(mpu)->is_enabled = true;
}

static void disable(struct mpu *mpu)
{
    fake_of(mpu)->is_enabled = false;
}

static const struct mpu_driver mpu_driver = {
    .name = "fake",
    .config_reset = config_reset,
    .allocate_region = allocate_region,
    .allocate_app_memory = allocate_app_memory,
    .update_app_memory = update_app_memory,
    .write = write,
    .enable = enable,
    .disable = disable,
};

// ---- the port

void port_record(void *port, struct event *event)
{
    struct fake_port *fake = port;

    assert_true(fake->event_count < FAKE_MAX_EVENTS);
    event->time_us = fake->now_us;
    fake->events[fake->event_count++] = *event;
}

uint8_t *port_memory(void *port, uaddr start, uint32_t size)
{
    struct fake_port *fake = port;

    if (start >= FAKE_RAM_START && (uint64_t)start - FAKE_RAM_START + size <= FAKE_RAM_SIZE)
        return fake->ram + (start - FAKE_RAM_START);
    if (start >= FAKE_FLASH_START && (uint64_t)start - FAKE_FLASH_START + size <= FAKE_FLASH_SIZE)
        return fake->flash + (start - FAKE_FLASH_START);
    return NULL;
}

bool port_initialize_process(void *port, struct process *process)
{
    (void)process;
    return !((struct fake_port *)port)->refuses_start;
}

bool port_set_syscall_return(void *port, struct process *process, struct syscall_return answer)
{
    struct fake_port *fake = port;

    if (fake->refuses_answer)
        return false;
    fake->fakes[process->id.index].answer = answer;
    fake->fakes[process->id.index].answers++;
    return true;
}

bool port_set_process_function(void *port, struct process *process,
                               const struct function_call *call)
{
    struct fake_port *fake = port;

    if (fake->refuses_function)
        return false;
    fake->fakes[process->id.index].call = *call;
    fake->fakes[process->id.index].calls++;
    return true;
}

static const struct fake_action yields = {
    .trap = {.kind = TRAP_SYSCALL, .class = SYSCALL_YIELD, .r = {YIELD_WAIT}}};

// The process uses up to `us`. False: its timeslice ended on the way.
static bool use_time(struct fake_port *fake, uint32_t *us)
{
    uint64_t left = fake->timer_end_us - fake->now_us;

    if (!fake->timer_runs || *us < left) {
        fake->now_us += *us;
        return true;
    }
    fake->now_us = fake->timer_end_us;
    *us -= (uint32_t)left;
    return false;
}

static void switch_to_process(struct fake_port *fake, const struct process *process,
                              struct trap *trap)
{
    struct fake_process *self = &fake->fakes[process->id.index];
    struct fake_action rest = yields;
    struct fake_action *action = &rest;

    fake->was_enabled_in_process = fake->is_enabled;
    if (fake->switches < sizeof fake->switched_to / sizeof fake->switched_to[0])
        fake->switched_to[fake->switches] = process->id.index;
    fake->switches++;
    if (self->next_action < self->action_count)
        action = &self->actions[self->next_action];
    if (!use_time(fake, &action->us)) {
        *trap = (struct trap){.kind = TRAP_INTERRUPTED};
        return;
    }
    self->next_action += self->next_action < self->action_count;
    *trap = action->trap;
    fake->interrupt_pending |= action->interrupts;
}

void port_timer_start(void *port, uint32_t timeslice_us)
{
    struct fake_port *fake = port;

    fake->timer_runs = true;
    fake->timer_end_us = fake->now_us + timeslice_us;
}

void port_timer_reset(void *port)
{
    struct fake_port *fake = port;

    fake->timer_runs = false;
}

bool port_timer_remaining(void *port, uint32_t *remaining_us)
{
    const struct fake_port *fake = port;

    *remaining_us = UINT32_MAX;
    if (!fake->timer_runs)
        return true;
    if (fake->now_us >= fake->timer_end_us)
        return false;
    *remaining_us = (uint32_t)(fake->timer_end_us - fake->now_us);
    return true;
}

enum port_wants port_wants_kernel(void *port)
{
    const struct fake_port *fake = port;
    enum port_wants wants = fake->interrupt_pending ? PORT_INTERRUPT_PENDING : PORT_NOTHING;
    uint32_t remaining_us;

    if (!port_timer_remaining(port, &remaining_us) || remaining_us <= PORT_MIN_QUANTA_US)
        wants |= PORT_TIMER_EXPIRES;
    return wants;
}

bool port_interrupts_pending(void *port)
{
    return ((struct fake_port *)port)->interrupt_pending;
}

void port_service_interrupts(void *port)
{
    struct fake_port *fake = port;

    fake->interrupt_pending = false;
    fake->interrupts_served++;
}

void port_sleep(void *port)
{
    ((struct fake_port *)port)->sleeps++;
}

// ---- a capsule

static struct syscall_return capsule_command(struct kernel *kernel,
                                             const struct syscall_driver *driver,
                                             struct process *process, uint32_t command,
                                             uint32_t argument0, uint32_t argument1)
{
    const uint32_t argument[3] = {argument0, argument1, 7};
    struct grant grant;

    if (command == 0)
        return syscall_success();
    if (command != 1)
        return syscall_failure(ERROR_NOSUPPORT);
    if (grant_enter(kernel, &driver->grant, process->id, &grant) != GRANT_OK)
        return syscall_failure(ERROR_NOMEM);
    grant_schedule_upcall(kernel, &grant, 0, argument, kernel->event_seq);
    grant_leave(kernel, &grant);
    return syscall_success();
}

static struct syscall_driver capsule(void)
{
    return (struct syscall_driver){
        .name = "capsule",
        .grant = {.driver = CAPSULE_DRIVER_NUM,
                  .number = CAPSULE_GRANT_NUMBER,
                  .upcalls = 2,
                  .allow_ro = 1,
                  .allow_rw = 1,
                  .data_size = CAPSULE_DATA_BYTES},
        .command = capsule_command,
    };
}

// ---- making one

static void init_kernel(struct fake_port *fake, const struct fake_setup *setup)
{
    uint32_t num_procs = setup->num_procs ? setup->num_procs : setup->processes;

    fake->drivers[IPC_GRANT_NUMBER] = ipc_driver((uint8_t)num_procs);
    fake->drivers[IPC_GRANT_NUMBER].grant.number = IPC_GRANT_NUMBER;
    fake->drivers[CAPSULE_GRANT_NUMBER] = capsule();
    fake->mpu.driver = &mpu_driver;
    kernel_init(&fake->kernel,
                &(struct kernel_setup){
                    .port = fake,
                    .rules = setup->rules ? setup->rules : &kernel_rules_2_1,
                    .mpu = &fake->mpu,
                    .processes = fake->processes,
                    .process_slots = setup->process_slots ? setup->process_slots : setup->processes,
                    .drivers = fake->drivers,
                    .driver_count = FAKE_DRIVERS,
                    .unused_grants = setup->unused_grants,
                    .sizes = {.task = FAKE_TASK_BYTES,
                              .process_struct = FAKE_PROCESS_BYTES,
                              .initial_app_brk = FAKE_INITIAL_BRK_BYTES},
                    .scheduler = setup->scheduler,
                    .order = setup->order,
                    .wanted_events = ALL_EVENTS,
                });
}

struct fake_port *fake_port_new(const struct fake_setup *setup)
{
    struct fake_port *fake = calloc(1, sizeof *fake);

    assert_non_null(fake);
    fake->free_ram_start = FAKE_RAM_START;
    fake->free_ram_size = FAKE_RAM_SIZE;
    init_kernel(fake, setup);
    for (uint32_t i = 0; i < setup->processes; i++) {
        const char *name = setup->names ? setup->names[i] : "app";

        assert_int_equal(fake_load(fake, i, name, setup->fault_policy), LOAD_OK);
        if (!setup->unstarted)
            fake_start(fake, i);
    }
    fake_forget(fake);
    return fake;
}

void fake_port_free(struct fake_port *fake)
{
    free(fake);
}

enum load_result fake_load(struct fake_port *fake, uint32_t index, const char *name,
                           struct fault_policy policy)
{
    const struct process_load load = {
        .name = name,
        .name_length = (uint32_t)strlen(name),
        .flash_start = FAKE_FLASH_START + index * FAKE_FLASH_BYTES,
        .flash_size = FAKE_FLASH_BYTES,
        .flash_protected_size = FAKE_PROTECTED_BYTES,
        .ram_size = FAKE_APP_BYTES,
        .fault_policy = policy,
    };

    return process_load(&fake->kernel, index, &load, &fake->free_ram_start, &fake->free_ram_size);
}

void fake_start(struct fake_port *fake, uint32_t index)
{
    struct process *process = &fake->processes[index];

    assert_false(task_queue_is_empty(&process->tasks));
    (void)process_dequeue_task(&fake->kernel, process);
    process_set_state(&fake->kernel, process, PROCESS_RUNNING);
    assert_true(process_brk(&fake->kernel, process, process->memory_start + FAKE_OPEN_BYTES));
}

// ---- what processes do

struct syscall_return fake_call(struct fake_port *fake, uint32_t index, uint32_t class, uint32_t r0,
                                uint32_t r1, uint32_t r2, uint32_t r3)
{
    const struct trap trap = {.kind = TRAP_SYSCALL, .class = class, .r = {r0, r1, r2, r3}};

    fake->fakes[index].answer = (struct syscall_return){{FAKE_NO_ANSWER, 0, 0, 0}};
    kernel_handle_syscall(&fake->kernel, &fake->processes[index], &trap);
    return fake->fakes[index].answer;
}

static void add_action(struct fake_port *fake, uint32_t index, struct fake_action action)
{
    struct fake_process *process = &fake->fakes[index];

    assert_true(process->action_count < FAKE_MAX_ACTIONS);
    process->actions[process->action_count++] = action;
}

void fake_calls(struct fake_port *fake, uint32_t index, uint32_t us, uint32_t class, uint32_t r0,
                uint32_t r1)
{
    add_action(fake, index,
               (struct fake_action){.us = us,
                                    .trap = {.kind = TRAP_SYSCALL, .class = class, .r = {r0, r1}}});
}

void fake_faults(struct fake_port *fake, uint32_t index, uint32_t us)
{
    add_action(fake, index,
               (struct fake_action){.us = us,
                                    .trap = {.kind = TRAP_FAULT, .fault = FAULT_CAUSE_EXPLICIT}});
}

void fake_is_interrupted(struct fake_port *fake, uint32_t index, uint32_t us)
{
    add_action(
        fake, index,
        (struct fake_action){.us = us, .trap = {.kind = TRAP_INTERRUPTED}, .interrupts = true});
}

void fake_interrupts_too(struct fake_port *fake, uint32_t index)
{
    struct fake_process *process = &fake->fakes[index];

    assert_true(process->action_count > 0);
    process->actions[process->action_count - 1].interrupts = true;
}

void fake_loop(struct fake_port *fake, uint32_t turns)
{
    struct trap trap;

    for (uint32_t i = 0; i < turns; i++) {
        struct process *process = kernel_begin_turn(&fake->kernel);

        while (process) {
            switch_to_process(fake, process, &trap);
            process = kernel_take_trap(&fake->kernel, &trap);
        }
    }
}

// ---- places

uaddr fake_memory(const struct fake_port *fake, uint32_t index, uint32_t offset)
{
    return fake->processes[index].memory_start + offset;
}

uaddr fake_function(const struct fake_port *fake, uint32_t index, uint32_t offset)
{
    return process_flash_app(&fake->processes[index]) + offset;
}

uint32_t fake_word(const struct fake_port *fake, uaddr address)
{
    assert_in_range(address, FAKE_RAM_START, FAKE_RAM_START + FAKE_RAM_SIZE - 4);
    return memory_load_word(fake->ram + (address - FAKE_RAM_START));
}

uint8_t *fake_bytes(struct fake_port *fake, uaddr address)
{
    assert_in_range(address, FAKE_RAM_START, FAKE_RAM_START + FAKE_RAM_SIZE - 1);
    return fake->ram + (address - FAKE_RAM_START);
}

// ---- the record

uint32_t fake_count(const struct fake_port *fake, enum event_kind kind)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < fake->event_count; i++)
        count += fake->events[i].kind == kind;
    return count;
}

const struct event *fake_event(const struct fake_port *fake, enum event_kind kind, uint32_t n)
{
    for (uint32_t i = 0; i < fake->event_count; i++)
        if (fake->events[i].kind == kind && n-- == 0)
            return &fake->events[i];
    return NULL;
}

const struct event *fake_last(const struct fake_port *fake, enum event_kind kind)
{
    uint32_t count = fake_count(fake, kind);

    assert_true(count > 0);
    return fake_event(fake, kind, count - 1);
}

void fake_forget(struct fake_port *fake)
{
    fake->event_count = 0;
}

void assert_answer(struct syscall_return answer, enum return_variant variant, uint32_t w1,
                   uint32_t w2, uint32_t w3)
{
    assert_int_equal(answer.word[0], variant);
    assert_int_equal(answer.word[1], w1);
    assert_int_equal(answer.word[2], w2);
    assert_int_equal(answer.word[3], w3);
}

void assert_failure(struct syscall_return answer, enum error_code error)
{
    assert_answer(answer, RETURN_Failure, error, 0, 0);
}

void assert_success(struct syscall_return answer)
{
    assert_answer(answer, RETURN_Success, 0, 0, 0);
}
