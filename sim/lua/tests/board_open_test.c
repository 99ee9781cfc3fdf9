// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "../board_open.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../../tests/check.h"
#include "../../base/count_of.h"

// ---- names

static void a_board_is_opened_by_its_name(void **state)
{
    (void)state;
    struct board board;
    struct message error;

    assert_true(board_open("cortex-m7", "", &board, &error));

    assert_string_equal(board.name, "cortex-m7");
    assert_int_equal(board.regions, 16);
}

static void an_unknown_name_suggests_the_nearest(void **state)
{
    (void)state;
    struct board board;
    struct message error;

    assert_false(board_open("cortex-m9", "", &board, &error));

    assert_string_equal(error.text, "unknown board 'cortex-m9'; did you mean 'cortex-m4'?");
}

// ---- files

struct place {
    char folder[64]; // with its last slash
    char path[96];
};

static struct place make_place(void)
{
    struct place place = {.folder = "/tmp/ipcsim-board-XXXXXX"};

    assert_non_null(mkdtemp(place.folder));
    place.folder[strlen(place.folder)] = '/';
    snprintf(place.path, sizeof place.path, "%sb.lua", place.folder);
    return place;
}

// Opens a board file with this text, from the folder that it lies in.
static bool open_text(const char *text, struct board *board, struct message *error)
{
    struct place place = make_place();
    FILE *file = fopen(place.path, "w");

    assert_non_null(file);
    fputs(text, file);
    (void)fclose(file);
    bool opened = board_open("./b.lua", place.folder, board, error);
    (void)remove(place.path);
    (void)rmdir(place.folder);
    return opened;
}

static struct board opened(const char *text)
{
    struct board board;
    struct message error = {""};

    if (!open_text(text, &board, &error))
        fail_msg("%s", error.text);
    return board;
}

static void a_file_takes_from_its_base_what_it_does_not_say(void **state)
{
    (void)state;
    const struct board *base = board_find("cortex-m7");
    struct board board = opened("return { base = 'cortex-m7', regions = 8,\n"
                                "  ram = { size = 65536 }, cost = { cycles_per_us = 400 } }");

    assert_string_equal(board.name, "./b.lua");
    assert_string_equal(board.about, "like cortex-m7");
    assert_int_equal(board.regions, 8);
    assert_int_equal(board.ram_start, base->ram_start);
    assert_int_equal(board.ram_size, 65536);
    assert_int_equal(board.flash_size, base->flash_size);
    assert_int_equal(board.cost.cycles_per_us, 400);
    assert_int_equal(board.cost.syscall, base->cost.syscall);
    assert_int_equal(board.sizes.process_struct, base->sizes.process_struct);
}

static void a_file_without_a_base_says_unit_and_memory_itself(void **state)
{
    (void)state;
    struct board board =
        opened("#!/usr/bin/env ipcsim\n"
               "local KiB = 1024\n"
               "return {\n"
               "  about = 'mine', unit = 'pmp', regions = 8, min_region_size = 4,\n"
               "  ram = { start = 0x80000000, size = 64 * KiB },\n"
               "  flash = { start = 0x20000000, size = 512 * KiB },\n"
               "}\n");

    assert_string_equal(board.about, "mine");
    assert_int_equal(board.unit, UNIT_PMP);
    assert_int_equal(board.regions, 8);
    assert_int_equal(board.ram_start, 0x80000000);
    assert_int_equal(board.flash_size, 524288);
    assert_int_equal(board.sizes.process_struct, board_find("rv32-pmp")->sizes.process_struct);
    assert_int_equal(board.cost.cycles_per_us, board_find("rv32-pmp")->cost.cycles_per_us);
}

static void without_a_unit_there_are_no_regions(void **state)
{
    (void)state;
    struct board board = opened("return { base = 'cortex-m4', unit = 'none' }");

    assert_int_equal(board.unit, UNIT_NONE);
    assert_int_equal(board.regions, 0);
}

struct mistake {
    const char *text;
    const char *sentence; // behind "FOLDER/b.lua"
};

static void assert_mistakes(const struct mistake *mistakes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct board board;
        struct message error;

        if (open_text(mistakes[i].text, &board, &error))
            fail_msg("is no mistake: %s", mistakes[i].text);
        const char *said = strstr(error.text, "/b.lua");
        assert_non_null(said);
        assert_string_equal(said + strlen("/b.lua"), mistakes[i].sentence);
    }
}

#define ASSERT_MISTAKES(list) assert_mistakes((list), COUNT_OF(list))

static void a_number_that_cannot_be_names_its_field_and_line(void **state)
{
    (void)state;
    static const struct mistake mistakes[] = {
        {"return { base = 'cortex-m4',\n regions = 0 }",
         ":2: regions: there is no armv7m unit with 0 of them, only with 8 or 16"},
        {"return { base = 'cortex-m0p',\n regions = 16 }",
         ":2: regions: there is no armv6m unit with 16 of them, only with 8"},
        {"return { base = 'rv32-pmp',\n\n regions = 17 }",
         ":3: regions: there is no pmp unit with 17 of them, only with 2 to 16"},
        {"return { base = 'none', regions = 8 }",
         ":1: regions: must be 0 without a protection unit, not 8"},
        {"return { base = 'cortex-m4', min_region_size = 100 }",
         ":1: min_region_size: must be a power of two, not 100"},
        {"return { base = 'cortex-m4', min_region_size = 0 }",
         ":1: min_region_size: must be a power of two, not 0"},
        {"return { base = 'cortex-m0p', min_region_size = 32 }",
         ":1: min_region_size: must be at least 256 on armv6m, not 32"},
        {"return { base = 'cortex-m33', min_region_size = 64 }",
         ":1: min_region_size: must be 32 on armv8m, not 64"},
        {"return { base = 'rv32-pmp',\n ram_regions = 2 }",
         ":2: ram_regions: must be 1 on pmp, not 2"},
        {"return { base = 'cortex-m4',\n ram_regions = 3 }",
         ":2: ram_regions: must be 1 or 2, not 3"},
        {"return { base = 'cortex-m4',\n ram = {\n start = 0xfffff000,\n size = 8192 } }",
         ":4: ram.size: 0xfffff000 and 8192 bytes reach beyond the 32-bit address space, which "
         "ends at 0xffffffff"},
        {"return { base = 'cortex-m4', ram = { start = 0x100000000 } }",
         ":1: ram.start: 4294967296 does not fit into 32 bits, it must be from 0 to 4294967295"},
        {"return { base = 'cortex-m4', ram = { size = -1 } }",
         ":1: ram.size: -1 does not fit into 32 bits, it must be from 0 to 4294967295"},
        {"return { base = 'cortex-m4', ram = { size = 0 } }",
         ":1: ram.size: must be at least 1 byte"},
        {"return { base = 'cortex-m4',\n flash = { start = 0x20001000, size = 4096 } }",
         ":2: flash.start: the flash at 0x20001000, 4096 bytes, and the RAM at 0x20000000, "
         "4194304 bytes, overlap"},
        {"return { base = 'cortex-m4', sizes = { process_struct = 881 } }",
         ":1: sizes.process_struct: must be a multiple of 4, not 881"},
        {"return { base = 'cortex-m4', sizes = { task = 0 } }",
         ":1: sizes.task: must be from 4 to 65536, not 0"},
        {"return { base = 'cortex-m4', cost = { cycles_per_us = 0 } }",
         ":1: cost.cycles_per_us: must be from 1 to 10000, not 0"},
    };

    ASSERT_MISTAKES(mistakes);
}

static void a_field_of_the_wrong_kind_names_itself_and_its_line(void **state)
{
    (void)state;
    static const struct mistake mistakes[] = {
        {"return { base = 'cortex-m4',\n regions = '8' }",
         ":2: regions: must be a whole number, not a text"},
        {"return { base = 'cortex-m4', regions = 8.5 }",
         ":1: regions: must be a whole number, not 8.5"},
        {"return { base = 'cortex-m4',\n ram = 65536 }",
         ":2: ram: must be a table such as { start = 0x20000000, size = 65536 }, not a number"},
        {"return { base = 4 }", ":1: base: must be a text, not a number"},
        {"return { base = 'cortex-m4', unit = true }", ":1: unit: must be a text, not a boolean"},
        {"return { base = 'cortex-m4', unit = 'armv9m' }",
         ":1: unit: unknown protection unit 'armv9m'; did you mean 'armv7m'?"},
        {"return { base = 'cortex-m44' }",
         ":1: base: unknown board 'cortex-m44'; did you mean 'cortex-m4'?"},
        {"return { base = 'cortex-m4',\n regoins = 8 }",
         ":2: unknown board field 'regoins'; did you mean 'regions'?"},
        {"return { base = 'cortex-m4',\n ram = {\n  length = 8 } }",
         ":3: unknown field of ram 'length'; there is start, size"},
        {"return { base = 'cortex-m4', about = ('x'):rep(64) }",
         ":1: about: may have at most 63 bytes"},
        {"return {}",
         ": unit: is missing; give it, or a board to take it from: base = \"cortex-m4\""},
        {"return { unit = 'pmp', regions = 4, min_region_size = 4, ram = { size = 4096 } }",
         ":1: ram.start: is missing; give it, or a board to take it from: base = \"cortex-m4\""},
    };

    ASSERT_MISTAKES(mistakes);
}

static void the_line_is_that_of_the_field_not_of_what_looks_like_it(void **state)
{
    (void)state;
    static const struct mistake mistakes[] = {
        {"-- regions = 1\n--[[ regions = 2\n]] local s = 'regions = 3' .. [=[\nregions = 4]] ]=]\n"
         "return { base = 'cortex-m4', about = \"\\\"regions = 6\",\n"
         "regions\n = 0 }",
         ":6: regions: there is no armv7m unit with 0 of them, only with 8 or 16"},
        {"local size = 1\nlocal flash = { size = 2 }\n"
         "return { base = 'cortex-m4', ram = {\n size = 0 } }",
         ":4: ram.size: must be at least 1 byte"},
        {"local t = { base = 'cortex-m4' }\nt['regions'] = 0\nreturn t",
         ": regions: there is no armv7m unit with 0 of them, only with 8 or 16"},
    };

    ASSERT_MISTAKES(mistakes);
}

static void a_file_that_is_no_table_is_refused(void **state)
{
    (void)state;
    static const struct mistake mistakes[] = {
        {"", ": a board file returns a table, not nil: return { base = \"cortex-m4\" }"},
        {"return 'cortex-m4'",
         ": a board file returns a table, not a text: return { base = \"cortex-m4\" }"},
        {"return {", ":1: syntax error: unexpected symbol near <eof>"},
        {"\x1bLua", ": this is no text; a board file is a Lua script"},
        {"\nerror('no')", ":2: no"},
    };

    ASSERT_MISTAKES(mistakes);
}

static void a_file_cannot_reach_out_or_go_on_for_ever(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "return { about = io.open('/etc/passwd'):read() }",
        "os.exit(0)",
        "require 'x'",
        "return { regions = math.random(8) }",
        "while true do end",
        "local t = {} while true do t[#t + 1] = {} end",
        "while true do pcall(error) end",
        "return load('\\27Lua')()",
    };

    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        struct board board;
        struct message error;

        assert_false(open_text(texts[i], &board, &error));
        assert_non_null(strstr(error.text, "/b.lua:1: "));
    }
}

static void a_missing_file_and_a_folder_are_refused(void **state)
{
    (void)state;
    struct place place = make_place();
    struct board board;
    struct message error;

    assert_false(board_open("./b.lua", place.folder, &board, &error));
    assert_non_null(strstr(error.text, "/b.lua: there is no such file"));
    assert_false(board_open("./", place.folder, &board, &error));
    assert_non_null(strstr(error.text, "this is a directory; name a board file in it"));
    (void)rmdir(place.folder);
}

static void a_path_that_is_too_long_is_refused(void **state)
{
    (void)state;
    char path[BOARD_NAME_SIZE + 8];
    struct board board;
    struct message error;

    memset(path, 'x', sizeof path);
    path[1] = '/';
    path[sizeof path - 1] = '\0';

    assert_false(board_open(path, "", &board, &error));
    assert_non_null(strstr(error.text, "may have at most 255 bytes"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_board_is_opened_by_its_name),
        cmocka_unit_test(an_unknown_name_suggests_the_nearest),
        cmocka_unit_test(a_file_takes_from_its_base_what_it_does_not_say),
        cmocka_unit_test(a_file_without_a_base_says_unit_and_memory_itself),
        cmocka_unit_test(without_a_unit_there_are_no_regions),
        cmocka_unit_test(a_number_that_cannot_be_names_its_field_and_line),
        cmocka_unit_test(a_field_of_the_wrong_kind_names_itself_and_its_line),
        cmocka_unit_test(the_line_is_that_of_the_field_not_of_what_looks_like_it),
        cmocka_unit_test(a_file_that_is_no_table_is_refused),
        cmocka_unit_test(a_file_cannot_reach_out_or_go_on_for_ever),
        cmocka_unit_test(a_missing_file_and_a_folder_are_refused),
        cmocka_unit_test(a_path_that_is_too_long_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
