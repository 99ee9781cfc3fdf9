// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "escape.h"

#include <stdbool.h>
#include <string.h>

#include "allocate.h"
#include "utf8.h"

#define LETTERS_AND_DIGITS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

static bool is_one_of(char byte, const char *list)
{
    return byte != '\0' && strchr(list, byte);
}

// ---- lines of a trace

enum { LONGEST_ESCAPE = sizeof "\\xff" };

// Returns how many bytes it wrote.
static size_t escape_byte(char text[LONGEST_ESCAPE], char byte)
{
    if (byte == '\n')
        return (size_t)snprintf(text, LONGEST_ESCAPE, "\\n");
    if (byte == '"' || byte == '\\')
        return (size_t)snprintf(text, LONGEST_ESCAPE, "\\%c", byte);
    if (byte < ' ' || byte > '~')
        return (size_t)snprintf(text, LONGEST_ESCAPE, "\\x%02x", (unsigned)(unsigned char)byte);
    text[0] = byte;
    return 1;
}

size_t escape_bytes(char *text, size_t size, const char *bytes, size_t length)
{
    size_t used = 0;

    for (size_t i = 0; i < length && used + 1 < size; i++) {
        char escaped[LONGEST_ESCAPE];
        size_t count = escape_byte(escaped, bytes[i]);

        if (count > size - 1 - used)
            count = size - 1 - used;
        memcpy(text + used, escaped, count);
        used += count;
    }
    text[used] = '\0';
    return used;
}

// ---- documents

// The size of the character that `text` begins with. 0: a reader should not get it as it is.
static size_t shown_size(const char *text)
{
    uint32_t code;
    size_t size = utf8_read(text, strnlen(text, UTF8_MOST_BYTES), &code);

    return size > 0 && (utf8_is_harmless(code) || code == '\t') ? size : 0;
}

// Writes the character or byte that `text` begins with; returns the rest.
static const char *put_shown(FILE *out, const char *text)
{
    size_t size = shown_size(text);

    if (size == 0)
        fprintf(out, "\\x%02x", (unsigned)(unsigned char)*text);
    fwrite(text, 1, size, out);
    return text + (size > 0 ? size : 1);
}

// One of `numbered` by its number, as XML has it; anything else is shown. Returns the rest.
static const char *put_numbered(FILE *out, const char *text, const char *numbered)
{
    if (!is_one_of(*text, numbered))
        return put_shown(out, text);
    fprintf(out, "&#%d;", *text);
    return text + 1;
}

void escape_xml_text(FILE *out, const char *text)
{
    while (*text != '\0') {
        if (*text == '\n')
            fputc(*text++, out);
        else
            text = put_numbered(out, text, "&<>");
    }
}

void escape_xml_attribute(FILE *out, const char *text)
{
    while (*text != '\0')
        text = put_numbered(out, text, "&<>\"\n\t");
}

void escape_lines(FILE *out, const char *text, const char *indent)
{
    while (*text != '\0') {
        if (*text != '\n')
            fputs(indent, out);
        while (*text != '\0' && *text != '\n')
            text = put_shown(out, text);
        fputc('\n', out);
        text += *text == '\n';
    }
}

void escape_tap(FILE *out, const char *text)
{
    while (*text != '\0') {
        if (*text == '\n') {
            fputc(' ', out);
            text++;
            continue;
        }
        if (is_one_of(*text, "#\\") || shown_size(text) == 0)
            fputc('\\', out);
        text = put_shown(out, text);
    }
}

// Markdown takes HTML.
void escape_markdown(FILE *out, const char *text)
{
    while (*text != '\0') {
        if (*text == '\n') {
            fputc(' ', out);
            text++;
        } else {
            text = put_numbered(out, text, "|<>*_`\\[]#&~$");
        }
    }
}

// ---- commands

// `specials` by their numbers behind a percent sign.
static void put_percent(FILE *out, const char *text, const char *specials)
{
    for (; *text != '\0'; text++) {
        if (is_one_of(*text, specials))
            fprintf(out, "%%%02X", (unsigned)(unsigned char)*text);
        else
            fputc(*text, out);
    }
}

void escape_github_message(FILE *out, const char *text)
{
    put_percent(out, text, "%\r\n");
}

void escape_github_property(FILE *out, const char *text)
{
    put_percent(out, text, "%\r\n:,");
}

void escape_shell_word(FILE *out, const char *word)
{
    static const char plain[] = LETTERS_AND_DIGITS "_@%+=:,./-";

    if (word[0] != '\0' && word[strspn(word, plain)] == '\0') {
        fputs(word, out);
        return;
    }
    fputc('\'', out);
    for (; *word != '\0'; word++)
        fputs(*word == '\'' ? "'\\''" : (char[]){*word, '\0'}, out);
    fputc('\'', out);
}

char *escape_file_name(const char *text)
{
    char *name = allocate(3 * strlen(text) + 1, 1);
    char *end = name;

    for (; *text != '\0'; text++) {
        if (is_one_of(*text, LETTERS_AND_DIGITS "_.=,+-"))
            *end++ = *text;
        else
            end += sprintf(end, "%%%02X", (unsigned)(unsigned char)*text);
    }
    return name;
}
