// SPDX-License-Identifier: Apache-2.0 OR MIT
// Options as text: their help, and the command lines that do again what they did.
#pragma once

#include <stdio.h>

#include "option_table.h"

// A line or more for each option of a set.
void options_print_help(FILE *out, const struct option_set *set);

// The command line that does `command` ("run", "check --update") with the scenario at
// `path` as these options do, for a shell.
void options_print_command(FILE *out, const struct options *options, const char *command,
                           const char *path);

// That of "run", with --no-db if these options have no record.
void options_print_replay(FILE *out, const struct options *options, const char *path);
