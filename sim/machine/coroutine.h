// SPDX-License-Identifier: Apache-2.0 OR MIT
// Coroutines: code with a stack of its own that stops in the middle and goes on later.
//
// Stacks are switched by Boost.Context's C entry points (Boost's header for them is C++, so the
// declarations stand here; nothing but this header and coroutine.c uses them). A `struct
// coroutine` and its stack are plain memory. A suspended coroutine can be copied away and put back
// at the same addresses with memcpy, together with the part of its stack that is in use:
// [coroutine_stack_pointer, coroutine_stack_end). It then goes on as it did the first time.
// Pointers to the host's stack are in the struct only while it runs (built with the address
// sanitizer, always). A stack holds return addresses, which differ from one start of the program to
// the next: never print or hash one.
#pragma once

#include "arena.h"

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#if ARENA_HAS_ASAN
#include <sanitizer/common_interface_defs.h>
#endif

// Recommended for `guard_bytes`: one unit of the arena, 64 KiB.
#define COROUTINE_GUARD_BYTES     ARENA_GUARD_UNIT_BYTES
#define COROUTINE_MIN_STACK_BYTES ((size_t)4096)

enum coroutine_state {
    COROUTINE_SUSPENDED,  // has not begun, or stands in coroutine_suspend: can be resumed
    COROUTINE_RUNNING,    // runs, or waits for a coroutine that it resumed itself
    COROUTINE_FINISHED,   // its entry returned
    COROUTINE_OVERFLOWED, // it touched its guard; nothing of what it was doing goes on
};

struct coroutine {
    enum coroutine_state state;
    void *context;                 // while suspended: its registers, the lowest thing on its stack
    void *resumer;                 // while running: the same of whoever resumed it
    intptr_t value;                // what it last gave to coroutine_suspend
    void (*entry)(void *argument); // borrowed, as is `argument`
    void *argument;
    unsigned char *stack; // borrowed, lowest address above the guard
    size_t stack_bytes;
    size_t guard_bytes;
#if ARENA_HAS_ASAN
    const void *resumer_stack;
    size_t resumer_stack_bytes;
#endif
};

// Readies the calling thread and the program for coroutines that overflow their stack: an alternate
// signal stack (one that is already there is kept) and a SIGSEGV handler. Whatever is not the
// running coroutine in its guard goes on to the handler that was there before, so real bugs crash
// as ever. May be called again: cheap when all is in place, and it takes the first place again when
// somebody else installed a handler meanwhile, who must then not call ours in turn.
// False when the host refuses; coroutines work then, but an overflow ends the program.
bool coroutine_host_init(void);

// Makes `self` ready to call `entry(argument)` on the stack [stack, stack + stack_bytes) at its
// first resume. Right below the stack lie `guard_bytes` that fault when touched (arena_guard).
// A function whose frame is larger than the guard can step over it, into whatever lies below:
// compile such code with -fstack-clash-protection. `self` may be in any state but running: what it
// was doing is then abandoned half-way, nothing is unwound.
void coroutine_init(struct coroutine *self, void *stack, size_t stack_bytes, size_t guard_bytes,
                    void (*entry)(void *argument), void *argument);

// Lets `self` run until it suspends, finishes or overflows, and returns which (never RUNNING). May
// be called within another coroutine, always on the same thread for the same `self`. One that
// finished or overflowed before is not run again; the answer stays the same. One that is RUNNING
// must not be resumed. An overflow comes out of the blue: what the coroutine wrote to memory just
// before it may be missing (a compiler may put a write off), and a lock of the host's library that
// it held (malloc, stdio) stays locked.
static inline enum coroutine_state coroutine_resume(struct coroutine *self);

// Called by `self` itself: returns from coroutine_resume with SUSPENDED, `value` in self->value.
// Returns at the next resume.
static inline void coroutine_suspend(struct coroutine *self, intptr_t value);

// The lowest address in use of the stack of a coroutine that is not running, and the end of the
// stack; the same when it has finished or overflowed, as nothing is in use then.
const unsigned char *coroutine_stack_pointer(const struct coroutine *self);
const unsigned char *coroutine_stack_end(const struct coroutine *self);

// Call before the stack is read or written by memcpy (see arena_forget_poison).
void coroutine_forget_poison(const struct coroutine *self);

// ---------------------------------------------------------------------------------------------
// What the two inline functions are made of.

// The coroutine that runs on this thread, NULL outside of any. A global, as a signal handler is
// given nothing that it could hang off; per thread, as each may run a world.
extern _Thread_local struct coroutine *coroutine_running;

struct coroutine_transfer { // Boost's transfer_t
    void *context;
    void *data;
};
struct coroutine_transfer jump_fcontext(void *context, void *data);
void *make_fcontext(void *stack_end, size_t stack_bytes, void (*entry)(struct coroutine_transfer));

// The address sanitizer must hear of each change of stacks, before (`leave`) and after (`arrive`).
// `frames` is where it keeps what belongs to the stack that is left; NULL: that is left for good.
// It must not be caught between the two by an overflow, hence the probe.
#if ARENA_HAS_ASAN
void coroutine_probe_stack(void);

static inline void coroutine_leave_resumer(const struct coroutine *self, void **frames)
{
    coroutine_probe_stack();
    __sanitizer_start_switch_fiber(frames, self->stack, self->stack_bytes);
}

static inline void coroutine_arrive_at_resumer(void *frames)
{
    __sanitizer_finish_switch_fiber(frames, NULL, NULL);
}

static inline void coroutine_leave(const struct coroutine *self, void **frames)
{
    coroutine_probe_stack();
    __sanitizer_start_switch_fiber(frames, self->resumer_stack, self->resumer_stack_bytes);
}

static inline void coroutine_arrive(struct coroutine *self, void *frames)
{
    __sanitizer_finish_switch_fiber(frames, &self->resumer_stack, &self->resumer_stack_bytes);
}
#else
static inline void coroutine_leave_resumer(const struct coroutine *self, void **frames)
{
    (void)self;
    (void)frames;
}

static inline void coroutine_arrive_at_resumer(void *frames)
{
    (void)frames;
}

static inline void coroutine_leave(const struct coroutine *self, void **frames)
{
    (void)self;
    (void)frames;
}

static inline void coroutine_arrive(struct coroutine *self, void *frames)
{
    (void)self;
    (void)frames;
}
#endif

// Each side notes a change only once it has arrived: jump_fcontext itself can overflow the stack
// that it leaves, and then the jump has not happened.
static inline void coroutine_begin_run(struct coroutine *self, struct coroutine_transfer from,
                                       void *frames)
{
    coroutine_running = self;
    self->state = COROUTINE_RUNNING;
    self->resumer = from.context;
    coroutine_arrive(self, frames);
}

// The jump carries `self` on the way in and the new state on the way out.
static inline enum coroutine_state coroutine_resume(struct coroutine *self)
{
    assert(self->state != COROUTINE_RUNNING);
    if (self->state != COROUTINE_SUSPENDED)
        return self->state;
    struct coroutine *outer = coroutine_running;
    void *frames = NULL;

    coroutine_leave_resumer(self, &frames);
    struct coroutine_transfer back = jump_fcontext(self->context, self);
    coroutine_running = outer;
    coroutine_arrive_at_resumer(frames);
    self->state = (enum coroutine_state)(uintptr_t)back.data;
    self->context = back.context;
    self->resumer = NULL;
    return self->state;
}

static inline void coroutine_suspend(struct coroutine *self, intptr_t value)
{
    assert(self->state == COROUTINE_RUNNING);
    void *frames = NULL;

    self->value = value;
    coroutine_leave(self, &frames);
    struct coroutine_transfer back = jump_fcontext(self->resumer, (void *)COROUTINE_SUSPENDED);
    coroutine_begin_run(self, back, frames);
}
