// SPDX-License-Identifier: Apache-2.0 OR MIT
// Which board a person means: a name of a built-in one, or a file with one of their own.
#pragma once

#include <stdbool.h>

#include "../base/message.h"
#include "../machine/board.h"

// The profile that `name` stands for: a built-in one, or a file if it contains a slash or
// ends in ".lua". A relative path starts at `folder`, which has its
// last slash ("": where the program runs).
// False, with `error` set and nothing useful in `board`: no such profile, or a mistake in the
// file, as "file:line: what is wrong".
bool board_open(const char *name, const char *folder, struct board *board, struct message *error);
