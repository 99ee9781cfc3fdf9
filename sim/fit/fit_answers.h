// SPDX-License-Identifier: Apache-2.0 OR MIT
// The answers to what a person asked, board by board.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "fit_sheet.h"

// All zero is none.
struct fit_answers {
    struct fit_sheet *sheets; // owned, rows too
    size_t count;
};

// Adds an empty sheet; the pointer holds until the next one is added.
struct fit_sheet *fit_answers_add(struct fit_answers *answers);

// Whether every buffer fits on every board.
bool fit_answers_all_fit(const struct fit_answers *answers);

// For people: several boards side by side, then each of the `board_count` that were named in
// detail; without any, those that a scenario runs on.
void fit_answers_print(FILE *out, const struct fit_answers *answers, size_t board_count);

void fit_answers_free(struct fit_answers *answers);
