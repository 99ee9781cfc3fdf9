// SPDX-License-Identifier: Apache-2.0 OR MIT
// The view of a run that is read back, put together as its parts are read.
#pragma once

#include "view.h"

struct view_builder {
    struct view view;               // for sinks
    struct view_process *processes; // owned, as are their names
    uaddr print_start;
    uint32_t print_size;
    char *print;             // owned
    char *note;              // owned
    struct view_place place; // size 0: the next call hands over nothing that has a name
};

// With the drivers of a board, and no process yet. Borrowed: must stay where it is. Close it.
void view_builder_open(struct view_builder *builder);
void view_builder_close(struct view_builder *builder);

// Adds the process with the next index; its name is copied. At most MAX_PROCESSES.
void view_builder_add(struct view_builder *builder, const struct view_process *process);

// What the next print event prints, copied. All other memory is unknown.
void view_builder_set_printed(struct view_builder *builder, uaddr start, const char *bytes,
                              size_t size);

// What the next note says, copied.
void view_builder_set_note(struct view_builder *builder, const char *bytes, size_t size);

// What the next system call hands to the kernel, copied. NULL: nothing that has a name.
void view_builder_set_place(struct view_builder *builder, const struct view_place *place);
