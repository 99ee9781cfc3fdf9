// SPDX-License-Identifier: Apache-2.0 OR MIT
// An event is data: a fixed-size record with named fields, listed in event.def.
#pragma once

#include <stdint.h>

enum event_kind {
#define BARE_EVENT(name, text)    EVENT_##name,
#define EVENT(name, text, fields) EVENT_##name,
#include "event.def"
#undef EVENT
#undef BARE_EVENT
    EVENT_KINDS
};

enum { NO_PROCESS = UINT16_MAX, EVENT_WORDS = 9 };

// X(NAME, name): how a process touches memory
#define ACCESS_OPS(X)                                                                              \
    X(LOAD, load)                                                                                  \
    X(STORE, store)                                                                                \
    X(FETCH, fetch)

enum access_op {
#define X(NAME, name) ACCESS_##NAME,
    ACCESS_OPS(X)
#undef X
};

// X(NAME, name): what somebody outside does to a process
#define OPERATOR_VERBS(X)                                                                          \
    X(STOP, stop)                                                                                  \
    X(RESUME, resume)                                                                              \
    X(FAULT, fault)                                                                                \
    X(TERMINATE, terminate)                                                                        \
    X(RESTART, restart)                                                                            \
    X(BOOT, boot)

enum operator_verb {
#define X(NAME, name) OPERATOR_##NAME,
    OPERATOR_VERBS(X)
#undef X
};

// A set of event kinds, one bit each.
#define EVENT_BIT(kind) (UINT64_C(1) << (kind))
#define ALL_EVENTS      UINT64_MAX

struct event {
    uint64_t time_us; // simulated; the port stamps it
    uint32_t seq;     // 1 for the first event of a run; gaps where nobody wanted a kind
    uint16_t kind;    // enum event_kind
    uint16_t process; // index, or NO_PROCESS
    union {
        uint32_t word[EVENT_WORDS]; // the fields in the order of event.def
#define FIELD(name, type) uint32_t name;
#define BARE_EVENT(name, text)
#define EVENT(name, text, fields)                                                                  \
    struct {                                                                                       \
        fields                                                                                     \
    } name;
#include "event.def"
#undef EVENT
#undef BARE_EVENT
#undef FIELD
    };
};
