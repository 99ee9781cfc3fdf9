// SPDX-License-Identifier: Apache-2.0 OR MIT
// Buffers as a person writes them for `ipcsim fit`: 64, 64:64, 96@0x20002100, 96@+256, 7x64:64.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../base/message.h"
#include "fit_sheet.h"

// X(NAME, how it is written)
#define FIT_PLACES(X)                                                                              \
    X(ALIGNED, "SIZE or SIZE:ALIGNMENT: somewhere")                                                \
    X(ADDRESS, "SIZE@ADDRESS")                                                                     \
    X(OFFSET, "SIZE@+OFFSET: from the start of a process's memory")

enum fit_place {
#define X(NAME, text) FIT_AT_##NAME,
    FIT_PLACES(X)
#undef X
};

struct fit_question {
    char label[40]; // as it was written, without the count
    uint32_t count; // so many of them
    uint32_t size;
    enum fit_place place;
    uint32_t value; // alignment, address or offset
};

// Reads one of them. False, with `error` set: it is none.
bool fit_question_read(const char *word, struct fit_question *question, struct message *error);

// Where this buffer is. One without an address goes to the next multiple of its alignment from
// `*next` on, which moves behind it. False, with `error` set: not in the RAM of the board.
bool fit_question_place(const struct fit_question *question, const struct fit *fit, uint64_t *next,
                        struct fit_buffer *buffer, struct message *error);

// Where the first buffer without an address may be.
uint64_t fit_first_place(const struct fit *fit);
