// SPDX-License-Identifier: Apache-2.0 OR MIT
// The sink that makes a run's golden trace.
//
// A line stands for what a process asked of the kernel and what it was answered, each
// upcall that reached it and its return, each notification or upcall to it that was lost and why,
// the regions that the MPU driver gave or refused it over a shared buffer (with the upcall that
// they are for), refused accesses, faults, restarts, its end, what it printed, a kernel panic, and
// the outcome. Left out is what depends on how long things take: times, scheduling, switches,
// interrupts, work, polling (yields and readings of the clock), and from where in memory things
// lie: how the library moves the memory break for what it allocates. Points in time among arguments
// and answers are shown as *, functions and buffers by their names.
//
// Two runs in which each process did the same are the same text, whatever the costs and
// however the processes took turns: see golden_order.h.
#pragma once

#include "../trace/mapped.h"
#include "../trace/places.h"
#include "../trace/sink.h"
#include "golden.h"

struct golden_event;
struct golden_cause;
struct golden_actor;

struct golden_sink {
    struct sink sink;
    struct golden golden; // complete after the end of the run; owned
    const struct view *view;
    struct mapped mapped;
    struct places places;
    struct golden_event *events; // as they happen
    size_t event_count;
    struct golden_cause *causes; // what led to later events, by seq
    size_t cause_count;
    struct golden_actor *actors; // one per process, and one for the kernel
    size_t actor_count;
    struct event call; // the last system call
    size_t call_event; // its event, which waits for the answer; NO_EVENT: it has one only if it
                       // is refused
    bool call_is_open;
};

void golden_sink_init(struct golden_sink *sink);

// Moves the golden trace out, which the caller then owns.
void golden_sink_take(struct golden_sink *sink, struct golden *golden);

void golden_sink_close(struct golden_sink *sink);
