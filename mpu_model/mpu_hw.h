// SPDX-License-Identifier: Apache-2.0 OR MIT
// Protection units as silicon: registers go in, decisions come out.
//
// One `struct mpu_hw` is one unit. Drivers write its registers, the bus asks it. A decision
// is a pure function of the registers: nothing is precomputed that could disagree with
// them. The struct is plain data without pointers or padding, so it may be copied, compared
// and hashed as bytes. Register names are in armv7m_hw.h, armv8m_hw.h and pmp_hw.h.
//
// Sources of the rules: Armv6-M (DDI 0419), Armv7-M (DDI 0403) and Armv8-M (DDI 0553)
// Architecture Reference Manuals; The RISC-V Instruction Set Manual, Volume II, "Physical
// Memory Protection" and "Smepmp".
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// What silicon stands behind the struct. All zero bytes are the chip without a unit.
enum mpu_kind {
    MPU_KIND_NONE,   // every access is allowed
    MPU_KIND_ARMV6M, // PMSAv6 of a Cortex-M0+: 8 regions of 256 bytes and up
    MPU_KIND_ARMV7M, // PMSAv7: 8 or 16 regions of 32 bytes and up
    MPU_KIND_ARMV8M, // PMSAv8, one security state: 4, 8, 12 or 16 regions
    MPU_KIND_PMP,    // rv32 PMP without Smepmp: 4 to 64 entries of 4 bytes and up
    MPU_KIND_SMEPMP, // the same with Smepmp
};

enum mpu_op {
    MPU_OP_READ,
    MPU_OP_WRITE,
    MPU_OP_FETCH, // an instruction of 2 or 4 bytes
    MPU_OP_PUSH,  // exception stacking: words written below the address
    MPU_OP_POP,   // exception unstacking: words read from the address up
};

// X(NAME)
#define MPU_FAULTS(X)                                                                              \
    X(NONE)      /* allowed */                                                                     \
    X(DACCVIOL)  /* MemManage, data access violation */                                            \
    X(IACCVIOL)  /* MemManage, instruction access violation */                                     \
    X(BUSFAULT)  /* BusFault, unprivileged access to the private peripheral bus */                 \
    X(MSTKERR)   /* MemManage on exception stacking */                                             \
    X(MUNSTKERR) /* MemManage on exception unstacking */                                           \
    X(LOAD_AF)   /* load access fault */                                                           \
    X(STORE_AF)  /* store access fault */                                                          \
    X(INST_AF)   /* instruction access fault */

// X(NAME, why the answer is what it is)
#define MPU_RULES(X)                                                                               \
    X(NO_UNIT, "the chip has no protection unit")                                                  \
    X(UNIT_OFF, "the unit is off: default memory map")                                             \
    X(NEGATIVE_PRIORITY, "negative priority with HFNMIENA = 0: default memory map")                \
    X(PPB, "private peripheral bus: the unit is not asked")                                        \
    X(REGION, "the rights of the region or entry that matches")                                    \
    X(OVERLAP, "more than one region matches")                                                     \
    X(SYSTEM_SPACE, "nothing executes from 0xe0000000 up, whatever the region says")               \
    X(BACKGROUND, "no region matches: default memory map by PRIVDEFENA")                           \
    X(NO_MATCH, "no region or entry matches")                                                      \
    X(PARTIAL, "the first entry that matches does not cover the whole access")                     \
    X(UNLOCKED, "the entry is not locked: it does not bind machine mode")                          \
    X(MACHINE_DEFAULT, "no entry matches: machine mode's default")

enum mpu_fault {
#define X(NAME) MPU_FAULT_##NAME,
    MPU_FAULTS(X)
#undef X
};

enum mpu_rule {
#define X(NAME, text) MPU_RULE_##NAME,
    MPU_RULES(X)
#undef X
};

enum {
    MPU_HW_NO_REGION = 0xFF,
    MPU_ARM_REGIONS_MAX = 16,
    MPU_PMP_ENTRIES_MAX = 64,
};

// The answer to one access. When it is allowed, `rule` and `region` are those of its first
// unit (byte, halfword of an instruction, word of a stack frame), else of the unit refused.
struct mpu_answer {
    enum mpu_fault fault;  // MPU_FAULT_NONE: allowed
    enum mpu_rule rule;    // the rule that decided
    uint32_t region;       // region or entry index that decided, or MPU_HW_NO_REGION
    uint32_t fault_addr;   // where it was refused; the access's own address when allowed
    bool is_addr_recorded; // whether the chip keeps fault_addr (MMFAR, BFAR or mtval)
};

enum {
    MPU_RIGHT_READ = 1 << 0,
    MPU_RIGHT_WRITE = 1 << 1,
    MPU_RIGHT_EXECUTE = 1 << 2,
};

// One region or entry in human terms. The last byte may lie above 4 GiB on RISC-V.
struct mpu_hw_region {
    uint64_t first;
    uint64_t last;
    uint8_t disabled_subregions; // SRD where it counts: bit n set, eighth n does not match
    uint8_t privileged_rights;   // MPU_RIGHT_ bits: what the entry itself grants
    uint8_t unprivileged_rights;
    bool is_locked; // RISC-V
};

// CTRL of all Cortex-M units.
enum {
    MPU_ARM_CTRL_ENABLE = 1 << 0,
    MPU_ARM_CTRL_HFNMIENA = 1 << 1,
    MPU_ARM_CTRL_PRIVDEFENA = 1 << 2,
    MPU_ARM_CTRL_MASK = 7,
};

// Registers of the Cortex-M units as they read back.
struct mpu_arm_region {
    uint32_t rbar; // Armv6-M, Armv7-M: REGION holds the index
    uint32_t attr; // RASR, on Armv8-M RLAR
};

struct mpu_arm_registers {
    uint32_t ctrl;
    uint32_t rnr;
    uint32_t faultmask;
    uint32_t mair[2]; // Armv8-M
    struct mpu_arm_region region[MPU_ARM_REGIONS_MAX];
};

// CSRs of the RISC-V unit as they read back.
struct mpu_pmp_registers {
    uint32_t mseccfg;
    uint32_t mstatus; // MPRV and MPP alone
    uint32_t pmpaddr[MPU_PMP_ENTRIES_MAX];
    uint8_t pmpcfg[MPU_PMP_ENTRIES_MAX];
};

struct mpu_hw {
    // Goes up with each write that changed a register a decision depends on, so it does not
    // with RNR and MAIR: an answer holds as long as the generation that it was given under.
    uint64_t generation;
    uint32_t kind;    // enum mpu_kind
    uint32_t regions; // how many regions or entries the silicon has
    union {
        struct mpu_arm_registers arm;
        struct mpu_pmp_registers pmp;
    };
};

_Static_assert(sizeof(struct mpu_hw) == 16 + sizeof(struct mpu_pmp_registers), "no padding");

// Makes `hw` a unit of that kind with `regions` regions or entries, in its reset state. False,
// and nothing touched, for a count that no such silicon has (MPU_KIND_NONE: 0).
bool mpu_hw_init(struct mpu_hw *hw, enum mpu_kind kind, uint32_t regions);

// Writes a register of the unit's own enum. Read-only bits, reserved bits and locked registers
// ignore the write, as on the chip. False, and nothing changed, where the unit has no such
// register.
bool mpu_hw_write(struct mpu_hw *hw, uint32_t reg, uint32_t value);

// Reads a register into `*value`. False, and `*value` untouched, where there is none.
bool mpu_hw_read(const struct mpu_hw *hw, uint32_t reg, uint32_t *value);

// What the unit says to an access of `size` bytes at `addr` (for MPU_OP_PUSH: the `size` bytes
// below `addr`). `privileged` is privileged or machine mode. Addresses wrap around at 4 GiB. A size
// of 0 touches nothing and is allowed. On Cortex-M an access is refused if any of its bytes
// is, and alignment is the core's business, not the unit's. On RISC-V a read or write is one
// unbroken access, a fetch goes by parcels of 2 bytes, push and pop by words.
struct mpu_answer mpu_hw_check(const struct mpu_hw *hw, uint32_t addr, uint32_t size,
                               enum mpu_op op, bool privileged);

// The range `*lo`..`*hi` (both inside) around `addr` that the registers answer alike: every
// access of that op and privilege wholly within it gets the fault, rule and region that the byte
// at `addr` gets. Not always the largest such range. Costs about as much as a check.
void mpu_hw_span(const struct mpu_hw *hw, uint32_t addr, enum mpu_op op, bool privileged,
                 uint32_t *lo, uint32_t *hi);

// Whether both are the same silicon with the same registers, those apart that no decision depends
// on: then they answer every access alike, whatever writes came between.
bool mpu_hw_is_same(const struct mpu_hw *a, const struct mpu_hw *b);

// Decodes region or entry `index`. False, and `*region` untouched, when it can match no address.
bool mpu_hw_decode_region(const struct mpu_hw *hw, uint32_t index, struct mpu_hw_region *region);

// "DACCVIOL".
const char *mpu_fault_name(enum mpu_fault fault);

// "REGION" and "the rights of the region or entry that matches".
const char *mpu_rule_name(enum mpu_rule rule);
const char *mpu_rule_text(enum mpu_rule rule);
