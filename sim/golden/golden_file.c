// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "golden_file.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/allocate.h"
#include "../base/escape.h"
#include "../base/file.h"
#include "../base/path.h"

static const char suffix[] = ".trace";

// ---- names

char *golden_file_path(const char *scenario_path, const char *variant)
{
    size_t length = strlen(scenario_path);
    char *escaped = escape_file_name(variant);
    size_t size = length + strlen(escaped) + sizeof suffix + 1;
    char *path = allocate(size, 1);

    if (length > 4 && strcmp(scenario_path + length - 4, ".lua") == 0)
        length -= 4;
    snprintf(path, size, "%.*s%s%s%s", (int)length, scenario_path, variant[0] != '\0' ? "." : "",
             escaped, suffix);
    free(escaped);
    return path;
}

// ---- reading

static enum golden_file_result check_owner(const struct golden *golden, const char *path,
                                           const char *scenario_path, struct message *error)
{
    const char *scenario = golden->head[GOLDEN_HEAD_SCENARIO];

    if (scenario && strcmp(scenario, path_base(scenario_path)) == 0)
        return GOLDEN_FILE_OK;
    message_set(error,
                "%s is the golden trace of %s, not of %s: give it its own name, or remove it", path,
                scenario ? scenario : "no scenario", path_base(scenario_path));
    return GOLDEN_FILE_FOREIGN;
}

enum golden_file_result golden_file_load(struct golden *golden, const char *path,
                                         const char *scenario_path, struct message *error)
{
    enum golden_file_result result = GOLDEN_FILE_OK;
    struct message why;
    char *text = file_read(path, SIZE_MAX, NULL, &why);

    if (!text && path_is_absent(path))
        return GOLDEN_FILE_ABSENT;
    if (!text) {
        message_set(error, "cannot read golden trace %s: %s", path, why.text);
        return GOLDEN_FILE_NO_HOST;
    }
    enum golden_reading reading = golden_read(golden, path, text, error);
    if (reading != GOLDEN_READ_OK)
        result = golden_is_replaceable(reading) ? GOLDEN_FILE_REPLACEABLE : GOLDEN_FILE_FOREIGN;
    else
        result = check_owner(golden, path, scenario_path, error);
    free(text);
    return result;
}

bool golden_file_is_one(const char *path, char *scenario, size_t size)
{
    struct golden golden = {.processes = NULL};
    struct message ignored;
    char *text = file_read(path, SIZE_MAX, NULL, &ignored);

    scenario[0] = '\0';
    if (!text)
        return false;
    bool is_one = golden_read(&golden, path, text, &ignored) != GOLDEN_READ_NOT_ONE;
    if (golden.head[GOLDEN_HEAD_SCENARIO])
        snprintf(scenario, size, "%s", golden.head[GOLDEN_HEAD_SCENARIO]);
    golden_free(&golden);
    free(text);
    return is_one;
}

// ---- writing

bool golden_file_save(const char *path, const char *text, struct message *error)
{
    struct message why;

    if (file_replace(path, text, &why))
        return true;
    message_set(error, "cannot write golden trace %s: %s", path, why.text);
    return false;
}
