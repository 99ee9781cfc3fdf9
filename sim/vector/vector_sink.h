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
#include "vector_poll.h"

struct vector_sink {
    struct sink sink;
    FILE *out;                   // borrowed
    const struct vector *vector; // borrowed
    struct world *world;         // borrowed; only read
    struct vector_polls polls;
    uaddr yield_flag[MAX_PROCESSES]; // where yield-no-wait leaves its answer, 0: none waits
};

// Its begin and end write the first and last lines; neither looks at what it is given.
void vector_sink_init(struct vector_sink *sink, FILE *out, const struct vector *vector,
                      struct world *world);
