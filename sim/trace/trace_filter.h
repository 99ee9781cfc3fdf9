// SPDX-License-Identifier: Apache-2.0 OR MIT
// Which events a trace shows, where somebody asked for some of them: those of processes, and those
// of kinds. Both are given as lists, "client1,svc"; several lists add up.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "../../core/event.h"
#include "../base/message.h"
#include "view.h"

// All zero: everything is shown.
struct trace_filter {
    uint64_t kinds;      // EVENT_BITs of those that were named
    bool has_notify;     // the word "notify" was: system calls that notify, with their answers
    bool *processes;     // by index; owned; NULL: everybody's are shown
    bool has_kernel;     // of those without a process
    uint32_t notify_seq; // of the last system call that notified
};

// Kinds of event.def, or "notify". False, with `error` set: there is no such kind.
bool trace_filter_add_events(struct trace_filter *filter, const char *list, struct message *error);

// Processes of `view` by name or index, or "kernel". False, with `error` set: there is none.
bool trace_filter_add_processes(struct trace_filter *filter, const struct view *view,
                                const char *list, struct message *error);

void trace_filter_close(struct trace_filter *filter);

// Whether this kind was named: then each of its events is shown, also those that a trace for
// people leaves out otherwise. `filter` may be NULL here and below: nobody asked.
bool trace_filter_names(const struct trace_filter *filter, uint32_t kind);

// Whether the event is shown. Ask about each one in turn: an answer goes with its call.
bool trace_filter_takes(struct trace_filter *filter, const struct event *event);
