// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "../armv8m_hw.h"
#include "mpu_asserts.h"

enum {
    ENABLE = MPU_ARM_CTRL_ENABLE,
    PRIVDEFENA = MPU_ARM_CTRL_PRIVDEFENA,
    AP_PRIVILEGED = 0 << 1,
    AP_ALL = 1 << 1,
    AP_PRIVILEGED_READS = 2 << 1,
    AP_ALL_READ = 3 << 1,
    XN = ARMV8M_RBAR_XN,
    EN = ARMV8M_RLAR_EN,
    NO_REGION = MPU_HW_NO_REGION,
};

#define RAM UINT32_C(0x20000000)

// From `base` to the end of the 32 bytes that `limit` lies in.
static void set_region(struct mpu_hw *hw, uint32_t region, uint32_t base, uint32_t limit,
                       uint32_t permissions)
{
    write_register(hw, ARMV8M_RNR, region);
    write_register(hw, ARMV8M_RBAR, base | permissions);
    write_register(hw, ARMV8M_RLAR, (limit & ~UINT32_C(31)) | EN);
}

static struct mpu_hw new_v8m(uint32_t ctrl)
{
    struct mpu_hw hw = new_unit(MPU_KIND_ARMV8M, 16);

    write_register(&hw, ARMV8M_CTRL, ctrl);
    return hw;
}

static void a_region_reaches_from_base_to_limit_of_any_size(void **state)
{
    (void)state;
    struct mpu_hw hw = new_v8m(ENABLE);
    set_region(&hw, 9, RAM + 0x20, RAM + 0x7F, AP_ALL);

    assert_fault(&hw, RAM + 0x1C, 4, MPU_OP_READ, UNPRIVILEGED, MPU_FAULT_DACCVIOL);
    assert_answer(&hw, RAM + 0x20, MPU_OP_WRITE, UNPRIVILEGED, MPU_FAULT_NONE, MPU_RULE_REGION, 9);
    assert_answer(&hw, RAM + 0x7C, MPU_OP_WRITE, UNPRIVILEGED, MPU_FAULT_NONE, MPU_RULE_REGION, 9);
    assert_answer(&hw, RAM + 0x80, MPU_OP_WRITE, UNPRIVILEGED, MPU_FAULT_DACCVIOL,
                  MPU_RULE_NO_MATCH, NO_REGION);
}

static void two_matches_fault_for_everybody(void **state)
{
    (void)state;
    struct mpu_hw hw = new_v8m(ENABLE | PRIVDEFENA);
    set_region(&hw, 4, RAM, RAM + 0xFFF, AP_ALL);
    set_region(&hw, 11, RAM + 0xFE0, RAM + 0x1FFF, AP_ALL);

    assert_answer(&hw, RAM + 0xFDC, MPU_OP_READ, UNPRIVILEGED, MPU_FAULT_NONE, MPU_RULE_REGION, 4);
    assert_answer(&hw, RAM + 0xFE0, MPU_OP_READ, UNPRIVILEGED, MPU_FAULT_DACCVIOL, MPU_RULE_OVERLAP,
                  4);
    assert_answer(&hw, RAM + 0xFE0, MPU_OP_FETCH, PRIVILEGED, MPU_FAULT_IACCVIOL, MPU_RULE_OVERLAP,
                  4);
    assert_answer(&hw, RAM + 0x1000, MPU_OP_READ, PRIVILEGED, MPU_FAULT_NONE, MPU_RULE_REGION, 11);
}

static void a_limit_below_the_base_matches_nothing(void **state)
{
    (void)state;
    struct mpu_hw hw = new_v8m(ENABLE);
    struct mpu_hw_region region;
    set_region(&hw, 0, RAM + 0x40, RAM + 0x3F, AP_ALL);

    assert_fault(&hw, RAM + 0x40, 4, MPU_OP_READ, PRIVILEGED, MPU_FAULT_DACCVIOL);
    assert_false(mpu_hw_decode_region(&hw, 0, &region));
    assert_span(&hw, RAM + 0x40, MPU_OP_READ, 0, 0xDFFFFFFF);
}

static void access_permissions_are_those_of_the_table(void **state)
{
    (void)state;
    // Readable and writable, privileged then not, by AP.
    static const char *const table[4] = {"rw..", "rwrw", "r...", "r.r."};
    struct mpu_hw hw = new_v8m(ENABLE | PRIVDEFENA);

    for (uint32_t ap = 0; ap < 4; ap++) {
        set_region(&hw, 3, RAM, RAM + 31, ap << 1);
        for (uint32_t i = 0; i < 4; i++)
            assert_fault(&hw, RAM, 4, i % 2 ? MPU_OP_WRITE : MPU_OP_READ, i < 2,
                         table[ap][i] == '.' ? MPU_FAULT_DACCVIOL : MPU_FAULT_NONE);
    }
}

static void a_fetch_needs_the_right_to_read_and_no_xn(void **state)
{
    (void)state;
    struct mpu_hw hw = new_v8m(ENABLE | PRIVDEFENA);
    set_region(&hw, 0, RAM, RAM + 31, AP_PRIVILEGED_READS);
    set_region(&hw, 1, RAM + 32, RAM + 63, AP_ALL_READ | XN);
    set_region(&hw, 2, 0x40000000, 0xFFFFFFFF, AP_ALL);

    assert_fault(&hw, RAM, 2, MPU_OP_FETCH, PRIVILEGED, MPU_FAULT_NONE);
    assert_fault(&hw, RAM, 2, MPU_OP_FETCH, UNPRIVILEGED, MPU_FAULT_IACCVIOL);
    assert_fault(&hw, RAM + 32, 2, MPU_OP_FETCH, PRIVILEGED, MPU_FAULT_IACCVIOL);
    assert_fault(&hw, RAM + 30, 4, MPU_OP_FETCH, PRIVILEGED, MPU_FAULT_IACCVIOL);
    assert_fault(&hw, 0x40000000, 2, MPU_OP_FETCH, UNPRIVILEGED, MPU_FAULT_NONE);
    assert_answer(&hw, 0xF0000000, MPU_OP_FETCH, PRIVILEGED, MPU_FAULT_IACCVIOL,
                  MPU_RULE_SYSTEM_SPACE, 2);
}

static void the_private_peripheral_bus_does_not_ask_the_unit(void **state)
{
    (void)state;
    struct mpu_hw hw = new_v8m(ENABLE);
    set_region(&hw, 0, 0xE0000000, 0xE00FFFFF, AP_ALL);

    assert_fault(&hw, 0xE000ED94, 4, MPU_OP_WRITE, PRIVILEGED, MPU_FAULT_NONE);
    assert_fault(&hw, 0xE000ED94, 4, MPU_OP_READ, UNPRIVILEGED, MPU_FAULT_BUSFAULT);
    assert_fault(&hw, 0xE000ED94, 2, MPU_OP_FETCH, PRIVILEGED, MPU_FAULT_IACCVIOL);
}

static void the_background_and_negative_priority_are_as_on_armv7m(void **state)
{
    (void)state;
    struct mpu_hw hw = new_v8m(ENABLE | PRIVDEFENA);

    assert_answer(&hw, RAM, MPU_OP_WRITE, PRIVILEGED, MPU_FAULT_NONE, MPU_RULE_BACKGROUND,
                  NO_REGION);
    assert_answer(&hw, RAM, MPU_OP_WRITE, UNPRIVILEGED, MPU_FAULT_DACCVIOL, MPU_RULE_NO_MATCH,
                  NO_REGION);
    write_register(&hw, ARMV8M_FAULTMASK, 1);
    assert_answer(&hw, RAM, MPU_OP_WRITE, UNPRIVILEGED, MPU_FAULT_NONE, MPU_RULE_NEGATIVE_PRIORITY,
                  NO_REGION);
    write_register(&hw, ARMV8M_CTRL, 0);
    assert_answer(&hw, RAM, MPU_OP_WRITE, UNPRIVILEGED, MPU_FAULT_NONE, MPU_RULE_UNIT_OFF,
                  NO_REGION);
}

static void aliases_name_the_regions_beside_the_selected_one(void **state)
{
    (void)state;
    struct mpu_hw hw = new_v8m(0);

    write_register(&hw, ARMV8M_RNR, 6);
    write_register(&hw, ARMV8M_RBAR, RAM);            // 6
    write_register(&hw, ARMV8M_RBAR_A1, RAM + 0x100); // 5
    write_register(&hw, ARMV8M_RLAR_A3, RAM + 0x301); // 7
    assert_int_equal(read_register(&hw, ARMV8M_RBAR_A2), RAM);
    assert_int_equal(read_register(&hw, ARMV8M_RNR), 6);
    write_register(&hw, ARMV8M_RNR, 5);
    assert_int_equal(read_register(&hw, ARMV8M_RBAR), RAM + 0x100);
    write_register(&hw, ARMV8M_RNR, 7);
    assert_int_equal(read_register(&hw, ARMV8M_RLAR), RAM + 0x301);
}

static void registers_read_back_what_silicon_keeps(void **state)
{
    (void)state;
    struct mpu_hw hw = new_v8m(0);

    write_register(&hw, ARMV8M_RBAR, UINT32_MAX);
    write_register(&hw, ARMV8M_RLAR, UINT32_MAX);
    write_register(&hw, ARMV8M_MAIR0, 0x00FF4404);
    write_register(&hw, ARMV8M_MAIR1, 0x44BB0044);
    write_register(&hw, ARMV8M_TYPE, 0);
    write_register(&hw, ARMV8M_RNR, 16);
    assert_int_equal(read_register(&hw, ARMV8M_RBAR), UINT32_MAX);
    assert_int_equal(read_register(&hw, ARMV8M_RLAR), 0xFFFFFFEF);
    assert_int_equal(read_register(&hw, ARMV8M_MAIR0), 0x00FF4404);
    assert_int_equal(read_register(&hw, ARMV8M_MAIR1), 0x44BB0044);
    assert_int_equal(read_register(&hw, ARMV8M_TYPE), 16 << 8);
    assert_int_equal(read_register(&hw, ARMV8M_RNR), 0);
}

static void spans_end_where_regions_do(void **state)
{
    (void)state;
    struct mpu_hw hw = new_v8m(ENABLE);
    set_region(&hw, 0, RAM, RAM + 0xFFF, AP_ALL);
    set_region(&hw, 1, RAM + 0x800, RAM + 0x1FFF, AP_PRIVILEGED);

    assert_span(&hw, RAM + 0x7FF, MPU_OP_READ, RAM, RAM + 0x7FF);
    assert_span(&hw, RAM + 0x800, MPU_OP_READ, RAM + 0x800, RAM + 0xFFF);
    assert_span(&hw, RAM + 0x1000, MPU_OP_READ, RAM + 0x1000, RAM + 0x1FFF);
    assert_span(&hw, RAM + 0x2000, MPU_OP_FETCH, RAM + 0x2000, 0x3FFFFFFF);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_region_reaches_from_base_to_limit_of_any_size),
        cmocka_unit_test(two_matches_fault_for_everybody),
        cmocka_unit_test(a_limit_below_the_base_matches_nothing),
        cmocka_unit_test(access_permissions_are_those_of_the_table),
        cmocka_unit_test(a_fetch_needs_the_right_to_read_and_no_xn),
        cmocka_unit_test(the_private_peripheral_bus_does_not_ask_the_unit),
        cmocka_unit_test(the_background_and_negative_priority_are_as_on_armv7m),
        cmocka_unit_test(aliases_name_the_regions_beside_the_selected_one),
        cmocka_unit_test(registers_read_back_what_silicon_keeps),
        cmocka_unit_test(spans_end_where_regions_do),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
