// SPDX-License-Identifier: Apache-2.0 OR MIT
// Accepting what a scenario did as its golden trace.
#pragma once

#include <stdbool.h>

#include "check_result.h"

// Whether there is something to accept about this result.
bool accept_is_possible(const struct check_result *result);

// Writes its golden trace. The result is ACCEPTED from now on; or an ERROR, and why went to
// stderr.
void accept_result(struct check_result *result);
