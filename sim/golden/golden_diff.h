// SPDX-License-Identifier: Apache-2.0 OR MIT
// What differs between two golden traces, told in events: which are missing, added, come
// in another order or with other arguments, and what led to the first of them.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "golden.h"

// X(NAME, singular, plural, mark): what became of an event of `a` in `b`.
#define GOLDEN_CHANGES(X)                                                                          \
    X(MISSING, "is missing", "are missing", "missing")                                             \
    X(ADDED, "is new", "are new", "added")                                                         \
    X(ARGUMENTS, "has other arguments", "have other arguments", "changed")                         \
    X(MOVED, "comes in another order", "come in another order", "reordered")

enum golden_change_kind {
#define X(NAME, singular, plural, mark) CHANGE_##NAME,
    GOLDEN_CHANGES(X)
#undef X
        CHANGE_KINDS
};

#define NO_STEP SIZE_MAX

struct golden_change {
    enum golden_change_kind kind;
    size_t a; // its place in a->steps; NO_STEP: it is added
    size_t b; // its place in b->steps; NO_STEP: it is missing
};

struct golden_diff {
    const struct golden *a; // borrowed: must outlive
    const struct golden *b; // borrowed: must outlive
    const char *a_name;     // "the golden trace"; borrowed
    const char *b_name;     // "this run"; borrowed
    size_t *in_b;           // where each step of `a` is in `b`, NO_STEP: it is not; owned
    size_t *in_a;
    struct golden_change *changes; // in order, what led to others first; owned
    size_t change_count;
    bool heads_differ; // in something that both know

    size_t *lane_of_a; // for each process of `a` a number, the same one for ...
    size_t *lane_of_b; // ... the process of `b` with the same label; owned
    size_t lane_count;
};

void golden_diff_make(struct golden_diff *diff, const struct golden *a, const struct golden *b,
                      const char *a_name, const char *b_name);
void golden_diff_free(struct golden_diff *diff);

// Whether each process did the same in both.
bool golden_diff_is_equal(const struct golden_diff *diff);

// Whether the two differ in this line of the head; what one of them does not know is no
// difference.
bool golden_diff_head_differs(const struct golden_diff *diff, enum golden_head head);

// How many differences there are of which kind: "1 upcall is missing, 2 other events
// are new".
void golden_diff_print_count(FILE *out, const struct golden_diff *diff);

// What differs in the heads.
void golden_diff_print_heads(FILE *out, const struct golden_diff *diff);

// The list of changes, at most `most` of them, the first one and what led to it, and
// what differs in the heads.
void golden_diff_print_changes(FILE *out, const struct golden_diff *diff, size_t most);

// All events, those of `a` marked - and those of `b` marked + where they differ. Equal
// ones are folded, and so is all behind `most` lines.
void golden_diff_print_lines(FILE *out, const struct golden_diff *diff, size_t most);
