// SPDX-License-Identifier: Apache-2.0 OR MIT
// Making a world: its memory, its kernel, its processes.
#include <string.h>

#include "../../core/port.h"
#include "app_header.h"
#include "world_private.h"

enum {
    STACK_DEFAULT_BYTES = 64 * 1024,
    ARENA_SLACK_BYTES = 1 << 20,
};

// ---- memory

static size_t stack_size_of(const struct world_process *process)
{
    return process->stack_size ? process->stack_size : STACK_DEFAULT_BYTES;
}

static size_t reserve_for(const struct world_setup *setup, const struct world_process *processes,
                          size_t count)
{
    size_t size = ARENA_SLACK_BYTES + sizeof(struct world) +
                  setup->process_slots * sizeof(struct process) + count * sizeof(struct app) +
                  count * sizeof(struct view_process) + setup->board->ram_size +
                  setup->board->flash_size;

    for (size_t i = 0; i < count; i++)
        size += processes[i].name_length + 1 + stack_size_of(&processes[i]) +
                processes[i].memory_size + 3 * ARENA_GUARD_UNIT_BYTES;
    return size;
}

// What is small and busy first, stacks and heaps last: see arena_reset.
static struct world *take_parts(struct arena *arena, const struct world_setup *setup, size_t count)
{
    struct world *world = arena_take(arena, sizeof *world, _Alignof(struct world));

    if (!world)
        return NULL;
    world->arena = arena;
    world->board = *setup->board;
    world->rules = board_rules(setup->board, setup->rules ? setup->rules : &kernel_rules_2_1);
    world->processes = arena_take(arena, setup->process_slots * sizeof *world->processes,
                                  _Alignof(struct process));
    world->apps = arena_take(arena, count * sizeof *world->apps, _Alignof(struct app));
    world->view_processes =
        arena_take(arena, count * sizeof *world->view_processes, _Alignof(struct view_process));
    world->ram = arena_take(arena, setup->board->ram_size, 64);
    world->flash = arena_take(arena, setup->board->flash_size, 64);
    return world->processes && world->apps && world->view_processes && world->ram && world->flash
               ? world
               : NULL;
}

static bool take_app(struct world *world, uint32_t index, const struct world_process *process)
{
    struct app *app = &world->apps[index];

    app->world = world;
    app->index = index;
    app->body = process->body;
    app->argument = process->argument;
    app->expects_done = process->expects_done;
    app->stack_size = stack_size_of(process);
    app->memory_size = process->memory_size;
    if (!arena_guard(world->arena, COROUTINE_GUARD_BYTES))
        return false;
    app->stack = arena_take(world->arena, app->stack_size, 64);
    if (app->memory_size > 0)
        app->memory = arena_take(world->arena, app->memory_size, 64);
    return app->stack && (app->memory || app->memory_size == 0);
}

static const char *copy_name(struct world *world, const struct world_process *process)
{
    char *name = arena_take(world->arena, process->name_length + 1, 1);

    if (name)
        memcpy(name, process->name, process->name_length);
    return name;
}

static bool take_apps(struct world *world, const struct world_process *processes, size_t count)
{
    for (uint32_t i = 0; i < count; i++)
        if (!take_app(world, i, &processes[i]))
            return false;
    return true;
}

static bool init_protection(struct world *world)
{
    const struct protection_setup setup = board_protection(&world->board, &world->rules);

    return protection_init(&world->protection, &setup);
}

static void init_kernel(struct world *world, const struct world_setup *setup)
{
    world->drivers = setup->drivers;
    for (uint32_t i = 0; i < world->drivers.count; i++)
        world->drivers.list[i].grant.number = i;
    operators_init(world, &setup->operators);
    kernel_init(&world->kernel, &(struct kernel_setup){
                                    .port = world,
                                    .rules = &world->rules,
                                    .mpu = &world->protection.mpu,
                                    .processes = world->processes,
                                    .process_slots = setup->process_slots,
                                    .drivers = world->drivers.list,
                                    .driver_count = world->drivers.count,
                                    .unused_grants = setup->unused_grants,
                                    .sizes = setup->board->sizes,
                                    .scheduler = setup->scheduler,
                                    .order = setup->order,
                                });
}

// Flash and RAM that no process has yet.
struct room {
    uaddr flash_start;
    uaddr ram_start;
    uint32_t ram_size;
};

static struct process_load load_of(struct world *world, const struct world_setup *setup,
                                   const struct world_process *process, uaddr flash_start)
{
    return (struct process_load){
        .name = copy_name(world, process),
        .name_length = process->name_length,
        .flash_start = flash_start,
        .flash_size = process->flash_size,
        .flash_protected_size = app_header_size(process->name_length),
        .ram_size = process->ram_size,
        .fault_policy = process->fault_policy ? *process->fault_policy : setup->fault_policy,
    };
}

// Writes the image that is loaded. False: flash ends before it does.
static bool write_image(const struct world *world, const struct process_load *load)
{
    uint8_t *image = world_memory(world, load->flash_start, load->flash_size);

    if (!image || load->flash_size < load->flash_protected_size)
        return false;
    app_header_write(&(struct app_header){.total_size = load->flash_size,
                                          .ram_size = load->ram_size,
                                          .name = load->name,
                                          .name_length = load->name_length},
                     image);
    return true;
}

static enum load_result load_process(struct world *world, const struct world_setup *setup,
                                     const struct world_process *process, struct room *room)
{
    struct process_load load = load_of(world, setup, process, room->flash_start);

    if (!load.name)
        return LOAD_NOT_ENOUGH_MEMORY;
    room->flash_start += load.flash_size;
    if (!write_image(world, &load))
        return LOAD_NOT_ENOUGH_FLASH;
    return process_load(&world->kernel, world->process_count, &load, &room->ram_start,
                        &room->ram_size);
}

// Loads all processes in order, as Tock's loader walks flash: the images lie one directly behind
// the other. Stops at the first that does not fit.
static enum load_result load_processes(struct world *world, const struct world_setup *setup,
                                       const struct world_process *processes, size_t count)
{
    struct room room = {.flash_start = world->board.flash_start,
                        .ram_start = world->board.ram_start,
                        .ram_size = world->board.ram_size};
    enum load_result result = LOAD_OK;

    for (size_t i = 0; i < count && result == LOAD_OK; i++) {
        result = load_process(world, setup, &processes[i], &room);
        world->process_count += result == LOAD_OK;
    }
    return result;
}

static const uint8_t *memory_for_sinks(const void *world, uaddr start, uint32_t size)
{
    return world_memory(world, start, size);
}

static bool place_for_sinks(const void *source, uint32_t process, uaddr address,
                            struct view_place *place)
{
    const struct world *world = source;
    const struct app *app = &world->apps[process];

    return app->body->place && app->body->place(app, address, place);
}

static void fill_view(struct world *world)
{
    for (uint32_t i = 0; i < world->process_count; i++) {
        const struct process *process = &world->processes[i];

        world->view_processes[i] = (struct view_process){.name = process->name,
                                                         .name_length = process->name_length,
                                                         .id = process->id.identifier,
                                                         .memory_start = process->memory_start,
                                                         .memory_size = process->memory_size,
                                                         .flash_start = process->flash_start,
                                                         .flash_size = process->flash_size};
    }
    for (uint32_t i = 0; i < world->drivers.count; i++)
        world->view_drivers[i] = (struct view_driver){.number = world->drivers.list[i].grant.driver,
                                                      .name = world->drivers.list[i].name};
    world->view = (struct view){.processes = world->view_processes,
                                .process_count = world->process_count,
                                .drivers = world->view_drivers,
                                .driver_count = world->drivers.count,
                                .memory = memory_for_sinks,
                                .place = place_for_sinks,
                                .source = world};
}

// Some cycles that make no microsecond do not count.
static uint64_t expiring_cycles(const struct board *board)
{
    return (uint64_t)(PORT_MIN_QUANTA_US + 1) * board->cost.cycles_per_us - 1;
}

static const volatile int never_stops = 0;

static enum world_result fill(struct world *world, const struct world_setup *setup,
                              const struct world_process *processes, size_t count)
{
    if (!take_apps(world, processes, count) || !init_protection(world))
        return WORLD_NO_ROOM;
    world->stop_request = &never_stops;
    chooser_seed(&world->chooser, setup->seed);
    devices_init(&world->devices);
    world->clock.expiring = expiring_cycles(&world->board);
    port_timer_reset(world);
    world->until = world_cycles(world, setup->until_us);
    world->check_stack_pointer = setup->check_stack_pointer;
    init_kernel(world, setup);
    world->load_result = load_processes(world, setup, processes, count);
    world->load_failed = world->process_count;
    fill_view(world);
    return world->load_result == LOAD_OK || setup->keep_partial ? WORLD_OK : WORLD_LOAD_FAILED;
}

struct world *world_new(const struct world_setup *setup, const struct world_process *processes,
                        size_t count, enum world_result *result, uint32_t *failed)
{
    struct arena *arena;
    struct world *world;

    (void)coroutine_host_init(); // without it an overflow ends the program, no more
    *result = WORLD_NO_MAPPING;
    if (arena_open(setup->arena_slot, reserve_for(setup, processes, count), &arena) != ARENA_OK)
        return NULL;
    world = take_parts(arena, setup, count);
    *result = world ? fill(world, setup, processes, count) : WORLD_NO_ROOM;
    if (*result == WORLD_OK)
        return world;
    if (*result == WORLD_LOAD_FAILED && failed)
        *failed = world->load_failed;
    arena_close(arena);
    return NULL;
}

void world_free(struct world *world)
{
    arena_close(world->arena);
}
