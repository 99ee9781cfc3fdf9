// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "../../../tests/check.h"
#include "../help_row.h"
#include "../text_stream.h"

#include <stdlib.h>

static void assert_row(const char *head, size_t column, const char *text, const char *expected)
{
    struct text_stream stream;
    char *row;

    help_row_print(text_stream_open(&stream), head, column, text);
    row = text_stream_close(&stream);
    assert_string_equal(row, expected);
    free(row);
}

static void the_text_begins_at_its_column(void **state)
{
    (void)state;

    assert_row("  run", 8, "runs it", "  run   runs it\n");
    assert_row("  runs", 8, "runs it", "  runs  runs it\n");
}

static void a_head_that_would_touch_the_text_has_a_line_of_its_own(void **state)
{
    (void)state;

    assert_row("  check", 8, "runs it", "  check\n        runs it\n");
    assert_row("  checkers", 8, "runs it", "  checkers\n        runs it\n");
}

static void no_line_is_longer_than_the_terminal_is_wide(void **state)
{
    (void)state;

    assert_row("a", 70, "123456 890 23456789 1 34567 90",
               "a                                                                     123456 890\n"
               "                                                                      "
               "23456789 1\n"
               "                                                                      "
               "34567 90\n");
}

static void a_word_that_fits_nowhere_stands_alone(void **state)
{
    (void)state;

    assert_row("a", 76, "12 12345678 1",
               "a                                                                           12\n"
               "                                                                            "
               "12345678\n"
               "                                                                            1\n");
}

static void line_breaks_and_spaces_are_one_space(void **state)
{
    (void)state;

    assert_row("a", 4, " one\n  two \n", "a   one two\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_text_begins_at_its_column),
        cmocka_unit_test(a_head_that_would_touch_the_text_has_a_line_of_its_own),
        cmocka_unit_test(no_line_is_longer_than_the_terminal_is_wide),
        cmocka_unit_test(a_word_that_fits_nowhere_stands_alone),
        cmocka_unit_test(line_breaks_and_spaces_are_one_space),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
