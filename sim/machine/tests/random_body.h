// SPDX-License-Identifier: Apache-2.0 OR MIT
// The body of the processes of a random scenario.
#pragma once

#include <stddef.h>

#include "../body.h"

extern const struct body random_body;

// What world_process.memory_size has to be for it.
extern const size_t random_body_memory_size;
