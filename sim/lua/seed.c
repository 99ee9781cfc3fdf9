// SPDX-License-Identifier: Apache-2.0 OR MIT
// Lua mixes a seed into the hashes of its texts: the time and where the program happens to
// lie in the host's memory. It has no option against that, and it shows: in a table with
// texts for keys it decides when the table grows, and so what # says if there are holes.
//
// The seed is a field of a struct that Lua keeps to itself. Lua fills in that struct, then
// asks for its next piece of memory before it hashes anything; that is when the allocator
// can set it. Where it lies is found out here, by looking at two states that differ in
// nothing but their address.
#include <stdlib.h>
#include <string.h>

#include "../base/allocate.h"
#include "lua_host.h"

enum { MOST_WORDS = 1024, SHIFT_WORDS = 2 };

// Serves the first request alone, from `block`.
struct probe {
    uint64_t *block;
    size_t size;
};

static void *allocate_once(void *user, void *block, size_t old_size, size_t new_size)
{
    struct probe *probe = user;

    (void)old_size;
    if (block || new_size == 0 || probe->size > 0 || new_size > MOST_WORDS * sizeof(uint64_t))
        return NULL;
    probe->size = new_size;
    return probe->block;
}

// The offset in bytes of the only 32 bits that differ between `a` and `b` and are not part
// of a pointer into the block; 0 if there is not exactly one such place.
static size_t find_difference(const uint64_t *a, const uint64_t *b, size_t words)
{
    size_t offset = 0;

    for (size_t i = 0; i < words; i++) {
        uint32_t a_half[2], b_half[2];

        if (b[i] - a[i] == (uint64_t)((uintptr_t)b - (uintptr_t)a))
            continue;
        memcpy(a_half, &a[i], sizeof a_half);
        memcpy(b_half, &b[i], sizeof b_half);
        for (size_t half = 0; half < 2; half++) {
            if (a_half[half] == b_half[half])
                continue;
            if (offset != 0)
                return 0;
            offset = i * sizeof(uint64_t) + half * sizeof(uint32_t);
        }
    }
    return offset;
}

// Lets Lua begin a state in each of two blocks; how many words it is, 0 if Lua is not as
// we know it. Lua runs out of memory right after the seed, and what it wrote stays. One
// call in a loop: addresses on our stack that Lua keeps are the same both times.
static size_t begin_states(uint64_t *const blocks[2])
{
    struct probe probe;

    for (int i = 0; i < 2; i++) {
        probe = (struct probe){.block = blocks[i]};
        if (lua_newstate(allocate_once, &probe))
            return 0;
    }
    return probe.size / sizeof(uint64_t);
}

size_t seed_find_offset(void)
{
    uint64_t *memory = allocate(2 * MOST_WORDS + SHIFT_WORDS, sizeof *memory);
    uint64_t *const blocks[2] = {memory, memory + MOST_WORDS + SHIFT_WORDS};
    size_t words = begin_states(blocks);
    size_t offset = find_difference(blocks[0], blocks[1], words);
    free(memory);
    return offset;
}

void seed_fix(void *state, size_t offset)
{
    const uint32_t seed = 0x1bc51bc5;

    if (offset > 0)
        memcpy((char *)state + offset, &seed, sizeof seed);
}
