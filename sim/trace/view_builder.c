// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "view_builder.h"

#include <assert.h>
#include <stdlib.h>

#include "../../core/capsule_abi.h"
#include "../../core/ipc.h"
#include "../../core/scheduler.h"
#include "../base/allocate.h"
#include "../base/count_of.h"

static const struct view_driver drivers[] = {{IPC_DRIVER_NUM, "ipc"},
#define X(NAME, number, name) {NAME##_DRIVER_NUM, #name},
                                             CAPSULES(X)
#undef X
};

// Nothing but what is printed next is known.
static const uint8_t *printed_memory(const void *source, uaddr start, uint32_t size)
{
    const struct view_builder *builder = source;
    bool is_it = start == builder->print_start && size <= builder->print_size;

    return is_it ? (const uint8_t *)builder->print : NULL;
}

static bool place_of_call(const void *source, uint32_t process, uaddr address,
                          struct view_place *place)
{
    const struct view_builder *builder = source;

    (void)process;
    if (address - builder->place.start >= builder->place.size)
        return false;
    *place = builder->place;
    return true;
}

void view_builder_open(struct view_builder *builder)
{
    *builder = (struct view_builder){
        .processes = allocate(MAX_PROCESSES, sizeof *builder->processes),
        .view = {.drivers = drivers,
                 .driver_count = COUNT_OF(drivers),
                 .memory = printed_memory,
                 .place = place_of_call,
                 .source = builder},
    };
    builder->view.processes = builder->processes;
}

void view_builder_close(struct view_builder *builder)
{
    for (uint32_t i = 0; i < builder->view.process_count; i++)
        free((void *)(uintptr_t)builder->processes[i].name);
    free(builder->processes);
    free(builder->print);
    free(builder->note);
}

void view_builder_add(struct view_builder *builder, const struct view_process *process)
{
    struct view_process *added = &builder->processes[builder->view.process_count++];

    assert(builder->view.process_count <= MAX_PROCESSES);
    *added = *process;
    added->name = allocate_text(process->name, process->name_length);
}

void view_builder_set_printed(struct view_builder *builder, uaddr start, const char *bytes,
                              size_t size)
{
    free(builder->print);
    builder->print = allocate_text(bytes, size);
    builder->print_start = start;
    builder->print_size = (uint32_t)size;
}

void view_builder_set_note(struct view_builder *builder, const char *bytes, size_t size)
{
    free(builder->note);
    builder->note = allocate_text(bytes, size);
    builder->view.note = builder->note;
}

void view_builder_set_place(struct view_builder *builder, const struct view_place *place)
{
    builder->place = place ? *place : (struct view_place){.size = 0};
}
