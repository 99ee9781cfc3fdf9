// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "fake_port.h"

#include "../../tests/check.h"

static struct fake_port *new_fake(enum scheduler_kind scheduler, enum scheduler_order order,
                                  uint32_t processes)
{
    return fake_port_new(&(struct fake_setup){.processes = processes,
                                              .scheduler = scheduler,
                                              .order = order,
                                              .fault_policy = {.kind = FAULT_POLICY_STOP}});
}

// The process computes for so long, then calls the kernel for nothing.
static void computes(struct fake_port *fake, uint32_t index, uint32_t us)
{
    fake_calls(fake, index, us, SYSCALL_MEMOP, MEMOP_RAM_START, 0);
}

static void yields(struct fake_port *fake, uint32_t index, uint32_t us)
{
    fake_calls(fake, index, us, SYSCALL_YIELD, YIELD_WAIT, 0);
}

static void notifies(struct fake_port *fake, uint32_t index, uint32_t us, uint32_t target)
{
    fake_calls(fake, index, us, SYSCALL_COMMAND, IPC_DRIVER_NUM, IPC_COMMAND_NOTIFY_SERVICE);
    fake->fakes[index].actions[fake->fakes[index].action_count - 1].trap.r[2] = target;
}

// The n-th decision of the scheduler.
static void assert_scheduled(const struct fake_port *fake, uint32_t n, uint32_t index,
                             uint32_t timeslice_us)
{
    const struct event *event = fake_event(fake, EVENT_schedule, n);

    assert_non_null(event);
    assert_int_equal(event->process, index);
    assert_int_equal(event->schedule.timeslice_us, timeslice_us);
}

// How the n-th of them ended.
static void assert_stopped(const struct fake_port *fake, uint32_t n, enum stop_reason reason,
                           uint32_t executed_us)
{
    const struct event *event = fake_event(fake, EVENT_stop, n);

    assert_non_null(event);
    assert_int_equal(event->stop.reason, reason);
    assert_int_equal(event->stop.executed_us, executed_us);
}

// ---- round robin

static void round_robin_of_a_board_begins_with_the_highest_index(void **state)
{
    (void)state;
    struct fake_port *fake = new_fake(SCHEDULER_ROUND_ROBIN, ORDER_COMPONENT, 3);

    fake_loop(fake, 3);

    assert_scheduled(fake, 0, 2, 10000);
    assert_scheduled(fake, 1, 1, 10000);
    assert_scheduled(fake, 2, 0, 10000);

    fake_port_free(fake);
}

static void round_robin_by_index_begins_with_the_lowest(void **state)
{
    (void)state;
    struct fake_port *fake = new_fake(SCHEDULER_ROUND_ROBIN, ORDER_INDEX, 3);

    fake_loop(fake, 3);

    for (uint32_t i = 0; i < 3; i++)
        assert_scheduled(fake, i, i, 10000);

    fake_port_free(fake);
}

static void who_uses_up_its_timeslice_goes_to_the_tail(void **state)
{
    (void)state;
    struct fake_port *fake = new_fake(SCHEDULER_ROUND_ROBIN, ORDER_INDEX, 2);
    computes(fake, 0, 25000);
    computes(fake, 1, 15000);

    fake_loop(fake, 5);

    static const uint32_t expected[] = {0, 1, 0, 1, 0};
    for (uint32_t i = 0; i < 5; i++)
        assert_scheduled(fake, i, expected[i], 10000);
    assert_stopped(fake, 0, STOP_TIMESLICE_EXPIRED, 10000);
    assert_stopped(fake, 3, STOP_NO_WORK_LEFT, 5000);
    assert_int_equal(fake->processes[0].timeslice_expirations, 2);
    assert_int_equal(fake->processes[1].timeslice_expirations, 1);

    fake_port_free(fake);
}

static void who_has_nothing_to_do_is_passed_over(void **state)
{
    (void)state;
    struct fake_port *fake = new_fake(SCHEDULER_ROUND_ROBIN, ORDER_INDEX, 3);
    computes(fake, 0, 15000);
    computes(fake, 2, 15000);

    fake_loop(fake, 5);

    static const uint32_t expected[] = {0, 1, 2, 0, 2};
    for (uint32_t i = 0; i < 5; i++)
        assert_scheduled(fake, i, expected[i], 10000);

    fake_port_free(fake);
}

static void who_an_interrupt_stopped_goes_on_with_the_rest_of_its_timeslice(void **state)
{
    (void)state;
    struct fake_port *fake = new_fake(SCHEDULER_ROUND_ROBIN, ORDER_INDEX, 2);
    fake_is_interrupted(fake, 0, 4000);
    fake_is_interrupted(fake, 0, 1000);
    computes(fake, 0, 9000);

    fake_loop(fake, 6);

    assert_scheduled(fake, 0, 0, 10000);
    assert_stopped(fake, 0, STOP_KERNEL_PREEMPTION, 4000);
    assert_scheduled(fake, 1, 0, 6000);
    assert_stopped(fake, 1, STOP_KERNEL_PREEMPTION, 1000);
    assert_scheduled(fake, 2, 0, 5000);
    assert_stopped(fake, 2, STOP_TIMESLICE_EXPIRED, 5000);
    assert_scheduled(fake, 3, 1, 10000);
    assert_int_equal(fake->interrupts_served, 2);

    fake_port_free(fake);
}

// The check for an interrupt comes before the check for work.
static void who_yields_into_an_interrupt_leaves_its_rest_to_the_next(void **state)
{
    (void)state;
    struct fake_port *fake = new_fake(SCHEDULER_ROUND_ROBIN, ORDER_INDEX, 2);
    yields(fake, 0, 4000);
    fake_interrupts_too(fake, 0);

    fake_loop(fake, 3);

    assert_stopped(fake, 0, STOP_KERNEL_PREEMPTION, 4000);
    assert_int_equal(fake->processes[0].state, PROCESS_YIELDED);
    assert_scheduled(fake, 1, 1, 6000);

    fake_port_free(fake);
}

static void a_timeslice_with_500_us_left_counts_as_used_up(void **state)
{
    (void)state;
    struct fake_port *fake = new_fake(SCHEDULER_ROUND_ROBIN, ORDER_INDEX, 2);
    computes(fake, 0, 9500);
    computes(fake, 1, 9499);
    computes(fake, 1, 100);

    fake_loop(fake, 2);

    assert_stopped(fake, 0, STOP_TIMESLICE_EXPIRED, 10000);
    assert_stopped(fake, 1, STOP_TIMESLICE_EXPIRED, 10000);
    assert_int_equal(fake->switches, 1 + 2);
    assert_int_equal(fake->processes[0].timeslice_expirations, 1);
    assert_int_equal(fake->processes[1].timeslice_expirations, 1);

    fake_port_free(fake);
}

static void a_rest_of_500_us_or_less_is_used_up_without_running(void **state)
{
    (void)state;
    struct fake_port *fake = new_fake(SCHEDULER_ROUND_ROBIN, ORDER_INDEX, 2);
    fake_is_interrupted(fake, 0, 9499);
    fake_is_interrupted(fake, 0, 1);

    fake_loop(fake, 3);
    assert_scheduled(fake, 1, 0, 501);
    assert_stopped(fake, 1, STOP_TIMESLICE_EXPIRED, 501);
    fake_loop(fake, 2);

    assert_scheduled(fake, 2, 1, 10000);
    assert_int_equal(fake->interrupts_served, 2);

    fake_port_free(fake);
}

// ---- cooperative

static void a_cooperative_process_runs_until_it_yields(void **state)
{
    (void)state;
    struct fake_port *fake = new_fake(SCHEDULER_COOPERATIVE, ORDER_COMPONENT, 2);
    computes(fake, 1, 70000);
    computes(fake, 1, 70000);
    computes(fake, 0, 10);

    fake_loop(fake, 2);

    assert_scheduled(fake, 0, 1, NO_TIMESLICE);
    assert_stopped(fake, 0, STOP_NO_WORK_LEFT, NO_TIMESLICE);
    assert_scheduled(fake, 1, 0, NO_TIMESLICE);
    assert_int_equal(fake->now_us, 140010);
    assert_int_equal(fake->processes[1].timeslice_expirations, 0);

    fake_port_free(fake);
}

static void a_cooperative_process_that_an_interrupt_stopped_goes_on(void **state)
{
    (void)state;
    struct fake_port *fake = new_fake(SCHEDULER_COOPERATIVE, ORDER_INDEX, 2);
    fake_is_interrupted(fake, 0, 70000);

    fake_loop(fake, 4);

    assert_stopped(fake, 0, STOP_KERNEL_PREEMPTION, NO_TIMESLICE);
    assert_scheduled(fake, 1, 0, NO_TIMESLICE);
    assert_scheduled(fake, 2, 1, NO_TIMESLICE);

    fake_port_free(fake);
}

// ---- priority

static void priority_runs_the_lowest_index_that_is_ready(void **state)
{
    (void)state;
    struct fake_port *fake = new_fake(SCHEDULER_PRIORITY, ORDER_COMPONENT, 3);
    computes(fake, 1, 70000);

    fake_loop(fake, 3);

    for (uint32_t i = 0; i < 3; i++)
        assert_scheduled(fake, i, i, NO_TIMESLICE);
    assert_int_equal(fake_count(fake, EVENT_stop), 3);

    fake_port_free(fake);
}

static void priority_gives_way_to_a_lower_index_that_becomes_ready(void **state)
{
    (void)state;
    struct fake_port *fake = new_fake(SCHEDULER_PRIORITY, ORDER_INDEX, 3);
    notifies(fake, 1, 0, 0);
    computes(fake, 1, 5);

    fake_loop(fake, 4);

    assert_scheduled(fake, 0, 0, NO_TIMESLICE);
    assert_scheduled(fake, 1, 1, NO_TIMESLICE);
    assert_stopped(fake, 1, STOP_KERNEL_PREEMPTION, NO_TIMESLICE);
    assert_scheduled(fake, 2, 0, NO_TIMESLICE);
    assert_stopped(fake, 2, STOP_NO_WORK_LEFT, NO_TIMESLICE);
    assert_scheduled(fake, 3, 1, NO_TIMESLICE);

    fake_port_free(fake);
}

static void priority_does_not_give_way_to_a_higher_index(void **state)
{
    (void)state;
    struct fake_port *fake = new_fake(SCHEDULER_PRIORITY, ORDER_INDEX, 2);
    process_set_state(&fake->kernel, &fake->processes[1], PROCESS_YIELDED);
    notifies(fake, 0, 0, 1);
    computes(fake, 0, 5);

    fake_loop(fake, 2);

    assert_stopped(fake, 0, STOP_NO_WORK_LEFT, NO_TIMESLICE);
    assert_int_equal(fake->now_us, 5);
    assert_scheduled(fake, 1, 1, NO_TIMESLICE);

    fake_port_free(fake);
}

static void priority_gives_way_to_interrupts(void **state)
{
    (void)state;
    struct fake_port *fake = new_fake(SCHEDULER_PRIORITY, ORDER_INDEX, 1);
    fake_is_interrupted(fake, 0, 10);

    fake_loop(fake, 3);

    assert_stopped(fake, 0, STOP_KERNEL_PREEMPTION, NO_TIMESLICE);
    assert_int_equal(fake->interrupts_served, 1);
    assert_scheduled(fake, 1, 0, NO_TIMESLICE);

    fake_port_free(fake);
}

// ---- multi-level feedback queues

static void mlfq_of_a_board_begins_with_the_highest_index(void **state)
{
    (void)state;
    struct fake_port *fake = new_fake(SCHEDULER_MLFQ, ORDER_COMPONENT, 3);

    fake_loop(fake, 3);

    for (uint32_t i = 0; i < 3; i++)
        assert_scheduled(fake, i, 2 - i, 10000);

    fake_port_free(fake);
}

static void who_uses_up_its_timeslice_goes_down_a_queue(void **state)
{
    (void)state;
    struct fake_port *fake = new_fake(SCHEDULER_MLFQ, ORDER_INDEX, 1);
    computes(fake, 0, 150000);

    fake_loop(fake, 4);

    assert_scheduled(fake, 0, 0, 10000);
    assert_scheduled(fake, 1, 0, 20000);
    assert_scheduled(fake, 2, 0, 50000);
    assert_scheduled(fake, 3, 0, 50000);
    assert_stopped(fake, 3, STOP_TIMESLICE_EXPIRED, 50000);

    fake_port_free(fake);
}

static void a_higher_queue_comes_first(void **state)
{
    (void)state;
    struct fake_port *fake = new_fake(SCHEDULER_MLFQ, ORDER_INDEX, 2);
    computes(fake, 0, 15000);
    notifies(fake, 1, 1000, 0);
    computes(fake, 1, 15000);

    fake_loop(fake, 4);

    assert_scheduled(fake, 0, 0, 10000);
    assert_scheduled(fake, 1, 1, 10000);
    assert_stopped(fake, 1, STOP_TIMESLICE_EXPIRED, 10000);
    assert_scheduled(fake, 2, 0, 20000);
    assert_stopped(fake, 2, STOP_NO_WORK_LEFT, 5000);
    assert_scheduled(fake, 3, 1, 20000);

    fake_port_free(fake);
}

// The kernel keeps the time that a process did not use where it means to keep the time
// that it did use. The shorter its turn, the shorter the next.
static void who_used_little_of_its_timeslice_gets_little_next(void **state)
{
    (void)state;
    struct fake_port *fake = new_fake(SCHEDULER_MLFQ, ORDER_INDEX, 2);
    yields(fake, 0, 3000);
    notifies(fake, 1, 0, 0);

    fake_loop(fake, 3);

    assert_stopped(fake, 0, STOP_NO_WORK_LEFT, 3000);
    assert_scheduled(fake, 2, 0, 3000);

    fake_port_free(fake);
}

static void who_uses_up_a_short_timeslice_gets_a_whole_one_in_the_next_queue(void **state)
{
    (void)state;
    struct fake_port *fake = new_fake(SCHEDULER_MLFQ, ORDER_INDEX, 2);
    fake_call(fake, 0, SYSCALL_SUBSCRIBE, IPC_DRIVER_NUM, 0, fake_function(fake, 0, 0), 0);
    fake_forget(fake);
    yields(fake, 0, 3000);
    computes(fake, 0, 9000);
    notifies(fake, 1, 0, 0);

    fake_loop(fake, 4);

    assert_scheduled(fake, 2, 0, 3000);
    assert_stopped(fake, 2, STOP_TIMESLICE_EXPIRED, 3000);
    assert_scheduled(fake, 3, 0, 20000);

    fake_port_free(fake);
}

static void mlfq_says_at_which_level_it_schedules(void **state)
{
    (void)state;
    struct fake_port *fake = new_fake(SCHEDULER_MLFQ, ORDER_INDEX, 1);
    computes(fake, 0, 150000);

    fake_loop(fake, 4);

    for (uint32_t n = 0; n < 4; n++)
        assert_int_equal(fake_event(fake, EVENT_schedule, n)->schedule.level, n < 2 ? n : 2);

    fake_port_free(fake);
}

static void others_schedule_at_no_level(void **state)
{
    (void)state;
    struct fake_port *fake = new_fake(SCHEDULER_ROUND_ROBIN, ORDER_INDEX, 1);
    computes(fake, 0, 1000);

    fake_loop(fake, 1);

    assert_int_equal(fake_event(fake, EVENT_schedule, 0)->schedule.level, NO_LEVEL);

    fake_port_free(fake);
}

static void mlfq_lets_a_process_go_on_after_an_interrupt(void **state)
{
    (void)state;
    struct fake_port *fake = new_fake(SCHEDULER_MLFQ, ORDER_INDEX, 2);
    fake_is_interrupted(fake, 0, 1000);
    computes(fake, 0, 2000);

    fake_loop(fake, 1);

    assert_stopped(fake, 0, STOP_NO_WORK_LEFT, 3000);
    assert_int_equal(fake->interrupts_served, 0);
    assert_true(fake->interrupt_pending);

    fake_port_free(fake);
}

static void mlfq_ends_a_turn_at_an_interrupt_where_the_rules_say_so(void **state)
{
    (void)state;
    struct kernel_rules rules = kernel_rules_2_1;
    rules.mlfq_goes_on_after_interrupt = false;
    struct fake_port *fake = fake_port_new(&(struct fake_setup){
        .processes = 2, .scheduler = SCHEDULER_MLFQ, .order = ORDER_INDEX, .rules = &rules});
    fake_is_interrupted(fake, 0, 1000);
    computes(fake, 0, 2000);

    fake_loop(fake, 2);

    assert_stopped(fake, 0, STOP_KERNEL_PREEMPTION, 1000);
    assert_int_equal(fake->interrupts_served, 1);

    fake_port_free(fake);
}

static void who_has_nothing_to_do_moves_to_the_tail_of_its_queue(void **state)
{
    (void)state;
    struct fake_port *fake = new_fake(SCHEDULER_MLFQ, ORDER_INDEX, 3);
    process_set_state(&fake->kernel, &fake->processes[0], PROCESS_YIELDED);
    notifies(fake, 1, 0, 0);

    fake_loop(fake, 3);

    assert_scheduled(fake, 0, 1, 10000);
    assert_scheduled(fake, 1, 2, 10000);
    assert_scheduled(fake, 2, 0, 10000);

    fake_port_free(fake);
}

// Meant to move all processes up every 5 s, the loop over the queues never gets to its
// body (Tock 2.1, kernel/src/scheduler/mlfq.rs, redeem_all_procs).
static void mlfq_never_moves_a_process_up_again(void **state)
{
    (void)state;
    struct fake_port *fake = new_fake(SCHEDULER_MLFQ, ORDER_INDEX, 1);
    computes(fake, 0, 12000000);

    fake_loop(fake, 230);

    assert_true(fake->now_us > 11000000);
    for (uint32_t i = 2; i < 230; i++)
        assert_scheduled(fake, i, 0, 50000);

    fake_port_free(fake);
}

// ---- many processes

static void every_scheduler_gives_255_processes_their_turn(void **state)
{
    (void)state;

    for (uint32_t scheduler = 0; scheduler <= SCHEDULER_MLFQ; scheduler++) {
        struct fake_port *fake = new_fake(scheduler, ORDER_COMPONENT, MAX_PROCESSES);

        fake_loop(fake, MAX_PROCESSES + 1);

        assert_int_equal(fake->switches, MAX_PROCESSES);
        for (uint32_t i = 0; i < MAX_PROCESSES; i++) {
            uint32_t expected = scheduler == SCHEDULER_PRIORITY ? i : MAX_PROCESSES - 1 - i;

            assert_int_equal(fake->switched_to[i], expected);
        }
        assert_int_equal(fake->sleeps, 1);
        fake_port_free(fake);
    }
}

static void empty_places_at_the_end_are_passed_over(void **state)
{
    (void)state;

    for (uint32_t scheduler = 0; scheduler <= SCHEDULER_MLFQ; scheduler++) {
        struct fake_port *fake = fake_port_new(
            &(struct fake_setup){.processes = 2, .process_slots = 7, .scheduler = scheduler});
        uint32_t first = scheduler == SCHEDULER_PRIORITY ? 0 : 1;

        fake_loop(fake, 2);

        assert_int_equal(fake->switches, 2);
        assert_int_equal(fake->switched_to[0], first);
        assert_int_equal(fake->switched_to[1], 1 - first);
        fake_port_free(fake);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(round_robin_of_a_board_begins_with_the_highest_index),
        cmocka_unit_test(round_robin_by_index_begins_with_the_lowest),
        cmocka_unit_test(who_uses_up_its_timeslice_goes_to_the_tail),
        cmocka_unit_test(who_has_nothing_to_do_is_passed_over),
        cmocka_unit_test(who_an_interrupt_stopped_goes_on_with_the_rest_of_its_timeslice),
        cmocka_unit_test(who_yields_into_an_interrupt_leaves_its_rest_to_the_next),
        cmocka_unit_test(a_timeslice_with_500_us_left_counts_as_used_up),
        cmocka_unit_test(a_rest_of_500_us_or_less_is_used_up_without_running),
        cmocka_unit_test(a_cooperative_process_runs_until_it_yields),
        cmocka_unit_test(a_cooperative_process_that_an_interrupt_stopped_goes_on),
        cmocka_unit_test(priority_runs_the_lowest_index_that_is_ready),
        cmocka_unit_test(priority_gives_way_to_a_lower_index_that_becomes_ready),
        cmocka_unit_test(priority_does_not_give_way_to_a_higher_index),
        cmocka_unit_test(priority_gives_way_to_interrupts),
        cmocka_unit_test(mlfq_of_a_board_begins_with_the_highest_index),
        cmocka_unit_test(who_uses_up_its_timeslice_goes_down_a_queue),
        cmocka_unit_test(a_higher_queue_comes_first),
        cmocka_unit_test(who_used_little_of_its_timeslice_gets_little_next),
        cmocka_unit_test(who_uses_up_a_short_timeslice_gets_a_whole_one_in_the_next_queue),
        cmocka_unit_test(mlfq_says_at_which_level_it_schedules),
        cmocka_unit_test(others_schedule_at_no_level),
        cmocka_unit_test(mlfq_lets_a_process_go_on_after_an_interrupt),
        cmocka_unit_test(mlfq_ends_a_turn_at_an_interrupt_where_the_rules_say_so),
        cmocka_unit_test(who_has_nothing_to_do_moves_to_the_tail_of_its_queue),
        cmocka_unit_test(mlfq_never_moves_a_process_up_again),
        cmocka_unit_test(every_scheduler_gives_255_processes_their_turn),
        cmocka_unit_test(empty_places_at_the_end_are_passed_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
