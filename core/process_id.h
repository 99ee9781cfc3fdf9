// SPDX-License-Identifier: Apache-2.0 OR MIT
// Names one life of a process: the place in the process array, which a restart
// keeps, and an identifier that no other life ever has.
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct process_id {
    uint32_t index;
    uint32_t identifier;
};
