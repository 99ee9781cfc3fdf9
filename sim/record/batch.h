// SPDX-License-Identifier: Apache-2.0 OR MIT
// The events of a run that are not yet written, as a table to SQLite: one statement copies them
// into table events, in half the time of one bound insert after the other.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../../core/event.h"
#include "sqlite_host.h"

struct batch {
    int64_t run_id;       // that they belong to
    struct event *events; // borrowed
    size_t count;
};

// From now on `batch` is the table of that name, with the columns of table events. Borrowed: must
// outlive the connection. False: SQLite refuses.
bool batch_register(sqlite3 *db, struct batch *batch);
