// SPDX-License-Identifier: Apache-2.0 OR MIT
// What stands before the first event of a vector's trace and behind its last.
#pragma once

#include "vector_sink.h"

// The machine, the sizes of its kernel, and each process that was loaded.
void vector_write_first_lines(const struct vector_sink *sink);

// Why it ended, and each process as it was then.
void vector_write_last_lines(struct vector_sink *sink);
