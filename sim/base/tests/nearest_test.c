// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "../../../tests/check.h"
#include "../count_of.h"
#include "../nearest.h"

#include <string.h>

static const char *const fruits[] = {"apple", "pear", "orange", "fig"};

static const char *nearest(const char *word)
{
    return nearest_find(word, fruits, COUNT_OF(fruits));
}

static void the_nearest_name_is_one_or_two_slips_away(void **state)
{
    (void)state;

    assert_string_equal(nearest("appel"), "apple");
    assert_string_equal(nearest("aple"), "apple");
    assert_string_equal(nearest("appple"), "apple");
    assert_string_equal(nearest("oramge"), "orange");
    assert_string_equal(nearest("FIG"), "fig");
}

static void what_is_like_nothing_has_no_nearest_name(void **state)
{
    (void)state;

    assert_null(nearest("xyzzy"));
    assert_null(nearest(""));
    assert_null(nearest("q"));
}

static void a_word_of_any_length_can_be_compared(void **state)
{
    char word[5000];

    (void)state;
    memset(word, 'a', sizeof word);
    word[sizeof word - 1] = '\0';

    assert_null(nearest(word));
}

static void a_refusal_suggests_or_lists(void **state)
{
    struct message error;

    (void)state;

    nearest_refuse(&error, "fruit", "peer", fruits, 4);
    assert_string_equal(error.text, "unknown fruit 'peer'; did you mean 'pear'?");
    nearest_refuse(&error, "fruit", "xyzzy", fruits, 4);
    assert_string_equal(error.text, "unknown fruit 'xyzzy'; there is apple, pear, orange, fig");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_nearest_name_is_one_or_two_slips_away),
        cmocka_unit_test(what_is_like_nothing_has_no_nearest_name),
        cmocka_unit_test(a_word_of_any_length_can_be_compared),
        cmocka_unit_test(a_refusal_suggests_or_lists),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
