// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "driver_asserts.h"

#include "../pmp_hw.h"

#define OTHER UINT32_C(0x80002000) // memory start of the process that shares
#define OWN   UINT32_C(0x80008000)
#define FLASH UINT32_C(0x20400000)

enum { PAIRS = 5, KERNEL_BYTES = 1272 };

static struct driven new_pmp(void)
{
    return new_driven(MPU_KIND_PMP, 16, PAIRS, 4);
}

// A process with flash and a block at OWN of which 256 bytes are open.
static struct driven new_process(void)
{
    struct driven driven = new_pmp();

    assert_int_equal(map_flash(&driven, FLASH, 4096), MPU_OK);
    assert_int_equal(map_memory(&driven, OWN, 0x10000, 4096 + KERNEL_BYTES, 256, KERNEL_BYTES),
                     MPU_OK);
    return driven;
}

// ---- buffers

static void a_buffer_of_whole_words_is_mapped_exactly(void **state)
{
    (void)state;
    static const uint32_t buffers[][2] = {{8, 0}, {64, 4}, {100, 260}, {2048, 12}};

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

// The driver rounds to words and to 8 bytes and never compares with the buffer.
static void an_odd_buffer_is_mapped_beside_itself(void **state)
{
    (void)state;
    static const struct {
        uint32_t offset;
        uint32_t size;
        uint32_t region_offset;
        uint32_t region_size;
    } buffers[] = {{0, 1, 0, 8}, {1, 7, 4, 8}, {2, 16, 4, 16}, {4, 33, 4, 36}, {7, 4, 8, 8}};

    for (size_t i = 0; i < sizeof buffers / sizeof buffers[0]; i++) {
        struct driven driven = new_process();
        struct mpu_region given;

        enum mpu_result result =
            map_buffer(&driven, OTHER + buffers[i].offset, buffers[i].size, &given);

        assert_int_equal(result, MPU_OK);
        assert_int_equal(given.start, OTHER + buffers[i].region_offset);
        assert_int_equal(given.size, buffers[i].region_size);
        switch_to(&driven, 1);
        assert_writable_just(&driven, given.start, given.size, 64);
    }
}

static void a_buffer_of_no_bytes_at_0_is_refused_as_an_overlap(void **state)
{
    (void)state;
    struct driven driven = new_process();

    assert_buffer_refused(&driven, 0, 0, MPU_OVERLAPS);
}

static void a_buffer_that_overlaps_a_region_in_use_is_refused(void **state)
{
    (void)state;
    struct driven driven = new_process();
    struct mpu_region given;
    assert_int_equal(map_buffer(&driven, OTHER + 64, 64, &given), MPU_OK);

    assert_buffer_refused(&driven, OTHER + 64, 64, MPU_OVERLAPS);
    assert_buffer_refused(&driven, OTHER + 64, 128, MPU_OVERLAPS);
    assert_buffer_refused(&driven, OTHER + 32, 64, MPU_OVERLAPS);
    assert_buffer_refused(&driven, FLASH + 4, 64, MPU_OVERLAPS);
    assert_buffer_refused(&driven, OWN + 4, 64, MPU_OVERLAPS);
    assert_int_equal(map_buffer(&driven, OTHER + 128, 64, &given), MPU_OK);
}

// The comparison ends a word early on both sides.
static void regions_may_overlap_by_one_word(void **state)
{
    (void)state;
    struct driven driven = new_process();
    struct mpu_region given;
    assert_int_equal(map_buffer(&driven, OTHER + 64, 64, &given), MPU_OK);

    assert_int_equal(map_buffer(&driven, OTHER + 124, 64, &given), MPU_OK);
    assert_int_equal(map_buffer(&driven, OTHER + 4, 64, &given), MPU_OK);
}

// The block may be mapped where the process itself has not grown to yet.
static void only_the_open_part_of_the_block_counts_as_overlap(void **state)
{
    (void)state;
    struct driven driven = new_process();
    struct mpu_region given;

    assert_buffer_refused(&driven, OWN + 248, 8, MPU_OVERLAPS);
    assert_int_equal(map_buffer(&driven, OWN + 252, 8, &given), MPU_OK);
}

static void three_buffers_fit_into_five_pairs(void **state)
{
    (void)state;
    struct driven driven = new_process();
    struct mpu_region given;

    for (uint32_t i = 0; i < PAIRS - 2; i++)
        assert_int_equal(map_buffer(&driven, OTHER + 64 * i, 64, &given), MPU_OK);

    assert_buffer_refused(&driven, OTHER + 64 * PAIRS, 64, MPU_FULL);
}

// ---- the block

static void a_block_starts_where_free_memory_does_and_ends_with_a_word(void **state)
{
    (void)state;
    struct driven driven = new_pmp();

    assert_int_equal(map_memory(&driven, OWN + 12, 0x10000, 5001, 0, KERNEL_BYTES), MPU_OK);

    assert_int_equal(driven.block_start, OWN + 12);
    assert_int_equal(driven.block_size, 5004);
}

static void a_block_that_does_not_fit_is_refused(void **state)
{
    (void)state;
    struct driven driven = new_pmp();

    assert_memory_refused(&driven, OWN, 4999, 5000, 0, KERNEL_BYTES);
    assert_memory_refused(&driven, OWN, KERNEL_BYTES, 0, 1, KERNEL_BYTES);

    assert_int_equal(map_memory(&driven, OWN, 5000, 5000, 0, KERNEL_BYTES), MPU_OK);
}

static void at_first_the_process_may_use_what_it_starts_with(void **state)
{
    (void)state;
    struct driven driven = new_process();

    switch_to(&driven, 1);

    assert_writable_just(&driven, OWN, 256, 64);
}

static void a_process_may_start_with_no_memory_at_all(void **state)
{
    (void)state;
    struct driven driven = new_pmp();
    assert_int_equal(map_memory(&driven, OWN, 0x10000, 4096, 0, KERNEL_BYTES), MPU_OK);

    switch_to(&driven, 1);

    assert_writable_just(&driven, OWN, 0, 64);
}

static void the_open_part_grows_by_words(void **state)
{
    (void)state;
    struct driven driven = new_process();
    uaddr kernel_brk = OWN + 4096;

    assert_opens(&driven, OWN + 1000, kernel_brk, 1000);
    assert_opens(&driven, OWN + 1003, kernel_brk, 1000);
    assert_opens(&driven, kernel_brk, kernel_brk, 4096);
    assert_opens(&driven, OWN, kernel_brk, 0);
}

static void a_break_in_kernel_memory_is_refused(void **state)
{
    (void)state;
    struct driven driven = new_process();

    assert_breaks_refused(&driven, OWN + 4097, OWN + 4096);
}

static void a_process_without_a_block_has_no_breaks(void **state)
{
    (void)state;
    struct driven driven = new_pmp();

    assert_breaks_refused(&driven, OWN, OWN + 32);
}

// ---- registers

static void flash_may_be_read_and_run_but_not_written(void **state)
{
    (void)state;
    struct driven driven = new_process();

    switch_to(&driven, 1);

    assert_may(&driven, FLASH, "r-x");
    assert_may(&driven, FLASH + 4094, "r-x");
    assert_may(&driven, OWN, "rw-");
}

static void each_permission_has_its_bits(void **state)
{
    (void)state;
    static const char *const expected[] = {[MPU_READ_WRITE_EXECUTE] = "rwx",
                                           [MPU_READ_WRITE] = "rw-",
                                           [MPU_READ_EXECUTE] = "r-x",
                                           [MPU_READ_ONLY] = "r--",
                                           [MPU_EXECUTE_ONLY] = "--x"};

    for (uint32_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        struct driven driven = new_pmp();
        struct mpu_region given;
        assert_int_equal(map_region(&driven, OTHER, 64, 64, i, &given), MPU_OK);

        switch_to(&driven, 1);

        assert_may(&driven, OTHER, expected[i]);
    }
}

static void a_pair_of_entries_holds_start_and_end_in_words(void **state)
{
    (void)state;
    struct driven driven = new_process();

    switch_to(&driven, 1);

    const struct mpu_hw *hw = &driven.protection.hw;
    assert_int_equal(read_register(hw, PMP_PMPADDR0), FLASH >> 2);
    assert_int_equal(read_register(hw, PMP_PMPADDR0 + 1), (FLASH + 4096) >> 2);
    assert_int_equal(read_register(hw, PMP_PMPADDR0 + 2), OWN >> 2);
    assert_int_equal(read_register(hw, PMP_PMPADDR0 + 3), (OWN + 256) >> 2);
    assert_int_equal(read_register(hw, PMP_PMPCFG0),
                     (uint32_t)(PMP_CFG_TOR | PMP_CFG_R | PMP_CFG_X) << 8 |
                         (uint32_t)(PMP_CFG_TOR | PMP_CFG_R | PMP_CFG_W) << 24);
}

// Programming passes over regions that a process does not use.
static void the_next_process_finds_the_buffers_of_the_one_before(void **state)
{
    (void)state;
    struct driven first = new_process();
    struct mpu_region given;
    assert_int_equal(map_buffer(&first, OTHER + 64, 64, &given), MPU_OK);
    switch_to(&first, 1);
    struct driven second = new_pmp();
    assert_int_equal(map_flash(&second, FLASH + 4096, 4096), MPU_OK);
    assert_int_equal(map_memory(&second, OWN + 0x4000, 0x8000, 4096, 64, KERNEL_BYTES), MPU_OK);

    mpu_configure(&first.protection.mpu, &second.config, 2);

    assert_true(may_access(&first, OTHER + 64, MPU_OP_WRITE));
    assert_true(may_access(&first, OWN + 0x4000, MPU_OP_WRITE));
    assert_false(may_access(&first, OWN, MPU_OP_READ));
    assert_false(may_access(&first, FLASH, MPU_OP_READ));
}

static void registers_are_written_only_for_another_process_or_a_change(void **state)
{
    (void)state;
    struct driven driven = new_process();
    switch_to(&driven, 1);
    write_register(&driven.protection.hw, PMP_PMPADDR0 + 3, OWN >> 2); // as a mark

    switch_to(&driven, 1);
    assert_false(may_access(&driven, OWN, MPU_OP_READ));
    switch_to(&driven, 2);
    assert_true(may_access(&driven, OWN, MPU_OP_READ));
    assert_int_equal(move_breaks(&driven, OWN + 512, OWN + 4096), MPU_OK);
    switch_to(&driven, 2);

    assert_true(may_access(&driven, OWN + 511, MPU_OP_READ));
    assert_false(driven.config.dirty);
}

static void the_kernel_is_never_bound(void **state)
{
    (void)state;
    struct driven driven = new_process();

    switch_to(&driven, 1);

    assert_fault(&driven.protection.hw, OWN + 4000, 4, MPU_OP_WRITE, PRIVILEGED, MPU_FAULT_NONE);
    driver_of(&driven)->disable(&driven.protection.mpu);
    assert_false(may_access(&driven, OWN + 4000, MPU_OP_WRITE));
}

static void more_pairs_than_the_silicon_has_entries_for_are_refused(void **state)
{
    (void)state;
    struct protection protection;
    struct protection_setup setup = {
        .kind = MPU_KIND_PMP, .hw_regions = 8, .driver_regions = 5, .min_region_size = 4};

    assert_false(protection_init(&protection, &setup));
    setup.driver_regions = 4;
    assert_true(protection_init(&protection, &setup));
    setup.hw_regions = 64;
    setup.driver_regions = MPU_MAX_REGIONS + 1;
    assert_false(protection_init(&protection, &setup));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_buffer_of_whole_words_is_mapped_exactly),
        cmocka_unit_test(an_odd_buffer_is_mapped_beside_itself),
        cmocka_unit_test(a_buffer_of_no_bytes_at_0_is_refused_as_an_overlap),
        cmocka_unit_test(a_buffer_that_overlaps_a_region_in_use_is_refused),
        cmocka_unit_test(regions_may_overlap_by_one_word),
        cmocka_unit_test(only_the_open_part_of_the_block_counts_as_overlap),
        cmocka_unit_test(three_buffers_fit_into_five_pairs),
        cmocka_unit_test(a_block_starts_where_free_memory_does_and_ends_with_a_word),
        cmocka_unit_test(a_block_that_does_not_fit_is_refused),
        cmocka_unit_test(at_first_the_process_may_use_what_it_starts_with),
        cmocka_unit_test(a_process_may_start_with_no_memory_at_all),
        cmocka_unit_test(the_open_part_grows_by_words),
        cmocka_unit_test(a_break_in_kernel_memory_is_refused),
        cmocka_unit_test(a_process_without_a_block_has_no_breaks),
        cmocka_unit_test(flash_may_be_read_and_run_but_not_written),
        cmocka_unit_test(each_permission_has_its_bits),
        cmocka_unit_test(a_pair_of_entries_holds_start_and_end_in_words),
        cmocka_unit_test(the_next_process_finds_the_buffers_of_the_one_before),
        cmocka_unit_test(registers_are_written_only_for_another_process_or_a_change),
        cmocka_unit_test(the_kernel_is_never_bound),
        cmocka_unit_test(more_pairs_than_the_silicon_has_entries_for_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
