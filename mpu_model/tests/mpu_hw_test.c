// SPDX-License-Identifier: Apache-2.0 OR MIT
// What holds for every unit: the interface, and properties under registers made by chance.
#include "../armv7m_hw.h"
#include "../armv8m_hw.h"
#include "../mpu_hw.h"
#include "../pmp_hw.h"
#include "mpu_asserts.h"

#include <string.h>

enum { UNITS_PER_KIND = 3000, ADDRESSES_PER_UNIT = 12, ACCESSES_PER_SPAN = 12 };

#define RAM UINT32_C(0x20000000)

struct kind {
    enum mpu_kind kind;
    uint32_t regions;
};

static const struct kind kinds[] = {
    {MPU_KIND_NONE, 0},    {MPU_KIND_ARMV6M, 8},  {MPU_KIND_ARMV7M, 8},
    {MPU_KIND_ARMV7M, 16}, {MPU_KIND_ARMV8M, 8},  {MPU_KIND_PMP, 4},
    {MPU_KIND_SMEPMP, 16}, {MPU_KIND_SMEPMP, 64}, {MPU_KIND_ARMV8M, 16},
};

enum { KINDS = sizeof kinds / sizeof kinds[0] };

// ---- registers and addresses by chance, crowded so that they meet -----------------------------

static uint32_t random_bits(uint64_t *chance, uint32_t count)
{
    return next_random(chance) & ((UINT32_C(1) << count) - 1);
}

// Most lie in a few KiB of RAM, some at the borders of the map, some anywhere.
static uint32_t random_addr(uint64_t *chance)
{
    static const uint32_t borders[] = {0,          0x20000000, 0x40000000, 0x60000000,
                                       0xA0000000, 0xC0000000, 0xE0000000, 0xE0100000};
    switch (random_below(chance, 8)) {
    case 0:
        return next_random(chance);
    case 1:
        return borders[random_below(chance, 8)] + random_bits(chance, 7) - 64;
    default:
        return RAM + random_bits(chance, 13);
    }
}

static void set_random_v7m_region(struct mpu_hw *hw, uint64_t *chance, uint32_t region)
{
    uint32_t size_log2 =
        random_below(chance, 8) ? 4 + random_below(chance, 10) : 1 + random_below(chance, 32);
    uint32_t srd = random_below(chance, 2) ? random_bits(chance, 8) : 0;

    write_register(hw, ARMV7M_RNR, region);
    write_register(hw, ARMV7M_RBAR, random_addr(chance) & ~UINT32_C(0x1F));
    write_register(hw, ARMV7M_RASR,
                   random_bits(chance, 3) << 24 | random_bits(chance, 1) << 28 | srd << 8 |
                       (size_log2 - 1) << 1 | (random_below(chance, 4) != 0));
}

static void set_random_v8m_region(struct mpu_hw *hw, uint64_t *chance, uint32_t region)
{
    uint32_t base = random_addr(chance);

    write_register(hw, ARMV8M_RNR, region);
    write_register(hw, ARMV8M_RBAR, base);
    write_register(hw, ARMV8M_RLAR,
                   random_below(chance, 4) ? base + random_bits(chance, 10) : random_addr(chance));
}

static void set_random_pmp_entry(struct mpu_hw *hw, uint64_t *chance, uint32_t entry)
{
    uint32_t addr = random_addr(chance) >> 2;
    uint32_t ones = (UINT32_C(1) << random_below(chance, 12)) - 1;

    write_register(hw, PMP_PMPADDR0 + entry,
                   random_below(chance, 2) ? addr | ones : addr | random_bits(chance, 2) << 30);
    if (entry % 4 == 3) // half of them off
        write_register(hw, PMP_PMPCFG0 + entry / 4,
                       next_random(chance) & ~(next_random(chance) & 0x18181818));
}

static struct mpu_hw random_unit(const struct kind *kind, uint64_t *chance)
{
    struct mpu_hw hw = new_unit(kind->kind, kind->regions);
    bool is_arm = kind->kind == MPU_KIND_ARMV6M || kind->kind == MPU_KIND_ARMV7M ||
                  kind->kind == MPU_KIND_ARMV8M;

    for (uint32_t i = 0; i < kind->regions; i++) {
        if (kind->kind == MPU_KIND_ARMV8M)
            set_random_v8m_region(&hw, chance, i);
        else if (is_arm)
            set_random_v7m_region(&hw, chance, i);
        else
            set_random_pmp_entry(&hw, chance, i);
    }
    if (is_arm) {
        write_register(&hw, ARMV7M_CTRL, random_bits(chance, 3) | (random_below(chance, 8) != 0));
        write_register(&hw, ARMV7M_FAULTMASK, random_below(chance, 8) == 0);
    } else if (kind->kind == MPU_KIND_SMEPMP) {
        write_register(&hw, PMP_MSECCFG, random_below(chance, 2) ? random_bits(chance, 3) : 0);
    }
    return hw;
}

// ---- the interface ---------------------------------------------------------------------------

static void without_a_unit_everything_is_allowed(void **state)
{
    (void)state;
    struct mpu_hw hw = new_unit(MPU_KIND_NONE, 0);
    uint32_t value = 17;

    assert_answer(&hw, 0xE000ED94, MPU_OP_WRITE, UNPRIVILEGED, MPU_FAULT_NONE, MPU_RULE_NO_UNIT,
                  MPU_HW_NO_REGION);
    assert_span(&hw, RAM, MPU_OP_FETCH, 0, 0xFFFFFFFF);
    assert_false(mpu_hw_write(&hw, ARMV7M_CTRL, 1));
    assert_false(mpu_hw_read(&hw, ARMV7M_CTRL, &value));
    assert_int_equal(value, 17);
}

static void counts_of_regions_that_no_silicon_has_are_refused(void **state)
{
    (void)state;
    static const struct kind wrong[] = {
        {MPU_KIND_NONE, 1},   {MPU_KIND_ARMV6M, 16}, {MPU_KIND_ARMV7M, 0}, {MPU_KIND_ARMV7M, 12},
        {MPU_KIND_ARMV8M, 0}, {MPU_KIND_ARMV8M, 17}, {MPU_KIND_PMP, 3},    {MPU_KIND_SMEPMP, 65},
    };
    struct mpu_hw hw = new_unit(MPU_KIND_ARMV7M, 8);
    const struct mpu_hw before = hw;

    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_false(mpu_hw_init(&hw, wrong[i].kind, wrong[i].regions));
    assert_memory_equal(&hw, &before, sizeof hw);
}

static void a_new_unit_holds_no_byte_of_what_was_there_before(void **state)
{
    (void)state;

    for (size_t i = 0; i < KINDS; i++) {
        struct mpu_hw over_zeros, over_rubbish;
        memset(&over_zeros, 0, sizeof over_zeros);
        memset(&over_rubbish, 0xA5, sizeof over_rubbish);
        assert_true(mpu_hw_init(&over_zeros, kinds[i].kind, kinds[i].regions));
        assert_true(mpu_hw_init(&over_rubbish, kinds[i].kind, kinds[i].regions));
        assert_memory_equal(&over_zeros, &over_rubbish, sizeof over_zeros);
    }
}

static void only_writes_that_may_change_an_answer_raise_the_generation(void **state)
{
    (void)state;
    struct mpu_hw hw = new_unit(MPU_KIND_ARMV8M, 8);

    write_register(&hw, ARMV8M_RBAR, RAM);
    assert_int_equal(hw.generation, 1);
    write_register(&hw, ARMV8M_RBAR, RAM);
    write_register(&hw, ARMV8M_RNR, 3);
    write_register(&hw, ARMV8M_MAIR0, 0xFF);
    write_register(&hw, ARMV8M_TYPE, 0xFF);
    assert_int_equal(hw.generation, 1);
    write_register(&hw, ARMV8M_CTRL, MPU_ARM_CTRL_ENABLE);
    assert_int_equal(hw.generation, 2);
}

static void units_are_the_same_by_what_decides(void **state)
{
    (void)state;
    struct mpu_hw a = new_unit(MPU_KIND_ARMV7M, 8), b = a;
    struct mpu_hw c = new_unit(MPU_KIND_SMEPMP, 16), d = c;
    struct mpu_hw larger = new_unit(MPU_KIND_ARMV7M, 16);

    write_register(&a, ARMV7M_RNR, 7);
    assert_true(mpu_hw_is_same(&a, &b));
    write_register(&a, ARMV7M_RBAR, RAM);
    assert_false(mpu_hw_is_same(&a, &b));
    write_register(&a, ARMV7M_RBAR, 0);
    assert_true(mpu_hw_is_same(&a, &b));
    write_register(&a, ARMV7M_CTRL, 1);
    assert_false(mpu_hw_is_same(&a, &b));
    write_register(&a, ARMV7M_CTRL, 0);
    write_register(&a, ARMV7M_FAULTMASK, 1);
    assert_false(mpu_hw_is_same(&a, &b));
    assert_false(mpu_hw_is_same(&b, &larger));
    assert_false(mpu_hw_is_same(&b, &c));
    write_register(&c, PMP_PMPCFG0 + 3, (uint32_t)PMP_CFG_R << 24);
    assert_false(mpu_hw_is_same(&c, &d));
}

static void an_access_of_no_bytes_is_allowed(void **state)
{
    (void)state;

    for (size_t i = 1; i < KINDS; i++) {
        struct mpu_hw hw = new_unit(kinds[i].kind, kinds[i].regions);
        assert_fault(&hw, 0xE0000000, 0, MPU_OP_READ, UNPRIVILEGED, MPU_FAULT_NONE);
    }
}

// ---- properties ------------------------------------------------------------------------------

static bool is_alike(const struct mpu_answer *a, const struct mpu_answer *b)
{
    return a->fault == b->fault && a->rule == b->rule && a->region == b->region;
}

// An access of up to 8 bytes within lo..hi, often at one of its ends.
static uint32_t random_within(uint64_t *chance, uint32_t lo, uint32_t hi, uint32_t *size)
{
    const uint64_t room = (uint64_t)hi - lo + 1;

    *size = 1 + random_below(chance, room < 8 ? (uint32_t)room : 8);
    const uint64_t places = room - *size + 1;
    switch (random_below(chance, 3)) {
    case 0:
        return lo;
    case 1:
        return hi - (*size - 1);
    default:
        return lo + (uint32_t)(next_random(chance) % places);
    }
}

static void check_span(const struct mpu_hw *hw, uint64_t *chance)
{
    const uint32_t addr = random_addr(chance);
    const enum mpu_op op = (enum mpu_op)random_below(chance, 3);
    const bool privileged = random_bits(chance, 1);
    const struct mpu_answer here = mpu_hw_check(hw, addr, 1, op, privileged);
    uint32_t lo, hi;

    mpu_hw_span(hw, addr, op, privileged, &lo, &hi);
    assert_true(lo <= addr && addr <= hi);
    for (uint32_t i = 0; i < ACCESSES_PER_SPAN; i++) {
        uint32_t size;
        uint32_t at = random_within(chance, lo, hi, &size);
        struct mpu_answer there = mpu_hw_check(hw, at, size, op, privileged);
        assert_true(is_alike(&here, &there));
    }
}

static void all_accesses_within_a_span_are_answered_alike(void **state)
{
    (void)state;
    uint64_t chance = 2;

    for (uint32_t i = 0; i < UNITS_PER_KIND * KINDS; i++) {
        struct mpu_hw hw = random_unit(&kinds[i % KINDS], &chance);
        for (uint32_t j = 0; j < ADDRESSES_PER_UNIT; j++)
            check_span(&hw, &chance);
    }
}

// What the bytes of an access say one by one: a Cortex-M refuses it if it refuses one of them; PMP
// allows it if all are decided by the same entry, or none, with the right to it.
static bool do_bytes_allow(const struct mpu_hw *hw, uint32_t addr, uint32_t size, enum mpu_op op,
                           bool privileged)
{
    const bool is_pmp = hw->kind == MPU_KIND_PMP || hw->kind == MPU_KIND_SMEPMP;
    const uint32_t first_region = mpu_hw_check(hw, addr, 1, op, privileged).region;

    for (uint32_t i = 0; i < size; i++) {
        struct mpu_answer byte = mpu_hw_check(hw, addr + i, 1, op, privileged);
        if (byte.fault != MPU_FAULT_NONE || (is_pmp && byte.region != first_region))
            return false;
    }
    return true;
}

static void an_access_is_allowed_just_when_its_bytes_are(void **state)
{
    (void)state;
    uint64_t chance = 3;

    for (uint32_t i = 0; i < UNITS_PER_KIND * KINDS; i++) {
        struct mpu_hw hw = random_unit(&kinds[i % KINDS], &chance);
        for (uint32_t j = 0; j < ADDRESSES_PER_UNIT; j++) {
            const uint32_t addr = random_addr(&chance), size = 1 + random_below(&chance, 40);
            const enum mpu_op op = random_bits(&chance, 1) ? MPU_OP_READ : MPU_OP_WRITE;
            const bool privileged = random_bits(&chance, 1);
            struct mpu_answer answer = mpu_hw_check(&hw, addr, size, op, privileged);
            assert_int_equal(answer.fault == MPU_FAULT_NONE,
                             do_bytes_allow(&hw, addr, size, op, privileged));
        }
    }
}

// A region that decides covers the address, and grants what was allowed.
static void the_region_that_decides_covers_the_address(void **state)
{
    (void)state;
    uint64_t chance = 4;

    for (uint32_t i = 0; i < UNITS_PER_KIND * KINDS; i++) {
        struct mpu_hw hw = random_unit(&kinds[i % KINDS], &chance);
        for (uint32_t j = 0; j < ADDRESSES_PER_UNIT; j++) {
            const uint32_t addr = random_addr(&chance);
            const bool privileged = random_bits(&chance, 1);
            struct mpu_answer answer = mpu_hw_check(&hw, addr, 1, MPU_OP_READ, privileged);
            struct mpu_hw_region region;

            if (answer.rule != MPU_RULE_REGION)
                continue;
            assert_true(mpu_hw_decode_region(&hw, answer.region, &region));
            assert_true(region.first <= addr && addr <= region.last);
            uint8_t rights = privileged ? region.privileged_rights : region.unprivileged_rights;
            assert_int_equal(answer.fault == MPU_FAULT_NONE, (rights & MPU_RIGHT_READ) != 0);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_unit_everything_is_allowed),
        cmocka_unit_test(counts_of_regions_that_no_silicon_has_are_refused),
        cmocka_unit_test(a_new_unit_holds_no_byte_of_what_was_there_before),
        cmocka_unit_test(only_writes_that_may_change_an_answer_raise_the_generation),
        cmocka_unit_test(units_are_the_same_by_what_decides),
        cmocka_unit_test(an_access_of_no_bytes_is_allowed),
        cmocka_unit_test(all_accesses_within_a_span_are_answered_alike),
        cmocka_unit_test(an_access_is_allowed_just_when_its_bytes_are),
        cmocka_unit_test(the_region_that_decides_covers_the_address),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
