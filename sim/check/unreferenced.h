// SPDX-License-Identifier: Apache-2.0 OR MIT
// Golden traces that no scenario asks for any more.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "../base/status.h"
#include "check_result.h"

// Finds golden traces in the folders among `operands` and below, and beside the scenarios
// among them those of that scenario, that none of `results` is about, and adds a result for each;
// or removes them, if `is_removing`, and says so on `out`. Those of a scenario that could not be
// opened are taken to be asked for. Files that are no golden traces never count. Returns PASSED;
// HOST: a folder cannot be read, or a file not removed, which it has said on stderr.
enum exit_status unreferenced_find(const char *const *operands, size_t count,
                                   struct check_results *results, bool is_removing, FILE *out);
