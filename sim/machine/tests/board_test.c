// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "../board.h"

#include "../../../tests/check.h"
#include "../../base/count_of.h"

static void every_built_in_board_can_exist(void **state)
{
    (void)state;
    size_t count;
    const struct board *boards = board_list(&count);

    for (size_t i = 0; i < count; i++) {
        struct protection protection;
        const struct protection_setup setup = board_protection(&boards[i], &kernel_rules_2_1);
        const char *field;
        struct message error;

        assert_true(board_check(&boards[i], &field, &error));
        assert_true(protection_init(&protection, &setup));
        assert_ptr_equal(board_find(boards[i].name), &boards[i]);
    }
}

static void a_pmp_chip_has_the_smallest_number_of_entries_that_holds_the_pairs(void **state)
{
    (void)state;
    static const uint32_t expected[][2] = {{2, 8}, {4, 8}, {5, 16}, {8, 16}, {9, 64}, {16, 64}};
    struct board board = *board_find("rv32-pmp");

    for (size_t i = 0; i < COUNT_OF(expected); i++) {
        board.regions = expected[i][0];
        assert_int_equal(board_protection(&board, &kernel_rules_2_1).hw_regions, expected[i][1]);
        assert_int_equal(board_protection(&board, &kernel_rules_2_1).driver_regions,
                         expected[i][0]);
    }
}

static void an_unknown_name_is_refused_with_the_nearest(void **state)
{
    (void)state;
    struct message error;

    assert_null(board_find("cortex-m9"));
    board_refuse_name("cortex-m9", &error);

    assert_string_equal(error.text, "unknown board 'cortex-m9'; did you mean 'cortex-m4'?");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_built_in_board_can_exist),
        cmocka_unit_test(a_pmp_chip_has_the_smallest_number_of_entries_that_holds_the_pairs),
        cmocka_unit_test(an_unknown_name_is_refused_with_the_nearest),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
