// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "../../../tests/check.h"
#include "../origin.h"

#include "../../../core/ipc.h"

enum { CLIENT, SERVICE, OTHER };

struct told {
    struct origin_history history;
    struct origin origin;
    uint32_t seq;
};

static int open_told(void **state)
{
    static struct told told;

    told = (struct told){.seq = 0};
    origin_history_open(&told.history);
    *state = &told;
    return 0;
}

static int close_told(void **state)
{
    origin_history_close(&((struct told *)*state)->history);
    return 0;
}

// Its seq.
static uint32_t take(struct told *told, struct event event)
{
    event.seq = ++told->seq;
    origin_history_take(&told->history, &event);
    origin_find(&told->origin, &told->history, &event);
    return event.seq;
}

#define TAKE(told, process_, name_, ...)                                                           \
    take(told, (struct event){.process = (process_), .kind = EVENT_##name_, .name_ = {__VA_ARGS__}})

static void assert_told(const struct told *told, const uint32_t *seqs, uint32_t count)
{
    assert_int_equal(told->origin.count, count);
    for (uint32_t i = 0; i < count; i++)
        assert_int_equal(told->origin.events[i].seq, seqs[i]);
}

static uint32_t notify(struct told *told, uint16_t from, uint16_t to)
{
    TAKE(told, from, syscall, .class = SYSCALL_COMMAND, .r0 = IPC_DRIVER_NUM);
    return TAKE(told, to, ipc_queued, .from = from, .result = ERROR_NONE);
}

static uint32_t deliver(struct told *told, uint16_t to, uint32_t cause)
{
    return TAKE(told, to, upcall, .source = SOURCE_DRIVER, .driver = IPC_DRIVER_NUM,
                .cause = cause);
}

static void retry(struct told *told, uint32_t times)
{
    for (uint32_t i = 0; i < times; i++)
        TAKE(told, OTHER, syscall, .class = SYSCALL_YIELD);
}

static void a_fault_comes_from_the_upcall_the_notify_and_the_region_refused_for_it(void **state)
{
    struct told *told = *state;

    uint32_t notified = notify(told, CLIENT, SERVICE);
    retry(told, 5000);
    uint32_t region = TAKE(told, SERVICE, region_added, .start = 1, .size = 64, .cause = notified);
    uint32_t upcall = deliver(told, SERVICE, notified);
    retry(told, 100);
    uint32_t access = TAKE(told, SERVICE, access, .allowed = false);
    uint32_t fault = TAKE(told, SERVICE, fault, .cause = 1);

    const uint32_t seqs[] = {notified - 1, notified, region, upcall, access, fault};
    assert_told(told, seqs, 6);
}

static void it_goes_back_through_the_upcall_that_the_sender_was_in(void **state)
{
    struct told *told = *state;

    uint32_t first = notify(told, OTHER, CLIENT);
    uint32_t outer = deliver(told, CLIENT, first);
    uint32_t second = notify(told, CLIENT, SERVICE);
    uint32_t inner = deliver(told, SERVICE, second);
    uint32_t fault = TAKE(told, SERVICE, fault, .cause = 1);

    const uint32_t seqs[] = {first - 1, first, outer, second - 1, second, inner, fault};
    assert_told(told, seqs, 7);
}

static void an_upcall_that_returned_before_is_not_the_one_it_was_in(void **state)
{
    struct told *told = *state;

    uint32_t notified = notify(told, CLIENT, SERVICE);
    uint32_t upcall = deliver(told, SERVICE, notified);
    uint32_t printed = TAKE(told, SERVICE, upcall, .source = SOURCE_DRIVER, .driver = 1);
    TAKE(told, SERVICE, upcall_return, .driver = 1, .cause = printed);
    uint32_t fault = TAKE(told, SERVICE, fault, .cause = 1);

    assert_int_equal(told->origin.events[0].seq, notified - 1);
    assert_int_equal(told->origin.events[2].seq, upcall);
    assert_int_equal(told->origin.events[told->origin.count - 1].seq, fault);
}

static void a_notification_is_refused_because_its_receiver_ended(void **state)
{
    struct told *told = *state;

    uint32_t fault = TAKE(told, SERVICE, fault, .cause = 1);
    uint32_t ended = TAKE(told, SERVICE, ended, .state = PROCESS_FAULTED);
    retry(told, 10);
    uint32_t call = TAKE(told, CLIENT, syscall, .class = SYSCALL_COMMAND);
    uint32_t refused = TAKE(told, SERVICE, ipc_queued, .from = CLIENT, .result = ERROR_NODEVICE);

    const uint32_t seqs[] = {fault, ended, call, refused};
    assert_told(told, seqs, 4);
}

static void what_is_forgotten_is_left_out(void **state)
{
    struct told *told = *state;

    uint32_t notified = notify(told, CLIENT, SERVICE);
    retry(told, ORIGIN_REMEMBERED);
    uint32_t upcall = deliver(told, SERVICE, notified);
    uint32_t fault = TAKE(told, SERVICE, fault, .cause = 1);

    const uint32_t seqs[] = {upcall, fault};
    assert_told(told, seqs, 2);
}

static void a_life_before_has_led_to_nothing(void **state)
{
    struct told *told = *state;

    (void)deliver(told, SERVICE, notify(told, CLIENT, SERVICE));
    uint32_t restarted = TAKE(told, SERVICE, restarted, .id = 7);
    uint32_t fault = TAKE(told, SERVICE, fault, .cause = 1);

    const uint32_t seqs[] = {restarted, fault};
    assert_told(told, seqs, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            a_fault_comes_from_the_upcall_the_notify_and_the_region_refused_for_it, open_told,
            close_told),
        cmocka_unit_test_setup_teardown(it_goes_back_through_the_upcall_that_the_sender_was_in,
                                        open_told, close_told),
        cmocka_unit_test_setup_teardown(an_upcall_that_returned_before_is_not_the_one_it_was_in,
                                        open_told, close_told),
        cmocka_unit_test_setup_teardown(a_notification_is_refused_because_its_receiver_ended,
                                        open_told, close_told),
        cmocka_unit_test_setup_teardown(what_is_forgotten_is_left_out, open_told, close_told),
        cmocka_unit_test_setup_teardown(a_life_before_has_led_to_nothing, open_told, close_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
