// SPDX-License-Identifier: Apache-2.0 OR MIT
// What a sink may know of a run besides its events: the names and places of its processes, the
// names of its drivers, and the bytes that a process prints or notes. A world has one of itself;
// whoever reads a run back builds one.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "../../core/abi.h"
#include "../../core/event.h"

struct view_process {
    const char *name; // bytes, no NUL behind them
    uint32_t name_length;
    uint32_t id; // of its first life
    uaddr memory_start;
    uint32_t memory_size;
    uaddr flash_start;
    uint32_t flash_size;
};

struct view_driver {
    uint32_t number;
    const char *name;
};

// All borrowed, and as long as the run lasts: names and places never change.
struct view {
    const struct view_process *processes; // by index
    uint32_t process_count;
    const struct view_driver *drivers;
    uint32_t driver_count;
    // The memory behind [start, start + size) of the simulated machine, as it is now. NULL: there
    // is none, or nobody knows any more.
    const uint8_t *(*memory)(const void *source, uaddr start, uint32_t size);
    const void *source; // what `memory` is asked with
    const char *note;   // bytes of the note that is being taken; NULL: there is none
};

// NULL: there is no such process.
static inline const struct view_process *view_process(const struct view *view, uint32_t index)
{
    return index < view->process_count ? &view->processes[index] : NULL;
}

// NULL: nobody knows its name.
const char *view_driver_name(const struct view *view, uint32_t number);

// What this print event prints: event->print.size bytes. Ask while the event is taken: the memory
// may change after. NULL: nothing.
const uint8_t *view_printed(const struct view *view, const struct event *event);
