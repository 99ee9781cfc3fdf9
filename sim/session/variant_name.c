// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "variant_name.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "../base/allocate.h"
#include "../lua/scenario.h"
#include "../run/request.h"

// A list that grows, in room for all there can be.
struct settings {
    struct golden_setting *list;
    size_t count;
};

static void add_setting(struct settings *settings, const char *name, const char *value)
{
    struct golden_setting *setting = &settings->list[settings->count++];

    snprintf(setting->name, sizeof setting->name, "%s", name);
    snprintf(setting->value, sizeof setting->value, "%s", value);
}

static void add_number(struct settings *settings, const char *name, uint64_t value)
{
    char text[24];

    snprintf(text, sizeof text, "%" PRIu64, value);
    add_setting(settings, name, text);
}

static bool is_asked(const char *asked, const char *header, const char *fallback)
{
    return asked && strcmp(asked, header[0] != '\0' ? header : fallback) != 0;
}

static void add_machine(struct settings *settings, const struct scenario *scenario,
                        const struct run_request *request)
{
    const char *board = request->board ? request->board->name : NULL;

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

size_t variant_settings(const struct scenario *scenario, const struct run_request *request,
                        struct golden_setting *list)
{
    struct settings settings = {.list = list};

    for (size_t i = 0; i < scenario->param_count; i++)
        if (strcmp(scenario->params[i].value, scenario->params[i].fallback) != 0)
            add_setting(&settings, scenario->params[i].name, scenario->params[i].value);
    add_machine(&settings, scenario, request);
    return settings.count;
}

char *variant_name(const struct scenario *scenario, const struct run_request *request)
{
    struct golden_setting settings[SCENARIO_MAX_GOLDEN_SETTINGS];
    size_t count = variant_settings(scenario, request, settings);
    char *text = allocate(count * sizeof *settings + 1, 1);
    char *end = text;

    for (size_t i = 0; i < count; i++)
        end += sprintf(end, "%s%s=%s", i > 0 ? "," : "", settings[i].name, settings[i].value);
    return text;
}
