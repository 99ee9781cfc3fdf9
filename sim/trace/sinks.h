// SPDX-License-Identifier: Apache-2.0 OR MIT
// The sinks that show a trace: text for people, JSON lines for programs, a hash.
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "../base/bytes.h"
#include "event_text.h"
#include "mapped.h"
#include "sink.h"
#include "subscriptions.h"
#include "timeslices.h"
#include "trace_filter.h"

// One event a line, aligned: time in microseconds, process, what happened with its
// arguments decoded. A system call stands on one line with its answer; what happened on
// the way to that follows it, indented; so is what a process does in an upcall, until that
// returns. Left out is what only moves the kernel along: scheduling, switches, tasks on their
// way, answers that are as expected. Of scheduling it shows when MLFQ moved a process to another
// level. Several timeslices of a process that only computes are one
// line.
struct text_sink {
    struct sink sink;
    FILE *out; // borrowed
    bool color;
    const struct view *view;
    int process_width; // columns
    bool call_open;    // a system call waits for its answer
    struct event call; // that call
    uint32_t notify;   // seq of the notification that it queued, 0: none
    struct bytes held; // lines held back behind the open call
    struct mapped mapped;
    uint32_t *levels;            // by process: of MLFQ, where it was scheduled last; owned
    uint32_t *depths;            // by process: upcalls that it is in; owned
    struct trace_filter *filter; // NULL: all is shown
    bool unfolds;                // each timeslice that is used up by computing alone is shown
    struct timeslices timeslices;
    struct subscriptions subscriptions;
};

void text_sink_init(struct text_sink *sink, FILE *out, bool color);

// Before the run begins. `filter` is borrowed.
void text_sink_choose(struct text_sink *sink, struct trace_filter *filter, bool unfolds);
void text_sink_close(struct text_sink *sink);

// One JSON object a line, one per event: seq, time_us, process (null: none), event, and
// every field by its name in event.def. Values of enums are their names, addresses are
// numbers. `loaded` also has the process's name, `print` its text, `note` both, and a `syscall`
// what the process calls the function or buffer that it hands over: place (its kind), place_name,
// place_start, place_size. Leaves out `poll`, which says nothing.
struct jsonl_sink {
    struct sink sink;
    FILE *out; // borrowed
    const struct view *view;
    struct trace_filter *filter; // NULL: all is shown
};

void jsonl_sink_init(struct jsonl_sink *sink, FILE *out);

// Before the run begins. `filter` is borrowed.
void jsonl_sink_choose(struct jsonl_sink *sink, struct trace_filter *filter);

// A 64-bit hash over time, seq, kind, process and fields of every event but `poll`; the
// same on every machine. Its step is that of FNV-1a, taken on 64 bits at once and
// folded. The hash of no event is HASH_OF_NOTHING.
#define HASH_OF_NOTHING UINT64_C(0xcbf29ce484222325)

struct hash_sink {
    struct sink sink;
    uint64_t hash;
    uint64_t events; // how many were hashed
};

void hash_sink_init(struct hash_sink *sink);
