// SPDX-License-Identifier: Apache-2.0 OR MIT
// What a person asks of the machine that a scenario runs on. It counts more than the
// scenario's header, which counts more than the defaults.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "../../core/process.h"
#include "../../core/scheduler.h"
#include "../base/message.h"

struct board;

#define RUN_DEFAULT_BOARD "cortex-m4"
#define RUN_DEFAULT_SCHED "round_robin"
#define RUN_DEFAULT_FAULT "stop"
#define RUN_MOST_US       UINT64_C(1000000000000000) // 31 years

// All zero asks for nothing. Words are borrowed.
struct run_request {
    const struct board *board;     // NULL: nothing said; borrowed
    const char *sched;             // as it was said, NULL: nothing
    enum scheduler_kind scheduler; // what that stands for
    const char *fault;             // as it was said, NULL: nothing
    struct fault_policy fault_policy;
    uint32_t num_procs; // 0: nothing said
    uint64_t until_us;  // 0: nothing said
    uint64_t seed;
    double cost_scale; // 0: nothing said
};

// Asks for what a word of --sched or --fault stands for. False, with `error` set and nothing
// asked for: there is no such thing.
bool run_request_sched(struct run_request *request, const char *word, struct message *error);
bool run_request_fault(struct run_request *request, const char *word, struct message *error);
