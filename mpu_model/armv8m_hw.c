// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "armv8m_hw.h"

#include "cortexm_hw.h"

#define RLAR_MASK   UINT32_C(0xFFFFFFEF) // bit 4 is reserved before Armv8.1-M
#define BASE_MASK   UINT32_C(0xFFFFFFE0)
#define OFFSET_MASK UINT32_C(0x0000001F)

// The region that RBAR and RLAR (0) or their aliases (1..3) name.
static uint32_t region_of_alias(const struct mpu_hw *hw, uint32_t alias)
{
    return alias == 0 ? hw->arm.rnr : (hw->arm.rnr & ~UINT32_C(3)) + alias;
}

bool armv8m_hw_write(struct mpu_hw *hw, uint32_t reg, uint32_t value)
{
    const uint32_t region = region_of_alias(hw, (reg - ARMV8M_RBAR) / 8 % 4);

    switch (reg) {
    case ARMV8M_FAULTMASK:
        mpu_set(hw, &hw->arm.faultmask, value & 1);
        return true;
    case ARMV8M_TYPE:
        return true;
    case ARMV8M_CTRL:
        mpu_set(hw, &hw->arm.ctrl, value & MPU_ARM_CTRL_MASK);
        return true;
    case ARMV8M_RNR:
        cortexm_select_region(hw, value);
        return true;
    case ARMV8M_RBAR:
    case ARMV8M_RBAR_A1:
    case ARMV8M_RBAR_A2:
    case ARMV8M_RBAR_A3:
        mpu_set(hw, &hw->arm.region[region].rbar, value);
        return true;
    case ARMV8M_RLAR:
    case ARMV8M_RLAR_A1:
    case ARMV8M_RLAR_A2:
    case ARMV8M_RLAR_A3:
        mpu_set(hw, &hw->arm.region[region].attr, value & RLAR_MASK);
        return true;
    case ARMV8M_MAIR0:
    case ARMV8M_MAIR1:
        hw->arm.mair[reg == ARMV8M_MAIR1] = value;
        return true;
    default:
        return false;
    }
}

bool armv8m_hw_read(const struct mpu_hw *hw, uint32_t reg, uint32_t *value)
{
    const uint32_t region = region_of_alias(hw, (reg - ARMV8M_RBAR) / 8 % 4);

    switch (reg) {
    case ARMV8M_FAULTMASK:
        *value = hw->arm.faultmask;
        return true;
    case ARMV8M_TYPE:
        *value = cortexm_type(hw);
        return true;
    case ARMV8M_CTRL:
        *value = hw->arm.ctrl;
        return true;
    case ARMV8M_RNR:
        *value = hw->arm.rnr;
        return true;
    case ARMV8M_RBAR:
    case ARMV8M_RBAR_A1:
    case ARMV8M_RBAR_A2:
    case ARMV8M_RBAR_A3:
        *value = hw->arm.region[region].rbar;
        return true;
    case ARMV8M_RLAR:
    case ARMV8M_RLAR_A1:
    case ARMV8M_RLAR_A2:
    case ARMV8M_RLAR_A3:
        *value = hw->arm.region[region].attr;
        return true;
    case ARMV8M_MAIR0:
    case ARMV8M_MAIR1:
        *value = hw->arm.mair[reg == ARMV8M_MAIR1];
        return true;
    default:
        return false;
    }
}

// A region whose limit lies below its base holds nothing.
static bool region_holds(uint32_t rbar, uint32_t rlar, uint32_t addr)
{
    return (rlar & ARMV8M_RLAR_EN) && (rbar & BASE_MASK) <= addr && addr <= (rlar | OFFSET_MASK);
}

// AP and XN: a fetch needs the right to read as well.
static uint32_t rights_of(uint32_t rbar, bool privileged)
{
    enum { R = MPU_RIGHT_READ, RW = MPU_RIGHT_READ | MPU_RIGHT_WRITE };
    static const uint8_t by_ap[2][4] = {{0, RW, 0, R}, {RW, RW, R, R}};
    uint32_t rights = by_ap[privileged][(rbar >> 1) & 3];

    if ((rights & MPU_RIGHT_READ) && !(rbar & ARMV8M_RBAR_XN))
        rights |= MPU_RIGHT_EXECUTE;
    return rights;
}

// Two matches are a fault for everybody; the answer names the lower one.
static inline struct cortexm_match lookup(const struct mpu_hw *hw, uint32_t addr, bool privileged)
{
    uint32_t found = MPU_HW_NO_REGION;

    for (uint32_t i = 0; i < hw->regions; i++) {
        if (!region_holds(hw->arm.region[i].rbar, hw->arm.region[i].attr, addr))
            continue;
        if (found != MPU_HW_NO_REGION)
            return (struct cortexm_match){MPU_RULE_OVERLAP, found, 0};
        found = i;
    }
    if (found == MPU_HW_NO_REGION)
        return (struct cortexm_match){MPU_RULE_NO_MATCH, MPU_HW_NO_REGION, 0};
    return (struct cortexm_match){MPU_RULE_REGION, found,
                                  rights_of(hw->arm.region[found].rbar, privileged)};
}

struct mpu_answer armv8m_hw_check(const struct mpu_hw *hw, uint32_t addr, uint32_t size,
                                  enum mpu_op op, bool privileged)
{
    return cortexm_check(hw, addr, size, op, privileged, lookup);
}

bool armv8m_hw_decode_region(const struct mpu_hw *hw, uint32_t index, struct mpu_hw_region *region)
{
    if (index >= hw->regions || !(hw->arm.region[index].attr & ARMV8M_RLAR_EN))
        return false;

    const uint32_t rbar = hw->arm.region[index].rbar,
                   limit = hw->arm.region[index].attr | OFFSET_MASK;
    if (limit < (rbar & BASE_MASK))
        return false;
    *region = (struct mpu_hw_region){
        .first = rbar & BASE_MASK,
        .last = limit,
        .privileged_rights = (uint8_t)rights_of(rbar, true),
        .unprivileged_rights = (uint8_t)rights_of(rbar, false),
    };
    return true;
}

// Which regions match is the same all over what remains, so the answer is.
void armv8m_hw_span(const struct mpu_hw *hw, uint32_t addr, enum mpu_op op, uint32_t *lo,
                    uint32_t *hi)
{
    struct mpu_span span = cortexm_span_of_map(addr, op);

    for (uint32_t i = 0; i < hw->regions; i++) {
        const uint32_t first = hw->arm.region[i].rbar & BASE_MASK;
        const uint32_t last = hw->arm.region[i].attr | OFFSET_MASK;

        if (!(hw->arm.region[i].attr & ARMV8M_RLAR_EN) || last < first)
            continue;
        if (first <= addr && addr <= last)
            span_keep(&span, first, last);
        else
            span_avoid(&span, addr, first, last);
    }
    *lo = span.lo;
    *hi = span.hi;
}
