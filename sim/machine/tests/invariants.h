// SPDX-License-Identifier: Apache-2.0 OR MIT
// What must hold in every run, whatever the processes do. A sink that follows all
// events, and looks at the kernel where it is between two things.
//
// What is said of subscriptions, shared buffers and grants holds as long as no process
// has written into memory that belongs to the kernel. Some units let it; from then on
// only the kernel's own structures are looked at.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "../bus.h"
#include "../world.h"

enum {
    WATCHED_PROCESSES = 24,
    WATCHED_NUMBERS = 16, // subscribe and allow numbers from here on are not followed
    WATCHED_KINDS = 64,   // of events
    WATCHED_DEPTH = 64,   // upcalls on top of each other from here on are not followed
};

enum notification_stage { STAGE_QUEUED, STAGE_TAKEN, STAGE_CONVERTED, STAGE_DELIVERED };

// One notification on its way to a process.
struct notification {
    uint32_t seq; // of its ipc_queued
    uint32_t from;
    uint32_t from_id;
    enum ipc_type type;
    enum notification_stage stage;
    uint32_t argument[4]; // of the upcall that it became
    uaddr pc;
};

struct watched_driver {
    struct grant_upcall upcalls[WATCHED_NUMBERS];
    struct grant_buffer allow_ro[WATCHED_NUMBERS];
    struct grant_buffer allow_rw[WATCHED_NUMBERS];
};

// What a process must look like, from its events alone.
struct watched {
    struct process_id id;
    uaddr memory_start;
    uint32_t memory_size;
    uaddr kernel_brk;
    uint32_t tasks;
    uint32_t grants;
    uint32_t dropped;
    struct event call; // the last system call, which may have been made in a life that is over by
                       // now; seq 0: there was none since it was answered
    struct notification notifications[TASK_CAPACITY + 1];
    uint32_t notification_count;
    struct watched_driver drivers[DRIVERS_MAX];
    uint32_t upcalls[WATCHED_DEPTH]; // seqs of those that have not returned, the outermost first
    uint32_t depth;
};

// Sets of values that came up, one bit each: what a run has seen.
struct reached {
    uint64_t kinds; // of events
    uint32_t panics;
    uint32_t faults;
    uint32_t ipc_results;
    uint32_t scheduled;
    uint32_t stops;
    uint32_t drops;
};

struct invariants {
    struct sink sink;
    struct world *world;
    bool is_intact; // no process has written into the kernel's memory
    bool has_panicked;
    uint32_t last_seq;
    uint64_t last_time_us;
    uint32_t highest_identifier;
    struct event last_fault;
    uint32_t taken_from; // the sender of the notification taken last
    uint32_t scheduled;  // the process chosen last
    uint32_t timeslice_us;
    uint32_t running;
    uint32_t events;
    uint32_t upcalls;
    struct reached reached;
    struct watched processes[WATCHED_PROCESSES];
    char failure[200]; // the first, "" if all holds
};

// Follows a world from now on; call before its first step. `world` is borrowed.
void invariants_follow(struct invariants *self, struct world *world);

// To be called between two steps.
void invariants_check(struct invariants *self);

// A process is about to touch memory. True: the bus will let it. `self` may be NULL:
// nothing is checked.
bool invariants_expect_access(struct invariants *self, const struct app *app, enum access_op op,
                              uaddr address, uint32_t size);
