// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "vector_word.h"

#include <string.h>

#include "../base/count_of.h"

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

// The length of the string that begins at `start`, quotes included; 0: no end.
static size_t string_length(const char *start, const char *end)
{
    for (const char *c = start + 1; c < end; c++) {
        if (*c == '"')
            return (size_t)(c - start) + 1;
        if (*c == '\\')
            c++;
    }
    return 0;
}

static size_t word_length(const char *start, const char *end)
{
    const char *c = start;

    if (*start == '"')
        return string_length(start, end);
    while (c < end && !is_blank(*c) && *c != '#')
        c++;
    return (size_t)(c - start);
}

bool vector_split(const char *line, size_t size, struct vector_word *words, size_t max,
                  size_t *count)
{
    const char *end = line + size;

    *count = 0;
    for (const char *c = line; c < end;) {
        if (is_blank(*c)) {
            c++;
            continue;
        }
        if (*c == '#')
            return true;
        if (*count == max)
            return false;
        words[*count] = (struct vector_word){c, word_length(c, end)};
        if (words[*count].length == 0)
            return false;
        c += words[(*count)++].length;
    }
    return true;
}

bool vector_word_is(struct vector_word word, const char *text)
{
    return strlen(text) == word.length && memcmp(word.start, text, word.length) == 0;
}

bool vector_word_after(struct vector_word word, const char *key, struct vector_word *rest)
{
    size_t length = strlen(key);

    if (word.length <= length || memcmp(word.start, key, length) != 0 || word.start[length] != '=')
        return false;
    *rest = (struct vector_word){word.start + length + 1, word.length - length - 1};
    return true;
}

// The value of a digit, 16 for what is none.
static uint32_t digit(char c)
{
    if (c >= '0' && c <= '9')
        return (uint32_t)(c - '0');
    if (c >= 'a' && c <= 'f')
        return (uint32_t)(c - 'a') + 10;
    if (c >= 'A' && c <= 'F')
        return (uint32_t)(c - 'A') + 10;
    return 16;
}

bool vector_word_number(struct vector_word word, uint32_t *number)
{
    bool is_hex = word.length > 2 && word.start[0] == '0' && word.start[1] == 'x';
    uint32_t radix = is_hex ? 16 : 10;
    uint64_t sum = 0;

    if (word.length == 0)
        return false;
    for (size_t i = is_hex ? 2 : 0; i < word.length; i++) {
        if (digit(word.start[i]) >= radix)
            return false;
        sum = sum * radix + digit(word.start[i]);
        if (sum > UINT32_MAX)
            return false;
    }
    *number = (uint32_t)sum;
    return true;
}

// ---- values

static bool base_of(char letter, uint8_t *base)
{
    static const struct {
        char letter;
        uint8_t base;
    } bases[] = {
        {'@', VECTOR_ABSOLUTE},     {'M', VECTOR_MEMORY_START}, {'F', VECTOR_FLASH_START},
        {'B', VECTOR_APP_BRK},      {'K', VECTOR_KERNEL_BRK},   {'E', VECTOR_MEMORY_END},
        {'P', VECTOR_OTHER_MEMORY}, {'U', VECTOR_UPCALL},       {'R', VECTOR_ANSWER},
    };

    for (size_t i = 0; i < COUNT_OF(bases); i++)
        if (bases[i].letter == letter) {
            *base = bases[i].base;
            return true;
        }
    return false;
}

// The index of P, U and R: its digits leave `*word`. False: none, or too high.
static bool take_index(struct vector_word *word, const struct vector_value *value, uint8_t *index)
{
    size_t length = 0;
    uint32_t number;

    while (length < word->length && digit(word->start[length]) < 10)
        length++;
    if (!vector_word_number((struct vector_word){word->start, length}, &number))
        return false;
    if (number > (value->base == VECTOR_OTHER_MEMORY ? UINT8_MAX : 3))
        return false;
    *index = (uint8_t)number;
    *word = (struct vector_word){word->start + length, word->length - length};
    return true;
}

// +N, -N, N right behind the `@`, or nothing.
static bool take_offset(struct vector_word word, bool needs_sign, uint32_t *number)
{
    bool is_negative = word.length > 0 && word.start[0] == '-';
    bool has_sign = is_negative || (word.length > 0 && word.start[0] == '+');

    if (has_sign)
        word = (struct vector_word){word.start + 1, word.length - 1};
    else if (needs_sign)
        return false;
    if (!vector_word_number(word, number))
        return false;
    if (is_negative)
        *number = 0 - *number;
    return true;
}

static bool bare_value(struct vector_word word, enum vector_field field, struct vector_value *value)
{
    if (!take_offset(word, false, &value->number))
        return false;
    if (field == VECTOR_FIELD_OFFSET)
        value->base = VECTOR_MEMORY_START;
    else if (field == VECTOR_FIELD_FUNCTION && value->number != 0)
        value->base = VECTOR_FLASH_START;
    return true;
}

bool vector_word_value(struct vector_word word, enum vector_field field, struct vector_value *value)
{
    *value = (struct vector_value){.base = VECTOR_ABSOLUTE};
    if (vector_word_is(word, "null"))
        return true;
    if (word.length == 0 || !base_of(word.start[0], &value->base))
        return bare_value(word, field, value);
    word = (struct vector_word){word.start + 1, word.length - 1};
    if (value->base >= VECTOR_OTHER_MEMORY && !take_index(&word, value, &value->index))
        return false;
    if (word.length == 0)
        return value->base != VECTOR_ABSOLUTE;
    return take_offset(word, value->base != VECTOR_ABSOLUTE, &value->number);
}

// ---- bytes

// One character of a string, escaped or not; it leaves `*word`.
static bool take_byte(struct vector_word *word, uint8_t *byte)
{
    static const char letters[] = "n0\"\\";
    static const uint8_t meanings[] = "\n\0\"\\";
    const char *c = word->start;
    const char *letter;
    size_t length = 1;

    *byte = (uint8_t)*c;
    if (*c == '\\' && word->length >= 4 && c[1] == 'x' && digit(c[2]) < 16 && digit(c[3]) < 16) {
        *byte = (uint8_t)(digit(c[2]) * 16 + digit(c[3]));
        length = 4;
    } else if (*c == '\\') {
        letter = word->length >= 2 ? memchr(letters, c[1], sizeof letters - 1) : NULL;
        if (!letter)
            return false;
        *byte = meanings[letter - letters];
        length = 2;
    }
    *word = (struct vector_word){c + length, word->length - length};
    return true;
}

static bool string_bytes(struct vector_word word, uint8_t *bytes, uint32_t *size)
{
    struct vector_word inside = {word.start + 1, word.length - 2};

    for (*size = 0; inside.length > 0; (*size)++)
        if (!take_byte(&inside, &bytes[*size]))
            return false;
    return true;
}

static bool hex_bytes(struct vector_word word, uint8_t *bytes, uint32_t *size)
{
    if (word.length % 2)
        return false;
    *size = (uint32_t)(word.length / 2);
    for (uint32_t i = 0; i < *size; i++) {
        uint32_t high = digit(word.start[2 * i]);
        uint32_t low = digit(word.start[2 * i + 1]);

        if (high > 15 || low > 15)
            return false;
        bytes[i] = (uint8_t)(high * 16 + low);
    }
    return true;
}

bool vector_word_bytes(struct vector_word word, bool plain, uint8_t *bytes, uint32_t *size)
{
    if (word.length >= 2 && word.start[0] == '"')
        return string_bytes(word, bytes, size);
    if (plain) {
        memcpy(bytes, word.start, word.length);
        *size = (uint32_t)word.length;
        return true;
    }
    if (word.length < 4 || memcmp(word.start, "hex:", 4) != 0)
        return false;
    return hex_bytes((struct vector_word){word.start + 4, word.length - 4}, bytes, size);
}
