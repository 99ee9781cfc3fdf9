// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "golden_file.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/allocate.h"
#include "../base/file.h"
#include "../base/path.h"

static const char suffix[] = ".trace";

// ---- names

// A list that grows, in room for all there can be.
struct settings {
    struct golden_setting *list;
    size_t count;
};

static void add_setting(struct settings *settings, const char *name, const char *value)
{
    struct golden_setting *setting = &settings->list[settings->count++];

    (void)snprintf(setting->name, sizeof setting->name, "%s", name);
    (void)snprintf(setting->value, sizeof setting->value, "%s", value);
}

static void add_number(struct settings *settings, const char *name, uint64_t value)
{
    char text[24];

    (void)snprintf(text, sizeof text, "%" PRIu64, value);
    add_setting(settings, name, text);
}

static bool is_asked(const char *asked, const char *header, const char *fallback)
{
    return asked != NULL && strcmp(asked, header[0] != '\0' ? header : fallback) != 0;
}

static void add_machine(struct settings *settings, const struct scenario *scenario,
                        const struct run_request *request)
{
    const char *board = request->board != NULL ? request->board->name : NULL;

    if (is_asked(board, scenario->board, RUN_DEFAULT_BOARD))
        add_setting(settings, "board", board);
    if (is_asked(request->sched, scenario->sched, RUN_DEFAULT_SCHED))
        add_setting(settings, "sched", request->sched);
    if (is_asked(request->fault, scenario->fault, RUN_DEFAULT_FAULT))
        add_setting(settings, "fault", request->fault);
    if (request->num_procs != 0)
        add_number(settings, "num_procs", request->num_procs);
    if (request->seed != 0)
        add_number(settings, "seed", request->seed);
    if (request->until_us != 0 && request->until_us != scenario->until_us)
        add_number(settings, "until_us", request->until_us);
}

size_t golden_file_settings(const struct scenario *scenario, const struct run_request *request,
                            struct golden_setting *list)
{
    struct settings settings = {.list = list};

    for (size_t i = 0; i < scenario->param_count; i++)
        if (strcmp(scenario->params[i].value, scenario->params[i].fallback) != 0)
            add_setting(&settings, scenario->params[i].name, scenario->params[i].value);
    add_machine(&settings, scenario, request);
    return settings.count;
}

char *golden_file_variant(const struct scenario *scenario, const struct run_request *request)
{
    struct golden_setting settings[SCENARIO_MAX_GOLDEN_SETTINGS];
    size_t count = golden_file_settings(scenario, request, settings);
    char *text = allocate(count * sizeof *settings + 1, 1);
    char *end = text;

    for (size_t i = 0; i < count; i++)
        end += sprintf(end, "%s%s=%s", i > 0 ? "," : "", settings[i].name, settings[i].value);
    return text;
}

// As text of a file's name: at most three bytes for each, and a NUL.
static void put_escaped(char *out, const char *text)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "_.=,+-";

    for (; *text != '\0'; text++) {
        if (strchr(plain, *text) != NULL)
            *out++ = *text;
        else
            out += sprintf(out, "%%%02X", (unsigned)(unsigned char)*text);
    }
    *out = '\0';
}

char *golden_file_path(const char *scenario_path, const char *variant)
{
    size_t length = strlen(scenario_path);
    char *escaped = allocate(3 * strlen(variant) + 1, 1);
    size_t size = length + 3 * strlen(variant) + sizeof suffix + 1;
    char *path = allocate(size, 1);

    if (length > 4 && strcmp(scenario_path + length - 4, ".lua") == 0)
        length -= 4;
    put_escaped(escaped, variant);
    (void)snprintf(path, size, "%.*s%s%s%s", (int)length, scenario_path,
                   variant[0] != '\0' ? "." : "", escaped, suffix);
    free(escaped);
    return path;
}

// ---- reading

static enum golden_file_result check_owner(const struct golden *golden, const char *path,
                                           const char *scenario_path, struct message *error)
{
    const char *scenario = golden->head[GOLDEN_HEAD_SCENARIO];

    if (scenario != NULL && strcmp(scenario, path_base(scenario_path)) == 0)
        return GOLDEN_FILE_OK;
    message_set(error,
                "%s is the golden trace of %s, not of %s: give it its own name, or remove it", path,
                scenario != NULL ? scenario : "no scenario", path_base(scenario_path));
    return GOLDEN_FILE_FOREIGN;
}

enum golden_file_result golden_file_load(struct golden *golden, const char *path,
                                         const char *scenario_path, struct message *error)
{
    enum golden_file_result result = GOLDEN_FILE_OK;
    struct message why;
    char *text = file_read(path, SIZE_MAX, NULL, &why);

    if (text == NULL && path_is_absent(path))
        return GOLDEN_FILE_ABSENT;
    if (text == NULL) {
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
    if (text == NULL)
        return false;
    bool is_one = golden_read(&golden, path, text, &ignored) != GOLDEN_READ_NOT_ONE;
    if (golden.head[GOLDEN_HEAD_SCENARIO] != NULL)
        (void)snprintf(scenario, size, "%s", golden.head[GOLDEN_HEAD_SCENARIO]);
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
