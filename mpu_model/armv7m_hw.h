// SPDX-License-Identifier: Apache-2.0 OR MIT
// Armv7-M and Armv6-M protection units (PMSAv7, PMSAv6): regions of a power of two with eight
// subregions, the highest-numbered match decides.
//
// Unpredictable in the architecture, and what this unit does:
//   SIZE below the smallest region (4; Armv6-M 7)   the region never matches
//   base not a multiple of the size                 the low bits of the base are ignored
//   SRD on a region under 256 bytes                 ignored
//   AP = 4                                          no access for anybody
//   RNR, or RBAR with VALID, naming no region       the write is ignored
//   RBAR_A1.. and RASR_A1.. on Armv6-M              no such registers
//
// Armv6-M has no MemManage and no MMFAR: each refusal is a HardFault there. The fault kinds say
// all the same what was refused.
#pragma once

#include "mpu_hw.h"

// Offsets in the System Control Space (0xE000E000); FAULTMASK by its number in MRS and MSR.
enum armv7m_register {
    // Bit 0 is 1 while the core runs at negative priority. It stands for HardFault and NMI
    // handlers too, which on Armv6-M are the only ones.
    ARMV7M_FAULTMASK = 19,
    ARMV7M_TYPE = 0xD90, // read-only: number of regions in bits 15:8
    ARMV7M_CTRL = 0xD94,
    ARMV7M_RNR = 0xD98,
    ARMV7M_RBAR = 0xD9C,
    ARMV7M_RASR = 0xDA0,
    ARMV7M_RBAR_A1 = 0xDA4,
    ARMV7M_RASR_A1 = 0xDA8,
    ARMV7M_RBAR_A2 = 0xDAC,
    ARMV7M_RASR_A2 = 0xDB0,
    ARMV7M_RBAR_A3 = 0xDB4,
    ARMV7M_RASR_A3 = 0xDB8,
};

enum {
    ARMV7M_RBAR_VALID = 1 << 4,
    ARMV7M_RASR_ENABLE = 1 << 0,
    ARMV7M_RASR_XN = 1 << 28,
};

// Writes `count` pairs of RBAR and RASR, in this order, as a chip does with one burst to the
// aliases. Each RBAR names its region with VALID and REGION, one that the silicon has.
void armv7m_hw_write_regions(struct mpu_hw *hw, const uint32_t *pairs, uint32_t count);

// The interface of mpu_hw.h for these kinds alone.
bool armv7m_hw_write(struct mpu_hw *hw, uint32_t reg, uint32_t value);
bool armv7m_hw_read(const struct mpu_hw *hw, uint32_t reg, uint32_t *value);
struct mpu_answer armv7m_hw_check(const struct mpu_hw *hw, uint32_t addr, uint32_t size,
                                  enum mpu_op op, bool privileged);
void armv7m_hw_span(const struct mpu_hw *hw, uint32_t addr, enum mpu_op op, uint32_t *lo,
                    uint32_t *hi);
bool armv7m_hw_decode_region(const struct mpu_hw *hw, uint32_t index, struct mpu_hw_region *region);
