// SPDX-License-Identifier: Apache-2.0 OR MIT
// Two golden traces as one list: the order of `a`, with what only `b` has as near to its
// place there as the order of its process allows.
#pragma once

#include <stddef.h>

#include "golden_diff.h"

// A step that both have, or that only one has.
struct trace_row {
    size_t a; // NO_STEP: b's alone
    size_t b; // NO_STEP: a's alone
};

struct trace_rows {
    struct trace_row *row; // owned
    size_t count;
};

void trace_rows_open(struct trace_rows *rows, const struct trace_diff *diff);
void trace_rows_close(struct trace_rows *rows);
