// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "edges.h"

#include <stdlib.h>

enum { SUBREGIONS = 8 };

static void add(struct edges *edges, uaddr addr)
{
    if (edges->count < EDGES_MAX)
        edges->addr[edges->count++] = addr;
}

void edges_add(struct edges *edges, uaddr start, uint32_t size)
{
    add(edges, start);
    add(edges, start + size);
}

// Units without subregions, and regions too small for them, have no edges at the eighths: it
// does no harm to look.
static void add_registers(struct edges *edges, const struct mpu_hw *unit)
{
    for (uint32_t i = 0; i < unit->regions; i++) {
        struct mpu_hw_region region;

        if (!mpu_hw_decode_region(unit, i, &region))
            continue;
        for (uint64_t k = 0; k <= SUBREGIONS; k++) {
            uint64_t size = region.last + 1 - region.first;

            add(edges, (uaddr)(region.first + size * k / SUBREGIONS));
        }
    }
}

static void add_config(struct edges *edges, const struct mpu_config *config)
{
    for (uint32_t i = 0; i < MPU_MAX_REGIONS; i++) {
        const struct mpu_region *region = &config->regions[i];

        if (!region->used)
            continue;
        edges_add(edges, region->start, region->size);
        edges_add(edges, region->base, region->span);
    }
}

static void add_process(struct edges *edges, const struct process *process)
{
    edges_add(edges, process->flash_start, process->flash_size);
    edges_add(edges, process->memory_start, process->memory_size);
    add(edges, process->app_brk);
    add(edges, process->kernel_brk);
}

void edges_add_world(struct edges *edges, const struct world *world, uint32_t process)
{
    add_registers(edges, &world->protection.hw);
    add_config(edges, &world->processes[process].mpu_config);
    for (uint32_t i = 0; i < world->process_count; i++)
        add_process(edges, &world->processes[i]);
}

static int compare(const void *a, const void *b)
{
    uaddr left = *(const uaddr *)a, right = *(const uaddr *)b;

    return (left > right) - (left < right);
}

void edges_sort(struct edges *edges)
{
    size_t kept = 0;

    qsort(edges->addr, edges->count, sizeof edges->addr[0], compare);
    for (size_t i = 0; i < edges->count; i++)
        if (kept == 0 || edges->addr[i] != edges->addr[kept - 1])
            edges->addr[kept++] = edges->addr[i];
    edges->count = kept;
}
