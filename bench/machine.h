// SPDX-License-Identifier: Apache-2.0 OR MIT
// Worlds to measure: C processes on a board, with nothing recorded.
#pragma once

#include "../sim/base/message.h"
#include "../sim/machine/world.h"

struct machine {
    const char *board;   // NULL: cortex-m4
    uint32_t count;      // processes, 1 to 255
    uint32_t num_procs;  // of the kernel, 0: as many
    uint32_t ram_size;   // of each process, bytes, 0: 4096
    uint32_t arena_slot; // machines that exist at once need different ones
    // What process `index` of `count` runs.
    const struct body *(*body_of)(uint32_t index, uint32_t count);
};

// NULL, with `error` set: the host refuses. End it with world_free.
struct world *machine_new(const struct machine *machine, struct message *error);

// Tells what became of world_new (see world.h).
void machine_explain(enum world_result result, struct message *error);

// Lets the world run until nothing happens any more, or for `turns` turns.
void machine_run(struct world *world, uint32_t turns);
