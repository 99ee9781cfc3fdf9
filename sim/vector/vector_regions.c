// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "vector_regions.h"

#include <inttypes.h>

#include "../../mpu_model/pmp_hw.h"

static void write_region(FILE *out, bool *is_first, uint32_t number, uint64_t start, uint64_t size,
                         const struct mpu_hw_region *region)
{
    uint8_t rights = region->unprivileged_rights;

    fprintf(out, "%s[%" PRIu32 ",%" PRIu64 ",%" PRIu64 ",\"%c%c%c\",%u]", *is_first ? "" : ",",
            number, start, size, rights & MPU_RIGHT_READ ? 'r' : '-',
            rights & MPU_RIGHT_WRITE ? 'w' : '-', rights & MPU_RIGHT_EXECUTE ? 'x' : '-',
            region->disabled_subregions);
    *is_first = false;
}

// A region without a byte counts here as long as it is on: a PMP entry whose top is its
// bottom, a Cortex-M region whose subregions are all disabled.
static bool decode_empty_entry(const struct mpu_hw *hw, uint32_t number,
                               struct mpu_hw_region *region)
{
    uint8_t config = hw->pmp.pmpcfg[number];
    uint32_t bottom = number > 0 ? hw->pmp.pmpaddr[number - 1] : 0;

    if ((config & PMP_CFG_A) != PMP_CFG_TOR || hw->pmp.pmpaddr[number] != bottom)
        return false;
    *region = (struct mpu_hw_region){
        .first = (uint64_t)bottom << 2,
        .last = ((uint64_t)bottom << 2) - 1,
        .unprivileged_rights = (uint8_t)(((config & PMP_CFG_R) ? MPU_RIGHT_READ : 0) |
                                         ((config & PMP_CFG_W) ? MPU_RIGHT_WRITE : 0) |
                                         ((config & PMP_CFG_X) ? MPU_RIGHT_EXECUTE : 0)),
    };
    return true;
}

static bool decode_closed_region(const struct mpu_hw *hw, uint32_t number,
                                 struct mpu_hw_region *region)
{
    const uint32_t all_subregions = UINT32_C(0xff) << 8;
    struct mpu_hw open = *hw;

    if ((hw->arm.region[number].attr & all_subregions) != all_subregions)
        return false;
    open.arm.region[number].attr &= ~all_subregions;
    if (!mpu_hw_decode_region(&open, number, region))
        return false;
    region->disabled_subregions = 0xff;
    return true;
}

static bool decode_region(const struct mpu_hw *hw, uint32_t number, struct mpu_hw_region *region)
{
    if (mpu_hw_decode_region(hw, number, region))
        return true;
    return hw->kind == MPU_KIND_PMP ? decode_empty_entry(hw, number, region)
                                    : decode_closed_region(hw, number, region);
}

void vector_write_regions(FILE *out, const struct mpu_hw *hw)
{
    bool is_first = true;
    struct mpu_hw_region region;

    fputs(",\"mpu\":[", out);
    for (uint32_t i = 0; i < hw->regions; i++)
        if (decode_region(hw, i, &region))
            write_region(out, &is_first, i, region.first, region.last + 1 - region.first, &region);
    fputs("]", out);
}
