// SPDX-License-Identifier: Apache-2.0 OR MIT
// The benchmarks. Each measures one figure or a few, every one that can be with a reference in
// the same run: a ratio says something on any machine, a time only on this one.
#pragma once

#include <stdbool.h>

#include "../sim/base/message.h"
#include "figures.h"
#include "measure.h"

// X(name, what it measures)
#define BENCHMARKS(X)                                                                              \
    X(roundtrip, "two C processes: notify, upcall, notify, upcall")                                \
    X(roundtrip_lua, "the same with Lua processes")                                                \
    X(processes, "the same among idle processes")                                                  \
    X(ring, "a token through busy processes")                                                      \
    X(record, "events into SQLite while the simulation runs")                                      \
    X(mpu, "decisions of the protection units' hardware models")                                   \
    X(world, "a world of 4 Lua processes: create, copy, restore, destroy")                         \
    X(startup, "the whole program for one scenario")                                               \
    X(memory, "host memory of an idle process")

// Adds its figures. False, with `error` set: the host refused something.
#define X(name, about)                                                                             \
    bool bench_##name(struct figures *figures, const struct effort *effort, struct message *error);
BENCHMARKS(X)
#undef X
