// SPDX-License-Identifier: Apache-2.0 OR MIT
// Many scenarios against their golden traces, each in a worker process: their results are
// collected, accepted, and told.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "../base/status.h"

struct options;
struct output;

// What is done about the results.
struct check_options {
    bool update;       // accept what differs
    bool review;       // ... or ask about each
    bool unreferenced; // look for golden traces that nothing asks for
    bool tap;          // results as TAP
    const char *junit; // a file for results as JUnit XML, NULL: none
};

// Checks the scenarios that `operands` stand for as `options` say, whose own are a struct
// check_options. Returns the worst status.
enum exit_status checking_run(const struct options *options, const char *const *operands,
                              size_t count, struct output *output);
