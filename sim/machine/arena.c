// SPDX-License-Identifier: Apache-2.0 OR MIT
#define _GNU_SOURCE 1 // MAP_FIXED_NOREPLACE, MADV_NOHUGEPAGE

#include "arena.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#if ARENA_HAS_ASAN
#include <sanitizer/asan_interface.h>
#endif

// Clearing in place makes resident what it clears. This bounds it, at 20 us of clearing.
#define CLEAR_IN_PLACE_LIMIT_BYTES ((size_t)2 * 1024 * 1024)

struct guard {
    size_t offset_bytes;
    size_t size_bytes;
};

// Offsets count from the arena itself. `guards` ascends; the first `guards_taken` belong to this
// world, the others up to `guards_made` are left over from before the last reset, still closed.
struct arena {
    size_t reserved_bytes;
    size_t used_bytes;
    size_t guards_taken;
    size_t guards_made;
    struct guard guards[ARENA_MAX_GUARDS];
};

enum arena_result arena_open(unsigned slot, size_t reserved_bytes, struct arena **arena_out)
{
    *arena_out = NULL;
    if (slot >= ARENA_NUM_SLOTS)
        return ARENA_BAD_SLOT;
    if (reserved_bytes < sizeof(struct arena) || reserved_bytes > ARENA_STRIDE_BYTES)
        return ARENA_BAD_SIZE;

    void *wanted = (void *)(ARENA_FIRST_ADDRESS + slot * ARENA_STRIDE_BYTES);
    void *got = mmap(wanted, reserved_bytes, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);
    if (got == MAP_FAILED)
        return errno == EEXIST ? ARENA_SLOT_TAKEN : ARENA_NO_MEMORY;
    if (got != wanted) { // kernels before 4.17 take the flag for a hint
        munmap(got, reserved_bytes);
        return ARENA_SLOT_TAKEN;
    }
    // A huge page under every stack and heap would multiply the memory of a world. Advice only.
    madvise(got, reserved_bytes, MADV_NOHUGEPAGE);

    struct arena *arena = got;
    arena->reserved_bytes = reserved_bytes;
    arena->used_bytes = sizeof *arena;
    *arena_out = arena;
    return ARENA_OK;
}

void arena_close(struct arena *arena)
{
    arena_forget_poison(arena, arena->used_bytes);
    munmap(arena, arena->reserved_bytes);
}

const char *arena_result_text(enum arena_result result)
{
    static const char *const texts[] = {
#define ARENA_RESULT_TEXT(name, text) text,
        ARENA_RESULTS(ARENA_RESULT_TEXT)
#undef ARENA_RESULT_TEXT
    };
    return texts[result];
}

// Makes ordinary memory of the leftover guards again; false when the host refuses.
static bool open_leftover_guards(struct arena *arena)
{
    if (arena->guards_taken == arena->guards_made)
        return true;
    const struct guard *first = &arena->guards[arena->guards_taken];
    const struct guard *last = &arena->guards[arena->guards_made - 1];
    size_t size_bytes = last->offset_bytes + last->size_bytes - first->offset_bytes;
    if (mprotect(arena_base(arena) + first->offset_bytes, size_bytes, PROT_READ | PROT_WRITE) != 0)
        return false;
    arena->guards_made = arena->guards_taken;
    return true;
}

// Where the next `size_bytes` at `alignment` would start; 0 when the reserve does not hold them.
static size_t find_offset(const struct arena *arena, size_t size_bytes, size_t alignment)
{
    size_t offset = (arena->used_bytes + alignment - 1) & ~(alignment - 1);
    if (offset < arena->used_bytes || offset > arena->reserved_bytes ||
        size_bytes > arena->reserved_bytes - offset)
        return 0;
    return offset;
}

static bool reaches_leftover_guard(const struct arena *arena, size_t end)
{
    return arena->guards_taken < arena->guards_made &&
           arena->guards[arena->guards_taken].offset_bytes < end;
}

void *arena_take(struct arena *arena, size_t size_bytes, size_t alignment)
{
    size_t offset = find_offset(arena, size_bytes, alignment);
    if (offset == 0)
        return NULL;
    if (reaches_leftover_guard(arena, offset + size_bytes) && !open_leftover_guards(arena))
        return NULL;

    arena->used_bytes = offset + size_bytes;
    return arena_base(arena) + offset;
}

static bool is_leftover_guard(const struct arena *arena, struct guard guard)
{
    if (arena->guards_taken == arena->guards_made)
        return false;
    const struct guard *leftover = &arena->guards[arena->guards_taken];
    return leftover->offset_bytes == guard.offset_bytes && leftover->size_bytes == guard.size_bytes;
}

static bool close_guard(struct arena *arena, struct guard guard)
{
    if (is_leftover_guard(arena, guard))
        return true;
    if (arena->guards_taken == ARENA_MAX_GUARDS || !open_leftover_guards(arena))
        return false;
    if (mprotect(arena_base(arena) + guard.offset_bytes, guard.size_bytes, PROT_NONE) != 0)
        return false;
    arena->guards[arena->guards_made++] = guard;
    return true;
}

void *arena_guard(struct arena *arena, size_t size_bytes)
{
    const size_t unit = ARENA_GUARD_UNIT_BYTES;
    if (size_bytes == 0 || size_bytes > arena->reserved_bytes)
        return NULL;
    size_t rounded_bytes = (size_bytes + unit - 1) & ~(unit - 1);
    size_t offset = find_offset(arena, rounded_bytes, unit);
    if (offset == 0)
        return NULL;
    struct guard guard = {.offset_bytes = offset, .size_bytes = rounded_bytes};
    if (!close_guard(arena, guard))
        return NULL;

    arena->guards_taken++;
    arena->used_bytes = offset + rounded_bytes;
    return arena_base(arena) + offset;
}

// How far to clear in place: to the first guard, the end or the limit, whichever comes first. All
// but the end lie on a page boundary, as giving back the rest needs.
static size_t find_clear_end(const struct arena *arena)
{
    size_t end = arena->used_bytes;
    if (arena->guards_taken > 0)
        end = arena->guards[0].offset_bytes;
    return end < CLEAR_IN_PLACE_LIMIT_BYTES ? end : CLEAR_IN_PLACE_LIMIT_BYTES;
}

bool arena_reset(struct arena *arena)
{
    size_t clear_end = find_clear_end(arena);
    size_t rest_bytes = arena->used_bytes - clear_end;
    arena_forget_poison(arena, arena->used_bytes);
    if (rest_bytes > 0 && madvise(arena_base(arena) + clear_end, rest_bytes, MADV_DONTNEED) != 0)
        return false;

    memset(arena + 1, 0, clear_end - sizeof *arena);
    arena->used_bytes = sizeof *arena;
    arena->guards_taken = 0;
    return true;
}

unsigned char *arena_base(struct arena *arena)
{
    return (unsigned char *)arena;
}

size_t arena_used(const struct arena *arena)
{
    return arena->used_bytes;
}

void arena_forget_poison(const void *start, size_t size_bytes)
{
#if ARENA_HAS_ASAN
    __asan_unpoison_memory_region(start, size_bytes);
#else
    (void)start;
    (void)size_bytes;
#endif
}
