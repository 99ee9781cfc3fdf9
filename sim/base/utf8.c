// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "utf8.h"

#include "count_of.h"

// How many bytes a character has that begins with this one, 0: none does.
static size_t size_by_lead(unsigned char lead)
{
    if (lead < 0x80)
        return 1;
    if (lead < 0xc2 || lead > 0xf4)
        return 0;
    return lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
}

static bool is_character(uint32_t code, size_t size)
{
    static const uint32_t least[UTF8_MOST_BYTES + 1] = {[2] = 0x80, [3] = 0x800, [4] = 0x10000};

    return code >= least[size] && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
}

size_t utf8_read(const char *bytes, size_t length, uint32_t *code)
{
    size_t size = length > 0 ? size_by_lead((unsigned char)bytes[0]) : 0;

    if (size == 0 || size > length)
        return 0;
    *code = (unsigned char)bytes[0] & (size == 1 ? 0x7fu : 0x7fu >> size);
    for (size_t i = 1; i < size; i++) {
        if (((unsigned char)bytes[i] & 0xc0) != 0x80)
            return 0;
        *code = *code << 6 | ((unsigned char)bytes[i] & 0x3fu);
    }
    return is_character(*code, size) ? size : 0;
}

size_t utf8_write(char bytes[UTF8_MOST_BYTES], uint32_t code)
{
    size_t size = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;

    for (size_t i = size - 1; i > 0; i--, code >>= 6)
        bytes[i] = (char)(0x80 | (code & 0x3f));
    bytes[0] = (char)(size == 1 ? code : (0xf00u >> size & 0xf0u) | code);
    return size;
}

bool utf8_is_harmless(uint32_t code)
{
    static const struct {
        uint32_t first;
        uint32_t last;
    } harmful[] = {
        {0, 0x1f},        {0x7f, 0x9f},     // controls
        {0x61c, 0x61c},   {0x200e, 0x200f}, // marks of direction
        {0x2028, 0x202e},                   // line separators, embeddings
        {0x2066, 0x2069}, {0xfeff, 0xfeff}, // isolates, byte order mark
        {0xfffe, 0xffff},                   // no characters
    };

    for (size_t i = 0; i < COUNT_OF(harmful); i++)
        if (code >= harmful[i].first && code <= harmful[i].last)
            return false;
    return true;
}
