// SPDX-License-Identifier: Apache-2.0 OR MIT
// What runs inside of a process: a C function, a Lua script, a scripted vector.
//
// A body is blocking code on a stack of its own. It reaches the world only through
// app.h (system calls, processor time) and bus.h (memory).
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../../core/abi.h"

struct app;
struct view_place;

struct body {
    const char *name;

    // Called by the world, not on the process's stack, before each start: forget the
    // life before. The process's memory region (app->memory) may be reused freely.
    void (*reset)(struct app *app);

    // The program, from its init function on. When it returns, the process waits for upcalls for
    // ever; one that is to end there calls exit itself.
    void (*run)(struct app *app);

    // A function call that the kernel delivered; runs on top of what waited for it.
    void (*upcall)(struct app *app, uaddr pc, const uint32_t argument[4]);

    // For reports: whether this function only hands upcalls on to others, as a multiplexer of
    // alarms does; it may be entered while it has not returned. NULL: none does.
    bool (*hands_on)(const struct app *app, uaddr pc);

    // For reports: the line of its source that the program is at while it waits in the
    // kernel, 0 if none is known. NULL: it never is.
    uint32_t (*line)(const struct app *app);

    // For the verdict, once the run is over: the line of its source at which the program waits
    // with an expectation ahead of it, 0 if there is none ahead. NULL: there never is.
    uint32_t (*stuck_at)(const struct app *app);
    // For traces: what its program calls the place at `address`, which it is handing to the
    // kernel in a system call. False: it has no name. NULL: nothing of it ever has.
    bool (*place)(const struct app *app, uaddr address, struct view_place *place);
};
