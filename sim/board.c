// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "board.h"

#include <string.h>

// RAM and flash are generous, so that process counts can be tried that no board of
// today would hold; addresses are those of the architecture.
#define ARM_MEMORY                                                                                 \
    .ram_start = 0x20000000, .ram_size = 4 << 20, .flash_start = 0x00040000, .flash_size = 4 << 20
#define RISCV_MEMORY                                                                               \
    .ram_start = 0x80000000, .ram_size = 4 << 20, .flash_start = 0x20400000, .flash_size = 4 << 20

// What a call costs on such a core, in cycles, to within a factor of two.
#define ARM_COST(mhz)                                                                              \
    .cost = {.cycles_per_us = (mhz),                                                               \
             .syscall = 240,                                                                       \
             .context_switch = 160,                                                                \
             .upcall = 120,                                                                        \
             .instruction = 4}

// The process control block holds one MPU configuration: 28 bytes for each Cortex-M
// region, 16 for each PMP pair.
#define SIZES(pcb, brk) .sizes = {.task = 36, .process_struct = (pcb), .initial_app_brk = (brk)}

static const struct board boards[] = {
    {.name = "cortex-m4",
     .about = "Cortex-M3 or M4: PMSAv7, 8 regions",
     .unit = UNIT_ARMV7M,
     .regions = 8,
     .min_region_size = 32,
     ARM_MEMORY,
     SIZES(880, 32),
     ARM_COST(64)},
    {.name = "cortex-m0p",
     .about = "Cortex-M0+: PMSAv6, 8 regions of at least 256 bytes",
     .unit = UNIT_ARMV6M,
     .regions = 8,
     .min_region_size = 256,
     ARM_MEMORY,
     SIZES(880, 32),
     ARM_COST(64)},
    {.name = "cortex-m7",
     .about = "Cortex-M7: PMSAv7, 16 regions",
     .unit = UNIT_ARMV7M,
     .regions = 16,
     .min_region_size = 32,
     ARM_MEMORY,
     SIZES(1104, 32),
     ARM_COST(216)},
    {.name = "cortex-m33",
     .about = "Cortex-M33: PMSAv8, 8 regions of any multiple of 32 bytes",
     .unit = UNIT_ARMV8M,
     .regions = 8,
     .min_region_size = 32,
     ARM_MEMORY,
     SIZES(880, 32),
     ARM_COST(128)},
    {.name = "rv32-pmp",
     .about = "RISC-V, 16 PMP entries of which processes get 5 pairs",
     .unit = UNIT_PMP,
     .regions = 5,
     .min_region_size = 4,
     RISCV_MEMORY,
     SIZES(840, 0),
     ARM_COST(100)},
    {.name = "rv32-pmp-small",
     .about = "RISC-V, 8 PMP entries: 4 pairs",
     .unit = UNIT_PMP,
     .regions = 4,
     .min_region_size = 4,
     RISCV_MEMORY,
     SIZES(824, 0),
     ARM_COST(100)},
    {.name = "none",
     .about = "no protection: every access inside of memory is allowed",
     .unit = UNIT_NONE,
     ARM_MEMORY,
     SIZES(656, 32),
     ARM_COST(64)},
};

const struct board *board_find(const char *name)
{
    for (size_t i = 0; i < sizeof boards / sizeof boards[0]; i++)
        if (strcmp(boards[i].name, name) == 0)
            return &boards[i];
    return NULL;
}

const struct board *board_list(size_t *count)
{
    *count = sizeof boards / sizeof boards[0];
    return boards;
}
