// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "script.h"

#include <assert.h>

#include "../../mpu_model/armv7m_hw.h"
#include "../../mpu_model/armv8m_hw.h"
#include "../../mpu_model/pmp_hw.h"

enum {
    FLASH_HEADER_BYTES = 0x80, // of an app; behind it may stand code
    STACK_BYTES = 32,          // what every process can reach from its start, and a frame needs
    PAGE_BYTES = 4096,
    PMP_ENTRIES_PER_CFG = 4,
    RBAR_REGION = 0x1F, // VALID and REGION
};

// The unit of Armv6-M and Armv8-M has these under the same numbers.
_Static_assert((int)ARMV7M_CTRL == ARMV8M_CTRL && (int)ARMV7M_RNR == ARMV8M_RNR &&
                   (int)ARMV7M_RBAR == ARMV8M_RBAR && (int)ARMV7M_RASR == ARMV8M_RLAR,
               "registers");

static void ask(struct script *script, enum probe_kind kind, uint32_t addr, uint32_t value,
                bool is_privileged)
{
    script->take(script, &(struct request){kind, addr, value, is_privileged});
}

// ---- registers

static void write(struct script *script, uint32_t reg, uint32_t value)
{
    mpu_hw_write(&script->unit, reg, value);
    ask(script, PROBE_WRITE, reg, value, false);
}

static void read(struct script *script, uint32_t reg)
{
    ask(script, PROBE_READ, reg, 0, false);
}

// All regions of the machine, of which the unit may have fewer, while protection is off.
static void write_arm_regions(struct script *script, const struct mpu_hw *unit)
{
    uint32_t keep = unit->kind == MPU_KIND_ARMV8M ? UINT32_MAX : ~(uint32_t)RBAR_REGION;

    write(script, ARMV7M_CTRL, 0);
    for (uint32_t i = 0; i < script->unit.regions; i++) {
        bool has = i < unit->regions;

        write(script, ARMV7M_RNR, i);
        write(script, ARMV7M_RBAR, has ? unit->arm.region[i].rbar & keep : 0);
        write(script, ARMV7M_RASR, has ? unit->arm.region[i].attr : 0);
    }
}

static void set_up_arm(struct script *script, const struct mpu_hw *unit)
{
    write_arm_regions(script, unit);
    if (unit->kind == MPU_KIND_ARMV8M) {
        write(script, ARMV8M_MAIR0, unit->arm.mair[0]);
        write(script, ARMV8M_MAIR1, unit->arm.mair[1]);
        read(script, ARMV8M_MAIR0);
        read(script, ARMV8M_MAIR1);
    }
    for (uint32_t i = 0; i < script->unit.regions; i++) {
        write(script, ARMV7M_RNR, i);
        read(script, ARMV7M_RBAR);
        read(script, ARMV7M_RASR);
    }
    write(script, ARMV7M_CTRL, unit->arm.ctrl);
    read(script, ARMV7M_CTRL);
    read(script, ARMV7M_TYPE);
}

static uint32_t pmpcfg_of(const struct mpu_hw *unit, uint32_t first)
{
    uint32_t value = 0;

    for (uint32_t i = 0; i < PMP_ENTRIES_PER_CFG && first + i < unit->regions; i++)
        value |= (uint32_t)unit->pmp.pmpcfg[first + i] << (8 * i);
    return value;
}

static void set_up_pmp(struct script *script, const struct mpu_hw *unit)
{
    uint32_t entries = script->unit.regions, cfg_registers = entries / PMP_ENTRIES_PER_CFG;

    for (uint32_t i = 0; i < entries; i++)
        write(script, PMP_PMPADDR0 + i, i < unit->regions ? unit->pmp.pmpaddr[i] : 0);
    for (uint32_t i = 0; i < cfg_registers; i++)
        write(script, PMP_PMPCFG0 + i, pmpcfg_of(unit, i * PMP_ENTRIES_PER_CFG));
    for (uint32_t i = 0; i < entries; i++)
        read(script, PMP_PMPADDR0 + i);
    for (uint32_t i = 0; i < cfg_registers; i++)
        read(script, PMP_PMPCFG0 + i);
}

// ---- accesses

// Whether the machine has memory there.
static bool is_memory(const struct machine *machine, uaddr addr, uint32_t size)
{
    const uint32_t room = MACHINE_MEMORY_BYTES + 2 * MACHINE_MARGIN_BYTES - size;

    return addr - (machine->ram_start - MACHINE_MARGIN_BYTES) <= room ||
           addr - (machine->flash_start - MACHINE_MARGIN_BYTES) <= room;
}

static void probe(struct script *script, enum probe_kind kind, uaddr addr, uint32_t size,
                  bool is_privileged)
{
    if (is_memory(script->machine, addr, size))
        ask(script, kind, addr, size, is_privileged);
}

// Where an Arm process is to execute, the exception frame of its start must not be.
static void fetch(struct script *script, uaddr addr, uint32_t size, bool is_privileged)
{
    if (script->machine->is_riscv || addr + size <= script->stack_start ||
        addr >= script->stack_start + STACK_BYTES)
        probe(script, PROBE_FETCH, addr, size, is_privileged);
}

static void touch(struct script *script, uaddr addr, uint32_t size, bool is_privileged)
{
    probe(script, PROBE_LOAD, addr, size, is_privileged);
    probe(script, PROBE_STORE, addr, size, is_privileged);
}

// The emulator of Arm asks its unit about the first byte of an unaligned access only, that of
// RISC-V splits one that crosses a page: there they are no authority.
static void touch_unaligned(struct script *script, uaddr addr, uint32_t size)
{
    if (script->machine->is_riscv && addr % size != 0 && addr % PAGE_BYTES + size <= PAGE_BYTES)
        touch(script, addr, size, false);
}

static void probe_unprivileged(struct script *script, uaddr edge)
{
    uaddr half = edge & ~UINT32_C(1), word = edge & ~UINT32_C(3);

    for (uint32_t i = 0; i < 3; i++)
        touch(script, edge - 1 + i, 1, false);
    touch(script, half - 2, 2, false);
    touch(script, half, 2, false);
    touch(script, word - 4, 4, false);
    touch(script, word, 4, false);
    for (uint32_t i = 1; i < 4; i++)
        touch_unaligned(script, edge - i, 4);
    touch_unaligned(script, edge - 1, 2);
    fetch(script, half - 2, 2, false);
    fetch(script, half, 2, false);
    for (uint32_t i = 0; i < 3; i++)
        fetch(script, half - 2 * i, 4, false);
}

// Between two edges all is alike.
static void probe_between(struct script *script, uaddr edge, uaddr next)
{
    touch(script, edge + (next - edge) / 2, 1, false);
}

static void probe_privileged(struct script *script, uaddr edge)
{
    uaddr half = edge & ~UINT32_C(1);

    touch(script, edge - 1, 1, true);
    touch(script, edge, 1, true);
    fetch(script, half - 2, 2, true);
    fetch(script, half, 2, true);
}

void script_run(struct script *script, const struct world *world, uint32_t process,
                const struct edges *edges)
{
    const struct mpu_hw *unit = &world->protection.hw;
    const struct process *running = &world->processes[process];
    bool is_known = mpu_hw_init(&script->unit, unit->kind, script->machine->regions);

    assert(is_known);
    (void)is_known;
    if (script->machine->is_riscv)
        set_up_pmp(script, unit);
    else
        set_up_arm(script, unit);
    script->stack_start = running->memory_start;
    ask(script, PROBE_PROCESS, running->flash_start + FLASH_HEADER_BYTES,
        script->stack_start + STACK_BYTES, false);
    for (size_t i = 0; i < edges->count; i++) {
        probe_unprivileged(script, edges->addr[i]);
        probe_privileged(script, edges->addr[i]);
        if (i + 1 < edges->count)
            probe_between(script, edges->addr[i], edges->addr[i + 1]);
    }
}
