// SPDX-License-Identifier: Apache-2.0 OR MIT
// What the Cortex-M units have in common: the fixed parts of the memory map, CTRL, and how an
// access falls into parts that are answered one by one. Private to mpu_model.
//
// All in the header, so that each unit's own lookup is inlined into its check.
#pragma once

#include "mpu_hw.h"
#include "mpu_hw_private.h"

enum {
    // Every border of the map, of a region and of a subregion is a multiple of this.
    CORTEXM_GRAIN_BYTES = 32,
};

#define CORTEXM_PPB_FIRST    UINT32_C(0xE0000000)
#define CORTEXM_PPB_LAST     UINT32_C(0xE00FFFFF)
#define CORTEXM_SYSTEM_SPACE UINT32_C(0xE0000000)

// Which rule answers an address, with which rights for the one who asks.
struct cortexm_match {
    enum mpu_rule rule;
    uint32_t region;
    uint32_t rights;
};

// A unit's own lookup: rule REGION, OVERLAP or NO_MATCH.
typedef struct cortexm_match cortexm_lookup(const struct mpu_hw *hw, uint32_t addr,
                                            bool privileged);

// The default map: 512 MiB pieces 2 (peripherals), 5 (devices), 6 and 7 (system) never execute.
static inline uint32_t cortexm_default_rights(uint32_t addr)
{
    const uint32_t never_execute_pieces = 0xE4;
    bool never_executes = (never_execute_pieces >> (addr >> 29)) & 1;

    return MPU_RIGHT_READ | MPU_RIGHT_WRITE | (never_executes ? 0u : MPU_RIGHT_EXECUTE);
}

static inline struct cortexm_match cortexm_match_map(enum mpu_rule rule, uint32_t addr)
{
    return (struct cortexm_match){rule, MPU_HW_NO_REGION, cortexm_default_rights(addr)};
}

static inline struct cortexm_match cortexm_match(const struct mpu_hw *hw, uint32_t addr,
                                                 enum mpu_op op, bool privileged,
                                                 cortexm_lookup *lookup)
{
    const uint32_t ctrl = hw->arm.ctrl;

    if (addr >= CORTEXM_PPB_FIRST && addr <= CORTEXM_PPB_LAST) {
        uint32_t rights = privileged ? MPU_RIGHT_READ | MPU_RIGHT_WRITE : 0;
        return (struct cortexm_match){MPU_RULE_PPB, MPU_HW_NO_REGION, rights};
    }
    if (!(ctrl & MPU_ARM_CTRL_ENABLE))
        return cortexm_match_map(MPU_RULE_UNIT_OFF, addr);
    if (hw->arm.faultmask && !(ctrl & MPU_ARM_CTRL_HFNMIENA))
        return cortexm_match_map(MPU_RULE_NEGATIVE_PRIORITY, addr);

    struct cortexm_match match = lookup(hw, addr, privileged);
    if (match.rule == MPU_RULE_NO_MATCH && privileged && (ctrl & MPU_ARM_CTRL_PRIVDEFENA))
        return cortexm_match_map(MPU_RULE_BACKGROUND, addr);
    if (match.rule == MPU_RULE_REGION && op == MPU_OP_FETCH && addr >= CORTEXM_SYSTEM_SPACE)
        return (struct cortexm_match){MPU_RULE_SYSTEM_SPACE, match.region, 0};
    return match;
}

static inline enum mpu_fault cortexm_fault(enum mpu_rule rule, enum mpu_op op)
{
    if (op == MPU_OP_FETCH)
        return MPU_FAULT_IACCVIOL;
    if (rule == MPU_RULE_PPB)
        return MPU_FAULT_BUSFAULT;
    if (op == MPU_OP_PUSH)
        return MPU_FAULT_MSTKERR;
    return op == MPU_OP_POP ? MPU_FAULT_MUNSTKERR : MPU_FAULT_DACCVIOL;
}

// Armv6-M has neither MMFAR nor BFAR. Elsewhere only a plain data access leaves its address:
// MMFAR and BFAR stay as they are on a stacking error.
static inline bool cortexm_is_addr_recorded(const struct mpu_hw *hw, enum mpu_op op)
{
    return hw->kind != MPU_KIND_ARMV6M && (op == MPU_OP_READ || op == MPU_OP_WRITE);
}

// Answers for the bytes of one grain that the access touches, the first of them at `addr`.
static inline struct mpu_answer cortexm_answer(const struct mpu_hw *hw, uint32_t addr,
                                               enum mpu_op op, bool privileged,
                                               cortexm_lookup *lookup)
{
    struct cortexm_match match = cortexm_match(hw, addr, op, privileged, lookup);
    struct mpu_answer answer = {MPU_FAULT_NONE, match.rule, match.region, addr, false};

    if (match.rights & mpu_needed_right(op))
        return answer;
    answer.fault = cortexm_fault(match.rule, op);
    answer.is_addr_recorded = cortexm_is_addr_recorded(hw, op);
    return answer;
}

// The first grain that refuses decides, in the order of addresses from the access's first byte.
static inline struct mpu_answer cortexm_check(const struct mpu_hw *hw, uint32_t addr, uint32_t size,
                                              enum mpu_op op, bool privileged,
                                              cortexm_lookup *lookup)
{
    const uint32_t first = op == MPU_OP_PUSH ? addr - size : addr;
    struct mpu_answer answer = cortexm_answer(hw, first, op, privileged, lookup);

    if (size == 0)
        return (struct mpu_answer){MPU_FAULT_NONE, answer.rule, answer.region, addr, false};
    uint64_t offset = CORTEXM_GRAIN_BYTES - first % CORTEXM_GRAIN_BYTES;
    for (; answer.fault == MPU_FAULT_NONE && offset < size; offset += CORTEXM_GRAIN_BYTES) {
        struct mpu_answer next =
            cortexm_answer(hw, first + (uint32_t)offset, op, privileged, lookup);
        if (next.fault != MPU_FAULT_NONE)
            answer = next;
    }
    return answer;
}

// Around `addr`, what the fixed parts of the map answer alike.
static inline struct mpu_span cortexm_span_of_map(uint32_t addr, enum mpu_op op)
{
    struct mpu_span span = {0, UINT32_MAX};

    if (addr >= CORTEXM_PPB_FIRST && addr <= CORTEXM_PPB_LAST)
        return (struct mpu_span){CORTEXM_PPB_FIRST, CORTEXM_PPB_LAST};
    span_avoid(&span, addr, CORTEXM_PPB_FIRST, CORTEXM_PPB_LAST);
    if (op == MPU_OP_FETCH) {
        const uint32_t piece_bytes = UINT32_C(1) << 29;
        uint32_t piece = addr & ~(piece_bytes - 1);
        span_keep(&span, piece, piece + (piece_bytes - 1));
    }
    return span;
}

// RNR naming no region is unpredictable: ignored, as emulators do. No decision depends on RNR.
static inline void cortexm_select_region(struct mpu_hw *hw, uint32_t value)
{
    uint32_t region = value & 0xFF;

    if (region < hw->regions)
        hw->arm.rnr = region;
}

static inline uint32_t cortexm_type(const struct mpu_hw *hw)
{
    return hw->regions << 8;
}
