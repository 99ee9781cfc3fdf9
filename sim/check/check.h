// SPDX-License-Identifier: Apache-2.0 OR MIT
// Runs a scenario and compares what it did with its golden traces.
#pragma once

#include "check_result.h"

struct options;
struct output;

// Adds a result for each golden trace that the scenario at `path` asks for; with
// options that change the run, for the one of that run alone. Writes no golden trace.
void check_scenario(const struct options *options, const char *path, struct output *output,
                    struct check_results *results);
