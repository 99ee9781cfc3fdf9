// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "../setting_words.h"

#include "../../../tests/check.h"
#include "../../base/count_of.h"

static void every_scheduler_has_a_word(void **state)
{
    (void)state;
    static const char *const words[] = {"round_robin", "cooperative", "priority", "mlfq"};

    for (size_t i = 0; i < COUNT_OF(words); i++) {
        enum scheduler_kind kind;
        struct message error;

        assert_true(setting_find_scheduler(words[i], &kind, &error));
        assert_string_equal(setting_scheduler_word(kind), words[i]);
    }
}

static void an_unknown_scheduler_leaves_the_kind_untouched(void **state)
{
    (void)state;
    enum scheduler_kind kind = SCHEDULER_PRIORITY;
    struct message error;

    assert_false(setting_find_scheduler("priorty", &kind, &error));

    assert_int_equal(kind, SCHEDULER_PRIORITY);
    assert_string_equal(error.text, "unknown scheduler 'priorty'; did you mean 'priority'?");
}

static void fault_policies_are_those_of_the_command_line(void **state)
{
    struct fault_policy policy = {.kind = FAULT_POLICY_PANIC};
    struct message error;

    (void)state;

    assert_true(setting_find_fault_policy("restart:3", &policy, &error));
    assert_int_equal(policy.kind, FAULT_POLICY_THRESHOLD);
    assert_int_equal(policy.threshold, 3);
    assert_true(setting_find_fault_policy("stop", &policy, &error));
    assert_int_equal(policy.kind, FAULT_POLICY_STOP);
}

static void a_wrong_fault_policy_leaves_the_policy_untouched(void **state)
{
    static const char *const wrong[] = {"",           "restart:", "restart:-1",
                                        "restart:1x", "stop:1",   "restart:4294967296"};
    struct fault_policy policy = {.kind = FAULT_POLICY_RESTART, .threshold = 7};
    struct message error;

    (void)state;

    for (size_t i = 0; i < COUNT_OF(wrong); i++)
        assert_false(setting_find_fault_policy(wrong[i], &policy, &error));
    assert_int_equal(policy.kind, FAULT_POLICY_RESTART);
    assert_int_equal(policy.threshold, 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_scheduler_has_a_word),
        cmocka_unit_test(an_unknown_scheduler_leaves_the_kind_untouched),
        cmocka_unit_test(fault_policies_are_those_of_the_command_line),
        cmocka_unit_test(a_wrong_fault_policy_leaves_the_policy_untouched),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
