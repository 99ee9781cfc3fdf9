// SPDX-License-Identifier: Apache-2.0 OR MIT
// Many scenarios, each in a worker process of its own: one that crashes is the
// failure of its scenario, and of nothing else.
#pragma once

#include "../base/status.h"

struct options;
struct output;
struct scenario_files;

// Runs them all, options->jobs at once. What they print comes in the order of `files`
// however many run at once, and a line of totals last. Returns the worst status.
enum exit_status batch_run(const struct options *options, const struct scenario_files *files,
                           struct output *output);
