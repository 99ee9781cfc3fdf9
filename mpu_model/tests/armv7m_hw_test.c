// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "../armv7m_hw.h"
#include "mpu_asserts.h"

enum {
    ENABLE = MPU_ARM_CTRL_ENABLE,
    HFNMIENA = MPU_ARM_CTRL_HFNMIENA,
    PRIVDEFENA = MPU_ARM_CTRL_PRIVDEFENA,
    AP_NONE = 0,
    AP_PRIVILEGED = 1,
    AP_USER_READS = 2,
    AP_ALL = 3,
    XN = ARMV7M_RASR_XN,
    NO_REGION = MPU_HW_NO_REGION,
};

#define RAM UINT32_C(0x20000000)

static uint32_t rasr_of(uint32_t size_log2, uint32_t ap, uint32_t srd)
{
    return ap << 24 | srd << 8 | (size_log2 - 1) << 1 | ARMV7M_RASR_ENABLE;
}

static void set_region(struct mpu_hw *hw, uint32_t region, uint32_t base, uint32_t rasr)
{
    write_register(hw, ARMV7M_RNR, region);
    write_register(hw, ARMV7M_RBAR, base);
    write_register(hw, ARMV7M_RASR, rasr);
}

static struct mpu_hw new_v7m(uint32_t ctrl)
{
    struct mpu_hw hw = new_unit(MPU_KIND_ARMV7M, 8);

    write_register(&hw, ARMV7M_CTRL, ctrl);
    return hw;
}

static void a_disabled_unit_leaves_the_default_map(void **state)
{
    (void)state;
    struct mpu_hw hw = new_v7m(PRIVDEFENA);
    set_region(&hw, 0, RAM, rasr_of(12, AP_NONE, 0));

    assert_answer(&hw, RAM, MPU_OP_WRITE, UNPRIVILEGED, MPU_FAULT_NONE, MPU_RULE_UNIT_OFF,
                  NO_REGION);
    assert_answer(&hw, 0x40000000, MPU_OP_WRITE, UNPRIVILEGED, MPU_FAULT_NONE, MPU_RULE_UNIT_OFF,
                  NO_REGION);
    assert_answer(&hw, 0x40000000, MPU_OP_FETCH, PRIVILEGED, MPU_FAULT_IACCVIOL, MPU_RULE_UNIT_OFF,
                  NO_REGION);
}

static void the_default_map_never_executes_devices_and_system(void **state)
{
    (void)state;
    static const bool executes[8] = {true, true, false, true, true, false, false, false};
    struct mpu_hw hw = new_v7m(0);

    for (uint32_t piece = 0; piece < 8; piece++)
        assert_fault(&hw, (piece << 29) + 0x100000, 2, MPU_OP_FETCH, PRIVILEGED,
                     executes[piece] ? MPU_FAULT_NONE : MPU_FAULT_IACCVIOL);
}

static void the_background_is_for_privileged_code_with_privdefena(void **state)
{
    (void)state;
    struct mpu_hw with = new_v7m(ENABLE | PRIVDEFENA), without = new_v7m(ENABLE);

    assert_answer(&with, RAM, MPU_OP_WRITE, PRIVILEGED, MPU_FAULT_NONE, MPU_RULE_BACKGROUND,
                  NO_REGION);
    assert_answer(&with, 0xA0000000, MPU_OP_FETCH, PRIVILEGED, MPU_FAULT_IACCVIOL,
                  MPU_RULE_BACKGROUND, NO_REGION);
    assert_answer(&with, RAM, MPU_OP_READ, UNPRIVILEGED, MPU_FAULT_DACCVIOL, MPU_RULE_NO_MATCH,
                  NO_REGION);
    assert_answer(&without, RAM, MPU_OP_READ, PRIVILEGED, MPU_FAULT_DACCVIOL, MPU_RULE_NO_MATCH,
                  NO_REGION);
}

static void a_hit_is_final_even_where_the_background_would_allow(void **state)
{
    (void)state;
    struct mpu_hw hw = new_v7m(ENABLE | PRIVDEFENA);
    set_region(&hw, 2, RAM, rasr_of(12, AP_NONE, 0));

    assert_answer(&hw, RAM, MPU_OP_READ, PRIVILEGED, MPU_FAULT_DACCVIOL, MPU_RULE_REGION, 2);
}

static void the_highest_numbered_region_decides(void **state)
{
    (void)state;
    struct mpu_hw hw = new_v7m(ENABLE);
    set_region(&hw, 1, RAM, rasr_of(16, AP_ALL, 0));
    set_region(&hw, 6, RAM + 0x1000, rasr_of(12, AP_USER_READS, 0));

    assert_answer(&hw, RAM + 0x1000, MPU_OP_WRITE, UNPRIVILEGED, MPU_FAULT_DACCVIOL,
                  MPU_RULE_REGION, 6);
    assert_answer(&hw, RAM + 0x1000, MPU_OP_READ, UNPRIVILEGED, MPU_FAULT_NONE, MPU_RULE_REGION, 6);
    assert_answer(&hw, RAM + 0x2000, MPU_OP_WRITE, UNPRIVILEGED, MPU_FAULT_NONE, MPU_RULE_REGION,
                  1);
}

static void a_disabled_subregion_falls_through_to_lower_regions(void **state)
{
    (void)state;
    struct mpu_hw hw = new_v7m(ENABLE | PRIVDEFENA);
    set_region(&hw, 0, RAM, rasr_of(9, AP_USER_READS, 0));
    set_region(&hw, 5, RAM, rasr_of(10, AP_ALL, 0x41)); // eighths 0 and 6 of 128 bytes

    assert_answer(&hw, RAM + 0x7C, MPU_OP_READ, UNPRIVILEGED, MPU_FAULT_NONE, MPU_RULE_REGION, 0);
    assert_answer(&hw, RAM + 0x7C, MPU_OP_WRITE, UNPRIVILEGED, MPU_FAULT_DACCVIOL, MPU_RULE_REGION,
                  0);
    assert_answer(&hw, RAM + 0x80, MPU_OP_WRITE, UNPRIVILEGED, MPU_FAULT_NONE, MPU_RULE_REGION, 5);
    assert_answer(&hw, RAM + 0x300, MPU_OP_READ, UNPRIVILEGED, MPU_FAULT_DACCVIOL,
                  MPU_RULE_NO_MATCH, NO_REGION);
    assert_answer(&hw, RAM + 0x300, MPU_OP_READ, PRIVILEGED, MPU_FAULT_NONE, MPU_RULE_BACKGROUND,
                  NO_REGION);
}

static void regions_under_256_bytes_ignore_srd(void **state)
{
    (void)state;
    struct mpu_hw hw = new_v7m(ENABLE);
    set_region(&hw, 0, RAM, rasr_of(7, AP_ALL, 0xFF));
    set_region(&hw, 1, RAM + 0x100, rasr_of(8, AP_ALL, 0xFF));

    assert_answer(&hw, RAM, MPU_OP_WRITE, UNPRIVILEGED, MPU_FAULT_NONE, MPU_RULE_REGION, 0);
    assert_answer(&hw, RAM + 0x100, MPU_OP_WRITE, UNPRIVILEGED, MPU_FAULT_DACCVIOL,
                  MPU_RULE_NO_MATCH, NO_REGION);
}

static void access_permissions_are_those_of_the_table(void **state)
{
    (void)state;
    // Readable and writable, privileged then not, by AP; 4 is unpredictable: nobody.
    static const char *const table[8] = {"....", "rw..", "rwr.", "rwrw",
                                         "....", "r...", "r.r.", "r.r."};
    struct mpu_hw hw = new_v7m(ENABLE);

    for (uint32_t ap = 0; ap < 8; ap++) {
        set_region(&hw, 3, RAM, rasr_of(12, ap, 0));
        for (uint32_t i = 0; i < 4; i++)
            assert_fault(&hw, RAM, 4, i % 2 ? MPU_OP_WRITE : MPU_OP_READ, i < 2,
                         table[ap][i] == '.' ? MPU_FAULT_DACCVIOL : MPU_FAULT_NONE);
    }
}

static void a_fetch_needs_the_right_to_read_and_no_xn(void **state)
{
    (void)state;
    struct mpu_hw hw = new_v7m(ENABLE);
    set_region(&hw, 0, RAM, rasr_of(12, AP_PRIVILEGED, 0));
    set_region(&hw, 1, RAM + 0x1000, rasr_of(12, AP_ALL, 0) | XN);

    assert_fault(&hw, RAM, 2, MPU_OP_FETCH, PRIVILEGED, MPU_FAULT_NONE);
    assert_fault(&hw, RAM, 2, MPU_OP_FETCH, UNPRIVILEGED, MPU_FAULT_IACCVIOL);
    assert_fault(&hw, RAM + 0x1000, 2, MPU_OP_FETCH, PRIVILEGED, MPU_FAULT_IACCVIOL);
}

static void a_region_makes_devices_executable_but_never_the_system_space(void **state)
{
    (void)state;
    struct mpu_hw hw = new_v7m(ENABLE);
    set_region(&hw, 0, 0, rasr_of(32, AP_ALL, 0));

    assert_answer(&hw, 0x40000000, MPU_OP_FETCH, UNPRIVILEGED, MPU_FAULT_NONE, MPU_RULE_REGION, 0);
    assert_answer(&hw, 0xDFFFFFFE, MPU_OP_FETCH, UNPRIVILEGED, MPU_FAULT_NONE, MPU_RULE_REGION, 0);
    assert_answer(&hw, 0xE0100000, MPU_OP_FETCH, UNPRIVILEGED, MPU_FAULT_IACCVIOL,
                  MPU_RULE_SYSTEM_SPACE, 0);
    assert_answer(&hw, 0xE0100000, MPU_OP_READ, UNPRIVILEGED, MPU_FAULT_NONE, MPU_RULE_REGION, 0);
}

static void the_private_peripheral_bus_does_not_ask_the_unit(void **state)
{
    (void)state;
    struct mpu_hw hw = new_v7m(ENABLE);
    set_region(&hw, 7, 0xE0000000, rasr_of(20, AP_ALL, 0));

    assert_answer(&hw, 0xE000ED94, MPU_OP_WRITE, PRIVILEGED, MPU_FAULT_NONE, MPU_RULE_PPB,
                  NO_REGION);
    assert_answer(&hw, 0xE000ED94, MPU_OP_READ, UNPRIVILEGED, MPU_FAULT_BUSFAULT, MPU_RULE_PPB,
                  NO_REGION);
    assert_answer(&hw, 0xE000ED94, MPU_OP_FETCH, PRIVILEGED, MPU_FAULT_IACCVIOL, MPU_RULE_PPB,
                  NO_REGION);
    assert_answer(&hw, 0xE0100000, MPU_OP_READ, PRIVILEGED, MPU_FAULT_DACCVIOL, MPU_RULE_NO_MATCH,
                  NO_REGION);
}

static void negative_priority_suspends_the_unit_unless_hfnmiena(void **state)
{
    (void)state;
    struct mpu_hw hw = new_v7m(ENABLE);
    write_register(&hw, ARMV7M_FAULTMASK, 1);

    assert_answer(&hw, RAM, MPU_OP_WRITE, PRIVILEGED, MPU_FAULT_NONE, MPU_RULE_NEGATIVE_PRIORITY,
                  NO_REGION);
    write_register(&hw, ARMV7M_CTRL, ENABLE | HFNMIENA);
    assert_answer(&hw, RAM, MPU_OP_WRITE, PRIVILEGED, MPU_FAULT_DACCVIOL, MPU_RULE_NO_MATCH,
                  NO_REGION);
}

static void an_unaligned_access_faults_at_its_first_refused_byte(void **state)
{
    (void)state;
    struct mpu_hw hw = new_v7m(ENABLE);
    set_region(&hw, 0, RAM, rasr_of(5, AP_ALL, 0));

    struct mpu_answer tail = mpu_hw_check(&hw, RAM + 30, 4, MPU_OP_WRITE, UNPRIVILEGED);
    assert_int_equal(tail.fault, MPU_FAULT_DACCVIOL);
    assert_int_equal(tail.rule, MPU_RULE_NO_MATCH);
    assert_int_equal(tail.fault_addr, RAM + 32);
    assert_true(tail.is_addr_recorded);
    struct mpu_answer head = mpu_hw_check(&hw, RAM - 1, 2, MPU_OP_READ, UNPRIVILEGED);
    assert_int_equal(head.fault, MPU_FAULT_DACCVIOL);
    assert_int_equal(head.fault_addr, RAM - 1);
    assert_fault(&hw, RAM + 29, 3, MPU_OP_READ, UNPRIVILEGED, MPU_FAULT_NONE);
}

static void an_instruction_of_4_bytes_is_two_halfwords(void **state)
{
    (void)state;
    struct mpu_hw hw = new_v7m(ENABLE);
    set_region(&hw, 0, RAM, rasr_of(5, AP_ALL, 0));

    struct mpu_answer answer = mpu_hw_check(&hw, RAM + 30, 4, MPU_OP_FETCH, UNPRIVILEGED);
    assert_int_equal(answer.fault, MPU_FAULT_IACCVIOL);
    assert_int_equal(answer.fault_addr, RAM + 32);
    assert_false(answer.is_addr_recorded);
    assert_fault(&hw, RAM + 30, 2, MPU_OP_FETCH, UNPRIVILEGED, MPU_FAULT_NONE);
}

static void stacking_writes_below_the_stack_pointer_and_unstacking_reads_above(void **state)
{
    (void)state;
    struct mpu_hw hw = new_v7m(ENABLE);
    set_region(&hw, 0, RAM, rasr_of(8, AP_ALL, 0));

    assert_fault(&hw, RAM + 32, 32, MPU_OP_PUSH, UNPRIVILEGED, MPU_FAULT_NONE);
    assert_fault(&hw, RAM + 256, 32, MPU_OP_PUSH, UNPRIVILEGED, MPU_FAULT_NONE);
    assert_fault(&hw, RAM + 24, 32, MPU_OP_PUSH, UNPRIVILEGED, MPU_FAULT_MSTKERR);
    assert_fault(&hw, RAM + 264, 32, MPU_OP_PUSH, UNPRIVILEGED, MPU_FAULT_MSTKERR);
    assert_fault(&hw, RAM + 224, 32, MPU_OP_POP, UNPRIVILEGED, MPU_FAULT_NONE);
    assert_fault(&hw, RAM + 232, 32, MPU_OP_POP, UNPRIVILEGED, MPU_FAULT_MUNSTKERR);
    assert_false(mpu_hw_check(&hw, RAM, 32, MPU_OP_PUSH, UNPRIVILEGED).is_addr_recorded);
}

static void a_stack_at_address_0_wraps_around(void **state)
{
    (void)state;
    struct mpu_hw hw = new_v7m(ENABLE);
    set_region(&hw, 0, 0, rasr_of(8, AP_ALL, 0));

    struct mpu_answer answer = mpu_hw_check(&hw, 16, 32, MPU_OP_PUSH, UNPRIVILEGED);
    assert_int_equal(answer.fault, MPU_FAULT_MSTKERR);
    assert_int_equal(answer.fault_addr, 0xFFFFFFF0);
}

static void a_base_that_is_not_aligned_is_rounded_down(void **state)
{
    (void)state;
    struct mpu_hw hw = new_v7m(ENABLE);
    set_region(&hw, 0, RAM + 0x60, rasr_of(8, AP_ALL, 0));

    assert_int_equal(read_register(&hw, ARMV7M_RBAR), RAM + 0x60);
    assert_fault(&hw, RAM, 4, MPU_OP_WRITE, UNPRIVILEGED, MPU_FAULT_NONE);
    assert_fault(&hw, RAM + 0x100, 4, MPU_OP_WRITE, UNPRIVILEGED, MPU_FAULT_DACCVIOL);
}

static void regions_under_32_bytes_never_match(void **state)
{
    (void)state;
    struct mpu_hw hw = new_v7m(ENABLE);
    struct mpu_hw_region region;
    set_region(&hw, 0, RAM, rasr_of(4, AP_ALL, 0));

    assert_fault(&hw, RAM, 4, MPU_OP_READ, UNPRIVILEGED, MPU_FAULT_DACCVIOL);
    assert_false(mpu_hw_decode_region(&hw, 0, &region));
}

static void valid_in_rbar_selects_the_region_that_it_names(void **state)
{
    (void)state;
    struct mpu_hw hw = new_v7m(0);
    write_register(&hw, ARMV7M_RNR, 2);

    write_register(&hw, ARMV7M_RBAR, RAM | ARMV7M_RBAR_VALID | 5);
    assert_int_equal(read_register(&hw, ARMV7M_RNR), 5);
    assert_int_equal(read_register(&hw, ARMV7M_RBAR), RAM | 5); // VALID reads as zero

    write_register(&hw, ARMV7M_RBAR, (RAM + 0x1000) | 3); // without VALID, REGION is ignored
    assert_int_equal(read_register(&hw, ARMV7M_RNR), 5);
    assert_int_equal(read_register(&hw, ARMV7M_RBAR), (RAM + 0x1000) | 5);
    write_register(&hw, ARMV7M_RNR, 2);
    assert_int_equal(read_register(&hw, ARMV7M_RBAR), 2);
}

static void aliases_are_the_same_registers(void **state)
{
    (void)state;
    struct mpu_hw hw = new_v7m(0);

    write_register(&hw, ARMV7M_RBAR_A2, RAM | ARMV7M_RBAR_VALID | 6);
    write_register(&hw, ARMV7M_RASR_A3, rasr_of(10, AP_ALL, 0));
    assert_int_equal(read_register(&hw, ARMV7M_RNR), 6);
    assert_int_equal(read_register(&hw, ARMV7M_RBAR_A1), RAM | 6);
    assert_int_equal(read_register(&hw, ARMV7M_RASR), rasr_of(10, AP_ALL, 0));
}

static void reserved_bits_read_as_zero_and_type_is_read_only(void **state)
{
    (void)state;
    struct mpu_hw hw = new_v7m(0);

    write_register(&hw, ARMV7M_RASR, UINT32_MAX);
    assert_int_equal(read_register(&hw, ARMV7M_RASR), 0x173FFF3F);
    write_register(&hw, ARMV7M_CTRL, UINT32_MAX);
    assert_int_equal(read_register(&hw, ARMV7M_CTRL), 7);
    write_register(&hw, ARMV7M_TYPE, UINT32_MAX);
    assert_int_equal(read_register(&hw, ARMV7M_TYPE), 8 << 8);
}

static void naming_a_region_that_is_not_there_is_ignored(void **state)
{
    (void)state;
    struct mpu_hw hw = new_v7m(0);
    struct mpu_hw before = hw;

    write_register(&hw, ARMV7M_RNR, 8);
    write_register(&hw, ARMV7M_RBAR, RAM | ARMV7M_RBAR_VALID | 8);
    assert_memory_equal(&hw, &before, sizeof hw);
}

static void sixteen_regions_are_all_usable(void **state)
{
    (void)state;
    struct mpu_hw hw = new_unit(MPU_KIND_ARMV7M, 16);
    write_register(&hw, ARMV7M_CTRL, ENABLE);
    set_region(&hw, 15, RAM, rasr_of(8, AP_ALL, 0));

    assert_int_equal(read_register(&hw, ARMV7M_TYPE), 16 << 8);
    assert_answer(&hw, RAM, MPU_OP_WRITE, UNPRIVILEGED, MPU_FAULT_NONE, MPU_RULE_REGION, 15);
}

static void a_region_of_4_gib_is_everything(void **state)
{
    (void)state;
    struct mpu_hw hw = new_v7m(ENABLE);
    struct mpu_hw_region region;
    set_region(&hw, 0, 0x12345660, rasr_of(32, AP_ALL, 0x80)); // all but the system space

    assert_fault(&hw, 0, 4, MPU_OP_WRITE, UNPRIVILEGED, MPU_FAULT_NONE);
    assert_fault(&hw, 0xDFFFFFFC, 4, MPU_OP_WRITE, UNPRIVILEGED, MPU_FAULT_NONE);
    assert_fault(&hw, 0xF0000000, 4, MPU_OP_WRITE, UNPRIVILEGED, MPU_FAULT_DACCVIOL);
    assert_span(&hw, 0x20000000, MPU_OP_READ, 0, 0xDFFFFFFF);
    assert_true(mpu_hw_decode_region(&hw, 0, &region));
    assert_int_equal(region.first, 0);
    assert_int_equal(region.last, 0xFFFFFFFF);
}

static void armv6m_regions_start_at_256_bytes(void **state)
{
    (void)state;
    struct mpu_hw hw = new_unit(MPU_KIND_ARMV6M, 8);
    write_register(&hw, ARMV7M_CTRL, ENABLE);
    set_region(&hw, 0, RAM, rasr_of(8, AP_ALL, 0));
    set_region(&hw, 1, RAM + 0x100, rasr_of(7, AP_ALL, 0)); // unpredictable: never matches

    assert_fault(&hw, RAM + 0xFC, 4, MPU_OP_WRITE, UNPRIVILEGED, MPU_FAULT_NONE);
    assert_answer(&hw, RAM + 0x100, MPU_OP_READ, UNPRIVILEGED, MPU_FAULT_DACCVIOL,
                  MPU_RULE_NO_MATCH, NO_REGION);
    assert_false(mpu_hw_check(&hw, RAM + 0x100, 4, MPU_OP_READ, UNPRIVILEGED).is_addr_recorded);
}

static void armv6m_has_subregions_of_32_bytes(void **state)
{
    (void)state;
    struct mpu_hw hw = new_unit(MPU_KIND_ARMV6M, 8);
    write_register(&hw, ARMV7M_CTRL, ENABLE);
    set_region(&hw, 0, RAM, rasr_of(8, AP_ALL, 0xFD));

    assert_fault(&hw, RAM + 0x1C, 4, MPU_OP_READ, UNPRIVILEGED, MPU_FAULT_DACCVIOL);
    assert_fault(&hw, RAM + 0x20, 4, MPU_OP_READ, UNPRIVILEGED, MPU_FAULT_NONE);
    assert_fault(&hw, RAM + 0x40, 4, MPU_OP_READ, UNPRIVILEGED, MPU_FAULT_DACCVIOL);
}

static void armv6m_has_fewer_register_bits_and_no_aliases(void **state)
{
    (void)state;
    struct mpu_hw hw = new_unit(MPU_KIND_ARMV6M, 8);
    uint32_t value = 17;

    write_register(&hw, ARMV7M_RBAR, 0xFFFFFFE0);
    assert_int_equal(read_register(&hw, ARMV7M_RBAR), 0xFFFFFF00);
    write_register(&hw, ARMV7M_RASR, UINT32_MAX);
    assert_int_equal(read_register(&hw, ARMV7M_RASR), 0x1707FF3F);
    assert_false(mpu_hw_write(&hw, ARMV7M_RBAR_A1, 0));
    assert_false(mpu_hw_read(&hw, ARMV7M_RASR_A3, &value));
    assert_int_equal(value, 17);
}

static void spans_end_where_subregions_and_regions_do(void **state)
{
    (void)state;
    struct mpu_hw hw = new_v7m(ENABLE);
    set_region(&hw, 0, RAM, rasr_of(13, AP_ALL, 0xF8)); // 3 of 8 KiB
    set_region(&hw, 1, 0x40000, rasr_of(12, AP_USER_READS, 0));

    assert_span(&hw, RAM + 0x400, MPU_OP_READ, RAM, RAM + 0xBFF);
    assert_span(&hw, RAM + 0xC00, MPU_OP_READ, RAM + 0xC00, RAM + 0x1FFF);
    assert_span(&hw, RAM + 0x2000, MPU_OP_READ, RAM + 0x2000, 0xDFFFFFFF);
    assert_span(&hw, 0x50000, MPU_OP_WRITE, 0x41000, RAM - 1);
    assert_span(&hw, 0xE0000010, MPU_OP_WRITE, 0xE0000000, 0xE00FFFFF);
    assert_span(&hw, 0x40FFF, MPU_OP_FETCH, 0x40000, 0x40FFF);
}

// ---- regions written in one burst

// The same as a write after the other.
static void write_one_by_one(struct mpu_hw *hw, const uint32_t *pairs, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        write_register(hw, ARMV7M_RBAR, pairs[2 * i]);
        write_register(hw, ARMV7M_RASR, pairs[2 * i + 1]);
    }
}

static void assert_reads_back_alike(const struct mpu_hw *a, const struct mpu_hw *b)
{
    struct mpu_hw first = *a, second = *b;

    assert_memory_equal(&a->arm, &b->arm, sizeof a->arm);
    assert_int_equal(read_register(a, ARMV7M_RNR), read_register(b, ARMV7M_RNR));
    for (uint32_t i = 0; i < a->regions; i++) {
        write_register(&first, ARMV7M_RNR, i);
        write_register(&second, ARMV7M_RNR, i);
        assert_int_equal(read_register(&first, ARMV7M_RBAR), read_register(&second, ARMV7M_RBAR));
        assert_int_equal(read_register(&first, ARMV7M_RASR), read_register(&second, ARMV7M_RASR));
    }
}

// Any bits at all, and a region that there is.
static void fill_pairs(uint32_t *pairs, uint32_t count, uint32_t regions, uint64_t *random)
{
    for (uint32_t i = 0; i < count; i++) {
        pairs[2 * i] = (next_random(random) & ~UINT32_C(15)) | ARMV7M_RBAR_VALID |
                       random_below(random, regions);
        pairs[2 * i + 1] = next_random(random);
    }
}

static void assert_burst_is_as_one_by_one(enum mpu_kind kind, uint32_t regions)
{
    struct mpu_hw burst = new_unit(kind, regions), expected = burst;
    uint32_t pairs[2 * MPU_ARM_REGIONS_MAX];
    uint64_t random = 1;
    fill_pairs(pairs, regions, regions, &random);

    for (uint32_t round = 0; round < 2000; round++) {
        const struct mpu_hw before = burst, expected_before = expected;
        uint32_t count = random_below(&random, regions + 1);
        if (round % 3 != 0) // else what was written before, or most of it
            fill_pairs(pairs, count, regions, &random);

        armv7m_hw_write_regions(&burst, pairs, count);
        write_one_by_one(&expected, pairs, count);

        assert_reads_back_alike(&burst, &expected);
        assert_int_equal(burst.generation != before.generation,
                         expected.generation != expected_before.generation);
    }
}

static void a_burst_leaves_what_single_writes_would(void **state)
{
    (void)state;

    assert_burst_is_as_one_by_one(MPU_KIND_ARMV7M, 8);
    assert_burst_is_as_one_by_one(MPU_KIND_ARMV7M, 16);
    assert_burst_is_as_one_by_one(MPU_KIND_ARMV6M, 8);
}

static void a_burst_selects_the_last_region_that_it_names(void **state)
{
    (void)state;
    const uint32_t pairs[] = {RAM | ARMV7M_RBAR_VALID | 5, rasr_of(10, AP_ALL, 0x81),
                              0x40000 | ARMV7M_RBAR_VALID | 2, rasr_of(12, AP_USER_READS, 0)};
    struct mpu_hw hw = new_v7m(ENABLE);

    armv7m_hw_write_regions(&hw, pairs, 2);

    assert_int_equal(read_register(&hw, ARMV7M_RNR), 2);
    assert_int_equal(read_register(&hw, ARMV7M_RBAR), 0x40000 | 2); // VALID reads as zero
    assert_int_equal(read_register(&hw, ARMV7M_RASR), rasr_of(12, AP_USER_READS, 0));
    write_register(&hw, ARMV7M_RNR, 5);
    assert_int_equal(read_register(&hw, ARMV7M_RBAR), RAM | 5);
    assert_answer(&hw, RAM + 0x80, MPU_OP_WRITE, UNPRIVILEGED, MPU_FAULT_NONE, MPU_RULE_REGION, 5);
}

static void a_burst_is_one_generation_if_it_changes_a_register(void **state)
{
    (void)state;
    uint32_t pairs[] = {RAM | ARMV7M_RBAR_VALID | 0, rasr_of(10, AP_ALL, 0),
                        0x40000 | ARMV7M_RBAR_VALID | 1, rasr_of(12, AP_USER_READS, 0)};
    struct mpu_hw hw = new_v7m(ENABLE);
    uint64_t generation = hw.generation;

    armv7m_hw_write_regions(&hw, pairs, 2);
    assert_int_equal(hw.generation, generation + 1);
    armv7m_hw_write_regions(&hw, pairs, 2);
    assert_int_equal(hw.generation, generation + 1);
    write_register(&hw, ARMV7M_RNR, 7);
    armv7m_hw_write_regions(&hw, pairs, 1); // RNR alone, on which no decision depends
    assert_int_equal(hw.generation, generation + 1);
    pairs[0] += 0x1000;
    armv7m_hw_write_regions(&hw, pairs, 2);
    assert_int_equal(hw.generation, generation + 2);
    pairs[3] ^= ARMV7M_RASR_ENABLE;
    armv7m_hw_write_regions(&hw, pairs, 2);

    assert_int_equal(hw.generation, generation + 3);
}

static void bits_that_armv6m_does_not_have_change_nothing(void **state)
{
    (void)state;
    const uint32_t tex = 7u << 19;
    uint32_t pairs[] = {RAM | ARMV7M_RBAR_VALID | 3, rasr_of(8, AP_ALL, 0)};
    struct mpu_hw v6m = new_unit(MPU_KIND_ARMV6M, 8), v7m = new_unit(MPU_KIND_ARMV7M, 8);
    armv7m_hw_write_regions(&v6m, pairs, 1);
    armv7m_hw_write_regions(&v7m, pairs, 1);
    const struct mpu_hw v6m_before = v6m, v7m_before = v7m;

    pairs[0] |= 0xE0;
    pairs[1] |= tex;
    armv7m_hw_write_regions(&v6m, pairs, 1);
    armv7m_hw_write_regions(&v7m, pairs, 1);

    assert_memory_equal(&v6m, &v6m_before, sizeof v6m);
    assert_int_equal(v7m.generation, v7m_before.generation + 1);
    assert_int_equal(read_register(&v7m, ARMV7M_RBAR), RAM | 0xE0 | 3);
    assert_int_equal(read_register(&v7m, ARMV7M_RASR), rasr_of(8, AP_ALL, 0) | tex);
}

static void a_burst_of_no_regions_changes_nothing(void **state)
{
    (void)state;
    static const uint32_t pairs[] = {RAM | ARMV7M_RBAR_VALID | 3, ARMV7M_RASR_ENABLE};
    struct mpu_hw hw = new_v7m(ENABLE);
    set_region(&hw, 6, RAM, rasr_of(12, AP_ALL, 0));
    struct mpu_hw before = hw;

    armv7m_hw_write_regions(&hw, pairs, 0);

    assert_memory_equal(&hw, &before, sizeof hw);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_disabled_unit_leaves_the_default_map),
        cmocka_unit_test(the_default_map_never_executes_devices_and_system),
        cmocka_unit_test(the_background_is_for_privileged_code_with_privdefena),
        cmocka_unit_test(a_hit_is_final_even_where_the_background_would_allow),
        cmocka_unit_test(the_highest_numbered_region_decides),
        cmocka_unit_test(a_disabled_subregion_falls_through_to_lower_regions),
        cmocka_unit_test(regions_under_256_bytes_ignore_srd),
        cmocka_unit_test(access_permissions_are_those_of_the_table),
        cmocka_unit_test(a_fetch_needs_the_right_to_read_and_no_xn),
        cmocka_unit_test(a_region_makes_devices_executable_but_never_the_system_space),
        cmocka_unit_test(the_private_peripheral_bus_does_not_ask_the_unit),
        cmocka_unit_test(negative_priority_suspends_the_unit_unless_hfnmiena),
        cmocka_unit_test(an_unaligned_access_faults_at_its_first_refused_byte),
        cmocka_unit_test(an_instruction_of_4_bytes_is_two_halfwords),
        cmocka_unit_test(stacking_writes_below_the_stack_pointer_and_unstacking_reads_above),
        cmocka_unit_test(a_stack_at_address_0_wraps_around),
        cmocka_unit_test(a_base_that_is_not_aligned_is_rounded_down),
        cmocka_unit_test(regions_under_32_bytes_never_match),
        cmocka_unit_test(valid_in_rbar_selects_the_region_that_it_names),
        cmocka_unit_test(aliases_are_the_same_registers),
        cmocka_unit_test(reserved_bits_read_as_zero_and_type_is_read_only),
        cmocka_unit_test(naming_a_region_that_is_not_there_is_ignored),
        cmocka_unit_test(sixteen_regions_are_all_usable),
        cmocka_unit_test(a_region_of_4_gib_is_everything),
        cmocka_unit_test(armv6m_regions_start_at_256_bytes),
        cmocka_unit_test(armv6m_has_subregions_of_32_bytes),
        cmocka_unit_test(armv6m_has_fewer_register_bits_and_no_aliases),
        cmocka_unit_test(spans_end_where_subregions_and_regions_do),
        cmocka_unit_test(a_burst_leaves_what_single_writes_would),
        cmocka_unit_test(a_burst_selects_the_last_region_that_it_names),
        cmocka_unit_test(a_burst_is_one_generation_if_it_changes_a_register),
        cmocka_unit_test(bits_that_armv6m_does_not_have_change_nothing),
        cmocka_unit_test(a_burst_of_no_regions_changes_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
