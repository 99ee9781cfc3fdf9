// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "../../../tests/check.h"
#include "../heap.h"

#include <stdlib.h>
#include <string.h>

#define KIB ((size_t)1024)

struct region {
    struct heap heap;
    unsigned char *memory;
    size_t size_bytes;
};

static struct region open_region(size_t size_bytes)
{
    struct region region = {.memory = aligned_alloc(4096, (size_bytes + 4095) / 4096 * 4096),
                            .size_bytes = size_bytes};
    assert_non_null(region.memory);
    heap_init(&region.heap, region.memory, size_bytes);
    return region;
}

static void close_region(struct region *region)
{
    free(region->memory);
}

static void *take(struct region *region, size_t size_bytes)
{
    return heap_realloc(&region->heap, NULL, 0, size_bytes);
}

static void give(struct region *region, void *block, size_t size_bytes)
{
    assert_null(heap_realloc(&region->heap, block, size_bytes, 0));
}

// xorshift64: the same numbers on every host.
static uint64_t draw(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

#define NUM_BLOCKS 300

// The test's own account of what is allocated; each block is filled with its own pattern.
struct account {
    struct {
        unsigned char *start;
        size_t size_bytes;
        unsigned char pattern;
    } blocks[NUM_BLOCKS];
    size_t refusals;
};

static void check_pattern(const struct account *account, size_t i, size_t size_bytes)
{
    for (size_t b = 0; b < size_bytes; b++) {
        if (account->blocks[i].start[b] != account->blocks[i].pattern)
            fail_msg("block %zu is damaged at byte %zu of %zu", i, b, size_bytes);
    }
}

static void check_place(const struct account *account, const struct region *region, size_t i)
{
    const unsigned char *start = account->blocks[i].start;
    const unsigned char *end = start + account->blocks[i].size_bytes;
    assert_int_equal((uintptr_t)start % 16, 0);
    assert_true(start >= region->memory && end <= region->memory + region->size_bytes);
    assert_true(end <= region->memory + heap_used(&region->heap));
    for (size_t j = 0; j < NUM_BLOCKS; j++) {
        const unsigned char *other = account->blocks[j].start;
        if (j != i && other && start < other + account->blocks[j].size_bytes && other < end)
            fail_msg("blocks %zu and %zu overlap", i, j);
    }
}

// Sizes as a script has them: mostly small, some of any size up to `largest_bytes`.
static size_t draw_size(uint64_t *seed, size_t largest_bytes)
{
    if (draw(seed) % 4 != 0)
        return 1 + draw(seed) % 200;
    return 1 + draw(seed) % largest_bytes;
}

static void resize_one(struct account *account, struct region *region, size_t i, size_t new_size)
{
    size_t old_size = account->blocks[i].size_bytes;
    unsigned char *block =
        heap_realloc(&region->heap, account->blocks[i].start, old_size, new_size);
    if (!block && new_size > 0) {
        assert_true(new_size > old_size);
        account->refusals++;
        check_pattern(account, i, old_size);
        return;
    }
    account->blocks[i].start = block;
    account->blocks[i].size_bytes = new_size;
    if (!block)
        return;
    check_place(account, region, i);
    check_pattern(account, i, old_size < new_size ? old_size : new_size);
    memset(block, account->blocks[i].pattern, new_size);
}

static size_t churn(struct region *region, uint64_t seed, int steps, size_t largest_bytes)
{
    struct account account = {.refusals = 0};
    for (size_t i = 0; i < NUM_BLOCKS; i++)
        account.blocks[i].pattern = (unsigned char)(i * 37 + 1);
    for (int step = 0; step < steps; step++) {
        size_t i = draw(&seed) % NUM_BLOCKS;
        bool frees = account.blocks[i].start && draw(&seed) % 2 == 0;
        resize_one(&account, region, i, frees ? 0 : draw_size(&seed, largest_bytes));
    }
    for (size_t i = 0; i < NUM_BLOCKS; i++) {
        check_pattern(&account, i, account.blocks[i].size_bytes);
        if (account.blocks[i].start)
            resize_one(&account, region, i, 0);
    }
    return account.refusals;
}

static void random_blocks_never_overlap_and_keep_their_contents(void **state)
{
    (void)state;
    struct region region = open_region(4096 * KIB);

    for (uint64_t seed = 1; seed <= 8; seed++)
        assert_int_equal(churn(&region, seed, 10000, 8 * KIB), 0);

    close_region(&region);
}

static void random_blocks_near_the_limit_are_refused_or_sound(void **state)
{
    (void)state;
    struct region region = open_region(100 * KIB + 8);
    size_t refusals = 0;

    for (uint64_t seed = 1; seed <= 8; seed++)
        refusals += churn(&region, seed, 10000, 8 * KIB);

    assert_true(refusals > 100);
    assert_non_null(take(&region, 100 * KIB));
    close_region(&region);
}

static void all_memory_is_one_block_again_after_everything_was_freed(void **state)
{
    (void)state;
    enum { COUNT = 64 * 1024 / 16 };
    static void *blocks[COUNT];
    struct region region = open_region(64 * KIB);
    for (size_t i = 0; i < COUNT; i++)
        assert_non_null(blocks[i] = take(&region, 16));
    assert_null(take(&region, 1));

    for (size_t i = 0; i < COUNT; i += 2)
        give(&region, blocks[i], 16);
    assert_null(take(&region, 32));
    for (size_t i = 1; i < COUNT; i += 2)
        give(&region, blocks[i], 16);

    assert_ptr_equal(take(&region, 64 * KIB), region.memory);
    close_region(&region);
}

static void a_growing_table_fits_in_twice_its_size(void **state)
{
    (void)state;
    struct region region = open_region(1024 * KIB);
    void *table = take(&region, KIB);
    void *pin = take(&region, 16);

    size_t size_bytes = KIB;
    while (size_bytes < 256 * KIB) {
        table = heap_realloc(&region.heap, table, size_bytes, size_bytes * 2);
        assert_non_null(table);
        size_bytes *= 2;
        assert_non_null(take(&region, 16)); // keeps the table from growing in place
    }

    assert_non_null(pin);
    assert_true(heap_used(&region.heap) < 2 * size_bytes + 4 * KIB);
    close_region(&region);
}

static void a_freed_large_block_serves_small_ones(void **state)
{
    (void)state;
    struct region region = open_region(64 * KIB);
    unsigned char *large = take(&region, 4 * KIB);
    take(&region, 16);
    size_t before = heap_used(&region.heap);
    give(&region, large, 4 * KIB);

    for (int i = 0; i < 112; i++) { // what is left then, 512 bytes, is a small block itself
        unsigned char *small = take(&region, 32);
        assert_true(small >= large && small + 32 <= large + 4 * KIB);
    }

    assert_int_equal(heap_used(&region.heap), before);
    close_region(&region);
}

static void the_last_block_grows_and_shrinks_in_place(void **state)
{
    (void)state;
    struct region region = open_region(64 * KIB);
    void *block = take(&region, 100);

    assert_ptr_equal(heap_realloc(&region.heap, block, 100, 60 * KIB), block);
    assert_int_equal(heap_used(&region.heap), 60 * KIB);
    assert_ptr_equal(heap_realloc(&region.heap, block, 60 * KIB, 20), block);
    assert_int_equal(heap_used(&region.heap), 32);
    give(&region, block, 20);

    assert_int_equal(heap_used(&region.heap), 0);
    close_region(&region);
}

static void a_shrunken_block_stays_and_gives_its_rest_away(void **state)
{
    (void)state;
    struct region region = open_region(64 * KIB);
    unsigned char *block = take(&region, 1024);
    take(&region, 16);

    assert_ptr_equal(heap_realloc(&region.heap, block, 1024, 500), block);

    assert_ptr_equal(take(&region, 512), block + 512);
    close_region(&region);
}

static void a_refused_request_changes_nothing(void **state)
{
    (void)state;
    struct region region = open_region(4 * KIB);
    unsigned char *block = take(&region, 1000);
    memset(block, 0x5a, 1000);
    struct heap before = region.heap;

    assert_null(take(&region, 4 * KIB));
    assert_null(take(&region, SIZE_MAX));
    assert_null(heap_realloc(&region.heap, block, 1000, 8 * KIB));
    assert_null(heap_realloc(&region.heap, NULL, 5, 0));

    assert_memory_equal(&region.heap, &before, sizeof before);
    for (int i = 0; i < 1000; i++)
        assert_int_equal(block[i], 0x5a);
    close_region(&region);
}

static void untouched_memory_stays_untouched(void **state)
{
    (void)state;
    struct region region = open_region(64 * KIB);
    memset(region.memory, 0xee, 64 * KIB);

    void *block = take(&region, 100);
    give(&region, take(&region, 5000), 5000);
    memset(block, 0, 100);

    for (size_t i = heap_used(&region.heap); i < 64 * KIB; i++)
        assert_int_equal(region.memory[i], 0xee);
    close_region(&region);
}

static void the_same_calls_give_the_same_addresses_after_a_reset(void **state)
{
    (void)state;
    struct region region = open_region(256 * KIB);
    churn(&region, 42, 5000, 8 * KIB);
    struct heap first = region.heap;

    heap_reset(&region.heap);
    assert_int_equal(heap_used(&region.heap), 0);
    churn(&region, 42, 5000, 8 * KIB);

    assert_memory_equal(&first.bins, &region.heap.bins, sizeof first.bins);
    assert_ptr_equal(first.end, region.heap.end);
    close_region(&region);
}

static void a_restored_copy_goes_on_as_the_original_did(void **state)
{
    (void)state;
    struct region region = open_region(256 * KIB);
    churn(&region, 7, 3000, 4 * KIB);
    void *kept = take(&region, 3000);
    struct heap heap_copy = region.heap;
    size_t copy_bytes = heap_used(&region.heap);
    unsigned char *copy = malloc(copy_bytes);
    assert_non_null(copy);
    memcpy(copy, region.memory, copy_bytes);
    churn(&region, 8, 3000, 4 * KIB);
    struct heap first_end = region.heap;

    region.heap = heap_copy;
    memset(region.memory, 0, region.size_bytes);
    memcpy(region.memory, copy, copy_bytes);
    churn(&region, 8, 3000, 4 * KIB);

    assert_memory_equal(&first_end.bins, &region.heap.bins, sizeof first_end.bins);
    give(&region, kept, 3000);
    free(copy);
    close_region(&region);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_blocks_never_overlap_and_keep_their_contents),
        cmocka_unit_test(random_blocks_near_the_limit_are_refused_or_sound),
        cmocka_unit_test(all_memory_is_one_block_again_after_everything_was_freed),
        cmocka_unit_test(a_growing_table_fits_in_twice_its_size),
        cmocka_unit_test(a_freed_large_block_serves_small_ones),
        cmocka_unit_test(the_last_block_grows_and_shrinks_in_place),
        cmocka_unit_test(a_shrunken_block_stays_and_gives_its_rest_away),
        cmocka_unit_test(a_refused_request_changes_nothing),
        cmocka_unit_test(untouched_memory_stays_untouched),
        cmocka_unit_test(the_same_calls_give_the_same_addresses_after_a_reset),
        cmocka_unit_test(a_restored_copy_goes_on_as_the_original_did),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
