// SPDX-License-Identifier: Apache-2.0 OR MIT
// Which regions over shared buffers each process has got since it last started, as its events
// tell: being refused one over what has a region already does no harm, and always happens.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../../core/abi.h"
#include "../../core/event.h"
#include "view.h"

struct mapped_region {
    uaddr start;
    uint32_t size;
};

struct mapped_regions {
    struct mapped_region *list; // owned
    size_t count;
};

struct mapped {
    struct mapped_regions *processes; // owned; by index
    uint32_t process_count;
};

// For a run of so many processes. Close it; one that is all zeros needs no closing.
void mapped_open(struct mapped *mapped, uint32_t process_count);
void mapped_close(struct mapped *mapped);

// Takes note of a region_added or a restart; of any other event nothing.
void mapped_note(struct mapped *mapped, const struct event *event);

// Whether one region of this process reaches over all of [start, start + size).
bool mapped_covers(const struct mapped *mapped, uint32_t process, uaddr start, uint32_t size);

// Whether the process of this refused region_added can reach the buffer already, as its own or by a
// region, or there is none: being refused another is what then always happens, and does no harm.
bool mapped_can_reach(const struct mapped *mapped, const struct view *view,
                      const struct event *refused);
