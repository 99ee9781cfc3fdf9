// SPDX-License-Identifier: Apache-2.0 OR MIT
// The machine that a scripted kernel vector asks for, and a run of it.
#pragma once

#include <stdio.h>

#include "../machine/world.h"
#include "vector.h"

// Makes the world and loads what fits, as world_new does with keep_partial; `vector` is
// borrowed. Processes for which there is no place in the process array are left out.
// NULL, with `*result` set: the host has no room for it. Ends with world_free.
struct world *vector_world_new(const struct vector *vector, enum world_result *result);

// Runs it to its end: nothing left to do, a kernel panic, or the limit of steps.
void vector_world_run(struct world *world);

// Makes the world, runs it and writes the trace to `out`. WORLD_OK, or why there is none.
enum world_result vector_trace(const struct vector *vector, FILE *out);
