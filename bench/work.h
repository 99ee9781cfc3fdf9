// SPDX-License-Identifier: Apache-2.0 OR MIT
// What the benchmarks time, done so many times and no more: for instructions.py and for profilers,
// to which a clock and repetitions would be noise.
#pragma once

#include <stdint.h>

#include "../sim/base/message.h"

// X(function, the figure that times it)
#define WORKS(X)                                                                                   \
    X(roundtrip, "roundtrip")                                                                      \
    X(roundtrip_lua, "roundtrip_lua")                                                              \
    X(ring, "ring/64")                                                                             \
    X(record, "record")                                                                            \
    X(create, "world/create")                                                                      \
    X(restore, "world/restore")

// How many of it were done: `times`, or a few less. 0: it stopped by itself, or the host refused
// something and `error` says what.
#define X(function, name) uint64_t work_##function(uint64_t times, struct message *error);
WORKS(X)
#undef X
