// SPDX-License-Identifier: Apache-2.0 OR MIT
// What the subcommands of the program have in common.
#pragma once

#include "../base/status.h"
#include "../host/output.h"
#include "option_table.h"
#include "options.h"

struct command {
    const char *name;
    const char *operands; // as its help shows them
    const char *about;    // one line
    const char *details;  // for its own help: what else to know, examples
    bool lists_statuses;  // its help ends with the exit statuses
    struct option_set options;
    enum exit_status (*run)(const struct options *options, struct output *output);
};

enum exit_status cmd_run(const struct options *options, struct output *output);
enum exit_status cmd_list(const struct options *options, struct output *output);
enum exit_status cmd_check(const struct options *options, struct output *output);
enum exit_status cmd_diff(const struct options *options, struct output *output);
enum exit_status cmd_boards(const struct options *options, struct output *output);
enum exit_status cmd_fit(const struct options *options, struct output *output);
enum exit_status cmd_bench(const struct options *options, struct output *output);
enum exit_status cmd_vector(const struct options *options, struct output *output);

// Tells a person what is wrong with what they asked for: one sentence.
enum exit_status command_refuse(const char *sentence);
