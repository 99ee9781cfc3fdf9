// SPDX-License-Identifier: Apache-2.0 OR MIT
// Words in the simulated machine's memory: 32 bits, little-endian, as on its boards.
#pragma once

#include <stdint.h>

static inline uint32_t memory_load_word(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
           (uint32_t)bytes[3] << 24;
}

static inline void memory_store_word(uint8_t *bytes, uint32_t word)
{
    bytes[0] = (uint8_t)word;
    bytes[1] = (uint8_t)(word >> 8);
    bytes[2] = (uint8_t)(word >> 16);
    bytes[3] = (uint8_t)(word >> 24);
}
