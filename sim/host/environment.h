// SPDX-License-Identifier: Apache-2.0 OR MIT
// What surrounds the program: its descriptors, who started it, who looks at it, the clock on
// the wall.
#pragma once

#include <stdbool.h>
#include <stdint.h>

// Makes the program's surroundings what it expects: descriptors 0 to 2 are open (so
// that no database ever is "standard output"), and writing to a closed pipe is an
// error instead of a signal.
void host_prepare(void);

// The file of this program, to start it again: what is running, even if its file has been replaced;
// where there is no /proc, the path that it was started by.
const char *host_program_file(void);

// For a worker: it is stopped as by SIGTERM when the process that started it dies.
void host_end_with_parent(void);

// Whether the environment says that nobody watches: CI, unless it is empty, 0 or false.
bool host_is_ci(void);

// Microseconds of wall-clock time since some moment in the past.
uint64_t host_clock_us(void);
