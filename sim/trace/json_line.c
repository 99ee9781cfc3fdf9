// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "json_line.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../base/allocate.h"

static void skip_space(const char **text)
{
    while (**text == ' ' || **text == '\t' || **text == '\r')
        ++*text;
}

// Whether the next character is this one, which is skipped with the space around it.
static bool take(const char **text, char wanted)
{
    skip_space(text);
    if (**text != wanted)
        return false;
    ++*text;
    skip_space(text);
    return true;
}

// \u0041: what is not a byte is none of ours.
static bool read_code(const char **text, char *byte)
{
    unsigned value = 0;

    for (int i = 0; i < 4; i++) {
        char digit = *(*text)++;

        if (!isxdigit((unsigned char)digit)) {
            --*text;
            return false;
        }
        value = value << 4 | (unsigned)(isdigit((unsigned char)digit)
                                            ? digit - '0'
                                            : tolower((unsigned char)digit) - 'a' + 10);
    }
    *byte = (char)value;
    return value <= 0xff;
}

static bool read_escape(const char **text, char *byte)
{
    static const char from[] = "\"\\/bfnrt";
    static const char to[] = "\"\\/\b\f\n\r\t";
    char escape = *(*text)++;
    const char *found = escape != '\0' ? strchr(from, escape) : NULL;

    if (escape == 'u')
        return read_code(text, byte);
    if (found == NULL) {
        --*text;
        return false;
    }
    *byte = to[found - from];
    return true;
}

// A string behind its opening quote, into `out`, which has room for all of the line.
static bool read_string(const char **text, char *out, size_t *length)
{
    for (*length = 0; **text != '"'; ++*length) {
        if ((unsigned char)**text < 0x20)
            return false;
        if (**text != '\\') {
            out[*length] = *(*text)++;
            continue;
        }
        ++*text;
        if (!read_escape(text, &out[*length]))
            return false;
    }
    ++*text;
    out[*length] = '\0';
    return true;
}

static bool read_word(const char **text, const char *word)
{
    size_t length = strlen(word);

    if (strncmp(*text, word, length) != 0)
        return false;
    *text += length;
    return true;
}

static bool read_number(const char **text, struct json_value *value)
{
    char *end;

    if (!isdigit((unsigned char)**text))
        return false;
    errno = 0;
    value->number = strtoull(*text, &end, 10);
    *text = end;
    return errno == 0;
}

static bool read_value(const char **text, struct json_value *value)
{
    *value = (struct json_value){.type = JSON_NULL};
    if (read_word(text, "null"))
        return true;
    value->type = JSON_BOOL;
    if (read_word(text, "false"))
        return true;
    value->number = 1;
    if (read_word(text, "true"))
        return true;
    if (**text == '"') {
        ++*text;
        *value =
            (struct json_value){.type = JSON_STRING, .text = allocate(strcspn(*text, "\n") + 1, 1)};
        return read_string(text, value->text, &value->length);
    }
    value->type = JSON_NUMBER;
    return read_number(text, value);
}

static bool read_key(const char **text, char key[JSON_MOST_KEY])
{
    size_t length;

    if (!take(text, '"') || strcspn(*text, "\"\\\n") >= JSON_MOST_KEY)
        return false;
    return read_string(text, key, &length) && take(text, ':');
}

bool json_line_read(struct json_line *line, const char *text)
{
    line->count = 0;
    if (!take(&text, '{'))
        return false;
    do {
        if (line->count == JSON_MOST_MEMBERS)
            return false;
        line->values[line->count] = (struct json_value){.type = JSON_NULL};
        if (!read_key(&text, line->keys[line->count++]) ||
            !read_value(&text, &line->values[line->count - 1]))
            return false;
    } while (take(&text, ','));
    return take(&text, '}') && (*text == '\n' || *text == '\0');
}

void json_line_free(struct json_line *line)
{
    for (size_t i = 0; i < line->count; i++)
        free(line->values[i].text);
    line->count = 0;
}

const struct json_value *json_line_find(const struct json_line *line, const char *key)
{
    for (size_t i = 0; i < line->count; i++)
        if (strcmp(line->keys[i], key) == 0)
            return &line->values[i];
    return NULL;
}

void json_put_string(FILE *out, const char *bytes, size_t length)
{
    (void)fputc('"', out);
    for (size_t i = 0; i < length; i++) {
        unsigned char byte = (unsigned char)bytes[i];

        if (byte == '"' || byte == '\\')
            (void)fprintf(out, "\\%c", byte);
        else if (byte >= 0x20 && byte < 0x7f)
            (void)fputc(byte, out);
        else
            (void)fprintf(out, "\\u%04x", byte);
    }
    (void)fputc('"', out);
}
