// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "scenario_files.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "../base/allocate.h"
#include "../base/list.h"
#include "../base/nearest_path.h"
#include "used_files.h"

enum { DEEPEST_FOLDER = 32 };

static void add(struct scenario_files *files, const char *path)
{
    *LIST_ADD(files->paths, files->count) = allocate_text(path, strlen(path));
}

// More than the suffix alone.
static bool has_suffix(const char *name, const char *suffix)
{
    size_t length = strlen(name);
    size_t end = strlen(suffix);

    return length > end && strcmp(name + length - end, suffix) == 0;
}

static char *join(const char *folder, const char *name)
{
    size_t length = strlen(folder);
    bool has_slash = length > 0 && folder[length - 1] == '/';
    size_t size = length + strlen(name) + 2;
    char *path = allocate(size, 1);

    snprintf(path, size, "%s%s%s", folder, has_slash ? "" : "/", name);
    return path;
}

static bool walk(struct scenario_files *files, const char *folder, const char *suffix, int depth,
                 struct message *error);

static bool visit(struct scenario_files *files, const char *path, const char *suffix, int depth,
                  struct message *error)
{
    struct stat status;

    if (lstat(path, &status) != 0)
        return true; // gone since the folder was read
    if (S_ISDIR(status.st_mode))
        return depth >= DEEPEST_FOLDER || walk(files, path, suffix, depth + 1, error);
    if (has_suffix(path, suffix) && !has_suffix(path, ".board.lua"))
        add(files, path);
    return true;
}

static bool walk(struct scenario_files *files, const char *folder, const char *suffix, int depth,
                 struct message *error)
{
    DIR *stream = opendir(folder);
    struct dirent *entry;
    bool went_well = true;

    if (!stream) {
        message_set(error, "%s: cannot read the folder: %s", folder, strerror(errno));
        return false;
    }
    while (went_well && (entry = readdir(stream))) {
        if (entry->d_name[0] == '.')
            continue;
        char *path = join(folder, entry->d_name);
        went_well = visit(files, path, suffix, depth, error);
        free(path);
    }
    (void)closedir(stream);
    return went_well;
}

static int compare_paths(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

bool find_files(struct scenario_files *files, const char *folder, const char *suffix,
                bool goes_down, struct message *error)
{
    size_t before = files->count;

    if (!walk(files, folder, suffix, goes_down ? 0 : DEEPEST_FOLDER, error))
        return false;
    if (files->count > before)
        qsort(files->paths + before, files->count - before, sizeof *files->paths, compare_paths);
    return true;
}

static bool add_folder(struct scenario_files *files, const char *folder, struct message *error)
{
    size_t before = files->count;

    if (!find_files(files, folder, ".lua", true, error))
        return false;
    if (files->count == before) {
        message_set(error, "%s: no scenario (*.lua) in this folder or below", folder);
        return false;
    }
    leave_out_used(files, before);
    return true;
}

bool find_scenarios(struct scenario_files *files, const char *const *operands, size_t count,
                    struct message *error)
{
    *files = (struct scenario_files){0};
    for (size_t i = 0; i < count; i++) {
        struct stat status;

        if (stat(operands[i], &status) != 0) {
            message_set(error, "%s: %s", operands[i], strerror(errno));
            nearest_path_suggest(error, operands[i], ".lua", "");
            return false;
        }
        if (!S_ISDIR(status.st_mode))
            add(files, operands[i]);
        else if (!add_folder(files, operands[i], error))
            return false;
    }
    return true;
}

void find_free(struct scenario_files *files)
{
    for (size_t i = 0; i < files->count; i++)
        free(files->paths[i]);
    free(files->paths);
}
