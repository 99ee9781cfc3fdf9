// SPDX-License-Identifier: Apache-2.0 OR MIT
// Which function each process has subscribed last, and when, as its events tell: a notification
// that was sent before reaches that function, although it was meant for the one before.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../../core/abi.h"
#include "../../core/event.h"

struct line;

// One driver's subscribe number of one process.
struct subscription {
    uint32_t driver;
    uint32_t number;
    uaddr fn;
    uint32_t userdata;
    uint32_t seq;     // of the system call that subscribed this function first
    uint64_t time_us; // of that
    bool is_another;  // there was another one before, in the same life of the process
};

struct subscription_list {
    struct subscription *list; // owned
    size_t count;
};

struct subscriptions {
    struct subscription_list *processes; // by index; owned
    uint32_t process_count;
    struct event call; // a subscribe that has no answer yet
};

// For a run of so many processes. Close it; one that is all zeros needs no closing.
void subscriptions_open(struct subscriptions *subscriptions, uint32_t process_count);
void subscriptions_close(struct subscriptions *subscriptions);

// Takes note of a subscribe, its answer, a restart; of any other event nothing.
void subscriptions_note(struct subscriptions *subscriptions, const struct event *event);

// The subscription that this upcall runs under, if the notify that led to it was sent under one
// before. NULL: it was not.
const struct subscription *subscriptions_newer(const struct subscriptions *subscriptions,
                                               const struct event *upcall);

// Behind the upcall's text: ", older than the subscribe at 1200 us". Nothing for NULL.
void subscription_put(struct line *line, const struct subscription *newer);
