// SPDX-License-Identifier: Apache-2.0 OR MIT
// Replays measured decisions of protection units against the models.
//
//   mpu-vectors FILE...     each .jsonl or .jsonl.xz, one case a line
//
// A case is {"id", "arch", "regs", "writes", "smepmp", "accesses"}: the unit's registers, by which
// writes from reset they come about, and what the unit said to accesses under them. It passes
// when the writes lead to the registers and every access that may be judged is answered alike.
// Prints the first cases that differ, then `N passed, N failed`. Exit status: 0 all of at least
// one case passed, 1 one failed, 2 a file is missing or holds something else.
#include <inttypes.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../armv7m_hw.h"
#include "../armv8m_hw.h"
#include "../mpu_hw.h"
#include "../pmp_hw.h"
#include "vector_file.h"

enum {
    SHOWN_CASES_MAX = 5,
    SHOWN_ACCESSES_MAX = 5,
    REGISTERS_MAX = 3 + 2 * MPU_PMP_ENTRIES_MAX,
    STATUS_PASSED = 0,
    STATUS_FAILED = 1,
    STATUS_BAD_INPUT = 2,
};

#define NO_SELECTION UINT32_C(0xFFFFFFFF)

// A register that a case gives, and the value that it must read back. Cortex-M's region registers
// need RNR set to `region` first.
struct register_value {
    uint32_t region;
    uint32_t reg;
    uint32_t value;
};

struct registers {
    size_t count;
    struct register_value list[REGISTERS_MAX];
};

struct register_name {
    const char *name;
    uint32_t reg;
};

// One case while it is replayed.
struct replay {
    const struct vector_file *file;
    json_t *root;
    const char *id;
    const struct unit *unit;
    struct registers registers;
    struct mpu_hw hw;
    bool is_shown;     // report the differences of this case
    bool is_announced; // its heading is printed
    size_t differences;
};

// What `arch` names.
struct unit {
    const char *arch;
    enum mpu_kind kind;
    bool (*read_registers)(struct replay *replay, json_t *regs, uint32_t *regions);
    void (*load_registers)(struct replay *replay);
    bool (*find_register)(const char *name, uint32_t *reg);
    void (*show_registers)(const struct mpu_hw *hw);
};

struct access {
    uint32_t addr;
    uint32_t size;
    enum mpu_op op;
    bool privileged;
    bool is_judged;
    enum mpu_fault fault;
    bool has_fault_addr;
    uint32_t fault_addr;
};

// ---- bad input -------------------------------------------------------------------------------

static bool malformed(const struct replay *replay, const char *format, ...)
{
    va_list arguments;

    fprintf(stderr, "%s:%zu: ", replay->file->path, replay->file->line);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    return false;
}

static bool read_u32(const struct replay *replay, const json_t *json, const char *what,
                     uint32_t *value)
{
    json_int_t number = json_integer_value(json);

    if (!json_is_integer(json) || number < 0 || number > UINT32_MAX)
        return malformed(replay, "%s is not an unsigned 32-bit number", what);
    *value = (uint32_t)number;
    return true;
}

// An array of at least `count_min` and at most `count_max` elements.
static bool is_array(const struct replay *replay, const json_t *json, const char *what,
                     size_t count_min, size_t count_max)
{
    size_t count = json_array_size(json);

    if (!json_is_array(json))
        return malformed(replay, "%s is not an array", what);
    if (count < count_min || count > count_max)
        return malformed(replay, "%s has %zu elements where %zu to %zu make sense", what, count,
                         count_min, count_max);
    return true;
}

// ---- registers of a case ---------------------------------------------------------------------

static void add_register(struct replay *replay, uint32_t region, uint32_t reg, uint32_t value)
{
    replay->registers.list[replay->registers.count++] = (struct register_value){region, reg, value};
}

static bool read_region(struct replay *replay, const json_t *pair, uint32_t region)
{
    uint32_t rbar = 0, attributes = 0;

    if (!is_array(replay, pair, "an element of regs.regions", 2, 2) ||
        !read_u32(replay, json_array_get(pair, 0), "a region's first register", &rbar) ||
        !read_u32(replay, json_array_get(pair, 1), "a region's second register", &attributes))
        return false;
    add_register(replay, region, ARMV7M_RBAR, rbar);
    add_register(replay, region, ARMV7M_RASR, attributes); // RLAR has the same place
    return true;
}

// CTRL stands first in the list, and is loaded last.
static bool read_arm_registers(struct replay *replay, json_t *regs, uint32_t *regions)
{
    const json_t *list = json_object_get(regs, "regions");
    const json_t *mair = json_object_get(regs, "mair");
    uint32_t value = 0;

    if (!read_u32(replay, json_object_get(regs, "ctrl"), "regs.ctrl", &value) ||
        !is_array(replay, list, "regs.regions", 1, MPU_ARM_REGIONS_MAX))
        return false;
    add_register(replay, NO_SELECTION, ARMV7M_CTRL, value);
    *regions = (uint32_t)json_array_size(list);
    for (uint32_t i = 0; i < *regions; i++) {
        if (!read_region(replay, json_array_get(list, i), i))
            return false;
    }
    if (replay->unit->kind != MPU_KIND_ARMV8M)
        return true;
    if (!is_array(replay, mair, "regs.mair", 2, 2))
        return false;
    for (uint32_t i = 0; i < 2; i++) {
        if (!read_u32(replay, json_array_get(mair, i), "regs.mair", &value))
            return false;
        add_register(replay, NO_SELECTION, ARMV8M_MAIR0 + 4 * i, value);
    }
    return true;
}

// Four cfg bytes from entry `first`, the lowest in the low byte.
static bool read_pmpcfg(struct replay *replay, const json_t *list, uint32_t first)
{
    uint32_t packed = 0;

    for (uint32_t i = 0; i < 4 && first + i < json_array_size(list); i++) {
        uint32_t cfg = 0;
        if (!read_u32(replay, json_array_get(list, first + i), "regs.pmpcfg", &cfg))
            return false;
        if (cfg > UINT8_MAX)
            return malformed(replay, "regs.pmpcfg holds %" PRIu32 ", which is no byte", cfg);
        packed |= cfg << (8 * i);
    }
    add_register(replay, NO_SELECTION, PMP_PMPCFG0 + first / 4, packed);
    return true;
}

static bool read_pmp_registers(struct replay *replay, json_t *regs, uint32_t *regions)
{
    const json_t *cfg = json_object_get(regs, "pmpcfg");
    const json_t *addr = json_object_get(regs, "pmpaddr");
    uint32_t value = 0;

    if (!is_array(replay, cfg, "regs.pmpcfg", 1, MPU_PMP_ENTRIES_MAX) ||
        !is_array(replay, addr, "regs.pmpaddr", json_array_size(cfg), json_array_size(cfg)) ||
        !read_u32(replay, json_object_get(regs, "mseccfg"), "regs.mseccfg", &value))
        return false;
    add_register(replay, NO_SELECTION, PMP_MSECCFG, value);
    *regions = (uint32_t)json_array_size(cfg);
    for (uint32_t i = 0; i < *regions; i++) {
        if (!read_u32(replay, json_array_get(addr, i), "regs.pmpaddr", &value))
            return false;
        add_register(replay, NO_SELECTION, PMP_PMPADDR0 + i, value);
    }
    for (uint32_t i = 0; i < *regions; i += 4) {
        if (!read_pmpcfg(replay, cfg, i))
            return false;
    }
    return true;
}

static void load_register(struct mpu_hw *hw, const struct register_value *value)
{
    if (value->region != NO_SELECTION)
        mpu_hw_write(hw, ARMV7M_RNR, value->region);
    mpu_hw_write(hw, value->reg, value->value);
}

static void load_arm_registers(struct replay *replay)
{
    for (size_t i = replay->registers.count; i-- > 0;)
        load_register(&replay->hw, &replay->registers.list[i]);
}

// RLB first, as it cannot be set once an entry is locked; MML last, as it limits what may be
// written; addresses before the locks that freeze them.
static void load_pmp_registers(struct replay *replay)
{
    const struct register_value *mseccfg = &replay->registers.list[0];

    mpu_hw_write(&replay->hw, PMP_MSECCFG, mseccfg->value & PMP_MSECCFG_RLB);
    for (size_t i = 1; i < replay->registers.count; i++)
        load_register(&replay->hw, &replay->registers.list[i]);
    load_register(&replay->hw, mseccfg);
}

static bool find_in(const struct register_name *names, size_t count, const char *name,
                    uint32_t *reg)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(names[i].name, name) == 0) {
            *reg = names[i].reg;
            return true;
        }
    }
    return false;
}

static bool find_v7m_register(const char *name, uint32_t *reg)
{
    static const struct register_name names[] = {
        {"CTRL", ARMV7M_CTRL},       {"RNR", ARMV7M_RNR},         {"RBAR", ARMV7M_RBAR},
        {"RASR", ARMV7M_RASR},       {"RBAR_A1", ARMV7M_RBAR_A1}, {"RASR_A1", ARMV7M_RASR_A1},
        {"RBAR_A2", ARMV7M_RBAR_A2}, {"RASR_A2", ARMV7M_RASR_A2}, {"RBAR_A3", ARMV7M_RBAR_A3},
        {"RASR_A3", ARMV7M_RASR_A3},
    };

    return find_in(names, sizeof names / sizeof names[0], name, reg);
}

static bool find_v8m_register(const char *name, uint32_t *reg)
{
    static const struct register_name names[] = {
        {"CTRL", ARMV8M_CTRL},       {"RNR", ARMV8M_RNR},         {"RBAR", ARMV8M_RBAR},
        {"RLAR", ARMV8M_RLAR},       {"RBAR_A1", ARMV8M_RBAR_A1}, {"RLAR_A1", ARMV8M_RLAR_A1},
        {"RBAR_A2", ARMV8M_RBAR_A2}, {"RLAR_A2", ARMV8M_RLAR_A2}, {"RBAR_A3", ARMV8M_RBAR_A3},
        {"RLAR_A3", ARMV8M_RLAR_A3}, {"MAIR0", ARMV8M_MAIR0},     {"MAIR1", ARMV8M_MAIR1},
    };

    return find_in(names, sizeof names / sizeof names[0], name, reg);
}

// A name that is `prefix` and a number below `count`.
static bool find_numbered(const char *name, const char *prefix, uint32_t first, uint32_t count,
                          uint32_t *reg)
{
    size_t length = strlen(prefix);
    char *end;

    if (strncmp(name, prefix, length) != 0 || name[length] < '0' || name[length] > '9')
        return false;
    unsigned long number = strtoul(name + length, &end, 10);
    if (*end || number >= count)
        return false;
    *reg = first + (uint32_t)number;
    return true;
}

static bool find_pmp_register(const char *name, uint32_t *reg)
{
    if (strcmp(name, "mseccfg") == 0) {
        *reg = PMP_MSECCFG;
        return true;
    }
    return find_numbered(name, "pmpcfg", PMP_PMPCFG0, MPU_PMP_ENTRIES_MAX / 4, reg) ||
           find_numbered(name, "pmpaddr", PMP_PMPADDR0, MPU_PMP_ENTRIES_MAX, reg);
}

// ---- showing a difference --------------------------------------------------------------------

static const char *rights_text(uint32_t rights)
{
    static const char *const texts[8] = {"---", "r--", "-w-", "rw-", "--x", "r-x", "-wx", "rwx"};

    return texts[rights & 7];
}

static void show_region(const struct mpu_hw *hw, uint32_t index)
{
    struct mpu_hw_region region;

    if (!mpu_hw_decode_region(hw, index, &region)) {
        puts("matches nothing");
        return;
    }
    printf("0x%08" PRIx64 "..0x%08" PRIx64 " privileged %s unprivileged %s", region.first,
           region.last, rights_text(region.privileged_rights),
           rights_text(region.unprivileged_rights));
    if (region.disabled_subregions)
        printf(" disabled eighths 0x%02x", region.disabled_subregions);
    puts(region.is_locked ? " locked" : "");
}

static void show_arm_registers(const struct mpu_hw *hw)
{
    const char *second = hw->kind == MPU_KIND_ARMV8M ? "RLAR" : "RASR";

    printf("    CTRL 0x%08" PRIx32 "%s%s%s\n", hw->arm.ctrl,
           hw->arm.ctrl & MPU_ARM_CTRL_ENABLE ? " ENABLE" : " unit off",
           hw->arm.ctrl & MPU_ARM_CTRL_HFNMIENA ? " HFNMIENA" : "",
           hw->arm.ctrl & MPU_ARM_CTRL_PRIVDEFENA ? " PRIVDEFENA" : "");
    for (uint32_t i = 0; i < hw->regions; i++) {
        if (!(hw->arm.region[i].attr & ARMV7M_RASR_ENABLE))
            continue;
        printf("    region %2" PRIu32 " RBAR 0x%08" PRIx32 " %s 0x%08" PRIx32 ": ", i,
               hw->arm.region[i].rbar, second, hw->arm.region[i].attr);
        show_region(hw, i);
    }
}

static void show_pmp_registers(const struct mpu_hw *hw)
{
    static const char *const modes[4] = {"OFF", "TOR", "NA4", "NAPOT"};

    printf("    mseccfg 0x%" PRIx32 "%s%s%s\n", hw->pmp.mseccfg,
           hw->pmp.mseccfg & PMP_MSECCFG_MML ? " MML" : "",
           hw->pmp.mseccfg & PMP_MSECCFG_MMWP ? " MMWP" : "",
           hw->pmp.mseccfg & PMP_MSECCFG_RLB ? " RLB" : "");
    for (uint32_t i = 0; i < hw->regions; i++) {
        if (!hw->pmp.pmpcfg[i] && !hw->pmp.pmpaddr[i])
            continue;
        printf("    entry %2" PRIu32 " cfg 0x%02x addr 0x%08" PRIx32 " %-5s: ", i,
               hw->pmp.pmpcfg[i], hw->pmp.pmpaddr[i], modes[(hw->pmp.pmpcfg[i] & PMP_CFG_A) >> 3]);
        show_region(hw, i);
    }
}

// Counts a difference; true if it is to be printed, its case's heading being printed by then.
static bool note_difference(struct replay *replay)
{
    replay->differences++;
    if (!replay->is_shown || replay->differences > SHOWN_ACCESSES_MAX)
        return false;
    if (!replay->is_announced) {
        printf("%s:%zu: %s\n", replay->file->path, replay->file->line, replay->id);
        replay->unit->show_registers(&replay->hw);
        replay->is_announced = true;
    }
    return true;
}

static const char *op_text(enum mpu_op op)
{
    static const char *const texts[] = {
        [MPU_OP_READ] = "read", [MPU_OP_WRITE] = "write", [MPU_OP_FETCH] = "fetch",
        [MPU_OP_PUSH] = "push", [MPU_OP_POP] = "pop",
    };

    return texts[op];
}

static void show_outcome(const char *word, enum mpu_fault fault, bool has_addr, uint32_t addr)
{
    printf("      %s %s", word, fault == MPU_FAULT_NONE ? "ok" : mpu_fault_name(fault));
    if (has_addr)
        printf(" at 0x%08" PRIx32, addr);
}

static void show_access(const struct access *access, const struct mpu_answer *answer)
{
    printf("    %s of %" PRIu32 " at 0x%08" PRIx32 ", %s\n", op_text(access->op), access->size,
           access->addr, access->privileged ? "privileged" : "unprivileged");
    show_outcome("expected", access->fault, access->has_fault_addr, access->fault_addr);
    putchar('\n');
    show_outcome("got     ", answer->fault, answer->is_addr_recorded, answer->fault_addr);
    if (answer->region == MPU_HW_NO_REGION)
        printf(" (%s)\n", mpu_rule_text(answer->rule));
    else
        printf(" (region or entry %" PRIu32 ": %s)\n", answer->region, mpu_rule_text(answer->rule));
}

// ---- replaying -------------------------------------------------------------------------------

static bool replay_write(struct replay *replay, const json_t *write, bool *is_ctrl_written)
{
    uint32_t reg = 0, value = 0;

    if (!is_array(replay, write, "an element of writes", 2, 2) ||
        !read_u32(replay, json_array_get(write, 1), "a written value", &value))
        return false;
    const char *name = json_string_value(json_array_get(write, 0));
    if (!name || !replay->unit->find_register(name, &reg) || !mpu_hw_write(&replay->hw, reg, value))
        return malformed(replay, "writes names %s, which is no register of this unit",
                         name ? name : "something");
    if (reg == ARMV7M_CTRL)
        *is_ctrl_written = true;
    return true;
}

// Cortex-M cases give their region writes alone: CTRL follows from `regs`.
static bool replay_writes(struct replay *replay, const json_t *writes)
{
    bool is_ctrl_written = replay->unit->find_register == find_pmp_register;

    for (size_t i = 0; i < json_array_size(writes); i++) {
        if (!replay_write(replay, json_array_get(writes, i), &is_ctrl_written))
            return false;
    }
    if (!is_ctrl_written)
        load_register(&replay->hw, &replay->registers.list[0]);
    return true;
}

// Whether the unit's registers read back as the case says.
static void compare_registers(struct replay *replay)
{
    struct mpu_hw probe = replay->hw; // RNR moves while reading

    for (size_t i = 0; i < replay->registers.count; i++) {
        const struct register_value *expected = &replay->registers.list[i];
        uint32_t got = 0;

        if (expected->region != NO_SELECTION)
            mpu_hw_write(&probe, ARMV7M_RNR, expected->region);
        mpu_hw_read(&probe, expected->reg, &got);
        if (got == expected->value || !note_difference(replay))
            continue;
        printf("    register 0x%" PRIx32, expected->reg);
        if (expected->region != NO_SELECTION)
            printf(" of region %" PRIu32, expected->region);
        printf(": expected 0x%08" PRIx32 ", got 0x%08" PRIx32 "\n", expected->value, got);
    }
}

static bool find_op(const char *name, enum mpu_op *op)
{
    static const char *const names[] = {
        [MPU_OP_READ] = "r",    [MPU_OP_WRITE] = "w", [MPU_OP_FETCH] = "x",
        [MPU_OP_PUSH] = "push", [MPU_OP_POP] = "pop",
    };

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(names[i], name) == 0) {
            *op = (enum mpu_op)i;
            return true;
        }
    }
    return false;
}

static bool find_fault(const char *name, enum mpu_fault *fault)
{
    for (enum mpu_fault i = MPU_FAULT_DACCVIOL; i <= MPU_FAULT_INST_AF; i++) {
        if (strcmp(mpu_fault_name(i), name) == 0) {
            *fault = i;
            return true;
        }
    }
    return false;
}

// `result` and `fault`: ok, any (not judged), or a fault by name.
static bool read_result(const struct replay *replay, const char *result, const char *fault,
                        struct access *access)
{
    access->is_judged = strcmp(result, "any") != 0;
    access->fault = MPU_FAULT_NONE;
    if (!access->is_judged || strcmp(result, "ok") == 0)
        return true;
    if (strcmp(result, "fault") != 0)
        return malformed(replay, "result \"%s\" is none of ok, fault and any", result);
    if (!fault || !find_fault(fault, &access->fault))
        return malformed(replay, "fault \"%s\" is not known", fault ? fault : "");
    return true;
}

// Which address the chip must have kept: mtval always, MMFAR for an aligned data access.
static bool read_fault_addr(const struct replay *replay, const json_t *tval, struct access *access)
{
    access->fault_addr = access->addr;
    switch (access->fault) {
    case MPU_FAULT_LOAD_AF:
    case MPU_FAULT_STORE_AF:
    case MPU_FAULT_INST_AF:
        access->has_fault_addr = true;
        return !tval || read_u32(replay, tval, "tval", &access->fault_addr);
    case MPU_FAULT_DACCVIOL:
        access->has_fault_addr = access->addr % access->size == 0;
        return true;
    default:
        access->has_fault_addr = false;
        return true;
    }
}

static bool read_access(const struct replay *replay, json_t *json, struct access *access)
{
    const char *op, *result, *fault = NULL;
    json_t *addr, *size, *tval = NULL;
    int privileged;
    json_error_t error;

    if (json_unpack_ex(json, &error, 0, "{s:o, s:o, s:s, s:b, s:s, s?s, s?o}", "addr", &addr,
                       "size", &size, "op", &op, "priv", &privileged, "result", &result, "fault",
                       &fault, "tval", &tval) != 0)
        return malformed(replay, "an access is wrong: %s", error.text);
    if (!read_u32(replay, addr, "addr", &access->addr) ||
        !read_u32(replay, size, "size", &access->size))
        return false;
    if (access->size == 0 || access->size > 32)
        return malformed(replay, "size %" PRIu32 " is none of 1 to 32", access->size);
    if (!find_op(op, &access->op))
        return malformed(replay, "op \"%s\" is none of r, w, x, push and pop", op);
    access->privileged = privileged;
    return read_result(replay, result, fault, access) && read_fault_addr(replay, tval, access);
}

static bool is_answer_right(const struct access *access, const struct mpu_answer *answer)
{
    if (answer->fault != access->fault)
        return false;
    return !access->has_fault_addr ||
           (answer->is_addr_recorded && answer->fault_addr == access->fault_addr);
}

static bool replay_accesses(struct replay *replay, const json_t *accesses)
{
    for (size_t i = 0; i < json_array_size(accesses); i++) {
        struct access access = {0};

        if (!read_access(replay, json_array_get(accesses, i), &access))
            return false;
        struct mpu_answer answer =
            mpu_hw_check(&replay->hw, access.addr, access.size, access.op, access.privileged);
        if (access.is_judged && !is_answer_right(&access, &answer) && note_difference(replay))
            show_access(&access, &answer);
    }
    return true;
}

static const struct unit *find_unit(const char *arch, bool has_smepmp)
{
    static const struct unit units[] = {
        {"v6m", MPU_KIND_ARMV6M, read_arm_registers, load_arm_registers, find_v7m_register,
         show_arm_registers},
        {"v7m", MPU_KIND_ARMV7M, read_arm_registers, load_arm_registers, find_v7m_register,
         show_arm_registers},
        {"v8m", MPU_KIND_ARMV8M, read_arm_registers, load_arm_registers, find_v8m_register,
         show_arm_registers},
        {"pmp", MPU_KIND_SMEPMP, read_pmp_registers, load_pmp_registers, find_pmp_register,
         show_pmp_registers},
        {"pmp", MPU_KIND_PMP, read_pmp_registers, load_pmp_registers, find_pmp_register,
         show_pmp_registers},
    };

    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (strcmp(units[i].arch, arch) == 0 && (has_smepmp || units[i].kind != MPU_KIND_SMEPMP))
            return &units[i];
    }
    return NULL;
}

// Replays what `root` holds. False if it is no case.
static bool replay_case(struct replay *replay)
{
    json_t *regs, *writes = NULL, *accesses = NULL;
    const char *arch;
    int has_smepmp = true; // where a case does not say, its mseccfg may be in use
    uint32_t regions;
    json_error_t error;

    if (json_unpack_ex(replay->root, &error, 0, "{s:s, s:s, s:o, s?o, s?o, s?b}", "id", &replay->id,
                       "arch", &arch, "regs", &regs, "writes", &writes, "accesses", &accesses,
                       "smepmp", &has_smepmp) != 0)
        return malformed(replay, "this is no case: %s", error.text);
    if (!writes && !accesses)
        return malformed(replay, "a case needs writes or accesses");
    replay->unit = find_unit(arch, has_smepmp);
    if (!replay->unit)
        return malformed(replay, "arch \"%s\" is none of v6m, v7m, v8m and pmp", arch);
    if (!replay->unit->read_registers(replay, regs, &regions))
        return false;
    if (!mpu_hw_init(&replay->hw, replay->unit->kind, regions))
        return malformed(replay, "no unit of arch %s has %" PRIu32 " regions", arch, regions);

    if (!writes)
        replay->unit->load_registers(replay);
    else if (!is_array(replay, writes, "writes", 0, SIZE_MAX) || !replay_writes(replay, writes))
        return false;
    compare_registers(replay);
    return !accesses || (is_array(replay, accesses, "accesses", 0, SIZE_MAX) &&
                         replay_accesses(replay, accesses));
}

struct totals {
    size_t passed;
    size_t failed;
};

static bool replay_line(const struct vector_file *file, const char *line, size_t length,
                        struct totals *totals)
{
    struct replay replay = {.file = file, .is_shown = totals->failed < SHOWN_CASES_MAX};
    json_error_t error;

    replay.root = json_loadb(line, length, JSON_REJECT_DUPLICATES, &error);
    if (!replay.root)
        return malformed(&replay, "this is not JSON: %s", error.text);
    bool is_case = replay_case(&replay);
    if (replay.is_announced && replay.differences > SHOWN_ACCESSES_MAX)
        printf("    ... and %zu more\n", replay.differences - SHOWN_ACCESSES_MAX);
    json_decref(replay.root);
    if (is_case)
        ++*(replay.differences ? &totals->failed : &totals->passed);
    return is_case;
}

static bool replay_file(const char *path, struct totals *totals)
{
    const size_t cases_before = totals->passed + totals->failed;
    struct vector_file file;
    const char *line;
    size_t length;
    bool is_good = true;

    if (!vector_file_open(&file, path))
        return false;
    while (is_good && vector_file_next_line(&file, &line, &length))
        is_good = replay_line(&file, line, length, totals);
    vector_file_close(&file);
    if (is_good && totals->passed + totals->failed == cases_before) {
        fprintf(stderr, "%s: holds no case\n", path);
        return false;
    }
    return is_good;
}

int main(int argc, char **argv)
{
    struct totals totals = {0};

    if (argc < 2) {
        fputs("usage: mpu-vectors FILE... (.jsonl or .jsonl.xz)\n", stderr);
        return STATUS_BAD_INPUT;
    }
    for (int i = 1; i < argc; i++) {
        if (!replay_file(argv[i], &totals))
            return STATUS_BAD_INPUT;
    }
    printf("%zu passed, %zu failed\n", totals.passed, totals.failed);
    return totals.failed ? STATUS_FAILED : STATUS_PASSED;
}
