// SPDX-License-Identifier: Apache-2.0 OR MIT
// One run: a scenario, the machine it runs on, its sinks, and what came of it.
//
// Nothing here prints or waits. The caller drives it: run_plan_make, run_open,
// run_add_sink for each sink, run_advance until it says false, run_close.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../base/message.h"
#include "../lua/scenario.h"
#include "../machine/world.h"
#include "../trace/sink.h"
#include "judge.h"
#include "kept.h"
#include "request.h"
#include "tally.h"

enum { RUN_MOST_SINKS = WORLD_MAX_SINKS, RUN_PARAMS_SIZE = SCENARIO_MAX_PARAMS * 98 };

// The machine that a scenario runs on.
struct run_plan {
    const struct scenario *scenario; // borrowed
    struct board board;
    double cost_scale; // what the board's costs are multiplied by
    const char *fault; // as it was said; borrowed
    enum scheduler_kind sched;
    struct fault_policy fault_policy;
    uint32_t num_procs;
    uint64_t until_us;
    uint64_t seed;
};

struct run {
    struct run_plan plan;
    struct world *world;
    enum world_state state;
    struct sink *sinks[RUN_MOST_SINKS];
    size_t sink_count;
    struct tally tally;
    uint32_t stuck_at[MAX_PROCESSES]; // after run_judge: the line at which a process waits with an
                                      // expectation ahead, 0: it does not
    struct kept kept;                 // if the scenario has a finally()
    struct scenario_finding finding;  // of that, after run_judge
    uint64_t trace_hash;              // 0 where nobody computes it
    char params[RUN_PARAMS_SIZE];
    struct run_param param_list[SCENARIO_MAX_PARAMS];
    struct run_info info;
    enum run_outcome outcome; // these two after run_judge
    struct message reason;
};

// Decides the machine. Borrows the scenario, and the words of both.
struct run_plan run_plan_make(const struct scenario *scenario, const struct run_request *request);

// X(NAME, what it means)
#define RUN_OPENED(X)                                                                              \
    X(READY, "the world stands, all processes are loaded")                                         \
    X(REFUSED, "the scenario asks for more than the board has")                                    \
    X(NO_HOST, "the host cannot give the world its memory")

enum run_opened {
#define X(NAME, text) RUN_OPEN_##NAME,
    RUN_OPENED(X)
#undef X
};

// Makes the world. `stop_request` (may be NULL) is borrowed and read as the run goes
// on: once it is not 0, the world stops. Unless READY, `error` is set and there is
// nothing to close.
enum run_opened run_open(struct run *run, const struct run_plan *plan,
                         const volatile int *stop_request, struct message *error);

// Borrowed until the run is closed. Call before the first run_advance.
void run_add_sink(struct run *run, struct sink *sink);

// Goes on for some turns of the kernel loop. False once the world has stopped.
bool run_advance(struct run *run);

// Tells the sinks the result.
void run_end_sinks(struct run *run);

void run_close(struct run *run);

// Events that happened so far, wanted by a sink or not.
uint64_t run_event_count(const struct run *run);
