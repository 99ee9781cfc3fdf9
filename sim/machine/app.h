// SPDX-License-Identifier: Apache-2.0 OR MIT
// The user side of one process: its stack, its body, and its way into the kernel.
//
// The functions here are called by a body on its process's own stack, except where
// it says otherwise. Any of them may switch to the kernel and come back much later,
// or never, when the process faults or ends meanwhile: hold no host resource across.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../../core/hints.h"
#include "../../core/kernel.h"
#include "../../mpu_model/mpu_hw.h"
#include "body.h"
#include "coroutine.h"

struct world;

// A range of memory that the protection unit answers alike.
struct bus_span {
    uaddr lo;
    uaddr hi; // inside
    bool is_valid;
    bool is_allowed;
};

enum { BUS_SPANS = 4 };

// What the bus knows of the answers that this process's registers give (see bus.c).
struct bus_cache {
    uint64_t generation;     // of the unit when its registers were last compared
    uint64_t foreign_switch; // world->switches when a foreign buffer was last looked up
    uint32_t foreign_owner;  // whose; a guess at whose the next one is
    uaddr foreign_lo;        // what was then found to be shared
    uaddr foreign_hi;
    uint32_t stale_owner; // whose stale buffer was last reported, NO_PROCESS: none
    uaddr stale_region;
    uint32_t next;                       // span to replace
    struct bus_span spans[3][BUS_SPANS]; // by enum access_op
    struct mpu_hw registers;             // under which the spans were asked
};

// An upcall that has not returned, in the frame of whoever runs it.
struct app_upcall {
    struct app_upcall *outer; // that it runs on top of, NULL: none
    struct function_call call;
    uint32_t seq;  // of the event that delivered it
    uint32_t line; // where it waits while another one runs on top of it, 0: not known
};

// What every switch looks at comes first, so that it is in few cache lines.
struct app {
    struct world *world;
    const struct body *body;
    uint32_t index;  // of its process
    bool started;    // the coroutine has a life to go on with
    bool call_waits; // `call` is to run at the next switch to the process
    struct coroutine coroutine;
    struct trap trap;             // why it last came back to the kernel
    const struct event *recorded; // on its stack, while the world takes it from there
    struct syscall_return answer;
    struct function_call call;
    uint32_t call_seq;         // of the event that delivers `call`
    struct app_upcall *upcall; // the innermost one that has not returned; NULL: none
    struct bus_cache bus;

    uint32_t init[4];  // the arguments of its init function: flash start of the app, memory
                       // start, memory size, app_brk
    void *argument;    // what world_process.argument said; borrowed host memory, read-only
    bool expects_done; // its program calls done() somewhere
    bool done;         // and has: set by app_done, kept over restarts
    bool returned;     // its program ended by returning
    bool has_expected; // an expectation was checked, in whichever life
    uint8_t *stack;
    size_t stack_size;

    // Memory for the body (a Lua heap, say), zero at first, in the arena.
    uint8_t *memory;
    size_t memory_size;
    size_t memory_used; // how much of it a snapshot has to keep; the body says so
    void *state;        // the body's own; must point into `memory`, NULL after a reset
};

// Records that `upcall` begins before the one that it runs on top of has returned; that it
// returned.
void app_record_nested(struct app *app, const struct app_upcall *upcall);
void app_record_return(struct app *app, const struct app_upcall *upcall);

// Runs the function call that the kernel has put on top of what this process was doing.
// A copy, as the next one may come before it returns.
static inline void app_run_call(struct app *app)
{
    struct app_upcall upcall = {.outer = app->upcall, .call = app->call, .seq = app->call_seq};

    app->call_waits = false;
    app->upcall = &upcall;
    if (UNLIKELY(upcall.outer))
        app_record_nested(app, &upcall);
    app->body->upcall(app, upcall.call.pc, upcall.call.argument);
    app->upcall = upcall.outer;
    app_record_return(app, &upcall);
}

// Calls the kernel. For yield: upcalls have run when this returns, and the answer
// means nothing. `class` may be any number: an unknown one is a fault.
//
// Inline, as whatever returns soon after a change of stacks costs much more than it
// looks: processors predict that it returns to the other stack.
static inline struct syscall_return app_syscall(struct app *app, uint32_t class, uint32_t r0,
                                                uint32_t r1, uint32_t r2, uint32_t r3)
{
    app->trap = (struct trap){.kind = TRAP_SYSCALL, .class = class, .r = {r0, r1, r2, r3}};
    coroutine_suspend(&app->coroutine, 0);
    if (app->call_waits)
        app_run_call(app);
    return app->answer;
}

// Uses processor time; app_work_us also says so in the trace. May be interrupted by the end of the
// timeslice, an alarm or a limit any number of times on the way.
void app_work_cycles(struct app *app, uint64_t cycles);
void app_work_us(struct app *app, uint64_t us);

// A hardware interrupt hits while this process runs.
void app_interrupt(struct app *app);

// This process breaks a rule. Does not return: the process may be started anew.
_Noreturn void app_fault(struct app *app, enum fault_cause cause);

// A checked access of 1, 2 or 4 bytes (little-endian, any alignment); a refused one
// is recorded and faults. See bus.h.
uint32_t app_load(struct app *app, uaddr address, uint32_t size);
void app_store(struct app *app, uaddr address, uint32_t size, uint32_t value);

// The same for a run of bytes.
void app_read(struct app *app, uaddr address, void *bytes, uint32_t size);
void app_write(struct app *app, uaddr address, const void *bytes, uint32_t size);

// The program says that it has done what it was for, at `line` of its source.
void app_done(struct app *app, uint32_t line);

// The program says something to whoever reads the trace, at `line` of its source: it takes no
// simulated time, and no memory of the process. `text` is borrowed until this returns.
void app_note(struct app *app, uint32_t line, const char *text, uint32_t size);

// Suspends this process until the world has taken an event that it recorded. For the port.
void app_hand_over(struct app *app, const struct event *event);

// Records that an expectation at `line` was met or not; a failed one needs world_fail too.
void app_expect(struct app *app, uint32_t line, bool met);

// Its process and kernel.
struct process *app_process(const struct app *app);
struct kernel *app_kernel(const struct app *app);
