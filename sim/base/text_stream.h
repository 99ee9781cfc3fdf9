// SPDX-License-Identifier: Apache-2.0 OR MIT
// A text that is written as to a file, and kept in memory.
#pragma once

#include <stddef.h>
#include <stdio.h>

// Stays where it is while it is open.
struct text_stream {
    FILE *out;
    char *text;
    size_t size;
};

// Where to write to.
FILE *text_stream_open(struct text_stream *stream);

// What was written, with a NUL behind it. Free it with free().
char *text_stream_close(struct text_stream *stream);
