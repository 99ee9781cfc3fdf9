// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "../../../tests/check.h"
#include "../text_stream.h"

#include <stdlib.h>
#include <string.h>

static void what_was_written_is_the_text(void **state)
{
    struct text_stream stream;
    FILE *out = text_stream_open(&stream);
    char *text;
    (void)state;

    for (int i = 0; i < 10000; i++)
        fprintf(out, "%04d", i);
    text = text_stream_close(&stream);

    assert_int_equal(strlen(text), 40000);
    assert_memory_equal(text, "00000001", 8);
    assert_string_equal(text + 39996, "9999");
    free(text);
}

static void a_text_of_nothing_is_one(void **state)
{
    struct text_stream stream;
    char *text;
    (void)state;

    (void)text_stream_open(&stream);
    text = text_stream_close(&stream);

    assert_string_equal(text, "");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_written_is_the_text),
        cmocka_unit_test(a_text_of_nothing_is_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
