// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "fake_port.h"

#include "../../tests/check.h"

enum { UNKNOWN_DRIVER_NUM = 0x777 };

static struct fake_port *new_pair(void)
{
    return fake_port_new(
        &(struct fake_setup){.processes = 2, .fault_policy = {.kind = FAULT_POLICY_STOP}});
}

// The same under other rules than those of 2.1.
static struct fake_port *new_pair_under(const struct kernel_rules *rules)
{
    return fake_port_new(&(struct fake_setup){
        .processes = 2, .fault_policy = {.kind = FAULT_POLICY_STOP}, .rules = rules});
}

static struct syscall_return subscribe(struct fake_port *fake, uint32_t driver, uint32_t number,
                                       uaddr fn, uint32_t userdata)
{
    return fake_call(fake, 0, SYSCALL_SUBSCRIBE, driver, number, fn, userdata);
}

static struct syscall_return allow_rw(struct fake_port *fake, uint32_t driver, uint32_t number,
                                      uaddr start, uint32_t size)
{
    return fake_call(fake, 0, SYSCALL_ALLOW_RW, driver, number, start, size);
}

static struct syscall_return allow_ro(struct fake_port *fake, uint32_t driver, uint32_t number,
                                      uaddr start, uint32_t size)
{
    return fake_call(fake, 0, SYSCALL_ALLOW_RO, driver, number, start, size);
}

static void queue_task(struct fake_port *fake, uint32_t index)
{
    struct process *process = &fake->processes[index];

    *task_queue_next(&process->tasks) =
        (struct task){.kind = TASK_IPC, .ipc = {.from = fake->processes[1].id}};
    assert_int_equal(process_enqueue_task(&fake->kernel, process), ERROR_NONE);
}

// ---- the record

static void a_call_and_its_answer_are_on_record(void **state)
{
    (void)state;
    struct fake_port *fake = new_pair();

    subscribe(fake, UNKNOWN_DRIVER_NUM, 3, 0, 5);

    const struct event *call = fake_last(fake, EVENT_syscall);
    const struct event *answer = fake_last(fake, EVENT_syscall_return);
    assert_int_equal(call->process, 0);
    assert_int_equal(call->syscall.id, 0);
    assert_int_equal(call->syscall.class, SYSCALL_SUBSCRIBE);
    assert_int_equal(call->syscall.r0, UNKNOWN_DRIVER_NUM);
    assert_int_equal(call->syscall.r1, 3);
    assert_int_equal(call->syscall.r2, 0);
    assert_int_equal(call->syscall.r3, 5);
    assert_int_equal(answer->process, 0);
    assert_int_equal(answer->syscall_return.variant, RETURN_FailureU32U32);
    assert_int_equal(answer->syscall_return.w1, ERROR_NOMEM);
    assert_int_equal(answer->syscall_return.w2, 0);
    assert_int_equal(answer->syscall_return.w3, 5);
    assert_int_equal(answer->syscall_return.cause, call->seq);
    assert_int_equal(fake->processes[0].syscalls, 1);

    fake_port_free(fake);
}

static void classes_beyond_the_last_are_faults(void **state)
{
    (void)state;
    static const uint32_t classes[] = {8, 9, 255, UINT32_MAX};

    for (uint32_t i = 0; i < sizeof classes / sizeof classes[0]; i++) {
        struct fake_port *fake = new_pair();

        struct syscall_return answer = fake_call(fake, 0, classes[i], 0, 0, 0, 0);

        assert_int_equal(answer.word[0], FAKE_NO_ANSWER);
        assert_int_equal(fake->processes[0].state, PROCESS_FAULTED);
        assert_int_equal(fake->processes[0].fault_cause, FAULT_CAUSE_SYSCALL);
        assert_int_equal(fake->processes[0].syscalls, 0);
        assert_int_equal(fake_count(fake, EVENT_syscall_return), 0);
        assert_int_equal(fake->processes[1].state, PROCESS_RUNNING);
        fake_port_free(fake);
    }
}

// ---- yield

static void yield_no_wait_without_a_task_says_so_and_goes_on(void **state)
{
    (void)state;
    struct fake_port *fake = new_pair();
    uaddr flag = fake_memory(fake, 0, 8);
    *fake_bytes(fake, flag) = 0xff;

    struct syscall_return answer = fake_call(fake, 0, SYSCALL_YIELD, YIELD_NO_WAIT, flag, 0, 0);

    assert_int_equal(answer.word[0], FAKE_NO_ANSWER);
    assert_int_equal(*fake_bytes(fake, flag), 0);
    assert_int_equal(fake->processes[0].state, PROCESS_RUNNING);
    assert_int_equal(fake_count(fake, EVENT_syscall_return), 0);

    fake_port_free(fake);
}

static void yield_no_wait_with_a_task_says_so_and_yields(void **state)
{
    (void)state;
    struct fake_port *fake = new_pair();
    uaddr flag = fake_memory(fake, 0, 8);
    *fake_bytes(fake, flag) = 0xff;
    queue_task(fake, 0);

    fake_call(fake, 0, SYSCALL_YIELD, YIELD_NO_WAIT, flag, 0, 0);

    assert_int_equal(*fake_bytes(fake, flag), 1);
    assert_int_equal(fake->processes[0].state, PROCESS_YIELDED);
    assert_int_equal(task_queue_length(&fake->processes[0].tasks), 1);

    fake_port_free(fake);
}

static void yield_wait_yields_and_sets_the_flag_to_1(void **state)
{
    (void)state;
    struct fake_port *fake = new_pair();
    uaddr flag = fake_memory(fake, 0, 8);

    fake_call(fake, 0, SYSCALL_YIELD, YIELD_WAIT, flag, 0, 0);

    assert_int_equal(*fake_bytes(fake, flag), 1);
    assert_int_equal(fake_last(fake, EVENT_byte_written)->byte_written.address, flag);
    assert_int_equal(fake->processes[0].state, PROCESS_YIELDED);
    assert_int_equal(fake->kernel.work, 1);

    fake_port_free(fake);
}

static void only_yield_no_wait_sets_the_flag_where_the_rules_say_so(void **state)
{
    (void)state;
    struct kernel_rules rules = kernel_rules_2_1;
    rules.yield_wait_writes_flag = false;
    struct fake_port *fake = new_pair_under(&rules);
    uaddr flag = fake_memory(fake, 0, 8);
    *fake_bytes(fake, flag) = 0xff;

    fake_call(fake, 0, SYSCALL_YIELD, YIELD_NO_WAIT, flag, 0, 0);
    assert_int_equal(*fake_bytes(fake, flag), 0);
    *fake_bytes(fake, flag) = 0xff;
    fake_call(fake, 0, SYSCALL_YIELD, YIELD_WAIT, flag, 0, 0);

    assert_int_equal(*fake_bytes(fake, flag), 0xff);
    assert_int_equal(fake->processes[0].state, PROCESS_YIELDED);

    fake_port_free(fake);
}

static void a_flag_outside_of_own_memory_is_ignored(void **state)
{
    (void)state;
    struct fake_port *fake = new_pair();
    uaddr others = fake_memory(fake, 1, 0);
    uaddr kernels = fake->processes[0].kernel_brk;

    fake_call(fake, 0, SYSCALL_YIELD, YIELD_WAIT, others, 0, 0);
    process_set_state(&fake->kernel, &fake->processes[0], PROCESS_RUNNING);
    fake_call(fake, 0, SYSCALL_YIELD, YIELD_WAIT, kernels, 0, 0);

    assert_int_equal(*fake_bytes(fake, others), 0);
    assert_int_equal(*fake_bytes(fake, kernels), 0);
    assert_int_equal(fake->processes[0].state, PROCESS_YIELDED);

    fake_port_free(fake);
}

static void other_yields_do_nothing_at_all(void **state)
{
    (void)state;
    struct fake_port *fake = new_pair();
    uaddr flag = fake_memory(fake, 0, 8);
    *fake_bytes(fake, flag) = 0xff;

    fake_call(fake, 0, SYSCALL_YIELD, 2, flag, 0, 0);
    fake_call(fake, 0, SYSCALL_YIELD, UINT32_MAX, flag, 0, 0);

    assert_int_equal(*fake_bytes(fake, flag), 0xff);
    assert_int_equal(fake->processes[0].state, PROCESS_RUNNING);
    assert_int_equal(fake->fakes[0].answers, 0);
    assert_int_equal(fake->processes[0].syscalls, 2);

    fake_port_free(fake);
}

// ---- subscribe

static void subscribe_gives_back_the_subscription_before(void **state)
{
    (void)state;
    struct fake_port *fake = new_pair();
    uaddr fn = fake_function(fake, 0, 0);

    assert_answer(subscribe(fake, IPC_DRIVER_NUM, 1, fn, 5), RETURN_SuccessU32U32, 0, 0, 0);
    assert_answer(subscribe(fake, IPC_DRIVER_NUM, 1, 0, 6), RETURN_SuccessU32U32, fn, 5, 0);
    assert_answer(subscribe(fake, IPC_DRIVER_NUM, 1, fn, 7), RETURN_SuccessU32U32, 0, 6, 0);

    fake_port_free(fake);
}

static void subscriptions_are_apart_by_driver_and_number(void **state)
{
    (void)state;
    struct fake_port *fake = new_pair();
    uaddr fn = fake_function(fake, 0, 0);
    subscribe(fake, IPC_DRIVER_NUM, 0, fn, 5);

    assert_answer(subscribe(fake, IPC_DRIVER_NUM, 1, fn, 6), RETURN_SuccessU32U32, 0, 0, 0);
    assert_answer(subscribe(fake, CAPSULE_DRIVER_NUM, 0, fn, 7), RETURN_SuccessU32U32, 0, 0, 0);
    assert_answer(subscribe(fake, IPC_DRIVER_NUM, 0, fn, 8), RETURN_SuccessU32U32, fn, 5, 0);

    fake_port_free(fake);
}

static void a_function_lies_in_own_flash_or_memory(void **state)
{
    (void)state;
    struct fake_port *fake = new_pair();
    const struct process *process = &fake->processes[0];
    const uaddr good[] = {process_flash_app(process), process_flash_end(process) - 4,
                          process->memory_start, process->app_brk - 4};
    const uaddr bad[] = {process->flash_start,
                         process_flash_app(process) - 1,
                         process_flash_end(process) - 3,
                         process->app_brk - 3,
                         process->kernel_brk,
                         fake->processes[1].memory_start,
                         1,
                         UINT32_MAX};

    for (uint32_t i = 0; i < sizeof good / sizeof good[0]; i++)
        assert_int_equal(subscribe(fake, IPC_DRIVER_NUM, 0, good[i], 5).word[0],
                         RETURN_SuccessU32U32);
    for (uint32_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_answer(subscribe(fake, IPC_DRIVER_NUM, 0, bad[i], 6), RETURN_FailureU32U32,
                      ERROR_INVAL, bad[i], 6);

    assert_answer(subscribe(fake, IPC_DRIVER_NUM, 0, 0, 0), RETURN_SuccessU32U32,
                  process->app_brk - 4, 5, 0);

    fake_port_free(fake);
}

static void a_bad_function_is_refused_before_anything_is_allocated(void **state)
{
    (void)state;
    struct fake_port *fake = new_pair();

    subscribe(fake, IPC_DRIVER_NUM, 0, 1, 0);

    assert_int_equal(grant_count_allocated(&fake->kernel, &fake->processes[0]), 0);

    fake_port_free(fake);
}

static void a_subscribe_number_beyond_the_last_is_invalid_but_allocates(void **state)
{
    (void)state;
    struct fake_port *fake = new_pair();

    struct syscall_return answer = subscribe(fake, IPC_DRIVER_NUM, 2, 0, 9);

    assert_answer(answer, RETURN_FailureU32U32, ERROR_INVAL, 0, 9);
    assert_int_equal(grant_count_allocated(&fake->kernel, &fake->processes[0]), 1);

    fake_port_free(fake);
}

static void a_failed_subscribe_leaves_queued_upcalls(void **state)
{
    (void)state;
    struct fake_port *fake = new_pair();
    uaddr fn = fake_function(fake, 0, 0);
    subscribe(fake, CAPSULE_DRIVER_NUM, 0, fn, 5);
    fake_call(fake, 0, SYSCALL_COMMAND, CAPSULE_DRIVER_NUM, 1, 0, 0);

    subscribe(fake, CAPSULE_DRIVER_NUM, 0, 1, 5);
    assert_int_equal(task_queue_length(&fake->processes[0].tasks), 1);
    subscribe(fake, CAPSULE_DRIVER_NUM, 1, fn, 5);
    assert_int_equal(task_queue_length(&fake->processes[0].tasks), 1);
    subscribe(fake, CAPSULE_DRIVER_NUM, 0, fn, 5);

    assert_true(task_queue_is_empty(&fake->processes[0].tasks));

    fake_port_free(fake);
}

// ---- allow

static void allow_gives_back_the_buffer_before(void **state)
{
    (void)state;
    struct fake_port *fake = new_pair();
    uaddr start = fake_memory(fake, 0, 0);

    assert_answer(allow_rw(fake, IPC_DRIVER_NUM, 1, start, 16), RETURN_SuccessU32U32, 0, 0, 0);
    assert_answer(allow_rw(fake, IPC_DRIVER_NUM, 1, start + 16, 8), RETURN_SuccessU32U32, start, 16,
                  0);
    assert_answer(allow_rw(fake, IPC_DRIVER_NUM, 1, 0, 0), RETURN_SuccessU32U32, start + 16, 8, 0);
    assert_answer(allow_ro(fake, IPC_DRIVER_NUM, 0, start, 4), RETURN_SuccessU32U32, 0, 0, 0);
    assert_answer(allow_ro(fake, IPC_DRIVER_NUM, 0, 0, 0), RETURN_SuccessU32U32, start, 4, 0);

    fake_port_free(fake);
}

static void a_buffer_of_no_bytes_keeps_its_pointer(void **state)
{
    (void)state;
    struct fake_port *fake = new_pair();

    assert_answer(allow_rw(fake, IPC_DRIVER_NUM, 0, 0xdeadbeef, 0), RETURN_SuccessU32U32, 0, 0, 0);

    assert_answer(allow_rw(fake, IPC_DRIVER_NUM, 0, 0, 0), RETURN_SuccessU32U32, 0xdeadbeef, 0, 0);

    fake_port_free(fake);
}

static void buffers_may_overlap(void **state)
{
    (void)state;
    struct fake_port *fake = new_pair();
    uaddr start = fake_memory(fake, 0, 0);

    assert_answer(allow_rw(fake, IPC_DRIVER_NUM, 0, start, 16), RETURN_SuccessU32U32, 0, 0, 0);
    assert_answer(allow_rw(fake, IPC_DRIVER_NUM, 1, start, 16), RETURN_SuccessU32U32, 0, 0, 0);
    assert_answer(allow_ro(fake, IPC_DRIVER_NUM, 0, start + 8, 16), RETURN_SuccessU32U32, 0, 0, 0);

    fake_port_free(fake);
}

static void a_buffer_that_is_not_the_processs_own_is_refused_with_its_words(void **state)
{
    (void)state;
    struct fake_port *fake = new_pair();
    uaddr others = fake_memory(fake, 1, 0);
    uaddr brk = fake->processes[0].app_brk;

    assert_answer(allow_rw(fake, IPC_DRIVER_NUM, 0, others, 4), RETURN_FailureU32U32, ERROR_INVAL,
                  others, 4);
    assert_answer(allow_ro(fake, IPC_DRIVER_NUM, 0, brk - 1, 2), RETURN_FailureU32U32, ERROR_INVAL,
                  brk - 1, 2);
    assert_answer(allow_rw(fake, IPC_DRIVER_NUM, 0, fake_function(fake, 0, 0), 4),
                  RETURN_FailureU32U32, ERROR_INVAL, fake_function(fake, 0, 0), 4);
    assert_answer(allow_rw(fake, UNKNOWN_DRIVER_NUM, 0, others, 4), RETURN_FailureU32U32,
                  ERROR_INVAL, others, 4);

    assert_int_equal(grant_count_allocated(&fake->kernel, &fake->processes[0]), 0);

    fake_port_free(fake);
}

static void what_a_number_beyond_the_last_is_answered_is_up_to_the_rules(void **state)
{
    (void)state;
    struct kernel_rules rules = kernel_rules_2_1;
    rules.no_such_slot = ERROR_NOSUPPORT;
    struct fake_port *fake = new_pair_under(&rules);
    uaddr start = fake_memory(fake, 0, 0);
    uaddr fn = fake_function(fake, 0, 0);

    assert_answer(subscribe(fake, IPC_DRIVER_NUM, 2, fn, 9), RETURN_FailureU32U32, ERROR_NOSUPPORT,
                  fn, 9);
    assert_answer(allow_rw(fake, IPC_DRIVER_NUM, 2, start, 16), RETURN_FailureU32U32,
                  ERROR_NOSUPPORT, start, 16);
    assert_answer(allow_ro(fake, IPC_DRIVER_NUM, 1, start, 32), RETURN_FailureU32U32,
                  ERROR_NOSUPPORT, start, 32);

    fake_port_free(fake);
}

static void a_slot_beyond_the_last_is_invalid_but_raises_the_high_water_mark(void **state)
{
    (void)state;
    struct fake_port *fake = new_pair();
    uaddr start = fake_memory(fake, 0, 0);

    assert_answer(allow_rw(fake, IPC_DRIVER_NUM, 2, start, 16), RETURN_FailureU32U32, ERROR_INVAL,
                  start, 16);
    assert_answer(allow_ro(fake, IPC_DRIVER_NUM, 1, start, 32), RETURN_FailureU32U32, ERROR_INVAL,
                  start, 32);

    assert_int_equal(fake->processes[0].allow_high_water_mark, start + 32);

    fake_port_free(fake);
}

static void an_unknown_driver_is_nomem_for_subscribe_and_allow(void **state)
{
    (void)state;
    struct fake_port *fake = new_pair();
    uaddr start = fake_memory(fake, 0, 0);

    assert_answer(subscribe(fake, UNKNOWN_DRIVER_NUM, 0, 0, 1), RETURN_FailureU32U32, ERROR_NOMEM,
                  0, 1);
    assert_answer(allow_rw(fake, UNKNOWN_DRIVER_NUM, 0, start, 4), RETURN_FailureU32U32,
                  ERROR_NOMEM, start, 4);
    assert_answer(allow_ro(fake, UNKNOWN_DRIVER_NUM, 0, start, 4), RETURN_FailureU32U32,
                  ERROR_NOMEM, start, 4);

    assert_int_equal(grant_count_allocated(&fake->kernel, &fake->processes[0]), 0);

    fake_port_free(fake);
}

static void without_room_for_a_grant_subscribe_and_allow_are_nomem(void **state)
{
    (void)state;
    struct fake_port *fake = new_pair();
    struct process *process = &fake->processes[0];
    uaddr start = fake_memory(fake, 0, 0);
    assert_true(process_brk(&fake->kernel, process, process->kernel_brk));

    assert_answer(subscribe(fake, IPC_DRIVER_NUM, 0, 0, 1), RETURN_FailureU32U32, ERROR_NOMEM, 0,
                  1);
    assert_answer(allow_rw(fake, IPC_DRIVER_NUM, 0, start, 4), RETURN_FailureU32U32, ERROR_NOMEM,
                  start, 4);
    assert_answer(allow_ro(fake, IPC_DRIVER_NUM, 0, start, 4), RETURN_FailureU32U32, ERROR_NOMEM,
                  start, 4);

    assert_int_equal(process->kernel_brk, process->app_brk);
    assert_int_equal(process->allow_high_water_mark, start + 4);

    fake_port_free(fake);
}

static void userspace_readable_allow_is_supported_by_nobody(void **state)
{
    (void)state;
    struct fake_port *fake = new_pair();
    uaddr start = fake_memory(fake, 0, 0);
    uaddr others = fake_memory(fake, 1, 0);

    assert_answer(fake_call(fake, 0, SYSCALL_ALLOW_UR, IPC_DRIVER_NUM, 0, start, 8),
                  RETURN_FailureU32U32, ERROR_NOSUPPORT, start, 8);
    assert_int_equal(fake->processes[0].allow_high_water_mark, start + 8);
    assert_answer(fake_call(fake, 0, SYSCALL_ALLOW_UR, IPC_DRIVER_NUM, 0, others, 8),
                  RETURN_FailureU32U32, ERROR_INVAL, others, 8);
    assert_answer(fake_call(fake, 0, SYSCALL_ALLOW_UR, UNKNOWN_DRIVER_NUM, 0, others, 8),
                  RETURN_FailureU32U32, ERROR_NODEVICE, others, 8);

    assert_int_equal(grant_count_allocated(&fake->kernel, &fake->processes[0]), 0);

    fake_port_free(fake);
}

// ---- command

static void a_command_reaches_the_driver_of_its_number(void **state)
{
    (void)state;
    struct fake_port *fake = new_pair();

    assert_success(fake_call(fake, 0, SYSCALL_COMMAND, CAPSULE_DRIVER_NUM, 0, 0, 0));
    assert_failure(fake_call(fake, 0, SYSCALL_COMMAND, CAPSULE_DRIVER_NUM, 9, 0, 0),
                   ERROR_NOSUPPORT);

    fake_port_free(fake);
}

static void a_command_to_an_unknown_driver_finds_no_device(void **state)
{
    (void)state;
    struct fake_port *fake = new_pair();

    assert_failure(fake_call(fake, 0, SYSCALL_COMMAND, UNKNOWN_DRIVER_NUM, 0, 0, 0),
                   ERROR_NODEVICE);

    fake_port_free(fake);
}

// ---- exit

static void exit_terminate_ends_the_process_with_its_code(void **state)
{
    (void)state;
    struct fake_port *fake = new_pair();

    struct syscall_return answer = fake_call(fake, 0, SYSCALL_EXIT, EXIT_TERMINATE, 33, 0, 0);

    assert_int_equal(answer.word[0], FAKE_NO_ANSWER);
    assert_int_equal(fake->processes[0].state, PROCESS_TERMINATED);
    assert_int_equal(fake->processes[0].completion, COMPLETION_CODE);
    assert_int_equal(fake->processes[0].completion_code, 33);
    assert_int_equal(fake->processes[1].completion, COMPLETION_NEVER);
    assert_int_equal(fake_count(fake, EVENT_syscall_return), 0);

    fake_port_free(fake);
}

static void exit_restart_restarts_whatever_the_fault_policy(void **state)
{
    (void)state;
    struct fake_port *fake = new_pair();

    fake_call(fake, 0, SYSCALL_EXIT, EXIT_RESTART, 34, 0, 0);

    assert_int_equal(fake->processes[0].state, PROCESS_UNSTARTED);
    assert_int_equal(fake->processes[0].id.identifier, 2);
    assert_int_equal(fake->processes[0].completion_code, 34);
    assert_int_equal(fake->fakes[0].answers, 0);

    fake_port_free(fake);
}

static void other_exits_are_not_supported(void **state)
{
    (void)state;
    struct fake_port *fake = new_pair();

    assert_failure(fake_call(fake, 0, SYSCALL_EXIT, 2, 0, 0, 0), ERROR_NOSUPPORT);

    assert_int_equal(fake->processes[0].state, PROCESS_RUNNING);

    fake_port_free(fake);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_call_and_its_answer_are_on_record),
        cmocka_unit_test(classes_beyond_the_last_are_faults),
        cmocka_unit_test(yield_no_wait_without_a_task_says_so_and_goes_on),
        cmocka_unit_test(yield_no_wait_with_a_task_says_so_and_yields),
        cmocka_unit_test(yield_wait_yields_and_sets_the_flag_to_1),
        cmocka_unit_test(only_yield_no_wait_sets_the_flag_where_the_rules_say_so),
        cmocka_unit_test(a_flag_outside_of_own_memory_is_ignored),
        cmocka_unit_test(other_yields_do_nothing_at_all),
        cmocka_unit_test(subscribe_gives_back_the_subscription_before),
        cmocka_unit_test(subscriptions_are_apart_by_driver_and_number),
        cmocka_unit_test(a_function_lies_in_own_flash_or_memory),
        cmocka_unit_test(a_bad_function_is_refused_before_anything_is_allocated),
        cmocka_unit_test(a_subscribe_number_beyond_the_last_is_invalid_but_allocates),
        cmocka_unit_test(a_failed_subscribe_leaves_queued_upcalls),
        cmocka_unit_test(allow_gives_back_the_buffer_before),
        cmocka_unit_test(a_buffer_of_no_bytes_keeps_its_pointer),
        cmocka_unit_test(buffers_may_overlap),
        cmocka_unit_test(a_buffer_that_is_not_the_processs_own_is_refused_with_its_words),
        cmocka_unit_test(a_slot_beyond_the_last_is_invalid_but_raises_the_high_water_mark),
        cmocka_unit_test(what_a_number_beyond_the_last_is_answered_is_up_to_the_rules),
        cmocka_unit_test(an_unknown_driver_is_nomem_for_subscribe_and_allow),
        cmocka_unit_test(without_room_for_a_grant_subscribe_and_allow_are_nomem),
        cmocka_unit_test(userspace_readable_allow_is_supported_by_nobody),
        cmocka_unit_test(a_command_reaches_the_driver_of_its_number),
        cmocka_unit_test(a_command_to_an_unknown_driver_finds_no_device),
        cmocka_unit_test(exit_terminate_ends_the_process_with_its_code),
        cmocka_unit_test(exit_restart_restarts_whatever_the_fault_policy),
        cmocka_unit_test(other_exits_are_not_supported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
