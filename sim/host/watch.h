// SPDX-License-Identifier: Apache-2.0 OR MIT
// Watching over a simulation in this process: signals and wall-clock time. None of it reaches
// a trace: all it can do to a run is to stop it.
#pragma once

#include <stdbool.h>

#include "../base/message.h"

enum host_stop { HOST_GOES_ON, HOST_INTERRUPTED, HOST_TIMED_OUT };

// A thread that waits for SIGINT, SIGTERM and the watchdog.
struct host_watch;

// What the first of these does. A second SIGINT always ends the program.
enum host_end {
    // It sets the stop request. If what is watched has not stopped after a quarter of a second of
    // its own processor time, which is more than it ever needs, or after seconds of waiting for
    // something else, it is in a call that nothing interrupts, and the program ends.
    HOST_STOPS_FIRST,
    HOST_ENDS_AT_ONCE, // for what looks at no stop request
};

// Starts watching the calling thread. `timeout_seconds` 0: no watchdog. Where the program ends, it
// does so with exit status 130 or 4, and with `last_words` (borrowed) on stderr; SQLite's journal
// keeps the database whole. NULL, with `error` set: the host has no thread for it.
struct host_watch *host_watch_start(enum host_end end, double timeout_seconds,
                                    const char *last_words, struct message *error);

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
