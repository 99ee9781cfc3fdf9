// SPDX-License-Identifier: Apache-2.0 OR MIT
// A board profile as a table of a script.
#pragma once

#include "../machine/board.h"
#include "lua_host.h"

// Fills in `board`, whose name it leaves alone, from the table at `index`, which stands in the
// script from `line` on, behind the key `key` (NULL: nothing else stands there). Raises what is
// wrong in it, at its line where it can be found.
void board_take_table(lua_State *L, int index, uint32_t line, const char *key, struct board *board);
