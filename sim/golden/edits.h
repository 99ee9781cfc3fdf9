// SPDX-License-Identifier: Apache-2.0 OR MIT
// The fewest insertions and deletions that make one sequence another.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// For each item of the two sequences, where its equal stands in the other one, or
// EDITS_NONE if it is deleted (of `a`) or inserted (of `b`). Equal items that are not
// paired have changed places. The arrays have `a_count` and `b_count` items.
#define EDITS_NONE SIZE_MAX

// Items are the same if their numbers are. Beyond EDITS_MOST edits it looks for no fewer
// and takes everything between the equal beginnings and ends as changed.
enum { EDITS_MOST = 1500 };

void edits_find(const uint32_t *a, size_t a_count, const uint32_t *b, size_t b_count, size_t *in_b,
                size_t *in_a);
