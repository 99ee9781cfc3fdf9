// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "fake_port.h"

#include <string.h>

#include "../../tests/check.h"
#include "../memory.h"

// Bytes of the IPC grant for this many processes: a word of counters, and 8 bytes for
// each upcall and each slot.
static uint32_t ipc_grant_bytes(uint32_t num_procs)
{
    return 12 + 16 * num_procs;
}

static struct fake_port *new_pair(void)
{
    return fake_port_new(
        &(struct fake_setup){.processes = 2, .fault_policy = {.kind = FAULT_POLICY_STOP}});
}

static const struct grant_type *ipc_type(const struct fake_port *fake)
{
    return &fake->drivers[IPC_GRANT_NUMBER].grant;
}

static const struct grant_type *capsule_type(const struct fake_port *fake)
{
    return &fake->drivers[CAPSULE_GRANT_NUMBER].grant;
}

static enum grant_result enter(struct fake_port *fake, const struct grant_type *type,
                               uint32_t index, struct grant *grant)
{
    return grant_enter(&fake->kernel, type, fake->processes[index].id, grant);
}

// The address of grant `number` as its entry in the table at the top of memory says.
static uaddr entry_of(const struct fake_port *fake, uint32_t index, uint32_t number)
{
    return process_memory_end(&fake->processes[index]) -
           GRANT_POINTER_BYTES * fake->kernel.grant_count + GRANT_POINTER_BYTES * number;
}

static void put_word(struct fake_port *fake, uaddr address, uint32_t word)
{
    memory_store_word(fake_bytes(fake, address), word);
}

// ---- layout

static void the_ipc_grant_takes_12_bytes_and_16_for_each_process(void **state)
{
    (void)state;

    for (uint32_t n = 1; n <= 255; n += 127) {
        struct syscall_driver driver = ipc_driver((uint8_t)n);

        assert_int_equal(grant_size(&driver.grant), ipc_grant_bytes(n));
    }
}

static void a_new_grant_lies_right_below_kernel_memory(void **state)
{
    (void)state;
    struct fake_port *fake = new_pair();
    const struct process *process = &fake->processes[0];
    uaddr before = process->kernel_brk;
    struct grant grant;

    enum grant_result result = enter(fake, ipc_type(fake), 0, &grant);

    assert_int_equal(result, GRANT_OK);
    assert_int_equal(process->kernel_brk, before - ipc_grant_bytes(2));
    const struct event *event = fake_last(fake, EVENT_grant_allocated);
    assert_int_equal(event->grant_allocated.driver, IPC_DRIVER_NUM);
    assert_int_equal(event->grant_allocated.start, process->kernel_brk);
    assert_int_equal(event->grant_allocated.size, ipc_grant_bytes(2));
    assert_int_equal(event->grant_allocated.kernel_brk, process->kernel_brk);
    assert_int_equal(grant_address(&fake->kernel, process, IPC_GRANT_NUMBER), process->kernel_brk);
    assert_int_equal(grant_count_allocated(&fake->kernel, &fake->processes[1]), 0);

    fake_port_free(fake);
}

static void the_table_of_grant_pointers_ends_with_process_memory(void **state)
{
    (void)state;
    struct fake_port *fake =
        fake_port_new(&(struct fake_setup){.processes = 1, .unused_grants = 2});
    const struct process *process = &fake->processes[0];
    uaddr table = process_memory_end(process) - 4 * 8;
    struct grant grant;
    assert_int_equal(enter(fake, capsule_type(fake), 0, &grant), GRANT_OK);
    grant_leave(&fake->kernel, &grant);

    assert_int_equal(fake_word(fake, table), 0);
    assert_int_equal(fake_word(fake, table + 4), 0);
    assert_int_equal(fake_word(fake, table + 8), CAPSULE_DRIVER_NUM);
    assert_int_equal(fake_word(fake, table + 12), process->kernel_brk);
    for (uint32_t offset = 16; offset < 32; offset += 4)
        assert_int_equal(fake_word(fake, table + offset), 0);

    fake_port_free(fake);
}

static void every_byte_of_a_grant_is_where_a_32_bit_kernel_puts_it(void **state)
{
    (void)state;
    struct fake_port *fake = new_pair();
    uaddr fn = fake_function(fake, 0, 0x10);
    uaddr ro = fake_memory(fake, 0, 0x20);
    uaddr rw = fake_memory(fake, 0, 0x40);
    const uint32_t expected[] = {
        2 | 1 << 8 | 2 << 16, // counters
        0,
        0, // upcall 0: userdata, function
        0x1234,
        fn, // upcall 1
        ro,
        7, // read-only slot 0: pointer, length
        rw,
        0x30, // read-write slot 0
        rw + 0x40,
        0x10, // read-write slot 1
    };

    fake_call(fake, 0, SYSCALL_SUBSCRIBE, IPC_DRIVER_NUM, 1, fn, 0x1234);
    fake_call(fake, 0, SYSCALL_ALLOW_RO, IPC_DRIVER_NUM, 0, ro, 7);
    fake_call(fake, 0, SYSCALL_ALLOW_RW, IPC_DRIVER_NUM, 0, rw, 0x30);
    fake_call(fake, 0, SYSCALL_ALLOW_RW, IPC_DRIVER_NUM, 1, rw + 0x40, 0x10);

    for (uint32_t i = 0; i < sizeof expected / sizeof expected[0]; i++)
        assert_int_equal(fake_word(fake, fake->processes[0].kernel_brk + 4 * i), expected[i]);
    assert_int_equal(sizeof expected, ipc_grant_bytes(2));

    fake_port_free(fake);
}

static void words_are_little_endian(void **state)
{
    (void)state;
    struct fake_port *fake = new_pair();
    static const uint8_t expected[] = {0x44, 0x33, 0x22, 0x11};

    fake_call(fake, 0, SYSCALL_SUBSCRIBE, IPC_DRIVER_NUM, 0, 0, 0x11223344);

    assert_memory_equal(fake_bytes(fake, fake->processes[0].kernel_brk + 4), expected, 4);

    fake_port_free(fake);
}

static void the_drivers_own_data_stands_last_and_is_zero_at_first(void **state)
{
    (void)state;
    struct fake_port *fake = new_pair();
    uaddr before = fake->processes[0].kernel_brk;
    struct grant grant;
    memset(fake_bytes(fake, before - 0x100), 0xff, 0x100);

    assert_int_equal(enter(fake, capsule_type(fake), 0, &grant), GRANT_OK);

    assert_ptr_equal(grant.data, fake_bytes(fake, before - CAPSULE_DATA_BYTES));
    for (uaddr at = fake->processes[0].kernel_brk + 4; at < before; at += 4)
        assert_int_equal(fake_word(fake, at), 0);
    assert_int_equal(fake_word(fake, fake->processes[0].kernel_brk), 2 | 1 << 8 | 1 << 16);
    assert_int_equal(fake_word(fake, fake->processes[0].kernel_brk - 4), UINT32_MAX);

    fake_port_free(fake);
}

static void a_driver_that_keeps_nothing_has_no_data(void **state)
{
    (void)state;
    struct fake_port *fake = new_pair();
    struct grant grant;

    assert_int_equal(enter(fake, ipc_type(fake), 0, &grant), GRANT_OK);

    assert_null(grant.data);

    fake_port_free(fake);
}

// ---- out of memory

// Entering the IPC grant of process 0 is refused and changes nothing.
static void assert_out_of_memory(struct fake_port *fake)
{
    const struct process before = fake->processes[0];
    static uint8_t ram[FAKE_RAM_SIZE];
    struct grant grant;
    memcpy(ram, fake->ram, sizeof ram);

    enum grant_result result = enter(fake, ipc_type(fake), 0, &grant);

    assert_int_equal(result, GRANT_OUT_OF_MEMORY);
    assert_int_equal(fake->processes[0].kernel_brk, before.kernel_brk);
    assert_int_equal(fake->processes[0].app_brk, before.app_brk);
    assert_memory_equal(fake->ram, ram, sizeof ram);
    assert_int_equal(fake_count(fake, EVENT_grant_allocated), 0);
}

static void a_grant_that_does_not_fit_is_not_allocated(void **state)
{
    (void)state;
    struct fake_port *fake = new_pair();
    struct process *process = &fake->processes[0];
    assert_true(process_brk(&fake->kernel, process, process->kernel_brk - ipc_grant_bytes(2) + 1));
    fake_forget(fake);

    assert_out_of_memory(fake);

    const struct event *refused = fake_last(fake, EVENT_grant_refused);
    assert_int_equal(refused->grant_refused.driver, IPC_DRIVER_NUM);
    assert_int_equal(refused->grant_refused.size, ipc_grant_bytes(2));
    assert_int_equal(refused->grant_refused.room, ipc_grant_bytes(2) - 1);
    assert_false(refused->grant_refused.by_unit);
    fake_port_free(fake);
}

static void a_grant_that_just_fits_is_allocated(void **state)
{
    (void)state;
    struct fake_port *fake = new_pair();
    struct process *process = &fake->processes[0];
    struct grant grant;
    assert_true(process_brk(&fake->kernel, process, process->kernel_brk - ipc_grant_bytes(2)));

    enum grant_result result = enter(fake, ipc_type(fake), 0, &grant);

    assert_int_equal(result, GRANT_OK);
    assert_int_equal(process->kernel_brk, process->app_brk);

    fake_port_free(fake);
}

static void a_grant_that_the_unit_cannot_protect_is_not_allocated(void **state)
{
    (void)state;
    struct fake_port *fake = new_pair();
    fake->refuses_split = true;

    assert_out_of_memory(fake);

    assert_true(fake_last(fake, EVENT_grant_refused)->grant_refused.by_unit);
    fake_port_free(fake);
}

// ---- entering and leaving

static void a_grant_is_allocated_once(void **state)
{
    (void)state;
    struct fake_port *fake = new_pair();
    struct grant grant;
    assert_int_equal(enter(fake, ipc_type(fake), 0, &grant), GRANT_OK);
    grant_leave(&fake->kernel, &grant);
    uaddr kernel_brk = fake->processes[0].kernel_brk;

    assert_int_equal(enter(fake, ipc_type(fake), 0, &grant), GRANT_OK);

    assert_int_equal(fake->processes[0].kernel_brk, kernel_brk);
    assert_int_equal(fake_count(fake, EVENT_grant_allocated), 1);

    fake_port_free(fake);
}

static void the_lowest_bit_of_its_pointer_says_that_a_grant_is_entered(void **state)
{
    (void)state;
    struct fake_port *fake = new_pair();
    uaddr pointer = entry_of(fake, 0, IPC_GRANT_NUMBER) + 4;
    struct grant grant;

    assert_int_equal(enter(fake, ipc_type(fake), 0, &grant), GRANT_OK);
    assert_int_equal(fake_word(fake, pointer), fake->processes[0].kernel_brk | 1);
    assert_int_equal(grant_address(&fake->kernel, &fake->processes[0], IPC_GRANT_NUMBER),
                     fake->processes[0].kernel_brk);
    grant_leave(&fake->kernel, &grant);

    assert_int_equal(fake_word(fake, pointer), fake->processes[0].kernel_brk);

    fake_port_free(fake);
}

static void entering_a_grant_twice_panics_the_kernel(void **state)
{
    (void)state;
    struct fake_port *fake = new_pair();
    struct grant first;
    struct grant second;
    assert_int_equal(enter(fake, ipc_type(fake), 0, &first), GRANT_OK);

    enum grant_result result = enter(fake, ipc_type(fake), 0, &second);

    assert_int_equal(result, GRANT_PANICKED);
    assert_int_equal(fake->kernel.halt, KERNEL_PANICKED);
    assert_int_equal(fake->kernel.panic_reason, PANIC_GRANT_REENTERED);
    assert_int_equal(fake_last(fake, EVENT_panic)->process, 0);

    fake_port_free(fake);
}

static void grants_of_two_processes_or_two_drivers_may_be_open_at_once(void **state)
{
    (void)state;
    struct fake_port *fake = new_pair();
    struct grant grants[3];

    assert_int_equal(enter(fake, ipc_type(fake), 0, &grants[0]), GRANT_OK);
    assert_int_equal(enter(fake, ipc_type(fake), 1, &grants[1]), GRANT_OK);
    assert_int_equal(enter(fake, capsule_type(fake), 0, &grants[2]), GRANT_OK);

    assert_int_equal(fake->kernel.halt, KERNEL_RUNS);
    assert_int_equal(grant_count_allocated(&fake->kernel, &fake->processes[0]), 2);

    fake_port_free(fake);
}

static void a_grant_of_a_life_that_is_over_cannot_be_entered(void **state)
{
    (void)state;
    struct fake_port *fake = new_pair();
    const struct process_id before = fake->processes[0].id;
    struct grant grant;
    process_restart(&fake->kernel, &fake->processes[0], COMPLETION_NONE, 0);

    enum grant_result result = grant_enter(&fake->kernel, ipc_type(fake), before, &grant);

    assert_int_equal(result, GRANT_NO_SUCH_APP);
    assert_int_equal(grant_count_allocated(&fake->kernel, &fake->processes[0]), 0);

    fake_port_free(fake);
}

static void a_grant_of_a_process_that_ended_cannot_be_entered(void **state)
{
    (void)state;
    struct fake_port *fake = new_pair();
    struct grant grant;
    process_terminate(&fake->kernel, &fake->processes[0], COMPLETION_NONE, 0);

    enum grant_result result = enter(fake, ipc_type(fake), 0, &grant);

    assert_int_equal(result, GRANT_INACTIVE_APP);
    assert_false(grant_enter_existing(&fake->kernel, ipc_type(fake), &fake->processes[0], &grant));
    assert_int_equal(grant_count_allocated(&fake->kernel, &fake->processes[0]), 0);

    fake_port_free(fake);
}

static void entering_an_existing_grant_never_allocates_one(void **state)
{
    (void)state;
    struct fake_port *fake = new_pair();
    struct process *process = &fake->processes[0];
    uaddr kernel_brk = process->kernel_brk;
    struct grant grant;

    assert_false(grant_enter_existing(&fake->kernel, ipc_type(fake), process, &grant));
    assert_int_equal(process->kernel_brk, kernel_brk);
    fake_call(fake, 0, SYSCALL_SUBSCRIBE, IPC_DRIVER_NUM, 0, 0, 5);
    assert_true(grant_enter_existing(&fake->kernel, ipc_type(fake), process, &grant));

    assert_ptr_equal(grant.process, process);
    assert_int_equal(grant.driver, IPC_DRIVER_NUM);

    fake_port_free(fake);
}

// ---- slots

static void there_are_as_many_slots_as_the_counters_say(void **state)
{
    (void)state;
    struct fake_port *fake = fake_port_new(&(struct fake_setup){.processes = 2, .num_procs = 4});
    struct grant_upcall upcall = {.userdata = 1, .fn = 2};
    struct grant_buffer buffer = {.start = 3, .size = 4};
    struct grant grant;

    assert_int_equal(enter(fake, ipc_type(fake), 0, &grant), GRANT_OK);

    assert_false(grant_get_upcall(&grant, 4, &upcall));
    assert_false(grant_get_allow_ro(&grant, 1, &buffer));
    assert_false(grant_get_allow_rw(&grant, UINT32_MAX, &buffer));
    assert_int_equal(upcall.fn, 2);
    assert_int_equal(buffer.size, 4);
    assert_true(grant_get_upcall(&grant, 3, &upcall));
    assert_true(grant_get_allow_ro(&grant, 0, &buffer));
    assert_true(grant_get_allow_rw(&grant, 3, &buffer));
    assert_int_equal(upcall.fn | upcall.userdata, 0);
    assert_int_equal(buffer.start | buffer.size, 0);

    fake_port_free(fake);
}

static void a_swap_gives_back_what_was_there(void **state)
{
    (void)state;
    struct fake_port *fake = new_pair();
    struct process *process = &fake->processes[0];
    struct grant_upcall upcall = {.userdata = 7, .fn = 8};
    struct grant_buffer ro = {.start = 1, .size = 2};
    struct grant_buffer rw = {.start = 3, .size = 4};
    fake_call(fake, 0, SYSCALL_SUBSCRIBE, IPC_DRIVER_NUM, 1, fake_function(fake, 0, 0), 5);
    fake_call(fake, 0, SYSCALL_ALLOW_RO, IPC_DRIVER_NUM, 0, fake_memory(fake, 0, 0), 9);
    fake_call(fake, 0, SYSCALL_ALLOW_RW, IPC_DRIVER_NUM, 1, fake_memory(fake, 0, 16), 16);

    assert_int_equal(grant_swap_upcall(&fake->kernel, process, IPC_DRIVER_NUM, 1, &upcall),
                     ERROR_NONE);
    assert_int_equal(grant_swap_allow_ro(&fake->kernel, process, IPC_DRIVER_NUM, 0, &ro),
                     ERROR_NONE);
    assert_int_equal(grant_swap_allow_rw(&fake->kernel, process, IPC_DRIVER_NUM, 1, &rw),
                     ERROR_NONE);

    assert_int_equal(upcall.fn, fake_function(fake, 0, 0));
    assert_int_equal(upcall.userdata, 5);
    assert_int_equal(ro.start, fake_memory(fake, 0, 0));
    assert_int_equal(ro.size, 9);
    assert_int_equal(rw.start, fake_memory(fake, 0, 16));
    assert_int_equal(rw.size, 16);
    assert_int_equal(fake_word(fake, process->kernel_brk + 4 + 8), 7);
    assert_int_equal(fake_word(fake, process->kernel_brk + 4 + 8 + 4), 8);

    fake_port_free(fake);
}

static void a_swap_without_a_grant_or_a_slot_changes_nothing(void **state)
{
    (void)state;
    struct fake_port *fake = new_pair();
    struct process *process = &fake->processes[0];
    struct grant_buffer buffer = {.start = 1, .size = 2};

    assert_int_equal(grant_swap_allow_rw(&fake->kernel, process, IPC_DRIVER_NUM, 0, &buffer),
                     ERROR_NOMEM);
    assert_int_equal(grant_count_allocated(&fake->kernel, process), 0);
    fake_call(fake, 0, SYSCALL_SUBSCRIBE, IPC_DRIVER_NUM, 0, 0, 0);
    assert_int_equal(grant_swap_allow_rw(&fake->kernel, process, IPC_DRIVER_NUM, 2, &buffer),
                     ERROR_INVAL);
    assert_int_equal(grant_swap_allow_ro(&fake->kernel, process, IPC_DRIVER_NUM, 1, &buffer),
                     ERROR_INVAL);

    assert_int_equal(buffer.start, 1);
    assert_int_equal(buffer.size, 2);
    for (uint32_t i = 1; i < ipc_grant_bytes(2) / 4; i++)
        assert_int_equal(fake_word(fake, process->kernel_brk + 4 * i), 0);
    assert_int_equal(fake_word(fake, entry_of(fake, 0, IPC_GRANT_NUMBER) + 4), process->kernel_brk);

    fake_port_free(fake);
}

static void a_swap_in_a_grant_that_is_open_is_refused(void **state)
{
    (void)state;
    struct fake_port *fake = new_pair();
    struct grant_buffer buffer = {.start = 1, .size = 2};
    struct grant grant;
    assert_int_equal(enter(fake, ipc_type(fake), 0, &grant), GRANT_OK);

    enum error_code error =
        grant_swap_allow_rw(&fake->kernel, &fake->processes[0], IPC_DRIVER_NUM, 0, &buffer);

    assert_int_equal(error, ERROR_NOMEM);
    assert_int_equal(buffer.start, 1);
    assert_int_equal(fake->kernel.halt, KERNEL_RUNS);

    fake_port_free(fake);
}

// ---- scheduling upcalls

static enum schedule_result schedule(struct fake_port *fake, uint32_t number)
{
    static const uint32_t argument[3] = {11, 12, 13};
    struct grant grant;
    enum schedule_result result;

    assert_int_equal(enter(fake, capsule_type(fake), 0, &grant), GRANT_OK);
    result = grant_schedule_upcall(&fake->kernel, &grant, number, argument, 77);
    grant_leave(&fake->kernel, &grant);
    return result;
}

static void a_scheduled_upcall_carries_function_and_userdata_of_its_subscription(void **state)
{
    (void)state;
    struct fake_port *fake = new_pair();
    fake_call(fake, 0, SYSCALL_SUBSCRIBE, CAPSULE_DRIVER_NUM, 1, fake_function(fake, 0, 4), 0x99);

    enum schedule_result result = schedule(fake, 1);

    const struct task *task = task_queue_at(&fake->processes[0].tasks, 0);
    assert_int_equal(result, SCHEDULE_QUEUED);
    assert_int_equal(task->kind, TASK_FUNCTION_CALL);
    assert_int_equal(task->cause, 77);
    assert_int_equal(task->call.source, SOURCE_DRIVER);
    assert_int_equal(task->call.driver, CAPSULE_DRIVER_NUM);
    assert_int_equal(task->call.subscribe_num, 1);
    assert_int_equal(task->call.pc, fake_function(fake, 0, 4));
    assert_int_equal(task->call.argument[0], 11);
    assert_int_equal(task->call.argument[1], 12);
    assert_int_equal(task->call.argument[2], 13);
    assert_int_equal(task->call.argument[3], 0x99);
    assert_int_equal(fake_last(fake, EVENT_upcall_queued)->upcall_queued.cause, 77);

    fake_port_free(fake);
}

static void an_upcall_that_nobody_subscribed_to_is_not_queued(void **state)
{
    (void)state;
    struct fake_port *fake = new_pair();
    uint32_t work = fake->kernel.work;

    assert_int_equal(schedule(fake, 0), SCHEDULE_NULL_UPCALL);
    assert_int_equal(schedule(fake, 2), SCHEDULE_NO_SUCH_UPCALL);

    assert_true(task_queue_is_empty(&fake->processes[0].tasks));
    assert_int_equal(fake->kernel.work, work);
    assert_int_equal(fake->processes[0].dropped_upcalls, 0);
    assert_int_equal(fake_count(fake, EVENT_upcall_queued), 0);

    fake_port_free(fake);
}

static void an_upcall_that_finds_the_queue_full_is_counted(void **state)
{
    (void)state;
    struct fake_port *fake = new_pair();
    fake_call(fake, 0, SYSCALL_SUBSCRIBE, CAPSULE_DRIVER_NUM, 0, fake_function(fake, 0, 4), 0);
    for (uint32_t i = 0; i < TASK_CAPACITY; i++)
        assert_int_equal(schedule(fake, 0), SCHEDULE_QUEUED);

    enum schedule_result result = schedule(fake, 0);

    assert_int_equal(result, SCHEDULE_QUEUE_FULL);
    assert_int_equal(fake->processes[0].dropped_upcalls, 1);
    assert_int_equal(fake_last(fake, EVENT_upcall_queued)->upcall_queued.result, ERROR_NOMEM);

    fake_port_free(fake);
}

// ---- a grant that its process has overwritten

static struct fake_port *new_with_grant(void)
{
    struct fake_port *fake = new_pair();

    fake_call(fake, 0, SYSCALL_SUBSCRIBE, IPC_DRIVER_NUM, 0, fake_function(fake, 0, 0), 0);
    fake_forget(fake);
    return fake;
}

static void a_pointer_that_says_entered_panics_the_kernel(void **state)
{
    (void)state;
    struct fake_port *fake = new_with_grant();
    struct grant grant;
    put_word(fake, entry_of(fake, 0, IPC_GRANT_NUMBER) + 4, fake->processes[0].kernel_brk | 1);

    assert_int_equal(enter(fake, ipc_type(fake), 0, &grant), GRANT_PANICKED);

    assert_int_equal(fake->kernel.panic_reason, PANIC_GRANT_REENTERED);

    fake_port_free(fake);
}

static void a_pointer_that_leads_nowhere_panics_the_kernel(void **state)
{
    (void)state;
    static const uaddr nowhere[] = {4, 0xfffffffc, FAKE_RAM_START - 4,
                                    FAKE_RAM_START + FAKE_RAM_SIZE,
                                    FAKE_RAM_START + FAKE_RAM_SIZE - 4};

    for (uint32_t i = 0; i < sizeof nowhere / sizeof nowhere[0]; i++) {
        struct fake_port *fake = new_with_grant();
        struct grant grant;
        put_word(fake, FAKE_RAM_START + FAKE_RAM_SIZE - 4, 0xffffff); // as counters
        put_word(fake, entry_of(fake, 0, IPC_GRANT_NUMBER) + 4, nowhere[i]);

        assert_int_equal(enter(fake, ipc_type(fake), 0, &grant), GRANT_PANICKED);

        assert_int_equal(fake->kernel.panic_reason, PANIC_BAD_GRANT);
        fake_port_free(fake);
    }
}

static void a_system_call_with_a_broken_grant_panics_and_is_not_answered(void **state)
{
    (void)state;
    struct fake_port *fake = new_with_grant();
    put_word(fake, entry_of(fake, 0, IPC_GRANT_NUMBER) + 4, 4);

    struct syscall_return answer =
        fake_call(fake, 0, SYSCALL_ALLOW_RW, IPC_DRIVER_NUM, 0, fake_memory(fake, 0, 0), 4);

    assert_int_equal(answer.word[0], FAKE_NO_ANSWER);
    assert_int_equal(fake->kernel.panic_reason, PANIC_BAD_GRANT);
    assert_int_equal(fake_count(fake, EVENT_syscall_return), 0);

    fake_port_free(fake);
}

static void counters_that_were_overwritten_are_believed_as_far_as_memory_goes(void **state)
{
    (void)state;
    struct fake_port *fake = new_with_grant();
    uaddr base = fake->processes[0].kernel_brk;
    struct grant_upcall upcall;
    struct grant_buffer buffer;
    struct grant grant;
    put_word(fake, base, 0x00ff0001);
    put_word(fake, base + 4 + 8, 0x1234);

    assert_int_equal(enter(fake, ipc_type(fake), 0, &grant), GRANT_OK);

    assert_false(grant_get_upcall(&grant, 1, &upcall));
    assert_false(grant_get_allow_ro(&grant, 0, &buffer));
    assert_false(grant_get_allow_rw(&grant, 255, &buffer));
    assert_true(grant_get_allow_rw(&grant, 254, &buffer));
    assert_true(grant_get_allow_rw(&grant, 0, &buffer));
    assert_int_equal(buffer.start, 0x1234);

    fake_port_free(fake);
}

static void a_pointer_set_to_null_is_a_grant_that_was_never_allocated(void **state)
{
    (void)state;
    struct fake_port *fake = new_with_grant();
    uaddr kernel_brk = fake->processes[0].kernel_brk;
    struct grant grant;
    put_word(fake, entry_of(fake, 0, IPC_GRANT_NUMBER) + 4, 0);

    assert_int_equal(enter(fake, ipc_type(fake), 0, &grant), GRANT_OK);

    assert_int_equal(fake->processes[0].kernel_brk, kernel_brk - ipc_grant_bytes(2));

    fake_port_free(fake);
}

static void a_driver_number_that_was_overwritten_hides_the_grant_from_system_calls(void **state)
{
    (void)state;
    struct fake_port *fake = new_with_grant();
    put_word(fake, entry_of(fake, 0, IPC_GRANT_NUMBER), 0x999);

    struct syscall_return answer = fake_call(fake, 0, SYSCALL_SUBSCRIBE, IPC_DRIVER_NUM, 0, 0, 3);

    assert_answer(answer, RETURN_FailureU32U32, ERROR_NOMEM, 0, 3);
    assert_int_equal(fake->kernel.halt, KERNEL_RUNS);

    fake_port_free(fake);
}

static void two_entries_with_one_driver_number_keep_a_third_from_being_allocated(void **state)
{
    (void)state;
    struct fake_port *fake = new_with_grant();
    uaddr kernel_brk = fake->processes[0].kernel_brk;
    struct grant grant;
    put_word(fake, entry_of(fake, 0, IPC_GRANT_NUMBER), CAPSULE_DRIVER_NUM);

    enum grant_result result = enter(fake, capsule_type(fake), 0, &grant);

    assert_int_equal(result, GRANT_OUT_OF_MEMORY);
    assert_int_equal(fake->processes[0].kernel_brk, kernel_brk);

    fake_port_free(fake);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_ipc_grant_takes_12_bytes_and_16_for_each_process),
        cmocka_unit_test(a_new_grant_lies_right_below_kernel_memory),
        cmocka_unit_test(the_table_of_grant_pointers_ends_with_process_memory),
        cmocka_unit_test(every_byte_of_a_grant_is_where_a_32_bit_kernel_puts_it),
        cmocka_unit_test(words_are_little_endian),
        cmocka_unit_test(the_drivers_own_data_stands_last_and_is_zero_at_first),
        cmocka_unit_test(a_driver_that_keeps_nothing_has_no_data),
        cmocka_unit_test(a_grant_that_does_not_fit_is_not_allocated),
        cmocka_unit_test(a_grant_that_just_fits_is_allocated),
        cmocka_unit_test(a_grant_that_the_unit_cannot_protect_is_not_allocated),
        cmocka_unit_test(a_grant_is_allocated_once),
        cmocka_unit_test(the_lowest_bit_of_its_pointer_says_that_a_grant_is_entered),
        cmocka_unit_test(entering_a_grant_twice_panics_the_kernel),
        cmocka_unit_test(grants_of_two_processes_or_two_drivers_may_be_open_at_once),
        cmocka_unit_test(a_grant_of_a_life_that_is_over_cannot_be_entered),
        cmocka_unit_test(a_grant_of_a_process_that_ended_cannot_be_entered),
        cmocka_unit_test(entering_an_existing_grant_never_allocates_one),
        cmocka_unit_test(there_are_as_many_slots_as_the_counters_say),
        cmocka_unit_test(a_swap_gives_back_what_was_there),
        cmocka_unit_test(a_swap_without_a_grant_or_a_slot_changes_nothing),
        cmocka_unit_test(a_swap_in_a_grant_that_is_open_is_refused),
        cmocka_unit_test(a_scheduled_upcall_carries_function_and_userdata_of_its_subscription),
        cmocka_unit_test(an_upcall_that_nobody_subscribed_to_is_not_queued),
        cmocka_unit_test(an_upcall_that_finds_the_queue_full_is_counted),
        cmocka_unit_test(a_pointer_that_says_entered_panics_the_kernel),
        cmocka_unit_test(a_pointer_that_leads_nowhere_panics_the_kernel),
        cmocka_unit_test(a_system_call_with_a_broken_grant_panics_and_is_not_answered),
        cmocka_unit_test(counters_that_were_overwritten_are_believed_as_far_as_memory_goes),
        cmocka_unit_test(a_pointer_set_to_null_is_a_grant_that_was_never_allocated),
        cmocka_unit_test(a_driver_number_that_was_overwritten_hides_the_grant_from_system_calls),
        cmocka_unit_test(two_entries_with_one_driver_number_keep_a_third_from_being_allocated),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
