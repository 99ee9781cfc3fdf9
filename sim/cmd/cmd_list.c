// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/json.h"
#include "../base/text_stream.h"
#include "../host/output.h"
#include "../lua/scenario.h"
#include "../run/request.h"
#include "../session/command.h"
#include "../session/options.h"
#include "../session/scenario_files.h"
#include "../session/variant_name.h"
#include "../session/variants.h"

// ---- for people

static int setting_width(const struct param *param)
{
    return (int)(strlen(param->name) + 1 + strlen(param->fallback));
}

// " (1 to 254)"
static void print_bounds(FILE *out, const struct param *param)
{
    if (param->min[0] != '\0' && param->max[0] != '\0')
        fprintf(out, " (%s to %s)", param->min, param->max);
    else if (param->min[0] != '\0')
        fprintf(out, " (at least %s)", param->min);
    else if (param->max[0] != '\0')
        fprintf(out, " (at most %s)", param->max);
}

static void print_about(FILE *out, const struct param *param, int indent)
{
    bool has_bounds = param->min[0] != '\0' || param->max[0] != '\0';

    if (param->help[0] == '\0' && !has_bounds)
        return;
    fprintf(out, "%*s%s%s", indent, "", param->help[0] != '\0' ? "  " : " ", param->help);
    print_bounds(out, param);
}

static void print_scenario(FILE *out, const struct scenario *scenario)
{
    int width = 0;

    fprintf(out, "%s%s%s\n", scenario->path, scenario->about[0] != '\0' ? "  " : "",
            scenario->about);
    for (size_t i = 0; i < scenario->param_count; i++)
        if (setting_width(&scenario->params[i]) > width)
            width = setting_width(&scenario->params[i]);
    for (size_t i = 0; i < scenario->param_count; i++) {
        const struct param *param = &scenario->params[i];

        fprintf(out, "    -P %s=%s", param->name, param->fallback);
        print_about(out, param, width - setting_width(param));
        fputc('\n', out);
    }
    for (size_t i = 0; scenario_used_file(scenario, i); i++)
        fprintf(out, "    uses %s\n", scenario_used_file(scenario, i));
}

// ---- for programs: an object a line

static void put_member(FILE *out, const char *separator, const char *name, const char *text)
{
    fputs(separator, out);
    json_put_string(out, name, strlen(name));
    fputc(':', out);
    json_put_string(out, text, strlen(text));
}

// The header's word, or what holds where it says nothing.
static void put_header(FILE *out, const struct scenario *scenario)
{
    put_member(out, "{", "path", scenario->path);
    put_member(out, ",", "about", scenario->about);
    fprintf(out, ",\"line\":%u", scenario->line > 0 ? (unsigned)scenario->line : 1u);
    put_member(out, ",", "board", scenario->board[0] ? scenario->board : RUN_DEFAULT_BOARD);
    put_member(out, ",", "sched", scenario->sched[0] ? scenario->sched : RUN_DEFAULT_SCHED);
    put_member(out, ",", "fault", scenario->fault[0] ? scenario->fault : RUN_DEFAULT_FAULT);
    put_member(out, ",", "known_issue", scenario->known_issue);
}

static void put_params(FILE *out, const struct scenario *scenario)
{
    fputs(",\"params\":[", out);
    for (size_t i = 0; i < scenario->param_count; i++) {
        put_member(out, i > 0 ? ",{" : "{", "name", scenario->params[i].name);
        put_member(out, ",", "default", scenario->params[i].fallback);
        put_member(out, ",", "help", scenario->params[i].help);
        if (scenario->params[i].min[0] != '\0')
            put_member(out, ",", "min", scenario->params[i].min);
        if (scenario->params[i].max[0] != '\0')
            put_member(out, ",", "max", scenario->params[i].max);
        fputc('}', out);
    }
    fputs("]", out);
}

// Only where there are some.
static void put_used(FILE *out, const struct scenario *scenario)
{
    const char *path;

    if (!scenario_used_file(scenario, 0))
        return;
    fputs(",\"uses\":", out);
    for (size_t i = 0; (path = scenario_used_file(scenario, i)); i++) {
        fputc(i > 0 ? ',' : '[', out);
        json_put_string(out, path, strlen(path));
    }
    fputs("]", out);
}

struct goldens {
    FILE *out;
    size_t count;
    struct message error; // of one that cannot be opened
    bool has_failed;
};

static void put_golden(void *context, const struct variant *variant)
{
    struct goldens *goldens = context;
    struct golden_setting settings[SCENARIO_MAX_GOLDEN_SETTINGS];
    size_t count;

    if (!variant->scenario) {
        goldens->has_failed = true;
        message_set(&goldens->error, "%s", variant->error);
        return;
    }
    count = variant_settings(variant->scenario, &variant->options->request, settings);
    fputs(goldens->count++ > 0 ? ",{" : "{", goldens->out);
    for (size_t i = 0; i < count; i++)
        put_member(goldens->out, i > 0 ? "," : "", settings[i].name, settings[i].value);
    fputc('}', goldens->out);
}

// False, with `error` set: the header asks for a golden trace of what cannot be run.
static bool put_scenario(FILE *out, const struct options *options, const struct scenario *scenario,
                         struct message *error)
{
    struct goldens goldens = {.out = out};

    put_header(out, scenario);
    put_params(out, scenario);
    put_used(out, scenario);
    fputs(",\"goldens\":[", out);
    variants_of(options, scenario, &goldens, put_golden);
    fputs("]}\n", out);
    if (goldens.has_failed)
        *error = goldens.error;
    return !goldens.has_failed;
}

// Nothing is printed of a scenario that something is wrong with.
static bool print_json(FILE *out, const struct options *options, const struct scenario *scenario,
                       struct message *error)
{
    struct text_stream line;
    bool is_fine = put_scenario(text_stream_open(&line), options, scenario, error);
    char *text = text_stream_close(&line);

    if (is_fine)
        fputs(text, out);
    free(text);
    return is_fine;
}

// ---- one after another

static enum exit_status list_one(const struct options *options, const char *path,
                                 struct output *output)
{
    struct message error;
    struct scenario *scenario = scenario_open(path, NULL, 0, &error);
    bool is_fine = scenario != NULL;

    if (is_fine && options->json)
        is_fine = print_json(output->file, options, scenario, &error);
    else if (is_fine)
        print_scenario(output->file, scenario);
    if (!is_fine) {
        // In the order in which they were found.
        (void)output_flush(output);
        fprintf(stderr, "%s\n", error.text);
    }
    if (scenario)
        scenario_close(scenario);
    return is_fine ? STATUS_PASSED : STATUS_USAGE;
}

static enum exit_status run(const struct options *options, struct output *output)
{
    static const char *const usual[] = {"scenarios"};
    bool is_given = options->operand_count > 0;
    enum exit_status status = STATUS_PASSED;
    struct scenario_files files;
    struct message error;

    if (!find_scenarios(&files, is_given ? options->operands : usual,
                        is_given ? options->operand_count : 1, &error))
        status = command_refuse(error.text);
    else
        for (size_t i = 0; i < files.count; i++)
            status = status_worse(status, list_one(options, files.paths[i], output));
    find_free(&files);
    return status;
}

static const struct status_text statuses[] = {
    {STATUS_PASSED, "all are listed"},
    {STATUS_USAGE, "asked wrongly, or a mistake in a scenario; the others are listed"},
    {STATUS_HOST, "the host failed: the list cannot be written"},
    {STATUS_PASSED, NULL},
};

const struct command cmd_list = {
    .name = "list",
    .operands = "[FILE|DIR...]",
    .about = "scenarios and their parameters",
    .details = "Lists the scenarios in the folder scenarios, or in what is given. With --json,\n"
               "an object a line; its `goldens` are the runs that have golden traces, by what\n"
               "they set.\n",
    .statuses = statuses,
    .options.tables = {options_json},
    .run = run,
};
