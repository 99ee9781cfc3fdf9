// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "mapped.h"

#include <stdlib.h>

#include "../base/allocate.h"
#include "../base/list.h"

void mapped_open(struct mapped *mapped, uint32_t process_count)
{
    *mapped = (struct mapped){.processes = allocate(process_count, sizeof *mapped->processes),
                              .process_count = process_count};
}

void mapped_close(struct mapped *mapped)
{
    for (uint32_t i = 0; i < mapped->process_count; i++)
        free(mapped->processes[i].list);
    free(mapped->processes);
    *mapped = (struct mapped){.processes = NULL};
}

static void add(struct mapped_regions *regions, uaddr start, uint32_t size)
{
    *LIST_ADD(regions->list, regions->count) = (struct mapped_region){.start = start, .size = size};
}

void mapped_note(struct mapped *mapped, const struct event *event)
{
    if (event->process >= mapped->process_count)
        return;
    if (event->kind == EVENT_restarted)
        mapped->processes[event->process].count = 0;
    if (event->kind == EVENT_region_added && event->region_added.allowed &&
        !mapped_covers(mapped, event->process, event->region_added.region_start,
                       event->region_added.region_size))
        add(&mapped->processes[event->process], event->region_added.region_start,
            event->region_added.region_size);
}

bool mapped_covers(const struct mapped *mapped, uint32_t process, uaddr start, uint32_t size)
{
    const struct mapped_regions *regions = &mapped->processes[process];

    for (size_t i = 0; i < regions->count; i++) {
        const struct mapped_region *region = &regions->list[i];

        if (start >= region->start && size <= region->size &&
            start - region->start <= region->size - size)
            return true;
    }
    return false;
}

bool mapped_can_reach(const struct mapped *mapped, const struct view *view,
                      const struct event *refused)
{
    const struct view_process *process = view_process(view, refused->process);
    uaddr start = refused->region_added.start;

    return refused->region_added.size == 0 ||
           start - process->memory_start < process->memory_size ||
           mapped_covers(mapped, refused->process, start, refused->region_added.size);
}
