// SPDX-License-Identifier: Apache-2.0 OR MIT
// What drivers of different units do alike. Private to mpu_model.
//
// All in the header, as a buffer is opened each time that it is passed on. All arithmetic is
// 32-bit and wraps, as in a release build of Tock.
#pragma once

#include "../core/mpu.h"

// Up to a multiple of `unit`, a power of two; 0 where there is none below 4 GiB.
static inline uint32_t round_up(uint32_t value, uint32_t unit)
{
    return (value + (unit - 1)) & ~(unit - 1);
}

// The size of a block in bytes, before the unit's rules make it larger.
static inline uint32_t needed_size(uint32_t min_size, uint32_t app_size, uint32_t kernel_size)
{
    return app_size + kernel_size > min_size ? app_size + kernel_size : min_size;
}

// A region that the registers hold just as the kernel was promised it.
static inline struct mpu_region plain_region(uaddr start, uint32_t size,
                                             enum mpu_permissions permissions)
{
    return (struct mpu_region){.used = true,
                               .permissions = (uint8_t)permissions,
                               .start = start,
                               .size = size,
                               .base = start,
                               .span = size};
}

// The rule of the Cortex-M drivers: a byte in common is an overlap. RISC-V has its own.
static inline bool region_overlaps(const struct mpu_region *region, uaddr start, uint32_t size)
{
    return region->used && region->start < start + size && start < region->start + region->size;
}

// Whether any of the first `count` regions does.
static inline bool regions_overlap(const struct mpu_config *config, uint32_t count, uaddr start,
                                   uint32_t size)
{
    for (uint32_t i = 0; i < count; i++)
        if (region_overlaps(&config->regions[i], start, size))
            return true;
    return false;
}

// The lowest region from `first` on that is not in use, or MPU_NO_REGION.
static inline uint32_t unused_region(const struct mpu *mpu, const struct mpu_config *config,
                                     uint32_t first)
{
    for (uint32_t i = first; i < mpu->region_count; i++)
        if (!config->regions[i].used)
            return i;
    return MPU_NO_REGION;
}
