// SPDX-License-Identifier: Apache-2.0 OR MIT
// Armv8-M protection unit (PMSAv8), one security state: regions of any multiple of 32 bytes from
// base to limit, which must not overlap: where two match, everybody faults.
//
// Unpredictable in the architecture, and what this unit does:
//   RNR naming no region               the write is ignored
//   unaligned access to Device memory  answered by its bytes; that the core refuses it is not the
//                                      unit's business, and MAIR decides nothing here
#pragma once

#include "mpu_hw.h"

// Offsets in the System Control Space (0xE000E000); FAULTMASK by its number in MRS and MSR.
enum armv8m_register {
    ARMV8M_FAULTMASK = 19, // bit 0 is 1 while the core runs at negative priority
    ARMV8M_TYPE = 0xD90,   // read-only: number of regions in bits 15:8
    ARMV8M_CTRL = 0xD94,
    ARMV8M_RNR = 0xD98,
    ARMV8M_RBAR = 0xD9C,
    ARMV8M_RLAR = 0xDA0,
    ARMV8M_RBAR_A1 = 0xDA4, // A1..A3: region (RNR & ~3) + 1..3
    ARMV8M_RLAR_A1 = 0xDA8,
    ARMV8M_RBAR_A2 = 0xDAC,
    ARMV8M_RLAR_A2 = 0xDB0,
    ARMV8M_RBAR_A3 = 0xDB4,
    ARMV8M_RLAR_A3 = 0xDB8,
    ARMV8M_MAIR0 = 0xDC0,
    ARMV8M_MAIR1 = 0xDC4,
};

enum {
    ARMV8M_RBAR_XN = 1 << 0,
    ARMV8M_RLAR_EN = 1 << 0,
};

// The interface of mpu_hw.h for this kind alone.
bool armv8m_hw_write(struct mpu_hw *hw, uint32_t reg, uint32_t value);
bool armv8m_hw_read(const struct mpu_hw *hw, uint32_t reg, uint32_t *value);
struct mpu_answer armv8m_hw_check(const struct mpu_hw *hw, uint32_t addr, uint32_t size,
                                  enum mpu_op op, bool privileged);
void armv8m_hw_span(const struct mpu_hw *hw, uint32_t addr, enum mpu_op op, uint32_t *lo,
                    uint32_t *hi);
bool armv8m_hw_decode_region(const struct mpu_hw *hw, uint32_t index, struct mpu_hw_region *region);
