// SPDX-License-Identifier: Apache-2.0 OR MIT
// What a function of a script may come to call: does a process ever say done()?
#pragma once

#include "lua_host.h"

enum reach_wanted {
    REACH_DONE,
    REACH_EXPECTATIONS, // expect, expect_eq
};

// Whether the value on top reaches one of `wanted`: it, a function inside of it, or one that
// these get at through upvalues, globals and tables in those. Pops the value.
bool reach_finds(lua_State *L, enum reach_wanted wanted);

// The same of the globals that a function names which stands in a dump (see bytecode.h).
bool reach_finds_from_code(lua_State *L, const unsigned char *function, enum reach_wanted wanted);

// Whether the function on top comes from the script. The prelude carries no source: what it
// calls is not what the script says.
bool reach_is_of_script(lua_State *L);
