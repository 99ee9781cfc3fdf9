// SPDX-License-Identifier: Apache-2.0 OR MIT
// A board profile: what of a board decides how IPC behaves. A table, not code: one of
// those built in, or one that a person wrote in a file (docs/boards.md, sim/lua/board_open.h).
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../../core/kernel.h"
#include "../../mpu_model/protection.h"
#include "../base/message.h"

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

enum { BOARD_NAME_SIZE = 256, BOARD_ABOUT_SIZE = 64 };

struct board {
    char name[BOARD_NAME_SIZE]; // as a person gives it: of a file, its path
    char about[BOARD_ABOUT_SIZE];
    enum protection_unit unit;
    uint32_t regions;         // of the unit; for PMP, pairs of entries that processes may use
    uint32_t min_region_size; // bytes
    uint32_t ram_regions;     // in place of what the rules of the release say; 0: as they say
    uaddr ram_start;
    uint32_t ram_size;
    uaddr flash_start;
    uint32_t flash_size;
    struct kernel_sizes sizes;
    struct cost_model cost;
};

// The built-in profile with this name, NULL if there is none.
const struct board *board_find(const char *name);

// All built-in profiles, `*count` of them; the first is the default.
const struct board *board_list(size_t *count);

// Says that there is no such built-in profile, and which may have been meant.
void board_refuse_name(const char *name, struct message *error);

// Whether such a board can exist. False: `*field` names what cannot be, as docs/boards.md
// writes it ("ram.size"), and `error` is the rest of a sentence about it.
bool board_check(const struct board *board, const char **field, struct message *error);

// What a person calls a unit: "armv7m".
const char *board_unit_name(enum protection_unit unit);

// Refuses an unknown unit: false, with `error` naming the nearest.
bool board_find_unit(const char *name, enum protection_unit *unit, struct message *error);

// A profile to start from that has this unit.
const struct board *board_with_unit(enum protection_unit unit);

// The rules of a release, but for what the board has otherwise.
struct kernel_rules board_rules(const struct board *board, const struct kernel_rules *release);

// The protection unit of the board with the driver of these rules, for protection_init.
struct protection_setup board_protection(const struct board *board,
                                         const struct kernel_rules *rules);
