// SPDX-License-Identifier: Apache-2.0 OR MIT
// The results of `ipcsim check` where GitHub Actions shows them.
#pragma once

#include <stdbool.h>
#include <stdio.h>

#include "../base/message.h"
#include "check_result.h"

// Whether this runs in GitHub Actions: GITHUB_ACTIONS is "true".
bool github_is_here(void);

// A command to the runner for each result that is not as it should be: an annotation on
// the scenario's line in the pull request.
void github_annotate(FILE *out, const struct check_results *results);

// Appends the results as Markdown to the file that GITHUB_STEP_SUMMARY names, if it does.
// False, with `error` set: it cannot be written.
bool github_summarize(const struct check_results *results, struct message *error);
