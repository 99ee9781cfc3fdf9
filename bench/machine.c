// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "machine.h"

#include <string.h>

enum { RAM_DEFAULT_BYTES = 4096, FLASH_BYTES = 4096 };

void machine_explain(enum world_result result, struct message *error)
{
    static const char *const texts[] = {
#define X(NAME, text) text,
        WORLD_RESULTS(X)
#undef X
    };

    message_set(error, "no world to measure: %s", texts[result]);
}

static struct world_process process_of(const struct machine *machine, uint32_t index)
{
    const struct body *body = machine->body_of(index, machine->count);

    return (struct world_process){
        .name = body->name,
        .name_length = (uint32_t)strlen(body->name),
        .ram_size = machine->ram_size ? machine->ram_size : RAM_DEFAULT_BYTES,
        .flash_size = FLASH_BYTES,
        .body = body,
    };
}

struct world *machine_new(const struct machine *machine, struct message *error)
{
    struct world_process processes[MAX_PROCESSES];
    const struct world_setup setup = {
        .board = board_find(machine->board ? machine->board : "cortex-m4"),
        .fault_policy = {.kind = FAULT_POLICY_STOP},
        .process_slots = machine->count,
        .drivers = devices_board_drivers(machine->num_procs ? machine->num_procs : machine->count),
        .until_us = UINT64_MAX,
        .arena_slot = machine->arena_slot,
    };
    enum world_result result;
    struct world *world;

    for (uint32_t i = 0; i < machine->count; i++)
        processes[i] = process_of(machine, i);
    world = world_new(&setup, processes, machine->count, &result, NULL);
    if (!world)
        machine_explain(result, error);
    return world;
}

void machine_run(struct world *world, uint32_t turns)
{
    (void)world_run(world, turns);
}
