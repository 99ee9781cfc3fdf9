// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "nearest_path.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "allocate.h"
#include "list.h"
#include "nearest.h"
#include "path.h"

// A suffix that no file has.
#define FOLDERS_ONLY "/"

// The names in a folder that can be meant.
struct names {
    char **list;
    size_t count;
};

static void free_names(struct names *names)
{
    for (size_t i = 0; i < names->count; i++)
        free(names->list[i]);
    free(names->list);
}

static void add(struct names *names, const char *name, size_t length)
{
    *LIST_ADD(names->list, names->count) = allocate_text(name, length);
}

static bool ends_in(const char *name, const char *suffix)
{
    size_t length = strlen(name);
    size_t end = strlen(suffix);

    return length > end && strcmp(name + length - end, suffix) == 0;
}

// Whether it can stand in a sentence as it is.
static bool is_plain(const char *name)
{
    for (const char *c = name; *c != '\0'; c++)
        if ((unsigned char)*c < ' ' || *c == '\x7f')
            return false;
    return true;
}

static bool is_folder_in(const char *folder, const char *name)
{
    char *path = path_join(folder, name);
    bool is_folder = path_is_folder(path);

    free(path);
    return is_folder;
}

// Files that end in `suffix`, and folders.
static struct names read_names(const char *folder, const char *suffix)
{
    struct names names = {.list = NULL};
    DIR *stream = opendir(folder[0] != '\0' ? folder : ".");
    struct dirent *entry;

    while (stream && (entry = readdir(stream)))
        if (entry->d_name[0] != '.' && is_plain(entry->d_name) &&
            (!suffix || ends_in(entry->d_name, suffix) || is_folder_in(folder, entry->d_name)))
            add(&names, entry->d_name, strlen(entry->d_name));
    if (stream)
        (void)closedir(stream);
    return names;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static const char *find_among(const struct names *names, const char *word)
{
    return nearest_find(word, (const char *const *)names->list, names->count);
}

// Of the names that end in `suffix`, without it, the nearest to a word without it; with it.
static char *find_stem(const struct names *names, const char *word, const char *suffix)
{
    size_t length = strlen(word) - (ends_in(word, suffix) ? strlen(suffix) : 0);
    char *stem = allocate_text(word, length);
    struct names stems = {.list = NULL};
    const char *found;

    for (size_t i = 0; i < names->count; i++)
        if (ends_in(names->list[i], suffix))
            add(&stems, names->list[i], strlen(names->list[i]) - strlen(suffix));
    found = find_among(&stems, stem);
    char *name = found ? path_join(found, suffix) : NULL;
    free(stem);
    free_names(&stems);
    return name;
}

// The nearest of all others. An end that two of them share would make any two short ones near.
static char *find_whole(const struct names *names, const char *word, const char *suffix)
{
    struct names others = {.list = NULL};
    const char *found;

    for (size_t i = 0; i < names->count; i++)
        if (!ends_in(word, suffix) || !ends_in(names->list[i], suffix))
            add(&others, names->list[i], strlen(names->list[i]));
    found = find_among(&others, word);
    char *name = found ? allocate_text(found, strlen(found)) : NULL;
    free_names(&others);
    return name;
}

static const char *suffix_of(const char *word)
{
    const char *dot = strrchr(word, '.');

    return dot && dot != word ? dot : "";
}

// The name in a folder that `word` may stand for. Free it.
static char *find_name(const char *folder, const char *word, const char *suffix)
{
    const char *end = suffix ? suffix : suffix_of(word);
    struct names names = read_names(folder, suffix);
    char *found;

    if (names.count > 0)
        qsort(names.list, names.count, sizeof *names.list, compare_names);
    found = find_stem(&names, word, end);
    if (!found)
        found = find_whole(&names, word, end);
    free_names(&names);
    return found;
}

static char *find_below(const char *folder, const char *path, const char *suffix);

// `name`, which is in the folder, and what the rest of the path, from its slash on, stands for.
static char *go_on(const char *folder, const char *name, const char *rest, const char *suffix)
{
    size_t slashes = strspn(rest, "/");
    char *start = path_join(folder, name);
    char *deeper = path_join(start, "/");
    char *found = NULL;

    if (rest[slashes] == '\0')
        found = allocate_text(start, strlen(start));
    else if (path_is_folder(start))
        found = find_below(deeper, rest + slashes, suffix);
    free(start);
    free(deeper);
    return found;
}

// `folder` is there, and ends in a slash or is "".
static char *find_below(const char *folder, const char *path, const char *suffix)
{
    size_t length = strcspn(path, "/");
    bool is_last = path[length + strspn(path + length, "/")] == '\0';
    char *name = allocate_text(path, length);
    char *start = path_join(folder, name);
    char *found = NULL;

    char *meant = path_is_absent(start) ? find_name(folder, name, is_last ? suffix : FOLDERS_ONLY)
                                        : allocate_text(name, length);

    if (meant)
        found = go_on(folder, meant, path + length, suffix);
    free(meant);
    free(name);
    free(start);
    return found;
}

char *nearest_path_find(const char *path, const char *suffix)
{
    size_t slashes = strspn(path, "/");
    char *root = allocate_text(path, slashes);
    char *found = find_below(root, path + slashes, suffix);

    free(root);
    return found;
}

void nearest_path_suggest(struct message *error, const char *path, const char *suffix,
                          const char *tail)
{
    char *found = path_is_absent(path) ? nearest_path_find(path, suffix) : NULL;
    struct message sentence = *error;

    if (found)
        message_set(error, "%.600s; did you mean '%.300s%.32s'?", sentence.text, found, tail);
    free(found);
}
