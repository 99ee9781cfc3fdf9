// SPDX-License-Identifier: Apache-2.0 OR MIT
// The sink that writes a run in the words of the kernel vectors: one JSON object a
// line, fields in their order, numbers decimal, addresses absolute.
//
// Most lines are one event each. `proc` lines come where the kernel is about to go on
// with a process, before it stops one and at the end, with what changed since.
#pragma once

#include <stdint.h>
#include <stdio.h>

#include "../machine/world.h"
#include "../trace/sink.h"
#include "vector.h"

// What a `proc` line says of a process.
struct vector_poll {
    uint32_t id;
    enum process_state state;
    uint32_t pending;
    uaddr app_brk;
    uaddr kernel_brk;
    uint32_t restart_count;
    uint32_t dropped;
    uint32_t expirations;
    bool is_active;
    uint32_t grants;
    enum completion completion;
    uint32_t completion_code;
};

struct vector_sink {
    struct sink sink;
    FILE *out;                   // borrowed
    const struct vector *vector; // borrowed
    struct world *world;         // borrowed; only read
    struct vector_poll polled[MAX_PROCESSES];
    bool is_polled[MAX_PROCESSES];
    uaddr yield_flag[MAX_PROCESSES]; // where yield-no-wait leaves its answer, 0: none waits
    const struct process *cut;       // its restart was the step too many, NULL: no restart was
};

// Its begin and end write the first and last lines; neither looks at what it is given.
void vector_sink_init(struct vector_sink *sink, FILE *out, const struct vector *vector,
                      struct world *world);
