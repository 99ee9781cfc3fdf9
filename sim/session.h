// SPDX-License-Identifier: Apache-2.0 OR MIT
// A person runs one scenario: it is read, runs under their eyes and the watchdog's,
// is recorded, and what came of it is said.
#pragma once

#include "options.h"
#include "output.h"
#include "status.h"

// Runs the scenario at `path`. The trace, if any, and one line of result go to
// `output`; that line goes to stderr instead where the trace is for a program. Words
// about a failure go to stderr, the command that replays it last.
enum exit_status session_run(const struct options *options, const char *path,
                             enum trace_format trace, struct output *output);

// The word for a status: "passed", "failed", "bound", "stopped" or "error".
const char *session_word(enum exit_status status);

// The line of result: "passed  scenarios/rot13.lua  (details)".
void session_print_result(FILE *out, bool color, enum exit_status status, const char *word,
                          const char *path, const char *details);
