// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "json.h"

#include <string.h>

#include "utf8.h"

// Of a byte that belongs to no UTF-8: the character that stands for it is this, and the byte.
enum { BYTES = 0xf700 };

static bool stands_for_byte(uint32_t code)
{
    return code >= BYTES + 0x80 && code <= BYTES + 0xff;
}

// ---- writing

static void put_code(FILE *out, uint32_t code)
{
    fprintf(out, "\\u%04x", (unsigned)code);
}

// Writes the character or byte at the start; returns how many bytes that was.
static size_t put_first(FILE *out, const char *bytes, size_t length)
{
    uint32_t code;
    size_t size = utf8_read(bytes, length, &code);

    if (size == 0 || stands_for_byte(code)) {
        put_code(out, BYTES + (unsigned char)bytes[0]);
        return 1;
    }
    if (code == '"' || code == '\\')
        fputc('\\', out);
    if (utf8_is_harmless(code))
        fwrite(bytes, 1, size, out);
    else
        put_code(out, code);
    return size;
}

void json_put_string(FILE *out, const char *bytes, size_t length)
{
    fputc('"', out);
    for (size_t i = 0; i < length;)
        i += put_first(out, bytes + i, length - i);
    fputc('"', out);
}

// ---- reading

static int digit_value(char digit)
{
    static const char digits[] = "0123456789abcdef0123456789ABCDEF";
    const char *found = digit != '\0' ? strchr(digits, digit) : NULL;

    return found ? (int)((found - digits) % 16) : -1;
}

// The four digits of \u0041.
static bool read_unit(const char **text, uint32_t *unit)
{
    *unit = 0;
    for (int i = 0; i < 4; i++, ++*text) {
        int value = digit_value(**text);

        if (value < 0)
            return false;
        *unit = *unit << 4 | (uint32_t)value;
    }
    return true;
}

// A character beyond U+FFFF is two of them, a surrogate pair.
static bool read_units(const char **text, uint32_t *code)
{
    uint32_t low;

    if (!read_unit(text, code))
        return false;
    if (*code < 0xd800 || *code > 0xdfff)
        return true;
    if (*code > 0xdbff || strncmp(*text, "\\u", 2) != 0)
        return false;
    *text += 2;
    if (!read_unit(text, &low) || low < 0xdc00 || low > 0xdfff)
        return false;
    *code = 0x10000 + ((*code - 0xd800) << 10) + (low - 0xdc00);
    return true;
}

// What stands behind a backslash.
static bool read_escape(const char **text, uint32_t *code)
{
    static const char from[] = "\"\\/bfnrt";
    static const char to[] = "\"\\/\b\f\n\r\t";
    char escape = **text;
    const char *found = escape != '\0' ? strchr(from, escape) : NULL;

    if (!found && escape != 'u')
        return false;
    ++*text;
    if (!found)
        return read_units(text, code);
    *code = (unsigned char)to[found - from];
    return true;
}

static bool read_character(const char **text, uint32_t *code)
{
    size_t size = utf8_read(*text, strnlen(*text, UTF8_MOST_BYTES), code);

    *text += size;
    if (size == 0 || *code < ' ')
        return false;
    return *code != '\\' || read_escape(text, code);
}

// The bytes that were written as this character; returns how many.
static size_t bytes_of(uint32_t code, char bytes[UTF8_MOST_BYTES])
{
    if (!stands_for_byte(code))
        return utf8_write(bytes, code);
    bytes[0] = (char)(code - BYTES);
    return 1;
}

bool json_read_string(const char **text, char *out, size_t size, size_t *length)
{
    *length = 0;
    while (**text != '"') {
        char bytes[UTF8_MOST_BYTES];
        uint32_t code;
        size_t count;

        if (!read_character(text, &code))
            return false;
        count = bytes_of(code, bytes);
        if (*length + count >= size)
            return false;
        memcpy(out + *length, bytes, count);
        *length += count;
    }
    ++*text;
    out[*length] = '\0';
    return true;
}
