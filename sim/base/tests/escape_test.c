// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "../../../tests/check.h"
#include "../escape.h"

#include <stdlib.h>
#include <string.h>

static void assert_escaped(void (*escape)(FILE *out, const char *text), const char *text,
                           const char *expected)
{
    char *escaped = NULL;
    size_t size;
    FILE *out = open_memstream(&escaped, &size);

    escape(out, text);
    fclose(out);
    assert_string_equal(escaped, expected);
    free(escaped);
}

// What nobody should be shown as it is: ESC, CSI, a byte of no UTF-8, right to left and its end.
#define HARMFUL  "\x1b \xc2\x9b \xff \xe2\x80\xae\xe2\x80\xac"
#define HARMLESS "\\x1b \\xc2\\x9b \\xff \\xe2\\x80\\xae\\xe2\\x80\\xac"

static void a_line_of_a_trace_is_ascii(void **state)
{
    char text[64];
    (void)state;

    assert_int_equal(escape_bytes(text, sizeof text, "caf\xc3\xa9 \"\\\"\n\0~\x7f", 13), 29);
    assert_string_equal(text, "caf\\xc3\\xa9 \\\"\\\\\\\"\\n\\x00~\\x7f");
}

static void a_line_of_a_trace_is_cut_where_its_room_ends(void **state)
{
    char text[] = "-------";
    (void)state;

    assert_int_equal(escape_bytes(text, 6, "abcdefgh", 8), 5);
    assert_string_equal(text, "abcde");
    assert_int_equal(escape_bytes(text, 6, "abc\xff", 4), 5);
    assert_string_equal(text, "abc\\x");
    assert_int_equal(escape_bytes(text, 1, "abc", 3), 0);
    assert_string_equal(text, "");
    assert_string_equal(text + 6, "-");
}

static void xml_has_its_signs_by_number(void **state)
{
    (void)state;

    assert_escaped(escape_xml_text, "a < b && \"c\"\n\td]]>",
                   "a &#60; b &#38;&#38; \"c\"\n\td]]&#62;");
    assert_escaped(escape_xml_attribute, "a < b && \"c\"\n\td",
                   "a &#60; b &#38;&#38; &#34;c&#34;&#10;&#9;d");
    assert_escaped(escape_xml_text, "\xc3\xa9 \r " HARMFUL, "\xc3\xa9 \\x0d " HARMLESS);
    assert_escaped(escape_xml_attribute, "\xc3\xa9 \r " HARMFUL, "\xc3\xa9 \\x0d " HARMLESS);
    assert_escaped(escape_xml_text, "\xef\xbf\xbf", "\\xef\\xbf\\xbf");
}

static void put_lines(FILE *out, const char *text)
{
    escape_lines(out, text, "  ");
}

static void lines_stay_lines_whatever_is_in_them(void **state)
{
    (void)state;

    assert_escaped(put_lines, "a\n\n\tb\n", "  a\n\n  \tb\n");
    assert_escaped(put_lines, "no end", "  no end\n");
    assert_escaped(put_lines, "", "");
    assert_escaped(put_lines, "a\rb " HARMFUL, "  a\\x0db " HARMLESS "\n");
    assert_escaped(put_lines, "\xc2\x85", "  \\xc2\\x85\n"); // a line break in YAML 1.1
}

static void a_description_of_tap_has_no_directive_and_one_line(void **state)
{
    (void)state;

    assert_escaped(escape_tap, "a # skip \\ b\nc", "a \\# skip \\\\ b c");
    assert_escaped(escape_tap, "\xc3\xa9\r\x1b", "\xc3\xa9\\\\x0d\\\\x1b");
}

static void markdown_is_only_text(void **state)
{
    (void)state;

    assert_escaped(escape_markdown, "a|b\n<c>", "a&#124;b &#60;c&#62;");
    assert_escaped(escape_markdown, "*_`[x]~ $1$ #4 & \\",
                   "&#42;&#95;&#96;&#91;x&#93;&#126; &#36;1&#36; &#35;4 &#38; &#92;");
    assert_escaped(escape_markdown, HARMFUL, HARMLESS);
}

static void a_command_to_github_keeps_its_parts_apart(void **state)
{
    (void)state;

    assert_escaped(escape_github_message, "50%: a,\r\n::b", "50%25: a,%0D%0A::b");
    assert_escaped(escape_github_property, "50%: a,\r\n::b", "50%25%3A a%2C%0D%0A%3A%3Ab");
}

static void a_word_for_a_shell_is_one_word(void **state)
{
    (void)state;

    assert_escaped(escape_shell_word, "a/b-c_d.lua:3", "a/b-c_d.lua:3");
    assert_escaped(escape_shell_word, "", "''");
    assert_escaped(escape_shell_word, "it's $HOME", "'it'\\''s $HOME'");
    assert_escaped(escape_shell_word, "~", "'~'");
}

static void a_part_of_a_file_name_has_no_slash(void **state)
{
    char *name = escape_file_name("n=5,of=a/b 100%\xff");
    (void)state;

    assert_string_equal(name, "n=5,of=a%2Fb%20100%25%FF");
    free(name);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_of_a_trace_is_ascii),
        cmocka_unit_test(a_line_of_a_trace_is_cut_where_its_room_ends),
        cmocka_unit_test(xml_has_its_signs_by_number),
        cmocka_unit_test(lines_stay_lines_whatever_is_in_them),
        cmocka_unit_test(a_description_of_tap_has_no_directive_and_one_line),
        cmocka_unit_test(markdown_is_only_text),
        cmocka_unit_test(a_command_to_github_keeps_its_parts_apart),
        cmocka_unit_test(a_word_for_a_shell_is_one_word),
        cmocka_unit_test(a_part_of_a_file_name_has_no_slash),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
