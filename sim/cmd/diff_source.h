// SPDX-License-Identifier: Apache-2.0 OR MIT
// Where a trace to compare comes from: a run in a database, a golden trace, or what
// `run --trace jsonl` printed.
#pragma once

#include "../base/message.h"
#include "../base/status.h"
#include "../golden/golden.h"

// Reads what `name` names into `golden`, which is empty: "FILE" of any of these kinds,
// or "FILE:7" for run 7 of a database. PASSED, or with `error` set USAGE: there is no such
// thing; HOST: it cannot be read. Free `golden` in any case.
enum exit_status diff_source_read(struct golden *golden, const char *name, struct message *error);
