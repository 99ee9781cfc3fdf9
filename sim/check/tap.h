// SPDX-License-Identifier: Apache-2.0 OR MIT
// The results of `ipcsim check` as TAP, the Test Anything Protocol, version 14.
#pragma once

#include <stdio.h>

#include "check_result.h"

void tap_print(FILE *out, const struct check_results *results);
