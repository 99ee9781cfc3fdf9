// SPDX-License-Identifier: Apache-2.0 OR MIT
// A text file, plain or xz-compressed (by its name's ending), held in memory and read by lines.
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct vector_file {
    const char *path; // borrowed: must outlive
    char *text;
    size_t size_bytes;
    size_t next; // where the next line begins
    size_t line; // number of the line read last, from 1
};

// Reads the whole file. False, with one sentence on stderr and nothing to close, if it is missing,
// not readable, damaged, or holds more than 1 GiB.
bool vector_file_open(struct vector_file *file, const char *path);

// The next line without its newline, not terminated by a zero. False at the end.
bool vector_file_next_line(struct vector_file *file, const char **line, size_t *length);

void vector_file_close(struct vector_file *file);
