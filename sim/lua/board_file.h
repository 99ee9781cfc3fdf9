// SPDX-License-Identifier: Apache-2.0 OR MIT
// A board profile in a file.
#pragma once

#include <stdbool.h>

#include "../base/message.h"
#include "../machine/board.h"

// Reads the file at `path`, which is opened as it is; the caller names the board. False, with
// `error` set as "path:line: ...": a mistake in it.
bool board_read_file(const char *path, struct board *board, struct message *error);
