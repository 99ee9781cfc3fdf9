// SPDX-License-Identifier: Apache-2.0 OR MIT
// The examples are those measured on the real kernel: buffers of a process whose block
// begins at a multiple of 8 KiB.
#include "driver_asserts.h"

#include "../armv7m_hw.h"

#define OTHER UINT32_C(0x20002000) // memory start of the process that shares
#define OWN   UINT32_C(0x20008000)
#define FLASH UINT32_C(0x00040000)

enum { CORTEX_M4_BUFFERS = 6, KERNEL_BYTES = 1264 };

static struct driven new_cortex_m4(void)
{
    return new_driven(MPU_KIND_ARMV7M, 8, 8, 32);
}

// A process with flash and a block of 8 KiB at OWN.
static struct driven new_process(void)
{
    struct driven driven = new_cortex_m4();

    assert_int_equal(map_flash(&driven, FLASH, 4096), MPU_OK);
    assert_int_equal(map_memory(&driven, OWN, 0x10000, 4096 + KERNEL_BYTES, 32, KERNEL_BYTES),
                     MPU_OK);
    assert_int_equal(driven.block_start, OWN);
    assert_int_equal(driven.block_size, 8192);
    return driven;
}

// ---- buffers

struct mapped {
    uint32_t size;
    uint32_t offset;
    uint32_t base; // as an offset too
    uint32_t span;
    uint8_t disabled;
};

static void assert_maps(const struct mapped *buffer)
{
    struct driven driven = new_process();
    struct mpu_region given;

    enum mpu_result result = map_buffer(&driven, OTHER + buffer->offset, buffer->size, &given);

    assert_int_equal(result, MPU_OK);
    assert_int_equal(given.start, OTHER + buffer->offset);
    assert_int_equal(given.size, buffer->size);
    assert_int_equal(given.base, OTHER + buffer->base);
    assert_int_equal(given.span, buffer->span);
    assert_int_equal(given.disabled, buffer->disabled);
    switch_to(&driven, 1);
    assert_writable_just(&driven, given.start, given.size, 600);
}

static void a_power_of_two_at_its_multiple_is_mapped_exactly(void **state)
{
    (void)state;
    static const struct mapped buffers[] = {{64, 256, 256, 64, 0},
                                            {32, 256, 256, 32, 0},
                                            {2048, 0, 0, 2048, 0},
                                            {256, 768, 768, 256, 0},
                                            {4096, 4096, 4096, 4096, 0}};

    for (size_t i = 0; i < sizeof buffers / sizeof buffers[0]; i++)
        assert_maps(&buffers[i]);
}

static void other_buffers_are_some_eighths_of_a_larger_region(void **state)
{
    (void)state;
    static const struct mapped buffers[] = {{160, 288, 256, 256, 0xC1}, {96, 32, 0, 256, 0xF1},
                                            {64, 32, 0, 256, 0xF9},     {192, 64, 0, 512, 0xF1},
                                            {1536, 512, 0, 4096, 0xF1}, {224, 32, 0, 256, 0x01}};

    for (size_t i = 0; i < sizeof buffers / sizeof buffers[0]; i++)
        assert_maps(&buffers[i]);
}

static void a_buffer_that_no_region_can_cover_exactly_is_refused(void **state)
{
    (void)state;
    static const uint32_t buffers[][2] = {{1, 256},  {33, 256}, {64, 260}, {7, 257},
                                          {48, 288}, {96, 256}, {100, 256}};
    struct driven driven = new_process();

    for (size_t i = 0; i < sizeof buffers / sizeof buffers[0]; i++)
        assert_buffer_refused(&driven, OTHER + buffers[i][1], buffers[i][0], MPU_REFUSED);
}

static void a_buffer_of_no_bytes_is_refused(void **state)
{
    (void)state;
    struct driven driven = new_process();

    assert_buffer_refused(&driven, OTHER + 256, 0, MPU_REFUSED);
    assert_buffer_refused(&driven, 0, 0, MPU_REFUSED);
}

static void a_buffer_that_overlaps_a_region_in_use_is_refused(void **state)
{
    (void)state;
    struct driven driven = new_process();
    struct mpu_region given;
    assert_int_equal(map_buffer(&driven, OTHER + 256, 64, &given), MPU_OK);

    assert_buffer_refused(&driven, OTHER + 256, 64, MPU_OVERLAPS);
    assert_buffer_refused(&driven, OTHER + 256, 128, MPU_OVERLAPS);
    assert_buffer_refused(&driven, OTHER + 288, 32, MPU_OVERLAPS);
    assert_buffer_refused(&driven, OTHER, 512, MPU_OVERLAPS);
    assert_int_equal(map_buffer(&driven, OTHER + 320, 64, &given), MPU_OK);
    assert_int_equal(map_buffer(&driven, OTHER + 224, 32, &given), MPU_OK);
}

static void a_buffer_in_own_memory_or_flash_is_refused(void **state)
{
    (void)state;
    struct driven driven = new_process();
    struct mpu_region given;

    assert_buffer_refused(&driven, OWN, 32, MPU_OVERLAPS);
    assert_buffer_refused(&driven, OWN + 8160, 32, MPU_OVERLAPS);
    assert_buffer_refused(&driven, FLASH + 256, 64, MPU_OVERLAPS);
    assert_int_equal(map_buffer(&driven, OWN + 8192, 32, &given), MPU_OK);
}

static void the_seventh_buffer_finds_no_region(void **state)
{
    (void)state;
    struct driven driven = new_process();
    struct mpu_region given;

    for (uint32_t i = 0; i < CORTEX_M4_BUFFERS; i++)
        assert_int_equal(map_buffer(&driven, OTHER + 64 * i, 64, &given), MPU_OK);

    assert_buffer_refused(&driven, OTHER + 64 * CORTEX_M4_BUFFERS, 64, MPU_FULL);
}

static void sixteen_regions_hold_fourteen_buffers(void **state)
{
    (void)state;
    struct driven driven = new_driven(MPU_KIND_ARMV7M, 16, 16, 32);
    struct mpu_region given;
    assert_int_equal(map_flash(&driven, FLASH, 4096), MPU_OK);
    assert_int_equal(map_memory(&driven, OWN, 0x10000, 8192, 32, KERNEL_BYTES), MPU_OK);

    for (uint32_t i = 0; i < 14; i++)
        assert_int_equal(map_buffer(&driven, OTHER + 64 * i, 64, &given), MPU_OK);

    assert_buffer_refused(&driven, OTHER + 64 * 14, 64, MPU_FULL);
}

// Regions that must have at least 256 bytes cannot hold 64 (tock#3183).
static void a_cortex_m0p_maps_no_buffer_below_256_bytes(void **state)
{
    (void)state;
    struct driven driven = new_driven(MPU_KIND_ARMV6M, 8, 8, 256);
    struct mpu_region given;

    for (uint32_t offset = 0; offset < 2048; offset += 32)
        assert_buffer_refused(&driven, OTHER + offset, 64, MPU_REFUSED);
    assert_buffer_refused(&driven, OTHER + 256, 255, MPU_REFUSED);
    assert_int_equal(map_buffer(&driven, OTHER + 256, 256, &given), MPU_OK);
    switch_to(&driven, 1);

    assert_writable_just(&driven, OTHER + 256, 256, 300);
}

// An eighth of 512 MiB makes a region of 4 GiB, whose size is 0 in 32 bits.
static void a_start_at_a_multiple_of_512_mib_divides_by_zero(void **state)
{
    (void)state;
    struct driven driven = new_process();
    struct mpu_config before = driven.config;
    struct mpu_region given;

    assert_int_equal(map_buffer(&driven, 0x20000000, 96, &given), MPU_PANIC);
    assert_int_equal(map_buffer(&driven, 0x60000000, 33, &given), MPU_PANIC);
    assert_int_equal(map_buffer(&driven, 0x20000000 - 20, 40, &given), MPU_PANIC);

    assert_memory_equal(&driven.config, &before, sizeof before);
    assert_int_equal(map_buffer(&driven, 0x20000000, 64, &given), MPU_OK);
}

static void a_buffer_at_address_0_is_some_eighths_of_a_region_that_holds_it(void **state)
{
    (void)state;
    struct driven driven = new_cortex_m4();
    struct mpu_region given;

    assert_int_equal(map_buffer(&driven, 0, 96, &given), MPU_OK);

    assert_int_equal(given.base, 0);
    assert_int_equal(given.span, 256);
    assert_int_equal(given.disabled, 0xF8);
}

// Every buffer that is mapped is mapped to the byte.
static void a_region_never_reaches_beyond_its_buffer(void **state)
{
    (void)state;
    uint64_t random = 1;

    for (uint32_t i = 0; i < 20000; i++) {
        struct driven driven = new_process();
        uint32_t offset = random_below(&random, 2048) & ~(random_below(&random, 2) ? 31u : 0u);
        uint32_t size = 1 + random_below(&random, 1024);
        struct mpu_region given;

        if (map_buffer(&driven, OTHER + offset, size, &given) != MPU_OK)
            continue;
        assert_true(given.start >= OTHER + offset);
        assert_true(given.start + given.size <= OTHER + offset + size);
        switch_to(&driven, 1);
        assert_true(may_access(&driven, given.start, MPU_OP_WRITE));
        assert_true(may_access(&driven, given.start + given.size - 1, MPU_OP_WRITE));
        assert_false(may_access(&driven, given.start - 1, MPU_OP_READ));
        assert_false(may_access(&driven, given.start + given.size, MPU_OP_READ));
    }
}

// ---- the block

static void a_block_is_a_power_of_two_at_its_multiple(void **state)
{
    (void)state;
    struct driven driven = new_cortex_m4();

    assert_int_equal(map_memory(&driven, 0x20000420, 0x10000, 5000, 32, KERNEL_BYTES), MPU_OK);

    assert_int_equal(driven.block_start, 0x20002000);
    assert_int_equal(driven.block_size, 8192);
}

static void a_block_has_at_least_256_bytes(void **state)
{
    (void)state;
    struct driven driven = new_cortex_m4();

    assert_int_equal(map_memory(&driven, OWN, 0x1000, 0, 16, 16), MPU_OK);

    assert_int_equal(driven.block_size, 256);
}

static void a_block_that_does_not_fit_is_refused(void **state)
{
    (void)state;
    struct driven driven = new_cortex_m4();

    assert_memory_refused(&driven, OWN, 8191, 8000, 32, KERNEL_BYTES);
    assert_memory_refused(&driven, OWN + 32, 8192, 8000, 32, KERNEL_BYTES);
    assert_memory_refused(&driven, OWN, 0x10000, UINT32_C(1) << 31, 32, KERNEL_BYTES);

    assert_int_equal(map_memory(&driven, OWN, 8192, 8000, 32, KERNEL_BYTES), MPU_OK);
}

static void a_block_over_flash_that_is_mapped_is_refused(void **state)
{
    (void)state;
    struct driven driven = new_cortex_m4();
    assert_int_equal(map_flash(&driven, OWN + 4096, 4096), MPU_OK);

    assert_memory_refused(&driven, OWN, 0x10000, 2048, 32, KERNEL_BYTES);
}

static void at_first_the_process_may_use_one_eighth(void **state)
{
    (void)state;
    struct driven driven = new_process();

    switch_to(&driven, 1);

    assert_writable_just(&driven, OWN, 1024, 64);
    assert_false(may_access(&driven, OWN + 8191, MPU_OP_READ));
}

static void a_block_whose_first_eighths_would_reach_kernel_memory_is_doubled(void **state)
{
    (void)state;
    struct driven driven = new_cortex_m4();

    assert_int_equal(map_memory(&driven, OWN, 0x10000, 0, 32, 2048 - 32), MPU_OK);

    assert_int_equal(driven.block_size, 4096);
    switch_to(&driven, 1);
    assert_writable_just(&driven, OWN, 512, 64);
}

// The doubled block is not looked at again, which let the last eighth reach over the
// kernel's break in later drivers of two regions (tock#4366). With one region it
// cannot: the open part has at most an eighth more than was asked for.
static void no_new_block_opens_kernel_memory(void **state)
{
    (void)state;

    for (uint32_t app_size = 0; app_size <= 2048; app_size += 24) {
        for (uint32_t kernel_size = 4; kernel_size <= 4096; kernel_size += 20) {
            struct driven driven = new_cortex_m4();
            assert_int_equal(map_memory(&driven, OWN, 0x10000, 0, app_size, kernel_size), MPU_OK);
            switch_to(&driven, 1);

            uaddr kernel_brk = driven.block_start + driven.block_size - kernel_size;
            assert_false(may_access(&driven, kernel_brk, MPU_OP_READ));
            assert_true(app_size == 0 ||
                        may_access(&driven, driven.block_start + app_size - 1, MPU_OP_WRITE));
        }
    }
}

// ---- its breaks

static void the_open_part_grows_by_eighths(void **state)
{
    (void)state;
    static const uint32_t breaks[][2] = {{1, 1024},    {1024, 1024}, {1025, 2048},
                                         {3000, 3072}, {6144, 6144}, {32, 1024}};
    struct driven driven = new_process();

    for (size_t i = 0; i < sizeof breaks / sizeof breaks[0]; i++)
        assert_opens(&driven, OWN + breaks[i][0], OWN + 8192 - KERNEL_BYTES, breaks[i][1]);
}

static void a_break_whose_eighth_would_reach_kernel_memory_is_refused(void **state)
{
    (void)state;
    struct driven driven = new_process();
    uaddr kernel_brk = OWN + 8192 - KERNEL_BYTES; // 6928: within the seventh eighth

    assert_breaks_refused(&driven, OWN + 6145, kernel_brk);
    assert_breaks_refused(&driven, kernel_brk, kernel_brk);
    assert_breaks_refused(&driven, kernel_brk + 1, kernel_brk);
    assert_breaks_refused(&driven, OWN + 6144, OWN + 6143);

    assert_int_equal(move_breaks(&driven, OWN + 6144, OWN + 6144), MPU_OK);
}

static void without_kernel_memory_all_of_the_block_is_open(void **state)
{
    (void)state;
    struct driven driven = new_process();

    assert_opens(&driven, OWN + 100, OWN + 8192, 8192);
}

static void a_break_at_the_start_of_the_block_closes_all_of_it(void **state)
{
    (void)state;
    struct driven driven = new_process();

    assert_opens(&driven, OWN, OWN + 8192 - KERNEL_BYTES, 0);
    assert_int_equal(driven.config.regions[0].disabled, 0xff);
    assert_opens(&driven, OWN + 32, OWN + 8192 - KERNEL_BYTES, 1024);
}

static void a_process_without_a_block_has_no_breaks(void **state)
{
    (void)state;
    struct driven driven = new_cortex_m4();

    assert_breaks_refused(&driven, OWN, OWN + 32);
}

// ---- registers

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
        enum mpu_permissions permissions;
        uint32_t rasr; // AP and XN
        const char *may;
    } expected[] = {{MPU_READ_WRITE_EXECUTE, 3u << 24, "rwx"},
                    {MPU_READ_WRITE, 3u << 24 | 1u << 28, "rw-"},
                    {MPU_READ_EXECUTE, 2u << 24, "r-x"},
                    {MPU_READ_ONLY, 2u << 24 | 1u << 28, "r--"},
                    // Nobody but the kernel reads it, so nobody runs it either.
                    {MPU_EXECUTE_ONLY, 1u << 24, "---"}};

    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        struct driven driven = new_cortex_m4();
        struct mpu_region given;
        assert_int_equal(map_region(&driven, OTHER, 64, 64, expected[i].permissions, &given),
                         MPU_OK);
        switch_to(&driven, 1);

        write_register(&driven.protection.hw, ARMV7M_RNR, 1);
        assert_int_equal(read_register(&driven.protection.hw, ARMV7M_RASR),
                         expected[i].rasr | 5u << 1 | 1);
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
    switch_to(&driven, 1);
    write_register(&driven.protection.hw, ARMV7M_RNR, 0);
    write_register(&driven.protection.hw, ARMV7M_RASR, 0); // as a mark

    switch_to(&driven, 1);
    assert_false(may_access(&driven, OWN, MPU_OP_READ));
    switch_to(&driven, 2);
    assert_true(may_access(&driven, OWN, MPU_OP_READ));
    assert_int_equal(move_breaks(&driven, OWN + 2000, OWN + 8192 - KERNEL_BYTES), MPU_OK);
    assert_true(driven.config.dirty);
    switch_to(&driven, 2);

    assert_true(may_access(&driven, OWN + 2000, MPU_OP_READ));
    assert_false(driven.config.dirty);
}

static void the_kernel_sees_all_memory_while_a_process_runs_and_after(void **state)
{
    (void)state;
    struct driven driven = new_process();
    switch_to(&driven, 1);

    assert_fault(&driven.protection.hw, OWN + 8000, 4, MPU_OP_WRITE, PRIVILEGED, MPU_FAULT_NONE);
    driver_of(&driven)->disable(&driven.protection.mpu);

    assert_int_equal(read_register(&driven.protection.hw, ARMV7M_CTRL), 0);
    assert_fault(&driven.protection.hw, OWN + 8000, 4, MPU_OP_WRITE, UNPRIVILEGED, MPU_FAULT_NONE);
}

static void more_regions_than_the_silicon_has_are_refused(void **state)
{
    (void)state;
    struct protection protection;
    struct protection_setup setup = {
        .kind = MPU_KIND_ARMV7M, .hw_regions = 8, .driver_regions = 9, .min_region_size = 32};

    assert_false(protection_init(&protection, &setup));
    setup.driver_regions = 8;
    setup.hw_regions = 7;
    assert_false(protection_init(&protection, &setup));
    setup.hw_regions = 8;
    assert_true(protection_init(&protection, &setup));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_power_of_two_at_its_multiple_is_mapped_exactly),
        cmocka_unit_test(other_buffers_are_some_eighths_of_a_larger_region),
        cmocka_unit_test(a_buffer_that_no_region_can_cover_exactly_is_refused),
        cmocka_unit_test(a_buffer_of_no_bytes_is_refused),
        cmocka_unit_test(a_buffer_that_overlaps_a_region_in_use_is_refused),
        cmocka_unit_test(a_buffer_in_own_memory_or_flash_is_refused),
        cmocka_unit_test(the_seventh_buffer_finds_no_region),
        cmocka_unit_test(sixteen_regions_hold_fourteen_buffers),
        cmocka_unit_test(a_cortex_m0p_maps_no_buffer_below_256_bytes),
        cmocka_unit_test(a_start_at_a_multiple_of_512_mib_divides_by_zero),
        cmocka_unit_test(a_buffer_at_address_0_is_some_eighths_of_a_region_that_holds_it),
        cmocka_unit_test(a_region_never_reaches_beyond_its_buffer),
        cmocka_unit_test(a_block_is_a_power_of_two_at_its_multiple),
        cmocka_unit_test(a_block_has_at_least_256_bytes),
        cmocka_unit_test(a_block_that_does_not_fit_is_refused),
        cmocka_unit_test(a_block_over_flash_that_is_mapped_is_refused),
        cmocka_unit_test(at_first_the_process_may_use_one_eighth),
        cmocka_unit_test(a_block_whose_first_eighths_would_reach_kernel_memory_is_doubled),
        cmocka_unit_test(no_new_block_opens_kernel_memory),
        cmocka_unit_test(the_open_part_grows_by_eighths),
        cmocka_unit_test(a_break_whose_eighth_would_reach_kernel_memory_is_refused),
        cmocka_unit_test(without_kernel_memory_all_of_the_block_is_open),
        cmocka_unit_test(a_break_at_the_start_of_the_block_closes_all_of_it),
        cmocka_unit_test(a_process_without_a_block_has_no_breaks),
        cmocka_unit_test(flash_may_be_read_and_run_but_not_written),
        cmocka_unit_test(each_permission_has_its_bits),
        cmocka_unit_test(another_process_finds_none_of_the_regions_before),
        cmocka_unit_test(registers_are_written_only_for_another_process_or_a_change),
        cmocka_unit_test(the_kernel_sees_all_memory_while_a_process_runs_and_after),
        cmocka_unit_test(more_regions_than_the_silicon_has_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
