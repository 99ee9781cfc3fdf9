// SPDX-License-Identifier: Apache-2.0 OR MIT
// The options of the program. One table in options.c gives each its name, its help,
// the commands that take it and what it sets; parsing, --help and the replay command
// all come from it.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "../base/message.h"
#include "../run/request.h"

struct param_setting;

// Which commands take an option.
enum {
    OPTIONS_ALL = 1 << 0,      // every command
    OPTIONS_RUNNING = 1 << 1,  // those that run scenarios
    OPTIONS_BENCH = 1 << 2,    // bench
    OPTIONS_TRACING = 1 << 3,  // those that show traces
    OPTIONS_CHECKING = 1 << 4, // check
    OPTIONS_COLOR = 1 << 5,    // those that print in colour
    OPTIONS_LISTING = 1 << 6,  // list
    OPTIONS_FIT = 1 << 7,      // fit
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
    struct board **boards; // opened for each --board, in order, the last for `request`; owned
    size_t board_count;
    const char *db; // NULL: no record
    enum trace_format trace;
    uint32_t jobs;
    enum color_mode color;
    double timeout_seconds; // of wall-clock time for each scenario, 0: none
    bool is_worker;         // runs one scenario for a process that runs several
    bool update;            // check: accept what differs
    bool review;            // ... or ask about each
    bool unreferenced;      // check: look for golden traces that nothing asks for
    bool tap;               // check: results as TAP
    const char *junit;      // check: a file for results as JUnit XML, NULL: none
    bool quick;             // of bench
    bool json;              // and of list and fit
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

// Whether they choose parameters or a machine, and with that what a scenario does.
bool options_change_run(const struct options *options);

// A copy that more can be given to; its `boards` are those given to it. Free it too, before
// the original.
void options_copy(struct options *copy, const struct options *original);

// Gives an option by its long name, as if it stood behind all others on the command
// line; `value` is borrowed, NULL: it takes none. At most OPTIONS_MORE for each copy.
// False, with `error` set: a wrong value.
enum { OPTIONS_MORE = 64 };
bool options_give(struct options *options, const char *flag, const char *value,
                  struct message *error);

// A word as a shell reads it back.
void options_print_quoted(FILE *out, const char *word);

// The command line that does `command` ("run", "check --update") with the scenario at
// `path` as these options do, for a shell.
void options_print_command(FILE *out, const struct options *options, const char *command,
                           const char *path);

// That of "run", with --no-db if these options have no record.
void options_print_replay(FILE *out, const struct options *options, const char *path);

// Arguments for a worker that does `command` with `path` under these options; a NULL
// ends the list. The list is owned by the caller (one free), the strings are borrowed.
char **options_worker_arguments(const struct options *options, const char *command,
                                const char *path, bool color);
