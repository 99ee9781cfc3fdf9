// SPDX-License-Identifier: Apache-2.0 OR MIT
// ipcsim bench: the built-in measurements.
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../sim/base/count_of.h"
#include "../sim/base/nearest.h"
#include "../sim/host/output.h"
#include "../sim/session/command.h"
#include "../sim/session/options.h"
#include "bench.h"
#include "work.h"

static const struct benchmark {
    const char *name;
    bool (*run)(struct figures *figures, const struct effort *effort, struct message *error);
} benchmarks[] = {
#define X(name, about) {#name, bench_##name},
    BENCHMARKS(X)
#undef X
};

static const struct work {
    const char *name;
    uint64_t (*run)(uint64_t times, struct message *error);
} works[] = {
#define X(function, name) {name, work_##function},
    WORKS(X)
#undef X
};

enum { MOST_TIMES = 1000000000 };

struct bench_options {
    bool quick;
    uint64_t times; // to do what is named, 0: to measure it
};

static bool apply_times(struct options *options, const char *value, struct message *error)
{
    struct bench_options *own = options->own;
    char *end;

    own->times = strtoull(value, &end, 10);
    if (isdigit((unsigned char)value[0]) && *end == '\0' && own->times > 0 &&
        own->times <= MOST_TIMES)
        return true;
    message_set(error, "'%.64s' is not a whole number from 1 to %d", value, MOST_TIMES);
    return false;
}

static const struct option_spec own_options[] = {
    {.flag = "--quick",
     .help = "measure less, and fail if a ratio is far from its goal",
     .switches_on = offsetof(struct bench_options, quick),
     .is_own = true},
    {.flag = "--times",
     .argument = "N",
     .help = "measure nothing: do what is named so often, about, and say how often it was",
     .apply = apply_times},
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

static bool is_among(const char *word, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(names[i], word) == 0)
            return true;
    return false;
}

// Whatever is named is one of `names`. False: it has said which is not.
static bool check_names(const struct options *options, const char *const *names, size_t count)
{
    struct message error;

    for (size_t i = 0; i < options->operand_count; i++) {
        if (is_among(options->operands[i], names, count))
            continue;
        nearest_refuse(&error, "benchmark", options->operands[i], names, count);
        command_refuse(error.text);
        return false;
    }
    return true;
}

static bool is_asked_for(const struct options *options, const char *name)
{
    return options->operand_count == 0 || is_among(name, options->operands, options->operand_count);
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
static enum exit_status measure_times(const struct options *options, struct output *output)
{
    const struct figure_rules *rules = is_quick(options) ? &quick_rules : &thorough_rules;
    const char *names[COUNT_OF(benchmarks)];
    struct figures figures = {.count = 0};

    for (size_t i = 0; i < COUNT_OF(names); i++)
        names[i] = benchmarks[i].name;
    if (!check_names(options, names, COUNT_OF(names)))
        return STATUS_USAGE;
    if (!run_all(options, output, rules, &figures))
        return STATUS_HOST;
    return is_quick(options) && figures_missed(&figures, rules) > 0 ? STATUS_FAILED : STATUS_PASSED;
}

// ---- doing without measuring

static bool do_work(const struct work *work, uint64_t times, FILE *out)
{
    struct message error;
    uint64_t done;

    message_set(&error, "it stopped by itself");
    done = work->run(times, &error);
    if (done > 0)
        fprintf(out, "%s %" PRIu64 "\n", work->name, done);
    else
        fprintf(stderr, "ipcsim: bench %s: %s\n", work->name, error.text);
    return done > 0;
}

static enum exit_status do_works(const struct options *options, struct output *output)
{
    const struct bench_options *own = options->own;
    const char *names[COUNT_OF(works)];

    for (size_t i = 0; i < COUNT_OF(names); i++)
        names[i] = works[i].name;
    if (!check_names(options, names, COUNT_OF(names)))
        return STATUS_USAGE;
    for (size_t i = 0; i < COUNT_OF(works); i++)
        if (is_asked_for(options, works[i].name) && !do_work(&works[i], own->times, output->file))
            return STATUS_HOST;
    return STATUS_PASSED;
}

static enum exit_status run(const struct options *options, struct output *output)
{
    const struct bench_options *own = options->own;

    return own->times > 0 ? do_works(options, output) : measure_times(options, output);
}

static const struct status_text statuses[] = {
    {STATUS_PASSED, "all that is named was measured, or done"},
    {STATUS_FAILED, "--quick: a ratio is far from its goal"},
    {STATUS_USAGE, "asked wrongly: an option, or a name"},
    {STATUS_HOST, "the host failed, or refused what a measurement needs"},
    {STATUS_PASSED, NULL},
};

const struct command cmd_bench = {
    .name = "bench",
    .operands = "[NAME...]",
    .about = "the built-in measurements",
    .details = "Measures what is named, or everything. Each figure that has a reference is\n"
               "measured in turns with it. Names: roundtrip, roundtrip_lua, processes, ring,\n"
               "record, mpu, world, startup, memory. docs/performance.md says what they mean.\n"
               "\n"
               "With --times, figures are named that are one thing done many times: roundtrip,\n"
               "roundtrip_lua, ring/64, record, world/create, world/restore.\n"
               "\n"
               "  valgrind --tool=callgrind ipcsim bench --times 10000 roundtrip\n",
    .statuses = statuses,
    .options.tables = {own_options, options_json},
    .options.own_size = sizeof(struct bench_options),
    .run = run,
};
