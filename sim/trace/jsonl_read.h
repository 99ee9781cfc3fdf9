// SPDX-License-Identifier: Apache-2.0 OR MIT
// Reading back what the sink for JSON lines (trace.h) wrote.
#pragma once

#include <stdbool.h>

#include "../base/message.h"
#include "sink.h"

// Hands the events in `text`, from a file called `name`, on to `sink`. How the run ended
// is not in them: its outcome is "". False, with `error` set, if a line is not one of a
// trace; the sink may have had the beginning of a run.
bool jsonl_read(const char *name, const char *text, struct sink *sink, struct message *error);
