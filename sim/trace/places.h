// SPDX-License-Identifier: Apache-2.0 OR MIT
// What each process calls its functions and buffers, as its system calls tell: a place has a name
// from the moment on at which its address is handed to the kernel.
//
// Lines that are kept and compared later name places by these, not by addresses: one more
// function, buffer or print elsewhere in a program moves the addresses of all that come behind.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "view.h"

struct place {
    enum place_kind kind;
    uaddr start;
    uint32_t size;
    char *name;          // "": a function that the source has no name for; owned
    uint32_t driver;     // where a function was first subscribed
    uint32_t number;     //
    uint32_t life;       // of its process, from 0
    uint32_t occurrence; // of functions of one name in one life, which one it is, from 1; of those
                         // without a name, of those first subscribed in the same place
};

struct process_places {
    struct place *list; // owned; the latest last
    size_t count;
    uint32_t life;
};

struct places {
    struct process_places *processes; // owned; by index
    uint32_t process_count;
};

// For a run of so many processes. Close it; one that is all zeros needs no closing.
void places_open(struct places *places, uint32_t process_count);
void places_close(struct places *places);

// Takes note of a system call or a restart; of any other event nothing.
void places_note(struct places *places, const struct view *view, const struct event *event);

// The place of this process that `address` is in; NULL: it has no name. Until the next note.
const struct place *places_find(const struct places *places, uint32_t process, uaddr address);
