// SPDX-License-Identifier: Apache-2.0 OR MIT
// Standard output: where results go, and what went wrong with it.
#pragma once

#include <stdbool.h>
#include <stdio.h>

struct host_watch;

struct output {
    FILE *file;               // write here, never to stdout itself
    int error;                // errno of the first write that failed, 0: none did
    bool color;               // whether to use terminal colours
    struct host_watch *watch; // asked to stop the run when a write fails; NULL: no run
};

// False, with errno set: the host has no memory for it. Borrowed: must outlive the file.
bool output_open(struct output *output);

// Whether anything that left the buffer so far has failed.
bool output_failed(const struct output *output);

// Writes out what is buffered. False: it or something before failed.
bool output_flush(struct output *output);

// Flushes and closes. Like output_flush.
bool output_close(struct output *output);

// The reason of a failure for people, a sentence; NULL where they need none: nothing
// failed, or the reader closed the pipe, as `head` does.
const char *output_error(const struct output *output, char *text, size_t size);
