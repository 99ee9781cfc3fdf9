// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <string.h>

#include "command.h"
#include "find.h"
#include "scenario.h"

static int setting_width(const struct param *param)
{
    return (int)(strlen(param->name) + 1 + strlen(param->fallback));
}

static void print_scenario(FILE *out, const struct scenario *scenario)
{
    int width = 0;

    (void)fprintf(out, "%s%s%s\n", scenario->path, scenario->about[0] != '\0' ? "  " : "",
                  scenario->about);
    for (size_t i = 0; i < scenario->param_count; i++)
        if (setting_width(&scenario->params[i]) > width)
            width = setting_width(&scenario->params[i]);
    for (size_t i = 0; i < scenario->param_count; i++) {
        const struct param *param = &scenario->params[i];

        (void)fprintf(out, "    -P %s=%s", param->name, param->fallback);
        if (param->help[0] != '\0')
            (void)fprintf(out, "%*s  %s", width - setting_width(param), "", param->help);
        (void)fputc('\n', out);
    }
}

static enum exit_status list_one(const char *path, struct output *output)
{
    struct message error;
    struct scenario *scenario = scenario_open(path, NULL, 0, &error);

    if (scenario == NULL) {
        // In the order in which they were found.
        (void)output_flush(output);
        (void)fprintf(stderr, "%s\n", error.text);
        return STATUS_USAGE;
    }
    print_scenario(output->file, scenario);
    scenario_close(scenario);
    return STATUS_PASSED;
}

enum exit_status cmd_list(const struct options *options, struct output *output)
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
            status = status_worse(status, list_one(files.paths[i], output));
    find_free(&files);
    return status;
}
