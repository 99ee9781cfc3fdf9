// SPDX-License-Identifier: Apache-2.0 OR MIT
// The machines that QEMU emulates: where a process can live on each, and how its traps read.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "../../mpu_model/mpu_hw.h"
#include "../../sim/machine/board.h"
#include "protocol.h"

enum { MACHINE_BOARDS = 2 };

struct machine {
    const char *name;                   // as QEMU has it
    const char *boards[MACHINE_BOARDS]; // profiles whose units its own stands for
    uint32_t regions;                   // regions or entries of its unit
    uaddr ram_start;                    // of memory for processes, MACHINE_MEMORY_BYTES each
    uaddr flash_start;
    bool is_riscv;
};

// Around this memory lies more of the same kind, at least MACHINE_MARGIN_BYTES on either side.
enum { MACHINE_MEMORY_BYTES = 1 << 20, MACHINE_MARGIN_BYTES = 256 };

// NULL: no such machine.
const struct machine *machine_find(const char *name);

// The profile with its memory moved to where the machine has some.
struct board machine_board(const struct machine *machine, const struct board *board);

// What an access came to, in the words of the model.
struct observation {
    bool is_understood; // false: a trap that no access of a probe should cause
    enum mpu_fault fault;
    bool is_addr_recorded;
    uint32_t fault_addr;
};

struct observation machine_observe(const struct machine *machine, const struct request *request,
                                   const struct answer *answer);
