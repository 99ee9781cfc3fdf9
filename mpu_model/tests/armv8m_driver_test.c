// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "driver_asserts.h"

#include "../armv8m_hw.h"

#define OTHER UINT32_C(0x20002000) // memory start of the process that shares
#define OWN   UINT32_C(0x20008000)
#define FLASH UINT32_C(0x00040000)

enum { BUFFERS = 6, KERNEL_BYTES = 1264, BLOCK_BYTES = 4096 + KERNEL_BYTES };
enum { RAM_REGION = 0, FLASH_REGION = 1 };

// RBAR.AP and RBAR.XN
enum {
    READ_WRITE = 1 << 1,
    PRIVILEGED_READ_ONLY = 2 << 1,
    READ_ONLY = 3 << 1,
    NEVER_EXECUTE = ARMV8M_RBAR_XN,
};

static struct driven new_cortex_m33(void)
{
    return new_driven(MPU_KIND_ARMV8M, 8, 8, 32);
}

// A process with flash and a block at OWN of which 256 bytes are open.
static struct driven new_process(void)
{
    struct driven driven = new_cortex_m33();

    assert_int_equal(map_flash(&driven, FLASH, 4096), MPU_OK);
    assert_int_equal(map_memory(&driven, OWN, 0x10000, BLOCK_BYTES, 256, KERNEL_BYTES), MPU_OK);
    return driven;
}

// ---- buffers

static void a_buffer_of_whole_grains_is_mapped_exactly(void **state)
{
    (void)state;
    static const uint32_t buffers[][2] = {{32, 0}, {64, 32}, {96, 288}, {160, 256}, {2048, 96}};

    for (size_t i = 0; i < sizeof buffers / sizeof buffers[0]; i++) {
        struct driven driven = new_process();
        struct mpu_region given;

        enum mpu_result result = map_buffer(&driven, OTHER + buffers[i][1], buffers[i][0], &given);

        assert_int_equal(result, MPU_OK);
        assert_int_equal(given.start, OTHER + buffers[i][1]);
        assert_int_equal(given.size, buffers[i][0]);
        switch_to(&driven, 1);
        assert_writable_just(&driven, given.start, given.size, 64);
    }
}

// The size alone is held against the buffer's, so the region moves with its start.
static void a_buffer_that_starts_within_a_grain_is_mapped_beside_itself(void **state)
{
    (void)state;
    static const uint32_t offsets[] = {1, 4, 31};

    for (size_t i = 0; i < sizeof offsets / sizeof offsets[0]; i++) {
        struct driven driven = new_process();
        struct mpu_region given;

        enum mpu_result result = map_buffer(&driven, OTHER + offsets[i], 64, &given);

        assert_int_equal(result, MPU_OK);
        assert_int_equal(given.start, OTHER + 32);
        assert_int_equal(given.size, 64);
        switch_to(&driven, 1);
        assert_writable_just(&driven, OTHER + 32, 64, 64);
    }
}

static void a_buffer_that_ends_within_a_grain_is_refused(void **state)
{
    (void)state;
    static const uint32_t buffers[][2] = {{1, 0}, {31, 0}, {33, 0}, {100, 32}, {63, 1}};
    struct driven driven = new_process();

    for (size_t i = 0; i < sizeof buffers / sizeof buffers[0]; i++)
        assert_buffer_refused(&driven, OTHER + buffers[i][1], buffers[i][0], MPU_REFUSED);
}

static void a_region_is_rounded_up_where_there_is_room(void **state)
{
    (void)state;
    struct driven driven = new_process();
    struct mpu_region given;

    assert_int_equal(map_region(&driven, OTHER, 96, 33, MPU_READ_WRITE, &given), MPU_OK);

    assert_int_equal(given.start, OTHER);
    assert_int_equal(given.size, 64);
}

static void a_buffer_of_no_bytes_is_refused(void **state)
{
    (void)state;
    struct driven driven = new_process();

    assert_buffer_refused(&driven, OTHER, 0, MPU_REFUSED);
    assert_buffer_refused(&driven, OTHER + 1, 0, MPU_REFUSED);
    assert_buffer_refused(&driven, 0, 0, MPU_REFUSED);
}

// Its end is 0 in 32 bits.
static void a_buffer_up_to_the_end_of_addresses_is_refused(void **state)
{
    (void)state;
    struct driven driven = new_process();
    struct mpu_region given;

    assert_buffer_refused(&driven, UINT32_MAX - 63, 64, MPU_REFUSED);

    assert_int_equal(map_buffer(&driven, UINT32_MAX - 95, 64, &given), MPU_OK);
}

static void a_buffer_that_overlaps_a_region_in_use_is_refused(void **state)
{
    (void)state;
    struct driven driven = new_process();
    struct mpu_region given;
    assert_int_equal(map_buffer(&driven, OTHER + 64, 64, &given), MPU_OK);

    assert_buffer_refused(&driven, OTHER + 64, 64, MPU_OVERLAPS);
    assert_buffer_refused(&driven, OTHER + 64, 128, MPU_OVERLAPS);
    assert_buffer_refused(&driven, OTHER + 96, 32, MPU_OVERLAPS);
    assert_buffer_refused(&driven, OTHER + 1, 64, MPU_OVERLAPS);
    assert_buffer_refused(&driven, OTHER, 512, MPU_OVERLAPS);
    assert_buffer_refused(&driven, FLASH + 256, 64, MPU_OVERLAPS);
    assert_int_equal(map_buffer(&driven, OTHER + 128, 64, &given), MPU_OK);
    assert_int_equal(map_buffer(&driven, OTHER + 32, 32, &given), MPU_OK);
}

// On this unit two regions over one byte would be a fault for the kernel as well.
static void all_of_the_block_counts_as_overlap(void **state)
{
    (void)state;
    struct driven driven = new_process();
    uaddr end = OWN + (BLOCK_BYTES + 31) / 32 * 32;
    struct mpu_region given;

    assert_buffer_refused(&driven, OWN, 32, MPU_OVERLAPS);
    assert_buffer_refused(&driven, OWN + 256, 32, MPU_OVERLAPS);
    assert_buffer_refused(&driven, end - 32, 32, MPU_OVERLAPS);

    assert_int_equal(map_buffer(&driven, end, 32, &given), MPU_OK);
    assert_int_equal(map_buffer(&driven, OWN - 32, 32, &given), MPU_OK);
}

static void the_seventh_buffer_finds_no_region(void **state)
{
    (void)state;
    struct driven driven = new_process();
    struct mpu_region given;

    for (uint32_t i = 0; i < BUFFERS; i++)
        assert_int_equal(map_buffer(&driven, OTHER + 64 * i, 64, &given), MPU_OK);

    assert_buffer_refused(&driven, OTHER + 64 * BUFFERS, 64, MPU_FULL);
}

static void the_first_region_is_kept_for_the_block(void **state)
{
    (void)state;
    struct driven driven = new_cortex_m33();
    struct mpu_region given;

    for (uint32_t i = 0; i < 7; i++)
        assert_int_equal(map_buffer(&driven, OTHER + 64 * i, 64, &given), MPU_OK);
    assert_buffer_refused(&driven, OTHER + 64 * 7, 64, MPU_FULL);

    assert_false(driven.config.regions[RAM_REGION].used);
    assert_int_equal(map_memory(&driven, OWN, 0x10000, BLOCK_BYTES, 256, KERNEL_BYTES), MPU_OK);
    assert_true(driven.config.regions[RAM_REGION].used);
}

// ---- the block

static void a_block_starts_at_a_grain_and_has_just_what_is_needed(void **state)
{
    (void)state;
    struct driven driven = new_cortex_m33();

    assert_int_equal(map_memory(&driven, OWN + 12, 0x10000, 5001, 32, KERNEL_BYTES), MPU_OK);

    assert_int_equal(driven.block_start, OWN + 32);
    assert_int_equal(driven.block_size, 5001);
}

static void a_block_holds_at_least_what_is_open_and_what_is_the_kernels(void **state)
{
    (void)state;
    struct driven driven = new_cortex_m33();

    assert_int_equal(map_memory(&driven, OWN, 0x10000, 100, 33, KERNEL_BYTES), MPU_OK);

    assert_int_equal(driven.block_size, 33 + KERNEL_BYTES);
}

// It is the rounded size that must fit.
static void a_block_that_does_not_fit_is_refused(void **state)
{
    (void)state;
    struct driven driven = new_cortex_m33();

    assert_memory_refused(&driven, OWN, 5023, 5000, 32, KERNEL_BYTES);
    assert_memory_refused(&driven, OWN, KERNEL_BYTES, 0, 32, KERNEL_BYTES);

    assert_int_equal(map_memory(&driven, OWN, 5024, 5000, 32, KERNEL_BYTES), MPU_OK);
}

static void a_block_that_starts_with_no_memory_is_refused(void **state)
{
    (void)state;
    struct driven driven = new_cortex_m33();

    assert_memory_refused(&driven, OWN, 0x10000, 4096, 0, KERNEL_BYTES);

    assert_int_equal(map_memory(&driven, OWN, 0x10000, 4096, 1, KERNEL_BYTES), MPU_OK);
}

static void a_block_over_flash_that_is_mapped_is_refused(void **state)
{
    (void)state;
    struct driven driven = new_cortex_m33();
    assert_int_equal(map_flash(&driven, OWN + 4096, 4096), MPU_OK);

    assert_memory_refused(&driven, OWN, 0x10000, 2048, 32, KERNEL_BYTES);
}

static void at_first_the_process_may_use_what_it_starts_with(void **state)
{
    (void)state;
    struct driven driven = new_process();

    switch_to(&driven, 1);

    assert_writable_just(&driven, OWN, 256, 64);
    assert_false(may_access(&driven, OWN + BLOCK_BYTES - 1, MPU_OP_READ));
}

// A restart asks for just the block that there was. Rounded, it is larger than itself.
static void a_block_of_broken_grains_cannot_be_made_again(void **state)
{
    (void)state;
    static const uint32_t sizes[] = {4096 + 1, 4096 + 16, 4096 + 31, 4096, 4096 + 32};

    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct driven driven = new_cortex_m33();
        uint32_t size = sizes[i];
        assert_int_equal(map_memory(&driven, OWN, 0x10000, size, 32, KERNEL_BYTES), MPU_OK);
        assert_int_equal(driven.block_size, size);

        forget_regions(&driven);

        if (size % 32 != 0) {
            assert_memory_refused(&driven, OWN, size, size, 32, KERNEL_BYTES);
            continue;
        }
        assert_int_equal(map_memory(&driven, OWN, size, size, 32, KERNEL_BYTES), MPU_OK);
        assert_int_equal(driven.block_start, OWN);
        assert_int_equal(driven.block_size, size);
    }
}

// ---- its breaks

static void the_open_part_grows_by_grains(void **state)
{
    (void)state;
    static const uint32_t breaks[][2] = {{1, 32},      {32, 32},     {33, 64},
                                         {1000, 1024}, {4096, 4096}, {256, 256}};
    struct driven driven = new_process();

    for (size_t i = 0; i < sizeof breaks / sizeof breaks[0]; i++)
        assert_opens(&driven, OWN + breaks[i][0], OWN + 4096, breaks[i][1]);
}

static void the_block_keeps_its_size_while_its_break_moves(void **state)
{
    (void)state;
    struct driven driven = new_process();

    assert_opens(&driven, OWN + 64, OWN + 4096, 64);

    assert_buffer_refused(&driven, OWN + 64, 32, MPU_OVERLAPS);
    assert_opens(&driven, OWN + 4096, OWN + 4096, 4096);
}

static void a_break_whose_grain_would_reach_kernel_memory_is_refused(void **state)
{
    (void)state;
    struct driven driven = new_process();

    assert_breaks_refused(&driven, OWN + 4065, OWN + 4090);
    assert_breaks_refused(&driven, OWN + 4090, OWN + 4090);
    assert_breaks_refused(&driven, OWN + 4097, OWN + 4096);

    assert_opens(&driven, OWN + 4064, OWN + 4090, 4064);
}

static void a_break_at_the_start_of_the_block_is_refused(void **state)
{
    (void)state;
    struct driven driven = new_process();

    assert_breaks_refused(&driven, OWN, OWN + 4096);
    assert_breaks_refused(&driven, OWN - 1, OWN + 4096);
    assert_breaks_refused(&driven, OWN - 64, OWN + 4096);

    assert_int_equal(move_breaks(&driven, OWN + 1, OWN + 4096), MPU_OK);
}

// So the kernel always keeps a part of the block.
static void a_kernel_break_at_the_end_of_the_block_is_refused(void **state)
{
    (void)state;
    struct driven driven = new_cortex_m33();
    assert_int_equal(map_memory(&driven, OWN, 0x10000, 4096, 32, 0), MPU_OK);

    assert_breaks_refused(&driven, OWN + 32, OWN + 4096);
    assert_breaks_refused(&driven, OWN + 32, OWN + 5000);
    assert_breaks_refused(&driven, OWN + 32, OWN - 32);
    assert_breaks_refused(&driven, OWN + 4096, OWN + 4096);

    assert_int_equal(move_breaks(&driven, OWN + 32, OWN + 4095), MPU_OK);
}

static void a_process_without_a_block_has_no_breaks(void **state)
{
    (void)state;
    struct driven driven = new_cortex_m33();

    assert_breaks_refused(&driven, OWN + 32, OWN + 64);
}

// ---- registers

static void assert_region_holds(struct driven *driven, uint32_t region, uint32_t rbar,
                                uint32_t rlar)
{
    write_register(&driven->protection.hw, ARMV8M_RNR, region);
    assert_int_equal(read_register(&driven->protection.hw, ARMV8M_RBAR), rbar);
    assert_int_equal(read_register(&driven->protection.hw, ARMV8M_RLAR), rlar);
}

// A limit register holds the last grain; attributes 0 are those in MAIR0.
static void a_region_is_its_first_and_its_last_grain(void **state)
{
    (void)state;
    struct driven driven = new_process();
    struct mpu_region given;
    assert_int_equal(map_buffer(&driven, OTHER + 64, 96, &given), MPU_OK);

    switch_to(&driven, 1);

    assert_region_holds(&driven, RAM_REGION, OWN | READ_WRITE | NEVER_EXECUTE,
                        (OWN + 224) | ARMV8M_RLAR_EN);
    assert_region_holds(&driven, FLASH_REGION, FLASH | READ_ONLY, (FLASH + 4064) | ARMV8M_RLAR_EN);
    assert_region_holds(&driven, 2, (OTHER + 64) | READ_WRITE | NEVER_EXECUTE,
                        (OTHER + 128) | ARMV8M_RLAR_EN);
    for (uint32_t i = 3; i < 8; i++)
        assert_region_holds(&driven, i, 0, 0);
    assert_int_equal(read_register(&driven.protection.hw, ARMV8M_MAIR0), 0x44);
    assert_int_equal(read_register(&driven.protection.hw, ARMV8M_CTRL),
                     MPU_ARM_CTRL_ENABLE | MPU_ARM_CTRL_PRIVDEFENA);
}

static void flash_may_be_read_and_run_but_not_written(void **state)
{
    (void)state;
    struct driven driven = new_process();

    switch_to(&driven, 1);

    assert_may(&driven, FLASH, "r-x");
    assert_may(&driven, FLASH + 4095, "r-x");
    assert_may(&driven, FLASH + 4096, "---");
    assert_may(&driven, OWN, "rw-");
}

static void each_permission_has_its_bits(void **state)
{
    (void)state;
    static const struct {
        uint32_t bits;
        const char *may;
    } expected[] = {[MPU_READ_WRITE_EXECUTE] = {READ_WRITE, "rwx"},
                    [MPU_READ_WRITE] = {READ_WRITE | NEVER_EXECUTE, "rw-"},
                    [MPU_READ_EXECUTE] = {READ_ONLY, "r-x"},
                    [MPU_READ_ONLY] = {READ_ONLY | NEVER_EXECUTE, "r--"},
                    // Nobody but the kernel reads it, so nobody runs it either.
                    [MPU_EXECUTE_ONLY] = {PRIVILEGED_READ_ONLY, "---"}};

    for (uint32_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        struct driven driven = new_cortex_m33();
        struct mpu_region given;
        assert_int_equal(map_region(&driven, OTHER, 64, 64, i, &given), MPU_OK);

        switch_to(&driven, 1);

        assert_region_holds(&driven, 1, OTHER | expected[i].bits, (OTHER + 32) | ARMV8M_RLAR_EN);
        assert_may(&driven, OTHER, expected[i].may);
    }
}

static void another_process_finds_none_of_the_regions_before(void **state)
{
    (void)state;
    struct driven driven = new_process();
    struct mpu_region given;
    assert_int_equal(map_buffer(&driven, OTHER + 256, 64, &given), MPU_OK);
    switch_to(&driven, 1);

    forget_regions(&driven);
    switch_to(&driven, 2);

    assert_may(&driven, OTHER + 256, "---");
    assert_may(&driven, OWN, "---");
    assert_may(&driven, FLASH, "---");
}

static void registers_are_written_only_for_another_process_or_a_change(void **state)
{
    (void)state;
    struct driven driven = new_process();
    struct mpu_region given;
    switch_to(&driven, 1);
    write_register(&driven.protection.hw, ARMV8M_RNR, RAM_REGION);
    write_register(&driven.protection.hw, ARMV8M_RLAR, 0); // as a mark

    switch_to(&driven, 1);
    assert_false(may_access(&driven, OWN, MPU_OP_READ));
    switch_to(&driven, 2);
    assert_true(may_access(&driven, OWN, MPU_OP_READ));
    assert_int_equal(move_breaks(&driven, OWN + 512, OWN + 4096), MPU_OK);
    assert_true(driven.config.dirty);
    switch_to(&driven, 2);

    assert_true(may_access(&driven, OWN + 511, MPU_OP_READ));
    assert_false(driven.config.dirty);
    assert_int_equal(map_buffer(&driven, OTHER, 64, &given), MPU_OK);
    assert_true(driven.config.dirty);
    switch_to(&driven, 2);

    assert_true(may_access(&driven, OTHER, MPU_OP_WRITE));
}

static void the_kernel_sees_all_memory_while_a_process_runs_and_after(void **state)
{
    (void)state;
    struct driven driven = new_process();
    switch_to(&driven, 1);

    assert_fault(&driven.protection.hw, OWN, 4, MPU_OP_WRITE, PRIVILEGED, MPU_FAULT_NONE);
    assert_fault(&driven.protection.hw, OWN + 5000, 4, MPU_OP_WRITE, PRIVILEGED, MPU_FAULT_NONE);
    driver_of(&driven)->disable(&driven.protection.mpu);

    assert_int_equal(read_register(&driven.protection.hw, ARMV8M_CTRL), 0);
    assert_fault(&driven.protection.hw, OWN + 5000, 4, MPU_OP_WRITE, UNPRIVILEGED, MPU_FAULT_NONE);
}

static void more_regions_than_the_silicon_has_are_refused(void **state)
{
    (void)state;
    struct protection protection;
    struct protection_setup setup = {
        .kind = MPU_KIND_ARMV8M, .hw_regions = 8, .driver_regions = 9, .min_region_size = 32};

    assert_false(protection_init(&protection, &setup));
    setup.driver_regions = 8;
    setup.hw_regions = 7;
    assert_false(protection_init(&protection, &setup));
    setup.hw_regions = 12;
    assert_true(protection_init(&protection, &setup));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_buffer_of_whole_grains_is_mapped_exactly),
        cmocka_unit_test(a_buffer_that_starts_within_a_grain_is_mapped_beside_itself),
        cmocka_unit_test(a_buffer_that_ends_within_a_grain_is_refused),
        cmocka_unit_test(a_region_is_rounded_up_where_there_is_room),
        cmocka_unit_test(a_buffer_of_no_bytes_is_refused),
        cmocka_unit_test(a_buffer_up_to_the_end_of_addresses_is_refused),
        cmocka_unit_test(a_buffer_that_overlaps_a_region_in_use_is_refused),
        cmocka_unit_test(all_of_the_block_counts_as_overlap),
        cmocka_unit_test(the_seventh_buffer_finds_no_region),
        cmocka_unit_test(the_first_region_is_kept_for_the_block),
        cmocka_unit_test(a_block_starts_at_a_grain_and_has_just_what_is_needed),
        cmocka_unit_test(a_block_holds_at_least_what_is_open_and_what_is_the_kernels),
        cmocka_unit_test(a_block_that_does_not_fit_is_refused),
        cmocka_unit_test(a_block_that_starts_with_no_memory_is_refused),
        cmocka_unit_test(a_block_over_flash_that_is_mapped_is_refused),
        cmocka_unit_test(at_first_the_process_may_use_what_it_starts_with),
        cmocka_unit_test(a_block_of_broken_grains_cannot_be_made_again),
        cmocka_unit_test(the_open_part_grows_by_grains),
        cmocka_unit_test(the_block_keeps_its_size_while_its_break_moves),
        cmocka_unit_test(a_break_whose_grain_would_reach_kernel_memory_is_refused),
        cmocka_unit_test(a_break_at_the_start_of_the_block_is_refused),
        cmocka_unit_test(a_kernel_break_at_the_end_of_the_block_is_refused),
        cmocka_unit_test(a_process_without_a_block_has_no_breaks),
        cmocka_unit_test(a_region_is_its_first_and_its_last_grain),
        cmocka_unit_test(flash_may_be_read_and_run_but_not_written),
        cmocka_unit_test(each_permission_has_its_bits),
        cmocka_unit_test(another_process_finds_none_of_the_regions_before),
        cmocka_unit_test(registers_are_written_only_for_another_process_or_a_change),
        cmocka_unit_test(the_kernel_sees_all_memory_while_a_process_runs_and_after),
        cmocka_unit_test(more_regions_than_the_silicon_has_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
