// SPDX-License-Identifier: Apache-2.0 OR MIT
// Asserts about a unit's decisions, and chance that repeats, for the tests of mpu_model.
#pragma once

#include "../../tests/check.h"
#include "../mpu_hw.h"

// xorshift64*: the same numbers on every machine.
static inline uint32_t next_random(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return (uint32_t)(*state * UINT64_C(0x2545F4914F6CDD1D) >> 32);
}

static inline uint32_t random_below(uint64_t *state, uint32_t bound)
{
    return next_random(state) % bound;
}

static inline struct mpu_hw new_unit(enum mpu_kind kind, uint32_t regions)
{
    struct mpu_hw hw;

    assert_true(mpu_hw_init(&hw, kind, regions));
    return hw;
}

static inline void write_register(struct mpu_hw *hw, uint32_t reg, uint32_t value)
{
    assert_true(mpu_hw_write(hw, reg, value));
}

static inline uint32_t read_register(const struct mpu_hw *hw, uint32_t reg)
{
    uint32_t value = 0;

    assert_true(mpu_hw_read(hw, reg, &value));
    return value;
}

enum { PRIVILEGED = true, UNPRIVILEGED = false };

// One aligned word or halfword of an instruction: the answer as a whole.
#define assert_answer(hw, addr, op, privileged, expected_fault, expected_rule, expected_region)    \
    do {                                                                                           \
        const uint32_t size_ = (op) == MPU_OP_FETCH ? 2 : 4;                                       \
        const struct mpu_answer answer_ = mpu_hw_check((hw), (addr), size_, (op), (privileged));   \
        assert_string_equal(mpu_fault_name(answer_.fault), mpu_fault_name(expected_fault));        \
        assert_string_equal(mpu_rule_name(answer_.rule), mpu_rule_name(expected_rule));            \
        assert_int_equal(answer_.region, (expected_region));                                       \
    } while (0)

#define assert_fault(hw, addr, size, op, privileged, expected_fault)                               \
    assert_string_equal(                                                                           \
        mpu_fault_name(mpu_hw_check((hw), (addr), (size), (op), (privileged)).fault),              \
        mpu_fault_name(expected_fault))

#define assert_span(hw, addr, op, expected_lo, expected_hi)                                        \
    do {                                                                                           \
        uint32_t lo_, hi_;                                                                         \
        mpu_hw_span((hw), (addr), (op), UNPRIVILEGED, &lo_, &hi_);                                 \
        assert_int_equal(lo_, (expected_lo));                                                      \
        assert_int_equal(hi_, (expected_hi));                                                      \
    } while (0)
