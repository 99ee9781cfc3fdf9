// SPDX-License-Identifier: Apache-2.0 OR MIT
// Somebody who acts on processes from outside of them: a person at the process console, a
// watchdog, the update of an app, a capsule (Tock 2.1, capsules/src/process_console.rs and the
// functions of kernel/src/process.rs that it calls).
//
// To the chip an operator is one more device: what is due comes as an interrupt, between the turns
// of processes. While a command of a process is served, it may act from inside of that.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "../../core/event.h"
#include "devices.h"

struct world;

enum operator_step_kind {
    OPERATOR_AT,     // waits until `us`, which may have passed
    OPERATOR_AFTER,  // waits for `us`
    OPERATOR_DURING, // waits until `process` makes `command` of `driver`: goes on from inside of
                     // it, when the capsule has done its work and the answer is still to come
    OPERATOR_ACT,    // does `verb` to `process`; nothing if that was not loaded
};

struct operator_step {
    uint8_t kind;     // enum operator_step_kind
    uint8_t verb;     // enum operator_verb
    uint16_t process; // index
    uint32_t line;    // of the script that says so, 0: none
    uint64_t us;
    uint32_t driver;
    uint32_t command;
};

// What one operator does, one step after the other. Host memory, borrowed, which a world reads.
struct operator_script {
    const struct operator_step *steps;
    uint32_t count;
};

enum { OPERATORS_MAX = 8 };

struct operator_list {
    struct operator_script list[OPERATORS_MAX];
    uint32_t count;
};

struct operator_state {
    struct operator_script script;
    uint32_t next;   // step
    bool waits;      // in that step, which has begun
    uint64_t due_at; // cycles; DEVICE_IDLE: a command, or nothing, wakes it
};

// All operators of a world.
struct operators {
    struct operator_state list[OPERATORS_MAX];
    uint32_t count;
    struct driver_list drivers; // what the kernel would have if no operator waited for commands
};

// To be called before the kernel is made, as operators that wait for commands get between it and
// its drivers.
void operators_init(struct world *world, const struct operator_list *list);

// The first thing that an operator was to do to a process and has not done; NULL: all is done.
const struct operator_step *operators_undone(const struct world *world);

// Does what is due; for devices_serve.
void operators_serve(struct world *world);
