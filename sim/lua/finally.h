// SPDX-License-Identifier: Apache-2.0 OR MIT
// finally(function(run) ... end): what a scenario asks of its run once that is over.
#pragma once

#include "lua_host.h"

// Registers finally().
void finally_open(lua_State *L);

// The name under which a state keeps the function.
#define REGISTRY_FINALLY "ipcsim.finally"
