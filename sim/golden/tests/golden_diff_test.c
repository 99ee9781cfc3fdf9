// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "../../../tests/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../edits.h"
#include "../golden.h"
#include "../golden_diff.h"

// ---- edits

static void assert_edits(const char *a, const char *b, size_t expected_pairs)
{
    uint32_t a_items[64];
    uint32_t b_items[64];
    size_t in_b[64];
    size_t in_a[64];
    size_t pairs = 0;
    size_t last = 0;

    for (size_t i = 0; a[i] != '\0'; i++)
        a_items[i] = (uint32_t)a[i];
    for (size_t i = 0; b[i] != '\0'; i++)
        b_items[i] = (uint32_t)b[i];
    edits_find(a_items, strlen(a), b_items, strlen(b), in_b, in_a);
    for (size_t i = 0; a[i] != '\0'; i++) {
        if (in_b[i] == EDITS_NONE)
            continue;
        assert_int_equal(a[i], b[in_b[i]]);
        assert_int_equal(in_a[in_b[i]], i);
        assert_true(pairs == 0 || in_b[i] > last); // none cross
        last = in_b[i];
        pairs++;
    }
    assert_int_equal(pairs, expected_pairs);
    for (size_t i = 0; b[i] != '\0'; i++)
        pairs -= in_a[i] != EDITS_NONE;
    assert_int_equal(pairs, 0);
}

static void the_longest_common_part_stays(void **state)
{
    (void)state;

    assert_edits("", "", 0);
    assert_edits("abc", "", 0);
    assert_edits("", "abc", 0);
    assert_edits("abc", "abc", 3);
    assert_edits("abc", "xyz", 0);
    assert_edits("abcabba", "cbabac", 4);
    assert_edits("axbxc", "abc", 3);
    assert_edits("abc", "axbxc", 3);
    assert_edits("ab", "ba", 1);
    assert_edits("aaaa", "aa", 2);
    assert_edits("xabcdefy", "uabcdefvw", 6);
}

static void sequences_that_have_next_to_nothing_in_common_are_not_searched_for_ever(void **state)
{
    (void)state;
    enum { COUNT = 100000 };
    uint32_t *a = malloc(COUNT * sizeof *a);
    uint32_t *b = malloc(COUNT * sizeof *b);
    size_t *in_b = malloc(COUNT * sizeof *in_b);
    size_t *in_a = malloc(COUNT * sizeof *in_a);

    for (uint32_t i = 0; i < COUNT; i++) {
        a[i] = i;
        b[i] = i == 0 || i == COUNT - 1 ? i : COUNT + i;
    }
    edits_find(a, COUNT, b, COUNT, in_b, in_a);

    assert_int_equal(in_b[0], 0);
    assert_int_equal(in_b[COUNT - 1], COUNT - 1);
    assert_true(in_b[1] == EDITS_NONE && in_a[COUNT / 2] == EDITS_NONE);
    free(a);
    free(b);
    free(in_b);
    free(in_a);
}

// ---- differences

struct pair {
    struct golden a;
    struct golden b;
    struct golden_diff diff;
    char *text;
};

static void read_lines(struct golden *golden, const char *lines)
{
    char text[4096];
    struct message error;

    snprintf(text, sizeof text, "ipcsim golden trace, format 2\nparams  x=1\n\n%s", lines);
    *golden = (struct golden){.processes = NULL};
    assert_int_equal(golden_read(golden, "x.trace", text, &error), GOLDEN_READ_OK);
}

static void compare(struct pair *pair, const char *a, const char *b)
{
    read_lines(&pair->a, a);
    read_lines(&pair->b, b);
    golden_diff_make(&pair->diff, &pair->a, &pair->b, "old", "new");
    pair->text = NULL;
}

static const char *print(struct pair *pair, void (*print_it)(FILE *, const struct golden_diff *))
{
    size_t size;

    free(pair->text);
    FILE *out = open_memstream(&pair->text, &size);
    print_it(out, &pair->diff);
    fclose(out);
    return pair->text;
}

static void print_changes(FILE *out, const struct golden_diff *diff)
{
    golden_diff_print_changes(out, diff, 8);
}

static void print_lines(FILE *out, const struct golden_diff *diff)
{
    golden_diff_print_lines(out, diff, 100);
}

static void release(struct pair *pair)
{
    free(pair->text);
    golden_diff_free(&pair->diff);
    golden_free(&pair->a);
    golden_free(&pair->b);
}

#define NOTIFY   "client  command ipc.notify_service(to=rot13) -> Success\n"
#define NOTIFY2  "client2  command ipc.notify_service(to=rot13) -> Success\n"
#define UPCALL   "rot13  upcall ipc.service(from=client, len=64, addr=client+0x40, userdata=0)\n"
#define UPCALL2  "rot13  upcall ipc.service(from=client2, len=64, addr=client2+0x40, userdata=0)\n"
#define ANSWER   "rot13  command ipc.notify_client(to=client) -> Success\n"
#define ANSWERED "client  upcall ipc.client(from=rot13, len=0, addr=0, userdata=0)\n"

static void traces_that_differ_in_how_processes_take_turns_are_equal(void **state)
{
    (void)state;
    struct pair pair;

    compare(&pair, "a  one\nb  two\na  three\n", "b  two\na  one\na  three\n");

    assert_true(golden_diff_is_equal(&pair.diff));
    assert_false(pair.diff.heads_differ);
    release(&pair);
}

static void an_upcall_with_another_argument_is_told_with_that_argument(void **state)
{
    (void)state;
    struct pair pair;

    compare(&pair, NOTIFY UPCALL ANSWER ANSWERED,
            NOTIFY "rot13  upcall ipc.service(from=client, len=63, addr=client+0x40, "
                   "userdata=0)\n" ANSWER ANSWERED);

    assert_string_equal(print(&pair, golden_diff_print_count), "1 upcall has other arguments");
    assert_string_equal(
        print(&pair, print_changes),
        "changed    rot13: upcall ipc.service(from=client, len=64, addr=client+0x40, "
        "userdata=0): len=64 -> len=63\n"
        "they part in rot13:\n"
        "    old: upcall ipc.service(from=client, len=64, addr=client+0x40, userdata=0)\n"
        "    new: upcall ipc.service(from=client, len=63, addr=client+0x40, userdata=0)\n"
        "  what led to it in old:\n"
        "    client: command ipc.notify_service(to=rot13) -> Success\n"
        "      (new has that too)\n");
    release(&pair);
}

static void a_missing_upcall_is_told_with_the_notify_that_led_to_it(void **state)
{
    (void)state;
    struct pair pair;

    compare(&pair, NOTIFY UPCALL NOTIFY UPCALL ANSWER ANSWERED NOTIFY "client  done\n",
            NOTIFY UPCALL NOTIFY);

    assert_string_equal(print(&pair, golden_diff_print_count),
                        "2 upcalls are missing, 3 other events are missing");
    const char *text = print(&pair, print_changes);
    assert_memory_equal(text, "missing    rot13: upcall ipc.service(from=client", 40);
    assert_non_null(strstr(text, "they part in rot13:\n"
                                 "    old: upcall ipc.service(from=client, len=64, "
                                 "addr=client+0x40, userdata=0)\n"
                                 "  what led to it in old:\n"
                                 "    client: command ipc.notify_service(to=rot13) -> Success\n"
                                 "      (new has that too)\n"));
    release(&pair);
}

static void a_cause_that_is_missing_as_well_is_told_so(void **state)
{
    (void)state;
    struct pair pair;

    compare(&pair, NOTIFY UPCALL "rot13  done\n", "rot13  done\n");

    // The notify comes first, as what led to the rest.
    const char *text = print(&pair, print_changes);
    assert_memory_equal(text, "missing    client: command ipc.notify_service", 40);
    assert_int_equal(pair.diff.changes[0].a, 0);
    assert_int_equal(pair.diff.changes[1].a, 1);
    release(&pair);
}

static void deliveries_that_change_places_are_reordered(void **state)
{
    (void)state;
    struct pair pair;

    compare(&pair, NOTIFY NOTIFY2 UPCALL UPCALL2 "rot13  done\n",
            NOTIFY NOTIFY2 UPCALL2 UPCALL "rot13  done\n");

    assert_string_equal(print(&pair, golden_diff_print_count), "1 upcall comes in another order");
    const char *text = print(&pair, print_changes);
    assert_memory_equal(text, "reordered  rot13: upcall ipc.service(from=client, len=64", 50);
    assert_non_null(strstr(text, ": now after upcall ipc.service(from=client2"));
    release(&pair);
}

static void what_is_new_is_told_with_what_led_to_it_there(void **state)
{
    (void)state;
    struct pair pair;

    compare(&pair, NOTIFY UPCALL, NOTIFY NOTIFY UPCALL UPCALL);

    assert_string_equal(print(&pair, golden_diff_print_count),
                        "1 upcall is new, 1 other event is new");
    const char *text = print(&pair, print_changes);
    assert_memory_equal(text, "added      client: command ipc.notify_service", 40);
    assert_non_null(strstr(text, "added      rot13: upcall ipc.service(from=client"));
    release(&pair);
}

static void a_notification_that_was_lost_for_another_reason_is_one_change(void **state)
{
    (void)state;
    struct pair pair;

    compare(&pair, "a  lost: notification from b: queue full\n",
            "a  lost: notification from b: no upcall subscribed\n");

    assert_string_equal(print(&pair, golden_diff_print_count), "1 other event has other arguments");
    release(&pair);
}

static void an_outcome_is_no_event(void **state)
{
    (void)state;
    struct pair pair;

    compare(&pair, "outcome  passed\n", "outcome  deadlock\n");

    assert_false(golden_diff_is_equal(&pair.diff));
    assert_string_equal(print(&pair, golden_diff_print_count), "the outcome differs");
    assert_memory_equal(print(&pair, print_changes), "changed    outcome: passed -> deadlock\n",
                        strlen("changed    outcome: passed -> deadlock\n"));
    release(&pair);
}

static void equal_events_are_folded(void **state)
{
    (void)state;
    struct pair pair;

    compare(&pair, "a  1\na  2\na  3\na  4\na  5\na  6\na  7\na  8\na  9\n",
            "a  1\na  2\na  3\na  4\na  five\na  6\na  7\na  8\na  9\n");

    assert_string_equal(print(&pair, print_lines), "--- old\n"
                                                   "+++ new\n"
                                                   "@@ 1 event is the same @@\n"
                                                   "  a  2\n"
                                                   "  a  3\n"
                                                   "  a  4\n"
                                                   "- a  5\n"
                                                   "+ a  five\n"
                                                   "  a  6\n"
                                                   "  a  7\n"
                                                   "  a  8\n"
                                                   "@@ 1 event is the same @@\n");
    release(&pair);
}

static void what_only_one_has_stands_in_the_order_of_its_process(void **state)
{
    (void)state;
    struct pair pair;

    compare(&pair, "a  1\na  2\nb  1\nb  2\n", "b  1\nb  new\nb  2\na  1\na  new\na  2\n");

    assert_string_equal(print(&pair, print_lines), "--- old\n"
                                                   "+++ new\n"
                                                   "  a  1\n"
                                                   "+ a  new\n"
                                                   "  a  2\n"
                                                   "  b  1\n"
                                                   "+ b  new\n"
                                                   "  b  2\n");
    release(&pair);
}

static void a_long_difference_is_cut(void **state)
{
    (void)state;
    struct pair pair;
    char *text = NULL;
    size_t size;

    compare(&pair, "a  1\na  2\na  3\na  4\n", "b  1\nb  2\nb  3\nb  4\n");
    FILE *out = open_memstream(&text, &size);
    golden_diff_print_changes(out, &pair.diff, 2);
    golden_diff_print_lines(out, &pair.diff, 3);
    fclose(out);

    assert_non_null(strstr(text, "... and 6 more\n"));
    assert_non_null(strstr(text, "@@ 5 more lines @@\n"));
    free(text);
    release(&pair);
}

static void other_parameters_are_told(void **state)
{
    (void)state;
    struct pair pair;

    compare(&pair, "a  1\n", "a  1\n");
    golden_diff_free(&pair.diff);
    golden_set_head(&pair.b, GOLDEN_HEAD_PARAMS, "x=2");
    golden_diff_make(&pair.diff, &pair.a, &pair.b, "old", "new");

    assert_true(golden_diff_is_equal(&pair.diff));
    assert_true(pair.diff.heads_differ);
    assert_string_equal(print(&pair, golden_diff_print_count), "the head differs");
    assert_string_equal(print(&pair, print_changes), "params: x=1 in old, x=2 in new\n");
    release(&pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_longest_common_part_stays),
        cmocka_unit_test(sequences_that_have_next_to_nothing_in_common_are_not_searched_for_ever),
        cmocka_unit_test(traces_that_differ_in_how_processes_take_turns_are_equal),
        cmocka_unit_test(an_upcall_with_another_argument_is_told_with_that_argument),
        cmocka_unit_test(a_missing_upcall_is_told_with_the_notify_that_led_to_it),
        cmocka_unit_test(a_cause_that_is_missing_as_well_is_told_so),
        cmocka_unit_test(deliveries_that_change_places_are_reordered),
        cmocka_unit_test(what_is_new_is_told_with_what_led_to_it_there),
        cmocka_unit_test(a_notification_that_was_lost_for_another_reason_is_one_change),
        cmocka_unit_test(an_outcome_is_no_event),
        cmocka_unit_test(equal_events_are_folded),
        cmocka_unit_test(what_only_one_has_stands_in_the_order_of_its_process),
        cmocka_unit_test(a_long_difference_is_cut),
        cmocka_unit_test(other_parameters_are_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
