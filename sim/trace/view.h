// SPDX-License-Identifier: Apache-2.0 OR MIT
// As much of a world as sinks look at, for events that were recorded: the names and
// places of processes, the names of drivers, what is printed.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "../machine/world.h"

struct cast {
    struct world world; // for sinks
};

// A process, in the order of their indexes.
struct cast_process {
    const char *name; // copied
    size_t name_length;
    uaddr memory_start;
    uint32_t memory_size;
    uaddr flash_start;
    uint32_t flash_size;
};

// With the drivers of a board, and no process yet. Borrowed: must stay where it is.
void cast_open(struct cast *cast);
void cast_close(struct cast *cast);

// Adds one. At most MAX_PROCESSES.
void cast_add(struct cast *cast, const struct cast_process *process);

// What the next print event prints and where, copied. All other memory is unknown.
void cast_print(struct cast *cast, uaddr start, const char *bytes, size_t size);
