// SPDX-License-Identifier: Apache-2.0 OR MIT
// ipcsim bench: the built-in measurements.
#include <stdio.h>
#include <string.h>

#include "../sim/base/count_of.h"
#include "../sim/base/nearest.h"
#include "../sim/host/output.h"
#include "../sim/session/command.h"
#include "../sim/session/options.h"
#include "bench.h"

static const struct benchmark {
    const char *name;
    bool (*run)(struct figures *figures, const struct effort *effort, struct message *error);
} benchmarks[] = {
#define X(name, about) {#name, bench_##name},
    BENCHMARKS(X)
#undef X
};

struct bench_options {
    bool quick;
};

static const struct option_spec own_options[] = {
    {.flag = "--quick",
     .help = "measure less, and fail if a ratio is far from its goal",
     .switches_on = offsetof(struct bench_options, quick),
     .is_own = true},
    {.flag = NULL},
};

static bool is_quick(const struct options *options)
{
    const struct bench_options *own = options->own;

    return own->quick;
}

static const struct effort thorough = {.rounds = 101, .sample_ns = 3e6};
static const struct effort quick = {.rounds = 31, .sample_ns = 2e6};

static const struct figure_rules thorough_rules = {.margin = 0, .ratios_only = false};
static const struct figure_rules quick_rules = {.margin = 0.25, .ratios_only = true};

static const struct benchmark *find(const char *name)
{
    for (size_t i = 0; i < COUNT_OF(benchmarks); i++)
        if (strcmp(benchmarks[i].name, name) == 0)
            return &benchmarks[i];
    return NULL;
}

// Every name is known. False: it has said which is not.
static bool check_names(const struct options *options)
{
    const char *names[COUNT_OF(benchmarks)];
    struct message error;

    for (size_t i = 0; i < COUNT_OF(benchmarks); i++)
        names[i] = benchmarks[i].name;
    for (size_t i = 0; i < options->operand_count; i++) {
        if (find(options->operands[i]))
            continue;
        nearest_refuse(&error, "benchmark", options->operands[i], names, COUNT_OF(names));
        command_refuse(error.text);
        return false;
    }
    return true;
}

static bool is_asked_for(const struct options *options, const char *name)
{
    for (size_t i = 0; i < options->operand_count; i++)
        if (strcmp(options->operands[i], name) == 0)
            return true;
    return options->operand_count == 0;
}

static bool run_one(const struct benchmark *benchmark, const struct options *options,
                    struct figures *figures)
{
    struct message error;

    if (benchmark->run(figures, is_quick(options) ? &quick : &thorough, &error))
        return true;
    fprintf(stderr, "ipcsim: bench %s: %s\n", benchmark->name, error.text);
    return false;
}

// Runs all that is asked for, showing figures as they come. False: the host refused one.
static bool run_all(const struct options *options, struct output *output,
                    const struct figure_rules *rules, struct figures *figures)
{
    bool is_fine = true;

    if (!options->json)
        figures_print_head(output->file);
    for (size_t i = 0; i < COUNT_OF(benchmarks) && !output_failed(output); i++) {
        size_t first = figures->count;

        if (!is_asked_for(options, benchmarks[i].name))
            continue;
        if (!run_one(&benchmarks[i], options, figures))
            is_fine = false;
        for (size_t n = first; n < figures->count && !options->json; n++)
            figure_print(output->file, &figures->list[n], rules);
        (void)output_flush(output);
    }
    if (options->json)
        figures_print_json(output->file, figures, rules);
    return is_fine;
}

// Only --quick judges: there a ratio that is far off means that a change made something slow.
static enum exit_status run(const struct options *options, struct output *output)
{
    const struct figure_rules *rules = is_quick(options) ? &quick_rules : &thorough_rules;
    struct figures figures = {.count = 0};

    if (!check_names(options))
        return STATUS_USAGE;
    if (!run_all(options, output, rules, &figures))
        return STATUS_HOST;
    return is_quick(options) && figures_missed(&figures, rules) > 0 ? STATUS_FAILED : STATUS_PASSED;
}

const struct command cmd_bench = {
    .name = "bench",
    .operands = "[NAME...]",
    .about = "the built-in measurements",
    .details = "Measures what is named, or everything. Each figure that has a reference is\n"
               "measured in turns with it. Names: roundtrip, roundtrip_lua, processes, ring,\n"
               "record, mpu, world, startup, memory. docs/performance.md says what they mean.\n",
    .options.tables = {own_options, options_json},
    .options.own_size = sizeof(struct bench_options),
    .run = run,
};
