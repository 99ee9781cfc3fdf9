// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "../unit_regions.h"

#include "../../../mpu_model/armv8m_hw.h"
#include "../../../mpu_model/pmp_hw.h"
#include "../../../mpu_model/protection.h"
#include "../../../tests/check.h"
#include "../../base/count_of.h"

enum { FLASH = 0x40000, FLASH_BYTES = 4096, RAM = 0x20000000, RAM_BYTES = 8192, MOST_OPEN = 700 };

static const struct protection_setup setups[] = {
    {MPU_KIND_ARMV6M, 8, 8, 256, false}, {MPU_KIND_ARMV7M, 8, 8, 32, false},
    {MPU_KIND_ARMV7M, 8, 8, 32, true},   {MPU_KIND_ARMV8M, 8, 8, 32, false},
    {MPU_KIND_PMP, 16, 8, 4, false},     {MPU_KIND_SMEPMP, 16, 8, 4, false},
};

// A process with flash and RAM of which the first `open` bytes are its own.
static struct mpu_hw program(const struct protection_setup *setup, uint32_t open)
{
    struct protection protection;
    struct mpu_config config;
    struct mpu_region given;
    uaddr start;
    uint32_t size;

    assert_true(protection_init(&protection, setup));
    const struct mpu_driver *driver = protection.mpu.driver;
    driver->config_reset(&protection.mpu, &config);
    assert_int_equal(driver->allocate_region(&protection.mpu, &config, FLASH, FLASH_BYTES,
                                             FLASH_BYTES, MPU_READ_EXECUTE, &given),
                     MPU_OK);
    assert_int_equal(driver->allocate_app_memory(&protection.mpu, &config, RAM, RAM_BYTES,
                                                 RAM_BYTES, 32, 512, &start, &size),
                     MPU_OK);
    assert_int_equal(
        driver->update_app_memory(&protection.mpu, &config, start + open, start + size - 512),
        MPU_OK);
    driver->write(&protection.mpu, &config);
    driver->enable(&protection.mpu);
    return protection.hw;
}

static bool opens(const struct unit_region *region, uint64_t address)
{
    uint64_t eighth = region->span >= 8 ? region->span / 8 : 1;

    return region->base <= address && address < region->base + region->span &&
           (region->disabled >> (address - region->base) / eighth & 1) == 0 &&
           region->permissions[1] == 'w';
}

static bool is_listed(const struct mpu_hw *unit, uint64_t address)
{
    struct unit_region regions[UNIT_REGIONS_MAX];
    uint32_t count = unit_list_regions(unit, regions);
    bool found = false;

    for (uint32_t i = 0; i < count; i++)
        found = found || opens(&regions[i], address);
    return found;
}

static void what_is_listed_is_what_the_unit_opens(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(setups); i++) {
        for (uint32_t open = 1; open < MOST_OPEN; open += 37) {
            struct mpu_hw unit = program(&setups[i], open);

            for (uaddr address = RAM - 8; address < RAM + 2 * MOST_OPEN; address++)
                assert_int_equal(is_listed(&unit, address),
                                 mpu_hw_check(&unit, address, 1, MPU_OP_WRITE, false).fault ==
                                     MPU_FAULT_NONE);
        }
    }
}

// What traces, records and fit say of a shared buffer is what its driver gave; it must be what
// the unit then holds.
static void assert_unit_holds(const struct mpu_hw *unit, const struct mpu_region *given)
{
    struct unit_region regions[UNIT_REGIONS_MAX];
    uint32_t count = unit_list_regions(unit, regions);
    const struct unit_region *last = &regions[count - 1];

    assert_true(count > 0);
    assert_int_equal(last->base, given->base);
    assert_int_equal(last->span, given->span);
    assert_int_equal(last->disabled, given->disabled);
    assert_true(opens(last, given->start));
    assert_true(opens(last, (uint64_t)given->start + given->size - 1));
    assert_true(!opens(last, (uint64_t)given->start - 1));
    assert_true(!opens(last, (uint64_t)given->start + given->size));
}

static void a_buffer_is_open_as_its_driver_says(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(setups); i++) {
        for (uint32_t n = 0; n < 4000; n++) {
            struct protection protection;
            struct mpu_config config = {0};
            struct mpu_region given;
            uaddr start = RAM + n * 7 % 1024;
            uint32_t size = 1 + n * 13 % 700;

            assert_true(protection_init(&protection, &setups[i]));
            const struct mpu_driver *driver = protection.mpu.driver;
            driver->config_reset(&protection.mpu, &config);
            if (driver->allocate_region(&protection.mpu, &config, start, size, size, MPU_READ_WRITE,
                                        &given) != MPU_OK)
                continue;
            driver->write(&protection.mpu, &config);
            assert_unit_holds(&protection.hw, &given);
        }
    }
}

static void a_break_within_a_word_opens_whole_words_on_risc_v(void **state)
{
    (void)state;
    struct unit_region regions[UNIT_REGIONS_MAX];
    struct mpu_hw unit = program(&setups[4], 75);

    assert_int_equal(unit_list_regions(&unit, regions), 2);

    assert_int_equal(regions[0].number, 0);
    assert_string_equal(regions[0].permissions, "r-x");
    assert_int_equal(regions[1].number, 1);
    assert_int_equal(regions[1].base, RAM);
    assert_int_equal(regions[1].span, 72);
    assert_string_equal(regions[1].permissions, "rw-");
    assert_int_equal(unit_ask(&unit, ACCESS_STORE, RAM + 72, 1).rule, MPU_RULE_NO_MATCH);
    assert_int_equal(unit_ask(&unit, ACCESS_STORE, RAM + 71, 1).rule, MPU_RULE_REGION);
    assert_int_equal(unit_ask(&unit, ACCESS_STORE, RAM + 71, 1).region, 1);
}

static void an_access_over_two_entries_is_in_each_in_part(void **state)
{
    (void)state;
    struct mpu_hw unit;

    assert_true(mpu_hw_init(&unit, MPU_KIND_PMP, 8));
    mpu_hw_write(&unit, PMP_PMPADDR0, RAM >> 2);
    mpu_hw_write(&unit, PMP_PMPADDR0 + 1, (RAM + 64) >> 2);
    mpu_hw_write(&unit, PMP_PMPADDR0 + 2, (RAM + 64) >> 2);
    mpu_hw_write(&unit, PMP_PMPADDR0 + 3, (RAM + 128) >> 2);
    mpu_hw_write(&unit, PMP_PMPCFG0, 0x0b000b00); // entries 1 and 3: TOR, RW

    assert_int_equal(unit_ask(&unit, ACCESS_LOAD, RAM + 62, 2).rule, MPU_RULE_REGION);
    assert_int_equal(unit_ask(&unit, ACCESS_LOAD, RAM + 62, 4).rule, MPU_RULE_PARTIAL);
    assert_int_equal(unit_ask(&unit, ACCESS_LOAD, RAM + 62, 4).region, 0);
    assert_int_equal(unit_ask(&unit, ACCESS_LOAD, RAM + 64, 4).region, 1);
}

static void two_regions_over_one_byte_are_none_on_armv8m(void **state)
{
    (void)state;
    struct mpu_hw unit = program(&setups[3], 96);

    mpu_hw_write(&unit, ARMV8M_RNR, 3);
    mpu_hw_write(&unit, ARMV8M_RBAR, (RAM + 64) | 1 << 1);
    mpu_hw_write(&unit, ARMV8M_RLAR, (RAM + 64) | ARMV8M_RLAR_EN);

    assert_int_equal(unit_ask(&unit, ACCESS_LOAD, RAM, 1).rule, MPU_RULE_REGION);
    assert_int_equal(unit_ask(&unit, ACCESS_LOAD, RAM + 64, 1).rule, MPU_RULE_OVERLAP);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_listed_is_what_the_unit_opens),
        cmocka_unit_test(a_buffer_is_open_as_its_driver_says),
        cmocka_unit_test(a_break_within_a_word_opens_whole_words_on_risc_v),
        cmocka_unit_test(an_access_over_two_entries_is_in_each_in_part),
        cmocka_unit_test(two_regions_over_one_byte_are_none_on_armv8m),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
