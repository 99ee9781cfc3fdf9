// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "option_table.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../base/allocate.h"
#include "../base/count_of.h"
#include "../base/nearest.h"
#include "../lua/board_open.h"
#include "../lua/scenario.h"
#include "options.h"

enum { MOST_JOBS = 256 };

// ---- values

static bool read_number(const char *text, uint64_t least, uint64_t most, uint64_t *number,
                        struct message *error)
{
    char *end;

    errno = 0;
    unsigned long long value = strtoull(text, &end, 10);
    if (!isdigit((unsigned char)text[0]) || *end != '\0' || errno != 0 || value < least ||
        value > most) {
        message_set(error, "'%.64s' is not a whole number from %llu to %llu", text,
                    (unsigned long long)least, (unsigned long long)most);
        return false;
    }
    *number = value;
    return true;
}

// The place of `value` in `names`.
static bool read_name(const char *kind, const char *value, const char *const *names, size_t count,
                      size_t *place, struct message *error)
{
    for (*place = 0; *place < count; ++*place)
        if (strcmp(value, names[*place]) == 0)
            return true;
    nearest_refuse(error, kind, value, names, count);
    return false;
}

static bool apply_param(struct options *options, const char *value, struct message *error)
{
    const char *equals = strchr(value, '=');

    if (!equals || equals == value) {
        message_set(error, "'%.64s' is not name=value", value);
        return false;
    }
    options->settings[options->setting_count++] = (struct param_setting){
        .name = allocate_text(value, (size_t)(equals - value)),
        .value = equals + 1,
    };
    return true;
}

static bool apply_num_procs(struct options *options, const char *value, struct message *error)
{
    uint64_t number;

    if (!read_number(value, 1, MAX_PROCESSES, &number, error))
        return false;
    options->request.num_procs = (uint32_t)number;
    return true;
}

static bool apply_board(struct options *options, const char *value, struct message *error)
{
    struct board *board = allocate(1, sizeof *board);

    options->boards[options->board_count++] = board;
    options->request.board = board;
    return board_open(value, "", board, error);
}

static bool apply_sched(struct options *options, const char *value, struct message *error)
{
    return run_request_sched(&options->request, value, error);
}

static bool apply_fault(struct options *options, const char *value, struct message *error)
{
    return run_request_fault(&options->request, value, error);
}

static bool apply_seed(struct options *options, const char *value, struct message *error)
{
    return read_number(value, 0, UINT64_MAX, &options->request.seed, error);
}

static bool apply_until(struct options *options, const char *value, struct message *error)
{
    return read_number(value, 1, RUN_MOST_US, &options->request.until_us, error);
}

static bool apply_cost_scale(struct options *options, const char *value, struct message *error)
{
    char *end;
    double scale = strtod(value, &end);

    if (end == value || *end != '\0' || !isfinite(scale) || scale < 0.01 || scale > 100) {
        message_set(error, "'%.64s' is not a number from 0.01 to 100", value);
        return false;
    }
    options->request.cost_scale = scale;
    return true;
}

static bool apply_timeout(struct options *options, const char *value, struct message *error)
{
    char *end;
    double seconds = strtod(value, &end);

    if (end == value || *end != '\0' || !isfinite(seconds) || seconds < 0.001 || seconds > 1e6) {
        message_set(error, "'%.64s' is not a number of seconds from 0.001 to 1000000", value);
        return false;
    }
    options->timeout_seconds = seconds;
    return true;
}

static bool apply_db(struct options *options, const char *value, struct message *error)
{
    if (value[0] == '\0') {
        message_set(error, "give the name of a file");
        return false;
    }
    if (strcmp(value, ":memory:") == 0) {
        message_set(error, "a record in memory would be gone with the run; give the name of a "
                           "file, or --no-db");
        return false;
    }
    options->db = value;
    return true;
}

static bool apply_no_db(struct options *options, const char *value, struct message *error)
{
    (void)value;
    (void)error;
    options->db = NULL;
    return true;
}

static bool apply_trace(struct options *options, const char *value, struct message *error)
{
    static const char *const names[] = {
#define X(NAME, name) #name,
        TRACE_FORMATS(X)
#undef X
    };
    size_t place;

    if (!read_name("trace format", value, names, COUNT_OF(names), &place, error))
        return false;
    options->trace = (enum trace_format)place;
    return true;
}

static bool apply_events(struct options *options, const char *value, struct message *error)
{
    return trace_filter_add_events(&options->filter, value, error);
}

// Which processes there are, the scenario says.
static bool apply_only(struct options *options, const char *value, struct message *error)
{
    (void)error;
    options->only[options->only_count++] = value;
    return true;
}

static bool apply_jobs(struct options *options, const char *value, struct message *error)
{
    uint64_t number;

    if (!read_number(value, 1, MOST_JOBS, &number, error))
        return false;
    options->jobs = (uint32_t)number;
    return true;
}

static bool apply_color(struct options *options, const char *value, struct message *error)
{
    static const char *const names[] = {
#define X(NAME, name) #name,
        COLOR_MODES(X)
#undef X
    };
    size_t place;

    if (!read_name("colour mode", value, names, COUNT_OF(names), &place, error))
        return false;
    options->color = (enum color_mode)place;
    return true;
}

// ---- tables

const struct option_spec options_machine[] = {
    {.flag = "--param",
     .letter = 'P',
     .argument = "NAME=VALUE",
     .changes_run = true,
     .help = "set a parameter of the scenario; repeatable",
     .apply = apply_param},
    {.flag = "--num-procs",
     .argument = "N",
     .changes_run = true,
     .help = "the kernel's NUM_PROCS, 1 to 255; default: as many as the scenario has processes",
     .apply = apply_num_procs},
    {.flag = "--board",
     .argument = "NAME|FILE",
     .changes_run = true,
     .help = "default: " RUN_DEFAULT_BOARD "; `ipcsim boards` lists them; or a "
             "file with one of your own, such as ./myboard.lua",
     .apply = apply_board},
    {.flag = "--sched",
     .argument = "NAME",
     .changes_run = true,
     .help = "round_robin (default), cooperative, priority or mlfq",
     .apply = apply_sched},
    {.flag = "--fault",
     .argument = "POLICY",
     .changes_run = true,
     .help = "what a fault of a process leads to: stop (default), "
             "restart, restart:N (N + 1 times, then stop) or panic. "
             "Tock's boards panic; here the others run on, so that "
             "what a fault does to them shows",
     .apply = apply_fault},
    {.flag = "--seed",
     .argument = "N",
     .changes_run = true,
     .help = "for everything random; default: 0",
     .apply = apply_seed},
    {.flag = "--until",
     .argument = "US",
     .changes_run = true,
     .help = "end at this simulated time, in microseconds",
     .apply = apply_until},
    {.flag = NULL},
};

const struct option_spec options_running[] = {
    {.flag = "--cost-scale",
     .argument = "N",
     .changes_run = true,
     .help = "the kernel and scripts take N times the board's simulated "
             "time, 0.01 to 100: a slower or a faster chip",
     .apply = apply_cost_scale},
    {.flag = "--db",
     .argument = "FILE",
     .help = "record into this SQLite database; default: ipcsim.db",
     .apply = apply_db},
    {.flag = "--no-db", .help = "do not record", .apply = apply_no_db},
    {.flag = NULL},
};

const struct option_spec options_tracing[] = {
    {.flag = "--trace",
     .argument = "FORMAT",
     .help = "text (default for one scenario), jsonl, or none (default for several)",
     .apply = apply_trace},
    {.flag = "--only",
     .argument = "PROCESS,...",
     .help = "the trace shows these processes alone, by name or index;\n"
             "kernel: what is of none. Repeatable, as the next is",
     .apply = apply_only},
    {.flag = "--events",
     .argument = "KIND,...",
     .help = "the trace shows these events alone; notify: the calls\n"
             "that notify; docs/events.md lists the others",
     .apply = apply_events},
    {.flag = "--unfold",
     .help = "the trace shows each timeslice of a process that computes",
     .switches_on = offsetof(struct options, unfold)},
    {.flag = NULL},
};

const struct option_spec options_workers[] = {
    {.flag = "--jobs",
     .letter = 'j',
     .argument = "N",
     .for_parent = true,
     .help = "run up to N scenarios at once; default: 1",
     .apply = apply_jobs},
    {.flag = "--worker", .for_parent = true, .switches_on = offsetof(struct options, is_worker)},
    {.flag = NULL},
};

const struct option_spec options_timeout[] = {
    {.flag = "--timeout",
     .argument = "SECONDS",
     .help = "stop a scenario after this much wall-clock time",
     .apply = apply_timeout},
    {.flag = NULL},
};

const struct option_spec options_color[] = {
    {.flag = "--color",
     .argument = "WHEN",
     .for_parent = true,
     .help = "auto (default: on a terminal, unless NO_COLOR is set), always or never",
     .apply = apply_color},
    {.flag = NULL},
};

const struct option_spec options_json[] = {
    {.flag = "--json",
     .help = "print it as JSON, for programs",
     .switches_on = offsetof(struct options, json)},
    {.flag = NULL},
};

static const struct option_spec option_help = {
    .flag = "--help",
    .letter = 'h',
    .help = "show this help",
    .switches_on = offsetof(struct options, help),
};

// ---- sets of them

const struct option_spec *option_at(const struct option_set *set, size_t place)
{
    size_t left = place;

    for (size_t i = 0; i < OPTION_TABLES && set->tables[i]; i++)
        for (const struct option_spec *spec = set->tables[i]; spec->flag; spec++)
            if (left-- == 0)
                return spec;
    return left == 0 ? &option_help : NULL;
}

const struct option_spec *option_named(const struct option_spec *table, const char *flag)
{
    while (strcmp(table->flag, flag) != 0)
        table++;
    return table;
}
