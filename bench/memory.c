// SPDX-License-Identifier: Apache-2.0 OR MIT
// Host memory that one more idle process takes: pages of the arena that were touched, in a world
// of many processes less those in a world of half as many. Its RAM on the board is part of that,
// so a service with 4 KiB of it and an IPC grant weighs more than a process that does nothing.
#define _DEFAULT_SOURCE 1 // mincore

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bench.h"
#include "pair.h"
#include "script.h"

// Enough that pages which several processes share are counted by their share.
enum { FEWER = 32, MORE = 64, TURNS = 1000, PAGES_AT_ONCE = 4096 };

// Each world gets a slot that nobody used before: an arena used again has its first pages
// touched. All other measurements use the first few.
enum { SLOT_C = 32, SLOT_C_SERVICE = 34, SLOT_LUA = 36 };

// As little as an app gets along with.
enum { IDLE_RAM_BYTES = 512 };

static const double goal_c_bytes = 8 * 1024;
static const double goal_lua_bytes = 96 * 1024;

static const char script[] = "-- Services that nobody ever asks, for measurements.\n"
                             "scenario { about = 'services that nobody asks' }\n"
                             "for p = 1, param('processes', 1) do\n"
                             "  process('service' .. p, function()\n"
                             "    expect(ipc.register_service(function() end))\n"
                             "    while true do yield() end\n"
                             "  end)\n"
                             "end\n";

// How many of these pages are in memory; -1 with `error` set: the host does not say.
static long count_some(unsigned char *start, size_t pages, size_t page_bytes, struct message *error)
{
    unsigned char present[PAGES_AT_ONCE];
    long count = 0;

    if (mincore(start, pages * page_bytes, present) != 0) {
        message_set(error, "the host does not say which pages are used: %s", strerror(errno));
        return -1;
    }
    for (size_t i = 0; i < pages; i++)
        count += present[i] & 1;
    return count;
}

// Bytes of the arena in pages that were touched; negative with `error` set.
static double touched_bytes(const struct world *world, struct message *error)
{
    size_t page_bytes = (size_t)sysconf(_SC_PAGESIZE);
    size_t pages = (arena_used(world->arena) + page_bytes - 1) / page_bytes;
    unsigned char *base = arena_base(world->arena);
    double touched = 0;

    for (size_t i = 0; i < pages; i += PAGES_AT_ONCE) {
        size_t some = pages - i < PAGES_AT_ONCE ? pages - i : PAGES_AT_ONCE;
        long count = count_some(base + i * page_bytes, some, page_bytes, error);

        if (count < 0)
            return -1;
        touched += (double)count * (double)page_bytes;
    }
    return touched;
}

// What the world takes once all its processes wait; ends it.
static double weigh(struct world *world, struct message *error)
{
    double bytes = -1;

    machine_run(world, TURNS);
    if (world->state == WORLD_QUIESCENT && !world->verdict.failed)
        bytes = touched_bytes(world, error);
    else
        message_set(error, "its processes do not come to rest: %s", world->verdict.text);
    world_free(world);
    return bytes;
}

// Does nothing, ever: the program of a process that its upcalls have not called yet.
static void do_nothing(struct app *app)
{
    (void)app;
}

static const struct body idle = {.name = "idle", .reset = do_nothing, .run = do_nothing};

static const struct body *idle_of(uint32_t index, uint32_t count)
{
    (void)index;
    (void)count;
    return &idle;
}

// All are services: nobody is the first.
static const struct body *service_of(uint32_t index, uint32_t count)
{
    return pair_body_of(index + 1, count);
}

static double weigh_machine(const struct machine *machine, struct message *error)
{
    struct world *world = machine_new(machine, error);

    return world ? weigh(world, error) : -1;
}

static double weigh_idle(uint32_t count, uint32_t slot, struct message *error)
{
    const struct machine machine = {.count = count,
                                    .num_procs = MORE,
                                    .ram_size = IDLE_RAM_BYTES,
                                    .arena_slot = slot,
                                    .body_of = idle_of};

    return weigh_machine(&machine, error);
}

static double weigh_service(uint32_t count, uint32_t slot, struct message *error)
{
    const struct machine machine = {
        .count = count, .num_procs = MORE, .arena_slot = slot, .body_of = service_of};

    return weigh_machine(&machine, error);
}

static double weigh_lua(uint32_t count, uint32_t slot, struct message *error)
{
    struct scenario *scenario;
    struct world *world;
    double bytes = -1;
    char value[16];

    snprintf(value, sizeof value, "%u", (unsigned)count);
    scenario = script_open(script, "processes", value, error);
    if (!scenario)
        return -1;
    world = script_world_new(scenario, slot, error);
    if (world)
        bytes = weigh(world, error);
    scenario_close(scenario);
    return bytes;
}

typedef double weigh_some(uint32_t count, uint32_t slot, struct message *error);

static bool report(struct figures *figures, const char *name, double goal, uint32_t slot,
                   weigh_some *weigh_count, struct message *error)
{
    double fewer = weigh_count(FEWER, slot, error);
    double more = fewer < 0 ? -1 : weigh_count(MORE, slot + 1, error);

    if (more < 0)
        return false;
    figures_add(figures,
                &(struct figure){.unit = "bytes",
                                 .value = (more - fewer) / (MORE - FEWER),
                                 .reference = FIGURE_NONE,
                                 .ratio = FIGURE_NONE,
                                 .goal = goal},
                "memory/%s", name);
    return true;
}

bool bench_memory(struct figures *figures, const struct effort *effort, struct message *error)
{
    (void)effort;
    return report(figures, "c", goal_c_bytes, SLOT_C, weigh_idle, error) &&
           report(figures, "c_service", FIGURE_NONE, SLOT_C_SERVICE, weigh_service, error) &&
           report(figures, "lua", goal_lua_bytes, SLOT_LUA, weigh_lua, error);
}
