// SPDX-License-Identifier: Apache-2.0 OR MIT
// What a chip is asked about one running process: first the registers of its protection unit,
// written and read back, then accesses around every edge.
#pragma once

#include <stdint.h>

#include "../../sim/machine/world.h"
#include "edges.h"
#include "machine.h"
#include "protocol.h"

struct script {
    const struct machine *machine;
    struct mpu_hw unit; // the model of the machine's unit, after the writes so far
    uaddr stack_start;  // of the process asked about
    // Gets each request in turn.
    void (*take)(struct script *script, const struct request *request);
};

// Asks about `process` of `world`, which runs, with these edges.
void script_run(struct script *script, const struct world *world, uint32_t process,
                const struct edges *edges);
