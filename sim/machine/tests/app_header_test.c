// SPDX-License-Identifier: Apache-2.0 OR MIT
// The headers of app images. What is expected here was written out by hand from the description of
// the format; the vectors flash_* compare with the real kernel.
#include "../app_header.h"

#include <string.h>

#include "../../../tests/check.h"

enum { ROOM = 512 };

static uint32_t word_at(const uint8_t *bytes, uint32_t at)
{
    return (uint32_t)bytes[at] | (uint32_t)bytes[at + 1] << 8 | (uint32_t)bytes[at + 2] << 16 |
           (uint32_t)bytes[at + 3] << 24;
}

static void write_named(const char *name, uint8_t bytes[ROOM])
{
    memset(bytes, 0xff, ROOM);
    app_header_write(&(struct app_header){.total_size = 5000,
                                          .ram_size = 2048,
                                          .name = name,
                                          .name_length = (uint32_t)strlen(name)},
                     bytes);
}

static void it_says_size_flags_ram_and_name(void **state)
{
    uint8_t bytes[ROOM];

    (void)state;
    write_named("org.app", bytes);

    assert_int_equal(word_at(bytes, 0), 128 << 16 | 2);
    assert_int_equal(word_at(bytes, 4), 5000);
    assert_int_equal(word_at(bytes, 8), 1);
    assert_int_equal(word_at(bytes, 16), 12 << 16 | 1);
    assert_int_equal(word_at(bytes, 20), 0);
    assert_int_equal(word_at(bytes, 24), 0);
    assert_int_equal(word_at(bytes, 28), 2048);
    assert_int_equal(word_at(bytes, 32), 7 << 16 | 3);
    assert_memory_equal(bytes + 36, "org.app\0", 8);
}

// As tock-tbf walks it: type and length, then as many bytes, rounded up to words.
static void its_parts_fill_it_to_the_end(void **state)
{
    static const char *const names[] = {"", "a", "four",
                                        "a name of nearly ninety-two bytes, which "
                                        "is the longest for which a header of 128 has room, 92",
                                        "a name that is longer than the header of a usual app has "
                                        "room for, so that the header has to be longer as well"};
    uint8_t bytes[ROOM];

    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        uint32_t size = app_header_size((uint32_t)strlen(names[i]));
        uint32_t at = 16;

        write_named(names[i], bytes);
        while (at < size)
            at += 4 + ((word_at(bytes, at) >> 16) + 3) / 4 * 4;
        assert_int_equal(at, size);
        assert_int_equal(bytes[size], 0xff);
        assert_true(size >= 128);
    }
}

static void its_words_cancel_out(void **state)
{
    uint8_t bytes[ROOM];
    uint32_t sum = 0;

    (void)state;
    write_named("svc", bytes);
    for (uint32_t at = 0; at < 128; at += 4)
        sum ^= word_at(bytes, at);

    assert_int_equal(sum, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_says_size_flags_ram_and_name),
        cmocka_unit_test(its_parts_fill_it_to_the_end),
        cmocka_unit_test(its_words_cancel_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
