// SPDX-License-Identifier: Apache-2.0 OR MIT
// What was asked on the command line: parsed, copied, given again to a worker.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../base/message.h"
#include "../run/request.h"
#include "../trace/trace_filter.h"

struct board;
struct option_set;
struct option_spec;
struct param_setting;

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
    struct trace_filter filter; // what of the kinds of events it shows
    const char **only;          // lists of processes that it shows; owned, the lists are not
    size_t only_count;
    bool unfold; // it shows each timeslice
    uint32_t jobs;
    enum color_mode color;
    double timeout_seconds; // of wall-clock time for each scenario, 0: none
    bool is_worker;         // runs one scenario for a process that runs several
    bool json;              // print it for programs
    void *own;              // values of the command's own options, first all zero; owned
    const char *const *operands;
    size_t operand_count;
    struct given_option *given; // in order; owned
    size_t given_count;
};

// Reads argv[1] onwards; argv[0] is the command's name. `set` are the options that it
// takes. False, with `error` set: asked wrongly. Free it in any case.
bool options_parse(struct options *options, const char *program, const struct option_set *set,
                   int argc, char **argv, struct message *error);
void options_free(struct options *options);

// Whether they choose parameters or a machine, and with that what a scenario does.
bool options_change_run(const struct options *options);

// A copy that more can be given to; its `boards` are those given to it, and it has no
// `own`. Free it too, before the original.
void options_copy(struct options *copy, const struct options *original);

// Gives one of options_machine by its long name, as if it stood behind all others on the command
// line; `value` is borrowed, NULL: it takes none. At most OPTIONS_MORE for each copy.
// False, with `error` set: a wrong value.
enum { OPTIONS_MORE = 64 };
bool options_give(struct options *options, const char *flag, const char *value,
                  struct message *error);

// Arguments for a worker that does `command` with `path` under these options; a NULL
// ends the list. The list is owned by the caller (one free), the strings are borrowed.
char **options_worker_arguments(const struct options *options, const char *command,
                                const char *path, bool color);
