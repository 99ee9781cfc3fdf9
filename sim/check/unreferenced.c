// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "unreferenced.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../base/allocate.h"
#include "../base/list.h"
#include "../base/path.h"
#include "../golden/golden_file.h"
#include "../session/scenario_files.h"

// The scenario whose golden trace the file says it is. Free it. NULL: it is none.
static char *scenario_of(const char *path)
{
    char name[300];
    char *folder;
    char *scenario;

    if (!golden_file_is_one(path, name, sizeof name))
        return NULL;
    folder = path_folder(path);
    scenario = path_join(folder, name);
    free(folder);
    return scenario;
}

static bool is_asked_for(const char *path, const char *scenario,
                         const struct check_results *results)
{
    for (size_t i = 0; i < results->count; i++) {
        const struct check_result *result = &results->list[i];

        if (result->golden_path[0] != '\0' && path_is_same(path, result->golden_path))
            return true;
        if (result->golden_path[0] == '\0' && path_is_same(scenario, result->scenario))
            return true;
    }
    return false;
}

static void add(struct scenario_files *files, const char *path)
{
    *LIST_ADD(files->paths, files->count) = allocate_text(path, strlen(path));
}

// `scenario` NULL: golden traces of any scenario.
static bool find_in(struct scenario_files *found, const char *folder, const char *scenario,
                    const struct check_results *results, struct message *error)
{
    struct scenario_files files = {.paths = NULL};
    bool is_read = find_files(&files, folder, ".trace", !scenario, error);

    for (size_t i = 0; i < files.count; i++) {
        char *of = scenario_of(files.paths[i]);

        if (of && (!scenario || path_is_same(of, scenario)) &&
            !is_asked_for(files.paths[i], of, results))
            add(found, files.paths[i]);
        free(of);
    }
    find_free(&files);
    return is_read;
}

static bool find_all(struct scenario_files *found, const char *const *operands, size_t count,
                     const struct check_results *results, struct message *error)
{
    bool is_read = true;

    *found = (struct scenario_files){.paths = NULL};
    for (size_t i = 0; i < count && is_read; i++) {
        char *folder;

        if (path_is_folder(operands[i])) {
            is_read = find_in(found, operands[i], NULL, results, error);
            continue;
        }
        folder = path_folder(operands[i]);
        is_read = find_in(found, folder[0] != '\0' ? folder : ".", operands[i], results, error);
        free(folder);
    }
    return is_read;
}

static void report(struct check_results *results, const char *path)
{
    struct check_result *result = check_add_result(results);

    result->verdict = CHECK_UNREFERENCED;
    result->line = 1;
    check_set_text(&result->scenario, path);
    check_set_text(&result->golden_path, path);
    check_set_text(&result->headline, "no scenario asks for it");
}

static enum exit_status remove_file(const char *path, FILE *out)
{
    if (unlink(path) == 0) {
        fprintf(out, "removed %s  (no scenario asks for it)\n", path);
        return STATUS_PASSED;
    }
    fprintf(stderr, "ipcsim: cannot remove %s: %s\n", path, strerror(errno));
    return STATUS_HOST;
}

enum exit_status unreferenced_find(const char *const *operands, size_t count,
                                   struct check_results *results, bool is_removing, FILE *out)
{
    enum exit_status status = STATUS_PASSED;
    struct scenario_files found;
    struct message error;

    if (!find_all(&found, operands, count, results, &error)) {
        fprintf(stderr, "ipcsim: %s\n", error.text);
        status = STATUS_HOST;
    }
    for (size_t i = 0; i < found.count; i++) {
        if (is_removing)
            status = status_worse(status, remove_file(found.paths[i], out));
        else
            report(results, found.paths[i]);
    }
    find_free(&found);
    return status;
}
