// SPDX-License-Identifier: Apache-2.0 OR MIT
// The options of the program. One table in options.c gives each its name, its help,
// the commands that take it and what it sets; parsing, --help and the replay command
// all come from it.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "message.h"
#include "run.h"
#include "scenario.h"

// Which commands take an option.
enum {
    OPTIONS_ALL = 1 << 0,     // every command
    OPTIONS_RUNNING = 1 << 1, // those that run scenarios
    OPTIONS_BENCH = 1 << 2,   // bench
};

// X(NAME, name)
#define TRACE_FORMATS(X)                                                                           \
    X(TEXT, text)                                                                                  \
    X(JSONL, jsonl)                                                                                \
    X(NONE, none)

enum trace_format {
#define X(NAME, name) TRACE_##NAME,
    TRACE_FORMATS(X)
#undef X
        TRACE_UNSAID, // text for one scenario, none for several
};

#define COLOR_MODES(X)                                                                             \
    X(AUTO, auto)                                                                                  \
    X(ALWAYS, always)                                                                              \
    X(NEVER, never)

enum color_mode {
#define X(NAME, name) COLOR_##NAME,
    COLOR_MODES(X)
#undef X
};

// An option as it was given.
struct given_option {
    const struct option_spec *spec;
    const char *value; // NULL: takes none
};

// All strings are those of argv, borrowed, unless it says otherwise.
struct options {
    const char *program; // as it was called
    bool help;
    struct run_request request;     // counts more than the scenario's header
    struct param_setting *settings; // owned, names too
    size_t setting_count;
    const char *db; // NULL: no record
    enum trace_format trace;
    uint32_t jobs;
    enum color_mode color;
    double timeout_seconds; // of wall-clock time for each scenario, 0: none
    bool is_worker;         // runs one scenario for a process that runs several
    bool quick;             // of bench
    bool json;
    const char *const *operands;
    size_t operand_count;
    struct given_option *given; // in order; owned
    size_t given_count;
};

// Reads argv[1] onwards; argv[0] is the command's name. `groups` says which options
// the command takes. False, with `error` set: asked wrongly. Free it in any case.
bool options_parse(struct options *options, const char *program, unsigned groups, int argc,
                   char **argv, struct message *error);
void options_free(struct options *options);

// A line or more for each option of these groups.
void options_print_help(FILE *out, unsigned groups);

// The command line that runs the scenario at `path` as these options do, for a shell.
void options_print_replay(FILE *out, const struct options *options, const char *path);

// Arguments for a worker that runs `path` under these options; a NULL ends the list.
// The list is owned by the caller (one free), the strings are borrowed.
char **options_worker_arguments(const struct options *options, const char *path, bool color);
