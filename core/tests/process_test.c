// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "fake_port.h"

#include <string.h>

#include "../../tests/check.h"
#include "../ready.h"

static const struct fault_policy stops = {.kind = FAULT_POLICY_STOP};
static const struct fault_policy restarts = {.kind = FAULT_POLICY_RESTART};

// Two processes that run.
static struct fake_port *new_pair(struct fault_policy policy)
{
    return fake_port_new(&(struct fake_setup){.processes = 2, .fault_policy = policy});
}

static struct task ipc_task(uint32_t from_index)
{
    return (struct task){.kind = TASK_IPC, .ipc = {.from = {from_index, 0}, .type = IPC_SERVICE}};
}

static struct task upcall_task(uint32_t driver, uint32_t subscribe_num)
{
    return (struct task){
        .kind = TASK_FUNCTION_CALL,
        .cause = 1,
        .call = {.source = SOURCE_DRIVER, .driver = driver, .subscribe_num = subscribe_num}};
}

static enum error_code enqueue(struct fake_port *fake, uint32_t index, struct task task)
{
    *task_queue_next(&fake->processes[index].tasks) = task;
    return process_enqueue_task(&fake->kernel, &fake->processes[index]);
}

static void enqueue_ipc(struct fake_port *fake, uint32_t index, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        assert_int_equal(enqueue(fake, index, ipc_task(1)), ERROR_NONE);
}

static bool ready_bit(const struct fake_port *fake, uint32_t index)
{
    return kernel_is_ready(&fake->kernel, index);
}

static uint32_t initial_kernel_bytes(uint32_t grants)
{
    return grants * 8 + 10 * FAKE_TASK_BYTES + FAKE_PROCESS_BYTES;
}

// ---- loading

static void a_loaded_process_has_its_breaks_at_the_ends_of_its_block(void **state)
{
    (void)state;
    struct fake_port *fake =
        fake_port_new(&(struct fake_setup){.processes = 1, .unused_grants = 3, .unstarted = true});
    const struct process *process = &fake->processes[0];
    uint32_t kernel_bytes = initial_kernel_bytes(FAKE_DRIVERS + 3);

    assert_true(process->loaded);
    assert_int_equal(process->state, PROCESS_UNSTARTED);
    assert_int_equal(process->memory_start, FAKE_RAM_START);
    assert_int_equal(process->memory_size, FAKE_APP_BYTES + kernel_bytes);
    assert_int_equal(process->app_brk, process->memory_start + FAKE_INITIAL_BRK_BYTES);
    assert_int_equal(process->kernel_brk, process_memory_end(process) - kernel_bytes);
    assert_int_equal(process->allow_high_water_mark, process->memory_start);
    assert_int_equal(kernel_initial_memory(&fake->kernel), kernel_bytes);

    fake_port_free(fake);
}

static void a_loaded_process_waits_with_the_init_task_that_crt0_needs(void **state)
{
    (void)state;
    struct fake_port *fake = fake_port_new(&(struct fake_setup){.processes = 1, .unstarted = true});
    const struct process *process = &fake->processes[0];
    const struct task *init = task_queue_at(&process->tasks, 0);

    assert_int_equal(task_queue_length(&process->tasks), 1);
    assert_int_equal(init->kind, TASK_FUNCTION_CALL);
    assert_int_equal(init->call.source, SOURCE_KERNEL);
    assert_int_equal(init->call.pc, FAKE_FLASH_START + FAKE_PROTECTED_BYTES);
    assert_int_equal(init->call.argument[0], FAKE_FLASH_START + FAKE_PROTECTED_BYTES);
    assert_int_equal(init->call.argument[1], process->memory_start);
    assert_int_equal(init->call.argument[2], process->memory_size);
    assert_int_equal(init->call.argument[3], process->app_brk);
    assert_int_equal(fake->kernel.work, 1);
    assert_true(ready_bit(fake, 0));

    fake_port_free(fake);
}

static void processes_get_their_blocks_one_after_the_other_and_identifiers_from_0(void **state)
{
    (void)state;
    struct fake_port *fake = fake_port_new(&(struct fake_setup){.processes = 3, .unstarted = true});

    for (uint32_t i = 0; i < 3; i++) {
        assert_int_equal(fake->processes[i].id.index, i);
        assert_int_equal(fake->processes[i].id.identifier, i);
    }
    assert_int_equal(fake->processes[1].memory_start, process_memory_end(&fake->processes[0]));
    assert_int_equal(fake->processes[2].memory_start, process_memory_end(&fake->processes[1]));
    assert_int_equal(fake->free_ram_start, process_memory_end(&fake->processes[2]));
    assert_int_equal(fake->free_ram_start + fake->free_ram_size, FAKE_RAM_START + FAKE_RAM_SIZE);

    fake_port_free(fake);
}

static void a_process_that_asks_for_no_memory_gets_what_it_starts_with(void **state)
{
    (void)state;
    struct fake_port *fake =
        fake_port_new(&(struct fake_setup){.processes = 1, .process_slots = 2});
    const struct process_load load = {.name = "small",
                                      .name_length = 5,
                                      .flash_start = FAKE_FLASH_START + FAKE_FLASH_BYTES,
                                      .flash_size = FAKE_FLASH_BYTES};

    enum load_result result =
        process_load(&fake->kernel, 1, &load, &fake->free_ram_start, &fake->free_ram_size);

    assert_int_equal(result, LOAD_OK);
    assert_int_equal(fake->processes[1].memory_size,
                     FAKE_INITIAL_BRK_BYTES + initial_kernel_bytes(FAKE_DRIVERS));
    assert_int_equal(fake->processes[1].app_brk, fake->processes[1].kernel_brk);

    fake_port_free(fake);
}

// Loads a second process, which must be refused and must not take anything.
static void assert_load_refused(struct fake_port *fake, enum load_result expected)
{
    uaddr start = fake->free_ram_start;
    uint32_t size = fake->free_ram_size;
    uint32_t work = fake->kernel.work;

    enum load_result result = fake_load(fake, 1, "other", stops);

    assert_int_equal(result, expected);
    assert_false(fake->processes[1].loaded);
    assert_int_equal(fake->free_ram_start, start);
    assert_int_equal(fake->free_ram_size, size);
    assert_int_equal(fake->kernel.work, work);
    assert_false(ready_bit(fake, 1));
    assert_true(fake->processes[0].loaded);
}

static void a_process_whose_flash_cannot_be_mapped_is_not_loaded(void **state)
{
    (void)state;
    struct fake_port *fake =
        fake_port_new(&(struct fake_setup){.processes = 1, .process_slots = 2});
    fake->refuses_flash = true;

    assert_load_refused(fake, LOAD_FLASH_NOT_MAPPABLE);

    fake_port_free(fake);
}

static void a_process_that_does_not_fit_is_not_loaded(void **state)
{
    (void)state;
    struct fake_port *fake =
        fake_port_new(&(struct fake_setup){.processes = 1, .process_slots = 2});
    fake->free_ram_size = FAKE_APP_BYTES + initial_kernel_bytes(FAKE_DRIVERS) - 1;

    assert_load_refused(fake, LOAD_NOT_ENOUGH_MEMORY);

    fake_port_free(fake);
}

static void a_process_that_just_fits_is_loaded(void **state)
{
    (void)state;
    struct fake_port *fake =
        fake_port_new(&(struct fake_setup){.processes = 1, .process_slots = 2});
    fake->free_ram_size = FAKE_APP_BYTES + initial_kernel_bytes(FAKE_DRIVERS);

    enum load_result result = fake_load(fake, 1, "other", stops);

    assert_int_equal(result, LOAD_OK);
    assert_int_equal(fake->free_ram_size, 0);

    fake_port_free(fake);
}

static void a_process_that_cannot_be_initialized_is_not_loaded(void **state)
{
    (void)state;
    struct fake_port *fake =
        fake_port_new(&(struct fake_setup){.processes = 1, .process_slots = 2});
    fake->refuses_start = true;

    assert_load_refused(fake, LOAD_NOT_INITIALIZED);

    fake_port_free(fake);
}

static void where_a_process_was_loaded_is_on_record_when_asked_for(void **state)
{
    (void)state;
    struct fake_port *fake = fake_port_new(&(struct fake_setup){.processes = 1, .unstarted = true});
    const struct process *process = &fake->processes[0];

    process_record_loaded(&fake->kernel, process);

    const struct event *event = fake_last(fake, EVENT_loaded);
    assert_int_equal(event->process, 0);
    assert_int_equal(event->loaded.id, 0);
    assert_int_equal(event->loaded.flash_start, FAKE_FLASH_START);
    assert_int_equal(event->loaded.flash_size, FAKE_FLASH_BYTES);
    assert_int_equal(event->loaded.flash_app, FAKE_FLASH_START + FAKE_PROTECTED_BYTES);
    assert_int_equal(event->loaded.memory_start, process->memory_start);
    assert_int_equal(event->loaded.memory_size, process->memory_size);
    assert_int_equal(event->loaded.app_brk, process->app_brk);
    assert_int_equal(event->loaded.kernel_brk, process->kernel_brk);

    fake_port_free(fake);
}

// ---- its own memory

static void own_memory_is_what_lies_below_app_brk(void **state)
{
    (void)state;
    struct fake_port *fake = new_pair(stops);
    const struct process *process = &fake->processes[1];
    uaddr start = process->memory_start;
    uaddr brk = process->app_brk;

    assert_true(process_owns_memory(process, start, FAKE_OPEN_BYTES));
    assert_true(process_owns_memory(process, brk - 1, 1));
    assert_true(process_owns_memory(process, brk, 0));
    assert_false(process_owns_memory(process, brk - 1, 2));
    assert_false(process_owns_memory(process, brk, 1));
    assert_false(process_owns_memory(process, start - 1, 1));
    assert_false(process_owns_memory(process, start - 1, 2));
    assert_false(process_owns_memory(process, start, UINT32_MAX));
    assert_false(process_owns_memory(process, start, 0u - start + 1));
    assert_false(process_owns_memory(process, 0, 0));

    fake_port_free(fake);
}

static void own_flash_begins_behind_the_protected_header(void **state)
{
    (void)state;
    struct fake_port *fake = new_pair(stops);
    const struct process *process = &fake->processes[1];
    uaddr app = process_flash_app(process);
    uaddr end = process_flash_end(process);

    assert_true(process_owns_flash(process, app, FAKE_FLASH_BYTES - FAKE_PROTECTED_BYTES));
    assert_true(process_owns_flash(process, end - 1, 1));
    assert_false(process_owns_flash(process, app - 1, 1));
    assert_false(process_owns_flash(process, end - 1, 2));
    assert_false(process_owns_flash(process, app, UINT32_MAX));
    assert_int_equal(app, FAKE_FLASH_START + FAKE_FLASH_BYTES + FAKE_PROTECTED_BYTES);

    fake_port_free(fake);
}

static void a_byte_is_written_to_own_memory_alone(void **state)
{
    (void)state;
    struct fake_port *fake = new_pair(stops);
    struct process *process = &fake->processes[0];
    uint8_t before[FAKE_RAM_SIZE / 64];
    memcpy(before, fake->ram, sizeof before);

    process_set_byte(&fake->kernel, process, process->app_brk, 0xaa);
    process_set_byte(&fake->kernel, process, process->kernel_brk, 0xaa);
    process_set_byte(&fake->kernel, process, process_flash_app(process), 0xaa);
    process_set_byte(&fake->kernel, process, fake_memory(fake, 1, 0), 0xaa);
    process_set_byte(&fake->kernel, process, 0, 0xaa);

    assert_memory_equal(fake->ram, before, sizeof before);
    assert_int_equal(fake_count(fake, EVENT_byte_written), 0);
    process_set_byte(&fake->kernel, process, process->app_brk - 1, 0xaa);
    assert_int_equal(fake_last(fake, EVENT_byte_written)->byte_written.address,
                     process->app_brk - 1);
    assert_int_equal(fake_last(fake, EVENT_byte_written)->byte_written.value, 0xaa);
    assert_int_equal(*fake_bytes(fake, process->app_brk - 1), 0xaa);

    fake_port_free(fake);
}

// ---- tasks

static void a_queued_task_is_work_and_makes_its_process_ready(void **state)
{
    (void)state;
    struct fake_port *fake = new_pair(stops);
    process_set_state(&fake->kernel, &fake->processes[0], PROCESS_YIELDED);
    uint32_t work = fake->kernel.work;
    assert_false(ready_bit(fake, 0));

    enum error_code error = enqueue(fake, 0, ipc_task(1));

    assert_int_equal(error, ERROR_NONE);
    assert_int_equal(fake->kernel.work, work + 1);
    assert_true(ready_bit(fake, 0));
    assert_int_equal(fake_last(fake, EVENT_ipc_queued)->ipc_queued.result, ERROR_NONE);

    fake_port_free(fake);
}

static void a_taken_task_is_no_work_any_more(void **state)
{
    (void)state;
    struct fake_port *fake = new_pair(stops);
    process_set_state(&fake->kernel, &fake->processes[0], PROCESS_YIELDED);
    enqueue_ipc(fake, 0, 1);
    uint32_t work = fake->kernel.work;

    (void)process_dequeue_task(&fake->kernel, &fake->processes[0]);

    assert_int_equal(fake->kernel.work, work - 1);
    assert_false(ready_bit(fake, 0));
    assert_true(task_queue_is_empty(&fake->processes[0].tasks));
    assert_int_equal(fake_count(fake, EVENT_ipc_dequeued), 1);

    fake_port_free(fake);
}

static void the_tenth_task_is_refused_and_counted_as_dropped(void **state)
{
    (void)state;
    struct fake_port *fake = new_pair(stops);
    enqueue_ipc(fake, 0, TASK_CAPACITY);
    uint32_t work = fake->kernel.work;

    enum error_code error = enqueue(fake, 0, ipc_task(1));

    assert_int_equal(error, ERROR_NOMEM);
    assert_int_equal(fake->processes[0].dropped_upcalls, 1);
    assert_int_equal(fake->kernel.work, work);
    assert_int_equal(task_queue_length(&fake->processes[0].tasks), 9);
    assert_int_equal(fake_last(fake, EVENT_ipc_queued)->ipc_queued.result, ERROR_NOMEM);

    fake_port_free(fake);
}

static void a_task_for_a_process_that_ended_is_refused_and_not_counted(void **state)
{
    (void)state;
    static const enum process_state ended[] = {PROCESS_TERMINATED, PROCESS_FAULTED};

    for (uint32_t i = 0; i < 2; i++) {
        struct fake_port *fake = new_pair(stops);
        process_set_state(&fake->kernel, &fake->processes[0], ended[i]);
        uint32_t work = fake->kernel.work;

        enum error_code error = enqueue(fake, 0, ipc_task(1));

        assert_int_equal(error, ERROR_NODEVICE);
        assert_int_equal(fake->processes[0].dropped_upcalls, 0);
        assert_int_equal(fake->kernel.work, work);
        assert_true(task_queue_is_empty(&fake->processes[0].tasks));
        fake_port_free(fake);
    }
}

static void an_ipc_task_is_its_own_cause(void **state)
{
    (void)state;
    struct fake_port *fake = new_pair(stops);

    assert_int_equal(enqueue(fake, 0, ipc_task(1)), ERROR_NONE);
    const struct task *task = process_dequeue_task(&fake->kernel, &fake->processes[0]);

    assert_int_equal(task->cause, fake_last(fake, EVENT_ipc_queued)->seq);
    assert_int_equal(fake_last(fake, EVENT_ipc_dequeued)->ipc_dequeued.cause, task->cause);

    fake_port_free(fake);
}

static void an_event_that_nobody_wants_is_counted_all_the_same(void **state)
{
    (void)state;
    struct fake_port *fake = new_pair(stops);
    uint32_t seq = fake->kernel.event_seq;
    fake->kernel.wanted_events = 0;

    assert_int_equal(enqueue(fake, 0, ipc_task(1)), ERROR_NONE);
    const struct task *task = process_dequeue_task(&fake->kernel, &fake->processes[0]);

    assert_int_equal(fake->event_count, 0);
    assert_int_equal(fake->kernel.event_seq, seq + 2);
    assert_int_equal(task->cause, seq + 1);

    fake_port_free(fake);
}

static void removing_upcalls_takes_those_of_one_subscription_and_no_ipc_task(void **state)
{
    (void)state;
    struct fake_port *fake = new_pair(stops);
    struct process *process = &fake->processes[0];
    enqueue(fake, 0, upcall_task(IPC_DRIVER_NUM, 1));
    enqueue(fake, 0, ipc_task(1));
    enqueue(fake, 0, upcall_task(IPC_DRIVER_NUM, 2));
    enqueue(fake, 0, upcall_task(CAPSULE_DRIVER_NUM, 1));
    enqueue(fake, 0, upcall_task(IPC_DRIVER_NUM, 1));
    uint32_t work = fake->kernel.work;

    process_remove_pending_upcalls(&fake->kernel, process, IPC_DRIVER_NUM, 1);

    assert_int_equal(task_queue_length(&process->tasks), 3);
    assert_int_equal(task_queue_at(&process->tasks, 0)->kind, TASK_IPC);
    assert_int_equal(task_queue_at(&process->tasks, 1)->call.subscribe_num, 2);
    assert_int_equal(task_queue_at(&process->tasks, 2)->call.driver, CAPSULE_DRIVER_NUM);
    assert_int_equal(fake->kernel.work, work - 2);
    assert_int_equal(fake_count(fake, EVENT_upcall_removed), 2);

    fake_port_free(fake);
}

static void removing_upcalls_leaves_the_init_task(void **state)
{
    (void)state;
    struct fake_port *fake = fake_port_new(&(struct fake_setup){.processes = 1, .unstarted = true});

    process_remove_pending_upcalls(&fake->kernel, &fake->processes[0], 0, 0);

    assert_int_equal(task_queue_length(&fake->processes[0].tasks), 1);
    assert_int_equal(fake->kernel.work, 1);

    fake_port_free(fake);
}

static void a_process_whose_last_upcall_is_removed_is_not_ready(void **state)
{
    (void)state;
    struct fake_port *fake = new_pair(stops);
    struct process *process = &fake->processes[0];
    process_set_state(&fake->kernel, process, PROCESS_YIELDED);
    enqueue(fake, 0, upcall_task(IPC_DRIVER_NUM, 0));
    assert_true(ready_bit(fake, 0));

    process_remove_pending_upcalls(&fake->kernel, process, IPC_DRIVER_NUM, 0);

    assert_false(ready_bit(fake, 0));

    fake_port_free(fake);
}

// ---- states

static void a_running_process_is_work_once(void **state)
{
    (void)state;
    struct fake_port *fake = new_pair(stops);
    struct process *process = &fake->processes[0];
    assert_int_equal(fake->kernel.work, 2);

    process_set_state(&fake->kernel, process, PROCESS_RUNNING);
    assert_int_equal(fake->kernel.work, 2);
    process_set_state(&fake->kernel, process, PROCESS_YIELDED);
    assert_int_equal(fake->kernel.work, 1);
    process_set_state(&fake->kernel, process, PROCESS_YIELDED);
    assert_int_equal(fake->kernel.work, 1);
    process_set_state(&fake->kernel, process, PROCESS_RUNNING);
    assert_int_equal(fake->kernel.work, 2);

    fake_port_free(fake);
}

static void a_running_process_is_ready_without_tasks(void **state)
{
    (void)state;
    struct fake_port *fake = new_pair(stops);
    struct process *process = &fake->processes[1];

    assert_true(process_is_ready(process));
    assert_true(ready_bit(fake, 1));
    process_set_state(&fake->kernel, process, PROCESS_YIELDED);
    assert_false(process_is_ready(process));
    assert_false(ready_bit(fake, 1));
    assert_true(ready_bit(fake, 0));

    fake_port_free(fake);
}

// ---- the end

static void the_end_drops_every_task_and_says_why(void **state)
{
    (void)state;
    struct fake_port *fake = new_pair(stops);
    struct process *process = &fake->processes[0];
    enqueue(fake, 0, ipc_task(1));
    enqueue(fake, 0, upcall_task(CAPSULE_DRIVER_NUM, 0));

    process_terminate(&fake->kernel, process, COMPLETION_CODE, 42);

    assert_int_equal(process->state, PROCESS_TERMINATED);
    assert_int_equal(process->completion, COMPLETION_CODE);
    assert_int_equal(process->completion_code, 42);
    assert_true(task_queue_is_empty(&process->tasks));
    assert_false(ready_bit(fake, 0));
    assert_int_equal(fake->kernel.work, 1);
    assert_int_equal(fake_count(fake, EVENT_task_dropped), 2);
    assert_int_equal(fake_event(fake, EVENT_task_dropped, 0)->task_dropped.from, 1);
    assert_int_equal(fake_event(fake, EVENT_task_dropped, 1)->task_dropped.from, NO_PROCESS);
    assert_int_equal(fake_last(fake, EVENT_task_dropped)->task_dropped.reason, DROP_TERMINATED);
    assert_int_equal(fake_last(fake, EVENT_ended)->ended.state, PROCESS_TERMINATED);

    fake_port_free(fake);
}

static void the_end_forgets_grants_and_leaves_memory(void **state)
{
    (void)state;
    struct fake_port *fake = new_pair(stops);
    struct process *process = &fake->processes[0];
    fake_call(fake, 0, SYSCALL_SUBSCRIBE, IPC_DRIVER_NUM, 0, fake_function(fake, 0, 0), 5);
    *fake_bytes(fake, fake_memory(fake, 0, 100)) = 0x5a;
    uaddr kernel_brk = process->kernel_brk;
    assert_int_equal(grant_count_allocated(&fake->kernel, process), 1);

    process_terminate(&fake->kernel, process, COMPLETION_CODE, 0);

    assert_int_equal(grant_count_allocated(&fake->kernel, process), 0);
    assert_int_equal(*fake_bytes(fake, fake_memory(fake, 0, 100)), 0x5a);
    assert_int_equal(process->kernel_brk, kernel_brk);
    assert_int_equal(process->id.identifier, 0);

    fake_port_free(fake);
}

// ---- restarts

// Uses a bit of everything that a restart resets or keeps.
static void live(struct fake_port *fake, uint32_t index)
{
    struct process *process = &fake->processes[index];

    fake_call(fake, index, SYSCALL_SUBSCRIBE, IPC_DRIVER_NUM, 0, fake_function(fake, index, 0), 5);
    fake_call(fake, index, SYSCALL_ALLOW_RW, IPC_DRIVER_NUM, 0, fake_memory(fake, index, 64), 64);
    process_add_mpu_region(&fake->kernel, process, fake_memory(fake, 1 - index, 0), 32, 0);
    *fake_bytes(fake, fake_memory(fake, index, 100)) = 0x5a;
    enqueue_ipc(fake, index, TASK_CAPACITY);
    assert_int_equal(enqueue(fake, index, ipc_task(1)), ERROR_NOMEM);
    process->timeslice_expirations = 3;
}

static void a_restart_gives_a_new_identifier_and_the_memory_of_a_new_process(void **state)
{
    (void)state;
    struct fake_port *fake = new_pair(stops);
    struct process *process = &fake->processes[0];
    live(fake, 0);

    process_restart(&fake->kernel, process, COMPLETION_CODE, 9);

    assert_int_equal(process->state, PROCESS_UNSTARTED);
    assert_int_equal(process->id.index, 0);
    assert_int_equal(process->id.identifier, 2);
    assert_int_equal(process->restart_count, 1);
    assert_int_equal(process->completion_code, 9);
    assert_int_equal(process->app_brk, process->memory_start + FAKE_INITIAL_BRK_BYTES);
    assert_int_equal(process->kernel_brk,
                     process_memory_end(process) - initial_kernel_bytes(FAKE_DRIVERS));
    assert_int_equal(process->allow_high_water_mark, process->memory_start);
    assert_int_equal(grant_count_allocated(&fake->kernel, process), 0);
    assert_int_equal(process->dropped_upcalls, 0);
    assert_int_equal(process->syscalls, 0);
    assert_int_equal(process->timeslice_expirations, 0);

    fake_port_free(fake);
}

static void a_restart_drops_the_tasks_and_queues_the_init_task(void **state)
{
    (void)state;
    struct fake_port *fake = new_pair(stops);
    struct process *process = &fake->processes[0];
    live(fake, 0);

    process_restart(&fake->kernel, process, COMPLETION_NONE, 0);

    assert_int_equal(fake_count(fake, EVENT_task_dropped), 9);
    assert_int_equal(fake_last(fake, EVENT_task_dropped)->task_dropped.reason, DROP_RESTARTED);
    assert_int_equal(task_queue_length(&process->tasks), 1);
    assert_int_equal(task_queue_at(&process->tasks, 0)->call.source, SOURCE_KERNEL);
    assert_int_equal(fake->kernel.work, 2);
    assert_true(ready_bit(fake, 0));
    assert_int_equal(fake_last(fake, EVENT_restarted)->restarted.id, 2);
    assert_int_equal(fake_last(fake, EVENT_restarted)->restarted.restart_count, 1);
    assert_int_equal(fake_count(fake, EVENT_ended), 0);

    fake_port_free(fake);
}

static void a_restart_keeps_ram_and_the_list_of_regions_but_not_the_regions(void **state)
{
    (void)state;
    struct fake_port *fake = new_pair(stops);
    struct process *process = &fake->processes[0];
    live(fake, 0);
    assert_true(process->mpu_config.regions[2].used);

    process_restart(&fake->kernel, process, COMPLETION_NONE, 0);

    assert_int_equal(*fake_bytes(fake, fake_memory(fake, 0, 100)), 0x5a);
    assert_true(process->regions[0].used);
    assert_int_equal(process->regions[0].start, fake_memory(fake, 1, 0));
    assert_true(process->mpu_config.regions[0].used);
    assert_true(process->mpu_config.regions[1].used);
    assert_false(process->mpu_config.regions[2].used);

    fake_port_free(fake);
}

static void identifiers_come_from_one_counter_for_all(void **state)
{
    (void)state;
    struct fake_port *fake = new_pair(stops);

    process_restart(&fake->kernel, &fake->processes[1], COMPLETION_NONE, 0);
    process_restart(&fake->kernel, &fake->processes[0], COMPLETION_NONE, 0);
    process_restart(&fake->kernel, &fake->processes[1], COMPLETION_NONE, 0);

    assert_int_equal(fake->processes[0].id.identifier, 3);
    assert_int_equal(fake->processes[1].id.identifier, 4);
    assert_int_equal(fake->processes[1].restart_count, 2);

    fake_port_free(fake);
}

static void an_identifier_names_one_life_alone(void **state)
{
    (void)state;
    struct fake_port *fake = new_pair(stops);
    const struct process_id first = fake->processes[0].id;

    process_restart(&fake->kernel, &fake->processes[0], COMPLETION_NONE, 0);

    assert_null(kernel_process(&fake->kernel, first));
    assert_ptr_equal(kernel_process(&fake->kernel, fake->processes[0].id), &fake->processes[0]);
    assert_null(kernel_process(&fake->kernel, (struct process_id){2, 0}));
    assert_null(kernel_process(&fake->kernel, (struct process_id){UINT32_MAX, 0}));

    fake_port_free(fake);
}

// A restart that did not succeed.
static void assert_not_restarted(struct fake_port *fake, const struct mpu_config *before)
{
    const struct process *process = &fake->processes[0];

    process_restart(&fake->kernel, &fake->processes[0], COMPLETION_NONE, 0);

    assert_int_equal(process->state, PROCESS_TERMINATED);
    assert_int_equal(process->restart_count, 0);
    assert_int_equal(process->id.identifier, 2);
    assert_true(task_queue_is_empty(&process->tasks));
    assert_int_equal(fake->kernel.work, 1);
    assert_int_equal(fake_count(fake, EVENT_restarted), 0);
    if (before)
        assert_memory_equal(&process->mpu_config, before, sizeof *before);
}

static void a_process_whose_regions_cannot_be_made_again_stays_terminated(void **state)
{
    (void)state;
    struct fake_port *fake = new_pair(restarts);
    struct mpu_config before = fake->processes[0].mpu_config;
    fake->refuses_flash = true;

    assert_not_restarted(fake, &before);

    fake_port_free(fake);
}

static void a_process_whose_block_cannot_be_made_again_stays_terminated(void **state)
{
    (void)state;
    struct fake_port *fake = new_pair(restarts);
    struct mpu_config before = fake->processes[0].mpu_config;
    uaddr app_brk = fake->processes[0].app_brk;
    fake->refuses_memory = true;

    assert_not_restarted(fake, &before);

    assert_int_equal(fake->processes[0].app_brk, app_brk);
    fake_port_free(fake);
}

static void a_process_that_cannot_be_initialized_again_stays_terminated(void **state)
{
    (void)state;
    struct fake_port *fake = new_pair(restarts);
    fake->refuses_start = true;

    assert_not_restarted(fake, NULL);

    fake_port_free(fake);
}

// ---- faults

static void a_fault_under_the_panic_policy_panics_the_kernel(void **state)
{
    (void)state;
    struct fake_port *fake = new_pair((struct fault_policy){.kind = FAULT_POLICY_PANIC});
    enqueue_ipc(fake, 0, 2);

    process_fault(&fake->kernel, &fake->processes[0], FAULT_CAUSE_MEMORY);

    assert_int_equal(fake->processes[0].state, PROCESS_FAULTED);
    assert_int_equal(task_queue_length(&fake->processes[0].tasks), 2);
    assert_int_equal(fake->kernel.halt, KERNEL_PANICKED);
    assert_int_equal(fake->kernel.panic_reason, PANIC_PROCESS_FAULT);
    assert_int_equal(fake->kernel.panic_process, 0);
    assert_int_equal(fake_last(fake, EVENT_fault)->fault.action, FAULT_ACTION_PANIC);
    assert_int_equal(fake_last(fake, EVENT_panic)->panic.reason, PANIC_PROCESS_FAULT);

    fake_port_free(fake);
}

static void a_fault_under_the_stop_policy_ends_the_process_as_faulted(void **state)
{
    (void)state;
    struct fake_port *fake = new_pair(stops);
    enqueue_ipc(fake, 0, 2);

    process_fault(&fake->kernel, &fake->processes[0], FAULT_CAUSE_MEMORY);

    assert_int_equal(fake->processes[0].state, PROCESS_FAULTED);
    assert_int_equal(fake->processes[0].fault_cause, FAULT_CAUSE_MEMORY);
    assert_int_equal(fake->processes[0].completion, COMPLETION_NONE);
    assert_true(task_queue_is_empty(&fake->processes[0].tasks));
    assert_int_equal(fake_last(fake, EVENT_task_dropped)->task_dropped.reason, DROP_FAULTED);
    assert_int_equal(fake_last(fake, EVENT_ended)->ended.state, PROCESS_FAULTED);
    assert_int_equal(fake->kernel.work, 1);
    assert_int_equal(fake->kernel.halt, KERNEL_RUNS);
    assert_int_equal(fake->processes[1].state, PROCESS_RUNNING);

    fake_port_free(fake);
}

static void a_fault_under_the_restart_policy_restarts_however_often(void **state)
{
    (void)state;
    struct fake_port *fake = new_pair(restarts);

    for (uint32_t i = 1; i <= 20; i++) {
        process_fault(&fake->kernel, &fake->processes[0], FAULT_CAUSE_BODY);

        assert_int_equal(fake->processes[0].state, PROCESS_UNSTARTED);
        assert_int_equal(fake->processes[0].restart_count, i);
    }

    fake_port_free(fake);
}

static void a_threshold_of_n_restarts_n_plus_one_times_and_then_stops(void **state)
{
    (void)state;

    for (uint32_t threshold = 0; threshold <= 3; threshold++) {
        struct fake_port *fake =
            new_pair((struct fault_policy){.kind = FAULT_POLICY_THRESHOLD, .threshold = threshold});

        for (uint32_t i = 0; i <= threshold; i++) {
            process_fault(&fake->kernel, &fake->processes[0], FAULT_CAUSE_BODY);
            assert_int_equal(fake->processes[0].state, PROCESS_UNSTARTED);
        }
        process_fault(&fake->kernel, &fake->processes[0], FAULT_CAUSE_BODY);

        assert_int_equal(fake->processes[0].state, PROCESS_FAULTED);
        assert_int_equal(fake->processes[0].restart_count, threshold + 1);
        assert_int_equal(fake->kernel.halt, KERNEL_RUNS);
        fake_port_free(fake);
    }
}

static void a_panic_threshold_restarts_as_often_and_then_panics(void **state)
{
    (void)state;
    struct fake_port *fake =
        new_pair((struct fault_policy){.kind = FAULT_POLICY_THRESHOLD_PANIC, .threshold = 1});

    process_fault(&fake->kernel, &fake->processes[0], FAULT_CAUSE_BODY);
    process_fault(&fake->kernel, &fake->processes[0], FAULT_CAUSE_BODY);
    assert_int_equal(fake->kernel.halt, KERNEL_RUNS);
    process_fault(&fake->kernel, &fake->processes[0], FAULT_CAUSE_BODY);

    assert_int_equal(fake->processes[0].restart_count, 2);
    assert_int_equal(fake->kernel.halt, KERNEL_PANICKED);

    fake_port_free(fake);
}

static void restarts_that_the_process_asked_for_count_against_the_threshold(void **state)
{
    (void)state;
    struct fake_port *fake =
        new_pair((struct fault_policy){.kind = FAULT_POLICY_THRESHOLD, .threshold = 0});

    process_restart(&fake->kernel, &fake->processes[0], COMPLETION_CODE, 0);
    process_fault(&fake->kernel, &fake->processes[0], FAULT_CAUSE_BODY);

    assert_int_equal(fake->processes[0].state, PROCESS_FAULTED);

    fake_port_free(fake);
}

static void a_process_that_cannot_take_an_answer_faults(void **state)
{
    (void)state;
    struct fake_port *fake = new_pair(stops);
    fake->refuses_answer = true;

    fake_call(fake, 0, SYSCALL_MEMOP, MEMOP_RAM_START, 0, 0, 0);

    assert_int_equal(fake->processes[0].state, PROCESS_FAULTED);
    assert_int_equal(fake->processes[0].fault_cause, FAULT_CAUSE_STACK_POINTER);

    fake_port_free(fake);
}

static void a_process_that_cannot_take_a_function_call_faults_without_an_upcall(void **state)
{
    (void)state;
    struct fake_port *fake = new_pair(stops);
    const struct function_call call = {.source = SOURCE_DRIVER};
    fake->refuses_function = true;

    process_set_function(&fake->kernel, &fake->processes[0], &call, 0);

    assert_int_equal(fake->processes[0].state, PROCESS_FAULTED);
    assert_int_equal(fake_last(fake, EVENT_fault)->fault.cause, FAULT_CAUSE_STACK_POINTER);
    assert_int_equal(fake_count(fake, EVENT_upcall), 0);

    fake_port_free(fake);
}

// ---- the breaks

static void the_break_moves_up_and_down_and_the_registers_follow_at_once(void **state)
{
    (void)state;
    struct fake_port *fake = new_pair(stops);
    struct process *process = &fake->processes[0];
    uint32_t configured = fake->configured;

    bool up = process_brk(&fake->kernel, process, fake_memory(fake, 0, 0x300));
    assert_int_equal(process->app_brk, fake_memory(fake, 0, 0x300));
    bool down = process_brk(&fake->kernel, process, fake_memory(fake, 0, 0));
    assert_int_equal(process->app_brk, process->memory_start);

    assert_true(up && down);
    assert_int_equal(fake->configured, configured + 2);
    assert_int_equal(fake_count(fake, EVENT_brk), 2);
    assert_int_equal(fake_last(fake, EVENT_brk)->brk.app_brk, process->memory_start);

    fake_port_free(fake);
}

static void assert_brk_refused(struct fake_port *fake, uaddr new_break)
{
    const struct process before = fake->processes[0];
    uint32_t configured = fake->configured;

    bool moved = process_brk(&fake->kernel, &fake->processes[0], new_break);

    assert_false(moved);
    assert_int_equal(fake->processes[0].app_brk, before.app_brk);
    assert_int_equal(fake->processes[0].kernel_brk, before.kernel_brk);
    assert_memory_equal(&fake->processes[0].mpu_config, &before.mpu_config,
                        sizeof before.mpu_config);
    assert_int_equal(fake->configured, configured);
    assert_int_equal(fake_count(fake, EVENT_brk), 0);
}

static void the_break_goes_up_to_kernel_memory_and_no_further(void **state)
{
    (void)state;
    struct fake_port *fake = new_pair(stops);
    uaddr kernel_brk = fake->processes[0].kernel_brk;

    assert_brk_refused(fake, kernel_brk + 1);
    assert_brk_refused(fake, process_memory_end(&fake->processes[0]));
    assert_brk_refused(fake, UINT32_MAX);
    assert_true(process_brk(&fake->kernel, &fake->processes[0], kernel_brk));

    fake_port_free(fake);
}

static void the_break_goes_down_to_the_high_water_mark_and_no_further(void **state)
{
    (void)state;
    struct fake_port *fake = new_pair(stops);
    struct process *process = &fake->processes[0];
    process_build_buffer_rw(process, fake_memory(fake, 0, 0x80), 0x20);

    assert_brk_refused(fake, fake_memory(fake, 0, 0x9f));
    assert_brk_refused(fake, 0);
    assert_true(process_brk(&fake->kernel, process, fake_memory(fake, 0, 0xa0)));

    fake_port_free(fake);
}

static void a_break_that_the_unit_cannot_express_is_refused(void **state)
{
    (void)state;
    struct fake_port *fake = new_pair(stops);
    fake->refuses_split = true;

    assert_brk_refused(fake, fake_memory(fake, 0, 0x280));

    fake_port_free(fake);
}

static void the_break_of_a_process_that_ended_does_not_move(void **state)
{
    (void)state;
    struct fake_port *fake = new_pair(stops);
    process_set_state(&fake->kernel, &fake->processes[0], PROCESS_FAULTED);

    assert_brk_refused(fake, fake_memory(fake, 0, 0x280));

    fake_port_free(fake);
}

static void kernel_memory_grows_down_in_whole_words(void **state)
{
    (void)state;
    struct fake_port *fake = new_pair(stops);
    struct process *process = &fake->processes[0];
    uaddr before = process->kernel_brk;

    uaddr first = process_allocate_kernel_memory(&fake->kernel, process, 5, 4);
    uaddr second = process_allocate_kernel_memory(&fake->kernel, process, 8, 4);

    assert_int_equal(first, before - 8);
    assert_int_equal(second, before - 16);
    assert_int_equal(process->kernel_brk, before - 16);

    fake_port_free(fake);
}

static void kernel_memory_may_touch_app_memory_but_not_enter_it(void **state)
{
    (void)state;
    struct fake_port *fake = new_pair(stops);
    struct process *process = &fake->processes[0];
    uint32_t room = process->kernel_brk - process->app_brk;

    assert_int_equal(process_allocate_kernel_memory(&fake->kernel, process, room + 1, 4), 0);
    assert_int_equal(process_allocate_kernel_memory(&fake->kernel, process, 0u - 16, 4), 0);
    assert_int_equal(process->kernel_brk, process->app_brk + room);
    assert_int_equal(process_allocate_kernel_memory(&fake->kernel, process, room, 4),
                     process->app_brk);
    assert_int_equal(process->kernel_brk, process->app_brk);

    fake_port_free(fake);
}

static void kernel_memory_that_the_unit_cannot_protect_is_not_taken(void **state)
{
    (void)state;
    struct fake_port *fake = new_pair(stops);
    struct process *process = &fake->processes[0];
    uaddr before = process->kernel_brk;
    fake->refuses_split = true;

    uaddr taken = process_allocate_kernel_memory(&fake->kernel, process, 8, 4);

    assert_int_equal(taken, 0);
    assert_int_equal(process->kernel_brk, before);

    fake_port_free(fake);
}

// ---- buffers

static void an_allowed_buffer_raises_the_high_water_mark_to_its_end(void **state)
{
    (void)state;
    struct fake_port *fake = new_pair(stops);
    struct process *process = &fake->processes[0];

    assert_int_equal(process_build_buffer_rw(process, fake_memory(fake, 0, 16), 16), ERROR_NONE);
    assert_int_equal(process->allow_high_water_mark, fake_memory(fake, 0, 32));
    assert_int_equal(process_build_buffer_ro(process, fake_memory(fake, 0, 40), 2), ERROR_NONE);
    assert_int_equal(process->allow_high_water_mark, fake_memory(fake, 0, 42));
    assert_int_equal(process_build_buffer_rw(process, fake_memory(fake, 0, 0), 8), ERROR_NONE);
    assert_int_equal(process->allow_high_water_mark, fake_memory(fake, 0, 42));

    fake_port_free(fake);
}

static void a_buffer_of_no_bytes_may_be_anywhere_and_raises_nothing(void **state)
{
    (void)state;
    struct fake_port *fake = new_pair(stops);
    struct process *process = &fake->processes[0];
    uaddr mark = process->allow_high_water_mark;

    assert_int_equal(process_build_buffer_rw(process, UINT32_MAX, 0), ERROR_NONE);
    assert_int_equal(process_build_buffer_ro(process, fake_memory(fake, 1, 0), 0), ERROR_NONE);
    assert_int_equal(process_build_buffer_rw(process, process->app_brk, 0), ERROR_NONE);

    assert_int_equal(process->allow_high_water_mark, mark);

    fake_port_free(fake);
}

static void flash_can_be_read_from_but_not_written_to(void **state)
{
    (void)state;
    struct fake_port *fake = new_pair(stops);
    struct process *process = &fake->processes[0];
    uaddr mark = process->allow_high_water_mark;
    uaddr flash = process_flash_app(process);

    assert_int_equal(process_build_buffer_ro(process, flash, 16), ERROR_NONE);
    assert_int_equal(process_build_buffer_rw(process, flash, 16), ERROR_INVAL);
    assert_int_equal(process_build_buffer_ro(process, flash - 1, 16), ERROR_INVAL);

    assert_int_equal(process->allow_high_water_mark, mark);

    fake_port_free(fake);
}

static void a_buffer_outside_of_own_memory_is_refused(void **state)
{
    (void)state;
    struct fake_port *fake = new_pair(stops);
    struct process *process = &fake->processes[0];
    uaddr mark = process->allow_high_water_mark;

    assert_int_equal(process_build_buffer_rw(process, process->app_brk - 1, 2), ERROR_INVAL);
    assert_int_equal(process_build_buffer_ro(process, process->kernel_brk, 4), ERROR_INVAL);
    assert_int_equal(process_build_buffer_rw(process, fake_memory(fake, 1, 0), 4), ERROR_INVAL);
    assert_int_equal(process_build_buffer_rw(process, UINT32_MAX, 2), ERROR_INVAL);

    assert_int_equal(process->allow_high_water_mark, mark);

    fake_port_free(fake);
}

static void a_process_that_ended_allows_nothing(void **state)
{
    (void)state;
    struct fake_port *fake = new_pair(stops);
    struct process *process = &fake->processes[0];
    process_set_state(&fake->kernel, process, PROCESS_TERMINATED);

    assert_int_equal(process_build_buffer_rw(process, 0, 0), ERROR_FAIL);
    assert_int_equal(process_build_buffer_ro(process, 0, 0), ERROR_FAIL);

    fake_port_free(fake);
}

// ---- regions over the buffers of others

static void an_added_region_goes_into_the_first_free_place_of_the_list(void **state)
{
    (void)state;
    struct fake_port *fake = new_pair(stops);
    struct process *process = &fake->processes[0];

    process_add_mpu_region(&fake->kernel, process, fake_memory(fake, 1, 0), 64, 17);
    process_add_mpu_region(&fake->kernel, process, fake_memory(fake, 1, 64), 32, 18);

    assert_true(process->regions[0].used);
    assert_int_equal(process->regions[0].start, fake_memory(fake, 1, 0));
    assert_int_equal(process->regions[0].size, 64);
    assert_int_equal(process->regions[1].start, fake_memory(fake, 1, 64));
    assert_false(process->regions[2].used);
    const struct event *event = fake_event(fake, EVENT_region_added, 0);
    assert_int_equal(event->region_added.start, fake_memory(fake, 1, 0));
    assert_int_equal(event->region_added.size, 64);
    assert_int_equal(event->region_added.region_start, fake_memory(fake, 1, 0));
    assert_int_equal(event->region_added.region_size, 64);
    assert_true(event->region_added.allowed);
    assert_true(event->region_added.listed);
    assert_int_equal(event->region_added.cause, 17);

    fake_port_free(fake);
}

static void the_seventh_region_is_mapped_but_not_listed(void **state)
{
    (void)state;
    struct fake_port *fake = new_pair(stops);
    struct process *process = &fake->processes[0];

    for (uint32_t i = 0; i < 7; i++)
        process_add_mpu_region(&fake->kernel, process, fake_memory(fake, 1, 32 * i), 32, 0);

    const struct event *event = fake_last(fake, EVENT_region_added);
    assert_true(event->region_added.allowed);
    assert_false(event->region_added.listed);
    assert_true(process->mpu_config.regions[2 + 6].used);
    assert_int_equal(process->regions[5].start, fake_memory(fake, 1, 160));

    fake_port_free(fake);
}

static void a_refused_region_is_on_record_and_nothing_else(void **state)
{
    (void)state;
    struct fake_port *fake = new_pair(stops);
    struct process before = fake->processes[0];
    fake->refuses_buffers = true;

    process_add_mpu_region(&fake->kernel, &fake->processes[0], fake_memory(fake, 1, 1), 3, 17);

    const struct event *event = fake_last(fake, EVENT_region_added);
    assert_false(event->region_added.allowed);
    assert_false(event->region_added.listed);
    assert_int_equal(event->region_added.region_start, 0);
    assert_int_equal(event->region_added.region_size, 0);
    assert_memory_equal(&fake->processes[0], &before, sizeof before);

    fake_port_free(fake);
}

static void a_refused_region_says_why(void **state)
{
    (void)state;
    struct fake_port *fake = new_pair(stops);
    struct process *process = &fake->processes[0];

    fake->refuses_buffers = true;
    process_add_mpu_region(&fake->kernel, process, fake_memory(fake, 1, 0), 64, 0);
    assert_int_equal(fake_last(fake, EVENT_region_added)->region_added.result, MPU_REFUSED);
    process_add_mpu_region(&fake->kernel, process, 0, 0, 0);
    assert_int_equal(fake_last(fake, EVENT_region_added)->region_added.result, MPU_NOTHING);

    fake->refuses_buffers = false;
    for (uint32_t i = 0; i <= MPU_MAX_REGIONS; i++)
        process_add_mpu_region(&fake->kernel, process, fake_memory(fake, 1, 32 * i), 32, 0);
    assert_int_equal(fake_last(fake, EVENT_region_added)->region_added.result, MPU_FULL);

    fake_port_free(fake);
}

static void a_region_that_divides_by_zero_panics_the_kernel(void **state)
{
    (void)state;
    struct fake_port *fake = new_pair(stops);
    fake->panics_on_buffers = true;

    process_add_mpu_region(&fake->kernel, &fake->processes[0], FAKE_RAM_START, 96, 17);

    assert_int_equal(fake->kernel.halt, KERNEL_PANICKED);
    assert_int_equal(fake->kernel.panic_reason, PANIC_DIVIDE_BY_ZERO);
    assert_int_equal(fake_count(fake, EVENT_region_added), 0);
    assert_false(fake->processes[0].regions[0].used);

    fake_port_free(fake);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_loaded_process_has_its_breaks_at_the_ends_of_its_block),
        cmocka_unit_test(a_loaded_process_waits_with_the_init_task_that_crt0_needs),
        cmocka_unit_test(processes_get_their_blocks_one_after_the_other_and_identifiers_from_0),
        cmocka_unit_test(a_process_that_asks_for_no_memory_gets_what_it_starts_with),
        cmocka_unit_test(a_process_whose_flash_cannot_be_mapped_is_not_loaded),
        cmocka_unit_test(a_process_that_does_not_fit_is_not_loaded),
        cmocka_unit_test(a_process_that_just_fits_is_loaded),
        cmocka_unit_test(a_process_that_cannot_be_initialized_is_not_loaded),
        cmocka_unit_test(where_a_process_was_loaded_is_on_record_when_asked_for),
        cmocka_unit_test(own_memory_is_what_lies_below_app_brk),
        cmocka_unit_test(own_flash_begins_behind_the_protected_header),
        cmocka_unit_test(a_byte_is_written_to_own_memory_alone),
        cmocka_unit_test(a_queued_task_is_work_and_makes_its_process_ready),
        cmocka_unit_test(a_taken_task_is_no_work_any_more),
        cmocka_unit_test(the_tenth_task_is_refused_and_counted_as_dropped),
        cmocka_unit_test(a_task_for_a_process_that_ended_is_refused_and_not_counted),
        cmocka_unit_test(an_ipc_task_is_its_own_cause),
        cmocka_unit_test(an_event_that_nobody_wants_is_counted_all_the_same),
        cmocka_unit_test(removing_upcalls_takes_those_of_one_subscription_and_no_ipc_task),
        cmocka_unit_test(removing_upcalls_leaves_the_init_task),
        cmocka_unit_test(a_process_whose_last_upcall_is_removed_is_not_ready),
        cmocka_unit_test(a_running_process_is_work_once),
        cmocka_unit_test(a_running_process_is_ready_without_tasks),
        cmocka_unit_test(the_end_drops_every_task_and_says_why),
        cmocka_unit_test(the_end_forgets_grants_and_leaves_memory),
        cmocka_unit_test(a_restart_gives_a_new_identifier_and_the_memory_of_a_new_process),
        cmocka_unit_test(a_restart_drops_the_tasks_and_queues_the_init_task),
        cmocka_unit_test(a_restart_keeps_ram_and_the_list_of_regions_but_not_the_regions),
        cmocka_unit_test(identifiers_come_from_one_counter_for_all),
        cmocka_unit_test(an_identifier_names_one_life_alone),
        cmocka_unit_test(a_process_whose_regions_cannot_be_made_again_stays_terminated),
        cmocka_unit_test(a_process_whose_block_cannot_be_made_again_stays_terminated),
        cmocka_unit_test(a_process_that_cannot_be_initialized_again_stays_terminated),
        cmocka_unit_test(a_fault_under_the_panic_policy_panics_the_kernel),
        cmocka_unit_test(a_fault_under_the_stop_policy_ends_the_process_as_faulted),
        cmocka_unit_test(a_fault_under_the_restart_policy_restarts_however_often),
        cmocka_unit_test(a_threshold_of_n_restarts_n_plus_one_times_and_then_stops),
        cmocka_unit_test(a_panic_threshold_restarts_as_often_and_then_panics),
        cmocka_unit_test(restarts_that_the_process_asked_for_count_against_the_threshold),
        cmocka_unit_test(a_process_that_cannot_take_an_answer_faults),
        cmocka_unit_test(a_process_that_cannot_take_a_function_call_faults_without_an_upcall),
        cmocka_unit_test(the_break_moves_up_and_down_and_the_registers_follow_at_once),
        cmocka_unit_test(the_break_goes_up_to_kernel_memory_and_no_further),
        cmocka_unit_test(the_break_goes_down_to_the_high_water_mark_and_no_further),
        cmocka_unit_test(a_break_that_the_unit_cannot_express_is_refused),
        cmocka_unit_test(the_break_of_a_process_that_ended_does_not_move),
        cmocka_unit_test(kernel_memory_grows_down_in_whole_words),
        cmocka_unit_test(kernel_memory_may_touch_app_memory_but_not_enter_it),
        cmocka_unit_test(kernel_memory_that_the_unit_cannot_protect_is_not_taken),
        cmocka_unit_test(an_allowed_buffer_raises_the_high_water_mark_to_its_end),
        cmocka_unit_test(a_buffer_of_no_bytes_may_be_anywhere_and_raises_nothing),
        cmocka_unit_test(flash_can_be_read_from_but_not_written_to),
        cmocka_unit_test(a_buffer_outside_of_own_memory_is_refused),
        cmocka_unit_test(a_process_that_ended_allows_nothing),
        cmocka_unit_test(an_added_region_goes_into_the_first_free_place_of_the_list),
        cmocka_unit_test(the_seventh_region_is_mapped_but_not_listed),
        cmocka_unit_test(a_refused_region_is_on_record_and_nothing_else),
        cmocka_unit_test(a_refused_region_says_why),
        cmocka_unit_test(a_region_that_divides_by_zero_panics_the_kernel),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
