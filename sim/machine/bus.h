// SPDX-License-Identifier: Apache-2.0 OR MIT
// Between processes and memory: every access of a process is asked of the hardware
// model of the protection unit, with the registers as they stand.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "../../core/abi.h"
#include "../../core/event.h"

struct world;

// 1, 2 or 4 bytes, little-endian, any alignment. False: the unit refuses, or there
// is no such memory; nothing is read or written. Nothing is recorded.
bool bus_load(struct world *world, uint32_t process, uaddr address, uint32_t size, uint32_t *value);
bool bus_store(struct world *world, uint32_t process, uaddr address, uint32_t size, uint32_t value);

// A run of bytes, all or nothing: many accesses if more than 4 bytes, else one. `refused` (may be
// NULL) is the first byte refused.
bool bus_read(struct world *world, uint32_t process, uaddr address, void *bytes, uint32_t size,
              uaddr *refused);
bool bus_write(struct world *world, uint32_t process, uaddr address, const void *bytes,
               uint32_t size, uaddr *refused);

// Whether the unit would allow it, without touching anything.
bool bus_allows(struct world *world, uint32_t process, uaddr address, uint32_t size,
                enum access_op op);
