// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "pmp_hw.h"

#include "mpu_hw_private.h"

enum {
    CFG_MASK = PMP_CFG_R | PMP_CFG_W | PMP_CFG_X | PMP_CFG_A | PMP_CFG_L,
    ENTRIES_PER_CFG_REGISTER = 4,
    CFG_REGISTERS = MPU_PMP_ENTRIES_MAX / ENTRIES_PER_CFG_REGISTER,
    R = MPU_RIGHT_READ,
    W = MPU_RIGHT_WRITE,
    X = MPU_RIGHT_EXECUTE,
};

// The bits R, W and X of a cfg byte are the rights themselves.
_Static_assert((int)PMP_CFG_R == R && (int)PMP_CFG_W == W && (int)PMP_CFG_X == X, "cfg bits");

// First and last byte of an entry in the 34-bit space.
struct entry_range {
    uint64_t first;
    uint64_t last;
};

static uint8_t address_mode(const struct mpu_hw *hw, uint32_t entry)
{
    return hw->pmp.pmpcfg[entry] & PMP_CFG_A;
}

static bool is_set(const struct mpu_hw *hw, uint32_t mseccfg_bit)
{
    return (hw->pmp.mseccfg & mseccfg_bit) != 0;
}

static bool is_locked(const struct mpu_hw *hw, uint32_t entry)
{
    return (hw->pmp.pmpcfg[entry] & PMP_CFG_L) && !is_set(hw, PMP_MSECCFG_RLB);
}

// An entry's address is also the bottom of the next one, if that is TOR.
static bool is_addr_locked(const struct mpu_hw *hw, uint32_t entry)
{
    const uint32_t next = entry + 1;

    return is_locked(hw, entry) ||
           (next < hw->regions && is_locked(hw, next) && address_mode(hw, next) == PMP_CFG_TOR);
}

// L, R, W and X of a cfg byte as the four bits LRWX of the Smepmp truth table.
static uint32_t lrwx_of(uint8_t cfg)
{
    return (cfg & PMP_CFG_L ? 8u : 0) | (cfg & PMP_CFG_R ? 4u : 0) | (cfg & PMP_CFG_W ? 2u : 0) |
           (cfg & PMP_CFG_X ? 1u : 0);
}

// With MML no new rule may let machine mode execute: LRWX 1001, 1010, 1011 and 1101.
static bool is_cfg_refused(const struct mpu_hw *hw, uint8_t cfg)
{
    const uint32_t machine_executes = 1u << 9 | 1u << 10 | 1u << 11 | 1u << 13;

    return is_set(hw, PMP_MSECCFG_MML) && !is_set(hw, PMP_MSECCFG_RLB) &&
           ((machine_executes >> lrwx_of(cfg)) & 1);
}

static void write_cfg(struct mpu_hw *hw, uint32_t entry, uint8_t cfg)
{
    cfg &= CFG_MASK;
    if (entry >= hw->regions || is_locked(hw, entry) || is_cfg_refused(hw, cfg))
        return;
    if (hw->pmp.pmpcfg[entry] == cfg)
        return;
    hw->pmp.pmpcfg[entry] = cfg;
    hw->generation++;
}

static void write_addr(struct mpu_hw *hw, uint32_t entry, uint32_t value)
{
    if (entry < hw->regions && !is_addr_locked(hw, entry))
        mpu_set(hw, &hw->pmp.pmpaddr[entry], value);
}

static bool is_any_locked(const struct mpu_hw *hw)
{
    for (uint32_t i = 0; i < hw->regions; i++) {
        if (hw->pmp.pmpcfg[i] & PMP_CFG_L)
            return true;
    }
    return false;
}

// MML and MMWP are sticky. RLB, once zero, stays so while any entry has L.
static void write_mseccfg(struct mpu_hw *hw, uint32_t value)
{
    const uint32_t sticky = PMP_MSECCFG_MML | PMP_MSECCFG_MMWP;
    uint32_t after = (value & (sticky | PMP_MSECCFG_RLB)) | (hw->pmp.mseccfg & sticky);

    if (!is_set(hw, PMP_MSECCFG_RLB) && is_any_locked(hw))
        after &= ~(uint32_t)PMP_MSECCFG_RLB;
    mpu_set(hw, &hw->pmp.mseccfg, after);
}

static bool is_cfg_register(uint32_t reg)
{
    return reg >= PMP_PMPCFG0 && reg < PMP_PMPCFG0 + CFG_REGISTERS;
}

static bool is_addr_register(uint32_t reg)
{
    return reg >= PMP_PMPADDR0 && reg < PMP_PMPADDR0 + MPU_PMP_ENTRIES_MAX;
}

bool pmp_hw_write(struct mpu_hw *hw, uint32_t reg, uint32_t value)
{
    if (is_cfg_register(reg)) {
        const uint32_t first = (reg - PMP_PMPCFG0) * ENTRIES_PER_CFG_REGISTER;
        for (uint32_t i = 0; i < ENTRIES_PER_CFG_REGISTER; i++)
            write_cfg(hw, first + i, (uint8_t)(value >> (8 * i)));
        return true;
    }
    if (is_addr_register(reg)) {
        write_addr(hw, reg - PMP_PMPADDR0, value);
        return true;
    }
    if (reg == PMP_MSECCFG && hw->kind == MPU_KIND_SMEPMP) {
        write_mseccfg(hw, value);
        return true;
    }
    if (reg == PMP_MSTATUS) {
        mpu_set(hw, &hw->pmp.mstatus, value & (PMP_MSTATUS_MPRV | PMP_MSTATUS_MPP));
        return true;
    }
    return false;
}

// Entries beyond the silicon's are zero since reset.
bool pmp_hw_read(const struct mpu_hw *hw, uint32_t reg, uint32_t *value)
{
    if (is_cfg_register(reg)) {
        const uint8_t *cfg = &hw->pmp.pmpcfg[(reg - PMP_PMPCFG0) * ENTRIES_PER_CFG_REGISTER];
        *value = cfg[0] | (uint32_t)cfg[1] << 8 | (uint32_t)cfg[2] << 16 | (uint32_t)cfg[3] << 24;
        return true;
    }
    if (is_addr_register(reg)) {
        *value = hw->pmp.pmpaddr[reg - PMP_PMPADDR0];
        return true;
    }
    if (reg == PMP_MSECCFG && hw->kind == MPU_KIND_SMEPMP) {
        *value = hw->pmp.mseccfg;
        return true;
    }
    if (reg == PMP_MSTATUS) {
        *value = hw->pmp.mstatus;
        return true;
    }
    return false;
}

// False: the entry matches nothing.
static inline bool range_of(const struct mpu_hw *hw, uint32_t entry, struct entry_range *range)
{
    const uint64_t addr = hw->pmp.pmpaddr[entry];

    switch (address_mode(hw, entry)) {
    case PMP_CFG_TOR:
        // The bottom is the raw previous register, whatever its own mode is.
        range->first = entry == 0 ? 0 : (uint64_t)hw->pmp.pmpaddr[entry - 1] << 2;
        range->last = (addr << 2) - 1;
        return range->first < addr << 2;
    case PMP_CFG_NA4:
        range->first = addr << 2;
        range->last = range->first | 3;
        return true;
    case PMP_CFG_NAPOT: {
        const uint64_t ones = addr ^ (addr + 1); // the trailing ones and the zero above them
        range->first = (addr & ~ones) << 2;
        range->last = (addr | ones) << 2 | 3;
        return true;
    }
    default:
        return false;
    }
}

// What an entry grants machine or user mode.
static uint32_t rights_of(const struct mpu_hw *hw, uint8_t cfg, bool machine)
{
    static const uint8_t with_mml[2][16] = {
        {0, X, R, R | W, R, R | X, R | W, R | W | X, 0, 0, X, X, 0, 0, 0, R},
        {0, 0, R | W, R | W, 0, 0, 0, 0, 0, X, X, R | X, R, R | X, R | W, R},
    };

    if (is_set(hw, PMP_MSECCFG_MML))
        return with_mml[machine][lrwx_of(cfg)];
    if (machine && !(cfg & PMP_CFG_L))
        return R | W | X;
    return (cfg & (R | W)) == W ? 0 : cfg & (R | W | X);
}

static uint32_t rights_without_match(const struct mpu_hw *hw, bool machine)
{
    if (!machine || is_set(hw, PMP_MSECCFG_MMWP))
        return 0;
    return is_set(hw, PMP_MSECCFG_MML) ? R | W : R | W | X;
}

// Who asks: MPRV makes machine mode's reads and writes those of the mode in MPP.
static bool acts_as_machine(const struct mpu_hw *hw, enum mpu_op op, bool privileged)
{
    if (op != MPU_OP_FETCH && (hw->pmp.mstatus & PMP_MSTATUS_MPRV))
        return privileged && (hw->pmp.mstatus & PMP_MSTATUS_MPP) == PMP_MSTATUS_MPP;
    return privileged;
}

static enum mpu_fault fault_of(enum mpu_op op)
{
    switch (op) {
    case MPU_OP_FETCH:
        return MPU_FAULT_INST_AF;
    case MPU_OP_WRITE:
    case MPU_OP_PUSH:
        return MPU_FAULT_STORE_AF;
    case MPU_OP_READ:
    case MPU_OP_POP:
        break;
    }
    return MPU_FAULT_LOAD_AF;
}

// Which entry decides over first..last (a partial match sets `*is_partial`), or MPU_HW_NO_REGION.
static inline uint32_t deciding_entry(const struct mpu_hw *hw, uint32_t first, uint32_t last,
                                      bool *is_partial)
{
    for (uint32_t i = 0; i < hw->regions; i++) {
        struct entry_range range;

        if (!range_of(hw, i, &range) || last < range.first || first > range.last)
            continue;
        *is_partial = first < range.first || last > range.last;
        return i;
    }
    *is_partial = false;
    return MPU_HW_NO_REGION;
}

// An entry covers all bytes just when it decides for each of them; so for an access that wraps
// around it must decide for both ends.
static uint32_t deciding_entry_wrapped(const struct mpu_hw *hw, uint32_t first, uint32_t last,
                                       bool *is_partial)
{
    bool is_partial_low;
    uint32_t high = deciding_entry(hw, first, UINT32_MAX, is_partial);
    uint32_t low = deciding_entry(hw, 0, last, &is_partial_low);

    *is_partial = *is_partial || is_partial_low || high != low;
    return high < low ? high : low; // MPU_HW_NO_REGION is higher than all
}

// One unbroken access of `size` bytes, at least 1.
static inline struct mpu_answer check_unit(const struct mpu_hw *hw, uint32_t addr, uint32_t size,
                                           enum mpu_op op, bool machine)
{
    const uint32_t last = addr + size - 1;
    struct mpu_answer answer = {fault_of(op), MPU_RULE_REGION, 0, addr, true};
    bool is_partial;
    uint32_t rights;

    answer.region = last < addr ? deciding_entry_wrapped(hw, addr, last, &is_partial)
                                : deciding_entry(hw, addr, last, &is_partial);
    if (is_partial) {
        answer.rule = MPU_RULE_PARTIAL;
        return answer;
    }
    if (answer.region == MPU_HW_NO_REGION) {
        answer.rule = machine ? MPU_RULE_MACHINE_DEFAULT : MPU_RULE_NO_MATCH;
        rights = rights_without_match(hw, machine);
    } else {
        uint8_t cfg = hw->pmp.pmpcfg[answer.region];
        if (machine && !(cfg & PMP_CFG_L) && !is_set(hw, PMP_MSECCFG_MML))
            answer.rule = MPU_RULE_UNLOCKED;
        rights = rights_of(hw, cfg, machine);
    }
    if (rights & mpu_needed_right(op)) {
        answer.fault = MPU_FAULT_NONE;
        answer.is_addr_recorded = false;
    }
    return answer;
}

// Into how large pieces an access falls that are answered one by one. RISC-V has no stacking by
// hardware: push and pop are the words that a trap handler stores and loads.
static uint32_t unit_size_bytes(enum mpu_op op, uint32_t size)
{
    if (op == MPU_OP_FETCH)
        return 2;
    return op == MPU_OP_PUSH || op == MPU_OP_POP ? 4 : size;
}

struct mpu_answer pmp_hw_check(const struct mpu_hw *hw, uint32_t addr, uint32_t size,
                               enum mpu_op op, bool privileged)
{
    const bool machine = acts_as_machine(hw, op, privileged);
    const uint32_t first = op == MPU_OP_PUSH ? addr - size : addr;
    const uint32_t unit = unit_size_bytes(op, size);

    if (size == 0)
        return (struct mpu_answer){MPU_FAULT_NONE, MPU_RULE_NO_MATCH, MPU_HW_NO_REGION, addr,
                                   false};
    struct mpu_answer answer = check_unit(hw, first, size < unit ? size : unit, op, machine);
    for (uint64_t offset = unit; !answer.fault && offset < size; offset += unit) {
        uint32_t rest = size - (uint32_t)offset;
        struct mpu_answer next =
            check_unit(hw, first + (uint32_t)offset, rest < unit ? rest : unit, op, machine);
        if (next.fault)
            answer = next;
    }
    return answer;
}

static uint32_t clip_to_4_gib(uint64_t addr)
{
    return addr > UINT32_MAX ? UINT32_MAX : (uint32_t)addr;
}

// Within what remains, the same entry decides over every byte, so also over any run of them.
void pmp_hw_span(const struct mpu_hw *hw, uint32_t addr, uint32_t *lo, uint32_t *hi)
{
    struct mpu_span span = {0, UINT32_MAX};

    for (uint32_t i = 0; i < hw->regions; i++) {
        struct entry_range range;

        if (!range_of(hw, i, &range) || range.first > UINT32_MAX)
            continue;
        const uint32_t first = (uint32_t)range.first, last = clip_to_4_gib(range.last);
        if (first <= addr && addr <= last) {
            span_keep(&span, first, last);
            break;
        }
        span_avoid(&span, addr, first, last);
    }
    *lo = span.lo;
    *hi = span.hi;
}

bool pmp_hw_decode_region(const struct mpu_hw *hw, uint32_t index, struct mpu_hw_region *region)
{
    struct entry_range range;

    if (index >= hw->regions || !range_of(hw, index, &range))
        return false;

    const uint8_t cfg = hw->pmp.pmpcfg[index];
    *region = (struct mpu_hw_region){
        .first = range.first,
        .last = range.last,
        .privileged_rights = (uint8_t)rights_of(hw, cfg, true),
        .unprivileged_rights = (uint8_t)rights_of(hw, cfg, false),
        .is_locked = (cfg & PMP_CFG_L) != 0,
    };
    return true;
}
