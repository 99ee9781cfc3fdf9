// SPDX-License-Identifier: Apache-2.0 OR MIT
// SQLite, for the files that write and read the record. The one file of the project that
// includes its header, and what both need to know of the file format.
#pragma once

#include <sqlite3.h>

// "IPCS", in PRAGMA application_id.
enum { RECORD_APPLICATION_ID = 0x49504353 };

// For fields in table events, w0 to w7. A kind's cause, if it has one, is its last field
// and has a column of its own.
enum { RECORD_WORD_COLUMNS = 8 };
