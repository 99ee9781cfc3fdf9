// SPDX-License-Identifier: Apache-2.0 OR MIT
// The Cortex-M driver as from Tock 2.2 on: two regions for the RAM of a process.
#include "driver_asserts.h"

#define OTHER UINT32_C(0x20002000) // memory start of the process that shares
#define OWN   UINT32_C(0x20008000)
#define FLASH UINT32_C(0x00040000)

enum { KERNEL_BYTES = 1264, APP_BYTES = 32 };

static struct driven new_cortex_m4(void)
{
    return new_driven_by(&(struct protection_setup){.kind = MPU_KIND_ARMV7M,
                                                    .hw_regions = 8,
                                                    .driver_regions = 8,
                                                    .min_region_size = 32,
                                                    .has_ram_pair = true});
}

static struct driven new_process(void)
{
    struct driven driven = new_cortex_m4();

    assert_int_equal(map_flash(&driven, FLASH, 4096), MPU_OK);
    assert_int_equal(
        map_memory(&driven, OWN, 0x10000, 4096 + KERNEL_BYTES, APP_BYTES, KERNEL_BYTES), MPU_OK);
    return driven;
}

static void a_block_needs_half_the_alignment_of_its_size(void **state)
{
    (void)state;
    struct driven driven = new_cortex_m4();

    assert_int_equal(
        map_memory(&driven, OWN + 32, 0x10000, 4096 + KERNEL_BYTES, APP_BYTES, KERNEL_BYTES),
        MPU_OK);

    assert_int_equal(driven.block_start, OWN + 4096);
    assert_int_equal(driven.block_size, 8192);
    switch_to(&driven, 1);
    assert_writable_just(&driven, driven.block_start, 512, 64);
}

static void a_block_has_at_least_512_bytes(void **state)
{
    (void)state;
    struct driven driven = new_cortex_m4();

    assert_int_equal(map_memory(&driven, OWN, 0x10000, 0, APP_BYTES, 64), MPU_OK);

    assert_int_equal(driven.block_size, 512);
    assert_int_equal(driven.config.regions[0].span, 256);
}

static void the_open_part_grows_by_sixteenths_through_both_regions(void **state)
{
    (void)state;
    static const uint32_t breaks[][2] = {{1, 512},     {512, 512},   {513, 1024}, {4096, 4096},
                                         {4097, 4608}, {6600, 6656}, {32, 512}};
    struct driven driven = new_process();

    for (size_t i = 0; i < sizeof breaks / sizeof breaks[0]; i++) {
        assert_opens(&driven, OWN + breaks[i][0], OWN + 8192 - KERNEL_BYTES, breaks[i][1]);
        assert_int_equal(driven.config.regions[1].used, breaks[i][1] > 4096);
    }
}

static void a_break_whose_sixteenth_would_reach_kernel_memory_is_refused(void **state)
{
    (void)state;
    struct driven driven = new_process();
    uaddr kernel_brk = OWN + 8192 - KERNEL_BYTES; // 6928: within the fourteenth

    assert_breaks_refused(&driven, OWN + 6657, kernel_brk);
    assert_int_equal(move_breaks(&driven, OWN + 6656, kernel_brk), MPU_OK);
}

static void the_second_region_is_kept_for_ram_even_while_it_is_unused(void **state)
{
    (void)state;
    struct driven driven = new_process();
    struct mpu_region given;

    for (uint32_t i = 0; i < 5; i++)
        assert_int_equal(map_buffer(&driven, OTHER + 64 * i, 64, &given), MPU_OK);

    assert_buffer_refused(&driven, OTHER + 512, 64, MPU_FULL);
    assert_false(driven.config.regions[1].used);
    assert_int_equal(move_breaks(&driven, OWN + 5000, OWN + 8192 - KERNEL_BYTES), MPU_OK);
    assert_true(driven.config.regions[1].used);
}

// tock#4366: 2048 bytes hold both, but the first sixteenth would reach over the kernel's
// break. The regions are doubled, so that an eighth of 2048 is open, and the block is not.
static void doubled_regions_over_a_block_that_is_not_open_kernel_memory(void **state)
{
    (void)state;
    enum { KERNEL = 1944 };
    struct driven driven = new_cortex_m4();

    assert_int_equal(map_memory(&driven, OWN, 0x10000, 64 + KERNEL, APP_BYTES, KERNEL), MPU_OK);

    assert_int_equal(driven.block_size, 2048);
    assert_int_equal(driven.config.regions[0].span, 2048);
    switch_to(&driven, 1);
    uaddr kernel_brk = driven.block_start + driven.block_size - KERNEL;
    assert_int_equal(kernel_brk, OWN + 104);
    assert_true(may_access(&driven, kernel_brk, MPU_OP_READ));
    assert_writable_just(&driven, OWN, 256, 64);
}

static void after_that_no_break_can_move(void **state)
{
    (void)state;
    enum { KERNEL = 1944 };
    struct driven driven = new_cortex_m4();

    assert_int_equal(map_memory(&driven, OWN, 0x10000, 64 + KERNEL, APP_BYTES, KERNEL), MPU_OK);

    assert_breaks_refused(&driven, OWN + APP_BYTES, OWN + 104);
    assert_breaks_refused(&driven, OWN + APP_BYTES, OWN + 60);
}

// Everywhere else kernel memory stays closed: it takes more than 15/16 of the block.
static void kernel_memory_is_open_just_where_it_fills_15_of_16_parts(void **state)
{
    (void)state;

    for (uint32_t kernel_size = 4; kernel_size <= 8000; kernel_size += 4) {
        struct driven driven = new_cortex_m4();
        assert_int_equal(map_memory(&driven, OWN, 0x10000, 0, APP_BYTES, kernel_size), MPU_OK);
        switch_to(&driven, 1);

        uaddr kernel_brk = driven.block_start + driven.block_size - kernel_size;
        uint32_t sixteenth = driven.block_size / 16;
        uint32_t first = APP_BYTES < sixteenth ? sixteenth : 2 * sixteenth;

        assert_int_equal(may_access(&driven, kernel_brk, MPU_OP_READ),
                         first > driven.block_size - kernel_size);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_block_needs_half_the_alignment_of_its_size),
        cmocka_unit_test(a_block_has_at_least_512_bytes),
        cmocka_unit_test(the_open_part_grows_by_sixteenths_through_both_regions),
        cmocka_unit_test(a_break_whose_sixteenth_would_reach_kernel_memory_is_refused),
        cmocka_unit_test(the_second_region_is_kept_for_ram_even_while_it_is_unused),
        cmocka_unit_test(doubled_regions_over_a_block_that_is_not_open_kernel_memory),
        cmocka_unit_test(after_that_no_break_can_move),
        cmocka_unit_test(kernel_memory_is_open_just_where_it_fills_15_of_16_parts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
