// SPDX-License-Identifier: Apache-2.0 OR MIT
// A copy of a world in the host's memory, to go back to.
//
// It holds what changes while a world runs and is in use: the world itself with its kernel,
// clock and protection unit, its processes and apps, the RAM that processes were given, and of
// each app the part of its stack and memory that it uses. It takes and puts it all with memcpy,
// so an app must say in memory_used how much of its memory counts. A copy fits only the world
// that it was made of, in the same start of the program: it is full of addresses.
#pragma once

#include <stddef.h>

struct world;

// Bytes that a copy of the world takes as it stands.
size_t snapshot_size(const struct world *world);

// Copies the world into `buffer`, aligned as malloc aligns, of `size` bytes. Between two steps
// only, never from inside of a body. Returns the bytes used; 0, with nothing written, when they
// are more than `size`.
size_t snapshot_take(const struct world *world, void *buffer, size_t size);

// Makes the world what it was at snapshot_take, between two steps only. What its host attached
// to it (sinks, the stop request) stays as it is now. The copy may be restored any number of
// times.
void snapshot_restore(struct world *world, const void *buffer);
