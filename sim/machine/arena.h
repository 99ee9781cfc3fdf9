// SPDX-License-Identifier: Apache-2.0 OR MIT
// The memory of one world: one mapping at an address that is the same in every run.
//
// Because the address never changes, pointers inside an arena may be kept in it, and a world is
// copied and restored with memcpy. Memory is taken by moving a mark upwards and is never given
// back singly. The arena's own state is the first thing in the mapping, so it travels too.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#if defined(__SANITIZE_ADDRESS__)
#define ARENA_HAS_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_HAS_ASAN 1
#endif
#endif
#ifndef ARENA_HAS_ASAN
#define ARENA_HAS_ASAN 0
#endif

// Slot n starts at ARENA_FIRST_ADDRESS + n * ARENA_STRIDE_BYTES. Nothing else settles there on
// the hosts that we know. On x86-64 (47 bits) programs load at 0x55..., the kernel hands out
// mappings downwards from 0x7f..., the address sanitizer has its shadow below 0x100080000000 and
// its heap at 0x60... (gcc 12, clang 14) or 0x50... (newer). On arm64 (48 bits) programs load at
// 0xaa..., mappings come from 0xff..., the sanitizer's shadow ends at 0x201000000000.
#define ARENA_FIRST_ADDRESS 0x400000000000u
#define ARENA_STRIDE_BYTES  ((size_t)1 << 36)
#define ARENA_NUM_SLOTS     64u

// Guards start and end on this boundary. It is the largest page of any host (arm64 has kernels
// with 64 KiB pages), so a world has the same layout everywhere. A guard costs no memory.
#define ARENA_GUARD_UNIT_BYTES ((size_t)64 * 1024)

// One per coroutine stack (at most 255 processes) and some to spare.
#define ARENA_MAX_GUARDS 320u

#define ARENA_RESULTS(X)                                                                           \
    X(ARENA_OK, "the arena is mapped")                                                             \
    X(ARENA_BAD_SLOT, "there is no arena slot of that number")                                     \
    X(ARENA_BAD_SIZE, "the size does not hold the arena's own state, or exceeds a slot")           \
    X(ARENA_SLOT_TAKEN, "something else is mapped at the address of this arena slot")              \
    X(ARENA_NO_MEMORY, "the host refuses the address space (see ulimit -v, vm.overcommit_memory)")

enum arena_result {
#define ARENA_RESULT_NAME(name, text) name,
    ARENA_RESULTS(ARENA_RESULT_NAME)
#undef ARENA_RESULT_NAME
};

struct arena;

// Maps slot `slot` with room for `reserved_bytes` (the arena's own state included) and hands it
// out in `*arena_out`, to be ended by arena_close. Memory of the host is used as pages are first
// touched. Refused with any result but ARENA_OK; `*arena_out` is then NULL and nothing is mapped.
enum arena_result arena_open(unsigned slot, size_t reserved_bytes, struct arena **arena_out);

// Unmaps everything, `arena` itself included.
void arena_close(struct arena *arena);

// A sentence for people, without full stop.
const char *arena_result_text(enum arena_result result);

// Takes `size_bytes` of zeroed memory at a multiple of `alignment` (a power of two).
// NULL when the reserve does not hold them; nothing is taken then.
void *arena_take(struct arena *arena, size_t size_bytes, size_t alignment);

// Takes a stretch that faults at any access and returns its lowest address: `size_bytes` (rounded
// up to ARENA_GUARD_UNIT_BYTES) at a multiple of that unit. What is taken next starts right above.
// NULL, with nothing taken, when the reserve, the table of guards or the host has no room.
void *arena_guard(struct arena *arena, size_t size_bytes);

// Forgets everything taken; what is taken next reads as zero again. False when the host will not
// clear it (locked memory): the arena can then only be closed.
// Made for building one world after another. What lies below the first guard is cleared in place
// (400 KiB: 3 us, where giving the pages back and faulting them in anew takes 170 us). What lies
// above is large and hardly touched, and goes back to the host. A guard that the next world puts
// where this one had it costs nothing (a new one: 4 us). So take first what is small and busy,
// stacks and heaps last.
bool arena_reset(struct arena *arena);

// What is in use: [arena_base, arena_base + arena_used), with guards in it if any were taken.
unsigned char *arena_base(struct arena *arena);
size_t arena_used(const struct arena *arena);

// Makes the address sanitizer forget the red zones that abandoned stack frames left in a range.
// Needed before memory that was a stack is copied, restored or used anew. Does nothing elsewhere.
void arena_forget_poison(const void *start, size_t size_bytes);
