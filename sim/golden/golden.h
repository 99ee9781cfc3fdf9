// SPDX-License-Identifier: Apache-2.0 OR MIT
// Golden traces: what a run did, as text that stands beside its scenario, is read in
// code reviews and compared with later runs.
//
// A head of a few lines says which scenario, parameters and machine it is of; an empty
// line ends it. Then one event a line: the process, two or more spaces, what happened.
// No times, no seqs, no addresses of other processes' making: see golden_sink.h for
// what a line says and in which order they stand. A "#" at the start of a line begins
// a comment, which is not kept.
//
// Two traces are the same if each process has the same lines in the same order. How the
// lines of several processes stand between each other says nothing: what one does
// because of another shows in its upcalls.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "../base/message.h"

// Of the text; a golden trace of another one is refused.
enum { GOLDEN_FORMAT = 2 };

// X(NAME, name): the lines of the head.
#define GOLDEN_HEADS(X)                                                                            \
    X(SCENARIO, scenario)                                                                          \
    X(PARAMS, params)                                                                              \
    X(MACHINE, machine)

enum golden_head {
#define X(NAME, name) GOLDEN_HEAD_##NAME,
    GOLDEN_HEADS(X)
#undef X
        GOLDEN_HEAD_COUNT
};

struct golden_step {
    uint32_t process; // place in golden.processes
    char *text;       // owned
};

// All zero is an empty one.
struct golden {
    char *head[GOLDEN_HEAD_COUNT]; // owned; NULL: not known
    char **processes;              // as the first column has them; owned
    size_t process_count;
    struct golden_step *steps;
    size_t step_count;
};

// X(NAME, whether --update may replace the file)
#define GOLDEN_READINGS(X)                                                                         \
    X(OK, true)                                                                                    \
    X(NOT_ONE, false)                                                                              \
    X(OLDER_FORMAT, true)                                                                          \
    X(NEWER_FORMAT, false)                                                                         \
    X(DAMAGED, true)

enum golden_reading {
#define X(NAME, replaceable) GOLDEN_READ_##NAME,
    GOLDEN_READINGS(X)
#undef X
};

// What the first line of every golden trace begins with.
extern const char golden_magic[];

// What stands in the first column of the line that says how the run ended.
extern const char golden_outcome[];
bool golden_has_outcome(const struct golden *golden);
void golden_remove_outcome(struct golden *golden);

// Sets a line of the head to a copy of `text`.
void golden_set_head(struct golden *golden, enum golden_head head, const char *text);
const char *golden_head_name(enum golden_head head);

// The place of the process with this label, which is added if there is none.
uint32_t golden_process(struct golden *golden, const char *label, size_t length);

// Adds an event. The golden trace owns `text` from now on.
void golden_add(struct golden *golden, uint32_t process, char *text);

void golden_write(const struct golden *golden, FILE *out);

// Reads `text` into `golden`, which is empty. Unless OK, `error` says what is wrong
// with the file called `name`, and where. Free it in any case.
enum golden_reading golden_read(struct golden *golden, const char *name, const char *text,
                                struct message *error);
bool golden_is_replaceable(enum golden_reading reading);

void golden_free(struct golden *golden);
