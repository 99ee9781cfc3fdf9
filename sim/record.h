// SPDX-License-Identifier: Apache-2.0 OR MIT
// The record of runs in an SQLite database (schema and views: reports/schema.sql).
//
// A crash at any moment leaves whole runs, or runs whose outcome still says
// "unfinished". Several processes may record into one file at once.
#pragma once

#include <stdint.h>

#include "message.h"
#include "sink.h"

struct record;

// Opens the database, or makes it. NULL, with nothing changed on disk: the path
// cannot be written, is not a database, or has a schema of another version.
struct record *record_open(const char *path, struct message *error);

// The sink for one run after another.
struct sink *record_sink(struct record *record);

// The id in table runs of the run last begun; 0 before the first.
int64_t record_run_id(const struct record *record);

// What went wrong while recording, NULL if nothing did. The run itself is not
// affected; the caller reports it and exits with status 3.
const char *record_error(const struct record *record);

// Finishes what is open and closes the file. Fails like record_error.
const char *record_close(struct record *record, struct message *error);
