// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "variants.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/allocate.h"
#include "../base/count_of.h"
#include "../lua/scenario.h"
#include "opening.h"
#include "options.h"

struct visit {
    void *context;
    void (*take)(void *context, const struct variant *variant);
};

static void take_run(const struct visit *visit, const struct options *options,
                     const struct scenario *scenario)
{
    visit->take(visit->context, &(const struct variant){
                                    .options = options,
                                    .scenario = scenario,
                                    .path = scenario->path,
                                    .line = scenario->line > 0 ? scenario->line : 1,
                                    .error = "",
                                });
}

static void take_mistake(const struct visit *visit, const struct options *options, const char *path,
                         uint32_t line, const char *error)
{
    visit->take(visit->context, &(const struct variant){
                                    .options = options,
                                    .path = path,
                                    .line = line,
                                    .error = error,
                                });
}

static bool has_param(const struct scenario *scenario, const char *name)
{
    for (size_t i = 0; i < scenario->param_count; i++)
        if (strcmp(scenario->params[i].name, name) == 0)
            return true;
    return false;
}

// The option for a setting that is no parameter, NULL: it is one.
static const char *option_for(const struct scenario *scenario, const char *name)
{
    static const char *const machine[][2] = {{"board", "--board"},
                                             {"sched", "--sched"},
                                             {"fault", "--fault"},
                                             {"seed", "--seed"},
                                             {"num_procs", "--num-procs"}};

    for (size_t i = 0; i < COUNT_OF(machine); i++)
        if (strcmp(name, machine[i][0]) == 0 && !has_param(scenario, name))
            return machine[i][1];
    return NULL;
}

// The value that an option gets for a setting. Free it.
static char *value_of(const struct golden_setting *setting, const char *flag)
{
    size_t size = strlen(setting->name) + strlen(setting->value) + 2;
    char *text = allocate(size, 1);

    if (flag)
        snprintf(text, size, "%s", setting->value);
    else
        snprintf(text, size, "%s=%s", setting->name, setting->value);
    return text;
}

// Gives `options` the settings of a golden trace. `values` keeps what they borrow.
static bool give_settings(struct options *options, const struct scenario *scenario,
                          const struct scenario_golden *golden, char **values,
                          struct message *error)
{
    for (size_t i = 0; i < golden->count; i++) {
        const char *flag = option_for(scenario, golden->settings[i].name);

        values[i] = value_of(&golden->settings[i], flag);
        if (!options_give(options, flag ? flag : "--param", values[i], error))
            return false;
    }
    return true;
}

typedef void step(const struct visit *visit, const struct options *options,
                  const struct scenario *scenario);

// Goes on with the scenario as these options open it.
static void open_and(step *next, const struct visit *visit, const struct options *options,
                     const char *path)
{
    struct message error;
    struct scenario *scenario = opening_scenario(options, path, &error);

    if (scenario)
        next(visit, options, scenario);
    else
        take_mistake(visit, options, path, 1, error.text);
    scenario_close(scenario);
}

static void refuse_settings(const struct visit *visit, const struct options *options,
                            const struct scenario *scenario, const struct message *why)
{
    struct message error;

    message_set(&error, "%s:%u: golden: %s", scenario->path, (unsigned)scenario->line, why->text);
    take_mistake(visit, options, scenario->path, scenario->line, error.text);
}

static void take_golden(const struct visit *visit, const struct options *options,
                        const struct scenario *scenario, const struct scenario_golden *golden)
{
    char *values[SCENARIO_MAX_GOLDEN_SETTINGS] = {NULL};
    struct options extended;
    struct message error;

    options_copy(&extended, options);
    if (!give_settings(&extended, scenario, golden, values, &error))
        refuse_settings(visit, options, scenario, &error);
    else if (extended.setting_count > 0)
        open_and(take_run, visit, &extended, scenario->path);
    else
        take_run(visit, &extended, scenario);
    options_free(&extended);
    for (size_t i = 0; i < golden->count; i++)
        free(values[i]);
}

static void take_all(const struct visit *visit, const struct options *options,
                     const struct scenario *scenario)
{
    if (options_change_run(options) || scenario->golden_count == 0)
        take_run(visit, options, scenario);
    else
        for (size_t i = 0; i < scenario->golden_count; i++)
            take_golden(visit, options, scenario, &scenario->goldens[i]);
}

void variants_of(const struct options *options, const struct scenario *scenario, void *context,
                 void (*take)(void *context, const struct variant *variant))
{
    take_all(&(const struct visit){context, take}, options, scenario);
}

void variants_of_file(const struct options *options, const char *path, void *context,
                      void (*take)(void *context, const struct variant *variant))
{
    open_and(take_all, &(const struct visit){context, take}, options, path);
}
