// SPDX-License-Identifier: Apache-2.0 OR MIT
// The one gate for everything that could have gone otherwise. By default the answer
// follows the seed; what it was is counted, so that a run can be replayed, and later
// all answers explored.
#pragma once

#include <stdint.h>

struct world;

// X(NAME, name, what is decided)
#define CHOICES(X) X(RANDOM, random, "a random number that a program or driver asked for")

enum choice_kind {
#define X(NAME, name, text) CHOICE_##NAME,
    CHOICES(X)
#undef X
};

struct chooser {
    uint64_t state; // of the generator
    uint64_t count; // answers given so far
};

void chooser_seed(struct chooser *chooser, uint64_t seed);

// A number from 0 to n - 1; n is at least 1.
uint32_t choose(struct world *world, enum choice_kind kind, uint32_t n);
