// SPDX-License-Identifier: Apache-2.0 OR MIT
// What led to something that went wrong: of each event before it the cause, as long as that is
// still remembered. From an access of a process to the upcall that it was in, the notify that led
// to that, the process that sent it, the upcall which that was in, and so on.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "../../core/event.h"

enum {
    ORIGIN_EVENTS = 16,       // the most that are kept
    ORIGIN_REMEMBERED = 8192, // events to look for causes in
};

// The last events of all processes. What is left out of them cannot be part of an origin.
struct origin_history {
    struct event *events; // in a ring; owned
    uint32_t count;       // ever taken; the last ORIGIN_REMEMBERED of them are there
};

// What led to an event, and it at last; by seq.
struct origin {
    struct event events[ORIGIN_EVENTS];
    uint32_t count; // 0: nothing went wrong so far
};

void origin_history_open(struct origin_history *history);
void origin_history_close(struct origin_history *history);
void origin_history_take(struct origin_history *history, const struct event *event);

// Finds what led to `event`, which is the last that was taken.
void origin_find(struct origin *origin, const struct origin_history *history,
                 const struct event *event);
