// SPDX-License-Identifier: Apache-2.0 OR MIT
// A run made by hand, for sinks: its events, and a view with two processes, "client1" and
// "rot13", a page of RAM, and the names of three drivers.
#pragma once

#include "../../../core/kernel.h"
#include "../sink.h"

enum { MADE_CLIENT, MADE_SERVICE, MADE_PROCESSES, MADE_RAM = 0x20000000, MADE_RAM_SIZE = 4096 };

struct made_run {
    struct view view;
    struct view_process processes[MADE_PROCESSES];
    struct process_end ends[MADE_PROCESSES];
    uint8_t ram[MADE_RAM_SIZE];
    struct view_place place; // what processes hand to the kernel; size 0: nothing with a name
    struct run_info info;
    struct sink *sink; // borrowed; gets the events it wants
    uint64_t time_us;  // of the next event
    uint32_t seq;      // of the last event
};

// Begins a run of `sink`.
void made_run_begin(struct made_run *made, struct sink *sink);

// Ends it.
void made_run_end(struct made_run *made, const char *outcome);

// Hands an event to the sink; returns its seq.
uint32_t made_run_take(struct made_run *made, struct event event);

// MADE(made, process, name of the event, its fields as initializers)
#define MADE(made, process_, name_, ...)                                                           \
    made_run_take((made), (struct event){.kind = EVENT_##name_,                                    \
                                         .process = (uint16_t)(process_),                          \
                                         .name_ = {__VA_ARGS__}})

// A notify of the service by the client as far as into the queue: the system call,
// ipc_queued with `result`, the answer. Returns the seq of ipc_queued.
uint32_t made_notify(struct made_run *made, enum error_code result);

// The kernel takes that notification from the queue and converts it; the call that it
// becomes has length 64, address 0x20000100 and userdata 7.
void made_convert(struct made_run *made, uint32_t notified);

// The kernel takes that call from the queue and delivers it.
void made_deliver(struct made_run *made, uint32_t notified);
