// SPDX-License-Identifier: Apache-2.0 OR MIT
// The parts of a failure report that are lists of events.
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "../trace/recent.h"
#include "run.h"

enum { MOST_INVOLVED = 8 };

// The processes that a list is about, and how wide their names are.
struct involved {
    uint32_t process[MOST_INVOLVED];
    uint32_t count;
    int name_width;
};

// Who an event without a process is from.
extern const char report_kernel_name[];

// Adds a process, unless it is there already, there is none with this index, or there are
// MOST_INVOLVED of them.
void report_involve(struct involved *involved, const struct world *world, uint32_t process);

// One line.
void report_event(FILE *out, const struct world *world, int name_width, const struct event *event);

// What led to the last event of `origin`. Nothing if that is empty.
void report_origin(FILE *out, const struct run *run, const struct origin *origin);

// Whether what `part` leads to is told by `whole`, too.
bool report_is_part(const struct origin *part, const struct origin *whole);

// The first upcalls that were entered again, those that were older than the subscribe that they ran
// under, the first notifications that were lost, the first accesses to what was no longer shared;
// how many there were if that is more, and why. Nothing if there was none.
void report_entered_again(FILE *out, const struct run *run, const struct recent *recent);
void report_older(FILE *out, const struct run *run, const struct recent *recent);
void report_stale(FILE *out, const struct run *run, const struct recent *recent);
void report_lost(FILE *out, const struct run *run, const struct recent *recent);
