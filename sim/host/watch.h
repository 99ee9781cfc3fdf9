// SPDX-License-Identifier: Apache-2.0 OR MIT
// Watching over a simulation in this process: signals and wall-clock time. None of it reaches
// a trace: all it can do to a run is to stop it.
#pragma once

#include <stdbool.h>

#include "../base/message.h"

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
