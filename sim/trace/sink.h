// SPDX-License-Identifier: Apache-2.0 OR MIT
// Where events go. A sink prints, stores, counts or drops them; it can never change
// the run. It is always called on the stack of whoever runs the world, never on the small
// one of a process.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../../core/event.h"
#include "view.h"

// X(NAME, name): what the value of a parameter is
#define RUN_PARAM_TYPES(X)                                                                         \
    X(INTEGER, integer)                                                                            \
    X(NUMBER, number)                                                                              \
    X(STRING, string)                                                                              \
    X(BOOLEAN, boolean)

enum run_param_type {
#define X(NAME, name) RUN_PARAM_##NAME,
    RUN_PARAM_TYPES(X)
#undef X
};

struct run_param {
    const char *name;
    const char *value; // as text: "2", "0.5", "true"
    enum run_param_type type;
};

// What a sink may know of the run besides its events. All borrowed for the run.
struct run_info {
    const char *scenario; // path as given
    const char *about;
    const char *params;                 // "clients=2 rounds=3", "" if none
    const struct run_param *param_list; // the same one by one; of a run read back, nothing
    size_t param_count;
    const char *board;
    const char *sched;
    const char *fault;
    uint64_t seed;
    uint32_t num_procs;
    uint64_t until_us;
    uint64_t source_hash; // of the script and the files that it uses
    const struct view *view;
};

// What a process looked like when the run was over. All but `restarts` is since its last start.
struct process_end {
    uint32_t state; // enum process_state
    uint32_t restarts;
    uint32_t dropped_upcalls;
    uint32_t timeslice_expirations;
    uint32_t syscalls;
};

struct run_result {
    const char *outcome; // "passed", "failed", "deadlock", ... (see run.h)
    const char *reason;  // a sentence, "" if passed
    uint64_t trace_hash;
    uint64_t events;                     // how many happened
    uint64_t time_us;                    // simulated, at the end
    const struct process_end *processes; // one each, by index; NULL: not known
};

struct sink {
    uint64_t wanted; // EVENT_BITs
    // `begin` after the processes are loaded but before any event is handed on.
    void (*begin)(struct sink *sink, const struct run_info *info);
    void (*take)(struct sink *sink, const struct event *event);
    void (*end)(struct sink *sink, const struct run_result *result);
};
