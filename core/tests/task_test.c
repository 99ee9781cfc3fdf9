// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "../../tests/check.h"
#include "../task.h"

static struct task numbered(uint32_t number)
{
    return (struct task){.kind = TASK_FUNCTION_CALL, .cause = number, .call = {.pc = number}};
}

static bool push(struct task_queue *queue, struct task task)
{
    *task_queue_next(queue) = task;
    return task_queue_push(queue);
}

static void push_numbers(struct task_queue *queue, uint32_t from, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        assert_true(push(queue, numbered(from + i)));
}

// The queue holds just these numbers, the oldest first.
static void assert_holds(const struct task_queue *queue, const uint32_t *numbers, uint32_t count)
{
    assert_int_equal(task_queue_length(queue), count);
    assert_int_equal(task_queue_is_empty(queue), count == 0);
    for (uint32_t i = 0; i < count; i++) {
        assert_int_equal(task_queue_at(queue, i)->cause, numbers[i]);
        assert_int_equal(task_queue_at(queue, i)->call.pc, numbers[i]);
    }
}

// A queue of 1 to `count` whose oldest task stands in slot `first`.
static struct task_queue queue_from_slot(uint32_t first, uint32_t count)
{
    struct task_queue queue = {0};

    for (uint32_t i = 0; i < first; i++) {
        push_numbers(&queue, 100, 1);
        (void)task_queue_pop(&queue);
    }
    push_numbers(&queue, 1, count);
    return queue;
}

static void a_cleared_queue_is_empty(void **state)
{
    (void)state;
    struct task_queue queue = queue_from_slot(4, 9);

    task_queue_clear(&queue);

    assert_holds(&queue, NULL, 0);
}

static void tasks_come_out_in_the_order_in_which_they_went_in(void **state)
{
    (void)state;
    struct task_queue queue = queue_from_slot(0, 3);

    for (uint32_t number = 1; number <= 3; number++) {
        assert_false(task_queue_is_empty(&queue));
        const struct task *task = task_queue_pop(&queue);

        assert_int_equal(task->cause, number);
    }
    assert_true(task_queue_is_empty(&queue));
}

static void nine_tasks_fit_and_a_tenth_is_refused_wherever_the_oldest_stands(void **state)
{
    (void)state;
    static const uint32_t nine[] = {1, 2, 3, 4, 5, 6, 7, 8, 9};
    const struct task tenth = numbered(10);

    for (uint32_t slot = 0; slot < TASK_SLOTS; slot++) {
        struct task_queue queue = queue_from_slot(slot, TASK_CAPACITY);

        bool pushed = push(&queue, tenth);

        assert_false(pushed);
        assert_holds(&queue, nine, 9);
    }
}

static void a_full_queue_has_room_again_after_one_is_taken(void **state)
{
    (void)state;
    static const uint32_t expected[] = {2, 3, 4, 5, 6, 7, 8, 9, 10};
    const struct task tenth = numbered(10);

    for (uint32_t slot = 0; slot < TASK_SLOTS; slot++) {
        struct task_queue queue = queue_from_slot(slot, TASK_CAPACITY);

        (void)task_queue_pop(&queue);
        assert_true(push(&queue, tenth));

        assert_holds(&queue, expected, 9);
    }
}

static void a_task_that_was_taken_stays_readable_while_one_more_is_put_in(void **state)
{
    (void)state;
    const struct task tenth = numbered(10);

    for (uint32_t slot = 0; slot < TASK_SLOTS; slot++) {
        struct task_queue queue = queue_from_slot(slot, TASK_CAPACITY);
        const struct task *taken = task_queue_pop(&queue);

        assert_true(push(&queue, tenth));

        assert_int_equal(taken->cause, 1);
    }
}

static void any_task_can_be_taken_out_and_the_others_keep_their_order(void **state)
{
    (void)state;

    for (uint32_t slot = 0; slot < TASK_SLOTS; slot++) {
        for (uint32_t removed = 0; removed < 9; removed++) {
            struct task_queue queue = queue_from_slot(slot, 9);
            uint32_t expected[8];

            task_queue_remove(&queue, removed);

            for (uint32_t i = 0; i < 8; i++)
                expected[i] = i < removed ? i + 1 : i + 2;
            assert_holds(&queue, expected, 8);
        }
    }
}

static void a_task_put_in_after_one_was_taken_out_is_the_last(void **state)
{
    (void)state;
    static const uint32_t expected[] = {1, 3, 4};
    struct task_queue queue = queue_from_slot(8, 3);

    task_queue_remove(&queue, 1);
    push_numbers(&queue, 4, 1);

    assert_holds(&queue, expected, 3);
}

static void the_only_task_can_be_taken_out(void **state)
{
    (void)state;

    for (uint32_t slot = 0; slot < TASK_SLOTS; slot++) {
        struct task_queue queue = queue_from_slot(slot, 1);

        task_queue_remove(&queue, 0);

        assert_holds(&queue, NULL, 0);
    }
}

static void a_task_keeps_all_that_it_was_made_of(void **state)
{
    (void)state;
    const struct task call = {.kind = TASK_FUNCTION_CALL,
                              .cause = 5,
                              .call = {.source = SOURCE_DRIVER,
                                       .driver = 0x10000,
                                       .subscribe_num = 3,
                                       .pc = 0x40080,
                                       .argument = {1, 2, 3, 4}}};
    const struct task ipc = {
        .kind = TASK_IPC, .cause = 6, .ipc = {.from = {2, 77}, .type = IPC_CLIENT}};
    struct task_queue queue = {0};

    assert_true(push(&queue, call));
    assert_true(push(&queue, ipc));
    const struct task *first = task_queue_pop(&queue);
    const struct task *second = task_queue_pop(&queue);

    assert_memory_equal(first, &call, sizeof call);
    assert_int_equal(second->kind, TASK_IPC);
    assert_int_equal(second->cause, 6);
    assert_int_equal(second->ipc.from.index, 2);
    assert_int_equal(second->ipc.from.identifier, 77);
    assert_int_equal(second->ipc.type, IPC_CLIENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_cleared_queue_is_empty),
        cmocka_unit_test(tasks_come_out_in_the_order_in_which_they_went_in),
        cmocka_unit_test(nine_tasks_fit_and_a_tenth_is_refused_wherever_the_oldest_stands),
        cmocka_unit_test(a_full_queue_has_room_again_after_one_is_taken),
        cmocka_unit_test(a_task_that_was_taken_stays_readable_while_one_more_is_put_in),
        cmocka_unit_test(any_task_can_be_taken_out_and_the_others_keep_their_order),
        cmocka_unit_test(a_task_put_in_after_one_was_taken_out_is_the_last),
        cmocka_unit_test(the_only_task_can_be_taken_out),
        cmocka_unit_test(a_task_keeps_all_that_it_was_made_of),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
