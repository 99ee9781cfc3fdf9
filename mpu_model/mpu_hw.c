// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "mpu_hw.h"

#include <string.h>

#include "armv7m_hw.h"
#include "armv8m_hw.h"
#include "pmp_hw.h"

static bool is_region_count_real(enum mpu_kind kind, uint32_t regions)
{
    switch (kind) {
    case MPU_KIND_NONE:
        return regions == 0;
    case MPU_KIND_ARMV6M:
        return regions == 8;
    case MPU_KIND_ARMV7M:
        return regions == 8 || regions == 16;
    case MPU_KIND_ARMV8M:
        return regions == 4 || regions == 8 || regions == 12 || regions == 16;
    case MPU_KIND_PMP:
    case MPU_KIND_SMEPMP:
        return regions >= 4 && regions <= MPU_PMP_ENTRIES_MAX;
    }
    return false;
}

static void clear_registers(struct mpu_hw *hw)
{
    // The largest member, so that no byte of any other keeps its value.
    memset(&hw->pmp, 0, sizeof hw->pmp);
    if (hw->kind != MPU_KIND_ARMV6M && hw->kind != MPU_KIND_ARMV7M)
        return;
    for (uint32_t i = 0; i < hw->regions; i++)
        hw->arm.region[i].rbar = i;
}

bool mpu_hw_init(struct mpu_hw *hw, enum mpu_kind kind, uint32_t regions)
{
    if (!is_region_count_real(kind, regions))
        return false;

    hw->generation = 0;
    hw->kind = kind;
    hw->regions = regions;
    clear_registers(hw);
    return true;
}

bool mpu_hw_write(struct mpu_hw *hw, uint32_t reg, uint32_t value)
{
    switch (hw->kind) {
    case MPU_KIND_ARMV6M:
    case MPU_KIND_ARMV7M:
        return armv7m_hw_write(hw, reg, value);
    case MPU_KIND_ARMV8M:
        return armv8m_hw_write(hw, reg, value);
    case MPU_KIND_PMP:
    case MPU_KIND_SMEPMP:
        return pmp_hw_write(hw, reg, value);
    default:
        return false;
    }
}

bool mpu_hw_read(const struct mpu_hw *hw, uint32_t reg, uint32_t *value)
{
    switch (hw->kind) {
    case MPU_KIND_ARMV6M:
    case MPU_KIND_ARMV7M:
        return armv7m_hw_read(hw, reg, value);
    case MPU_KIND_ARMV8M:
        return armv8m_hw_read(hw, reg, value);
    case MPU_KIND_PMP:
    case MPU_KIND_SMEPMP:
        return pmp_hw_read(hw, reg, value);
    default:
        return false;
    }
}

struct mpu_answer mpu_hw_check(const struct mpu_hw *hw, uint32_t addr, uint32_t size,
                               enum mpu_op op, bool privileged)
{
    switch (hw->kind) {
    case MPU_KIND_ARMV6M:
    case MPU_KIND_ARMV7M:
        return armv7m_hw_check(hw, addr, size, op, privileged);
    case MPU_KIND_ARMV8M:
        return armv8m_hw_check(hw, addr, size, op, privileged);
    case MPU_KIND_PMP:
    case MPU_KIND_SMEPMP:
        return pmp_hw_check(hw, addr, size, op, privileged);
    default:
        return (struct mpu_answer){MPU_FAULT_NONE, MPU_RULE_NO_UNIT, MPU_HW_NO_REGION, addr, false};
    }
}

static bool are_words_same(const uint32_t *a, const uint32_t *b, uint32_t count)
{
    return memcmp(a, b, count * sizeof *a) == 0;
}

static bool is_arm_same(const struct mpu_hw *a, const struct mpu_hw *b)
{
    return a->arm.ctrl == b->arm.ctrl && a->arm.faultmask == b->arm.faultmask &&
           memcmp(a->arm.region, b->arm.region, a->regions * sizeof a->arm.region[0]) == 0;
}

static bool is_pmp_same(const struct mpu_hw *a, const struct mpu_hw *b)
{
    return a->pmp.mseccfg == b->pmp.mseccfg && a->pmp.mstatus == b->pmp.mstatus &&
           memcmp(a->pmp.pmpcfg, b->pmp.pmpcfg, a->regions) == 0 &&
           are_words_same(a->pmp.pmpaddr, b->pmp.pmpaddr, a->regions);
}

bool mpu_hw_is_same(const struct mpu_hw *a, const struct mpu_hw *b)
{
    if (a->kind != b->kind || a->regions != b->regions)
        return false;

    switch (a->kind) {
    case MPU_KIND_ARMV6M:
    case MPU_KIND_ARMV7M:
    case MPU_KIND_ARMV8M:
        return is_arm_same(a, b);
    case MPU_KIND_PMP:
    case MPU_KIND_SMEPMP:
        return is_pmp_same(a, b);
    default:
        return true;
    }
}

// In none of these units do borders depend on who asks, only what is granted between them.
void mpu_hw_span(const struct mpu_hw *hw, uint32_t addr, enum mpu_op op, bool privileged,
                 uint32_t *lo, uint32_t *hi)
{
    (void)privileged;
    switch (hw->kind) {
    case MPU_KIND_ARMV6M:
    case MPU_KIND_ARMV7M:
        armv7m_hw_span(hw, addr, op, lo, hi);
        return;
    case MPU_KIND_ARMV8M:
        armv8m_hw_span(hw, addr, op, lo, hi);
        return;
    case MPU_KIND_PMP:
    case MPU_KIND_SMEPMP:
        pmp_hw_span(hw, addr, lo, hi);
        return;
    default:
        *lo = 0;
        *hi = UINT32_MAX;
        return;
    }
}

bool mpu_hw_decode_region(const struct mpu_hw *hw, uint32_t index, struct mpu_hw_region *region)
{
    switch (hw->kind) {
    case MPU_KIND_ARMV6M:
    case MPU_KIND_ARMV7M:
        return armv7m_hw_decode_region(hw, index, region);
    case MPU_KIND_ARMV8M:
        return armv8m_hw_decode_region(hw, index, region);
    case MPU_KIND_PMP:
    case MPU_KIND_SMEPMP:
        return pmp_hw_decode_region(hw, index, region);
    default:
        return false;
    }
}

const char *mpu_fault_name(enum mpu_fault fault)
{
    static const char *const names[] = {
#define X(NAME) #NAME,
        MPU_FAULTS(X)
#undef X
    };
    return names[fault];
}

const char *mpu_rule_name(enum mpu_rule rule)
{
    static const char *const names[] = {
#define X(NAME, text) #NAME,
        MPU_RULES(X)
#undef X
    };
    return names[rule];
}

const char *mpu_rule_text(enum mpu_rule rule)
{
    static const char *const texts[] = {
#define X(NAME, text) text,
        MPU_RULES(X)
#undef X
    };
    return texts[rule];
}
