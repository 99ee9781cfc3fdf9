// SPDX-License-Identifier: Apache-2.0 OR MIT
// Where protection may change: the addresses around which the cross-check probes.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "../../sim/machine/world.h"

enum { EDGES_MAX = 4096 };

// A set of addresses, each the first byte of something or the first byte behind it.
struct edges {
    size_t count;
    uaddr addr[EDGES_MAX];
};

// Adds both ends of [start, start + size); beyond EDGES_MAX, nothing.
void edges_add(struct edges *edges, uaddr start, uint32_t size);

// Adds what is known in `world` while `process` runs: from the registers each region or entry
// and its eighths; from the kernel what the driver meant, and the memory of every process.
void edges_add_world(struct edges *edges, const struct world *world, uint32_t process);

// Sorts them, each once.
void edges_sort(struct edges *edges);
