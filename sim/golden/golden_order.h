// SPDX-License-Identifier: Apache-2.0 OR MIT
// The order in which the events of a run stand in its golden trace.
//
// It follows from what led to what, not from when it happened: a process goes on until it
// waits for something that another one has not done yet. Of several that could go on,
// the one does whose alarms and work say that it is earlier; of those, the one that is
// going on already, then the next ones by index.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "golden.h"

#define NO_EVENT SIZE_MAX

struct golden_event {
    uint32_t process;
    char *text;        // NULL: a call that waits for its answer; owned, until it is given away
    size_t cause;      // the event of another process that led to it, NO_EVENT: none
    size_t alarm;      // the event that set the alarm that it is the upcall of
    uint64_t delay_us; // since that one
    uint64_t work_us;  // since the event before it
    bool is_last;      // of the whole run
};

// Moves all events, which are in the order in which they happened, into `golden`, whose
// first `process_count` processes are theirs.
void golden_order(struct golden *golden, struct golden_event *events, size_t count,
                  size_t process_count);
