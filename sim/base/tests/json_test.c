// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "../../../tests/check.h"
#include "../json.h"
#include "../utf8.h"

#include <stdlib.h>
#include <string.h>

// The bytes as JSON. Free it.
static char *json_of(const char *bytes, size_t length)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    json_put_string(out, bytes, length);
    fclose(out);
    return text;
}

static void assert_written(const char *bytes, const char *expected)
{
    char *json = json_of(bytes, strlen(bytes));

    assert_string_equal(json, expected);
    free(json);
}

// Reads `json`, quotes and all. False: it is refused, or does not end where it should.
static bool read_all(const char *json, char *bytes, size_t size, size_t *length)
{
    const char *text = json + 1;

    return json_read_string(&text, bytes, size, length) && *text == '\0';
}

static void assert_read(const char *json, const char *expected)
{
    char bytes[64];
    size_t length = 0;

    assert_true(read_all(json, bytes, sizeof bytes, &length));
    assert_int_equal(length, strlen(expected));
    assert_string_equal(bytes, expected);
}

static void assert_refused(const char *json)
{
    char bytes[64];
    size_t length;

    assert_false(read_all(json, bytes, sizeof bytes, &length));
}

// ---- writing

static void utf_8_stays_as_it_is(void **state)
{
    (void)state;

    assert_written("", "\"\"");
    assert_written("say \"\\\"", "\"say \\\"\\\\\\\"\"");
    assert_written("caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80",
                   "\"caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80\"");
}

static void what_a_terminal_acts_upon_is_escaped(void **state)
{
    (void)state;

    assert_written("\n\x1b[31m\x7f", "\"\\u000a\\u001b[31m\\u007f\"");
    assert_written("\xc2\x9b", "\"\\u009b\""); // CSI
    assert_written("\xe2\x80\xa8", "\"\\u2028\"");
    // The direction of what follows, and what ends it.
    assert_written("\xe2\x80\xae\xe2\x80\xac\xe2\x81\xa6\xe2\x81\xa9",
                   "\"\\u202e\\u202c\\u2066\\u2069\"");
    assert_written("\xef\xbb\xbf", "\"\\ufeff\"");
}

static void a_byte_of_no_utf_8_is_a_character_for_private_use(void **state)
{
    (void)state;

    assert_written("\xff\xfe", "\"\\uf7ff\\uf7fe\"");
    assert_written("caf\xe9", "\"caf\\uf7e9\"");
    assert_written("\xe2\x82", "\"\\uf7e2\\uf782\"");
    assert_written("\xc0\xaf", "\"\\uf7c0\\uf7af\"");
}

static void such_a_character_itself_is_written_by_its_bytes(void **state)
{
    (void)state;

    assert_written("\xef\x9f\xbf", "\"\\uf7ef\\uf79f\\uf7bf\""); // U+F7FF
    assert_written("\xef\x9d\xbf", "\"\xef\x9d\xbf\"");          // U+F77F
    assert_written("\xef\xa0\x80", "\"\xef\xa0\x80\"");          // U+F800
}

// ---- reading

static void a_string_is_read_however_it_is_escaped(void **state)
{
    (void)state;

    assert_read("\"\"", "");
    assert_read("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\b\f\n\r\t");
    assert_read("\"caf\\u00e9 caf\\u00E9 caf\xc3\xa9\"", "caf\xc3\xa9 caf\xc3\xa9 caf\xc3\xa9");
    assert_read("\"\\ud83d\\ude00 \xf0\x9f\x98\x80\"", "\xf0\x9f\x98\x80 \xf0\x9f\x98\x80");
    assert_read("\"\\uf7ff \xef\x9f\xbf\"", "\xff \xff");
}

static void what_is_no_string_of_json_is_refused(void **state)
{
    (void)state;

    assert_refused("\"cut off");
    assert_refused("\"\\");
    assert_refused("\"\\u12\"");
    assert_refused("\"\\u123g\"");
    assert_refused("\"\\x41\"");
    assert_refused("\"a\nb\"");
    assert_refused("\"\\ud83d\"");
    assert_refused("\"\\ud83d\\u0041\"");
    assert_refused("\"\\ude00\"");
    assert_refused("\"\xff\"");
    assert_refused("\"\xed\xa0\x80\"");
}

static void a_string_goes_no_further_than_its_room(void **state)
{
    (void)state;
    const char *text = "\\u0061bc\"";
    char bytes[5] = "----";
    size_t length;

    assert_false(json_read_string(&text, bytes, 3, &length));
    assert_memory_equal(bytes + 3, "-", 2);
    text = "\\u0061bc\"";
    assert_true(json_read_string(&text, bytes, 4, &length));
    assert_string_equal(bytes, "abc");
}

// ---- both

struct random_text {
    uint64_t random;
    char bytes[64];
    size_t length;
};

static uint32_t draw(struct random_text *text, uint32_t below)
{
    text->random = text->random * UINT64_C(6364136223846793005) + 1442695040888963407u;
    return (uint32_t)(text->random >> 33) % below;
}

// Any bytes, or what nearly is UTF-8: such a character, cut or not, some of them special here.
static void fill(struct random_text *text)
{
    static const uint32_t limits[] = {0x80, 0x800, 0x10000, 0x110000};

    text->length = 0;
    while (draw(text, 12) > 0 && text->length < sizeof text->bytes - UTF8_MOST_BYTES) {
        uint32_t code = draw(text, limits[draw(text, 4)]);

        if (draw(text, 4) == 0)
            code = 0xf700 + draw(text, 0x200);
        if (draw(text, 4) == 0)
            text->bytes[text->length++] = (char)draw(text, 256);
        else
            text->length += utf8_write(text->bytes + text->length, code);
        if (draw(text, 8) == 0)
            text->length--;
    }
}

static void any_bytes_are_read_as_they_were_written(void **state)
{
    struct random_text text = {.random = 1};
    (void)state;

    for (int i = 0; i < 100000; i++) {
        char bytes[sizeof text.bytes + 1];
        size_t length = 0;
        char *json;

        fill(&text);
        json = json_of(text.bytes, text.length);
        assert_true(read_all(json, bytes, sizeof bytes, &length));
        assert_int_equal(length, text.length);
        assert_memory_equal(bytes, text.bytes, length);
        free(json);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(utf_8_stays_as_it_is),
        cmocka_unit_test(what_a_terminal_acts_upon_is_escaped),
        cmocka_unit_test(a_byte_of_no_utf_8_is_a_character_for_private_use),
        cmocka_unit_test(such_a_character_itself_is_written_by_its_bytes),
        cmocka_unit_test(a_string_is_read_however_it_is_escaped),
        cmocka_unit_test(what_is_no_string_of_json_is_refused),
        cmocka_unit_test(a_string_goes_no_further_than_its_room),
        cmocka_unit_test(any_bytes_are_read_as_they_were_written),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
