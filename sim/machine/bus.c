// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "bus.h"

#include <stddef.h>
#include <string.h>

#include "../../core/ipc.h"
#include "../../core/recording.h"
#include "unit_regions.h"
#include "world.h"

// What a core does in one access; more is a run.
enum { LARGEST_ACCESS_BYTES = 4 };

// ---- answers that the unit has already given

// Registers were written since: forgets the spans unless they are again what they were when the
// spans were asked.
static void compare_registers(struct bus_cache *cache, const struct mpu_hw *hw)
{
    if (!mpu_hw_is_same(&cache->registers, hw)) {
        cache->registers = *hw;
        memset(cache->spans, 0, sizeof cache->spans);
    }
    cache->generation = hw->generation;
}

static inline struct bus_span *find_span(struct bus_cache *cache, enum access_op op, uaddr address)
{
    for (uint32_t i = 0; i < BUS_SPANS; i++) {
        struct bus_span *span = &cache->spans[op][i];

        if (span->is_valid && address >= span->lo && address <= span->hi)
            return span;
    }
    return NULL;
}

COLD static struct bus_span *ask_span(struct bus_cache *cache, const struct mpu_hw *hw,
                                      enum access_op op, uaddr address)
{
    struct bus_span *span = &cache->spans[op][cache->next++ % BUS_SPANS];

    mpu_hw_span(hw, address, unit_op(op), false, &span->lo, &span->hi);
    span->is_allowed = mpu_hw_check(hw, address, 1, unit_op(op), false).fault == MPU_FAULT_NONE;
    span->is_valid = true;
    return span;
}

static inline const struct bus_span *span_at(struct world *world, struct app *app, uaddr address,
                                             enum access_op op)
{
    const struct mpu_hw *hw = &world->protection.hw;
    const struct bus_span *span;

    if (app->bus.generation != hw->generation)
        compare_registers(&app->bus, hw);
    span = find_span(&app->bus, op, address);
    return span ? span : ask_span(&app->bus, hw, op, address);
}

// A run of bytes is many accesses: it may cross from one region into the next, where a
// single access may not (PMP).
COLD static bool unit_allows_run(struct world *world, struct app *app, uaddr address, uint32_t size,
                                 enum access_op op)
{
    const struct bus_span *span = span_at(world, app, address, op);

    while (span->is_allowed && size - 1 > span->hi - address) {
        size -= span->hi + 1 - address;
        address = span->hi + 1;
        span = span_at(world, app, address, op);
    }
    return span->is_allowed;
}

// Whether the unit allows all of [address, address + size); `size` at least 1.
static inline bool unit_allows(struct world *world, struct app *app, uaddr address, uint32_t size,
                               enum access_op op)
{
    const struct bus_span *span = span_at(world, app, address, op);

    if (LIKELY(size - 1 <= span->hi - address))
        return span->is_allowed;
    if (size > LARGEST_ACCESS_BYTES)
        return unit_allows_run(world, app, address, size, op);
    return mpu_hw_check(&world->protection.hw, address, size, unit_op(op), false).fault ==
           MPU_FAULT_NONE;
}

// ---- buffers of other processes

static bool is_in_memory_of(const struct process *process, uaddr address)
{
    return process->loaded && address - process->memory_start < process->memory_size;
}

COLD static const struct process *search_owner(const struct world *world, uaddr address)
{
    for (uint32_t i = 0; i < world->process_count; i++)
        if (is_in_memory_of(&world->processes[i], address))
            return &world->processes[i];
    return NULL;
}

// Whose memory it is; `guess` is asked first, as there may be many processes.
static const struct process *owner_of(const struct world *world, uaddr address, uint32_t guess)
{
    const struct process *process = &world->processes[guess];

    return is_in_memory_of(process, address) ? process : search_owner(world, address);
}

COLD static void report_stale(struct world *world, struct app *app, enum access_op op,
                              uaddr address, uint32_t size, const struct process *owner)
{
    struct bus_cache *cache = &app->bus;
    const struct bus_span *span = find_span(cache, op, address);
    uaddr region = span ? span->lo : address;

    if (cache->stale_owner == owner->id.index && cache->stale_region == region)
        return;
    cache->stale_owner = owner->id.index;
    cache->stale_region = region;
    RECORD(&world->kernel, app->index, stale_access, .op = op, .address = address, .size = size,
           .owner = owner->id.index);
}

// An access to another process's memory that the unit allows: is the buffer still
// shared? What is can change only while this process does not run, so one look at the
// grant lasts until the next switch.
static void check_sharing(struct world *world, struct app *app, enum access_op op, uaddr address,
                          uint32_t size)
{
    struct bus_cache *cache = &app->bus;
    const struct grant_type *type;
    const struct process *owner;
    struct grant_buffer buffer;

    if (cache->foreign_switch == world->switches && address >= cache->foreign_lo &&
        address + size - 1 <= cache->foreign_hi)
        return;
    owner = owner_of(world, address, cache->foreign_owner);
    if (!owner)
        return;
    cache->foreign_owner = owner->id.index;
    type = &kernel_driver(&world->kernel, IPC_DRIVER_NUM)->grant;
    buffer = grant_peek_allow_rw(&world->kernel, type, owner, app->index);
    if (address - buffer.start >= buffer.size || size > buffer.size - (address - buffer.start)) {
        report_stale(world, app, op, address, size, owner);
        return;
    }
    cache->foreign_switch = world->switches;
    cache->foreign_lo = buffer.start;
    cache->foreign_hi = buffer.start + buffer.size - 1;
    if (cache->stale_owner == owner->id.index)
        cache->stale_owner = NO_PROCESS;
}

// ---- accesses

static bool is_ram(const struct world *world, uaddr address)
{
    return address - world->board.ram_start < world->board.ram_size;
}

// The memory that takes such an access, whatever the unit says; NULL: none (flash takes no
// store).
static inline uint8_t *target(const struct world *world, uaddr address, uint32_t size,
                              enum access_op op)
{
    return op == ACCESS_STORE ? world_ram(world, address, size)
                              : world_memory(world, address, size);
}

// The host's view of memory that this access may touch; NULL: refused.
static inline uint8_t *grant_access(struct world *world, uint32_t process, uaddr address,
                                    uint32_t size, enum access_op op)
{
    struct app *app = &world->apps[process];
    uint8_t *bytes = target(world, address, size, op);

    if (UNLIKELY(!bytes || !unit_allows(world, app, address, size, op)))
        return NULL;
    if (!is_in_memory_of(&world->processes[process], address) && is_ram(world, address))
        check_sharing(world, app, op, address, size);
    return bytes;
}

bool bus_load(struct world *world, uint32_t process, uaddr address, uint32_t size, uint32_t *value)
{
    const uint8_t *bytes = grant_access(world, process, address, size, ACCESS_LOAD);
    uint32_t word = 0;

    if (!bytes)
        return false;
    for (uint32_t i = 0; i < size; i++)
        word |= (uint32_t)bytes[i] << (8 * i);
    *value = word;
    return true;
}

bool bus_store(struct world *world, uint32_t process, uaddr address, uint32_t size, uint32_t value)
{
    uint8_t *bytes = grant_access(world, process, address, size, ACCESS_STORE);

    if (!bytes)
        return false;
    for (uint32_t i = 0; i < size; i++)
        bytes[i] = (uint8_t)(value >> (8 * i));
    return true;
}

// The first byte of the range that is refused; the first of all where only the whole is.
COLD static uaddr first_refused(struct world *world, uint32_t process, uaddr address, uint32_t size,
                                enum access_op op)
{
    uint32_t i = 0;

    while (i < size && bus_allows(world, process, address + i, 1, op))
        i++;
    return i < size ? address + i : address;
}

static uint8_t *grant_run(struct world *world, uint32_t process, uaddr address, uint32_t size,
                          enum access_op op, uaddr *refused)
{
    uint8_t *bytes = grant_access(world, process, address, size, op);

    if (!bytes && refused)
        *refused = first_refused(world, process, address, size, op);
    return bytes;
}

bool bus_read(struct world *world, uint32_t process, uaddr address, void *bytes, uint32_t size,
              uaddr *refused)
{
    const uint8_t *from;

    if (size == 0)
        return true;
    from = grant_run(world, process, address, size, ACCESS_LOAD, refused);
    if (from)
        memcpy(bytes, from, size);
    return from != NULL;
}

bool bus_write(struct world *world, uint32_t process, uaddr address, const void *bytes,
               uint32_t size, uaddr *refused)
{
    uint8_t *to;

    if (size == 0)
        return true;
    to = grant_run(world, process, address, size, ACCESS_STORE, refused);
    if (to)
        memcpy(to, bytes, size);
    return to != NULL;
}

bool bus_allows(struct world *world, uint32_t process, uaddr address, uint32_t size,
                enum access_op op)
{
    return size == 0 || (target(world, address, size, op) &&
                         unit_allows(world, &world->apps[process], address, size, op));
}
