// SPDX-License-Identifier: Apache-2.0 OR MIT
// Arithmetic of addresses and sizes, wide enough for the end of a 32-bit address space.
#pragma once

#include <stdint.h>

static inline uint64_t size_least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static inline uint64_t size_most(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

// The smallest power of two that is not less.
static inline uint32_t size_ceil_power(uint32_t value)
{
    uint32_t power = 1;

    while (power < value && power < UINT32_C(1) << 31)
        power <<= 1;
    return power;
}

// The first multiple of `unit` from `value` on.
static inline uint64_t size_round_up(uint64_t value, uint64_t unit)
{
    return (value + unit - 1) / unit * unit;
}
