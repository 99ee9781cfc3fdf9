// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "../pmp_hw.h"
#include "mpu_asserts.h"

enum {
    R = PMP_CFG_R,
    W = PMP_CFG_W,
    X = PMP_CFG_X,
    L = PMP_CFG_L,
    TOR = PMP_CFG_TOR,
    NA4 = PMP_CFG_NA4,
    NAPOT = PMP_CFG_NAPOT,
    MML = PMP_MSECCFG_MML,
    MMWP = PMP_MSECCFG_MMWP,
    RLB = PMP_MSECCFG_RLB,
    NO_ENTRY = MPU_HW_NO_REGION,
};

#define RAM UINT32_C(0x80000000)

static void set_cfg(struct mpu_hw *hw, uint32_t entry, uint32_t cfg)
{
    const uint32_t reg = PMP_PMPCFG0 + entry / 4, shift = entry % 4 * 8;

    write_register(hw, reg, (read_register(hw, reg) & ~(UINT32_C(0xFF) << shift)) | cfg << shift);
}

static uint32_t cfg_of(const struct mpu_hw *hw, uint32_t entry)
{
    return read_register(hw, PMP_PMPCFG0 + entry / 4) >> (entry % 4 * 8) & 0xFF;
}

static void set_addr(struct mpu_hw *hw, uint32_t entry, uint32_t pmpaddr)
{
    write_register(hw, PMP_PMPADDR0 + entry, pmpaddr);
}

static uint32_t addr_of(const struct mpu_hw *hw, uint32_t entry)
{
    return read_register(hw, PMP_PMPADDR0 + entry);
}

static void set_entry(struct mpu_hw *hw, uint32_t entry, uint32_t pmpaddr, uint32_t cfg)
{
    set_addr(hw, entry, pmpaddr);
    set_cfg(hw, entry, cfg);
}

// pmpaddr of a block of `size` bytes, a power of two from 8.
static uint32_t napot(uint32_t base, uint32_t size)
{
    return base >> 2 | (size / 8 - 1);
}

static struct mpu_hw new_pmp(void)
{
    return new_unit(MPU_KIND_SMEPMP, 16);
}

static void without_a_match_user_mode_faults_and_machine_mode_passes(void **state)
{
    (void)state;
    struct mpu_hw hw = new_pmp();

    assert_answer(&hw, RAM, MPU_OP_READ, UNPRIVILEGED, MPU_FAULT_LOAD_AF, MPU_RULE_NO_MATCH,
                  NO_ENTRY);
    assert_answer(&hw, RAM, MPU_OP_WRITE, UNPRIVILEGED, MPU_FAULT_STORE_AF, MPU_RULE_NO_MATCH,
                  NO_ENTRY);
    assert_answer(&hw, RAM, MPU_OP_FETCH, UNPRIVILEGED, MPU_FAULT_INST_AF, MPU_RULE_NO_MATCH,
                  NO_ENTRY);
    assert_answer(&hw, RAM, MPU_OP_FETCH, PRIVILEGED, MPU_FAULT_NONE, MPU_RULE_MACHINE_DEFAULT,
                  NO_ENTRY);
}

static void the_lowest_numbered_entry_decides(void **state)
{
    (void)state;
    struct mpu_hw hw = new_pmp();
    set_entry(&hw, 2, napot(RAM, 64), NAPOT | R);
    set_entry(&hw, 9, napot(RAM, 4096), NAPOT | R | W | X);

    assert_answer(&hw, RAM + 60, MPU_OP_WRITE, UNPRIVILEGED, MPU_FAULT_STORE_AF, MPU_RULE_REGION,
                  2);
    assert_answer(&hw, RAM + 64, MPU_OP_WRITE, UNPRIVILEGED, MPU_FAULT_NONE, MPU_RULE_REGION, 9);
}

static void a_partial_match_faults_in_machine_mode_too(void **state)
{
    (void)state;
    struct mpu_hw hw = new_pmp();
    set_entry(&hw, 3, RAM >> 2, NA4 | R | W | X);
    set_entry(&hw, 4, napot(RAM, 64), NAPOT | R | W | X);

    struct mpu_answer answer = mpu_hw_check(&hw, RAM + 2, 4, MPU_OP_READ, PRIVILEGED);
    assert_int_equal(answer.fault, MPU_FAULT_LOAD_AF);
    assert_int_equal(answer.rule, MPU_RULE_PARTIAL);
    assert_int_equal(answer.region, 3);
    assert_int_equal(answer.fault_addr, RAM + 2);
    assert_fault(&hw, RAM - 2, 4, MPU_OP_WRITE, PRIVILEGED, MPU_FAULT_STORE_AF);
    assert_fault(&hw, RAM + 4, 4, MPU_OP_READ, UNPRIVILEGED, MPU_FAULT_NONE);
}

static void a_fetch_goes_by_parcels(void **state)
{
    (void)state;
    struct mpu_hw hw = new_pmp();
    set_entry(&hw, 0, RAM >> 2, NA4 | R | X);
    set_entry(&hw, 1, (RAM + 4) >> 2, NA4 | X);

    assert_fault(&hw, RAM + 2, 4, MPU_OP_FETCH, UNPRIVILEGED, MPU_FAULT_NONE);
    struct mpu_answer answer = mpu_hw_check(&hw, RAM + 6, 4, MPU_OP_FETCH, UNPRIVILEGED);
    assert_int_equal(answer.fault, MPU_FAULT_INST_AF);
    assert_int_equal(answer.fault_addr, RAM + 8);
    assert_true(answer.is_addr_recorded);
}

static void tor_starts_at_the_raw_previous_register(void **state)
{
    (void)state;
    struct mpu_hw hw = new_pmp();
    set_entry(&hw, 4, napot(RAM, 16), NAPOT); // an address with low ones, as the bottom
    set_entry(&hw, 5, (RAM + 64) >> 2, TOR | R);

    assert_fault(&hw, RAM + 15, 1, MPU_OP_READ, UNPRIVILEGED, MPU_FAULT_LOAD_AF);
    assert_answer(&hw, RAM + 60, MPU_OP_READ, UNPRIVILEGED, MPU_FAULT_NONE, MPU_RULE_REGION, 5);
    assert_fault(&hw, RAM + 64, 4, MPU_OP_READ, UNPRIVILEGED, MPU_FAULT_LOAD_AF);
    set_cfg(&hw, 4, 0);
    assert_fault(&hw, RAM, 4, MPU_OP_READ, UNPRIVILEGED, MPU_FAULT_LOAD_AF);
    assert_fault(&hw, RAM + 4, 4, MPU_OP_READ, UNPRIVILEGED, MPU_FAULT_NONE);
}

static void tor_of_entry_0_starts_at_address_0_and_an_empty_one_matches_nothing(void **state)
{
    (void)state;
    struct mpu_hw hw = new_pmp();
    struct mpu_hw_region region;
    set_entry(&hw, 0, RAM >> 2, TOR | R);
    set_entry(&hw, 1, RAM >> 2, TOR | R | W | X);

    assert_answer(&hw, 0, MPU_OP_READ, UNPRIVILEGED, MPU_FAULT_NONE, MPU_RULE_REGION, 0);
    assert_answer(&hw, RAM - 4, MPU_OP_READ, UNPRIVILEGED, MPU_FAULT_NONE, MPU_RULE_REGION, 0);
    assert_fault(&hw, RAM, 4, MPU_OP_READ, UNPRIVILEGED, MPU_FAULT_LOAD_AF);
    assert_false(mpu_hw_decode_region(&hw, 1, &region));
}

static void addresses_have_34_bits(void **state)
{
    (void)state;
    struct mpu_hw hw = new_pmp();
    set_entry(&hw, 0, UINT32_MAX, NAPOT | R); // everything
    set_entry(&hw, 1, 0x60000000, NA4 | R | W | X);
    assert_answer(&hw, 0x80000000, MPU_OP_WRITE, UNPRIVILEGED, MPU_FAULT_STORE_AF, MPU_RULE_REGION,
                  0);
    set_entry(&hw, 0, 0, 0);
    assert_fault(&hw, 0x80000000, 4, MPU_OP_WRITE, UNPRIVILEGED, MPU_FAULT_STORE_AF);
    set_entry(&hw, 1, 0x60000000, TOR | R | W | X); // up to 6 GiB
    assert_fault(&hw, 0xFFFFFFFC, 4, MPU_OP_WRITE, UNPRIVILEGED, MPU_FAULT_NONE);
    set_entry(&hw, 2, 0x70000000, TOR | R | W | X);
    set_entry(&hw, 1, 0x40000000, 0); // the bottom: 4 GiB, not 0
    assert_fault(&hw, 0x80000000, 4, MPU_OP_READ, UNPRIVILEGED, MPU_FAULT_LOAD_AF);
}

static void an_access_that_wraps_around_needs_one_entry_over_both_ends(void **state)
{
    (void)state;
    struct mpu_hw hw = new_pmp();
    set_entry(&hw, 1, napot(0xFFFFFFF8, 8), NAPOT | R);
    set_entry(&hw, 2, napot(0, 8), NAPOT | R);
    assert_fault(&hw, 0xFFFFFFFE, 4, MPU_OP_READ, UNPRIVILEGED, MPU_FAULT_LOAD_AF);
    set_entry(&hw, 0, UINT32_MAX, NAPOT | R);
    assert_fault(&hw, 0xFFFFFFFE, 4, MPU_OP_READ, UNPRIVILEGED, MPU_FAULT_NONE);
}

static void machine_mode_is_bound_by_locked_entries_alone(void **state)
{
    (void)state;
    struct mpu_hw hw = new_pmp();
    set_entry(&hw, 0, napot(RAM, 64), NAPOT | R);
    set_entry(&hw, 1, napot(RAM + 64, 64), NAPOT | R | L);

    assert_answer(&hw, RAM, MPU_OP_WRITE, PRIVILEGED, MPU_FAULT_NONE, MPU_RULE_UNLOCKED, 0);
    assert_answer(&hw, RAM + 64, MPU_OP_WRITE, PRIVILEGED, MPU_FAULT_STORE_AF, MPU_RULE_REGION, 1);
    assert_answer(&hw, RAM + 64, MPU_OP_READ, PRIVILEGED, MPU_FAULT_NONE, MPU_RULE_REGION, 1);
}

static void write_without_read_grants_nothing(void **state)
{
    (void)state;
    struct mpu_hw hw = new_pmp();
    set_entry(&hw, 0, napot(RAM, 64), NAPOT | W | X);

    assert_int_equal(cfg_of(&hw, 0), NAPOT | W | X);
    assert_fault(&hw, RAM, 4, MPU_OP_WRITE, UNPRIVILEGED, MPU_FAULT_STORE_AF);
    assert_fault(&hw, RAM, 2, MPU_OP_FETCH, UNPRIVILEGED, MPU_FAULT_INST_AF);
}

static void the_smepmp_truth_table_holds(void **state)
{
    (void)state;
    // By LRWX: rights of machine mode, then of user mode.
    static const char *const table[16] = {
        "--- ---", "--- --x", "rw- r--", "rw- rw-", "--- r--", "--- r-x", "--- rw-", "--- rwx",
        "--- ---", "--x ---", "--x --x", "r-x --x", "r-- ---", "r-x ---", "rw- ---", "r-- r--",
    };

    for (uint32_t lrwx = 0; lrwx < 16; lrwx++) {
        struct mpu_hw hw = new_pmp();
        const uint32_t cfg =
            (lrwx & 8 ? L : 0u) | (lrwx & 4 ? R : 0u) | (lrwx & 2 ? W : 0u) | (lrwx & 1 ? X : 0u);
        set_entry(&hw, 0, napot(RAM, 64), NAPOT | cfg);
        write_register(&hw, PMP_MSECCFG, MML);
        for (uint32_t i = 0; i < 3; i++) {
            const enum mpu_op op = (enum mpu_op[]){MPU_OP_READ, MPU_OP_WRITE, MPU_OP_FETCH}[i];
            assert_int_equal(mpu_hw_check(&hw, RAM, 2, op, PRIVILEGED).fault == MPU_FAULT_NONE,
                             table[lrwx][i] != '-');
            assert_int_equal(mpu_hw_check(&hw, RAM, 2, op, UNPRIVILEGED).fault == MPU_FAULT_NONE,
                             table[lrwx][4 + i] != '-');
        }
    }
}

static void mml_and_mmwp_change_what_no_match_means_for_machine_mode(void **state)
{
    (void)state;
    struct mpu_hw mml = new_pmp(), mmwp = new_pmp();
    write_register(&mml, PMP_MSECCFG, MML);
    write_register(&mmwp, PMP_MSECCFG, MMWP);

    assert_fault(&mml, RAM, 4, MPU_OP_WRITE, PRIVILEGED, MPU_FAULT_NONE);
    assert_fault(&mml, RAM, 2, MPU_OP_FETCH, PRIVILEGED, MPU_FAULT_INST_AF);
    assert_fault(&mmwp, RAM, 4, MPU_OP_READ, PRIVILEGED, MPU_FAULT_LOAD_AF);
}

static void mprv_makes_reads_and_writes_those_of_the_previous_mode(void **state)
{
    (void)state;
    struct mpu_hw hw = new_pmp();
    write_register(&hw, PMP_MSTATUS, PMP_MSTATUS_MPRV); // MPP = U

    assert_fault(&hw, RAM, 4, MPU_OP_READ, PRIVILEGED, MPU_FAULT_LOAD_AF);
    assert_fault(&hw, RAM, 2, MPU_OP_FETCH, PRIVILEGED, MPU_FAULT_NONE);
    write_register(&hw, PMP_MSTATUS, PMP_MSTATUS_MPRV | PMP_MSTATUS_MPP); // MPP = M
    assert_fault(&hw, RAM, 4, MPU_OP_READ, PRIVILEGED, MPU_FAULT_NONE);
    assert_fault(&hw, RAM, 4, MPU_OP_READ, UNPRIVILEGED, MPU_FAULT_LOAD_AF);
}

static void a_locked_entry_ignores_writes_and_freezes_the_bottom_of_its_range(void **state)
{
    (void)state;
    struct mpu_hw hw = new_pmp();
    set_addr(&hw, 4, RAM >> 2);
    set_entry(&hw, 5, (RAM + 64) >> 2, TOR | R | L);
    const uint64_t generation = hw.generation;

    set_cfg(&hw, 5, TOR | R | W);
    set_addr(&hw, 5, 0);
    set_addr(&hw, 4, 0);
    assert_int_equal(cfg_of(&hw, 5), TOR | R | L);
    assert_int_equal(addr_of(&hw, 5), (RAM + 64) >> 2);
    assert_int_equal(addr_of(&hw, 4), RAM >> 2);
    assert_int_equal(hw.generation, generation);

    set_cfg(&hw, 4, NA4 | R); // the neighbour's cfg is not frozen
    assert_int_equal(cfg_of(&hw, 4), NA4 | R);
    set_addr(&hw, 6, 7);
    assert_int_equal(addr_of(&hw, 6), 7);
}

static void a_locked_napot_entry_leaves_the_previous_address_free(void **state)
{
    (void)state;
    struct mpu_hw hw = new_pmp();
    set_entry(&hw, 5, napot(RAM, 64), NAPOT | R | L);

    set_addr(&hw, 4, 7);
    assert_int_equal(addr_of(&hw, 4), 7);
}

static void rlb_lifts_locks_and_cannot_be_set_once_one_is(void **state)
{
    (void)state;
    struct mpu_hw lifted = new_pmp(), late = new_pmp();
    write_register(&lifted, PMP_MSECCFG, RLB);
    set_entry(&lifted, 1, napot(RAM, 64), TOR | R | L);
    set_entry(&late, 1, napot(RAM, 64), NAPOT | R | L);

    set_addr(&lifted, 0, 9);
    set_cfg(&lifted, 1, NAPOT | R | W | L);
    assert_int_equal(addr_of(&lifted, 0), 9);
    assert_int_equal(cfg_of(&lifted, 1), NAPOT | R | W | L);
    write_register(&late, PMP_MSECCFG, RLB | MMWP);
    assert_int_equal(read_register(&late, PMP_MSECCFG), MMWP);

    write_register(&lifted, PMP_MSECCFG, RLB); // stays, in spite of the lock
    assert_int_equal(read_register(&lifted, PMP_MSECCFG), RLB);
    write_register(&lifted, PMP_MSECCFG, 0); // and once cleared, not again
    write_register(&lifted, PMP_MSECCFG, RLB);
    assert_int_equal(read_register(&lifted, PMP_MSECCFG), 0);
}

static void mml_and_mmwp_are_sticky(void **state)
{
    (void)state;
    struct mpu_hw hw = new_pmp();

    write_register(&hw, PMP_MSECCFG, MML | MMWP | RLB);
    write_register(&hw, PMP_MSECCFG, 0);
    assert_int_equal(read_register(&hw, PMP_MSECCFG), MML | MMWP);
}

static void with_mml_no_new_rule_lets_machine_mode_execute(void **state)
{
    (void)state;
    static const uint32_t refused[] = {L | X, L | W, L | W | X, L | R | X};
    struct mpu_hw hw = new_pmp(), with_rlb = new_pmp();
    write_register(&hw, PMP_MSECCFG, MML);
    write_register(&with_rlb, PMP_MSECCFG, MML | RLB);

    for (uint32_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        set_cfg(&hw, 2, NA4 | refused[i]);
        assert_int_equal(cfg_of(&hw, 2), 0);
        set_cfg(&with_rlb, 2, NA4 | refused[i]);
        assert_int_equal(cfg_of(&with_rlb, 2), NA4 | refused[i]);
    }
    set_cfg(&hw, 2, NA4 | L | R | W | X); // shared and read-only, not executable
    assert_int_equal(cfg_of(&hw, 2), NA4 | L | R | W | X);
}

static void a_refused_byte_leaves_the_others_of_its_register(void **state)
{
    (void)state;
    struct mpu_hw hw = new_pmp();
    set_cfg(&hw, 1, NA4 | R | L);

    write_register(&hw, PMP_PMPCFG0, 0x01020304 & 0xFF00FFFF);
    assert_int_equal(read_register(&hw, PMP_PMPCFG0), UINT32_C(0x01000004) | (NA4 | R | L) << 8);
}

static void entries_beyond_the_silicon_read_zero(void **state)
{
    (void)state;
    struct mpu_hw hw = new_unit(MPU_KIND_PMP, 6);

    write_register(&hw, PMP_PMPCFG0 + 1, UINT32_MAX);
    write_register(&hw, PMP_PMPADDR0 + 6, UINT32_MAX);
    write_register(&hw, PMP_PMPADDR0 + 63, UINT32_MAX);
    assert_int_equal(read_register(&hw, PMP_PMPCFG0 + 1), 0x00009F9F); // reserved bits zero too
    assert_int_equal(read_register(&hw, PMP_PMPADDR0 + 6), 0);
    assert_int_equal(read_register(&hw, PMP_PMPADDR0 + 63), 0);
    assert_false(mpu_hw_write(&hw, PMP_PMPADDR0 + 64, 0));
}

static void without_smepmp_there_is_no_mseccfg(void **state)
{
    (void)state;
    struct mpu_hw hw = new_unit(MPU_KIND_PMP, 16);
    uint32_t value = 17;

    assert_false(mpu_hw_write(&hw, PMP_MSECCFG, MMWP));
    assert_false(mpu_hw_read(&hw, PMP_MSECCFG, &value));
    assert_int_equal(value, 17);
    assert_fault(&hw, RAM, 4, MPU_OP_READ, PRIVILEGED, MPU_FAULT_NONE);
}

static void push_and_pop_go_by_words(void **state)
{
    (void)state;
    struct mpu_hw hw = new_pmp();
    set_entry(&hw, 0, napot(RAM, 16), NAPOT | R | W);
    set_entry(&hw, 1, napot(RAM + 16, 16), NAPOT | R | W);

    assert_fault(&hw, RAM + 32, 32, MPU_OP_PUSH, UNPRIVILEGED, MPU_FAULT_NONE);
    assert_fault(&hw, RAM, 32, MPU_OP_POP, UNPRIVILEGED, MPU_FAULT_NONE);
    struct mpu_answer answer = mpu_hw_check(&hw, RAM + 4, 32, MPU_OP_POP, UNPRIVILEGED);
    assert_int_equal(answer.fault, MPU_FAULT_LOAD_AF);
    assert_int_equal(answer.fault_addr, RAM + 32);
    assert_fault(&hw, RAM, 32, MPU_OP_READ, UNPRIVILEGED, MPU_FAULT_LOAD_AF);
}

static void all_64_entries_are_usable(void **state)
{
    (void)state;
    struct mpu_hw hw = new_unit(MPU_KIND_SMEPMP, 64);
    set_entry(&hw, 63, napot(RAM, 64), NAPOT | R);

    assert_answer(&hw, RAM, MPU_OP_READ, UNPRIVILEGED, MPU_FAULT_NONE, MPU_RULE_REGION, 63);
}

static void spans_end_where_entries_do(void **state)
{
    (void)state;
    struct mpu_hw hw = new_pmp();
    set_entry(&hw, 1, napot(RAM + 64, 64), NAPOT | R);
    set_entry(&hw, 2, napot(RAM, 4096), NAPOT | R);

    assert_span(&hw, RAM + 100, MPU_OP_READ, RAM + 64, RAM + 127);
    assert_span(&hw, RAM + 63, MPU_OP_READ, RAM, RAM + 63);
    assert_span(&hw, RAM + 128, MPU_OP_READ, RAM + 128, RAM + 4095);
    assert_span(&hw, RAM + 4096, MPU_OP_READ, RAM + 4096, 0xFFFFFFFF);
    assert_span(&hw, 0, MPU_OP_READ, 0, RAM - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_match_user_mode_faults_and_machine_mode_passes),
        cmocka_unit_test(the_lowest_numbered_entry_decides),
        cmocka_unit_test(a_partial_match_faults_in_machine_mode_too),
        cmocka_unit_test(a_fetch_goes_by_parcels),
        cmocka_unit_test(tor_starts_at_the_raw_previous_register),
        cmocka_unit_test(tor_of_entry_0_starts_at_address_0_and_an_empty_one_matches_nothing),
        cmocka_unit_test(addresses_have_34_bits),
        cmocka_unit_test(an_access_that_wraps_around_needs_one_entry_over_both_ends),
        cmocka_unit_test(machine_mode_is_bound_by_locked_entries_alone),
        cmocka_unit_test(write_without_read_grants_nothing),
        cmocka_unit_test(the_smepmp_truth_table_holds),
        cmocka_unit_test(mml_and_mmwp_change_what_no_match_means_for_machine_mode),
        cmocka_unit_test(mprv_makes_reads_and_writes_those_of_the_previous_mode),
        cmocka_unit_test(a_locked_entry_ignores_writes_and_freezes_the_bottom_of_its_range),
        cmocka_unit_test(a_locked_napot_entry_leaves_the_previous_address_free),
        cmocka_unit_test(rlb_lifts_locks_and_cannot_be_set_once_one_is),
        cmocka_unit_test(mml_and_mmwp_are_sticky),
        cmocka_unit_test(with_mml_no_new_rule_lets_machine_mode_execute),
        cmocka_unit_test(a_refused_byte_leaves_the_others_of_its_register),
        cmocka_unit_test(entries_beyond_the_silicon_read_zero),
        cmocka_unit_test(without_smepmp_there_is_no_mseccfg),
        cmocka_unit_test(push_and_pop_go_by_words),
        cmocka_unit_test(all_64_entries_are_usable),
        cmocka_unit_test(spans_end_where_entries_do),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
