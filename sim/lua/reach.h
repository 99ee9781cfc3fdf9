// SPDX-License-Identifier: Apache-2.0 OR MIT
// What a function of a script may come to call: does a process ever say done()?
#pragma once

#include "lua_host.h"

// What can be looked for, by the name of its set in the registry.
#define REACH_DONE         "ipcsim.done"
#define REACH_EXPECTATIONS "ipcsim.expectations" // expect, expect_eq

// Notes the functions of these names as they are now: once the prelude has run, before the
// script does.
void reach_open(lua_State *L);

// Whether the value on top reaches one of `wanted`: it, a function inside of it, or one that
// these get at through upvalues, globals and tables in those. Pops the value.
bool reach_finds(lua_State *L, const char *wanted);

// The same of the globals that a function names which stands in a dump (see bytecode.h).
bool reach_finds_from_code(lua_State *L, const unsigned char *function, const char *wanted);

// Whether the function on top comes from the script. The prelude carries no source: what it
// calls is not what the script says.
bool reach_is_of_script(lua_State *L);
