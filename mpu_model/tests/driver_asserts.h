// SPDX-License-Identifier: Apache-2.0 OR MIT
// One process as a driver of a protection unit sees it, for the tests of drivers.
#pragma once

#include "../protection.h"
#include "mpu_asserts.h"

// A unit with its driver, and the regions of one process.
struct driven {
    struct protection protection;
    struct mpu_config config;
    uaddr block_start; // of its RAM, once it has some
    uint32_t block_size;
};

static inline const struct mpu_driver *driver_of(const struct driven *driven)
{
    return driven->protection.mpu.driver;
}

// Forgets every region, as before a process is loaded or starts again.
static inline void forget_regions(struct driven *driven)
{
    driver_of(driven)->config_reset(&driven->protection.mpu, &driven->config);
}

static inline struct driven new_driven_by(const struct protection_setup *setup)
{
    struct driven driven = {.block_start = 0};

    assert_true(protection_init(&driven.protection, setup));
    forget_regions(&driven);
    return driven;
}

static inline struct driven new_driven(enum mpu_kind kind, uint32_t hw_regions,
                                       uint32_t driver_regions, uint32_t min_region_size)
{
    return new_driven_by(&(struct protection_setup){.kind = kind,
                                                    .hw_regions = hw_regions,
                                                    .driver_regions = driver_regions,
                                                    .min_region_size = min_region_size});
}

// A region of `min_size` bytes within [start, start + size).
static inline enum mpu_result map_region(struct driven *driven, uaddr start, uint32_t size,
                                         uint32_t min_size, enum mpu_permissions permissions,
                                         struct mpu_region *given)
{
    return driver_of(driven)->allocate_region(&driven->protection.mpu, &driven->config, start, size,
                                              min_size, permissions, given);
}

// A region over [start, start + size) as the kernel asks for a buffer of another process.
static inline enum mpu_result map_buffer(struct driven *driven, uaddr start, uint32_t size,
                                         struct mpu_region *given)
{
    return map_region(driven, start, size, size, MPU_READ_WRITE, given);
}

static inline enum mpu_result map_flash(struct driven *driven, uaddr start, uint32_t size)
{
    struct mpu_region given;

    return map_region(driven, start, size, size, MPU_READ_EXECUTE, &given);
}

static inline enum mpu_result map_memory(struct driven *driven, uaddr start, uint32_t size,
                                         uint32_t min_size, uint32_t app_size, uint32_t kernel_size)
{
    return driver_of(driven)->allocate_app_memory(&driven->protection.mpu, &driven->config, start,
                                                  size, min_size, app_size, kernel_size,
                                                  &driven->block_start, &driven->block_size);
}

static inline enum mpu_result move_breaks(struct driven *driven, uaddr app_brk, uaddr kernel_brk)
{
    return driver_of(driven)->update_app_memory(&driven->protection.mpu, &driven->config, app_brk,
                                                kernel_brk);
}

// The process with this identifier is about to run.
static inline void switch_to(struct driven *driven, uint32_t identifier)
{
    mpu_configure(&driven->protection.mpu, &driven->config, identifier);
    driver_of(driven)->enable(&driven->protection.mpu);
}

static inline bool may_access(const struct driven *driven, uaddr address, enum mpu_op op)
{
    return mpu_hw_check(&driven->protection.hw, address, 1, op, UNPRIVILEGED).fault ==
           MPU_FAULT_NONE;
}

// The process may write each byte of [start, start + size) and none of the `margin`
// bytes before and behind.
static inline void assert_writable_just(const struct driven *driven, uaddr start, uint32_t size,
                                        uint32_t margin)
{
    for (uaddr at = start - margin; at != start + size + margin; at++) {
        bool expected = at - start < size;

        assert_int_equal(may_access(driven, at, MPU_OP_WRITE), expected);
        assert_int_equal(may_access(driven, at, MPU_OP_READ), expected);
    }
}

// Just what `rights`, such as "r-x", says.
static inline void assert_may(const struct driven *driven, uaddr address, const char *rights)
{
    assert_int_equal(may_access(driven, address, MPU_OP_READ), rights[0] == 'r');
    assert_int_equal(may_access(driven, address, MPU_OP_WRITE), rights[1] == 'w');
    assert_int_equal(may_access(driven, address, MPU_OP_FETCH), rights[2] == 'x');
}

// The break moves there, and then the first `open` bytes of the block may be used.
static inline void assert_opens(struct driven *driven, uaddr app_brk, uaddr kernel_brk,
                                uint32_t open)
{
    assert_int_equal(move_breaks(driven, app_brk, kernel_brk), MPU_OK);
    switch_to(driven, 1);
    assert_writable_just(driven, driven->block_start, open, 64);
}

// ---- refusals, which change nothing

static inline void assert_buffer_refused(struct driven *driven, uaddr start, uint32_t size,
                                         enum mpu_result why)
{
    const struct mpu_config before = driven->config;
    struct mpu_region given = {.start = 7};

    assert_int_equal(map_buffer(driven, start, size, &given), why);
    assert_memory_equal(&driven->config, &before, sizeof before);
    assert_int_equal(given.start, 7);
}

static inline void assert_memory_refused(struct driven *driven, uaddr start, uint32_t size,
                                         uint32_t min_size, uint32_t app_size, uint32_t kernel_size)
{
    const struct driven before = *driven;

    assert_int_equal(map_memory(driven, start, size, min_size, app_size, kernel_size), MPU_REFUSED);
    assert_memory_equal(&driven->config, &before.config, sizeof before.config);
    assert_int_equal(driven->block_start, before.block_start);
    assert_int_equal(driven->block_size, before.block_size);
}

static inline void assert_breaks_refused(struct driven *driven, uaddr app_brk, uaddr kernel_brk)
{
    const struct mpu_config before = driven->config;

    assert_int_equal(move_breaks(driven, app_brk, kernel_brk), MPU_REFUSED);
    assert_memory_equal(&driven->config, &before, sizeof before);
}
