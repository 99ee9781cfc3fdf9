// SPDX-License-Identifier: Apache-2.0 OR MIT
// Words in the simulated machine's memory: 32 bits, little-endian, as on its boards.
#pragma once

#include <stdint.h>
#include <string.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "hosts and boards are little-endian");

static inline uint32_t memory_load_word(const uint8_t *bytes)
{
    uint32_t word;

    memcpy(&word, bytes, sizeof word);
    return word;
}

static inline void memory_store_word(uint8_t *bytes, uint32_t word)
{
    memcpy(bytes, &word, sizeof word);
}
