// SPDX-License-Identifier: Apache-2.0 OR MIT
// Differences in colour, for a terminal.
#pragma once

#include <stdbool.h>
#include <stdio.h>

// Prints lines, each behind `indent` if it is not empty. From a line that begins with
// "--- " on, what was is red, what is now is green.
void paint_diff(FILE *out, const char *text, bool color, const char *indent);
