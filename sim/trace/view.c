// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "view.h"

#include <assert.h>
#include <stdlib.h>

#include "../../core/ipc.h"
#include "../base/allocate.h"

void cast_open(struct cast *cast)
{
    struct world *world = &cast->world;

    *cast = (struct cast){0};
    world->processes = allocate(MAX_PROCESSES, sizeof *world->processes);
    world->drivers[0] = ipc_driver(1, 0);
    world->drivers[1] = alarm_driver(1);
    world->drivers[2] = console_driver(2);
    world->kernel.drivers = world->drivers;
    world->kernel.driver_count = 3;
}

void cast_close(struct cast *cast)
{
    for (uint32_t i = 0; i < cast->world.process_count; i++)
        free((void *)(uintptr_t)cast->world.processes[i].name);
    free(cast->world.processes);
    free(cast->world.ram);
}

void cast_add(struct cast *cast, const struct cast_process *process)
{
    struct world *world = &cast->world;

    assert(world->process_count < MAX_PROCESSES);
    world->processes[world->process_count++] = (struct process){
        .name = allocate_text(process->name, process->name_length),
        .name_length = (uint32_t)process->name_length,
        .memory_start = process->memory_start,
        .memory_size = process->memory_size,
        .flash_start = process->flash_start,
        .flash_size = process->flash_size,
    };
}

void cast_print(struct cast *cast, uaddr start, const char *bytes, size_t size)
{
    struct world *world = &cast->world;

    free(world->ram);
    world->ram = (uint8_t *)allocate_text(bytes, size);
    world->board.ram_start = start;
    world->board.ram_size = (uint32_t)size;
}
