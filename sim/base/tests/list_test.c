// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "../../../tests/check.h"
#include "../list.h"

#include <stdlib.h>

static void a_list_keeps_what_was_added(void **state)
{
    size_t *numbers = NULL;
    size_t count = 0;
    (void)state;

    for (size_t i = 0; i < 1000; i++)
        *LIST_ADD(numbers, count) = i;

    assert_int_equal(count, 1000);
    for (size_t i = 0; i < 1000; i++)
        assert_int_equal(numbers[i], i);
    free(numbers);
}

static void a_list_that_has_shrunk_grows_again(void **state)
{
    size_t *numbers = NULL;
    uint32_t count = 0;
    (void)state;

    // From every length to every shorter one: sanitizers see a place too far.
    for (uint32_t longest = 0; longest < 40; longest++)
        for (uint32_t shortest = 0; shortest <= longest; shortest++) {
            for (uint32_t i = count; i < longest; i++)
                *LIST_ADD(numbers, count) = i;
            count = shortest;
            *LIST_ADD(numbers, count) = shortest;
            for (uint32_t i = 0; i < count; i++)
                assert_int_equal(numbers[i], i);
        }
    free(numbers);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_list_keeps_what_was_added),
        cmocka_unit_test(a_list_that_has_shrunk_grows_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
