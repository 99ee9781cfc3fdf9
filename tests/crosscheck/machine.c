// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "machine.h"

#include <stddef.h>
#include <string.h>

// A Cortex-M0+ has no emulator. What its unit can express, PMSAv7 decides alike, so the M4
// stands in for it.
static const struct machine machines[] = {
    {.name = "mps2-an385",
     .boards = {"cortex-m4"}, // Cortex-M3 or M4
     .regions = 8,
     .ram_start = 0x20010000,
     .flash_start = 0x00100000},
    {.name = "mps2-an386",
     .boards = {"cortex-m4", "cortex-m0p"},
     .regions = 8,
     .ram_start = 0x20010000,
     .flash_start = 0x00100000},
    {.name = "mps2-an500",
     .boards = {"cortex-m7"},
     .regions = 16,
     .ram_start = 0x20010000,
     .flash_start = 0x00100000},
    {.name = "mps2-an505",
     .boards = {"cortex-m33"},
     .regions = 16,
     .ram_start = 0x38010000,
     .flash_start = 0x10100000},
    {.name = "virt",
     .boards = {"rv32-pmp", "rv32-pmp-small"},
     .regions = 16,
     .ram_start = 0x80410000,
     .flash_start = 0x80810000,
     .is_riscv = true},
};

const struct machine *machine_find(const char *name)
{
    for (size_t i = 0; i < sizeof machines / sizeof machines[0]; i++)
        if (strcmp(machines[i].name, name) == 0)
            return &machines[i];
    return NULL;
}

struct board machine_board(const struct machine *machine, const struct board *board)
{
    struct board moved = *board;

    moved.ram_start = machine->ram_start;
    moved.ram_size = MACHINE_MEMORY_BYTES;
    moved.flash_start = machine->flash_start;
    moved.flash_size = MACHINE_MEMORY_BYTES;
    return moved;
}

// ---- Arm: exception numbers and CFSR (DDI 0403 B1.5.2, B3.2.15)

enum {
    EXCEPTION_MEMMANAGE = 4,
    EXCEPTION_BUSFAULT = 5,
    EXCEPTION_USAGEFAULT = 6,
    EXCEPTION_SVCALL = 11,
    CFSR_IACCVIOL = 1 << 0,
    CFSR_DACCVIOL = 1 << 1,
    CFSR_MUNSTKERR = 1 << 3,
    CFSR_MSTKERR = 1 << 4,
    CFSR_MMARVALID = 1 << 7,
    CFSR_PRECISERR = 1 << 9,
    CFSR_BFARVALID = 1 << 15,
    CFSR_UNDEFINSTR = 1 << 16,
};

// An exception with just this status, valid bits of addresses aside, is this fault.
static const struct {
    uint32_t exception;
    uint32_t status;
    enum mpu_fault fault;
} arm_faults[] = {
    {EXCEPTION_MEMMANAGE, CFSR_IACCVIOL, MPU_FAULT_IACCVIOL},
    {EXCEPTION_MEMMANAGE, CFSR_DACCVIOL, MPU_FAULT_DACCVIOL},
    {EXCEPTION_MEMMANAGE, CFSR_MSTKERR, MPU_FAULT_MSTKERR},
    {EXCEPTION_MEMMANAGE, CFSR_MUNSTKERR, MPU_FAULT_MUNSTKERR},
    {EXCEPTION_BUSFAULT, CFSR_PRECISERR, MPU_FAULT_BUSFAULT},
};

static bool is_arm_allowed(const struct request *request, const struct answer *answer)
{
    if (request->kind == PROBE_FETCH)
        return answer->trap == EXCEPTION_USAGEFAULT && answer->status == CFSR_UNDEFINSTR &&
               answer->value == request->addr;
    return answer->trap == EXCEPTION_SVCALL && answer->status == 0;
}

static struct observation observe_arm(const struct request *request, const struct answer *answer)
{
    const uint32_t valid = CFSR_MMARVALID | CFSR_BFARVALID;
    struct observation seen = {.is_addr_recorded = (answer->status & valid) != 0,
                               .fault_addr = answer->fault_addr};

    seen.is_understood = is_arm_allowed(request, answer);
    for (size_t i = 0; i < sizeof arm_faults / sizeof arm_faults[0]; i++) {
        if (arm_faults[i].exception != answer->trap ||
            arm_faults[i].status != (answer->status & ~valid))
            continue;
        seen.is_understood = true;
        seen.fault = arm_faults[i].fault;
    }
    return seen;
}

// ---- RISC-V: mcause

enum {
    CAUSE_INST_AF = 1,
    CAUSE_ILLEGAL_INST = 2,
    CAUSE_LOAD_AF = 5,
    CAUSE_STORE_AF = 7,
    CAUSE_CALL_FROM_USER = 8,
    CAUSE_CALL_FROM_MACHINE = 11,
};

static bool is_riscv_allowed(const struct request *request, const struct answer *answer)
{
    uint32_t call = request->is_privileged ? CAUSE_CALL_FROM_MACHINE : CAUSE_CALL_FROM_USER;

    if (request->kind == PROBE_FETCH)
        return answer->trap == CAUSE_ILLEGAL_INST && answer->value == request->addr;
    return answer->trap == call;
}

static struct observation observe_riscv(const struct request *request, const struct answer *answer)
{
    struct observation seen = {.is_understood = true, .fault_addr = answer->fault_addr};

    if (is_riscv_allowed(request, answer))
        return seen;
    seen.is_addr_recorded = true;
    switch (answer->trap) {
    case CAUSE_INST_AF:
        seen.fault = MPU_FAULT_INST_AF;
        break;
    case CAUSE_LOAD_AF:
        seen.fault = MPU_FAULT_LOAD_AF;
        break;
    case CAUSE_STORE_AF:
        seen.fault = MPU_FAULT_STORE_AF;
        break;
    default:
        seen.is_understood = false;
        break;
    }
    return seen;
}

struct observation machine_observe(const struct machine *machine, const struct request *request,
                                   const struct answer *answer)
{
    return machine->is_riscv ? observe_riscv(request, answer) : observe_arm(request, answer);
}
