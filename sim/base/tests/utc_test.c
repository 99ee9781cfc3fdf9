// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "../../../tests/check.h"
#include "../utc.h"

#include <stdlib.h>
#include <string.h>

static void the_environment_says_what_now_is(void **state)
{
    (void)state;
    char text[UTC_SIZE];

    setenv("SOURCE_DATE_EPOCH", "1000000000", 1);
    utc_now(text);

    assert_string_equal(text, "2001-09-09T01:46:40Z");
}

static void what_is_no_number_of_seconds_is_passed_over(void **state)
{
    (void)state;
    static const char *const values[] = {
        "", "yesterday", "12x", "-5", "99999999999999999999", "253402300800"};
    char text[UTC_SIZE];

    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        setenv("SOURCE_DATE_EPOCH", values[i], 1);
        utc_now(text);

        assert_int_equal(strlen(text), strlen("2001-09-09T01:46:40Z"));
        assert_true(strcmp(text, "2020") > 0 && text[10] == 'T' && text[19] == 'Z');
    }
}

static void without_it_it_is_the_time_of_the_host(void **state)
{
    (void)state;
    char text[UTC_SIZE];

    unsetenv("SOURCE_DATE_EPOCH");
    utc_now(text);

    assert_true(strcmp(text, "2020") > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_environment_says_what_now_is),
        cmocka_unit_test(what_is_no_number_of_seconds_is_passed_over),
        cmocka_unit_test(without_it_it_is_the_time_of_the_host),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
