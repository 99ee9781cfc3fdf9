// SPDX-License-Identifier: Apache-2.0 OR MIT
// The results of `ipcsim check` for people.
#pragma once

#include <stdbool.h>
#include <stdio.h>

#include "check_result.h"

struct output;

// A line of result, then the differences and what to do about them. What nothing is
// known about says why on stderr. One that simply passed gets its line only if
// `shows_passed`.
void check_text_print(struct output *output, const struct check_result *result, bool shows_passed);

// "9 passed, 1 failed; 2 pending". Whatever makes the exit status 1 counts as failed. `left`
// scenarios did not run.
void check_text_print_totals(FILE *out, const struct check_results *results, size_t left);
