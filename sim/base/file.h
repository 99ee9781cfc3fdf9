// SPDX-License-Identifier: Apache-2.0 OR MIT
// Whole files: read at once, replaced at once.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "message.h"

// The first `most` bytes of the file at `path`, SIZE_MAX: all of it, with a NUL behind them;
// `*size` (may be NULL) counts without it. Free it with free(). NULL: it cannot be read, and
// `why` has the host's words for that, such as "Permission denied".
char *file_read(const char *path, size_t most, size_t *size, struct message *why);

// Puts `text` in place of the file at `path`, at once: nobody ever sees half of it. A link
// stays one. False: it cannot be written, and what was there stays; `why` as above.
bool file_replace(const char *path, const char *text, struct message *why);
