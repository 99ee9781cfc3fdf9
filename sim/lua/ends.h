// SPDX-License-Identifier: Apache-2.0 OR MIT
// How a scenario's header says that its run is to end.
#pragma once

#include "lua_host.h"

// Takes `ends` of the table at 1 into `scenario`. Raises what is wrong with it.
void ends_take(lua_State *L, struct scenario *scenario);

// Whether everybody who is named there is a process. False, with `error` set: not.
bool ends_check(const struct scenario *scenario, struct message *error);

void ends_free(struct scenario *scenario);
