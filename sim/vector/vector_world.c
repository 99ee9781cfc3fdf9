// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "vector_world.h"

#include "../../core/ipc.h"
#include "dummy_driver.h"
#include "vector_body.h"
#include "vector_sink.h"

// The builds that the vectors were recorded on. One cycle is a microsecond: time passes
// in system calls, if the vector says so, and where a process burns it.
static struct board board_of(const struct vector *vector)
{
    struct board board = {
        .name = "vector",
        .about = "the machine of the kernel vectors",
        .unit = vector->unit,
        .ram_start = vector->ram_start,
        .ram_size = vector->ram_size,
        .flash_start = vector->flash_start,
        .flash_size = vector->flash_size,
        .sizes = {.task = 36, .process_struct = 880, .initial_app_brk = 32},
        .cost = {.cycles_per_us = 1, .syscall = vector->syscall_us},
    };

    switch (vector->unit) {
    case UNIT_PMP:
        board.regions = 8;
        board.min_region_size = 4;
        board.sizes.process_struct = 888;
        board.sizes.initial_app_brk = 0;
        break;
    case UNIT_NONE:
        board.sizes.process_struct = 656;
        break;
    default:
        board.regions = 8;
        board.min_region_size = 32;
        break;
    }
    return board;
}

static struct driver_list drivers_of(const struct vector *vector)
{
    return (struct driver_list){.list = {ipc_driver((uint8_t)vector->num_procs), dummy_driver()},
                                .count = vector->dummy ? 2 : 1};
}

static void set_up_process(const struct vector *vector, const struct vector_process *from,
                           struct world_process *process)
{
    *process = (struct world_process){
        .name = (const char *)vector->bytes + from->name,
        .name_length = from->name_length,
        .ram_size = from->ram_size,
        .flash_size = from->flash_size,
        .fault_policy = from->has_fault_policy ? &from->fault_policy : NULL,
        .body = &vector_body,
        .argument = (void *)(uintptr_t)vector,
        .memory_size = vector_body_memory_size,
    };
}

static struct world *world_for(const struct vector *vector, enum world_result *result)
{
    struct world_process processes[MAX_PROCESSES];
    size_t count = vector->process_count < vector->slots ? vector->process_count : vector->slots;
    struct board board = board_of(vector);
    struct world *world;

    for (size_t i = 0; i < count; i++)
        set_up_process(vector, &vector->processes[i], &processes[i]);
    world = world_new(
        &(struct world_setup){
            .board = &board,
            .scheduler = vector->scheduler,
            .order = vector->order,
            .fault_policy = vector->fault_policy,
            .process_slots = vector->slots,
            .drivers = drivers_of(vector),
            .unused_grants = vector->unused_grants,
            .check_stack_pointer = vector->stack_check && vector->unit != UNIT_PMP,
            .until_us = UINT64_MAX,
            .keep_partial = true,
        },
        processes, count, result, NULL);
    if (world)
        world->stop_request = vector_limit_reached(world);
    return world;
}

// The turn that would be one too many does not happen.
static void run(struct world *world)
{
    while (world->state == WORLD_RUNNING && vector_count_step(world))
        world_step(world);
}

enum world_result vector_trace(const struct vector *vector, FILE *out)
{
    struct vector_sink sink;
    enum world_result result;
    struct world *world = world_for(vector, &result);

    if (!world)
        return result;
    vector_sink_init(&sink, out, vector, world);
    world_add_sink(world, &sink.sink);
    sink.sink.begin(&sink.sink, NULL);
    run(world);
    sink.sink.end(&sink.sink, NULL);
    world_free(world);
    return WORLD_OK;
}
