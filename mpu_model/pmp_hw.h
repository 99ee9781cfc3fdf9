// SPDX-License-Identifier: Apache-2.0 OR MIT
// RISC-V physical memory protection of an rv32 core (34-bit physical addresses, grain of 4
// bytes), with or without Smepmp: the lowest-numbered entry that matches any byte decides.
//
// Reserved or left open in the specification, and what this unit does:
//   W without R, MML = 0        kept as written, grants nothing at all
//   entries beyond `regions`    read zero, ignore writes
//   bits 5 and 6 of a cfg byte  read zero
//   MPP = 2                     as user mode
//   an access that wraps around at 4 GiB is allowed only by one entry over both of its ends
#pragma once

#include "mpu_hw.h"

// CSR numbers. MSECCFG exists with Smepmp only. MSTATUS holds MPRV and MPP alone.
enum pmp_register {
    PMP_MSTATUS = 0x300,
    PMP_PMPCFG0 = 0x3A0,  // PMPCFG0 + n: entries 4n to 4n + 3, the lowest in the low byte
    PMP_PMPADDR0 = 0x3B0, // PMPADDR0 + n: address bits 33:2 of entry n
    PMP_MSECCFG = 0x747,
};

enum {
    PMP_CFG_R = 1 << 0,
    PMP_CFG_W = 1 << 1,
    PMP_CFG_X = 1 << 2,
    PMP_CFG_TOR = 1 << 3,
    PMP_CFG_NA4 = 2 << 3,
    PMP_CFG_NAPOT = 3 << 3,
    PMP_CFG_A = 3 << 3, // the field that holds one of these, or 0: off
    PMP_CFG_L = 1 << 7,
    PMP_MSECCFG_MML = 1 << 0,
    PMP_MSECCFG_MMWP = 1 << 1,
    PMP_MSECCFG_RLB = 1 << 2,
    PMP_MSTATUS_MPP = 3 << 11,
    PMP_MSTATUS_MPRV = 1 << 17,
};

// The interface of mpu_hw.h for these kinds alone.
bool pmp_hw_write(struct mpu_hw *hw, uint32_t reg, uint32_t value);
bool pmp_hw_read(const struct mpu_hw *hw, uint32_t reg, uint32_t *value);
struct mpu_answer pmp_hw_check(const struct mpu_hw *hw, uint32_t addr, uint32_t size,
                               enum mpu_op op, bool privileged);
void pmp_hw_span(const struct mpu_hw *hw, uint32_t addr, uint32_t *lo, uint32_t *hi);
bool pmp_hw_decode_region(const struct mpu_hw *hw, uint32_t index, struct mpu_hw_region *region);
