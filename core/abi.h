// SPDX-License-Identifier: Apache-2.0 OR MIT
// The system call ABI of Tock 2.x on 32-bit platforms (TRD104): the numbers that
// cross the boundary between a process and the kernel. Each list stands here once
// and is expanded into enum, name and text wherever one is needed.
#pragma once

#include <stdint.h>

// An address in the simulated machine's own 32-bit space. Never a host pointer.
typedef uint32_t uaddr;

// X(name, number, what it means to a process)
#define ERROR_CODES(X)                                                                             \
    X(NONE, 0, "no error")                                                                         \
    X(FAIL, 1, "generic failure")                                                                  \
    X(BUSY, 2, "underlying system is busy; retry")                                                 \
    X(ALREADY, 3, "the state requested is already set")                                            \
    X(OFF, 4, "the component is powered down")                                                     \
    X(RESERVE, 5, "reservation required before use")                                               \
    X(INVAL, 6, "an invalid parameter was passed")                                                 \
    X(SIZE, 7, "parameter passed was too large")                                                   \
    X(CANCEL, 8, "operation cancelled by a call")                                                  \
    X(NOMEM, 9, "memory required not available")                                                   \
    X(NOSUPPORT, 10, "operation is not supported")                                                 \
    X(NODEVICE, 11, "device is not available")                                                     \
    X(UNINSTALLED, 12, "device is not physically installed")                                       \
    X(NOACK, 13, "packet transmission not acknowledged")

enum error_code {
#define X(name, number, text) ERROR_##name = (number),
    ERROR_CODES(X)
#undef X
};

// X(name, number, how many words follow the variant)
#define RETURN_VARIANTS(X)                                                                         \
    X(Failure, 0, 1)                                                                               \
    X(FailureU32, 1, 2)                                                                            \
    X(FailureU32U32, 2, 3)                                                                         \
    X(FailureU64, 3, 3)                                                                            \
    X(Success, 128, 0)                                                                             \
    X(SuccessU32, 129, 1)                                                                          \
    X(SuccessU32U32, 130, 2)                                                                       \
    X(SuccessU64, 131, 2)                                                                          \
    X(SuccessU32U32U32, 132, 3)                                                                    \
    X(SuccessU32U64, 133, 3)

enum return_variant {
#define X(name, number, words) RETURN_##name = (number),
    RETURN_VARIANTS(X)
#undef X
};

// X(NAME, number, name, how many of r0..r3 it uses). Any other class is a fault.
#define SYSCALL_CLASSES(X)                                                                         \
    X(YIELD, 0, yield, 2)                                                                          \
    X(SUBSCRIBE, 1, subscribe, 4)                                                                  \
    X(COMMAND, 2, command, 4)                                                                      \
    X(ALLOW_RW, 3, allow_rw, 4)                                                                    \
    X(ALLOW_RO, 4, allow_ro, 4)                                                                    \
    X(MEMOP, 5, memop, 2)                                                                          \
    X(EXIT, 6, exit, 2)                                                                            \
    X(ALLOW_UR, 7, allow_userspace_readable, 4)

enum syscall_class {
#define X(NAME, number, name, words) SYSCALL_##NAME = (number),
    SYSCALL_CLASSES(X)
#undef X
};

enum { YIELD_NO_WAIT = 0, YIELD_WAIT = 1 };
enum { EXIT_TERMINATE = 0, EXIT_RESTART = 1 };

// X(NAME, number, name)
#define MEMOPS(X)                                                                                  \
    X(BRK, 0, brk)                                                                                 \
    X(SBRK, 1, sbrk)                                                                               \
    X(RAM_START, 2, ram_start)                                                                     \
    X(RAM_END, 3, ram_end)                                                                         \
    X(FLASH_START, 4, flash_start)                                                                 \
    X(FLASH_END, 5, flash_end)                                                                     \
    X(GRANT_START, 6, grant_start)                                                                 \
    X(FLASH_REGIONS, 7, flash_regions)                                                             \
    X(FLASH_REGION_START, 8, flash_region_start)                                                   \
    X(FLASH_REGION_END, 9, flash_region_end)                                                       \
    X(STACK_START, 10, stack_start)                                                                \
    X(HEAP_START, 11, heap_start)

enum memop {
#define X(NAME, number, name) MEMOP_##NAME = (number),
    MEMOPS(X)
#undef X
};

// What a system call gives back: r0 is the return variant, r1..r3 its words.
struct syscall_return {
    uint32_t word[4];
};
