// SPDX-License-Identifier: Apache-2.0 OR MIT
// A pool of worker processes, which are this same program.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "../base/message.h"

enum host_stream { HOST_STDOUT, HOST_STDERR };

// How a worker ended.
struct host_exit {
    int status;        // exit status, if `signal` is 0
    int signal;        // that killed it, 0 if none
    bool was_asked;    // it had been asked to end
    const char *error; // why it could not be started, NULL if it was
};

// What to run. Each worker runs this same program anew. The functions are called on
// the caller's thread.
struct host_pool {
    size_t count;   // workers in all
    size_t at_once; // at most
    void *context;

    // The argument list of worker n, ended by NULL; freed with free().
    char **(*arguments)(void *context, size_t n);

    // Output of worker n, first all of stdout, and its end: in the order of n, whatever
    // order they end in.
    // False: stop everything.
    bool (*output)(void *context, size_t n, enum host_stream stream, const char *bytes,
                   size_t length);
    bool (*ended)(void *context, size_t n, const struct host_exit *how);

    // Worker n was started, or may be NULL.
    void (*started)(void *context, size_t n);
};

// Runs them all. At SIGINT or SIGTERM no more are started, those that run are asked to end,
// and `*was_interrupted` is true; workers that never started do not show. False, with `error`
// set: the host has no event loop for it.
bool host_run_pool(const struct host_pool *pool, bool *was_interrupted, struct message *error);

// The name of a signal, such as "SIGSEGV".
const char *host_signal_name(int number);
