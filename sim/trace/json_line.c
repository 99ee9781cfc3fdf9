// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "json_line.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../base/allocate.h"
#include "../base/json.h"

static void skip_space(const char **text)
{
    while (**text == ' ' || **text == '\t' || **text == '\r')
        ++*text;
}

// Whether the next character is this one, which is skipped with the space before it.
static bool take(const char **text, char wanted)
{
    skip_space(text);
    if (**text != wanted)
        return false;
    ++*text;
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
    skip_space(text);
    if (read_word(text, "null"))
        return true;
    value->type = JSON_BOOL;
    if (read_word(text, "false"))
        return true;
    value->number = 1;
    if (read_word(text, "true"))
        return true;
    if (**text == '"') {
        size_t size = strcspn(++*text, "\n") + 1;

        *value = (struct json_value){.type = JSON_STRING, .text = allocate(size, 1)};
        return json_read_string(text, value->text, size, &value->length);
    }
    value->type = JSON_NUMBER;
    return read_number(text, value);
}

static bool read_key(const char **text, char key[JSON_MOST_KEY])
{
    size_t length;

    return take(text, '"') && json_read_string(text, key, JSON_MOST_KEY, &length) &&
           take(text, ':');
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
    return take(&text, '}') && (take(&text, '\n') || *text == '\0');
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
