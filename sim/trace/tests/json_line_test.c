// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "../../../tests/check.h"
#include "../../base/count_of.h"
#include "../json_line.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Whether `text` is a line that says the same as {"n":7,"s":"x y","yes":true,"none":null}.
static bool says_it(const char *text)
{
    struct json_line *line = calloc(1, sizeof *line);
    bool is_it = json_line_read(line, text);

    if (is_it) {
        const struct json_value *n = json_line_find(line, "n");
        const struct json_value *s = json_line_find(line, "s");
        const struct json_value *yes = json_line_find(line, "yes");
        const struct json_value *none = json_line_find(line, "none");

        is_it = n && n->type == JSON_NUMBER && n->number == 7 && s && s->type == JSON_STRING &&
                strcmp(s->text, "x y") == 0 && yes && yes->type == JSON_BOOL && yes->number == 1 &&
                none && none->type == JSON_NULL;
    }
    json_line_free(line);
    free(line);
    return is_it;
}

static void order_space_and_escapes_of_an_object_do_not_matter(void **state)
{
    (void)state;

    assert_true(says_it("{\"n\":7,\"s\":\"x y\",\"yes\":true,\"none\":null}\n"));
    assert_true(says_it("{\"none\":null,\"yes\":true,\"s\":\"x y\",\"n\":7}"));
    assert_true(
        says_it(" { \"n\" : 7 ,\t\"s\" : \"x y\" , \"yes\" : true , \"none\" : null } \r\n"));
    assert_true(says_it("{\"\\u006e\":7,\"s\":\"x\\u0020y\",\"yes\":true,\"none\":null}\n"));
    assert_true(says_it("{\"more\":\"\",\"n\":7,\"s\":\"x y\",\"yes\":true,\"none\":null}\n"));
}

static void space_in_a_key_is_part_of_it(void **state)
{
    (void)state;

    assert_false(says_it("{\" n\":7,\"s\":\"x y\",\"yes\":true,\"none\":null}\n"));
}

static void what_is_no_flat_object_on_one_line_is_refused(void **state)
{
    static const char *const wrong[] = {
        "",       "{}",      "[]",         "{\"n\":7",       "{\"n\":7}}",  "{\"n\":7} {\"n\":7}",
        "{n:7}",  "{\"n\"}", "{\"n\":-7}", "{\"n\":[7]}",    "{\"n\":7.5}", "{\"n\":truer}",
        "{\"n\"", "{\"n\":", "{\"n\":\"",  "{\"n\":\"\n\"}",
    };
    struct json_line *line = calloc(1, sizeof *line);
    (void)state;

    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        assert_false(json_line_read(line, wrong[i]));
        json_line_free(line);
    }
    free(line);
}

static void a_key_is_no_longer_than_its_room_however_it_is_written(void **state)
{
    struct json_line *line = calloc(1, sizeof *line);
    char text[128];
    (void)state;

    snprintf(text, sizeof text, "{\"\\u0061%030d\":7}", 0);
    assert_true(json_line_read(line, text));
    json_line_free(line);
    snprintf(text, sizeof text, "{\"\\u0061%031d\":7}", 0);
    assert_false(json_line_read(line, text));
    json_line_free(line);
    free(line);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(order_space_and_escapes_of_an_object_do_not_matter),
        cmocka_unit_test(space_in_a_key_is_part_of_it),
        cmocka_unit_test(what_is_no_flat_object_on_one_line_is_refused),
        cmocka_unit_test(a_key_is_no_longer_than_its_room_however_it_is_written),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
