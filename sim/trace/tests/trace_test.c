// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "../../../tests/check.h"
#include "../../base/count_of.h"
#include "../event_names.h"
#include "../sinks.h"
#include "made_run.h"

#include "../../../core/capsule_abi.h"
#include "../../../core/ipc.h"

#include <stdlib.h>
#include <string.h>

// ---- text

struct traced {
    struct made_run made;
    struct text_sink sink;
    char *text;
    size_t size;
    FILE *out;
};

static struct made_run *begin_text(struct traced *traced, bool color)
{
    traced->text = NULL;
    traced->out = open_memstream(&traced->text, &traced->size);
    text_sink_init(&traced->sink, traced->out, color);
    made_run_begin(&traced->made, &traced->sink.sink);
    return &traced->made;
}

// What was printed below the line of titles; lives until end_text.
static const char *text_of(struct traced *traced)
{
    made_run_end(&traced->made, "passed");
    fflush(traced->out);
    return strchr(traced->text, '\n') + 1;
}

static void end_text(struct traced *traced)
{
    text_sink_close(&traced->sink);
    fclose(traced->out);
    free(traced->text);
}

static void a_call_and_its_answer_are_one_line(void **state)
{
    (void)state;
    struct traced traced;
    struct made_run *made = begin_text(&traced, false);

    made->time_us = 120;
    made_notify(made, ERROR_NONE);

    assert_string_equal(text_of(&traced),
                        "       120  0 client1  command ipc.notify_service(to=1 \"rot13\") -> "
                        "Success (notify #2)\n");
    end_text(&traced);
}

static void a_refused_notify_says_so_in_its_answer(void **state)
{
    (void)state;
    struct traced traced;
    struct made_run *made = begin_text(&traced, false);

    made_notify(made, ERROR_NOMEM);

    assert_string_equal(text_of(&traced),
                        "         0  0 client1  command ipc.notify_service(to=1 \"rot13\") -> "
                        "Failure NOMEM\n");
    end_text(&traced);
}

static void columns_are_titled_and_of_one_width(void **state)
{
    (void)state;
    struct traced traced;
    struct made_run *made = begin_text(&traced, false);

    MADE(made, MADE_SERVICE, done, .line = 3);
    made->time_us = 9999999999;
    made_run_take(made, (struct event){.kind = EVENT_sleep, .process = NO_PROCESS});

    text_of(&traced);
    assert_string_equal(traced.text,
                        "   time_us  process    event\n"
                        "         0  1 rot13    done\n"
                        "9999999999  kernel     sleeps: no process has anything to do\n");
    end_text(&traced);
}

static void what_happens_during_a_call_stands_below_it(void **state)
{
    (void)state;
    struct traced traced;
    struct made_run *made = begin_text(&traced, false);
    uint32_t call = MADE(made, 0, syscall, .class = SYSCALL_SUBSCRIBE, .r0 = IPC_DRIVER_NUM,
                         .r1 = 1, .r2 = 0x40080);

    MADE(made, 0, grant_allocated, .driver = IPC_DRIVER_NUM, .start = 0x20000700, .size = 44);
    MADE(made, 0, syscall_return, .variant = RETURN_SuccessU32U32, .cause = call);

    assert_string_equal(
        text_of(&traced),
        "         0  0 client1  subscribe ipc[1] fn=0x00040080 userdata=0 -> SuccessU32U32 "
        "(was none)\n"
        "         0  0 client1    grant for ipc at 0x20000700+44\n");
    end_text(&traced);
}

static void a_call_that_the_panic_cuts_off_has_no_answer(void **state)
{
    (void)state;
    struct traced traced;
    struct made_run *made = begin_text(&traced, false);

    MADE(made, 0, syscall, .class = SYSCALL_MEMOP, .r0 = MEMOP_BRK, .r1 = 0x20000400);
    MADE(made, 0, panic, .reason = PANIC_DIVIDE_BY_ZERO);

    assert_string_equal(text_of(&traced),
                        "         0  0 client1  memop brk(0x20000400) -> no answer\n"
                        "         0  0 client1  kernel panic: attempt to calculate the remainder "
                        "with a divisor of zero\n");
    end_text(&traced);
}

static void a_yield_waits_for_no_answer(void **state)
{
    (void)state;
    struct traced traced;
    struct made_run *made = begin_text(&traced, false);

    MADE(made, 0, syscall, .class = SYSCALL_YIELD, .r0 = YIELD_WAIT);
    MADE(made, 1, syscall, .class = SYSCALL_EXIT, .r0 = EXIT_RESTART, .r1 = 3);

    assert_string_equal(text_of(&traced), "         0  0 client1  yield-wait\n"
                                          "         0  1 rot13    exit-restart(3)\n");
    end_text(&traced);
}

static void an_upcall_names_its_notify(void **state)
{
    (void)state;
    struct traced traced;
    struct made_run *made = begin_text(&traced, false);

    made_convert(made, 17);
    made_deliver(made, 17);

    assert_string_equal(text_of(&traced),
                        "         0  1 rot13    upcall ipc.service(from=0 \"client1\", len=64, "
                        "addr=0x20000100, userdata=7) <- notify #17\n");
    end_text(&traced);
}

static void what_happens_in_an_upcall_is_indented_until_it_returns(void **state)
{
    (void)state;
    struct traced traced;
    struct made_run *made = begin_text(&traced, false);

    made_deliver(made, 17);
    MADE(made, 1, done, .line = 3);
    MADE(made, 0, done, .line = 5);
    made_deliver(made, 19);
    MADE(made, 1, upcall_nested, .driver = IPC_DRIVER_NUM, .subscribe_num = 1, .line = 9,
         .again = true, .depth = 2, .cause = 2);
    MADE(made, 1, upcall_return, .driver = IPC_DRIVER_NUM, .subscribe_num = 1, .cause = 6);
    MADE(made, 1, upcall_return, .driver = IPC_DRIVER_NUM, .subscribe_num = 1, .cause = 2);
    MADE(made, 1, done, .line = 4);

    assert_string_equal(text_of(&traced),
                        "         0  1 rot13    upcall ipc.service(from=0 \"client1\", len=64, "
                        "addr=0x20000100, userdata=7) <- notify #17\n"
                        "         0  1 rot13      done\n"
                        "         0  0 client1  done\n"
                        "         0  1 rot13      upcall ipc.service(from=0 \"client1\", len=64, "
                        "addr=0x20000100, userdata=7) <- notify #19\n"
                        "         0  1 rot13        enters rot13's upcall again, which waits at "
                        "line 9\n"
                        "         0  1 rot13      returns from upcall ipc.service\n"
                        "         0  1 rot13    returns from upcall ipc.service\n"
                        "         0  1 rot13    done\n");
    end_text(&traced);
}

static void another_upcall_on_top_is_shown_by_its_indentation_alone(void **state)
{
    (void)state;
    struct traced traced;
    struct made_run *made = begin_text(&traced, false);

    MADE(made, 1, upcall, .source = SOURCE_DRIVER, .driver = ALARM_DRIVER_NUM);
    MADE(made, 1, upcall_nested, .driver = IPC_DRIVER_NUM, .subscribe_num = 0, .line = 9,
         .depth = 2, .cause = 2);
    MADE(made, 1, upcall_return, .driver = ALARM_DRIVER_NUM);

    assert_string_equal(text_of(&traced),
                        "         0  1 rot13    upcall alarm[0](0, 0, 0, userdata=0)\n"
                        "         0  1 rot13    returns from upcall alarm[0]\n");
    end_text(&traced);
}

static void a_process_that_starts_anew_is_not_indented(void **state)
{
    (void)state;
    struct traced traced;
    struct made_run *made = begin_text(&traced, false);

    made_deliver(made, 17);
    MADE(made, 1, restarted, .id = 2, .restart_count = 1);
    MADE(made, 1, done, .line = 3);

    assert_non_null(strstr(text_of(&traced), "1 rot13    restarted with id 2, restart 1\n"
                                             "         0  1 rot13    done\n"));
    end_text(&traced);
}

static void use_up(struct made_run *made, uint16_t process, uint64_t at_us)
{
    made->time_us = at_us;
    MADE(made, process, interrupt, .source = INTERRUPT_TIMER);
    MADE(made, process, stop, .reason = STOP_TIMESLICE_EXPIRED, .executed_us = 10000);
}

static void timeslices_that_two_processes_use_up_in_turn_are_a_line_each(void **state)
{
    (void)state;
    struct traced traced;
    struct made_run *made = begin_text(&traced, false);

    for (uint64_t turn = 1; turn <= 3; turn++) {
        use_up(made, 0, turn * 20000 - 10000);
        use_up(made, 1, turn * 20000);
    }
    MADE(made, 0, done, .line = 3);
    use_up(made, 1, 70000);

    assert_string_equal(text_of(&traced),
                        "     10000  0 client1  computes through 3 timeslices, 30000 us, until "
                        "50000 us (--unfold shows each)\n"
                        "     20000  1 rot13    computes through 3 timeslices, 30000 us, until "
                        "60000 us (--unfold shows each)\n"
                        "     60000  0 client1  done\n"
                        "     70000  1 rot13    interrupted: timer\n"
                        "     70000  1 rot13    stops: TimesliceExpired after 10000 us\n");
    end_text(&traced);
}

static void a_process_at_another_level_of_mlfq_is_shown_there(void **state)
{
    (void)state;
    struct traced traced;
    struct made_run *made = begin_text(&traced, false);

    MADE(made, 0, schedule, .timeslice_us = 10000, .level = 0);
    MADE(made, 0, schedule, .timeslice_us = 20000, .level = 1);
    MADE(made, 0, schedule, .timeslice_us = 19000, .level = 1);
    MADE(made, 1, schedule, .timeslice_us = NO_TIMESLICE, .level = NO_LEVEL);

    assert_string_equal(text_of(&traced),
                        "         0  0 client1  scheduled at level 1 for 20000 us\n");
    end_text(&traced);
}

static void subscribe_function(struct made_run *made, uint32_t fn, uint32_t variant)
{
    uint32_t call = MADE(made, 1, syscall, .class = SYSCALL_SUBSCRIBE, .r0 = IPC_DRIVER_NUM,
                         .r1 = 1, .r2 = fn, .r3 = 7);

    MADE(made, 1, syscall_return, .variant = variant, .cause = call);
}

static void an_upcall_that_is_older_than_its_subscribe_says_so(void **state)
{
    (void)state;
    struct traced traced;
    struct made_run *made = begin_text(&traced, false);

    uint32_t before_any = made_notify(made, ERROR_NONE);
    subscribe_function(made, 0x41080, RETURN_SuccessU32U32);
    made_deliver(made, before_any);
    uint32_t late = made_notify(made, ERROR_NONE);
    subscribe_function(made, 0, RETURN_SuccessU32U32);
    subscribe_function(made, 0x41090, RETURN_FailureU32U32);
    made->time_us = 50;
    subscribe_function(made, 0x41088, RETURN_SuccessU32U32);
    made->time_us = 60;
    subscribe_function(made, 0x41088, RETURN_SuccessU32U32);
    made_deliver(made, late);
    MADE(made, 1, restarted, .id = 2, .restart_count = 1);
    subscribe_function(made, 0x41080, RETURN_SuccessU32U32);
    made_deliver(made, late);

    const char *text = text_of(&traced);
    const char *older = strstr(text, "older");
    char words[64];

    snprintf(words, sizeof words, "<- notify #%u, older than the subscribe at 50 us\n",
             (unsigned)late);
    assert_non_null(strstr(text, words));
    assert_null(strstr(older + 1, "older"));
    end_text(&traced);
}

static void a_lost_notification_says_why(void **state)
{
    (void)state;
    struct traced traced;
    struct made_run *made = begin_text(&traced, false);

    MADE(made, 1, ipc_converted, .from = 0, .result = GRANT_OK, .scheduled = SCHEDULE_NULL_UPCALL,
         .cause = 5);
    MADE(made, 1, ipc_converted, .from = 0, .result = GRANT_NO_SUCH_APP,
         .scheduled = SCHEDULE_NOT_TRIED, .cause = 6);
    MADE(made, 1, task_dropped, .task = TASK_IPC, .from = 0, .reason = DROP_RESTARTED, .cause = 7);

    assert_string_equal(text_of(&traced),
                        "         0  1 rot13    lost: notification from 0 \"client1\": no upcall "
                        "subscribed <- notify #5\n"
                        "         0  1 rot13    lost: notification from 0 \"client1\": sender "
                        "restarted (NoSuchApp) <- notify #6\n"
                        "         0  1 rot13    lost: notification from 0 \"client1\": its process "
                        "restarted <- notify #7\n");
    end_text(&traced);
}

static void a_refused_region_is_shown_unless_the_buffer_is_mapped_already(void **state)
{
    (void)state;
    struct traced traced;
    struct made_run *made = begin_text(&traced, false);

    MADE(made, 1, region_added, .start = 0, .size = 0, .cause = 2);
    MADE(made, 1, region_added, .start = 0x20000104, .size = 64, .cause = 3);
    MADE(made, 1, region_added, .start = 0x20000110, .size = 32, .allowed = true,
         .region_start = 0x20000100, .region_size = 128, .listed = true, .cause = 4);
    MADE(made, 1, region_added, .start = 0x20000104, .size = 64, .cause = 5);
    MADE(made, 1, region_added, .start = 0x20000904, .size = 64, .cause = 6); // its own memory
    MADE(made, 1, restarted, .id = 2, .restart_count = 1);
    MADE(made, 1, region_added, .start = 0x20000104, .size = 64, .cause = 7);

    assert_string_equal(text_of(&traced),
                        "         0  1 rot13    no region: the MPU driver refuses 0x20000104+64 "
                        "<- notify #3\n"
                        "         0  1 rot13    region over 0x20000110+32: mapped 0x20000100+128 "
                        "<- notify #4\n"
                        "         0  1 rot13    restarted with id 2, restart 1\n"
                        "         0  1 rot13    no region: the MPU driver refuses 0x20000104+64 "
                        "<- notify #7\n");
    end_text(&traced);
}

static void a_notification_without_a_buffer_needs_no_region(void **state)
{
    (void)state;
    struct made_run made;
    struct hash_sink sink;
    char text[128];
    struct event event = {.kind = EVENT_region_added, .process = 1, .region_added = {.cause = 2}};

    hash_sink_init(&sink);
    made_run_begin(&made, &sink.sink);
    event_text(&made.view, &event, text, sizeof text);

    assert_string_equal(text, "no region needed: no buffer is shared <- notify #2");
}

static void a_refused_grant_says_what_would_help(void **state)
{
    (void)state;
    struct traced traced;
    struct made_run *made = begin_text(&traced, false);

    MADE(made, 0, grant_refused, .driver = IPC_DRIVER_NUM, .size = 44, .room = 20);
    MADE(made, 0, grant_refused, .driver = IPC_DRIVER_NUM, .size = 44, .room = 90, .by_unit = true);

    assert_string_equal(text_of(&traced),
                        "         0  0 client1  no grant for ipc: 44 bytes needed, 20 free between "
                        "app_brk and kernel_brk; it takes a larger ram, or less of it in use\n"
                        "         0  0 client1  no grant for ipc: 44 bytes needed, 90 free between "
                        "app_brk and kernel_brk, but no border there that the MPU can make; a "
                        "larger ram may have one\n");
    end_text(&traced);
}

static void what_a_driver_still_owed_is_lost(void **state)
{
    (void)state;
    struct traced traced;
    struct made_run *made = begin_text(&traced, false);

    MADE(made, 0, pending_dropped, .driver = 0, .due_us = 5080);
    MADE(made, 0, pending_dropped, .driver = 1, .subscribe_num = 1, .due_us = NO_TIMESLICE);

    assert_string_equal(text_of(&traced),
                        "         0  0 client1  lost: upcall alarm[0] due at 5080 us: its process "
                        "ended or restarted before\n"
                        "         0  0 client1  lost: upcall console[1]: its process ended or "
                        "restarted before\n");
    end_text(&traced);
}

static void print_shows_the_text_as_it_was_then(void **state)
{
    (void)state;
    struct traced traced;
    struct made_run *made = begin_text(&traced, false);

    memcpy(made->ram + 16, "hi \"you\"\n\x01", 10);
    MADE(made, 0, print, .start = MADE_RAM + 16, .size = 10);
    memset(made->ram, 0, sizeof made->ram);
    MADE(made, 0, print, .start = 0x1000, .size = 10);

    assert_string_equal(text_of(&traced),
                        "         0  0 client1  print \"hi \\\"you\\\"\\n\\x01\"\n"
                        "         0  0 client1  print \"\"\n");
    end_text(&traced);
}

static void housekeeping_of_the_kernel_is_left_out(void **state)
{
    (void)state;
    struct traced traced;
    struct made_run *made = begin_text(&traced, false);

    MADE(made, 0, schedule, .timeslice_us = 10000);
    MADE(made, 0, context_switch, .id = 0);
    MADE(made, 0, stop, .reason = STOP_NO_WORK_LEFT, .executed_us = 10);
    MADE(made, 0, expect, .line = 3, .met = true);
    MADE(made, 0, stop, .reason = STOP_TIMESLICE_EXPIRED, .executed_us = 10000);

    assert_string_equal(text_of(&traced),
                        "         0  0 client1  stops: TimesliceExpired after 10000 us\n");
    end_text(&traced);
}

static void colours_mark_times_losses_and_ends(void **state)
{
    (void)state;
    struct traced traced;
    struct made_run *made = begin_text(&traced, true);

    MADE(made, 0, fault, .cause = FAULT_CAUSE_MEMORY, .action = FAULT_ACTION_STOP);
    MADE(made, 0, done, .line = 3);

    assert_string_equal(text_of(&traced),
                        "\033[2m         0  \033[0m0 client1  "
                        "\033[31mfault: refused memory access -> stop\033[0m\n"
                        "\033[2m         0  \033[0m0 client1  \033[32mdone\033[0m\n");
    end_text(&traced);
}

static void the_end_of_a_long_name_is_shown(void **state)
{
    (void)state;
    struct traced traced;
    struct made_run *made = &traced.made;
    char long_name[256];

    begin_text(&traced, false);
    memset(long_name, 'a', sizeof long_name - 1);
    memcpy(long_name + 250, "nameZ", sizeof "nameZ");
    made->processes[0].name = long_name;
    made->processes[0].name_length = 255;
    MADE(made, 0, done, .line = 1);

    assert_string_equal(text_of(&traced), "         0  0 ..aaaaaaaaaaaaaaaaaaaaanameZ  done\n");
    end_text(&traced);
}

static void a_long_text_is_cut(void **state)
{
    (void)state;
    struct made_run made;
    struct hash_sink sink;
    char text[24];
    struct event event = {.kind = EVENT_ipc_queued, .process = 1, .seq = 4};

    hash_sink_init(&sink);
    made_run_begin(&made, &sink.sink);
    event_text(&made.view, &event, text, sizeof text);

    assert_string_equal(text, "notify #4 from 0 \"clien");
}

// Every kind, with all sorts of values in its fields.
static void every_kind_has_a_text(void **state)
{
    (void)state;
    const uint32_t values[] = {0, 1, 2, 9, 128, NO_PROCESS, UINT32_MAX};
    struct made_run made;
    struct hash_sink sink;
    char text[512];

    hash_sink_init(&sink);
    made_run_begin(&made, &sink.sink);
    for (uint16_t kind = 0; kind < EVENT_KINDS; kind++) {
        for (size_t i = 0; i < COUNT_OF(values); i++) {
            struct event event = {.kind = kind, .process = NO_PROCESS};

            for (int word = 0; word < EVENT_WORDS; word++)
                event.word[word] = values[i];
            event_text(&made.view, &event, text, sizeof text);

            assert_true(strlen(text) > 0);
        }
    }
}

static void a_call_without_a_name_shows_its_numbers(void **state)
{
    (void)state;
    const struct {
        uint32_t class;
        uint32_t r[4];
        const char *text;
    } calls[] = {
        {SYSCALL_COMMAND, {0x90000, 1, 2, 3}, "command driver 0x90000.1(2, 3)"},
        {SYSCALL_COMMAND, {0, 5, 1000, 0}, "command alarm.set_relative(1000)"},
        {SYSCALL_COMMAND, {0x10000, 1, 0, 0}, "command ipc.discover()"},
        {SYSCALL_ALLOW_RW, {0x10000, 1, 0x20000100, 64}, "allow_rw ipc[1] 0x20000100+64"},
        {SYSCALL_ALLOW_RO, {1, 1, 0, 0}, "allow_ro console[1] none"},
        {SYSCALL_MEMOP, {MEMOP_SBRK, (uint32_t)-64, 0, 0}, "memop sbrk(-64)"},
        {SYSCALL_MEMOP, {MEMOP_FLASH_END, 0, 0, 0}, "memop flash_end()"},
        {SYSCALL_MEMOP, {99, 5, 0, 0}, "memop 99(5)"},
        {SYSCALL_YIELD, {YIELD_NO_WAIT, 0x20000010, 0, 0}, "yield-no-wait flag=0x20000010"},
        {SYSCALL_YIELD, {7, 0, 0, 0}, "yield 7"},
        {SYSCALL_EXIT, {9, 1, 0, 0}, "exit 9(1)"},
        {200, {0, 0, 0, 0}, "system call of class 200"},
    };
    struct made_run made;
    struct hash_sink sink;
    char text[128];

    hash_sink_init(&sink);
    made_run_begin(&made, &sink.sink);
    for (size_t i = 0; i < COUNT_OF(calls); i++) {
        struct event event = {.kind = EVENT_syscall};

        event.syscall.class = calls[i].class;
        memcpy(&event.syscall.r0, calls[i].r, sizeof calls[i].r);
        event_text(&made.view, &event, text, sizeof text);

        assert_string_equal(text, calls[i].text);
    }
}

static void answers_are_decoded_by_what_was_asked(void **state)
{
    (void)state;
    struct traced traced;
    struct made_run *made = begin_text(&traced, false);
    uint32_t call = MADE(made, 0, syscall, .class = SYSCALL_COMMAND, .r0 = IPC_DRIVER_NUM,
                         .r1 = IPC_COMMAND_DISCOVER);

    MADE(made, 0, syscall_return, .variant = RETURN_SuccessU32, .w1 = 1, .cause = call);
    call = MADE(made, 0, syscall, .class = SYSCALL_MEMOP, .r0 = MEMOP_SBRK, .r1 = 64);
    MADE(made, 0, syscall_return, .variant = RETURN_SuccessU32, .w1 = 0x20000020, .cause = call);
    call = MADE(made, 0, syscall, .class = SYSCALL_ALLOW_RW, .r0 = IPC_DRIVER_NUM, .r1 = 1,
                .r2 = 0x20000100, .r3 = 64);
    MADE(made, 0, syscall_return, .variant = RETURN_SuccessU32U32, .w1 = 0x20000200, .w2 = 32,
         .cause = call);
    call = MADE(made, 0, syscall, .class = SYSCALL_SUBSCRIBE, .r0 = 0, .r1 = 0, .r2 = 1);
    MADE(made, 0, syscall_return, .variant = RETURN_FailureU32U32, .w1 = ERROR_INVAL, .w2 = 1,
         .cause = call);
    call = MADE(made, 0, syscall, .class = SYSCALL_COMMAND, .r0 = 0, .r1 = 2);
    MADE(made, 0, syscall_return, .variant = RETURN_SuccessU32, .w1 = 1234, .cause = call);

    assert_string_equal(
        text_of(&traced),
        "         0  0 client1  command ipc.discover() -> SuccessU32 1 \"rot13\"\n"
        "         0  0 client1  memop sbrk(+64) -> SuccessU32 0x20000020\n"
        "         0  0 client1  allow_rw ipc[1] 0x20000100+64 -> SuccessU32U32 (was "
        "0x20000200+32)\n"
        "         0  0 client1  subscribe alarm[0] fn=0x00000001 userdata=0 -> FailureU32U32 "
        "INVAL\n"
        "         0  0 client1  command alarm.now() -> SuccessU32 1234\n");
    end_text(&traced);
}

// ---- JSON lines

static void json_has_every_field_by_its_name(void **state)
{
    (void)state;
    struct made_run made;
    struct jsonl_sink sink;
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    jsonl_sink_init(&sink, out);
    made_run_begin(&made, &sink.sink);
    made.time_us = 5;
    MADE(&made, 1, ipc_queued, .from = 0, .from_id = 3, .type = IPC_CLIENT, .result = ERROR_NOMEM);
    MADE(&made, 1, schedule, .timeslice_us = NO_TIMESLICE, .level = NO_LEVEL);
    MADE(&made, 0, syscall, .id = 2, .class = 99, .r0 = UINT32_MAX);
    MADE(&made, 1, region_added, .start = 0x20000100, .size = 64, .allowed = true);
    made_run_take(&made, (struct event){.kind = EVENT_poll, .process = 0});
    made_run_take(&made, (struct event){.kind = EVENT_sleep, .process = NO_PROCESS});
    made_run_end(&made, "passed");
    fclose(out);

    assert_string_equal(
        text,
        "{\"seq\":1,\"time_us\":5,\"process\":1,\"event\":\"ipc_queued\",\"from\":0,\"from_id\":3,"
        "\"type\":\"client\",\"result\":\"NOMEM\"}\n"
        "{\"seq\":2,\"time_us\":5,\"process\":1,\"event\":\"schedule\",\"timeslice_us\":null,"
        "\"level\":null}\n"
        "{\"seq\":3,\"time_us\":5,\"process\":0,\"event\":\"syscall\",\"id\":2,\"class\":99,"
        "\"r0\":4294967295,\"r1\":0,\"r2\":0,\"r3\":0}\n"
        "{\"seq\":4,\"time_us\":5,\"process\":1,\"event\":\"region_added\",\"start\":536871168,"
        "\"size\":64,\"allowed\":true,\"region_start\":0,\"region_size\":0,\"listed\":false,"
        "\"result\":\"granted\",\"cause\":null}\n"
        "{\"seq\":6,\"time_us\":5,\"process\":null,\"event\":\"sleep\"}\n");
    free(text);
}

// ---- hash

static uint64_t hash_of(const struct event *events, size_t count)
{
    struct hash_sink sink;

    hash_sink_init(&sink);
    sink.sink.begin(&sink.sink, NULL);
    for (size_t i = 0; i < count; i++)
        sink.sink.take(&sink.sink, &events[i]);
    return sink.hash;
}

static void the_hash_is_the_same_everywhere(void **state)
{
    (void)state;
    struct event events[2] = {{.kind = EVENT_upcall, .seq = 1, .time_us = 7, .process = 1},
                              {.kind = EVENT_sleep, .seq = 2, .process = NO_PROCESS}};

    for (uint32_t i = 0; i < EVENT_WORDS; i++)
        events[0].word[i] = i * 0x01010101;

    assert_int_equal(hash_of(NULL, 0), HASH_OF_NOTHING);
    assert_int_equal(hash_of(events, 2), UINT64_C(0xc6acf3c4af4f6308));
}

static void each_bit_of_an_event_counts(void **state)
{
    (void)state;
    struct event events[2] = {{.kind = EVENT_upcall, .seq = 1}, {.kind = EVENT_done, .seq = 2}};
    uint64_t hash = hash_of(events, 2);

    for (uint32_t bit = 0; bit < 32 * EVENT_WORDS; bit++) {
        struct event changed[2] = {events[0], events[1]};

        changed[0].word[bit / 32] ^= 1u << bit % 32;
        assert_int_not_equal(hash_of(changed, 2), hash);
        changed[0] = events[0];
        changed[0].time_us ^= UINT64_C(1) << bit % 64;
        assert_int_not_equal(hash_of(changed, 2), hash);
    }
}

static void what_lies_behind_the_fields_does_not_count(void **state)
{
    (void)state;
    struct event event = {.kind = EVENT_context_switch, .seq = 1};
    uint64_t hash = hash_of(&event, 1);

    event.word[1] = 0xdead;
    assert_int_equal(hash_of(&event, 1), hash);
    event.word[0] = 1;
    assert_int_not_equal(hash_of(&event, 1), hash);
}

// ---- names

static void a_cause_is_the_last_field_and_eight_words_hold_the_others(void **state)
{
    (void)state;

    for (uint32_t kind = 0; kind < EVENT_KINDS; kind++) {
        uint32_t count;
        uint32_t words = 0;
        const struct event_field *fields = event_fields(kind, &count);

        assert_in_range(count, 0, EVENT_WORDS);
        for (uint32_t i = 0; i < count; i++) {
            words += fields[i].type != FIELD_TYPE_seq;
            if (fields[i].type == FIELD_TYPE_seq)
                assert_int_equal(i, count - 1);
        }
        assert_in_range(words, 0, 8);
    }
}

static void values_are_named_and_others_are_numbers(void **state)
{
    (void)state;
    const struct {
        enum field_type type;
        uint32_t value;
        const char *text;
    } values[] = {
        {FIELD_TYPE_error, ERROR_NOMEM, "NOMEM"},
        {FIELD_TYPE_ipc_result, GRANT_INACTIVE_APP, "InactiveApp"},
        {FIELD_TYPE_syscall_class, SYSCALL_ALLOW_UR, "allow_userspace_readable"},
        {FIELD_TYPE_variant, 128, "Success"},
        {FIELD_TYPE_variant, 77, "77"},
        {FIELD_TYPE_address, 0x20000100, "0x20000100"},
        {FIELD_TYPE_us, NO_TIMESLICE, "none"},
        {FIELD_TYPE_us, 10, "10"},
        {FIELD_TYPE_process, NO_PROCESS, "none"},
        {FIELD_TYPE_seq, 0, "none"},
        {FIELD_TYPE_bool, 1, "true"},
        {FIELD_TYPE_number, UINT32_MAX, "4294967295"},
    };
    char text[64];

    for (size_t i = 0; i < COUNT_OF(values); i++) {
        field_value_text(values[i].type, values[i].value, text, sizeof text);
        assert_string_equal(text, values[i].text);
    }
    assert_string_equal(field_value_about(FIELD_TYPE_error, ERROR_NOMEM),
                        "memory required not available");
    assert_null(field_value_name(FIELD_TYPE_error, 1000));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_call_and_its_answer_are_one_line),
        cmocka_unit_test(a_refused_notify_says_so_in_its_answer),
        cmocka_unit_test(columns_are_titled_and_of_one_width),
        cmocka_unit_test(what_happens_during_a_call_stands_below_it),
        cmocka_unit_test(a_call_that_the_panic_cuts_off_has_no_answer),
        cmocka_unit_test(a_yield_waits_for_no_answer),
        cmocka_unit_test(an_upcall_names_its_notify),
        cmocka_unit_test(what_happens_in_an_upcall_is_indented_until_it_returns),
        cmocka_unit_test(another_upcall_on_top_is_shown_by_its_indentation_alone),
        cmocka_unit_test(a_process_that_starts_anew_is_not_indented),
        cmocka_unit_test(timeslices_that_two_processes_use_up_in_turn_are_a_line_each),
        cmocka_unit_test(a_process_at_another_level_of_mlfq_is_shown_there),
        cmocka_unit_test(an_upcall_that_is_older_than_its_subscribe_says_so),
        cmocka_unit_test(a_lost_notification_says_why),
        cmocka_unit_test(a_refused_region_is_shown_unless_the_buffer_is_mapped_already),
        cmocka_unit_test(a_notification_without_a_buffer_needs_no_region),
        cmocka_unit_test(a_refused_grant_says_what_would_help),
        cmocka_unit_test(what_a_driver_still_owed_is_lost),
        cmocka_unit_test(print_shows_the_text_as_it_was_then),
        cmocka_unit_test(housekeeping_of_the_kernel_is_left_out),
        cmocka_unit_test(colours_mark_times_losses_and_ends),
        cmocka_unit_test(the_end_of_a_long_name_is_shown),
        cmocka_unit_test(a_long_text_is_cut),
        cmocka_unit_test(every_kind_has_a_text),
        cmocka_unit_test(a_call_without_a_name_shows_its_numbers),
        cmocka_unit_test(answers_are_decoded_by_what_was_asked),
        cmocka_unit_test(json_has_every_field_by_its_name),
        cmocka_unit_test(the_hash_is_the_same_everywhere),
        cmocka_unit_test(each_bit_of_an_event_counts),
        cmocka_unit_test(what_lies_behind_the_fields_does_not_count),
        cmocka_unit_test(a_cause_is_the_last_field_and_eight_words_hold_the_others),
        cmocka_unit_test(values_are_named_and_others_are_numbers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
