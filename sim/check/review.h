// SPDX-License-Identifier: Apache-2.0 OR MIT
// A person looks at each difference on a terminal and says what to accept.
#pragma once

#include "check_result.h"

struct output;

// Shows the results that there is something to accept about, one after another, and asks;
// accepts what the answers say.
void review_results(struct check_results *results, struct output *output);
