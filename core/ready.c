// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "ready.h"

static uint32_t lowest_bit(uint32_t bits)
{
    return (uint32_t)__builtin_ctz(bits);
}

static uint32_t highest_bit(uint32_t bits)
{
    return READY_BITS - 1 - (uint32_t)__builtin_clz(bits);
}

uint32_t kernel_ready_from(const struct kernel *kernel, uint32_t from)
{
    uint32_t bits;

    if (from >= kernel->process_slots)
        return kernel->process_slots;
    bits = kernel->ready[from / READY_BITS] & (UINT32_MAX << (from % READY_BITS));
    for (uint32_t word = from / READY_BITS;; bits = kernel->ready[word]) {
        if (LIKELY(bits))
            return word * READY_BITS + lowest_bit(bits);
        if (++word == READY_WORDS)
            return kernel->process_slots;
    }
}

uint32_t kernel_ready_down_from(const struct kernel *kernel, uint32_t from)
{
    uint32_t word = from / READY_BITS;
    uint32_t bits = kernel->ready[word] & (UINT32_MAX >> (READY_BITS - 1 - from % READY_BITS));

    for (;; bits = kernel->ready[--word]) {
        if (LIKELY(bits))
            return word * READY_BITS + highest_bit(bits);
        if (word == 0)
            return kernel->process_slots;
    }
}
