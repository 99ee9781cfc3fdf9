// SPDX-License-Identifier: Apache-2.0 OR MIT
// What the kernel needs from below: a chip, what a process finds on its stack, a record.
//
// A board, the simulator and a test each define all of these functions, and are linked
// with the kernel. `port` is what kernel_init was given, handed back.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "abi.h"
#include "event.h"
#include "process.h"

enum trap_kind {
    TRAP_SYSCALL,     // the process called the kernel
    TRAP_FAULT,       // it broke a rule; `fault` says which
    TRAP_INTERRUPTED, // the scheduler timer or a device wants the kernel
};

// X(NAME, name): what interrupts a process, as far as a trace can tell
#define INTERRUPTS(X)                                                                              \
    X(TIMER, timer)                                                                                \
    X(IRQ, irq)                                                                                    \
    X(LIMIT, limit)

enum interrupt {
#define X(NAME, name) INTERRUPT_##NAME,
    INTERRUPTS(X)
#undef X
};

// Why a process came back to the kernel.
struct trap {
    enum trap_kind kind;
    enum fault_cause fault;
    uint32_t class; // SVC number, unchecked
    uint32_t r[4];
};

// A process with this much of its timeslice left, or less, counts as expired (Tock 2.1).
enum { PORT_MIN_QUANTA_US = 500 };

// What wants the kernel: flags.
enum port_wants { PORT_NOTHING = 0, PORT_TIMER_EXPIRES = 1, PORT_INTERRUPT_PENDING = 2 };

// Takes an event that somebody wants (see kernel.h); stamps its time. Must not
// change what the kernel does.
void port_record(void *port, struct event *event);

// The kernel's own view of [start, start + size) of RAM or flash, past the MPU.
// NULL: no such memory.
uint8_t *port_memory(void *port, uaddr start, uint32_t size);

// The userspace boundary (Tock 2.1, kernel/src/syscall.rs). All three are
// false when the process's stack cannot take what is to be put there.
bool port_initialize_process(void *port, struct process *process);
bool port_set_syscall_return(void *port, struct process *process, struct syscall_return answer);
bool port_set_process_function(void *port, struct process *process,
                               const struct function_call *call);

// The scheduler timer. Its end interrupts a process, but not the kernel.
void port_timer_start(void *port, uint32_t timeslice_us);
void port_timer_reset(void *port);
// False once the timeslice has expired, else what is left of it. Asking changes nothing: a
// port whose timer forgets its end when it is read keeps it.
bool port_timer_remaining(void *port, uint32_t *remaining_us);

// Asked before each step of a process: whether an interrupt is pending, and whether
// the timer has expired or has no more than PORT_MIN_QUANTA_US left.
enum port_wants port_wants_kernel(void *port);
bool port_interrupts_pending(void *port);
void port_service_interrupts(void *port);
// Nothing to do: returns when there may be.
void port_sleep(void *port);
