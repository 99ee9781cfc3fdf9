// SPDX-License-Identifier: Apache-2.0 OR MIT
// A board profile: what of a board decides how IPC behaves. A table, not code.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "../core/kernel.h"

// X(NAME, name, what it is)
#define PROTECTION_UNITS(X)                                                                        \
    X(NONE, none, "no protection: every access inside of memory is allowed")                       \
    X(ARMV7M, armv7m, "ARMv7-M PMSAv7")                                                            \
    X(ARMV6M, armv6m, "ARMv6-M PMSAv6: regions of at least 256 bytes")                             \
    X(ARMV8M, armv8m, "ARMv8-M PMSAv8")                                                            \
    X(PMP, pmp, "RISC-V physical memory protection")

enum protection_unit {
#define X(NAME, name, text) UNIT_##NAME,
    PROTECTION_UNITS(X)
#undef X
};

// Simulated time. A clock of `cycles_per_us` megahertz; the rest in its cycles.
struct cost_model {
    uint32_t cycles_per_us;
    uint32_t syscall;
    uint32_t context_switch;
    uint32_t upcall;
    uint32_t instruction; // one instruction of a script's virtual machine
};

struct board {
    char name[32];
    char about[64];
    enum protection_unit unit;
    uint32_t regions;         // of the unit; for PMP, pairs of entries that processes may use
    uint32_t min_region_size; // bytes
    uaddr ram_start;
    uint32_t ram_size;
    uaddr flash_start;
    uint32_t flash_size;
    struct kernel_sizes sizes;
    struct cost_model cost;
};

// The profile with this name, NULL if there is none.
const struct board *board_find(const char *name);

// All profiles, `*count` of them; the first is the default.
const struct board *board_list(size_t *count);
