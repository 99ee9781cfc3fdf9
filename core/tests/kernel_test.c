// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "fake_port.h"

#include "../../tests/check.h"
#include "../ready.h"

static struct fake_port *new_pair(enum fault_policy_kind policy)
{
    return fake_port_new(&(struct fake_setup){
        .processes = 2, .order = ORDER_INDEX, .fault_policy = {.kind = policy}});
}

static void computes(struct fake_port *fake, uint32_t index, uint32_t us)
{
    fake_calls(fake, index, us, SYSCALL_MEMOP, MEMOP_RAM_START, 0);
}

// ---- what is ready

static void ready_processes_are_found_upwards_and_downwards(void **state)
{
    (void)state;
    static const uint32_t ready[] = {3, 63, 64, 200, 254};
    struct fake_port *fake =
        fake_port_new(&(struct fake_setup){.processes = MAX_PROCESSES, .unstarted = true});
    const struct kernel *kernel = &fake->kernel;
    for (uint32_t i = 0; i < MAX_PROCESSES; i++)
        process_terminate(&fake->kernel, &fake->processes[i], COMPLETION_NONE, 0);
    assert_int_equal(kernel_ready_from(kernel, 0), MAX_PROCESSES);
    assert_int_equal(kernel_ready_down_from(kernel, 254), MAX_PROCESSES);

    for (uint32_t i = 0; i < 5; i++)
        process_restart(&fake->kernel, &fake->processes[ready[i]], COMPLETION_NONE, 0);

    assert_int_equal(kernel_ready_from(kernel, 0), 3);
    assert_int_equal(kernel_ready_from(kernel, 3), 3);
    assert_int_equal(kernel_ready_from(kernel, 4), 63);
    assert_int_equal(kernel_ready_from(kernel, 64), 64);
    assert_int_equal(kernel_ready_from(kernel, 65), 200);
    assert_int_equal(kernel_ready_from(kernel, 201), 254);
    assert_int_equal(kernel_ready_from(kernel, 255), MAX_PROCESSES);
    assert_int_equal(kernel_ready_down_from(kernel, 254), 254);
    assert_int_equal(kernel_ready_down_from(kernel, 253), 200);
    assert_int_equal(kernel_ready_down_from(kernel, 199), 64);
    assert_int_equal(kernel_ready_down_from(kernel, 63), 63);
    assert_int_equal(kernel_ready_down_from(kernel, 62), 3);
    assert_int_equal(kernel_ready_down_from(kernel, 2), MAX_PROCESSES);

    fake_port_free(fake);
}

static void drivers_are_found_by_number(void **state)
{
    (void)state;
    struct fake_port *fake = new_pair(FAULT_POLICY_STOP);

    assert_ptr_equal(kernel_driver(&fake->kernel, IPC_DRIVER_NUM), &fake->drivers[0]);
    assert_ptr_equal(kernel_driver(&fake->kernel, CAPSULE_DRIVER_NUM), &fake->drivers[1]);
    assert_null(kernel_driver(&fake->kernel, 0));

    fake_port_free(fake);
}

// ---- a turn of the loop

static void without_work_the_chip_sleeps(void **state)
{
    (void)state;
    struct fake_port *fake = new_pair(FAULT_POLICY_STOP);
    fake_loop(fake, 2);
    assert_int_equal(fake->kernel.work, 0);
    fake_forget(fake);

    fake_loop(fake, 1);

    assert_int_equal(fake->sleeps, 1);
    assert_int_equal(fake->event_count, 1);
    assert_int_equal(fake->events[0].kind, EVENT_sleep);
    assert_int_equal(fake->events[0].process, NO_PROCESS);

    fake_port_free(fake);
}

static void interrupts_are_served_before_processes_run_and_before_sleep(void **state)
{
    (void)state;
    struct fake_port *fake = new_pair(FAULT_POLICY_STOP);
    fake->interrupt_pending = true;

    fake_loop(fake, 1);

    assert_int_equal(fake->interrupts_served, 1);
    assert_int_equal(fake->switches, 0);
    assert_int_equal(fake->event_count, 1);
    assert_int_equal(fake->events[0].kind, EVENT_kernel_work);
    assert_int_equal(fake->events[0].process, NO_PROCESS);
    fake_loop(fake, 2);
    fake->interrupt_pending = true;
    fake_loop(fake, 1);
    assert_int_equal(fake->interrupts_served, 2);
    assert_int_equal(fake->sleeps, 0);

    fake_port_free(fake);
}

static void a_new_process_runs_its_init_function(void **state)
{
    (void)state;
    struct fake_port *fake = fake_port_new(&(struct fake_setup){.processes = 1, .unstarted = true});
    const struct process *process = &fake->processes[0];

    fake_loop(fake, 1);

    const struct function_call *call = &fake->fakes[0].call;
    assert_int_equal(call->source, SOURCE_KERNEL);
    assert_int_equal(call->pc, process_flash_app(process));
    assert_int_equal(call->argument[1], process->memory_start);
    assert_int_equal(call->argument[2], process->memory_size);
    assert_int_equal(fake_last(fake, EVENT_upcall)->upcall.source, SOURCE_KERNEL);
    assert_int_equal(fake_last(fake, EVENT_context_switch)->context_switch.id, 0);
    assert_int_equal(process->state, PROCESS_YIELDED);
    assert_int_equal(fake->kernel.work, 0);

    fake_port_free(fake);
}

static void protection_and_timer_are_on_just_while_a_process_runs(void **state)
{
    (void)state;
    struct fake_port *fake = new_pair(FAULT_POLICY_STOP);

    fake_loop(fake, 1);

    assert_true(fake->was_enabled_in_process);
    assert_false(fake->is_enabled);
    assert_false(fake->timer_runs);
    assert_int_equal(fake->mpu.configured_for, fake->processes[0].id.identifier);

    fake_port_free(fake);
}

static void a_system_call_is_answered_in_the_same_timeslice(void **state)
{
    (void)state;
    struct fake_port *fake = new_pair(FAULT_POLICY_STOP);
    computes(fake, 0, 10);
    computes(fake, 0, 10);

    fake_loop(fake, 1);

    assert_int_equal(fake->fakes[0].answers, 2);
    assert_int_equal(fake->switches, 3);
    assert_int_equal(fake_count(fake, EVENT_schedule), 1);
    assert_int_equal(fake_last(fake, EVENT_stop)->stop.executed_us, 20);

    fake_port_free(fake);
}

// What is queued, oldest first; the kernel takes one task a step.
static void all_notifications_are_converted_before_the_first_upcall_runs(void **state)
{
    (void)state;
    struct fake_port *fake = new_pair(FAULT_POLICY_STOP);
    fake_call(fake, 0, SYSCALL_SUBSCRIBE, IPC_DRIVER_NUM, 0, fake_function(fake, 0, 0), 0);
    fake_call(fake, 1, SYSCALL_SUBSCRIBE, IPC_DRIVER_NUM, 0, 0, 0);
    fake_call(fake, 1, SYSCALL_COMMAND, IPC_DRIVER_NUM, IPC_COMMAND_NOTIFY_SERVICE, 0, 0);
    fake_call(fake, 1, SYSCALL_COMMAND, IPC_DRIVER_NUM, IPC_COMMAND_NOTIFY_SERVICE, 0, 0);
    fake_forget(fake);

    fake_loop(fake, 1);

    static const enum event_kind expected[] = {
        EVENT_schedule,      EVENT_poll,          EVENT_context_switch,
        EVENT_syscall, // yields
        EVENT_poll,          EVENT_ipc_dequeued,  EVENT_region_added,
        EVENT_upcall_queued, EVENT_ipc_converted, EVENT_poll,
        EVENT_ipc_dequeued,  EVENT_region_added,  EVENT_upcall_queued,
        EVENT_ipc_converted, EVENT_poll,          EVENT_upcall_dequeued,
        EVENT_upcall,        EVENT_poll,          EVENT_context_switch,
        EVENT_syscall,       EVENT_poll,          EVENT_upcall_dequeued,
        EVENT_upcall,        EVENT_poll,          EVENT_context_switch,
        EVENT_syscall,       EVENT_poll,          EVENT_stop,
    };
    assert_true(fake->event_count >= sizeof expected / sizeof expected[0]);
    for (uint32_t i = 0; i < sizeof expected / sizeof expected[0]; i++)
        assert_int_equal(fake->events[i].kind, expected[i]);
    assert_int_equal(fake->fakes[0].calls, 2);

    fake_port_free(fake);
}

static void events_are_numbered_without_gaps(void **state)
{
    (void)state;
    struct fake_port *fake = fake_port_new(&(struct fake_setup){.processes = 3, .unstarted = true});
    uint32_t seq = fake->kernel.event_seq;

    fake_loop(fake, 4);

    assert_true(fake->event_count > 10);
    for (uint32_t i = 0; i < fake->event_count; i++)
        assert_int_equal(fake->events[i].seq, seq + 1 + i);

    fake_port_free(fake);
}

// ---- traps

static void a_fault_is_seen_to_in_the_same_turn(void **state)
{
    (void)state;
    struct fake_port *fake = new_pair(FAULT_POLICY_STOP);
    fake_faults(fake, 0, 10);

    fake_loop(fake, 1);

    assert_int_equal(fake->processes[0].state, PROCESS_FAULTED);
    assert_int_equal(fake->processes[0].fault_cause, FAULT_CAUSE_EXPLICIT);
    assert_int_equal(fake_last(fake, EVENT_stop)->stop.reason, STOP_NO_WORK_LEFT);
    assert_int_equal(fake_last(fake, EVENT_stop)->stop.executed_us, 10);
    assert_int_equal(fake->processes[1].state, PROCESS_RUNNING);

    fake_port_free(fake);
}

static void a_process_that_restarts_goes_on_in_the_same_timeslice(void **state)
{
    (void)state;
    struct fake_port *fake = new_pair(FAULT_POLICY_RESTART);
    fake_faults(fake, 0, 4000);
    computes(fake, 0, 10);

    fake_loop(fake, 1);

    assert_int_equal(fake_count(fake, EVENT_schedule), 1);
    assert_int_equal(fake->processes[0].id.identifier, 2);
    assert_int_equal(fake->fakes[0].calls, 1);
    assert_int_equal(fake->fakes[0].answers, 1);
    assert_int_equal(fake->processes[0].state, PROCESS_YIELDED);
    assert_int_equal(fake_last(fake, EVENT_stop)->stop.executed_us, 4010);

    fake_port_free(fake);
}

static void an_interrupt_before_the_end_of_the_timeslice_is_no_expiration(void **state)
{
    (void)state;
    struct fake_port *fake = new_pair(FAULT_POLICY_STOP);
    fake_is_interrupted(fake, 0, 3000);

    fake_loop(fake, 1);

    assert_int_equal(fake->processes[0].timeslice_expirations, 0);
    assert_int_equal(fake_last(fake, EVENT_stop)->stop.reason, STOP_KERNEL_PREEMPTION);
    assert_int_equal(fake->processes[0].state, PROCESS_RUNNING);

    fake_port_free(fake);
}

// ---- halt

static void a_kernel_that_panicked_does_nothing_more(void **state)
{
    (void)state;
    struct fake_port *fake = new_pair(FAULT_POLICY_PANIC);
    fake_faults(fake, 0, 10);
    fake_loop(fake, 1);
    uint32_t seq = fake->kernel.event_seq;
    fake->interrupt_pending = true;

    fake_loop(fake, 5);

    assert_int_equal(fake->kernel.halt, KERNEL_PANICKED);
    assert_int_equal(fake->kernel.event_seq, seq);
    assert_int_equal(fake_last(fake, EVENT_panic)->seq, seq);
    assert_int_equal(fake->interrupts_served, 0);
    assert_int_equal(fake->switches, 1);

    fake_port_free(fake);
}

static void the_first_panic_stays(void **state)
{
    (void)state;
    struct fake_port *fake = new_pair(FAULT_POLICY_STOP);

    kernel_panic(&fake->kernel, PANIC_GRANT_REENTERED, 1);
    kernel_panic(&fake->kernel, PANIC_BAD_GRANT, 0);

    assert_int_equal(fake->kernel.panic_reason, PANIC_GRANT_REENTERED);
    assert_int_equal(fake->kernel.panic_process, 1);
    assert_int_equal(fake_count(fake, EVENT_panic), 1);

    fake_port_free(fake);
}

static void a_kernel_that_its_host_halted_does_nothing_more(void **state)
{
    (void)state;
    struct fake_port *fake = new_pair(FAULT_POLICY_STOP);
    fake->kernel.halt = KERNEL_HALTED;

    fake_loop(fake, 5);
    kernel_panic(&fake->kernel, PANIC_BAD_GRANT, 0);

    assert_int_equal(fake->event_count, 0);
    assert_int_equal(fake->kernel.halt, KERNEL_HALTED);

    fake_port_free(fake);
}

static void a_panic_while_a_notification_is_converted_is_the_last_event(void **state)
{
    (void)state;
    struct fake_port *fake = new_pair(FAULT_POLICY_STOP);
    fake_call(fake, 0, SYSCALL_COMMAND, IPC_DRIVER_NUM, IPC_COMMAND_NOTIFY_SERVICE, 0, 0);

    fake_loop(fake, 3);

    assert_int_equal(fake->kernel.panic_reason, PANIC_GRANT_REENTERED);
    assert_int_equal(fake_last(fake, EVENT_panic)->seq, fake->kernel.event_seq);
    assert_int_equal(fake_count(fake, EVENT_stop), 0);
    assert_int_equal(fake->switches, 1);

    fake_port_free(fake);
}

static void a_process_that_ended_must_never_be_scheduled(void **state)
{
    (void)state;
    struct fake_port *fake = new_pair(FAULT_POLICY_STOP);
    *task_queue_next(&fake->processes[0].tasks) = (struct task){.kind = TASK_IPC};
    assert_true(task_queue_push(&fake->processes[0].tasks));
    process_set_state(&fake->kernel, &fake->processes[0], PROCESS_FAULTED);

    fake_loop(fake, 1);

    assert_int_equal(fake->kernel.panic_reason, PANIC_FAULTY_SCHEDULED);
    assert_int_equal(fake->switches, 0);

    fake_port_free(fake);
}

// What a driver of a test's own was given to convert.
static struct {
    const struct syscall_driver *driver;
    const struct process *receiver;
    struct process_id from;
    uint32_t cause;
    uint32_t count;
} converted;

static void note_conversion(struct kernel *kernel, const struct syscall_driver *driver,
                            struct process *receiver, const struct ipc_task *task, uint32_t cause)
{
    (void)kernel;
    converted.driver = driver;
    converted.receiver = receiver;
    converted.from = task->from;
    converted.cause = cause;
    converted.count++;
}

static void a_task_is_converted_by_the_driver_that_queued_it(void **state)
{
    (void)state;
    struct fake_port *fake = new_pair(FAULT_POLICY_STOP);
    struct syscall_driver *driver = &fake->drivers[CAPSULE_GRANT_NUMBER];

    driver->convert = note_conversion;
    *task_queue_next(&fake->processes[0].tasks) =
        (struct task){.kind = TASK_IPC, .ipc = {.driver = driver, .from = fake->processes[1].id}};
    assert_int_equal(process_enqueue_task(&fake->kernel, &fake->processes[0]), ERROR_NONE);
    fake_calls(fake, 0, 1, SYSCALL_YIELD, YIELD_WAIT, 0);
    fake_loop(fake, 2);

    assert_int_equal(converted.count, 1);
    assert_ptr_equal(converted.driver, driver);
    assert_ptr_equal(converted.receiver, &fake->processes[0]);
    assert_int_equal(converted.from.index, 1);
    assert_int_equal(converted.cause, fake_last(fake, EVENT_ipc_queued)->seq);
    assert_int_equal(fake_count(fake, EVENT_ipc_converted), 0);

    fake_port_free(fake);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ready_processes_are_found_upwards_and_downwards),
        cmocka_unit_test(drivers_are_found_by_number),
        cmocka_unit_test(without_work_the_chip_sleeps),
        cmocka_unit_test(interrupts_are_served_before_processes_run_and_before_sleep),
        cmocka_unit_test(a_new_process_runs_its_init_function),
        cmocka_unit_test(protection_and_timer_are_on_just_while_a_process_runs),
        cmocka_unit_test(a_system_call_is_answered_in_the_same_timeslice),
        cmocka_unit_test(all_notifications_are_converted_before_the_first_upcall_runs),
        cmocka_unit_test(events_are_numbered_without_gaps),
        cmocka_unit_test(a_fault_is_seen_to_in_the_same_turn),
        cmocka_unit_test(a_process_that_restarts_goes_on_in_the_same_timeslice),
        cmocka_unit_test(an_interrupt_before_the_end_of_the_timeslice_is_no_expiration),
        cmocka_unit_test(a_kernel_that_panicked_does_nothing_more),
        cmocka_unit_test(the_first_panic_stays),
        cmocka_unit_test(a_kernel_that_its_host_halted_does_nothing_more),
        cmocka_unit_test(a_panic_while_a_notification_is_converted_is_the_last_event),
        cmocka_unit_test(a_process_that_ended_must_never_be_scheduled),
        cmocka_unit_test(a_task_is_converted_by_the_driver_that_queued_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
