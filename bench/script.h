// SPDX-License-Identifier: Apache-2.0 OR MIT
// Worlds of Lua processes to measure, from scripts that are part of the program.
#pragma once

#include "../sim/base/message.h"
#include "../sim/lua/scenario.h"
#include "../sim/machine/world.h"

// What scenario_open makes of a text. NULL, with `error` set: the host refuses. End it with
// scenario_close. `name` and `value` (NULL: none) set one parameter.
struct scenario *script_open(const char *text, const char *name, const char *value,
                             struct message *error);

// A world of the scenario's processes on a Cortex-M4, borrowed: the scenario must outlive it. NULL,
// with `error` set: the host refuses. End it with world_free.
struct world *script_world_new(const struct scenario *scenario, uint32_t arena_slot,
                               struct message *error);
