// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "../file.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../../tests/check.h"
#include "../path.h"

// A folder that goes away with what stands in it.
struct place {
    char folder[64];
    char file[96];
    char link[96];
};

static int make_place(void **state)
{
    struct place *place = calloc(1, sizeof *place);

    snprintf(place->folder, sizeof place->folder, "/tmp/ipcsim-file-XXXXXX");
    assert_non_null(mkdtemp(place->folder));
    snprintf(place->file, sizeof place->file, "%s/file", place->folder);
    snprintf(place->link, sizeof place->link, "%s/link", place->folder);
    *state = place;
    return 0;
}

static int remove_place(void **state)
{
    struct place *place = *state;

    (void)unlink(place->file);
    (void)unlink(place->link);
    assert_int_equal(rmdir(place->folder), 0);
    free(place);
    return 0;
}

static void write_bytes(const char *path, const char *bytes, size_t size)
{
    FILE *file = fopen(path, "wb");

    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

static void assert_holds(const char *path, const char *text)
{
    struct message why;
    char *bytes = file_read(path, SIZE_MAX, NULL, &why);

    assert_non_null(bytes);
    assert_string_equal(bytes, text);
    free(bytes);
}

// ---- reading

static void all_bytes_are_read_with_a_nul_behind_them(void **state)
{
    const struct place *place = *state;
    static const char bytes[] = "a\0b";
    struct message why;
    size_t size;

    write_bytes(place->file, bytes, 3);
    char *read = file_read(place->file, SIZE_MAX, &size, &why);

    assert_non_null(read);
    assert_int_equal(size, 3);
    assert_memory_equal(read, bytes, 4);
    free(read);
}

static void an_empty_file_is_an_empty_text(void **state)
{
    const struct place *place = *state;
    struct message why;
    size_t size;

    write_bytes(place->file, "", 0);
    char *read = file_read(place->file, SIZE_MAX, &size, &why);

    assert_non_null(read);
    assert_int_equal(size, 0);
    assert_string_equal(read, "");
    free(read);
}

static void a_large_file_is_read_whole_or_up_to_a_limit(void **state)
{
    enum { SIZE = 300000, LIMIT = 100001 };
    const struct place *place = *state;
    char *bytes = malloc(SIZE);
    struct message why;
    size_t size;

    assert_non_null(bytes);
    for (size_t i = 0; i < SIZE; i++)
        bytes[i] = (char)(i % 251);
    write_bytes(place->file, bytes, SIZE);

    char *all = file_read(place->file, SIZE_MAX, &size, &why);
    assert_int_equal(size, SIZE);
    assert_memory_equal(all, bytes, SIZE);
    char *some = file_read(place->file, LIMIT, &size, &why);
    assert_int_equal(size, LIMIT);
    assert_memory_equal(some, bytes, LIMIT);
    assert_int_equal(some[LIMIT], '\0');
    free(all);
    free(some);
    free(bytes);
}

static void what_cannot_be_read_says_why(void **state)
{
    const struct place *place = *state;
    struct message why;

    assert_null(file_read(place->file, SIZE_MAX, NULL, &why));
    assert_string_equal(why.text, "No such file or directory");
    assert_true(path_is_absent(place->file));
    assert_null(file_read(place->folder, SIZE_MAX, NULL, &why));
    assert_string_equal(why.text, "Is a directory");
    assert_false(path_is_absent(place->folder));
}

// ---- replacing

static void a_file_is_made_and_replaced(void **state)
{
    const struct place *place = *state;
    struct message why;

    assert_true(file_replace(place->file, "first\n", &why));
    assert_holds(place->file, "first\n");
    assert_true(file_replace(place->file, "second\n", &why));
    assert_holds(place->file, "second\n");
}

static void a_link_stays_one(void **state)
{
    const struct place *place = *state;
    struct stat status;
    struct message why;

    write_bytes(place->file, "old", 3);
    assert_int_equal(symlink("file", place->link), 0);

    assert_true(file_replace(place->link, "new", &why));

    assert_holds(place->file, "new");
    assert_int_equal(lstat(place->link, &status), 0);
    assert_true(S_ISLNK(status.st_mode));
}

// Nothing is left beside it either: the folder could not be removed.
static void what_is_no_file_is_not_replaced(void **state)
{
    const struct place *place = *state;
    char below[128];
    struct message why;

    assert_false(file_replace(place->folder, "text", &why));
    assert_string_equal(why.text, "File exists");
    snprintf(below, sizeof below, "%s/no/file", place->folder);
    assert_false(file_replace(below, "text", &why));
    assert_string_equal(why.text, "No such file or directory");
}

#define IN_PLACE(test) cmocka_unit_test_setup_teardown(test, make_place, remove_place)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_PLACE(all_bytes_are_read_with_a_nul_behind_them),
        IN_PLACE(an_empty_file_is_an_empty_text),
        IN_PLACE(a_large_file_is_read_whole_or_up_to_a_limit),
        IN_PLACE(what_cannot_be_read_says_why),
        IN_PLACE(a_file_is_made_and_replaced),
        IN_PLACE(a_link_stays_one),
        IN_PLACE(what_is_no_file_is_not_replaced),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
