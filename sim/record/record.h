// SPDX-License-Identifier: Apache-2.0 OR MIT
// The record of runs in an SQLite database (schema and views: reports/schema.sql,
// explained in docs/record.md).
//
// A crash at any moment leaves whole runs, or runs whose outcome still says
// "unfinished". Several processes may record into one file at once. The file alone is
// the database: nothing lies beside it once it is closed.
//
// Kept for the death of this process at any moment, not for that of the host: nothing
// waits for the disk (synchronous = OFF).
#pragma once

#include <stdint.h>

#include "../base/message.h"
#include "../trace/sink.h"

enum {
    // Of everything in the database: reports/schema.sql, event.def, the lists of enums.
    // In PRAGMA user_version; a file of another one is refused.
    RECORD_SCHEMA_VERSION = 8,
    RECORD_LOCK_WAIT_MS = 10000,
};

struct record;

// Opens the database, or makes it. Waits for others who write it, RECORD_LOCK_WAIT_MS
// at a time, here and later. NULL, with nothing changed on disk: the path cannot be
// written, is not a database, is that of another application, or has a schema of
// another version. An open record must not be carried over a fork: open it after.
struct record *record_open(const char *path, struct message *error);

// The same with a patience of its own.
struct record *record_open_patient(const char *path, unsigned lock_wait_ms, struct message *error);

// The sink for one run after another.
struct sink *record_sink(struct record *record);

// The id in table runs of the run last begun; 0 before the first.
int64_t record_run_id(const struct record *record);

// Finishes what is open and closes the file; a run that did not end stays "unfinished". What went
// wrong while recording, with the sentence in `error`; NULL if nothing did. Then nothing was
// recorded any more, and what was before stays. The runs themselves are not affected; the caller
// reports it and exits with status 3.
const char *record_close(struct record *record, struct message *error);
