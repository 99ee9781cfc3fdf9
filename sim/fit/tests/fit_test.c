// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "../fit.h"

#include <string.h>

#include "../../../tests/check.h"
#include "../../base/count_of.h"
#include "../fit_question.h"
#include "../fit_sheet.h"

static struct fit load(const char *name)
{
    struct fit fit;

    assert_int_equal(fit_load(&fit, board_find(name)), FIT_READY);
    return fit;
}

// The answer to `size` bytes at `offset` in the memory of a second process.
static struct fit_answer ask(const char *board, uint32_t size, uint32_t offset)
{
    struct fit fit = load(board);

    return fit_ask(&fit.receiver, (struct fit_buffer){fit.sharer_start + offset, size});
}

// ---- one buffer

static void ninety_six_bytes_fit_at_one_address_and_not_at_the_next(void **state)
{
    (void)state;

    assert_int_equal(ask("cortex-m4", 96, 32).verdict, FIT_FITS);
    assert_int_equal(ask("cortex-m4", 96, 256).verdict, FIT_NO_REGION);
}

struct cover {
    uint32_t size;
    uint32_t offset;
    uint32_t base; // offset of the region
    uint32_t span;
    uint8_t disabled;
};

static void a_cortex_m_region_has_the_base_size_and_subregions_of_the_real_driver(void **state)
{
    (void)state;
    static const struct cover covers[] = {
        {64, 256, 256, 64, 0},      {32, 256, 256, 32, 0},  {2048, 0, 0, 2048, 0},
        {160, 288, 256, 256, 0xc1}, {96, 32, 0, 256, 0xf1}, {64, 32, 0, 256, 0xf9},
    };
    struct fit fit = load("cortex-m4");

    for (size_t i = 0; i < COUNT_OF(covers); i++) {
        const struct cover *cover = &covers[i];
        struct fit_answer answer = ask("cortex-m4", cover->size, cover->offset);

        assert_int_equal(answer.verdict, FIT_FITS);
        assert_true(answer.has_region);
        assert_int_equal(answer.region_number, 2);
        assert_int_equal(answer.region.base, fit.sharer_start + cover->base);
        assert_int_equal(answer.region.span, cover->span);
        assert_int_equal(answer.region.disabled, cover->disabled);
        assert_int_equal(answer.open, cover->size);
        assert_int_equal(answer.beyond, 0);
    }
}

static void what_the_real_driver_refuses_has_no_region(void **state)
{
    (void)state;
    static const uint32_t refused[][2] = {{1, 256},  {33, 256}, {64, 260}, {7, 257},
                                          {48, 288}, {96, 256}, {100, 256}};

    for (size_t i = 0; i < COUNT_OF(refused); i++) {
        struct fit_answer answer = ask("cortex-m4", refused[i][0], refused[i][1]);

        assert_int_equal(answer.verdict, FIT_NO_REGION);
        assert_false(answer.has_region);
        assert_int_equal(answer.open, 0);
    }
}

static void no_64_bytes_fit_on_a_cortex_m0p(void **state)
{
    (void)state;
    struct fit fit = load("cortex-m0p");
    struct fit_census census = fit_take_census(&fit, 64, 1);

    assert_false(census.fits_somewhere);
    assert_true(census.fails_somewhere);
}

static void pmp_rounds_a_region_up_to_words_beyond_the_buffer(void **state)
{
    (void)state;
    struct fit_answer answer = ask("rv32-pmp", 7, 256);

    assert_int_equal(answer.verdict, FIT_FITS);
    assert_int_equal(answer.region.size, 8);
    assert_int_equal(answer.beyond, 1);
}

static void a_pmp_region_that_moves_up_to_a_word_leaves_the_first_bytes_out(void **state)
{
    (void)state;
    struct fit_answer answer = ask("rv32-pmp", 64, 258);

    assert_int_equal(answer.verdict, FIT_PARTLY);
    assert_int_equal(answer.open, 62);
    assert_int_equal(answer.beyond, 2);
}

static void a_pmsav8_region_moves_up_to_a_multiple_of_32(void **state)
{
    (void)state;
    struct fit fit = load("cortex-m33");
    struct fit_answer answer =
        fit_ask(&fit.receiver, (struct fit_buffer){fit.board.ram_start + 0x4008, 64});

    assert_int_equal(answer.verdict, FIT_PARTLY);
    assert_int_equal(answer.region.start, fit.board.ram_start + 0x4020);
    assert_int_equal(answer.open, 40);
    assert_int_equal(answer.beyond, 24);
}

static void without_a_unit_every_buffer_fits(void **state)
{
    (void)state;
    struct fit_answer answer = ask("none", 7, 257);

    assert_int_equal(answer.verdict, FIT_FITS);
    assert_int_equal(answer.open, 7);
    assert_int_equal(answer.beyond, 0);
}

static void a_buffer_at_the_very_start_of_ram_panics_the_kernel(void **state)
{
    (void)state;
    struct fit fit = load("cortex-m4");
    const struct fit_buffer buffer = {fit.board.ram_start, 96};

    assert_true(fit_choose_receiver(&fit, &buffer, 1));

    assert_int_equal(fit_ask(&fit.receiver, buffer).verdict, FIT_PANICS);
}

// ---- several

static void the_seventh_buffer_finds_no_region_left(void **state)
{
    (void)state;
    struct fit fit = load("cortex-m4");
    struct fit_buffer buffers[7];
    struct fit_answer answers[7];

    for (uint32_t i = 0; i < 7; i++)
        buffers[i] = (struct fit_buffer){fit.sharer_start + 64 * (i + 1), 64};
    fit_ask_all(&fit.receiver, buffers, 7, answers);

    for (uint32_t i = 0; i < 6; i++) {
        assert_int_equal(answers[i].verdict, FIT_FITS);
        assert_int_equal(answers[i].region_number, 2 + i);
    }
    assert_int_equal(answers[6].verdict, FIT_FULL);
}

static void the_same_buffer_again_is_refused_and_open_all_the_same(void **state)
{
    (void)state;
    struct fit fit = load("cortex-m4");
    const struct fit_buffer buffers[] = {{fit.sharer_start + 64, 64}, {fit.sharer_start + 64, 64}};
    struct fit_answer answers[2];

    fit_ask_all(&fit.receiver, buffers, 2, answers);

    assert_int_equal(answers[1].verdict, FIT_FITS);
    assert_false(answers[1].has_region);
    assert_int_equal(answers[1].in_the_way, 0);
}

static void a_buffer_that_has_grown_is_refused_for_the_region_of_its_smaller_self(void **state)
{
    (void)state;
    struct fit fit = load("cortex-m4");
    const struct fit_buffer buffers[] = {{fit.sharer_start + 128, 64},
                                         {fit.sharer_start + 128, 128}};
    struct fit_answer answers[2];

    fit_ask_all(&fit.receiver, buffers, 2, answers);

    assert_int_equal(answers[1].verdict, FIT_OVERLAPS);
    assert_int_equal(answers[1].in_the_way, 0);
    assert_int_equal(answers[1].open, 64);
}

static void as_many_fit_at_once_as_the_receiver_leaves_regions(void **state)
{
    (void)state;
    static const struct {
        const char *board;
        uint32_t room;
    } expected[] = {{"cortex-m4", 6}, {"cortex-m0p", 6},     {"cortex-m7", 14},   {"cortex-m33", 6},
                    {"rv32-pmp", 3},  {"rv32-pmp-small", 2}, {"none", UINT32_MAX}};

    for (size_t i = 0; i < COUNT_OF(expected); i++) {
        struct fit fit = load(expected[i].board);

        assert_int_equal(fit_capacity(&fit.receiver), expected[i].room);
    }
}

static void asking_changes_nothing_for_the_next_question(void **state)
{
    (void)state;
    struct fit fit = load("cortex-m4");
    struct fit before = fit;

    fit_ask(&fit.receiver, (struct fit_buffer){fit.sharer_start + 64, 64});
    fit_capacity(&fit.receiver);
    fit_advise(&fit, (struct fit_buffer){fit.sharer_start + 256, 96});

    assert_memory_equal(&fit, &before, sizeof fit);
}

// ---- receivers

static void the_receiver_steps_aside_for_buffers_in_its_memory(void **state)
{
    (void)state;
    struct fit fit = load("cortex-m4");
    const struct fit_buffer buffer = {fit.receiver.own_start + 256, 64};
    uaddr first = fit.receiver.own_start;

    assert_true(fit_choose_receiver(&fit, &buffer, 1));

    assert_int_not_equal(fit.receiver.own_start, first);
    assert_int_equal(fit_ask(&fit.receiver, buffer).verdict, FIT_FITS);
}

static void a_buffer_as_large_as_ram_leaves_no_receiver(void **state)
{
    (void)state;
    struct fit fit = load("cortex-m4");
    const struct fit_buffer buffer = {fit.board.ram_start, fit.board.ram_size};

    assert_false(fit_choose_receiver(&fit, &buffer, 1));
}

static void a_board_without_room_for_two_processes_is_too_small(void **state)
{
    (void)state;
    struct board board = *board_find("cortex-m4");
    struct fit fit;

    board.ram_size = 2048;

    assert_int_equal(fit_load(&fit, &board), FIT_TOO_SMALL);
}

// ---- what would work instead

static struct fit_advice advise(const char *board, uint32_t size, uint32_t offset, uaddr *sharer)
{
    struct fit fit = load(board);

    *sharer = fit.sharer_start;
    return fit_advise(&fit, (struct fit_buffer){fit.sharer_start + offset, size});
}

static void advice_names_the_next_address_a_larger_size_and_an_alignment(void **state)
{
    (void)state;
    uaddr sharer;
    struct fit_advice advice = advise("cortex-m4", 96, 256, &sharer);

    assert_int_equal(advice.next_start, sharer + 288);
    assert_int_equal(advice.padded_size, 128);
    assert_int_equal(advice.aligned_size, 128);
    assert_int_equal(advice.alignment, 128);
}

static void the_smallest_alignment_is_the_boards_own(void **state)
{
    (void)state;
    static const struct {
        const char *board;
        uint32_t size;
        uint32_t aligned_size;
        uint32_t alignment;
    } expected[] = {
        {"cortex-m4", 64, 64, 64},
        {"cortex-m4", 7, 32, 32},
        {"cortex-m0p", 64, 256, 256},
        {"cortex-m7", 2000, 2048, 2048},
        {"cortex-m33", 100, 128, 32},
        {"rv32-pmp", 7, 7, 4},
        {"none", 7, 7, 1},
    };

    for (size_t i = 0; i < COUNT_OF(expected); i++) {
        uaddr ignored;
        struct fit_advice advice = advise(expected[i].board, expected[i].size, 33, &ignored);

        assert_int_equal(advice.aligned_size, expected[i].aligned_size);
        assert_int_equal(advice.alignment, expected[i].alignment);
    }
}

static void what_is_advised_fits(void **state)
{
    (void)state;
    static const uint32_t asked[][2] = {{96, 256}, {7, 257}, {100, 33}, {64, 260}, {1000, 36}};
    size_t count;
    const struct board *boards = board_list(&count);

    for (size_t b = 0; b < count; b++) {
        for (size_t i = 0; i < COUNT_OF(asked); i++) {
            struct fit fit = load(boards[b].name);
            struct fit_buffer buffer = {fit.sharer_start + asked[i][1], asked[i][0]};
            struct fit_advice advice = fit_advise(&fit, buffer);
            const struct fit_buffer moved = {advice.next_start, buffer.size};
            const struct fit_buffer padded = {buffer.start, advice.padded_size};

            assert_true(advice.next_start == 0 || advice.next_start > buffer.start);
            assert_true(advice.next_start == 0 ||
                        fit_ask(&fit.receiver, moved).verdict == FIT_FITS);
            assert_true(advice.padded_size == 0 ||
                        fit_ask(&fit.receiver, padded).verdict == FIT_FITS);
            assert_true(advice.alignment > 0);
            assert_false(
                fit_take_census(&fit, advice.aligned_size, advice.alignment).fails_somewhere);
        }
    }
}

static void a_census_finds_an_address_of_each_kind(void **state)
{
    (void)state;
    struct fit fit = load("cortex-m4");
    struct fit_census census = fit_take_census(&fit, 96, 32);

    assert_true(census.fits_somewhere);
    assert_true(census.fails_somewhere);
    assert_int_equal(fit_ask(&fit.receiver, (struct fit_buffer){census.fitting, 96}).verdict,
                     FIT_FITS);
    assert_int_equal(fit_ask(&fit.receiver, (struct fit_buffer){census.failing, 96}).verdict,
                     FIT_NO_REGION);
}

// ---- as a person writes buffers

static struct fit_question read(const char *word)
{
    struct fit_question question;
    struct message error;

    assert_true(fit_question_read(word, &question, &error));
    return question;
}

static void a_buffer_is_read_as_it_is_written(void **state)
{
    (void)state;
    static const struct {
        const char *word;
        struct fit_question question;
    } expected[] = {
        {"96", {"96", 1, 96, FIT_AT_ALIGNED, 1}},
        {"0x60:32", {"0x60:32", 1, 96, FIT_AT_ALIGNED, 32}},
        {"96@0x20002100", {"96@0x20002100", 1, 96, FIT_AT_ADDRESS, 0x20002100}},
        {"96@+256", {"96@+256", 1, 96, FIT_AT_OFFSET, 256}},
        {"7x64:64", {"64:64", 7, 64, FIT_AT_ALIGNED, 64}},
        {"2x0x40", {"0x40", 2, 64, FIT_AT_ALIGNED, 1}},
        {"4k:1K", {"4k:1K", 1, 4096, FIT_AT_ALIGNED, 1024}},
    };

    for (size_t i = 0; i < COUNT_OF(expected); i++) {
        struct fit_question question = read(expected[i].word);

        assert_string_equal(question.label, expected[i].question.label);
        assert_int_equal(question.count, expected[i].question.count);
        assert_int_equal(question.size, expected[i].question.size);
        assert_int_equal(question.place, expected[i].question.place);
        assert_int_equal(question.value, expected[i].question.value);
    }
}

static void what_is_no_buffer_is_refused_with_a_sentence(void **state)
{
    (void)state;
    static const char *const words[][2] = {
        {"", "is no buffer"},
        {"abc", "is no buffer"},
        {"96:", "is no buffer"},
        {"96@", "is no buffer"},
        {"96@+", "is no buffer"},
        {"96 ", "is no buffer"},
        {"-1", "is no buffer"},
        {"0x", "is no buffer"},
        {"4294967296", "is no buffer"},
        {"4194304k", "is no buffer"},
        {"96:32@5", "is no buffer"},
        {"0", "at least 1 byte"},
        {"0x64", ""},
        {"64:48", "power of two"},
        {"64:0", "power of two"},
        {"2000x64", "from 1 to"},
    };

    for (size_t i = 0; i < COUNT_OF(words); i++) {
        struct fit_question question;
        struct message error;

        if (words[i][1][0] == '\0') {
            assert_true(fit_question_read(words[i][0], &question, &error));
            continue;
        }
        assert_false(fit_question_read(words[i][0], &question, &error));
        assert_non_null(strstr(error.text, words[i][1]));
    }
}

static void buffers_without_an_address_stand_one_behind_the_other(void **state)
{
    (void)state;
    struct fit fit = load("cortex-m4");
    uint64_t next = fit_first_place(&fit);
    struct fit_question questions[] = {read("7"), read("64:64"), read("32@+512"), read("8:8")};
    static const uint32_t offsets[] = {32, 64, 512, 128};

    for (size_t i = 0; i < 4; i++) {
        struct fit_buffer buffer;
        struct message error;

        assert_true(fit_question_place(&questions[i], &fit, &next, &buffer, &error));
        assert_int_equal(buffer.start, fit.sharer_start + offsets[i]);
        assert_int_equal(buffer.size, questions[i].size);
    }
}

static void a_buffer_outside_of_ram_is_refused(void **state)
{
    (void)state;
    static const char *const words[] = {"64@0x100", "64@0x203fffe0", "64@0xffffffff",
                                        "5000k",    "4096k:4096k",   "64@+0xffffffff"};
    struct fit fit = load("cortex-m4");

    for (size_t i = 0; i < COUNT_OF(words); i++) {
        struct fit_question question = read(words[i]);
        uint64_t next = fit_first_place(&fit);
        struct fit_buffer buffer;
        struct message error;

        assert_false(fit_question_place(&question, &fit, &next, &buffer, &error));
        assert_non_null(strstr(error.text, "do not lie in the RAM of cortex-m4"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ninety_six_bytes_fit_at_one_address_and_not_at_the_next),
        cmocka_unit_test(a_cortex_m_region_has_the_base_size_and_subregions_of_the_real_driver),
        cmocka_unit_test(what_the_real_driver_refuses_has_no_region),
        cmocka_unit_test(no_64_bytes_fit_on_a_cortex_m0p),
        cmocka_unit_test(pmp_rounds_a_region_up_to_words_beyond_the_buffer),
        cmocka_unit_test(a_pmp_region_that_moves_up_to_a_word_leaves_the_first_bytes_out),
        cmocka_unit_test(a_pmsav8_region_moves_up_to_a_multiple_of_32),
        cmocka_unit_test(without_a_unit_every_buffer_fits),
        cmocka_unit_test(a_buffer_at_the_very_start_of_ram_panics_the_kernel),
        cmocka_unit_test(the_seventh_buffer_finds_no_region_left),
        cmocka_unit_test(the_same_buffer_again_is_refused_and_open_all_the_same),
        cmocka_unit_test(a_buffer_that_has_grown_is_refused_for_the_region_of_its_smaller_self),
        cmocka_unit_test(as_many_fit_at_once_as_the_receiver_leaves_regions),
        cmocka_unit_test(asking_changes_nothing_for_the_next_question),
        cmocka_unit_test(the_receiver_steps_aside_for_buffers_in_its_memory),
        cmocka_unit_test(a_buffer_as_large_as_ram_leaves_no_receiver),
        cmocka_unit_test(a_board_without_room_for_two_processes_is_too_small),
        cmocka_unit_test(advice_names_the_next_address_a_larger_size_and_an_alignment),
        cmocka_unit_test(the_smallest_alignment_is_the_boards_own),
        cmocka_unit_test(what_is_advised_fits),
        cmocka_unit_test(a_census_finds_an_address_of_each_kind),
        cmocka_unit_test(a_buffer_is_read_as_it_is_written),
        cmocka_unit_test(what_is_no_buffer_is_refused_with_a_sentence),
        cmocka_unit_test(buffers_without_an_address_stand_one_behind_the_other),
        cmocka_unit_test(a_buffer_outside_of_ram_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
