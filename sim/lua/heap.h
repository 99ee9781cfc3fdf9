// SPDX-License-Identifier: Apache-2.0 OR MIT
// An allocator for one Lua state inside one piece of memory.
//
// What it answers depends on the sequence of calls alone. Everything it knows is in `struct heap`
// and in the piece, so that both can be copied and restored with memcpy. It fills the piece from
// the bottom and touches no page before it is needed. Blocks carry no header: as Lua does, the
// caller says the size when it resizes or frees.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HEAP_NUM_BINS 64

struct heap {
    unsigned char *base;
    unsigned char *end; // nothing at or above it is in use
    unsigned char *limit;
    uint64_t filled_bins;  // bit n: bins[n] is not empty
    bool freed_since_join; // joining free neighbours again may find something
    struct heap_block *bins[HEAP_NUM_BINS];
};

// Serves from the `size_bytes` at `base`, which is borrowed, must outlive the heap and is a
// multiple of 16 (what exceeds a multiple of 16 in `size_bytes` is not used).
void heap_init(struct heap *heap, void *base, size_t size_bytes);

// Frees every block at once.
void heap_reset(struct heap *heap);

// The shape of lua_Alloc. `ptr` NULL allocates (`old_size` is ignored), `new_size` 0 frees and
// returns NULL, anything else resizes and keeps the contents up to the smaller size. Blocks are
// aligned to 16 bytes. `old_size` must be the size that the block was last given.
// NULL when the piece has no room: the block at `ptr` is then untouched. Never for shrinking.
void *heap_realloc(struct heap *heap, void *ptr, size_t old_size, size_t new_size);

// The bytes from `base` upwards that a copy of the heap must hold.
static inline size_t heap_used(const struct heap *heap)
{
    return (size_t)(heap->end - heap->base);
}
