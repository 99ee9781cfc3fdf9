// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "choice.h"

#include "world.h"

// SplitMix64 (Steele, Lea, Flood 2014).
static uint64_t next_random(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

void chooser_seed(struct chooser *chooser, uint64_t seed)
{
    chooser->state = seed;
    chooser->count = 0;
}

uint32_t choose(struct world *world, enum choice_kind kind, uint32_t n)
{
    uint64_t random = next_random(&world->chooser.state) >> 32;

    (void)kind;
    world->chooser.count++;
    return (uint32_t)(random * n >> 32);
}
