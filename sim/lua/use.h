// SPDX-License-Identifier: Apache-2.0 OR MIT
// use("name"): Lua files that scenarios share.
#pragma once

#include "lua_host.h"

// Registers use().
void use_open(lua_State *L);

// The script's own file, or the one that it uses, which Lua knows by this chunk name. NULL:
// neither.
const struct program *use_find(const struct program *program, const char *chunk_name);
