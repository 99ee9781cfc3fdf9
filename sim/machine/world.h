// SPDX-License-Identifier: Apache-2.0 OR MIT
// One simulated machine: kernel, processes, memory, protection unit and clock, all
// in one mapping at a fixed address, so that it can be copied, hashed and restored,
// and addresses are the same in every run.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../../core/kernel.h"
#include "../../mpu_model/protection.h"
#include "../trace/sink.h"
#include "app.h"
#include "arena.h"
#include "board.h"
#include "body.h"
#include "choice.h"
#include "devices.h"
#include "operator.h"

enum { WORLD_MAX_SINKS = 12 };

struct world_process {
    const char *name; // bytes; copied
    uint32_t name_length;
    uint32_t ram_size;   // bytes, as the app's header would ask for
    uint32_t flash_size; // bytes of its image, which lies directly behind that of the one before
    const struct fault_policy *fault_policy; // NULL: the world's
    const struct body *body;
    void *argument;     // handed to the body; host memory that the world only reads
    size_t stack_size;  // host bytes for its stack, 0: the default
    size_t memory_size; // host bytes for its body (app->memory), 0: none
    bool expects_done;  // its program calls done() somewhere
};

struct world_setup {
    const struct board *board;        // copied
    const struct kernel_rules *rules; // of the release, copied; NULL: those of 2.1
    enum scheduler_kind scheduler;
    enum scheduler_order order;
    struct fault_policy fault_policy;
    uint32_t process_slots;         // places for processes, at least as many as there are
    struct driver_list drivers;     // what its kernel has besides the core
    uint32_t unused_grants;         // and grants of drivers that nobody uses
    struct operator_list operators; // whose scripts are borrowed: must outlive the world
    bool check_stack_pointer;       // the Cortex-M boundary's checks, with SP = memory start
    uint64_t seed;
    uint64_t until_us;   // the run ends here; UINT64_MAX: never
    bool keep_partial;   // go on with the processes before the first that does not load
    uint32_t arena_slot; // several worlds may exist at once, each in its own slot
};

#define WORLD_RESULTS(X)                                                                           \
    X(OK, "ready")                                                                                 \
    X(NO_MAPPING, "the host refuses the mapping at the fixed address")                             \
    X(NO_ROOM, "more memory than a world may have")                                                \
    X(LOAD_FAILED, "a process could not be loaded")

enum world_result {
#define X(NAME, text) WORLD_##NAME,
    WORLD_RESULTS(X)
#undef X
};

// Why a world stopped.
#define WORLD_STATES(X)                                                                            \
    X(RUNNING, "still has something to do")                                                        \
    X(QUIESCENT, "every process waits, nothing will ever wake one")                                \
    X(PANICKED, "the kernel panicked")                                                             \
    X(UNTIL, "simulated time is up")                                                               \
    X(STOPPED, "stopped by its host")

enum world_state {
#define X(NAME, text) WORLD_##NAME,
    WORLD_STATES(X)
#undef X
};

// The first expectation that failed, or the first error of a program. Kept in the
// world, so that it belongs to a snapshot.
struct verdict {
    bool failed;
    bool is_error; // of the program: no expectation
    uint32_t process;
    uint64_t time_us;
    char text[240]; // "file:line: what was expected", one sentence
};

// What a process looked like when it first faulted: what the fault policy did since
// (a restart resets the configuration) does not show here.
struct fault_report {
    bool happened;
    uint32_t process;
    enum fault_cause cause;
    uint64_t time_us;
    uaddr address; // of a refused access; the first byte refused
    uint32_t size;
    uint8_t op; // enum access_op
    uaddr app_brk;
    uaddr kernel_brk;
    struct mpu_config config; // what the driver keeps of its regions
    struct mpu_hw unit;       // what the unit's registers held
    char text[240];           // what the body said, "" if nothing
};

#define TIMER_IDLE UINT64_MAX

// The clock and the scheduler timer, in cycles of the board.
struct clock {
    uint64_t now;
    uint64_t timer_end;     // TIMER_IDLE: not set
    uint64_t timer_expires; // from here on, too little of it is left for a process
    uint64_t expiring;      // with so many cycles left, or fewer, a timeslice counts as expired
    uint64_t quiet_until;   // before this, neither the timer nor a device wants the kernel; may
                            // be too early, never too late
};

// Turns of stopped processes since some process last ran, or an interrupt was served.
struct spin {
    uint64_t switches; // of the world, by then
    uint32_t turns;
};

struct world {
    struct arena *arena;
    struct board board;
    struct kernel_rules rules; // of the release, with what the board has otherwise
    struct kernel kernel;
    struct chooser chooser;
    struct clock clock;
    uint64_t until; // cycles
    bool started;
    struct devices devices;
    struct operators operators;
    bool interrupt_pending; // latched until the kernel serves it
    bool check_stack_pointer;
    enum world_state state;
    uint32_t process_count;
    struct process *processes;
    struct app *apps;  // one per process
    uint64_t switches; // to processes, so far
    struct spin spin;
    struct app *running; // NULL while the kernel runs
    uint8_t *ram;
    uint8_t *flash;
    struct protection protection; // the unit: registers and driver
    struct driver_list drivers;
    struct view view; // what sinks may know of this world
    struct view_driver view_drivers[DRIVERS_MAX];
    struct view_process *view_processes;
    enum load_result load_result; // of `load_failed`, after WORLD_LOAD_FAILED
    uint32_t load_failed;         // index
    struct verdict verdict;
    struct fault_report fault;

    const volatile int *stop_request;    // host memory: not 0 stops the world soon; never NULL
    struct sink *sinks[WORLD_MAX_SINKS]; // host memory; not part of a snapshot's meaning
    size_t sink_count;
};

// Makes a world and loads its processes, in order. NULL with `*result` set if that
// fails; after WORLD_LOAD_FAILED `*failed` (may be NULL) is the index of the process.
// A world whose load failed still runs with the processes before that one if
// `keep_partial` is set in the setup.
struct world *world_new(const struct world_setup *setup, const struct world_process *processes,
                        size_t count, enum world_result *result, uint32_t *failed);
void world_free(struct world *world);

// Sinks get events from now on; call before the first step. Borrowed.
void world_add_sink(struct world *world, struct sink *sink);

// What each process looks like now, by index, for the result that sinks get; `ends` has room for
// process_count of them.
void world_list_ends(const struct world *world, struct process_end *ends);

// Up to `turns` turns of the kernel loop. Takes no memory from the host. Many at once cost
// less than one at a time: a return costs much more than it looks after a change of stacks, as
// processors predict that it goes to the other stack.
enum world_state world_run(struct world *world, uint32_t turns);

// One turn.
static inline enum world_state world_step(struct world *world)
{
    return world_run(world, 1);
}

// Stops the world at the next chance, from inside of a body or between steps.
void world_stop(struct world *world);

// The memory behind [start, start + size) of RAM or flash, NULL if there is none. Does
// not ask the protection unit: for the kernel and for sinks.
static inline uint8_t *world_memory(const struct world *world, uaddr start, uint32_t size);

// The same of RAM alone.
static inline uint8_t *world_ram(const struct world *world, uaddr start, uint32_t size);

// False once the kernel panicked or the run was halted: a capsule then does no more.
static inline bool world_kernel_runs(const struct world *world)
{
    return world->kernel.halt == KERNEL_RUNS;
}

// Cycles of the board, UINT64_MAX where they would be more.
static inline uint64_t world_cycles(const struct world *world, uint64_t us)
{
    uint64_t each = world->board.cost.cycles_per_us;

    return us > UINT64_MAX / each ? UINT64_MAX : us * each;
}

// A device will want the kernel at this time, in cycles: the quiet time ends then at the
// latest.
static inline void world_expect_interrupt(struct world *world, uint64_t at)
{
    if (at < world->clock.quiet_until)
        world->clock.quiet_until = at;
}

// Ends the run with this state; the first one stays.
void world_halt(struct world *world, enum world_state state);

// Notes why a process is about to fault, and what its regions are; the first fault of
// a run stays.
void world_note_fault(struct world *world, uint32_t process, enum fault_cause cause, uint8_t op,
                      uaddr address, uint32_t size);

// A program's verdict on itself: the first failure stays. `is_error` and `text` as in struct
// verdict.
void world_fail(struct world *world, uint32_t process, bool is_error, const char *text);

uint64_t world_now_us(const struct world *world);

// ---------------------------------------------------------------------------------------------

// The bytes do not reach beyond the address space, see board_check.c.
static inline uint8_t *world_part(uint8_t *bytes, uaddr base, uint32_t length, uaddr start,
                                  uint32_t size)
{
    uint32_t offset = start - base;

    return offset <= length && size <= length - offset ? bytes + offset : NULL;
}

static inline uint8_t *world_ram(const struct world *world, uaddr start, uint32_t size)
{
    return world_part(world->ram, world->board.ram_start, world->board.ram_size, start, size);
}

static inline uint8_t *world_memory(const struct world *world, uaddr start, uint32_t size)
{
    uint8_t *bytes = world_ram(world, start, size);

    return bytes ? bytes
                 : world_part(world->flash, world->board.flash_start, world->board.flash_size,
                              start, size);
}
