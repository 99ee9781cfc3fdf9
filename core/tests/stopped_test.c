// SPDX-License-Identifier: Apache-2.0 OR MIT
// Processes that somebody stops and resumes, and those whose life ends while a call of theirs is
// being answered (Tock 2.1, kernel/src/process_standard.rs, kernel/src/kernel.rs).
#include "fake_port.h"

#include "../../tests/check.h"
#include "../syscall.h"

static struct fake_port *new_pair(enum scheduler_kind scheduler)
{
    return fake_port_new(&(struct fake_setup){.processes = 2,
                                              .scheduler = scheduler,
                                              .order = ORDER_INDEX,
                                              .fault_policy = {.kind = FAULT_POLICY_STOP}});
}

// Both yield: process 0 has a handler for process 1, which notifies it as often as told.
static struct fake_port *new_waiting_pair(enum scheduler_kind scheduler)
{
    struct fake_port *fake = new_pair(scheduler);

    fake_call(fake, 0, SYSCALL_SUBSCRIBE, IPC_DRIVER_NUM, 0, fake_function(fake, 0, 0), 0);
    fake_call(fake, 1, SYSCALL_SUBSCRIBE, IPC_DRIVER_NUM, 0, 0, 0);
    fake_loop(fake, 2);
    assert_int_equal(fake->kernel.work, 0);
    fake_forget(fake);
    return fake;
}

static struct syscall_return notify_first(struct fake_port *fake)
{
    return fake_call(fake, 1, SYSCALL_COMMAND, IPC_DRIVER_NUM, IPC_COMMAND_NOTIFY_SERVICE, 0, 0);
}

// ---- states

static void a_process_is_resumed_into_the_state_that_it_was_stopped_in(void **state)
{
    static const struct {
        enum process_state before;
        enum process_state stopped;
        uint32_t work; // of the two, when the other has yielded
    } cases[] = {{PROCESS_RUNNING, PROCESS_STOPPED_RUNNING, 1},
                 {PROCESS_YIELDED, PROCESS_STOPPED_YIELDED, 0}};

    (void)state;
    for (uint32_t i = 0; i < 2; i++) {
        struct fake_port *fake = new_waiting_pair(SCHEDULER_ROUND_ROBIN);
        struct process *process = &fake->processes[0];

        process_set_state(&fake->kernel, process, cases[i].before);
        process_stop(&fake->kernel, process);
        process_stop(&fake->kernel, process);
        assert_int_equal(process->state, cases[i].stopped);
        assert_int_equal(fake->kernel.work, 0);
        assert_true(process_is_active(process));
        assert_int_equal(fake_count(fake, EVENT_stopped), 1);

        process_resume(&fake->kernel, process);
        process_resume(&fake->kernel, process);
        assert_int_equal(process->state, cases[i].before);
        assert_int_equal(fake->kernel.work, cases[i].work);
        assert_int_equal(fake_last(fake, EVENT_resumed)->resumed.state, cases[i].before);
        assert_int_equal(fake_count(fake, EVENT_resumed), 1);
        fake_port_free(fake);
    }
}

static void a_process_that_never_ran_or_has_ended_cannot_be_stopped(void **state)
{
    static const enum process_state states[] = {PROCESS_UNSTARTED, PROCESS_FAULTED,
                                                PROCESS_TERMINATED};

    (void)state;
    for (uint32_t i = 0; i < 3; i++) {
        struct fake_port *fake = new_pair(SCHEDULER_ROUND_ROBIN);

        process_set_state(&fake->kernel, &fake->processes[0], states[i]);
        process_stop(&fake->kernel, &fake->processes[0]);
        process_resume(&fake->kernel, &fake->processes[0]);

        assert_int_equal(fake->processes[0].state, states[i]);
        assert_int_equal(fake->event_count, 0);
        fake_port_free(fake);
    }
}

static void a_stopped_process_can_be_ended_and_started_anew(void **state)
{
    struct fake_port *fake = new_waiting_pair(SCHEDULER_ROUND_ROBIN);
    struct process *process = &fake->processes[0];

    (void)state;
    process_stop(&fake->kernel, process);
    process_terminate(&fake->kernel, process, COMPLETION_NONE, 0);
    assert_int_equal(process->state, PROCESS_TERMINATED);
    process_resume(&fake->kernel, process);
    assert_int_equal(process->state, PROCESS_TERMINATED);
    process_restart(&fake->kernel, process, COMPLETION_NONE, 0);
    assert_int_equal(process->state, PROCESS_UNSTARTED);
    assert_int_equal(process->id.identifier, 2);

    fake_port_free(fake);
}

// ---- tasks

static void tasks_wait_until_it_is_resumed(void **state)
{
    struct fake_port *fake = new_waiting_pair(SCHEDULER_ROUND_ROBIN);

    (void)state;
    process_stop(&fake->kernel, &fake->processes[0]);
    assert_success(notify_first(fake));
    assert_success(notify_first(fake));
    fake_loop(fake, 6);
    assert_int_equal(task_queue_length(&fake->processes[0].tasks), 2);
    assert_int_equal(fake_count(fake, EVENT_ipc_converted), 0);

    process_resume(&fake->kernel, &fake->processes[0]);
    fake_loop(fake, 4);
    assert_int_equal(fake_count(fake, EVENT_ipc_converted), 2);
    assert_int_equal(fake->fakes[0].calls, 2);

    fake_port_free(fake);
}

static void its_ring_fills_up(void **state)
{
    struct fake_port *fake = new_waiting_pair(SCHEDULER_ROUND_ROBIN);

    (void)state;
    process_stop(&fake->kernel, &fake->processes[0]);
    for (uint32_t i = 0; i < TASK_SLOTS - 1; i++)
        assert_success(notify_first(fake));

    assert_failure(notify_first(fake), ERROR_NOMEM);
    assert_int_equal(fake->processes[0].dropped_upcalls, 1);

    fake_port_free(fake);
}

static void what_a_stopped_process_sent_is_delivered_and_its_buffer_shared(void **state)
{
    struct fake_port *fake = new_waiting_pair(SCHEDULER_ROUND_ROBIN);

    (void)state;
    fake_call(fake, 1, SYSCALL_ALLOW_RW, IPC_DRIVER_NUM, 0, fake_memory(fake, 1, 0), 64);
    assert_success(notify_first(fake));
    process_stop(&fake->kernel, &fake->processes[1]);

    fake_loop(fake, 4);

    assert_int_equal(fake_last(fake, EVENT_ipc_converted)->ipc_converted.result, GRANT_OK);
    assert_int_equal(fake->fakes[0].calls, 1);
    assert_int_equal(fake->fakes[0].call.argument[1], 64);

    fake_port_free(fake);
}

// ---- turns

static void its_turns_end_at_once_and_the_kernel_does_not_sleep(void **state)
{
    struct fake_port *fake = new_waiting_pair(SCHEDULER_ROUND_ROBIN);
    uint32_t switches;

    (void)state;
    process_stop(&fake->kernel, &fake->processes[0]);
    assert_success(notify_first(fake));
    fake_loop(fake, 2); // the other one yields again
    fake_forget(fake);
    switches = fake->switches;

    fake_loop(fake, 3);

    assert_int_equal(fake_count(fake, EVENT_schedule), 3);
    assert_int_equal(fake_last(fake, EVENT_stop)->stop.reason, STOP_STOPPED);
    assert_int_equal(fake_last(fake, EVENT_stop)->stop.executed_us, 0);
    assert_int_equal(fake->switches, switches);
    assert_int_equal(fake->sleeps, 0);

    fake_port_free(fake);
}

static void without_a_task_it_lets_the_kernel_sleep(void **state)
{
    struct fake_port *fake = new_waiting_pair(SCHEDULER_ROUND_ROBIN);

    (void)state;
    process_set_state(&fake->kernel, &fake->processes[0], PROCESS_RUNNING);
    process_stop(&fake->kernel, &fake->processes[0]);

    fake_loop(fake, 1);

    assert_int_equal(fake->sleeps, 1);
    assert_int_equal(fake_count(fake, EVENT_schedule), 0);

    fake_port_free(fake);
}

// The priority scheduler asks who is ready, not who may run.
static void of_higher_priority_it_starves_the_others(void **state)
{
    static const struct {
        enum scheduler_kind scheduler;
        uint32_t answers;
    } cases[] = {{SCHEDULER_PRIORITY, 0},
                 {SCHEDULER_ROUND_ROBIN, 1},
                 {SCHEDULER_COOPERATIVE, 1},
                 {SCHEDULER_MLFQ, 1}};

    (void)state;
    for (uint32_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct fake_port *fake = new_waiting_pair(cases[i].scheduler);
        uint32_t answers;

        process_stop(&fake->kernel, &fake->processes[0]);
        process_set_state(&fake->kernel, &fake->processes[1], PROCESS_RUNNING);
        assert_success(notify_first(fake));
        fake_calls(fake, 1, 10, SYSCALL_MEMOP, MEMOP_RAM_START, 0);
        answers = fake->fakes[1].answers;
        fake_loop(fake, 20);

        assert_int_equal(fake->fakes[1].answers - answers, cases[i].answers);
        fake_port_free(fake);
    }
}

// ---- while a call is being answered

static void (*act)(struct kernel *kernel, struct process *process);

static struct syscall_return command_that_acts(struct kernel *kernel,
                                               const struct syscall_driver *driver,
                                               struct process *process, uint32_t number, uint32_t a,
                                               uint32_t b)
{
    (void)driver, (void)number, (void)a, (void)b;
    act(kernel, process);
    return syscall_success_u32(7);
}

static void restart(struct kernel *kernel, struct process *process)
{
    process_restart(kernel, process, COMPLETION_NONE, 0);
}

static void terminate(struct kernel *kernel, struct process *process)
{
    process_terminate(kernel, process, COMPLETION_NONE, 0);
}

static struct fake_port *new_pair_whose_capsule(void (*acts)(struct kernel *, struct process *))
{
    struct fake_port *fake = new_pair(SCHEDULER_ROUND_ROBIN);

    act = acts;
    fake->drivers[CAPSULE_GRANT_NUMBER].command = command_that_acts;
    fake_calls(fake, 0, 10, SYSCALL_COMMAND, CAPSULE_DRIVER_NUM, 1);
    return fake;
}

static void a_process_stopped_by_a_capsule_gets_its_answer_and_does_not_go_on(void **state)
{
    struct fake_port *fake = new_pair_whose_capsule(process_stop);
    const struct process *process = &fake->processes[0];

    (void)state;
    fake_loop(fake, 1);

    assert_int_equal(process->state, PROCESS_STOPPED_RUNNING);
    assert_int_equal(fake->fakes[0].answers, 1);
    assert_int_equal(fake->switches, 1);
    assert_int_equal(fake_last(fake, EVENT_stop)->stop.reason, STOP_NO_WORK_LEFT);
    process_resume(&fake->kernel, &fake->processes[0]);
    fake_loop(fake, 2);
    assert_int_equal(process->state, PROCESS_YIELDED);

    fake_port_free(fake);
}

static void the_answer_to_a_life_that_is_over_goes_to_the_next_one(void **state)
{
    struct fake_port *fake = new_pair_whose_capsule(restart);
    const struct process *process = &fake->processes[0];

    (void)state;
    fake_loop(fake, 1);

    assert_int_equal(process->id.identifier, 2);
    assert_int_equal(fake->fakes[0].answers, 1);
    assert_int_equal(fake->fakes[0].call.source, SOURCE_KERNEL);
    assert_int_equal(fake_count(fake, EVENT_syscall_return), 1);
    assert_true(fake_last(fake, EVENT_syscall_return)->seq > fake_last(fake, EVENT_restarted)->seq);

    fake_port_free(fake);
}

// It cannot take it where its stack does not fit below its break: that is a fault of the new life.
static void a_new_life_that_cannot_take_the_answer_faults(void **state)
{
    struct fake_port *fake = new_pair_whose_capsule(restart);

    (void)state;
    fake->refuses_answer = true;
    fake_loop(fake, 1);

    assert_int_equal(fake->processes[0].state, PROCESS_FAULTED);
    assert_int_equal(fake->processes[0].fault_cause, FAULT_CAUSE_STACK_POINTER);
    assert_int_equal(fake->processes[0].restart_count, 1);

    fake_port_free(fake);
}

static void a_process_terminated_by_a_capsule_is_answered_and_not_run(void **state)
{
    struct fake_port *fake = new_pair_whose_capsule(terminate);

    (void)state;
    fake_loop(fake, 1);

    assert_int_equal(fake->processes[0].state, PROCESS_TERMINATED);
    assert_int_equal(fake_count(fake, EVENT_syscall_return), 1);
    assert_int_equal(fake->switches, 1);
    assert_int_equal(fake_last(fake, EVENT_stop)->stop.reason, STOP_NO_WORK_LEFT);

    fake_port_free(fake);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_process_is_resumed_into_the_state_that_it_was_stopped_in),
        cmocka_unit_test(a_process_that_never_ran_or_has_ended_cannot_be_stopped),
        cmocka_unit_test(a_stopped_process_can_be_ended_and_started_anew),
        cmocka_unit_test(tasks_wait_until_it_is_resumed),
        cmocka_unit_test(its_ring_fills_up),
        cmocka_unit_test(what_a_stopped_process_sent_is_delivered_and_its_buffer_shared),
        cmocka_unit_test(its_turns_end_at_once_and_the_kernel_does_not_sleep),
        cmocka_unit_test(without_a_task_it_lets_the_kernel_sleep),
        cmocka_unit_test(of_higher_priority_it_starves_the_others),
        cmocka_unit_test(a_process_stopped_by_a_capsule_gets_its_answer_and_does_not_go_on),
        cmocka_unit_test(the_answer_to_a_life_that_is_over_goes_to_the_next_one),
        cmocka_unit_test(a_new_life_that_cannot_take_the_answer_faults),
        cmocka_unit_test(a_process_terminated_by_a_capsule_is_answered_and_not_run),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
