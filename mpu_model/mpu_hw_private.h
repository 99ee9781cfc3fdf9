// SPDX-License-Identifier: Apache-2.0 OR MIT
// What the units of all architectures share. Private to mpu_model.
#pragma once

#include "mpu_hw.h"

static inline uint32_t mpu_needed_right(enum mpu_op op)
{
    switch (op) {
    case MPU_OP_FETCH:
        return MPU_RIGHT_EXECUTE;
    case MPU_OP_WRITE:
    case MPU_OP_PUSH:
        return MPU_RIGHT_WRITE;
    case MPU_OP_READ:
    case MPU_OP_POP:
        break;
    }
    return MPU_RIGHT_READ;
}

// Writes a register that decisions depend on.
static inline void mpu_set(struct mpu_hw *hw, uint32_t *reg, uint32_t value)
{
    if (*reg == value)
        return;
    *reg = value;
    hw->generation++;
}

// A range of addresses, both ends inside, that is cut down to what is sure.
struct mpu_span {
    uint32_t lo;
    uint32_t hi;
};

// Keeps only what lies in first..last.
static inline void span_keep(struct mpu_span *span, uint32_t first, uint32_t last)
{
    if (span->lo < first)
        span->lo = first;
    if (span->hi > last)
        span->hi = last;
}

// Keeps only the side of `addr`, which lies outside first..last.
static inline void span_avoid(struct mpu_span *span, uint32_t addr, uint32_t first, uint32_t last)
{
    if (addr < first)
        span_keep(span, 0, first - 1);
    else
        span_keep(span, last + 1, UINT32_MAX);
}
