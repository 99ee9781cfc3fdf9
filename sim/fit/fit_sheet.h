// SPDX-License-Identifier: Apache-2.0 OR MIT
// What a person asked of one board, and the answers: a row for each buffer.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "fit_advice.h"

enum { FIT_MOST_BUFFERS = 1024 };

struct fit_row {
    char label[64]; // as a person knows the buffer
    struct fit_buffer buffer;
    uint32_t alignment; // it may be at any multiple of this; 0: it is where it is
    struct fit_answer answer;
    struct fit_census census; // if it has an alignment
    struct fit_advice advice; // unless it fits or other buffers are in its way
};

struct fit_sheet {
    struct fit fit;
    char receiver[256]; // the process of a scenario that gets the buffers, "" if there is none
    uint32_t capacity;  // buffers that it can have mapped at once, UINT32_MAX: any number
    struct fit_row *rows;
    size_t count;
    size_t fitting; // rows that fit
};

// Fills in the answers to the rows, all of them shared with one receiver in their order.
void fit_sheet_ask(struct fit_sheet *sheet);

// For people: "shared with NAME" behind `before`, if there is a receiver.
void fit_sheet_print_receiver(FILE *out, const char *before, const struct fit_sheet *sheet);

// For people: one board in detail, and several side by side. Their rows are the same buffers in
// the same order; some may have fewer of them.
void fit_sheet_print(FILE *out, const struct fit_sheet *sheet);
void fit_sheets_compare(FILE *out, const struct fit_sheet *const *sheets, size_t count);

// For programs: a JSON list of them.
void fit_sheets_print_json(FILE *out, const struct fit_sheet *sheets, size_t count);
