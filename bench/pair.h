// SPDX-License-Identifier: Apache-2.0 OR MIT
// Two processes that talk as fast as they can: the first of a world is the client, the last the
// service, whatever stands between them is idle.
//
// A round trip is four system calls: the client notifies and yields; the service, in its upcall,
// reads and writes the 64-byte buffer that the client shares, notifies and yields.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "machine.h"

// A world of `count` C processes (2 to 255) that has run until its first round trips are over.
// NULL, with `error` set: the host refuses, or nobody answers. End it with world_free.
struct world *pair_new(uint32_t count, uint32_t arena_slot, struct message *error);

// Runs a new world of any such pair until the first round trips are over. False, with `error`
// set: they are not.
bool pair_start(struct world *world, struct message *error);

// A sample (see measure.h) of round trips; the context is the world.
double pair_sample(void *context, uint64_t trips);

// Runs for so many round trips, or a few less. How many they were; 0: the world stopped.
uint64_t pair_run(struct world *world, uint64_t trips);

// What process `index` of `count` runs; a service for any but the first.
const struct body *pair_body_of(uint32_t index, uint32_t count);
