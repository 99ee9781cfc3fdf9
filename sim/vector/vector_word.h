// SPDX-License-Identifier: Apache-2.0 OR MIT
// The words of one line of a scripted kernel vector, and what each can mean.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vector.h"

// A stretch of the line, borrowed: no blanks in it unless it is a string in quotes.
struct vector_word {
    const char *start;
    size_t length;
};

// Whose address a number without a base is an offset from.
enum vector_field {
    VECTOR_FIELD_NUMBER,   // nobody's: it is a number
    VECTOR_FIELD_OFFSET,   // memory start
    VECTOR_FIELD_FUNCTION, // flash start; 0 is the null function
};

// Splits [line, line + size) into at most `max` words; a `#` outside of quotes ends it.
// False: more words, or a string without its end.
bool vector_split(const char *line, size_t size, struct vector_word *words, size_t max,
                  size_t *count);

bool vector_word_is(struct vector_word word, const char *text);

// The rest of a word that begins with `key` and `=`. False: it does not.
bool vector_word_after(struct vector_word word, const char *key, struct vector_word *rest);

// Decimal or 0x, 0 to 2^32 - 1. False: anything else; `*number` is untouched.
bool vector_word_number(struct vector_word word, uint32_t *number);

// N, +N, -N, BASE, BASE+N or BASE-N. False: anything else.
bool vector_word_value(struct vector_word word, enum vector_field field,
                       struct vector_value *value);

// "..." with \n \0 \xNN \" \\, or hex:0011, or (only if `plain`) a bare word. Writes
// into `bytes`, which has room for `word.length`. False: none of these.
bool vector_word_bytes(struct vector_word word, bool plain, uint8_t *bytes, uint32_t *size);
