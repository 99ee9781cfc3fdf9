// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "../nearest_path.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../../tests/check.h"
#include "../count_of.h"
#include "../path.h"

// What stands in the folder of these tests, a folder before what is in it.
static const char *const names[] = {
    "/deep",      "/deep/er.lua", "/ring.lua",    "/ring.trace",
    "/rot13.lua", "/x.lua",       "/.hidden.lua", "/moon\033.lua",
};

static char folder[64];

static int make_folder(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/ipcsim-nearest-XXXXXX");
    assert_non_null(mkdtemp(folder));
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        char *path = path_join(folder, names[i]);

        if (strchr(names[i], '.'))
            assert_int_equal(fclose(fopen(path, "w")), 0);
        else
            assert_int_equal(mkdir(path, 0700), 0);
        free(path);
    }
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    for (size_t i = COUNT_OF(names); i-- > 0;) {
        char *path = path_join(folder, names[i]);

        assert_int_equal(remove(path), 0);
        free(path);
    }
    return rmdir(folder);
}

// Below the folder; `meant` NULL: nothing is near.
static void assert_nearest(const char *name, const char *suffix, const char *meant)
{
    char *path = path_join(folder, name);
    char *expected = meant ? path_join(folder, meant) : NULL;
    char *found = nearest_path_find(path, suffix);

    if (expected)
        assert_string_equal(found, expected);
    else
        assert_null(found);
    free(path);
    free(expected);
    free(found);
}

static void a_slip_of_the_finger_is_seen_in_each_part_of_a_path(void **state)
{
    (void)state;

    assert_nearest("/rng.lua", ".lua", "/ring.lua");
    assert_nearest("/rot31.lua", ".lua", "/rot13.lua");
    assert_nearest("/ring.lau", ".lua", "/ring.lua");
    assert_nearest("/Ring.lua", ".lua", "/ring.lua");
    assert_nearest("/depp", ".lua", "/deep");
    assert_nearest("/depp//err.lua", ".lua", "/deep/er.lua");
    assert_nearest("/deep/err.lua/", ".lua", "/deep/er.lua");
}

static void a_suffix_may_have_been_left_out(void **state)
{
    (void)state;

    assert_nearest("/ring", ".lua", "/ring.lua");
    assert_nearest("/rung", ".lua", "/ring.lua");
}

static void a_file_of_another_kind_is_not_meant(void **state)
{
    (void)state;

    assert_nearest("/rng.trace", NULL, "/ring.trace");
    assert_nearest("/ring.traec", NULL, "/ring.trace");
    assert_nearest("/rng.scn", ".scn", NULL);
    assert_nearest("/ring.lu/er.lua", ".lua", NULL);
}

static void an_end_that_two_names_share_brings_them_no_nearer(void **state)
{
    (void)state;

    assert_nearest("/y.lua", ".lua", NULL);
    assert_nearest("/y.lua", NULL, NULL);
    assert_nearest("/gone.lua", ".lua", NULL);
}

static void what_is_hidden_or_no_plain_text_is_not_meant(void **state)
{
    (void)state;

    assert_nearest("/hidden.lua", ".lua", NULL);
    assert_nearest("/moon.lua", ".lua", NULL);
}

static void where_there_is_no_folder_there_is_nothing_near(void **state)
{
    (void)state;

    assert_null(nearest_path_find("", ".lua"));
    assert_nearest("/nowhere/ring.lua", ".lua", NULL);
}

static void the_sentence_goes_on_with_what_may_have_been_meant(void **state)
{
    char *path = path_join(folder, "/rng.trace");
    char *there = path_join(folder, "/ring.trace");
    struct message error;
    char expected[256];
    (void)state;

    message_set(&error, "not there");
    nearest_path_suggest(&error, path, NULL, ":7");
    snprintf(expected, sizeof expected, "not there; did you mean '%s/ring.trace:7'?", folder);
    assert_string_equal(error.text, expected);

    message_set(&error, "no text");
    nearest_path_suggest(&error, there, NULL, "");
    assert_string_equal(error.text, "no text");
    free(path);
    free(there);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_slip_of_the_finger_is_seen_in_each_part_of_a_path),
        cmocka_unit_test(a_suffix_may_have_been_left_out),
        cmocka_unit_test(a_file_of_another_kind_is_not_meant),
        cmocka_unit_test(an_end_that_two_names_share_brings_them_no_nearer),
        cmocka_unit_test(what_is_hidden_or_no_plain_text_is_not_meant),
        cmocka_unit_test(where_there_is_no_folder_there_is_nothing_near),
        cmocka_unit_test(the_sentence_goes_on_with_what_may_have_been_meant),
    };

    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
