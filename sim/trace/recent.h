// SPDX-License-Identifier: Apache-2.0 OR MIT
// A sink that keeps what a failure report needs, in bounded memory: the last events of each
// process, what was refused or lost on the way, and what led to the first of it that went wrong.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "event_names.h"
#include "mapped.h"
#include "origin.h"
#include "sink.h"
#include "subscriptions.h"

enum { RECENT_EVENTS = 10, RECENT_REFUSED = 64, RECENT_FIRST = 5, RECENT_REASONS = 16 };

// The last events of one kind of interest, in a ring.
struct recent_ring {
    struct event *events;
    uint32_t capacity;
    uint32_t count; // ever taken; the last `capacity` of them are kept
};

// The first events of one kind of interest.
struct recent_first {
    struct event events[RECENT_FIRST];
    uint32_t count; // ever taken; the first RECENT_FIRST of them are kept
};

// Why notifications were lost, and how many for each reason.
struct recent_reason {
    enum field_type type; // of the value
    uint32_t value;
    uint32_t count;
};

struct recent {
    struct sink sink;
    struct recent_ring *processes; // one each, and one for the kernel's own events
    uint32_t process_count;
    struct recent_ring refused_regions;           // region_added that the MPU driver refused
    struct recent_first lost;                     // notifications that will never be an upcall
    struct recent_reason reasons[RECENT_REASONS]; // of those; unused ones have a count of 0
    struct recent_first entered_again;            // upcalls that began anew before they returned
    struct recent_first stale;               // accesses to what is no longer shared, still mapped
    struct recent_first older;               // upcalls older than the subscribe that they ran under
    struct subscription newer[RECENT_FIRST]; // which that was, of each that is kept
    const struct view *view;
    struct subscriptions subscriptions;
    struct mapped mapped;
    struct origin_history history;
    struct origin failed;  // what led to the first fault, missed expectation or panic
    struct origin missing; // to the first notification that was lost or region that was refused
    struct event *events;  // memory of all rings
};

// For a world of `process_count` processes. Close it afterwards.
void recent_open(struct recent *recent, uint32_t process_count);
void recent_close(struct recent *recent);

// The ring of a process; any other index: the kernel's own.
const struct recent_ring *recent_of(const struct recent *recent, uint32_t process);

// How many events are kept.
uint32_t recent_first_length(const struct recent_first *first);

// How many events a ring holds, and the one that is `age` events old (0: the newest).
uint32_t recent_ring_length(const struct recent_ring *ring);
const struct event *recent_ring_at(const struct recent_ring *ring, uint32_t age);
