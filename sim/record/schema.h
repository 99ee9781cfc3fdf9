// SPDX-License-Identifier: Apache-2.0 OR MIT
// The schema of the record: reports/schema.sql, and what follows from core/event.def.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "../trace/event_names.h"
#include "sqlite_host.h"

// Everything that makes an empty file a record. Free it with sqlite3_free().
char *schema_text(void);

// Changes with anything in the schema; a test holds it against RECORD_SCHEMA_VERSION.
uint32_t schema_fingerprint(void);

// A kind's cause is its last field, if it has one; the fields before it are its words.
bool schema_has_cause(const struct event_field *fields, uint32_t count);
