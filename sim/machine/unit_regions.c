// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "unit_regions.h"

static bool has_pairs(const struct mpu_hw *unit)
{
    return unit->kind == MPU_KIND_PMP || unit->kind == MPU_KIND_SMEPMP;
}

// What its driver calls the region or entry `index`.
static uint32_t number_of(const struct mpu_hw *unit, uint32_t index)
{
    return has_pairs(unit) ? index / 2 : index;
}

static struct unit_region describe(uint32_t number, const struct mpu_hw_region *decoded)
{
    uint8_t rights = decoded->unprivileged_rights;

    return (struct unit_region){
        .number = number,
        .base = decoded->first,
        .span = decoded->last - decoded->first + 1,
        .disabled = decoded->disabled_subregions,
        .permissions = {rights & MPU_RIGHT_READ ? 'r' : '-', rights & MPU_RIGHT_WRITE ? 'w' : '-',
                        rights & MPU_RIGHT_EXECUTE ? 'x' : '-', '\0'},
    };
}

uint32_t unit_list_regions(const struct mpu_hw *unit, struct unit_region regions[UNIT_REGIONS_MAX])
{
    struct mpu_hw_region decoded;
    uint32_t count = 0;

    for (uint32_t i = 0; i < unit->regions; i++)
        if (mpu_hw_decode_region(unit, i, &decoded))
            regions[count++] = describe(number_of(unit, i), &decoded);
    return count;
}

struct unit_answer unit_ask(const struct mpu_hw *unit, enum access_op op, uaddr address,
                            uint32_t size)
{
    struct mpu_answer answer = mpu_hw_check(unit, address, 1, unit_op(op), false);

    if (answer.fault == MPU_FAULT_NONE)
        answer = mpu_hw_check(unit, address, size, unit_op(op), false);
    return (struct unit_answer){answer.rule, number_of(unit, answer.region)};
}
