// SPDX-License-Identifier: Apache-2.0 OR MIT
// UTF-8 as Unicode defines it (RFC 3629): no overlong forms, no surrogates, nothing above U+10FFFF.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { UTF8_MOST_BYTES = 4 };

// Reads the character at the start of `length` bytes: how many of them it takes, its number in
// `code`. 0: no character begins there, or not all of it is there; `code` is anything.
size_t utf8_read(const char *bytes, size_t length, uint32_t *code);

// Writes a character, which must be one; returns how many bytes it takes.
size_t utf8_write(char bytes[UTF8_MOST_BYTES], uint32_t code);

// Whether a character only shows itself: it is none that a terminal acts upon (controls, line
// separators, marks of direction, the byte order mark), nor one of those that are no characters.
bool utf8_is_harmless(uint32_t code);
