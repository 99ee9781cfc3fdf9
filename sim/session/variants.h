// SPDX-License-Identifier: Apache-2.0 OR MIT
// The runs of a scenario that a golden trace is kept of.
#pragma once

#include <stdint.h>

struct options;
struct scenario;

// One of them. All borrowed for the call that gets it.
struct variant {
    const struct options *options;   // that choose it
    const struct scenario *scenario; // opened with them; NULL: that is a mistake
    const char *path;                // of the scenario
    uint32_t line;                   // where the scenario asks for it
    const char *error;               // what the mistake is: "file:line: what to do"
};

// Calls `take` for each run that the header of `scenario`, which was opened with `options`,
// asks for, for the scenario as it is if it asks for none, or, if `options` change the run,
// for that run alone.
void variants_of(const struct options *options, const struct scenario *scenario, void *context,
                 void (*take)(void *context, const struct variant *variant));

// Opens the scenario at `path` with `options` and does the same. `take` gets a mistake if it
// cannot be opened.
void variants_of_file(const struct options *options, const char *path, void *context,
                      void (*take)(void *context, const struct variant *variant));
