// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "../../../tests/check.h"
#include "../bytes.h"

static void bytes_stand_one_behind_the_other(void **state)
{
    struct bytes bytes = {0};
    (void)state;

    for (int i = 0; i < 1000; i++)
        bytes_add(&bytes, "ab\0", 3);

    assert_int_equal(bytes.length, 3000);
    for (size_t i = 0; i < bytes.length; i += 3)
        assert_memory_equal(bytes.start + i, "ab\0", 3);
    bytes_free(&bytes);
    assert_null(bytes.start);
    assert_int_equal(bytes.length, 0);
}

static void a_text_has_an_end_at_any_time(void **state)
{
    struct bytes bytes = {0};
    (void)state;

    bytes_add(&bytes, NULL, 0);
    assert_string_equal(bytes.start, "");
    bytes_add(&bytes, "ab", 2);
    assert_string_equal(bytes.start, "ab");
    bytes.length = 0;
    bytes_add(&bytes, "c", 1);
    assert_string_equal(bytes.start, "c");
    bytes_free(&bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_stand_one_behind_the_other),
        cmocka_unit_test(a_text_has_an_end_at_any_time),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
