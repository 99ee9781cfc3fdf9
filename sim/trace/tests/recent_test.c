// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "../../../tests/check.h"
#include "../recent.h"

#include "../../../core/abi.h"

static void take(struct recent *recent, uint32_t seq, struct event event)
{
    event.seq = seq;
    recent->sink.take(&recent->sink, &event);
}

static int open_recent(void **state)
{
    static const struct view_process processes[2] = {{.name = "a", .name_length = 1},
                                                     {.name = "b", .name_length = 1}};
    static const struct view view = {.processes = processes, .process_count = 2};
    static const struct run_info info = {.view = &view};
    static struct recent recent;

    recent_open(&recent, 2);
    recent.sink.begin(&recent.sink, &info);
    *state = &recent;
    return 0;
}

static int close_recent(void **state)
{
    recent_close(*state);
    return 0;
}

static void each_process_keeps_its_own_last_events(void **state)
{
    struct recent *recent = *state;

    for (uint32_t seq = 1; seq <= 25; seq++)
        take(recent, seq, (struct event){.kind = EVENT_done, .process = 0});
    take(recent, 26, (struct event){.kind = EVENT_done, .process = 1});

    assert_int_equal(recent_ring_length(recent_of(recent, 0)), RECENT_EVENTS);
    assert_int_equal(recent_ring_at(recent_of(recent, 0), 0)->seq, 25);
    assert_int_equal(recent_ring_at(recent_of(recent, 0), RECENT_EVENTS - 1)->seq, 16);
    assert_int_equal(recent_ring_length(recent_of(recent, 1)), 1);
}

static void events_of_the_kernel_have_a_ring_of_their_own(void **state)
{
    struct recent *recent = *state;

    take(recent, 1, (struct event){.kind = EVENT_panic, .process = NO_PROCESS});

    assert_int_equal(recent_ring_length(recent_of(recent, NO_PROCESS)), 1);
    assert_int_equal(recent_ring_length(recent_of(recent, 0)), 0);
}

static void the_first_upcalls_that_were_entered_again_outlive_all_others(void **state)
{
    struct recent *recent = *state;

    for (uint32_t seq = 1; seq <= 25; seq++)
        take(recent, seq,
             (struct event){.kind = EVENT_upcall_nested, .upcall_nested = {.again = seq > 5}});

    assert_int_equal(recent->entered_again.count, 20);
    assert_int_equal(recent_first_length(&recent->entered_again), RECENT_FIRST);
    assert_int_equal(recent->entered_again.events[0].seq, 6);
}

static void refused_regions_outlive_the_last_events(void **state)
{
    struct recent *recent = *state;

    take(recent, 1, (struct event){.kind = EVENT_region_added, .region_added = {.allowed = 1}});
    take(recent, 2, (struct event){.kind = EVENT_region_added, .region_added = {.allowed = 0}});
    for (uint32_t seq = 3; seq <= 25; seq++)
        take(recent, seq, (struct event){.kind = EVENT_done});

    assert_int_equal(recent_ring_length(&recent->refused_regions), 1);
    assert_int_equal(recent_ring_at(&recent->refused_regions, 0)->seq, 2);
}

static void only_notifications_that_never_become_an_upcall_are_lost(void **state)
{
    struct recent *recent = *state;

    take(recent, 1, (struct event){.kind = EVENT_ipc_queued, .ipc_queued = {.result = ERROR_NONE}});
    take(recent, 2,
         (struct event){.kind = EVENT_ipc_queued, .ipc_queued = {.result = ERROR_NOMEM}});

    assert_int_equal(recent->lost.count, 1);
    assert_int_equal(recent->lost.events[0].seq, 2);
    assert_int_equal(recent_ring_length(recent_of(recent, 0)), 1); // the other is the sender's
}

static void lost_notifications_are_counted_by_reason(void **state)
{
    struct recent *recent = *state;

    for (uint32_t seq = 1; seq <= 9; seq++)
        take(recent, seq,
             (struct event){.kind = EVENT_ipc_queued,
                            .ipc_queued = {.result = seq < 9 ? ERROR_NODEVICE : ERROR_NOMEM}});

    assert_int_equal(recent->lost.count, 9);
    assert_int_equal(recent->reasons[0].value, ERROR_NODEVICE);
    assert_int_equal(recent->reasons[0].count, 8);
    assert_int_equal(recent->reasons[1].count, 1);
    assert_int_equal(recent->reasons[2].count, 0);
}

static void accesses_to_what_is_no_longer_shared_outlive_the_last_events(void **state)
{
    struct recent *recent = *state;

    take(recent, 1, (struct event){.kind = EVENT_stale_access, .stale_access = {.owner = 1}});
    for (uint32_t seq = 2; seq <= 25; seq++)
        take(recent, seq, (struct event){.kind = EVENT_done});

    assert_int_equal(recent->stale.count, 1);
    assert_int_equal(recent->stale.events[0].seq, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            accesses_to_what_is_no_longer_shared_outlive_the_last_events, open_recent,
            close_recent),
        cmocka_unit_test_setup_teardown(each_process_keeps_its_own_last_events, open_recent,
                                        close_recent),
        cmocka_unit_test_setup_teardown(events_of_the_kernel_have_a_ring_of_their_own, open_recent,
                                        close_recent),
        cmocka_unit_test_setup_teardown(
            the_first_upcalls_that_were_entered_again_outlive_all_others, open_recent,
            close_recent),
        cmocka_unit_test_setup_teardown(refused_regions_outlive_the_last_events, open_recent,
                                        close_recent),
        cmocka_unit_test_setup_teardown(only_notifications_that_never_become_an_upcall_are_lost,
                                        open_recent, close_recent),
        cmocka_unit_test_setup_teardown(lost_notifications_are_counted_by_reason, open_recent,
                                        close_recent),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
