// SPDX-License-Identifier: Apache-2.0 OR MIT
// Two golden traces as one list: the order of `a`, with what only `b` has as near to its
// place there as the order of its process allows.
#pragma once

#include <stddef.h>

#include "golden_diff.h"

// A step that both have, or that only one has.
struct golden_row {
    size_t a; // NO_STEP: b's alone
    size_t b; // NO_STEP: a's alone
};

struct golden_rows {
    struct golden_row *row; // owned
    size_t count;
};

void golden_rows_open(struct golden_rows *rows, const struct golden_diff *diff);
void golden_rows_close(struct golden_rows *rows);
