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

static inline struct driven new_driven(enum mpu_kind kind, uint32_t hw_regions,
                                       uint32_t driver_regions, uint32_t min_region_size)
{
    const struct protection_setup setup = {.kind = kind,
                                           .hw_regions = hw_regions,
                                           .driver_regions = driver_regions,
                                           .min_region_size = min_region_size};
    struct driven driven;

    assert_true(protection_init(&driven.protection, &setup));
    driver_of(&driven)->config_reset(&driven.protection.mpu, &driven.config);
    driven.block_start = 0;
    driven.block_size = 0;
    return driven;
}

// A region over [start, start + size) as the kernel asks for a buffer of another process.
static inline enum mpu_result map_buffer(struct driven *driven, uaddr start, uint32_t size,
                                         struct mpu_region *given)
{
    return driver_of(driven)->allocate_region(&driven->protection.mpu, &driven->config, start, size,
                                              size, MPU_READ_WRITE, given);
}

static inline enum mpu_result map_flash(struct driven *driven, uaddr start, uint32_t size)
{
    struct mpu_region given;

    return driver_of(driven)->allocate_region(&driven->protection.mpu, &driven->config, start, size,
                                              size, MPU_READ_EXECUTE, &given);
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
