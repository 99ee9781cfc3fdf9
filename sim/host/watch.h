// SPDX-License-Identifier: Apache-2.0 OR MIT
// The host around a simulation: signals, wall-clock time, worker processes, the
// terminal. None of it reaches a trace: all it can do to a run is to stop it.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../base/message.h"

// Makes the program's surroundings what it expects: descriptors 0 to 2 are open (so
// that no database ever is "standard output"), and writing to a closed pipe is an
// error instead of a signal.
void host_prepare(void);

// For a worker: it is stopped as by SIGTERM when the process that started it dies.
void host_end_with_parent(void);

// Whether the environment says that nobody watches: CI, unless it is empty, 0 or false.
bool host_is_ci(void);

// Microseconds of wall-clock time since some moment in the past.
uint64_t host_clock_us(void);

// --- Watching over a simulation in this process

enum host_stop { HOST_GOES_ON, HOST_INTERRUPTED, HOST_TIMED_OUT };

// A thread that waits for SIGINT, SIGTERM and the watchdog. The first of these sets
// the stop request. If the simulation has not stopped some seconds later, or at a
// second SIGINT, the program ends at once with exit status 130 or 4: SQLite's journal
// keeps the database whole.
struct host_watch;

// Starts watching. `timeout_seconds` 0: no watchdog. `last_words` (borrowed) go to
// stderr when the program is ended because the simulation did not stop.
// NULL, with `error` set: the host has no thread for it.
struct host_watch *host_watch_start(double timeout_seconds, const char *last_words,
                                    struct message *error);

// Not 0 once the simulation should stop. Valid until host_watch_end.
const volatile int *host_watch_stop_request(const struct host_watch *watch);
enum host_stop host_watch_cause(const struct host_watch *watch);

// Asks the simulation to stop for a reason of the caller's own; the cause stays as it is.
void host_watch_request_stop(struct host_watch *watch);

// True once about every 200 ms: time to show progress.
bool host_watch_tick(struct host_watch *watch);

// The simulation is over; what is left to do is no longer a matter of the watchdog.
void host_watch_relax(struct host_watch *watch);

// Ends the thread. NULL is fine. SIGINT and SIGTERM stay blocked in this one: what is
// left is to end with a result that is known, and nothing should cut that short.
void host_watch_end(struct host_watch *watch);

// --- Worker processes

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

// Runs them all. At SIGINT or SIGTERM no more are started, those that run are asked
// to end, and the answer is HOST_INTERRUPTED; workers that never started do not show.
// False, with `error` set: the host has no event loop for it.
bool host_run_pool(const struct host_pool *pool, enum host_stop *stop, struct message *error);

// The name of a signal, such as "SIGSEGV".
const char *host_signal_name(int number);

// --- The terminal

// Whether a descriptor (1 or 2) is a terminal, and how wide it is (80 if unknown).
bool host_is_terminal(int descriptor);
int host_terminal_width(int descriptor);
