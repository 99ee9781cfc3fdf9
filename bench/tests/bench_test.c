// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <math.h>
#include <string.h>

#include "../../tests/check.h"
#include "../family.h"
#include "../figures.h"
#include "../measure.h"
#include "../pair.h"
#include "../work.h"

static const struct figure_rules strict = {.margin = 0, .ratios_only = false};
static const struct figure_rules loose = {.margin = 0.25, .ratios_only = true};

// ---- medians

static void the_median_of_an_odd_count_is_the_value_in_the_middle(void **state)
{
    double values[] = {9, 1, 5, 2, 1000};
    (void)state;

    assert_true(measure_median(values, 5) == 5);
}

static void the_median_of_an_even_count_lies_between_the_two_in_the_middle(void **state)
{
    double values[] = {4, 1, 2, 1000};
    (void)state;

    assert_true(measure_median(values, 4) == 3);
}

static void the_median_of_one_value_is_that_value(void **state)
{
    double values[] = {7};
    (void)state;

    assert_true(measure_median(values, 1) == 7);
}

// ---- measuring, with time that is made up

enum { LOG_SIZE = 100 };

// Samples in the order in which they were taken.
struct log {
    char who[LOG_SIZE];
    size_t count;
};

struct fake {
    struct log *log;
    char name;
    double ns;      // for doing it once
    int slow_every; // this one of so many samples takes ten times as long, 0: none
    int fails_at;   // this sample fails, 0: none
    int samples;
    uint64_t last_count;
};

static double take_fake_sample(void *context, uint64_t count)
{
    struct fake *fake = context;
    bool is_slow =
        ++fake->samples > 0 && fake->slow_every > 0 && fake->samples % fake->slow_every == 0;

    if (fake->log->count < LOG_SIZE)
        fake->log->who[fake->log->count++] = fake->name;
    fake->last_count = count;
    return fake->samples == fake->fails_at ? (double)NAN
                                           : fake->ns * (double)count * (is_slow ? 10 : 1);
}

static void samples_take_turns_after_a_trial_of_each(void **state)
{
    struct log log = {.count = 0};
    struct fake a = {.log = &log, .name = 'a', .ns = 1000};
    struct fake b = {.log = &log, .name = 'b', .ns = 1000};
    const struct subject subjects[] = {{take_fake_sample, &a}, {take_fake_sample, &b}};
    const struct effort effort = {.rounds = 3, .sample_ns = 1000};
    struct measured measured[2];
    (void)state;

    assert_true(measure(subjects, 2, &effort, measured));

    assert_int_equal(log.count, 8);
    assert_memory_equal(log.who + 2, "ababab", 6);
}

static void a_sample_is_repeated_until_it_takes_its_time(void **state)
{
    struct log log = {.count = 0};
    struct fake a = {.log = &log, .name = 'a', .ns = 10};
    const struct subject subject = {take_fake_sample, &a};
    const struct effort effort = {.rounds = 3, .sample_ns = 1e6};
    struct measured measured;
    (void)state;

    assert_true(measure(&subject, 1, &effort, &measured));

    assert_true(a.last_count >= 100000 && a.last_count <= 100001);
    assert_true(measured.ns > 9.99 && measured.ns < 10.01);
    assert_true(measured.ratio == 1);
}

static void a_ratio_is_to_the_first_subject(void **state)
{
    struct log log = {.count = 0};
    struct fake a = {.log = &log, .name = 'a', .ns = 100};
    struct fake b = {.log = &log, .name = 'b', .ns = 250};
    const struct subject subjects[] = {{take_fake_sample, &a}, {take_fake_sample, &b}};
    const struct effort effort = {.rounds = 5, .sample_ns = 1e5};
    struct measured measured[2];
    (void)state;

    assert_true(measure(subjects, 2, &effort, measured));

    assert_true(fabs(measured[1].ratio - 2.5) < 1e-9);
    assert_true(fabs(measured[1].ns - 250) < 1e-9);
}

static void a_slow_moment_now_and_then_does_not_show(void **state)
{
    struct log log = {.count = 0};
    struct fake a = {.log = &log, .name = 'a', .ns = 100, .slow_every = 5};
    struct fake b = {.log = &log, .name = 'b', .ns = 300, .slow_every = 4};
    const struct subject subjects[] = {{take_fake_sample, &a}, {take_fake_sample, &b}};
    const struct effort effort = {.rounds = 15, .sample_ns = 100};
    struct measured measured[2];
    (void)state;

    assert_true(measure(subjects, 2, &effort, measured));

    assert_true(fabs(measured[0].ns - 100) < 1e-9);
    assert_true(fabs(measured[1].ns - 300) < 1e-9);
    assert_true(fabs(measured[1].ratio - 3) < 1e-9);
}

static void a_sample_that_fails_ends_the_measurement(void **state)
{
    (void)state;
    for (int failing = 1; failing <= 4; failing++) {
        struct log log = {.count = 0};
        struct fake a = {.log = &log, .name = 'a', .ns = 100};
        struct fake b = {.log = &log, .name = 'b', .ns = 100, .fails_at = failing};
        const struct subject subjects[] = {{take_fake_sample, &a}, {take_fake_sample, &b}};
        const struct effort effort = {.rounds = 3, .sample_ns = 100};
        struct measured measured[2];

        assert_false(measure(subjects, 2, &effort, measured));
        assert_int_equal(b.samples, failing);
    }
}

static void longer_samples_are_fewer_but_never_too_few(void **state)
{
    const struct effort effort = {.rounds = 101, .sample_ns = 1000};
    (void)state;

    struct effort longer = effort_of_longer_samples(&effort, 10);
    struct effort longest = effort_of_longer_samples(&effort, 1000);

    assert_int_equal(longer.rounds, 11);
    assert_true(longer.sample_ns == 10000);
    assert_int_equal(longest.rounds, 5);
}

// ---- judging

static struct figure cost(double ratio)
{
    return (struct figure){.name = "cost",
                           .unit = "ns",
                           .value = 100 * ratio,
                           .reference = 100,
                           .ratio = ratio,
                           .goal = 4};
}

static struct figure rate(double ratio)
{
    return (struct figure){.name = "rate",
                           .unit = "events/s",
                           .value = 1e6 * ratio,
                           .reference = 1e6,
                           .ratio = ratio,
                           .goal = 0.9};
}

static struct figure without_reference(double value)
{
    return (struct figure){.name = "bytes",
                           .unit = "bytes",
                           .value = value,
                           .reference = FIGURE_NONE,
                           .ratio = FIGURE_NONE,
                           .goal = 8192};
}

static enum figure_verdict judge(struct figure figure, const struct figure_rules *rules)
{
    return figure_judge(&figure, rules);
}

static void a_goal_bounds_a_cost_from_above(void **state)
{
    (void)state;
    assert_int_equal(judge(cost(4), &strict), FIGURE_OK);
    assert_int_equal(judge(cost(4.01), &strict), FIGURE_MISSED);
}

static void a_goal_bounds_a_rate_from_below(void **state)
{
    (void)state;
    assert_int_equal(judge(rate(0.9), &strict), FIGURE_OK);
    assert_int_equal(judge(rate(0.89), &strict), FIGURE_MISSED);
    assert_int_equal(judge(rate(3), &strict), FIGURE_OK);
}

static void without_a_reference_a_goal_bounds_the_value(void **state)
{
    (void)state;
    assert_int_equal(judge(without_reference(8192), &strict), FIGURE_OK);
    assert_int_equal(judge(without_reference(8193), &strict), FIGURE_MISSED);
}

static void a_figure_without_a_goal_is_not_judged(void **state)
{
    struct figure figure = cost(1e6);
    (void)state;
    figure.goal = FIGURE_NONE;

    assert_int_equal(judge(figure, &strict), FIGURE_UNJUDGED);
}

static void the_margin_is_a_share_of_the_goal(void **state)
{
    (void)state;
    assert_int_equal(judge(cost(4.99), &loose), FIGURE_OK);
    assert_int_equal(judge(cost(5.01), &loose), FIGURE_MISSED);
    assert_int_equal(judge(rate(0.68), &loose), FIGURE_OK);
    assert_int_equal(judge(rate(0.67), &loose), FIGURE_MISSED);
}

static void where_ratios_alone_count_an_absolute_figure_is_not_judged(void **state)
{
    (void)state;
    assert_int_equal(judge(without_reference(1e9), &loose), FIGURE_UNJUDGED);
}

static void missed_goals_are_counted(void **state)
{
    struct figures figures = {.count = 0};
    struct figure list[] = {cost(3), cost(5.5), rate(0.1), without_reference(9000)};
    (void)state;
    for (size_t i = 0; i < 4; i++)
        figures_add(&figures, &list[i], "figure/%u", (unsigned)i);

    assert_int_equal(figures_missed(&figures, &strict), 3);
    assert_int_equal(figures_missed(&figures, &loose), 2);
    assert_string_equal(figures.list[3].name, "figure/3");
}

// ---- printing

struct text {
    char bytes[4096];
};

static struct text text_of(void (*print)(FILE *out, const struct figures *figures),
                           const struct figures *figures)
{
    struct text text = {{0}};
    FILE *out = fmemopen(text.bytes, sizeof text.bytes, "w");

    assert_non_null(out);
    print(out, figures);
    assert_int_equal(fclose(out), 0);
    return text;
}

static void print_json(FILE *out, const struct figures *figures)
{
    figures_print_json(out, figures, &strict);
}

static void print_table(FILE *out, const struct figures *figures)
{
    figures_print_head(out);
    for (size_t i = 0; i < figures->count; i++)
        figure_print(out, &figures->list[i], &strict);
}

static struct figures some_figures(void)
{
    struct figures figures = {.count = 0};
    struct figure list[] = {cost(4.5), rate(1.25), without_reference(8000)};

    for (size_t i = 0; i < 3; i++)
        figures_add(&figures, &list[i], "%s", list[i].name);
    return figures;
}

static void json_has_null_where_there_is_no_number(void **state)
{
    const char *expected =
        "[\n"
        "  {\"name\": \"cost\", \"value\": 450, \"unit\": \"ns\", \"reference\": 100, "
        "\"ratio\": 4.5, \"goal\": 4, \"ok\": false},\n"
        "  {\"name\": \"rate\", \"value\": 1.25e+06, \"unit\": \"events/s\", "
        "\"reference\": 1e+06, \"ratio\": 1.25, \"goal\": 0.9, \"ok\": true},\n"
        "  {\"name\": \"bytes\", \"value\": 8000, \"unit\": \"bytes\", \"reference\": null, "
        "\"ratio\": null, \"goal\": 8192, \"ok\": true}\n"
        "]\n";
    struct figures figures = some_figures();
    (void)state;

    struct text text = text_of(print_json, &figures);

    assert_string_equal(text.bytes, expected);
}

static void json_of_no_figures_is_an_empty_list(void **state)
{
    struct figures figures = {.count = 0};
    (void)state;

    struct text text = text_of(print_json, &figures);

    assert_string_equal(text.bytes, "[]\n");
}

static void json_of_a_figure_that_is_not_judged_says_null(void **state)
{
    struct figures figures = {.count = 0};
    struct figure figure = cost(3);
    (void)state;
    figure.goal = FIGURE_NONE;
    figures_add(&figures, &figure, "cost");

    struct text text = text_of(print_json, &figures);

    assert_non_null(strstr(text.bytes, "\"goal\": null, \"ok\": null}"));
}

static void columns_of_the_table_are_aligned(void **state)
{
    struct figures figures = some_figures();
    (void)state;

    struct text text = text_of(print_table, &figures);

    size_t ratio_end = (size_t)(strstr(text.bytes, "ratio") - text.bytes) + strlen("ratio");
    const char *line = text.bytes;
    for (int i = 0; i < 4; i++) {
        assert_true(line[ratio_end - 1] != ' ');
        assert_true(line[ratio_end] == ' ');
        line = strchr(line, '\n') + 1;
    }
    assert_non_null(strstr(text.bytes, "MISSED"));
}

// ---- worlds

static void a_pair_makes_as_many_round_trips_as_it_is_asked_for(void **state)
{
    struct message error;
    struct world *world = pair_new(3, 0, &error);
    (void)state;
    assert_non_null(world);
    uint32_t calls = world->processes[0].syscalls;

    double ns = pair_sample(world, 1000);

    assert_true(ns > 0);
    assert_in_range(world->processes[0].syscalls - calls, 2000, 2001);
    assert_in_range(world->processes[1].syscalls, 2, 2);
    assert_false(world->fault.happened);
    world_free(world);
}

static void a_pair_in_a_world_that_stops_fails_its_sample(void **state)
{
    struct message error;
    struct world *world = pair_new(2, 0, &error);
    (void)state;
    assert_non_null(world);
    world_stop(world);

    assert_true(isnan(pair_sample(world, 1)));
    world_free(world);
}

static struct world *refuse_the_third(uint32_t count, uint32_t arena_slot, struct message *error)
{
    message_set(error, "no third world");
    return arena_slot == 2 ? NULL : pair_new(count, arena_slot, error);
}

static void a_world_of_a_family_that_is_refused_leaves_no_figure_and_no_world(void **state)
{
    static const uint32_t counts[] = {2, 3, 4, 5};
    const struct family family = {.name = "family",
                                  .counts = counts,
                                  .size = 4,
                                  .goal = 1,
                                  .make = refuse_the_third,
                                  .sample = pair_sample};
    const struct effort effort = {.rounds = 1, .sample_ns = 1};
    struct figures figures = {.count = 0};
    struct message error;
    (void)state;

    assert_false(family_measure(&family, &figures, &effort, &error));

    assert_string_equal(error.text, "no third world");
    assert_int_equal(figures.count, 0);
    struct world *world = pair_new(2, 0, &error); // its slot is free again
    assert_non_null(world);
    world_free(world);
}

// ---- work to count

static void all_work_is_done_about_as_often_as_it_is_asked_for(void **state)
{
    struct message error;
    (void)state;

#define X(function, name) assert_in_range(work_##function(64, &error), 32, 64);
    WORKS(X)
#undef X
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_median_of_an_odd_count_is_the_value_in_the_middle),
        cmocka_unit_test(the_median_of_an_even_count_lies_between_the_two_in_the_middle),
        cmocka_unit_test(the_median_of_one_value_is_that_value),
        cmocka_unit_test(samples_take_turns_after_a_trial_of_each),
        cmocka_unit_test(a_sample_is_repeated_until_it_takes_its_time),
        cmocka_unit_test(a_ratio_is_to_the_first_subject),
        cmocka_unit_test(a_slow_moment_now_and_then_does_not_show),
        cmocka_unit_test(a_sample_that_fails_ends_the_measurement),
        cmocka_unit_test(longer_samples_are_fewer_but_never_too_few),
        cmocka_unit_test(a_goal_bounds_a_cost_from_above),
        cmocka_unit_test(a_goal_bounds_a_rate_from_below),
        cmocka_unit_test(without_a_reference_a_goal_bounds_the_value),
        cmocka_unit_test(a_figure_without_a_goal_is_not_judged),
        cmocka_unit_test(the_margin_is_a_share_of_the_goal),
        cmocka_unit_test(where_ratios_alone_count_an_absolute_figure_is_not_judged),
        cmocka_unit_test(missed_goals_are_counted),
        cmocka_unit_test(json_has_null_where_there_is_no_number),
        cmocka_unit_test(json_of_no_figures_is_an_empty_list),
        cmocka_unit_test(json_of_a_figure_that_is_not_judged_says_null),
        cmocka_unit_test(columns_of_the_table_are_aligned),
        cmocka_unit_test(a_pair_makes_as_many_round_trips_as_it_is_asked_for),
        cmocka_unit_test(a_pair_in_a_world_that_stops_fails_its_sample),
        cmocka_unit_test(a_world_of_a_family_that_is_refused_leaves_no_figure_and_no_world),
        cmocka_unit_test(all_work_is_done_about_as_often_as_it_is_asked_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
