// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "board.h"

#include <string.h>

#include "../base/count_of.h"
#include "../base/nearest.h"

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
    for (size_t i = 0; i < COUNT_OF(boards); i++)
        if (strcmp(boards[i].name, name) == 0)
            return &boards[i];
    return NULL;
}

const struct board *board_list(size_t *count)
{
    *count = COUNT_OF(boards);
    return boards;
}

const struct board *board_with_unit(enum protection_unit unit)
{
    size_t i = 0;

    while (i + 1 < COUNT_OF(boards) && boards[i].unit != unit)
        i++;
    return &boards[i];
}

void board_refuse_name(const char *name, struct message *error)
{
    const char *names[COUNT_OF(boards)];

    for (size_t i = 0; i < COUNT_OF(boards); i++)
        names[i] = boards[i].name;
    nearest_refuse(error, "board", name, names, COUNT_OF(names));
}

// ---- units

static const char *const unit_names[] = {
#define X(NAME, name, text) #name,
    PROTECTION_UNITS(X)
#undef X
};

const char *board_unit_name(enum protection_unit unit)
{
    return unit_names[unit];
}

bool board_find_unit(const char *name, enum protection_unit *unit, struct message *error)
{
    for (size_t i = 0; i < COUNT_OF(unit_names); i++)
        if (strcmp(unit_names[i], name) == 0) {
            *unit = (enum protection_unit)i;
            return true;
        }
    nearest_refuse(error, "protection unit", name, unit_names, COUNT_OF(unit_names));
    return false;
}

struct kernel_rules board_rules(const struct board *board, const struct kernel_rules *release)
{
    struct kernel_rules rules = *release;

    if (board->ram_regions != 0)
        rules.ram_regions = board->ram_regions;
    return rules;
}

struct protection_setup board_protection(const struct board *board,
                                         const struct kernel_rules *rules)
{
    static const enum mpu_kind kinds[] = {
        [UNIT_NONE] = MPU_KIND_NONE,     [UNIT_ARMV7M] = MPU_KIND_ARMV7M,
        [UNIT_ARMV6M] = MPU_KIND_ARMV6M, [UNIT_ARMV8M] = MPU_KIND_ARMV8M,
        [UNIT_PMP] = MPU_KIND_PMP,
    };
    uint32_t hw_regions = board->regions;

    // Chips have 4, 8, 16 or 64 PMP entries; the kernel takes what processes do not.
    if (board->unit == UNIT_PMP)
        hw_regions = board->regions * 2 <= 8 ? 8 : board->regions * 2 <= 16 ? 16 : 64;
    return (struct protection_setup){.kind = kinds[board->unit],
                                     .hw_regions = hw_regions,
                                     .driver_regions = board->regions,
                                     .min_region_size = board->min_region_size,
                                     .has_ram_pair = rules->ram_regions == 2};
}
