// SPDX-License-Identifier: Apache-2.0 OR MIT
// One database file of the record: opening it, whose it is, and why the host refuses.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "../base/message.h"
#include "sqlite_host.h"

struct record_file {
    sqlite3 *db;
    char *path;            // owned
    unsigned lock_wait_ms; // how long others may hold it
};

// Opens it to be written, or makes it, and sees that it has the schema of this version. Borrowed
// by SQLite: must stay where it is. False, with `error` set and nothing changed on disk: see
// record_open.
bool record_file_open(struct record_file *file, const char *path, unsigned lock_wait_ms,
                      struct message *error);

// Opens it to be read, whatever it is. False: SQLite says why. Close it in any case.
bool record_file_open_to_read(struct record_file *file, const char *path, unsigned lock_wait_ms);
void record_file_close(struct record_file *file);

// Runs statements that answer nothing. False: SQLite refuses.
bool record_file_run(struct record_file *file, const char *sql);

// Turns what SQLite just refused to one who writes into a sentence.
void record_file_explain(const struct record_file *file, struct message *error);
