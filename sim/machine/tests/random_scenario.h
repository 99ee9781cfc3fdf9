// SPDX-License-Identifier: Apache-2.0 OR MIT
// Scenarios made of nothing but a seed: some board, scheduler and fault policy, and
// processes that do what comes into their heads, from polite to hostile.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../world.h"

enum { RANDOM_MAX_PROCESSES = 24, RANDOM_NAME_BYTES = 24, RANDOM_MAX_STEPS = 16 };

struct invariants;

// What one process is like. Host memory that its body only reads.
struct random_program {
    uint64_t seed;
    uint32_t ops;                  // how many things it does, over all of its lives
    uint32_t hostility;            // of 100 arguments, how many are anything at all
    bool overflows;                // may recurse until its stack is full
    bool talks;                    // answers notifications, as a service would
    struct invariants *invariants; // told of each access
};

struct random_scenario {
    uint64_t seed;
    struct board board;
    struct world_setup setup;
    uint32_t num_procs;                           // of its IPC driver
    struct operator_step steps[RANDOM_MAX_STEPS]; // of its one operator, if there is one
    size_t count;
    struct world_process processes[RANDOM_MAX_PROCESSES];
    struct random_program programs[RANDOM_MAX_PROCESSES];
    struct fault_policy policies[RANDOM_MAX_PROCESSES];
    char names[RANDOM_MAX_PROCESSES][RANDOM_NAME_BYTES];
};

// Fills in the scenario of this seed, the same on every machine. It refers to itself:
// not to be copied. `invariants` is borrowed.
void random_scenario_make(struct random_scenario *scenario, uint64_t seed,
                          struct invariants *invariants);

// One line for people: what the scenario is. `text` has room for `size` bytes.
void random_scenario_describe(const struct random_scenario *scenario, char *text, size_t size);

// SplitMix64: the next number; one below `bound`; true once in `n` times.
uint64_t random_next(uint64_t *state);
uint32_t random_below(uint64_t *state, uint32_t bound);
bool random_once_in(uint64_t *state, uint32_t n);
