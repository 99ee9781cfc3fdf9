// SPDX-License-Identifier: Apache-2.0 OR MIT
// What a sink may know of a run besides its events: the names and places of its processes, the
// names of its drivers, the bytes that a process prints or notes, and what its program calls the
// functions and buffers that it hands to the kernel. A world has one of itself; whoever reads a run
// back builds one.
#pragma once

#include <stdbool.h>
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

// X(NAME, name): what a program can have a name for
#define PLACE_KINDS(X)                                                                             \
    X(FUNCTION, function) /* of its own */                                                         \
    X(BUFFER, buffer)     /* that it allocated */                                                  \
    X(LIBRARY, library)   /* a function or buffer of the library that it is written with */        \
    X(BREAK, break)       /* where that library puts the memory break, to allocate */

enum place_kind {
#define X(NAME, name) PLACE_##NAME,
    PLACE_KINDS(X)
#undef X
        PLACE_KIND_COUNT
};

enum { VIEW_PLACE_NAME = 64 }; // of longer names, the beginning

struct view_place {
    enum place_kind kind;
    uaddr start;
    uint32_t size;              // bytes
    char name[VIEW_PLACE_NAME]; // in the program's source, of a second buffer "buf#2"; "" for a
                                // function that has none there
};

// "buffer". The second finds it again; false: there is none of this name (may be NULL).
const char *place_kind_name(enum place_kind kind);
bool place_kind_find(const char *name, enum place_kind *kind);

// All borrowed, and as long as the run lasts: names and places of processes never change.
struct view {
    const struct view_process *processes; // by index
    uint32_t process_count;
    const struct view_driver *drivers;
    uint32_t driver_count;
    // The memory behind [start, start + size) of the simulated machine, as it is now. NULL: there
    // is none, or nobody knows any more.
    const uint8_t *(*memory)(const void *source, uaddr start, uint32_t size);
    // What a process that is calling the kernel calls the place at `address`, which it hands over.
    // False: it has no name for it.
    bool (*place)(const void *source, uint32_t process, uaddr address, struct view_place *place);
    const void *source; // what these are asked with
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

// What the process calls the place whose address the system call `call` hands to the kernel: the
// function of a subscribe, the buffer of an allow, the end of what a brk takes. Ask while the event
// is taken. False: it hands over none, or one that has no name.
bool view_place_of_call(const struct view *view, const struct event *call,
                        struct view_place *place);
