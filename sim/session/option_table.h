// SPDX-License-Identifier: Apache-2.0 OR MIT
// The options of the command line: what one is, and the tables that several commands take.
// Parsing, --help and replays all come from them.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "../base/message.h"

struct options;

// One option. A table of them ends with an entry without a flag.
struct option_spec {
    const char *flag;     // its long form
    char letter;          // 0: none
    const char *argument; // as help shows it, NULL: takes none
    bool changes_run;     // belongs into a replay
    bool for_parent;      // a worker does without
    const char *help;     // NULL: not shown
    // Sets what it is for. False with `error` set: a wrong value. NULL: it only switches
    // on the bool at `switches_on` of struct options, or of options->own.
    bool (*apply)(struct options *options, const char *value, struct message *error);
    size_t switches_on;
    bool is_own;
};

enum { OPTION_TABLES = 8 };

// The options that a command takes, in the order of its help; --help is always one of them.
struct option_set {
    const struct option_spec *tables[OPTION_TABLES]; // NULL behind the last
    size_t own_size;                                 // of what options->own is for this command
};

extern const struct option_spec options_machine[]; // a scenario's parameters and its machine
extern const struct option_spec options_running[]; // how such a run goes, and its record
extern const struct option_spec options_tracing[]; // --trace
extern const struct option_spec options_workers[]; // --jobs, and what a worker is told
extern const struct option_spec options_timeout[]; // --timeout
extern const struct option_spec options_color[];   // --color
extern const struct option_spec options_json[];    // --json

// The options of a set one after another, by place. NULL: there are no more.
const struct option_spec *option_at(const struct option_set *set, size_t place);

// The one of a table with this long name, which it has.
const struct option_spec *option_named(const struct option_spec *table, const char *flag);
