// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "app_header.h"

#include <string.h>

enum {
    WORD_BYTES = 4,
    VERSION = 2,
    FLAG_ENABLED = 1,
    TLV_MAIN = 1,
    TLV_PACKAGE_NAME = 3,
    TLV_UNUSED = 0xf0, // that no loader knows: it fills the rest
    // Where each part lies. A TLV is its type and its length, 16 bits each, and what it holds.
    CHECKSUM_AT = 12,
    MAIN_AT = 16,
    MAIN_BYTES = 12, // where init lies, what the app protects itself, the RAM it asks for
    NAME_AT = MAIN_AT + WORD_BYTES + MAIN_BYTES,
    SMALLEST_BYTES = 128, // what elf2tab leaves room for
};

// Where the TLV of the name ends, in whole words.
static uint32_t name_end(uint32_t name_length)
{
    return NAME_AT + WORD_BYTES + (name_length + WORD_BYTES - 1) / WORD_BYTES * WORD_BYTES;
}

uint32_t app_header_size(uint32_t name_length)
{
    uint32_t used = name_end(name_length);

    return used > SMALLEST_BYTES ? used : SMALLEST_BYTES;
}

static void put(uint8_t *bytes, uint32_t value)
{
    for (uint32_t i = 0; i < WORD_BYTES; i++)
        bytes[i] = (uint8_t)(value >> (8 * i));
}

// Two halves of a word, the lower address first.
static void put_pair(uint8_t *bytes, uint32_t first, uint32_t second)
{
    put(bytes, first | second << 16);
}

// The checksum is that of all other words.
static void seal(uint8_t *bytes, uint32_t size)
{
    for (uint32_t i = 0; i < size; i++)
        if (i / WORD_BYTES != CHECKSUM_AT / WORD_BYTES)
            bytes[CHECKSUM_AT + i % WORD_BYTES] ^= bytes[i];
}

void app_header_write(const struct app_header *header, uint8_t *bytes)
{
    uint32_t size = app_header_size(header->name_length);
    uint32_t rest_at = name_end(header->name_length);

    memset(bytes, 0, size);
    put_pair(bytes, VERSION, size);
    put(bytes + 4, header->total_size);
    put(bytes + 8, FLAG_ENABLED);
    put_pair(bytes + MAIN_AT, TLV_MAIN, MAIN_BYTES);
    put(bytes + MAIN_AT + WORD_BYTES + 8, header->ram_size);
    put_pair(bytes + NAME_AT, TLV_PACKAGE_NAME, header->name_length);
    memcpy(bytes + NAME_AT + WORD_BYTES, header->name, header->name_length);
    if (rest_at < size)
        put_pair(bytes + rest_at, TLV_UNUSED, size - rest_at - WORD_BYTES);
    seal(bytes, size);
}
