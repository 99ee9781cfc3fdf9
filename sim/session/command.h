// SPDX-License-Identifier: Apache-2.0 OR MIT
// What a subcommand of the program is. Each says itself what it does and takes, in its own
// file, as `const struct command cmd_NAME`.
#pragma once

#include "../base/status.h"
#include "option_table.h"

struct output;

// What an exit status says to whoever called this command.
struct status_text {
    enum exit_status status;
    const char *text;
};

struct command {
    const char *name;
    const char *operands; // as its help shows them
    const char *about;    // one line
    const char *details;  // for its own help: what else to know, examples
    // Those that it can end with, best first; NULL behind the last.
    const struct status_text *statuses;
    struct option_set options;
    enum exit_status (*run)(const struct options *options, struct output *output);
};

// Tells a person what is wrong with what they asked for: one sentence.
enum exit_status command_refuse(const char *sentence);
