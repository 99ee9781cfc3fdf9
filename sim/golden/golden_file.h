// SPDX-License-Identifier: Apache-2.0 OR MIT
// Golden traces as files: what they are called, reading them, replacing them.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "../base/message.h"
#include "golden.h"

// The golden trace of a variant ("", "clients=8"): scenarios/rot13.trace beside
// scenarios/rot13.lua, or scenarios/rot13.clients=8.trace. Bytes that file systems or shells
// do not like are written as %20. Free it with free().
char *golden_file_path(const char *scenario_path, const char *variant);

// X(NAME)
#define GOLDEN_FILE_RESULTS(X)                                                                     \
    X(OK)          /* it is there */                                                               \
    X(ABSENT)      /* there is no such file; the only one without an error */                      \
    X(REPLACEABLE) /* not to be read, but --update may replace it */                               \
    X(FOREIGN)     /* something else, or a later format's: nobody touches it */                    \
    X(NO_HOST)     /* the host refuses to read it */

enum golden_file_result {
#define X(NAME) GOLDEN_FILE_##NAME,
    GOLDEN_FILE_RESULTS(X)
#undef X
};

// Reads the file at `path` into `golden`, which is empty; it has to be one of the
// scenario at `scenario_path`. Sets `error` to what is wrong. Free `golden` in any case.
enum golden_file_result golden_file_load(struct golden *golden, const char *path,
                                         const char *scenario_path, struct message *error);

// Puts `text` in place of the file at `path`, at once: nobody ever sees half of it, and
// if it cannot be written, what was there stays. False, with `error` set: so it is.
bool golden_file_save(const char *path, const char *text, struct message *error);

// Whether the file at `path` is a golden trace of any format. If so `scenario` (room for
// `size` bytes) is the name of the scenario in its head, "" if it has none.
bool golden_file_is_one(const char *path, char *scenario, size_t size);
