// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "../../../tests/check.h"
#include "../count_of.h"
#include "../utf8.h"

#include <string.h>

static void every_character_is_read_as_it_was_written(void **state)
{
    (void)state;

    for (uint32_t code = 0; code <= 0x10ffff; code++) {
        char bytes[UTF8_MOST_BYTES];
        uint32_t read = 0;
        size_t size;

        if (code >= 0xd800 && code <= 0xdfff)
            continue;
        size = utf8_write(bytes, code);
        assert_int_equal(utf8_read(bytes, size, &read), size);
        assert_int_equal(read, code);
        assert_int_equal(utf8_read(bytes, size - 1, &read), 0);
    }
}

static void a_character_has_its_bytes_and_not_one_more(void **state)
{
    static const struct {
        const char *bytes;
        uint32_t code;
    } characters[] = {
        {"A", 'A'}, {"\xc3\xa9", 0xe9}, {"\xe2\x82\xac", 0x20ac}, {"\xf0\x9f\x98\x80", 0x1f600}};
    (void)state;

    for (size_t i = 0; i < COUNT_OF(characters); i++) {
        char longer[8] = "";
        uint32_t code = 0;

        memcpy(longer, characters[i].bytes, i + 1);
        memset(longer + i + 1, 0xbf, sizeof longer - i - 1);
        assert_int_equal(utf8_read(longer, sizeof longer, &code), i + 1);
        assert_int_equal(code, characters[i].code);
    }
}

static void what_only_looks_like_utf_8_is_none(void **state)
{
    static const char *const wrong[] = {
        "\x80",             // continues nothing
        "\xff",             // stands in no UTF-8
        "\xc3",             // cut off
        "\xc3(",            //
        "\xe2\x82",         //
        "\xc0\xaf",         // "/", overlong
        "\xc1\xbf",         //
        "\xe0\x9f\xbf",     //
        "\xf0\x8f\xbf\xbf", //
        "\xed\xa0\x80",     // surrogates
        "\xed\xbf\xbf",     //
        "\xf4\x90\x80\x80", // above U+10FFFF
        "\xf5\x80\x80\x80", //
        "\xf8\x88\x80\x80\x80",
    };
    (void)state;

    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        uint32_t code;

        assert_int_equal(utf8_read(wrong[i], strlen(wrong[i]), &code), 0);
    }
}

static void what_a_terminal_acts_upon_is_not_harmless(void **state)
{
    static const uint32_t harmful[] = {0,      '\n',   0x1b,   0x7f,   0x9b,  0x2028,
                                       0x202e, 0x2066, 0xfeff, 0xfffe, 0xffff};
    static const uint32_t harmless[] = {' ', '~', 0xa0, 0xe9, 0x20ac, 0xf7ff, 0xfffd, 0x1f600};
    (void)state;

    for (size_t i = 0; i < COUNT_OF(harmful); i++)
        assert_false(utf8_is_harmless(harmful[i]));
    for (size_t i = 0; i < COUNT_OF(harmless); i++)
        assert_true(utf8_is_harmless(harmless[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_character_is_read_as_it_was_written),
        cmocka_unit_test(a_character_has_its_bytes_and_not_one_more),
        cmocka_unit_test(what_only_looks_like_utf_8_is_none),
        cmocka_unit_test(what_a_terminal_acts_upon_is_not_harmless),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
