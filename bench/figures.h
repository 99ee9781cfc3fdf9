// SPDX-License-Identifier: Apache-2.0 OR MIT
// What measurements came to: figures with a unit, a reference and a goal.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define FIGURE_NONE __builtin_nan("")

enum { FIGURES_MAX = 64 };

// The goal bounds the ratio, or the value of a figure that has no reference: from below if the
// unit is a rate ("events/s"), else from above.
struct figure {
    char name[32];    // "processes/255"
    const char *unit; // static
    double value;
    double reference; // measured in turns with the value, in the same unit; FIGURE_NONE: none
    double ratio;     // of value to reference; FIGURE_NONE: no reference
    double goal;      // FIGURE_NONE: none
};

enum figure_verdict { FIGURE_UNJUDGED, FIGURE_OK, FIGURE_MISSED };

// By what to judge.
struct figure_rules {
    double margin;    // as a share of the goal
    bool ratios_only; // what has no reference depends on the machine alone
};

struct figures {
    struct figure list[FIGURES_MAX];
    size_t count;
};

// Adds a copy. The name is formatted as printf does.
__attribute__((format(printf, 3, 4))) void
figures_add(struct figures *figures, const struct figure *figure, const char *name, ...);

enum figure_verdict figure_judge(const struct figure *figure, const struct figure_rules *rules);

// How many figures missed their goals.
size_t figures_missed(const struct figures *figures, const struct figure_rules *rules);

// A table for people: its head, and one line.
void figures_print_head(FILE *out);
void figure_print(FILE *out, const struct figure *figure, const struct figure_rules *rules);

// A JSON list of {"name", "value", "unit", "reference", "ratio", "goal", "ok"}; null where there
// is none.
void figures_print_json(FILE *out, const struct figures *figures, const struct figure_rules *rules);
