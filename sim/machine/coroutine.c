// SPDX-License-Identifier: Apache-2.0 OR MIT
#define _GNU_SOURCE 1 // REG_RIP and its like, SA_ONSTACK

#include "coroutine.h"

#include <signal.h>
#include <stdlib.h>
#include <ucontext.h>

// For functions that never return, or that run while the sanitizer cannot know which stack is in
// use.
#define NO_SANITIZER __attribute__((no_sanitize("address", "undefined")))

#define SIGNAL_STACK_BYTES 65536

_Thread_local struct coroutine *coroutine_running;

// A handler and its stack belong to the program and the thread, not to a world.
static struct sigaction previous_action;
static _Thread_local _Alignas(16) unsigned char signal_stack[SIGNAL_STACK_BYTES];

#if ARENA_HAS_ASAN
// The sanitizer can keep the locals of a function on a heap of its own, where copying a stack
// away and back would miss them. ASAN_OPTIONS must not turn that on again.
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "detect_stack_use_after_return=0";
}

// Overflows the stack now rather than within the sanitizer's own functions.
NO_SANITIZER void coroutine_probe_stack(void)
{
    unsigned char below[1024];
    below[0] = 0;
    __asm__ volatile("" : : "r"(below) : "memory"); // keeps the compiler from making it smaller
}
#endif

NO_SANITIZER static void run_entry(struct coroutine_transfer from)
{
    struct coroutine *self = from.data;
    coroutine_begin_run(self, from, NULL);
    self->entry(self->argument);
    coroutine_leave(self, NULL);
    jump_fcontext(self->resumer, (void *)COROUTINE_FINISHED);
    abort(); // coroutine_resume lets nobody come back here
}

void coroutine_init(struct coroutine *self, void *stack, size_t stack_bytes, size_t guard_bytes,
                    void (*entry)(void *argument), void *argument)
{
    assert(stack_bytes >= COROUTINE_MIN_STACK_BYTES && guard_bytes > 0);
    *self = (struct coroutine){
        .state = COROUTINE_SUSPENDED,
        .entry = entry,
        .argument = argument,
        .stack = stack,
        .stack_bytes = stack_bytes,
        .guard_bytes = guard_bytes,
    };
    coroutine_forget_poison(self);
    self->context = make_fcontext(self->stack + stack_bytes, stack_bytes, run_entry);
}

const unsigned char *coroutine_stack_pointer(const struct coroutine *self)
{
    assert(self->state != COROUTINE_RUNNING);
    return self->state == COROUTINE_SUSPENDED ? self->context : coroutine_stack_end(self);
}

const unsigned char *coroutine_stack_end(const struct coroutine *self)
{
    return self->stack + self->stack_bytes;
}

// A frame that reached into the guard has left red zones there too.
void coroutine_forget_poison(const struct coroutine *self)
{
    arena_forget_poison(self->stack - self->guard_bytes, self->guard_bytes + self->stack_bytes);
}

NO_SANITIZER static bool touched_its_guard(const struct coroutine *self, const siginfo_t *info)
{
    uintptr_t address = (uintptr_t)info->si_addr;
    uintptr_t guard_end = (uintptr_t)self->stack;
    bool is_fault = info->si_code > 0; // not a signal that somebody sent
    return is_fault && address < guard_end && address >= guard_end - self->guard_bytes;
}

// Changes the interrupted registers so that `self` seems to call jump_fcontext(resumer,
// COROUTINE_OVERFLOWED) from the top of its stack. That is free: nothing of it will go on.
NO_SANITIZER static void call_jump_from_stack_top(const struct coroutine *self, ucontext_t *context)
{
    uintptr_t top = (uintptr_t)coroutine_stack_end(self) & ~(uintptr_t)15;
#if defined(__x86_64__)
    greg_t *registers = context->uc_mcontext.gregs;
    const greg_t direction_flag = 0x400;
    registers[REG_RSP] = (greg_t)(top - 8); // as the call instruction leaves it
    registers[REG_RIP] = (greg_t)(uintptr_t)jump_fcontext;
    registers[REG_RDI] = (greg_t)(uintptr_t)self->resumer;
    registers[REG_RSI] = COROUTINE_OVERFLOWED;
    registers[REG_EFL] &= ~direction_flag;
#elif defined(__aarch64__)
    mcontext_t *registers = &context->uc_mcontext;
    registers->sp = top;
    registers->pc = (uintptr_t)jump_fcontext;
    registers->regs[0] = (uintptr_t)self->resumer;
    registers->regs[1] = COROUTINE_OVERFLOWED;
#else
#error "say here how to call a function from a signal handler's context"
#endif
}

NO_SANITIZER static void hand_to_previous(int number, siginfo_t *info, void *context)
{
    if (previous_action.sa_flags & SA_SIGINFO) {
        previous_action.sa_sigaction(number, info, context);
    } else if (previous_action.sa_handler != SIG_DFL && previous_action.sa_handler != SIG_IGN) {
        previous_action.sa_handler(number);
    } else { // the access faults again, or the signal comes again, and ends the program
        signal(number, SIG_DFL);
        if (info->si_code <= 0)
            raise(number);
    }
}

NO_SANITIZER static void handle_fault(int number, siginfo_t *info, void *context)
{
    struct coroutine *self = coroutine_running;
    if (!self || !touched_its_guard(self, info)) {
        hand_to_previous(number, info, context);
        return;
    }
    coroutine_leave(self, NULL);
    call_jump_from_stack_top(self, context);
}

static bool have_signal_stack(void)
{
    stack_t present;
    if (sigaltstack(NULL, &present) != 0)
        return false;
    if (!(present.ss_flags & SS_DISABLE))
        return true;
    stack_t own = {.ss_sp = signal_stack, .ss_size = sizeof signal_stack};
    return sigaltstack(&own, NULL) == 0;
}

bool coroutine_host_init(void)
{
    const int flags = SA_SIGINFO | SA_ONSTACK;
    struct sigaction present;
    if (!have_signal_stack() || sigaction(SIGSEGV, NULL, &present) != 0)
        return false;
    // Put back by signal(), our handler has lost its flags; to chain to it would never end.
    bool is_ours = present.sa_sigaction == handle_fault;
    if (is_ours && (present.sa_flags & flags) == flags)
        return true;

    struct sigaction action = {.sa_sigaction = handle_fault, .sa_flags = flags};
    sigemptyset(&action.sa_mask);
    if (!is_ours)
        previous_action = present;
    return sigaction(SIGSEGV, &action, NULL) == 0;
}
