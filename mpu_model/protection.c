// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "protection.h"

#include <stddef.h>
#include <string.h>

static const struct mpu_driver *driver_for(const struct protection_setup *setup)
{
    switch (setup->kind) {
    case MPU_KIND_NONE:
        return &none_driver;
    case MPU_KIND_ARMV6M:
    case MPU_KIND_ARMV7M:
        return setup->has_ram_pair ? &armv7m_pair_driver : &armv7m_driver;
    case MPU_KIND_PMP:
    case MPU_KIND_SMEPMP:
        return &pmp_driver;
    case MPU_KIND_ARMV8M:
        return &armv8m_driver;
    }
    return NULL;
}

static bool fits(const struct protection_setup *setup)
{
    uint32_t per_region = setup->kind == MPU_KIND_PMP || setup->kind == MPU_KIND_SMEPMP ? 2 : 1;

    return setup->driver_regions <= MPU_MAX_REGIONS &&
           (setup->kind == MPU_KIND_NONE ||
            setup->driver_regions * per_region <= setup->hw_regions);
}

bool protection_init(struct protection *protection, const struct protection_setup *setup)
{
    const struct mpu_driver *driver = driver_for(setup);

    memset(protection, 0, sizeof *protection);
    if (!driver || !fits(setup) || !mpu_hw_init(&protection->hw, setup->kind, setup->hw_regions))
        return false;
    protection->mpu.driver = driver;
    protection->mpu.region_count = (uint8_t)setup->driver_regions;
    protection->mpu.min_region_size = setup->min_region_size;
    return true;
}
