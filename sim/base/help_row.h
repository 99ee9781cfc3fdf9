// SPDX-License-Identifier: Apache-2.0 OR MIT
// Help in two columns: what can be written, and what it does.
#pragma once

#include <stddef.h>
#include <stdio.h>

// The columns of a terminal that help is written for.
enum { HELP_WIDTH = 80 };

// Prints `head`, and the words of `text` from `column` on, in as many lines as they need. There
// are always two spaces between them: behind a longer head, the text begins on the next line.
void help_row_print(FILE *out, const char *head, size_t column, const char *text);
