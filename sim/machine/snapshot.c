// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "snapshot.h"

#include <assert.h>
#include <string.h>

#include "world.h"

// A piece of the arena.
struct part {
    unsigned char *start;
    size_t size;
};

enum { WORLD_PARTS = 4, APP_PARTS = 2, MAX_PARTS = WORLD_PARTS + APP_PARTS * MAX_PROCESSES };

// What stands in the buffer; the bytes of all parts follow, one after another.
struct snapshot {
    const struct world *world; // that it was made of
    size_t part_count;
    struct part parts[];
};

struct part_list {
    size_t count;
    struct part parts[MAX_PARTS];
};

// ---- what there is to copy

static void add(struct part_list *list, void *start, size_t size)
{
    if (size > 0)
        list->parts[list->count++] = (struct part){start, size};
}

// Processes got their RAM one after another from the start.
static size_t ram_in_use(const struct world *world)
{
    if (world->process_count == 0)
        return 0;
    return process_memory_end(&world->processes[world->process_count - 1]) - world->board.ram_start;
}

static void add_app(struct part_list *list, const struct app *app)
{
    add(list, app->memory, app->memory_used);
    if (!app->started)
        return;
    const unsigned char *top = coroutine_stack_pointer(&app->coroutine);
    size_t unused = (size_t)(top - app->stack);
    add(list, app->stack + unused, app->stack_size - unused);
}

static void list_parts(const struct world *world, struct part_list *list)
{
    list->count = 0;
    add(list, (struct world *)(uintptr_t)world, sizeof *world);
    add(list, world->processes, world->kernel.process_slots * sizeof *world->processes);
    add(list, world->apps, world->process_count * sizeof *world->apps);
    add(list, world->ram, ram_in_use(world));
    for (uint32_t i = 0; i < world->process_count; i++)
        add_app(list, &world->apps[i]);
}

static size_t size_of(const struct part_list *list)
{
    size_t size = sizeof(struct snapshot) + list->count * sizeof(struct part);

    for (size_t i = 0; i < list->count; i++)
        size += list->parts[i].size;
    return size;
}

// Stacks are about to be read or written as plain memory.
static void forget_frames(const struct world *world)
{
    for (uint32_t i = 0; i < world->process_count; i++) {
        const struct app *app = &world->apps[i];

        arena_forget_poison(app->stack - COROUTINE_GUARD_BYTES,
                            COROUTINE_GUARD_BYTES + app->stack_size);
    }
}

// ---- there and back

size_t snapshot_size(const struct world *world)
{
    struct part_list list;

    list_parts(world, &list);
    return size_of(&list);
}

size_t snapshot_take(const struct world *world, void *buffer, size_t size)
{
    struct snapshot *snapshot = buffer;
    struct part_list list;
    unsigned char *to;

    assert(!world->running);
    list_parts(world, &list);
    if (size_of(&list) > size)
        return 0;
    *snapshot = (struct snapshot){.world = world, .part_count = list.count};
    memcpy(snapshot->parts, list.parts, list.count * sizeof list.parts[0]);
    to = (unsigned char *)&snapshot->parts[list.count];
    forget_frames(world);
    for (size_t i = 0; i < list.count; to += list.parts[i++].size)
        memcpy(to, list.parts[i].start, list.parts[i].size);
    return size_of(&list);
}

static void put_parts(const struct snapshot *snapshot)
{
    const unsigned char *from = (const unsigned char *)&snapshot->parts[snapshot->part_count];

    for (size_t i = 0; i < snapshot->part_count; from += snapshot->parts[i++].size)
        memcpy(snapshot->parts[i].start, from, snapshot->parts[i].size);
}

void snapshot_restore(struct world *world, const void *buffer)
{
    const struct snapshot *snapshot = buffer;
    const volatile int *stop_request = world->stop_request;
    uint64_t wanted_events = world->kernel.wanted_events;
    size_t sink_count = world->sink_count;
    struct sink *sinks[WORLD_MAX_SINKS];

    assert(snapshot->world == world && !world->running);
    memcpy(sinks, world->sinks, sizeof sinks);
    forget_frames(world);
    put_parts(snapshot);
    memcpy(world->sinks, sinks, sizeof sinks);
    world->sink_count = sink_count;
    world->kernel.wanted_events = wanted_events;
    world->stop_request = stop_request;
}
