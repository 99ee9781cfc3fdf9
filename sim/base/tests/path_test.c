// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "../../../tests/check.h"
#include "../count_of.h"
#include "../path.h"

#include <stdlib.h>

static void a_path_is_its_folder_and_a_name(void **state)
{
    static const char *const paths[][3] = {
        {"a/b/c.lua", "a/b/", "c.lua"}, {"c.lua", "", "c.lua"}, {"/c.lua", "/", "c.lua"},
        {"../c.lua", "../", "c.lua"},   {"a/", "a/", ""},       {"", "", ""},
    };
    (void)state;

    for (size_t i = 0; i < COUNT_OF(paths); i++) {
        char *folder = path_folder(paths[i][0]);
        char *joined = path_join(folder, path_base(paths[i][0]));

        assert_string_equal(folder, paths[i][1]);
        assert_string_equal(path_base(paths[i][0]), paths[i][2]);
        assert_string_equal(joined, paths[i][0]);
        free(folder);
        free(joined);
    }
}

static void a_file_is_the_same_by_any_path(void **state)
{
    (void)state;

    assert_true(path_is_same("/dev/null", "/dev/../dev/./null"));
    assert_true(path_is_same("gone", "gone"));
    assert_false(path_is_same("/dev/null", "/dev/zero"));
    assert_false(path_is_same("gone", "./gone"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_path_is_its_folder_and_a_name),
        cmocka_unit_test(a_file_is_the_same_by_any_path),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
