// SPDX-License-Identifier: Apache-2.0 OR MIT
// The machine that a scripted kernel vector asks for, and a run of it.
#pragma once

#include <stdio.h>

#include "../machine/world.h"
#include "vector.h"

// Makes the world and loads what fits, runs it to its end (nothing left to do, a kernel panic, or
// the limit of steps) and writes the trace to `out`. Processes for which there is no place in the
// process array are left out. WORLD_OK, or why there is no world.
enum world_result vector_trace(const struct vector *vector, FILE *out);
