// SPDX-License-Identifier: Apache-2.0 OR MIT
// A world of C programs that a test brings along, with all of its events on record.
#pragma once

#include "../../../core/ipc.h"
#include "../../vector/dummy_driver.h"
#include "../app.h"
#include "../world.h"

enum { MACHINE_MAX_PROGRAMS = 8, MACHINE_MAX_EVENTS = 4096, MACHINE_FLASH_BYTES = 4096 };

// What a process does. Functions that are NULL do nothing.
struct program {
    void (*run)(struct app *app);
    void (*upcall)(struct app *app, uaddr pc, const uint32_t argument[4]);
    void (*reset)(struct app *app);
    void *notes;       // the test's own, for what the program finds out
    const char *name;  // NULL: "program"
    uint32_t ram_size; // 0: 4096
    size_t memory_size;
    const struct fault_policy *fault_policy; // NULL: stop
};

// Which drivers a kernel has.
enum machine_drivers {
    MACHINE_BOARD_DRIVERS, // IPC, alarm, console
    MACHINE_IPC_ALONE,
    MACHINE_IPC_AND_DUMMY, // the second driver of the kernel vectors
    MACHINE_DRIVERS,
};

struct driver_list machine_driver_list(enum machine_drivers drivers, uint32_t num_procs);

struct machine_setup {
    const char *board; // NULL: cortex-m4, with its costs all zero
    bool has_costs;    // those of the board
    enum scheduler_kind scheduler;
    enum scheduler_order order;
    enum machine_drivers drivers;
    uint64_t until_us; // 0: never
    uint64_t seed;
    uint32_t arena_slot;
    bool check_stack_pointer;
    struct operator_list operators;
    struct program programs[MACHINE_MAX_PROGRAMS]; // up to the first that does not run
};

struct machine {
    struct sink sink;
    struct world *world;
    struct program programs[MACHINE_MAX_PROGRAMS];
    struct event events[MACHINE_MAX_EVENTS];
    uint32_t event_count;
};

// A world with these programs loaded. To be freed by machine_free.
struct machine *machine_new(const struct machine_setup *setup);
void machine_free(struct machine *machine);

// Runs it until it stops by itself.
enum world_state machine_run(struct machine *machine);

// The program's own notes.
void *machine_notes(const struct app *app);

// What is on record: how many events of this kind, the n-th of them (0 is the first;
// NULL if there is none), the last.
uint32_t machine_count(const struct machine *machine, enum event_kind kind);
const struct event *machine_event(const struct machine *machine, enum event_kind kind, uint32_t n);
const struct event *machine_last(const struct machine *machine, enum event_kind kind);

// System calls that programs make all the time.
uaddr machine_memory(const struct app *app, uint32_t offset);
void machine_grow(struct app *app, uint32_t bytes); // moves the break there
void machine_subscribe(struct app *app, uint32_t driver, uint32_t number);
void machine_yield(struct app *app);
struct syscall_return machine_command(struct app *app, uint32_t driver, uint32_t command,
                                      uint32_t argument0, uint32_t argument1);
void machine_share(struct app *app, uint32_t with, uaddr start, uint32_t size);
