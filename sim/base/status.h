// SPDX-License-Identifier: Apache-2.0 OR MIT
// What the program's exit status tells its caller.
#pragma once

#include <stdbool.h>

// X(NAME, number, what it means)
#define EXIT_STATUSES(X)                                                                           \
    X(PASSED, 0, "everything that ran passed")                                                     \
    X(FAILED, 1, "an expectation failed, or a run did not end as declared")                        \
    X(USAGE, 2, "asked wrongly: an option, or a mistake in a scenario")                            \
    X(HOST, 3, "the simulator or the host failed: disk full, a worker crashed")                    \
    X(BOUND, 4, "a bound was hit before an answer: simulated time, --timeout")                     \
    X(INTERRUPTED, 130, "interrupted")

enum exit_status {
#define X(NAME, number, text) STATUS_##NAME = (number),
    EXIT_STATUSES(X)
#undef X
};

// A worker process adds this once it has said itself how its scenario fared. Without
// it, the status is that of something that ended the worker before.
enum { STATUS_REPORTED = 64 };

// Whether `number` is the number of a status.
bool status_is_known(int number);

// The status of two things together: the one that says more about how far the answers
// can be trusted. INTERRUPTED goes before HOST, then USAGE, FAILED, BOUND, PASSED.
enum exit_status status_worse(enum exit_status a, enum exit_status b);
