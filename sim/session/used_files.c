// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "used_files.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../base/file.h"
#include "../base/list.h"
#include "../base/path.h"
#include "scenario_files.h"

// ---- Lua as text: words that are called, outside of comments and texts

// Behind a long bracket "[[ ... ]]", "[==[ ... ]==]" that begins at `at`; NULL: none does.
static const char *skip_long(const char *at)
{
    size_t level = strspn(at + 1, "=");
    const char *end = at + 2 + level;

    if (at[0] != '[' || at[1 + level] != '[')
        return NULL;
    while ((end = strchr(end, ']'))) {
        if (strspn(end + 1, "=") == level && end[1 + level] == ']')
            return end + 2 + level;
        end++;
    }
    return at + strlen(at);
}

static const char *skip_comment(const char *at)
{
    const char *end = skip_long(at + 2);

    return end ? end : at + strcspn(at, "\n");
}

static const char *skip_text(const char *at)
{
    char quote = *at++;

    while (*at != '\0' && *at != quote && *at != '\n')
        at += at[0] == '\\' && at[1] != '\0' ? 2 : 1;
    return *at == quote ? at + 1 : at;
}

static bool is_word(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

static const char *skip_space(const char *at)
{
    return at + strspn(at, " \t\r\n");
}

// A word of a script, and what stands behind it.
struct word {
    const char *at;
    size_t length;
    bool is_field; // of a table: a dot or a colon stands before it
};

// Finds the next word from `*at` on. False: there is none.
static bool next_word(const char **at, struct word *word)
{
    char before = '\0';

    while (**at != '\0') {
        const char *end = skip_long(*at);

        if (strncmp(*at, "--", 2) == 0) {
            *at = skip_comment(*at);
        } else if (**at == '"' || **at == '\'') {
            *at = skip_text(*at);
        } else if (end) {
            *at = end;
        } else if (is_word(**at)) {
            *word = (struct word){.at = *at, .is_field = before == '.' || before == ':'};
            while (is_word(**at))
                ++*at;
            word->length = (size_t)(*at - word->at);
            return true;
        } else {
            before = isspace((unsigned char)**at) ? before : **at;
            ++*at;
        }
    }
    return false;
}

static bool is(const struct word *word, const char *text)
{
    return !word->is_field && word->length == strlen(text) &&
           memcmp(word->at, text, word->length) == 0;
}

static bool has_header(const char *script)
{
    struct word word;

    while (next_word(&script, &word)) {
        char behind = *skip_space(script);

        if (is(&word, "scenario") && (behind == '{' || behind == '('))
            return true;
    }
    return false;
}

// Whether the script has use("name").
static bool uses(const char *script, const char *name)
{
    size_t length = strlen(name);
    struct word word;

    while (next_word(&script, &word)) {
        const char *argument = skip_space(script);

        if (*argument == '(')
            argument = skip_space(argument + 1);
        if (is(&word, "use") && (*argument == '"' || *argument == '\'') &&
            strncmp(argument + 1, name, length) == 0 && argument[1 + length] == *argument)
            return true;
    }
    return false;
}

// ---- files

static bool is_in_folder(const char *path, const char *folder)
{
    size_t length = strlen(folder);

    return strncmp(path, folder, length) == 0 && !strchr(path + length, '/');
}

static bool is_used(const struct scenario_files *files, char *const *texts, size_t first, size_t i)
{
    char *folder = path_folder(files->paths[i]);
    char *name = path_join("", path_base(files->paths[i]));
    bool is_found = false;

    name[strlen(name) - strlen(".lua")] = '\0';
    for (size_t j = first; j < files->count && !is_found; j++)
        is_found = j != i && texts[j - first] && is_in_folder(files->paths[j], folder) &&
                   uses(texts[j - first], name);
    free(name);
    free(folder);
    return is_found;
}

// Takes the files of which `is_out` says so out of the list.
static void leave_out(struct scenario_files *files, size_t first, const bool *is_out)
{
    size_t count = first;

    for (size_t i = first; i < files->count; i++) {
        if (is_out[i - first])
            free(files->paths[i]);
        else
            files->paths[count++] = files->paths[i];
    }
    files->count = count;
}

void leave_out_used(struct scenario_files *files, size_t first)
{
    char **texts = NULL;
    bool *is_out = NULL;
    size_t text_count = 0;
    size_t out_count = 0;
    struct message why;

    for (size_t i = first; i < files->count; i++)
        *LIST_ADD(texts, text_count) = file_read(files->paths[i], SIZE_MAX, NULL, &why);
    for (size_t i = first; i < files->count; i++) {
        bool is_none = texts[i - first] && !has_header(texts[i - first]);

        *LIST_ADD(is_out, out_count) = is_none && is_used(files, texts, first, i);
    }
    leave_out(files, first, is_out);
    for (size_t i = 0; i < text_count; i++)
        free(texts[i]);
    free(texts);
    free(is_out);
}
