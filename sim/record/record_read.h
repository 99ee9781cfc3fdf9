// SPDX-License-Identifier: Apache-2.0 OR MIT
// Reading a run back from the record.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "../base/message.h"
#include "../trace/sink.h"

// Whether the file at `path` is an SQLite database, of whatever kind.
bool record_is_database(const char *path);

// X(NAME)
#define RECORD_READINGS(X)                                                                         \
    X(OK)                                                                                          \
    X(NO_RUN)  /* there is no such run, or none at all */                                          \
    X(NO_HOST) /* not a record of this version, damaged, locked, or not to be read */

enum record_reading {
#define X(NAME) RECORD_READ_##NAME,
    RECORD_READINGS(X)
#undef X
};

// Hands the run with this id, 0 for the last one, on to `sink` as if it happened. Nothing
// is changed. Unless OK, `error` is set and the sink may have had the beginning of a run.
enum record_reading record_read(const char *path, int64_t run_id, struct sink *sink,
                                struct message *error);
