// SPDX-License-Identifier: Apache-2.0 OR MIT
// Timeslices that processes used up by computing alone, held back until something else happens, so
// that a trace for people has one line for them.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "../../core/event.h"

// Those of one process.
struct timeslice_run {
    uint32_t count;
    uint64_t used_us;
    uint64_t last_us;       // when the last one was over
    struct event interrupt; // that ended the first one
    struct event stop;
};

struct timeslices {
    struct timeslice_run *runs; // by process; owned
    uint32_t *order;            // the processes that have a run, as they began; owned
    uint32_t count;
    struct event interrupt; // the last event, which may end a timeslice; seq 0: it is none
};

void timeslices_open(struct timeslices *slices, uint32_t process_count);
void timeslices_close(struct timeslices *slices);

// Whether the event is held back: the timer interrupts a process, whose timeslice is then over.
bool timeslices_take(struct timeslices *slices, const struct event *event);

// All that is held back is told now.
void timeslices_clear(struct timeslices *slices);
