// SPDX-License-Identifier: Apache-2.0 OR MIT
#define _GNU_SOURCE 1 // MAP_ANONYMOUS

#include "../../../tests/check.h"
#include "../../base/count_of.h"
#include "../arena.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define MIB ((size_t)1024 * 1024)

static struct arena *open_arena(unsigned slot, size_t reserved_bytes)
{
    struct arena *arena;
    assert_int_equal(arena_open(slot, reserved_bytes, &arena), ARENA_OK);
    return arena;
}

// Asks the kernel to read a byte, which answers where an access of our own would fault.
static bool is_readable(const void *address)
{
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    ssize_t written = write(ends[1], address, 1);
    if (written < 0)
        assert_int_equal(errno, EFAULT);
    close(ends[0]);
    close(ends[1]);
    return written == 1;
}

static bool is_zero(const unsigned char *bytes, size_t size_bytes)
{
    for (size_t i = 0; i < size_bytes; i++) {
        if (bytes[i] != 0)
            return false;
    }
    return true;
}

static void an_arena_is_always_at_the_address_of_its_slot(void **state)
{
    (void)state;

    for (int round = 0; round < 2; round++) {
        struct arena *first = open_arena(0, MIB);
        struct arena *second = open_arena(1, MIB);

        assert_int_equal((uintptr_t)arena_base(first), ARENA_FIRST_ADDRESS);
        assert_int_equal((uintptr_t)arena_base(second), ARENA_FIRST_ADDRESS + ARENA_STRIDE_BYTES);

        arena_close(first);
        arena_close(second);
    }
}

static void the_largest_reserve_fits_every_slot(void **state)
{
    (void)state;

    struct arena *last = open_arena(ARENA_NUM_SLOTS - 1, ARENA_STRIDE_BYTES);

    assert_non_null(arena_take(last, ARENA_STRIDE_BYTES / 2, 16));

    arena_close(last);
}

static void a_slot_in_use_is_refused(void **state)
{
    (void)state;
    struct arena *holder = open_arena(2, MIB);
    struct arena *refused = holder;

    assert_int_equal(arena_open(2, MIB, &refused), ARENA_SLOT_TAKEN);

    assert_null(refused);
    assert_non_null(arena_take(holder, 100, 16));
    arena_close(holder);
}

static void a_foreign_mapping_at_the_address_is_refused_and_left_alone(void **state)
{
    (void)state;
    unsigned char *foreign =
        mmap((void *)(ARENA_FIRST_ADDRESS + 3 * ARENA_STRIDE_BYTES + MIB / 2), 65536,
             PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    assert_ptr_not_equal(foreign, MAP_FAILED);
    foreign[0] = 7;
    struct arena *arena;

    assert_int_equal(arena_open(3, MIB, &arena), ARENA_SLOT_TAKEN);

    assert_int_equal(foreign[0], 7);
    munmap(foreign, 65536);
}

static void a_wrong_slot_or_size_is_refused(void **state)
{
    (void)state;
    struct arena *arena;

    assert_int_equal(arena_open(ARENA_NUM_SLOTS, MIB, &arena), ARENA_BAD_SLOT);
    assert_int_equal(arena_open(0, 0, &arena), ARENA_BAD_SIZE);
    assert_int_equal(arena_open(0, ARENA_STRIDE_BYTES + 1, &arena), ARENA_BAD_SIZE);

    assert_null(arena);
}

static void every_result_has_a_sentence(void **state)
{
    (void)state;

    assert_string_equal(arena_result_text(ARENA_OK), "the arena is mapped");
    assert_non_null(strstr(arena_result_text(ARENA_NO_MEMORY), "ulimit -v"));
}

static void taken_memory_is_zero_aligned_and_apart(void **state)
{
    (void)state;
    struct arena *arena = open_arena(0, MIB);

    unsigned char *odd = arena_take(arena, 3, 1);
    unsigned char *line = arena_take(arena, 100, 64);
    unsigned char *page = arena_take(arena, 4096, 4096);

    assert_int_equal((uintptr_t)line % 64, 0);
    assert_int_equal((uintptr_t)page % 4096, 0);
    assert_true(odd + 3 <= line && line + 100 <= page);
    assert_true(is_zero(odd, 3) && is_zero(line, 100) && is_zero(page, 4096));
    assert_ptr_equal(arena_base(arena) + arena_used(arena), page + 4096);
    arena_close(arena);
}

static void taking_more_than_the_reserve_is_refused_and_takes_nothing(void **state)
{
    (void)state;
    struct arena *arena = open_arena(0, MIB);
    size_t before = arena_used(arena);

    assert_null(arena_take(arena, MIB, 16));
    assert_null(arena_take(arena, SIZE_MAX, 16));
    assert_null(arena_take(arena, 1, (size_t)1 << 63));
    assert_null(arena_guard(arena, MIB));
    assert_null(arena_guard(arena, SIZE_MAX));

    assert_int_equal(arena_used(arena), before);
    assert_non_null(arena_take(arena, MIB - before, 1));
    assert_null(arena_take(arena, 1, 1));
    arena_close(arena);
}

static void a_guard_faults_and_its_neighbours_do_not(void **state)
{
    (void)state;
    struct arena *arena = open_arena(0, 4 * MIB);
    unsigned char *below = arena_take(arena, 100, 16);

    unsigned char *guard = arena_guard(arena, 1);
    unsigned char *above = arena_take(arena, 100, 16);

    assert_ptr_equal(above, guard + ARENA_GUARD_UNIT_BYTES);
    assert_false(is_readable(guard));
    assert_false(is_readable(above - 1));
    assert_true(is_readable(below + 99));
    assert_true(is_readable(above));
    arena_close(arena);
}

static void guards_beyond_the_table_are_refused(void **state)
{
    (void)state;
    struct arena *arena = open_arena(0, 64 * MIB);
    for (unsigned i = 0; i < ARENA_MAX_GUARDS; i++)
        assert_non_null(arena_guard(arena, ARENA_GUARD_UNIT_BYTES));
    size_t before = arena_used(arena);

    assert_null(arena_guard(arena, ARENA_GUARD_UNIT_BYTES));

    assert_int_equal(arena_used(arena), before);
    arena_close(arena);
}

// Two stacks with guards above some memory that is in use everywhere.
struct layout {
    unsigned char *busy;
    unsigned char *guards[2];
    unsigned char *stacks[2];
};

static struct layout lay_out(struct arena *arena, size_t busy_bytes)
{
    struct layout layout = {.busy = arena_take(arena, busy_bytes, 16)};
    for (int i = 0; i < 2; i++) {
        layout.guards[i] = arena_guard(arena, ARENA_GUARD_UNIT_BYTES);
        layout.stacks[i] = arena_take(arena, MIB, 16);
    }
    return layout;
}

static void fill(struct layout layout, size_t busy_bytes)
{
    memset(layout.busy, 0xaa, busy_bytes);
    memset(layout.stacks[0], 0xbb, MIB);
    memset(layout.stacks[1] + MIB - 5000, 0xcc, 5000);
}

static void check_fresh(struct layout layout, size_t busy_bytes)
{
    assert_true(is_zero(layout.busy, busy_bytes));
    for (int i = 0; i < 2; i++) {
        assert_false(is_readable(layout.guards[i]));
        assert_false(is_readable(layout.stacks[i] - 1));
        assert_true(is_zero(layout.stacks[i], MIB));
    }
}

static void after_a_reset_the_same_layout_is_fresh_and_guarded(void **state)
{
    (void)state;
    struct arena *arena = open_arena(0, 64 * MIB);
    size_t empty = arena_used(arena);
    struct layout first = lay_out(arena, 300000);
    fill(first, 300000);

    assert_true(arena_reset(arena));
    assert_int_equal(arena_used(arena), empty);
    struct layout second = lay_out(arena, 300000);

    assert_memory_equal(&first, &second, sizeof first);
    check_fresh(second, 300000);
    arena_close(arena);
}

static void after_a_reset_another_layout_is_fresh_and_guarded(void **state)
{
    (void)state;
    static const size_t busy_bytes[] = {300000, 5, 3 * MIB, 100000, 10 * MIB, 300000};
    struct arena *arena = open_arena(0, 64 * MIB);

    for (size_t i = 0; i < COUNT_OF(busy_bytes); i++) {
        struct layout layout = lay_out(arena, busy_bytes[i]);
        check_fresh(layout, busy_bytes[i]);
        fill(layout, busy_bytes[i]);
        assert_true(arena_reset(arena));
    }

    unsigned char *all = arena_take(arena, 60 * MIB, 16);
    assert_true(is_zero(all, 60 * MIB));
    arena_close(arena);
}

static void guards_outlive_a_smaller_world_in_between(void **state)
{
    (void)state;
    struct arena *arena = open_arena(0, 64 * MIB);
    struct layout first = lay_out(arena, 1000);
    arena_reset(arena);
    arena_take(arena, 1000, 16);
    arena_guard(arena, ARENA_GUARD_UNIT_BYTES);
    arena_reset(arena);

    struct layout third = lay_out(arena, 1000);

    assert_memory_equal(&first, &third, sizeof first);
    check_fresh(third, 1000);
    arena_close(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_arena_is_always_at_the_address_of_its_slot),
        cmocka_unit_test(the_largest_reserve_fits_every_slot),
        cmocka_unit_test(a_slot_in_use_is_refused),
        cmocka_unit_test(a_foreign_mapping_at_the_address_is_refused_and_left_alone),
        cmocka_unit_test(a_wrong_slot_or_size_is_refused),
        cmocka_unit_test(every_result_has_a_sentence),
        cmocka_unit_test(taken_memory_is_zero_aligned_and_apart),
        cmocka_unit_test(taking_more_than_the_reserve_is_refused_and_takes_nothing),
        cmocka_unit_test(a_guard_faults_and_its_neighbours_do_not),
        cmocka_unit_test(guards_beyond_the_table_are_refused),
        cmocka_unit_test(after_a_reset_the_same_layout_is_fresh_and_guarded),
        cmocka_unit_test(after_a_reset_another_layout_is_fresh_and_guarded),
        cmocka_unit_test(guards_outlive_a_smaller_world_in_between),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
