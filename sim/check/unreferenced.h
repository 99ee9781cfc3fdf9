// SPDX-License-Identifier: Apache-2.0 OR MIT
// Golden traces that no scenario asks for any more.
#pragma once

#include <stdbool.h>

#include "../base/message.h"
#include "../session/scenario_files.h"
#include "check_result.h"

// Finds golden traces in the folders among `operands` and below, and beside the
// scenarios among them those of that scenario, that none of `results` is about. Those of
// a scenario that could not be opened are taken to be asked for. Files that are no golden
// traces never count. False, with `error` set: a folder cannot be read. Free with
// find_free in any case.
bool unreferenced_find(struct scenario_files *found, const char *const *operands, size_t count,
                       const struct check_results *results, struct message *error);
