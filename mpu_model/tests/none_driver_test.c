// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "driver_asserts.h"

#define OTHER UINT32_C(0x20002000)
#define OWN   UINT32_C(0x20008000)

enum { KERNEL_BYTES = 1040 };

static struct driven new_none(void)
{
    return new_driven(MPU_KIND_NONE, 0, 8, 32);
}

static void every_buffer_is_granted_as_asked(void **state)
{
    (void)state;
    static const uint32_t buffers[][2] = {{1, 0}, {33, 7}, {4096, 3}, {0, 0}};
    struct driven driven = new_none();

    for (size_t i = 0; i < sizeof buffers / sizeof buffers[0]; i++) {
        struct mpu_region given = {.used = false};

        enum mpu_result result = map_buffer(&driven, OTHER + buffers[i][1], buffers[i][0], &given);

        assert_int_equal(result, MPU_OK);
        assert_true(given.used);
        assert_int_equal(given.start, OTHER + buffers[i][1]);
        assert_int_equal(given.size, buffers[i][0]);
    }
}

static void overlaps_and_numbers_do_not_matter(void **state)
{
    (void)state;
    struct driven driven = new_none();
    struct mpu_region given;

    for (uint32_t i = 0; i < 100; i++)
        assert_int_equal(map_buffer(&driven, OTHER, 64, &given), MPU_OK);
}

static void a_region_larger_than_where_it_is_to_be_is_refused(void **state)
{
    (void)state;
    struct driven driven = new_none();
    struct mpu_region given = {.start = 7};

    assert_int_equal(map_region(&driven, OTHER, 63, 64, MPU_READ_WRITE, &given), MPU_REFUSED);

    assert_int_equal(given.start, 7);
}

static void a_block_has_just_what_is_needed(void **state)
{
    (void)state;
    struct driven driven = new_none();

    assert_int_equal(map_memory(&driven, OWN + 5, 0x10000, 3001, 32, KERNEL_BYTES), MPU_OK);
    assert_int_equal(driven.block_start, OWN + 5);
    assert_int_equal(driven.block_size, 3001);
    assert_int_equal(map_memory(&driven, OWN, 0x10000, 100, 32, KERNEL_BYTES), MPU_OK);
    assert_int_equal(driven.block_size, 32 + KERNEL_BYTES);
}

static void a_block_that_does_not_fit_is_refused(void **state)
{
    (void)state;
    struct driven driven = new_none();

    assert_memory_refused(&driven, OWN, 2999, 3000, 32, KERNEL_BYTES);
    assert_int_equal(map_memory(&driven, OWN, 3000, 3000, 32, KERNEL_BYTES), MPU_OK);
}

static void the_breaks_may_meet_but_not_cross(void **state)
{
    (void)state;
    struct driven driven = new_none();
    assert_int_equal(map_memory(&driven, OWN, 3000, 3000, 32, KERNEL_BYTES), MPU_OK);

    assert_int_equal(move_breaks(&driven, OWN, OWN + 1000), MPU_OK);
    assert_int_equal(move_breaks(&driven, OWN + 1000, OWN + 1000), MPU_OK);
    assert_breaks_refused(&driven, OWN + 1001, OWN + 1000);
}

static void nothing_is_protected(void **state)
{
    (void)state;
    struct driven driven = new_none();
    assert_int_equal(map_memory(&driven, OWN, 3000, 3000, 32, KERNEL_BYTES), MPU_OK);

    switch_to(&driven, 1);

    assert_true(may_access(&driven, OWN + 2999, MPU_OP_WRITE));
    assert_true(may_access(&driven, OTHER, MPU_OP_WRITE));
    assert_true(may_access(&driven, 0, MPU_OP_FETCH));
    assert_int_equal(driven.protection.mpu.configured_for, 1);
    driver_of(&driven)->disable(&driven.protection.mpu);
    assert_true(may_access(&driven, OTHER, MPU_OP_READ));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_buffer_is_granted_as_asked),
        cmocka_unit_test(overlaps_and_numbers_do_not_matter),
        cmocka_unit_test(a_region_larger_than_where_it_is_to_be_is_refused),
        cmocka_unit_test(a_block_has_just_what_is_needed),
        cmocka_unit_test(a_block_that_does_not_fit_is_refused),
        cmocka_unit_test(the_breaks_may_meet_but_not_cross),
        cmocka_unit_test(nothing_is_protected),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
