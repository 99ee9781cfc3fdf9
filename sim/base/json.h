// SPDX-License-Identifier: Apache-2.0 OR MIT
// Text in JSON, which is UTF-8, while names, prints and paths are bytes.
//
// A byte that belongs to no UTF-8 is written as the character U+F780 to U+F7FF of the area for
// private use: 0xff as \uf7ff. So are the bytes of these characters themselves; thus every text
// has one form, and reading makes the same bytes of it again. A lone surrogate (\udcff, as Python
// has it) would name the byte as well, but jq and JavaScript turn it into U+FFFD on their way out.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

// Writes any bytes as a JSON string. Escaped is also what a terminal acts upon: control
// characters, line separators, marks of direction.
void json_put_string(FILE *out, const char *bytes, size_t length);

// Reads a string, escaped in any way that JSON allows, of which the opening quote is behind us;
// moves `text` behind the closing one. Its bytes and a NUL go to `out`. False: it is no string,
// or it does not fit into `size` bytes; as many as the string has in JSON are enough.
bool json_read_string(const char **text, char *out, size_t size, size_t *length);
