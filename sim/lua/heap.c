// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "heap.h"

#include <assert.h>
#include <string.h>

#define UNIT_BYTES ((size_t)16)
#define SMALL_BINS 32u // bin n holds blocks of exactly n + 1 units, up to 512 bytes
#define SMALL_MASK (((uint64_t)1 << SMALL_BINS) - 1)
#define PROBES     8

// A free block; the smallest block is just large enough for it. Above the small bins two bins
// share a doubling: bin 32 is for 528..752 bytes, 33 for 768..1008, and so on; the last takes all
// that is left over (from 24 MiB).
struct heap_block {
    struct heap_block *next;
    size_t size_bytes;
};

static_assert(sizeof(struct heap_block) <= UNIT_BYTES, "a free block fits the smallest block");

static size_t round_up(size_t size_bytes)
{
    return (size_bytes + UNIT_BYTES - 1) & ~(UNIT_BYTES - 1);
}

static unsigned find_bin(size_t size_bytes)
{
    size_t units = size_bytes / UNIT_BYTES;
    if (units <= SMALL_BINS)
        return (unsigned)units - 1;
    unsigned log2 = 63u - (unsigned)__builtin_clzll(units); // at least 5
    unsigned upper_half = (unsigned)(units >> (log2 - 1)) & 1;
    unsigned bin = SMALL_BINS + (log2 - 5) * 2 + upper_half;
    return bin < HEAP_NUM_BINS ? bin : HEAP_NUM_BINS - 1;
}

static void push(struct heap *heap, void *memory, size_t size_bytes)
{
    unsigned bin = find_bin(size_bytes);
    struct heap_block *block = memory;
    block->next = heap->bins[bin];
    block->size_bytes = size_bytes;
    heap->bins[bin] = block;
    heap->filled_bins |= (uint64_t)1 << bin;
}

// Takes the block that `*link` points to out of `bin`.
static struct heap_block *unlink_block(struct heap *heap, unsigned bin, struct heap_block **link)
{
    struct heap_block *block = *link;
    *link = block->next;
    if (!heap->bins[bin])
        heap->filled_bins &= ~((uint64_t)1 << bin);
    return block;
}

static void release(struct heap *heap, unsigned char *memory, size_t size_bytes)
{
    heap->freed_since_join = true;
    if (memory + size_bytes == heap->end)
        heap->end = memory;
    else
        push(heap, memory, size_bytes);
}

// Cuts `size_bytes` off the front of a block that is in no bin.
static void *carve(struct heap *heap, struct heap_block *block, size_t size_bytes)
{
    size_t rest_bytes = block->size_bytes - size_bytes;
    if (rest_bytes > 0)
        push(heap, (unsigned char *)block + size_bytes, rest_bytes);
    return block;
}

// Blocks of one large bin differ in size: looks at up to `probes` of them.
static void *take_from_bin(struct heap *heap, unsigned bin, size_t size_bytes, size_t probes)
{
    struct heap_block **link = &heap->bins[bin];
    for (; probes > 0 && *link; probes--, link = &(*link)->next) {
        if ((*link)->size_bytes >= size_bytes)
            return carve(heap, unlink_block(heap, bin, link), size_bytes);
    }
    return NULL;
}

// Splits a block of the lowest filled one of `bins`, all of which hold blocks that are large
// enough.
static void *split_from_bins(struct heap *heap, uint64_t bins, size_t size_bytes)
{
    uint64_t filled = heap->filled_bins & bins;
    if (filled == 0)
        return NULL;
    unsigned bin = (unsigned)__builtin_ctzll(filled);
    return carve(heap, unlink_block(heap, bin, &heap->bins[bin]), size_bytes);
}

static void *take_from_end(struct heap *heap, size_t size_bytes)
{
    if (size_bytes > (size_t)(heap->limit - heap->end))
        return NULL;
    void *memory = heap->end;
    heap->end += size_bytes;
    return memory;
}

// Merges two lists that run from high addresses to low ones.
static struct heap_block *merge(struct heap_block *a, struct heap_block *b)
{
    struct heap_block *first = NULL;
    struct heap_block **tail = &first;
    while (a && b) {
        struct heap_block **higher = a > b ? &a : &b;
        *tail = *higher;
        tail = &(*higher)->next;
        *higher = *tail;
    }
    *tail = a ? a : b;
    return first;
}

// Empties all bins into one list from high addresses to low ones: a merge sort in which run n
// is empty or holds 2^n blocks.
static struct heap_block *drain_bins(struct heap *heap)
{
    struct heap_block *runs[64] = {NULL};
    for (unsigned bin = 0; bin < HEAP_NUM_BINS; bin++) {
        while (heap->bins[bin]) {
            struct heap_block *run = unlink_block(heap, bin, &heap->bins[bin]);
            run->next = NULL;
            unsigned n = 0;
            for (; runs[n]; n++) {
                run = merge(runs[n], run);
                runs[n] = NULL;
            }
            runs[n] = run;
        }
    }
    struct heap_block *all = NULL;
    for (unsigned n = 0; n < 64; n++)
        all = merge(runs[n], all);
    return all;
}

// Makes one block of each run of free neighbours; what ends at the end of the heap goes back to it.
static void join_free_blocks(struct heap *heap)
{
    struct heap_block *block = drain_bins(heap);
    while (block) {
        struct heap_block *lower = block->next;
        size_t size_bytes = block->size_bytes;
        while (lower && (unsigned char *)lower + lower->size_bytes == (void *)block) {
            block = lower;
            size_bytes += block->size_bytes;
            lower = block->next;
        }
        release(heap, (unsigned char *)block, size_bytes);
        block = lower;
    }
    heap->freed_since_join = false;
}

// Blocks of the exact size first. Small blocks are split only when all else has failed, as most
// of them will be asked for again.
static void *try_to_allocate(struct heap *heap, size_t size_bytes, size_t probes)
{
    unsigned bin = find_bin(size_bytes);
    void *memory = take_from_bin(heap, bin, size_bytes, probes);
    if (!memory)
        memory = split_from_bins(heap, ~(((uint64_t)2 << bin) - 1) & ~SMALL_MASK, size_bytes);
    if (!memory)
        memory = take_from_end(heap, size_bytes);
    return memory;
}

static void *allocate_at_last(struct heap *heap, size_t size_bytes)
{
    if (heap->freed_since_join)
        join_free_blocks(heap);
    void *memory = try_to_allocate(heap, size_bytes, SIZE_MAX);
    if (!memory)
        memory = split_from_bins(heap, ~(((uint64_t)2 << find_bin(size_bytes)) - 1), size_bytes);
    return memory;
}

static void *allocate_block(struct heap *heap, size_t size_bytes)
{
    void *memory = try_to_allocate(heap, size_bytes, PROBES);
    return memory ? memory : allocate_at_last(heap, size_bytes);
}

static void *grow(struct heap *heap, unsigned char *old, size_t old_bytes, size_t new_bytes)
{
    bool is_last = old + old_bytes == heap->end;
    if (is_last && take_from_end(heap, new_bytes - old_bytes))
        return old;
    void *new = allocate_block(heap, new_bytes);
    if (!new)
        return NULL;
    memcpy(new, old, old_bytes);
    release(heap, old, old_bytes);
    return new;
}

void heap_init(struct heap *heap, void *base, size_t size_bytes)
{
    heap->base = base;
    heap->limit = heap->base + size_bytes / UNIT_BYTES * UNIT_BYTES;
    heap_reset(heap);
}

void heap_reset(struct heap *heap)
{
    heap->end = heap->base;
    heap->filled_bins = 0;
    heap->freed_since_join = false;
    memset(heap->bins, 0, sizeof heap->bins);
}

void *heap_realloc(struct heap *heap, void *ptr, size_t old_size, size_t new_size)
{
    if (new_size > (size_t)(heap->limit - heap->base))
        return NULL;
    size_t new_bytes = round_up(new_size);
    if (!ptr)
        return new_bytes > 0 ? allocate_block(heap, new_bytes) : NULL;
    size_t old_bytes = round_up(old_size);
    if (new_bytes > old_bytes)
        return grow(heap, ptr, old_bytes, new_bytes);

    if (new_bytes < old_bytes)
        release(heap, (unsigned char *)ptr + new_bytes, old_bytes - new_bytes);
    return new_bytes > 0 ? ptr : NULL;
}
