// SPDX-License-Identifier: Apache-2.0 OR MIT
// A person runs one scenario: it is read, runs under their eyes and the watchdog's,
// is recorded, and what came of it is said.
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "../base/status.h"
#include "options.h"

struct output;
struct run;
struct scenario;
struct sink;

// Runs the scenario at `path`. The trace, if any, and one line of result go to
// `output`; that line goes to stderr instead where the trace is for a program. Words
// about a failure go to stderr, the command that replays it last.
enum exit_status session_run(const struct options *options, const char *path,
                             enum trace_format trace, struct output *output);

// Another command that has a scenario run, and says itself what came of it.
struct session_guest {
    struct sink *sink; // gets the run's events too; borrowed
    FILE *words;       // for those about a failure, in place of stderr; borrowed
    // The run has ended and is on record as `run_id` (0: nothing is recorded). Not called
    // if it could not begin.
    void (*ended)(struct session_guest *guest, const struct run *run, int64_t run_id);
};

// Runs `scenario`, opened with `options`, for `guest`: nothing is printed but words.
enum exit_status session_run_for(struct session_guest *guest, const struct options *options,
                                 const struct scenario *scenario, struct output *output);

// Whether there can be a record, if one is wanted: better to say once that there cannot than
// once for each scenario. False, with `error` set: why.
bool session_can_record(const struct options *options, struct message *error);

// The word for a status: "passed", "failed", "bound", "stopped" or "error".
const char *session_word(enum exit_status status);

// The line of result: "passed  scenarios/rot13.lua  (details)".
void session_print_result(FILE *out, bool color, enum exit_status status, const char *word,
                          const char *path, const char *details);
