// SPDX-License-Identifier: Apache-2.0 OR MIT
// The body that does what a scripted kernel vector says for its process.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../machine/body.h"
#include "../machine/world.h"
#include "vector.h"

// Its argument is the whole vector; the process's place in both is the same.
extern const struct body vector_body;

// What world_process.memory_size must be for it, bytes.
extern const size_t vector_body_memory_size;

// Counts a step of the run: an operation, a turn of the kernel loop, a restart. False,
// and the world stops: that is one more than the vector allows.
bool vector_count_step(struct world *world);
uint32_t vector_steps(const struct world *world);

// For world->stop_request: not 0 once a step was refused. In the arena.
const volatile int *vector_limit_reached(const struct world *world);

// Whether the process is past its last operation: it waits for upcalls for ever.
bool vector_is_idle(const struct world *world, uint32_t process);

// How many words follow this return variant.
uint32_t vector_answer_words(uint32_t variant);
