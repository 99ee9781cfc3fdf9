// SPDX-License-Identifier: Apache-2.0 OR MIT
// What came of a run: its outcome, and why.
#pragma once

#include "../base/status.h"

struct run;

// X(NAME, name, exit status, what it means)
#define RUN_OUTCOMES(X)                                                                            \
    X(PASSED, passed, PASSED, "everybody was done and the run ended as declared")                  \
    X(FAILED, failed, FAILED, "an expectation was not met, or a program had an error")             \
    X(FAULT, fault, FAILED, "a process faulted, and the scenario does not declare it")             \
    X(KERNEL_PANIC, kernel_panic, FAILED,                                                          \
      "the kernel panicked, and the scenario does not declare it")                                 \
    X(DEADLOCK, deadlock, FAILED, "somebody waits for ever before being done")                     \
    X(NOT_DONE, not_done, FAILED, "somebody ended before being done")                              \
    X(OTHER_END, other_end, FAILED, "the end that the scenario declares did not come")             \
    X(UNTESTED, untested, FAILED, "nothing was tested")                                            \
    X(TIME_UP, time_up, BOUND, "simulated time was up first")                                      \
    X(TIMEOUT, timeout, BOUND, "wall-clock time was up first")                                     \
    X(STOPPED, stopped, HOST, "the program could not go on")                                       \
    X(INTERRUPTED, interrupted, INTERRUPTED, "a person stopped it")

enum run_outcome {
#define X(NAME, name, status, text) RUN_##NAME,
    RUN_OUTCOMES(X)
#undef X
};

// Why the caller stopped a run, if it did.
enum run_stop { RUN_NOT_STOPPED, RUN_STOP_INTERRUPT, RUN_STOP_TIMEOUT, RUN_STOP_OUTPUT };

// Says what came of it. `stop` is why the caller stopped the world, if it did.
void run_judge(struct run *run, enum run_stop stop);

const char *run_outcome_name(enum run_outcome outcome);
enum exit_status run_outcome_status(enum run_outcome outcome);
