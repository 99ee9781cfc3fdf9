// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "../../../core/capsule_abi.h"
#include "../../../tests/check.h"
#include "../../base/count_of.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../../core/ipc.h"
#include "../../machine/bus.h"
#include "../../trace/tests/made_run.h"
#include "../golden.h"
#include "../golden_sink.h"

// ---- a made run and its golden trace

struct golden_run {
    struct made_run made;
    struct golden_sink sink;
    char *text;
};

static struct made_run *begin_run(struct golden_run *run)
{
    golden_sink_init(&run->sink);
    run->text = NULL;
    made_run_begin(&run->made, &run->sink.sink);
    return &run->made;
}

// The lines behind the head.
static const char *end_run(struct golden_run *run)
{
    size_t size;
    FILE *out = open_memstream(&run->text, &size);

    made_run_end(&run->made, "passed");
    golden_write(&run->sink.golden, out);
    fclose(out);
    return strstr(run->text, "\n\n") + 2;
}

static void close_run(struct golden_run *run)
{
    golden_sink_close(&run->sink);
    free(run->text);
}

static uint32_t make_call(struct made_run *made, uint32_t process, uint32_t class, uint32_t r0,
                          uint32_t r1, uint32_t r2)
{
    return MADE(made, process, syscall, .class = class, .r0 = r0, .r1 = r1, .r2 = r2);
}

static void answer(struct made_run *made, uint32_t process, uint32_t call, uint32_t variant,
                   uint32_t w1)
{
    MADE(made, process, syscall_return, .variant = variant, .w1 = w1, .cause = call);
}

static void make_answered_call(struct made_run *made, uint32_t process, uint32_t class, uint32_t r0,
                               uint32_t r1, uint32_t r2)
{
    answer(made, process, make_call(made, process, class, r0, r1, r2), RETURN_Success, 0);
}

// ---- what a line says

static void the_head_tells_what_produced_it(void **state)
{
    (void)state;
    struct golden_run run;

    begin_run(&run);
    end_run(&run);

    assert_memory_equal(run.text,
                        "ipcsim golden trace, format 2\n"
                        "scenario  rot13.lua\n"
                        "params    clients=1\n"
                        "machine   board=cortex-m4 sched=round_robin fault=stop num_procs=2 seed=1 "
                        "until_us=1000000\n"
                        "\n",
                        strlen(run.text) - strlen("outcome  passed\n"));
    close_run(&run);
}

static void a_notification_is_a_call_and_an_upcall_without_times_and_numbers(void **state)
{
    (void)state;
    struct golden_run run;
    struct made_run *made = begin_run(&run);

    made->time_us = 1234;
    uint32_t notified = made_notify(made, ERROR_NONE);
    made_convert(made, notified);
    made_deliver(made, notified);

    assert_string_equal(end_run(&run),
                        "client1  command ipc.notify_service(to=rot13) -> Success\n"
                        "rot13    upcall ipc.service(from=client1, len=64, addr=client1+0x100, "
                        "userdata=7)\n"
                        "outcome  passed\n");
    close_run(&run);
}

static void addresses_are_told_by_whose_memory_they_are_in(void **state)
{
    (void)state;
    struct golden_run run;
    struct made_run *made = begin_run(&run);
    uint32_t ram = MADE_RAM + 0x800; // of rot13

    make_answered_call(made, 1, SYSCALL_MEMOP, MEMOP_BRK, ram + 0x40, 0);
    make_answered_call(made, 1, SYSCALL_MEMOP, MEMOP_BRK, ram + 0x7fc, 0);
    make_answered_call(made, 1, SYSCALL_MEMOP, MEMOP_BRK, ram - 4, 0);
    make_answered_call(made, 1, SYSCALL_MEMOP, MEMOP_BRK, 0x40080, 0);
    make_answered_call(made, 1, SYSCALL_MEMOP, MEMOP_BRK, 0x41080, 0);
    make_answered_call(made, 1, SYSCALL_MEMOP, MEMOP_BRK, 0xe0000000, 0);

    assert_string_equal(end_run(&run), "rot13    memop brk(ram+0x40) -> Success\n"
                                       "rot13    memop brk(ram+0x7fc) -> Success\n"
                                       "rot13    memop brk(client1+0x7fc) -> Success\n"
                                       "rot13    memop brk(client1.flash+0x80) -> Success\n"
                                       "rot13    memop brk(flash+0x80) -> Success\n"
                                       "rot13    memop brk(0xe0000000) -> Success\n"
                                       "outcome  passed\n");
    close_run(&run);
}

static void points_in_time_are_not_told_and_delays_are(void **state)
{
    (void)state;
    struct golden_run run;
    struct made_run *made = begin_run(&run);

    answer(made, 0, make_call(made, 0, SYSCALL_COMMAND, ALARM_DRIVER_NUM, 1, 0), RETURN_SuccessU32,
           1000000);
    answer(made, 0, make_call(made, 0, SYSCALL_COMMAND, ALARM_DRIVER_NUM, 5, 500),
           RETURN_SuccessU32, 777);
    answer(made, 0, make_call(made, 0, SYSCALL_COMMAND, ALARM_DRIVER_NUM, 6, 123),
           RETURN_SuccessU32, 888);
    MADE(made, 0, upcall, .source = SOURCE_DRIVER, .driver = ALARM_DRIVER_NUM, .arg0 = 778,
         .arg1 = 777, .userdata = 3);

    assert_string_equal(end_run(&run), "client1  command alarm.frequency() -> SuccessU32 1000000\n"
                                       "client1  command alarm.set_relative(500) -> SuccessU32 *\n"
                                       "client1  command alarm.set_absolute(*, 0) -> SuccessU32 *\n"
                                       "client1  upcall alarm[0](*, *, 0, userdata=3)\n"
                                       "outcome  passed\n");
    close_run(&run);
}

static void what_depends_on_how_long_things_take_is_left_out(void **state)
{
    (void)state;
    struct golden_run run;
    struct made_run *made = begin_run(&run);

    MADE(made, 0, schedule, .timeslice_us = 10000);
    MADE(made, 0, context_switch, .id = 0);
    make_call(made, 0, SYSCALL_YIELD, YIELD_WAIT, 0, 0);
    make_call(made, 0, SYSCALL_YIELD, YIELD_NO_WAIT, 0, 0);
    answer(made, 0, make_call(made, 0, SYSCALL_COMMAND, ALARM_DRIVER_NUM, 2, 0), RETURN_SuccessU32,
           5);
    MADE(made, 0, work, .us = 100);
    MADE(made, 0, interrupt, .source = 0);
    MADE(made, 0, stop, .reason = STOP_TIMESLICE_EXPIRED, .executed_us = 10000);
    MADE(made, 0, expect, .line = 4, .met = true);

    assert_string_equal(end_run(&run), "outcome  passed\n");
    close_run(&run);
}

static void the_life_of_a_process_is_told(void **state)
{
    (void)state;
    struct golden_run run;
    struct made_run *made = begin_run(&run);

    MADE(made, 0, upcall, .source = SOURCE_KERNEL, .pc = 0x40080);
    memcpy(made->ram + 0x10, "hi \"you\"\n", 9);
    MADE(made, 0, print, .start = MADE_RAM + 0x10, .size = 9);
    MADE(made, 0, access, .op = ACCESS_LOAD, .address = MADE_RAM + 0x800, .size = 4);
    MADE(made, 0, fault, .cause = FAULT_CAUSE_MEMORY, .action = FAULT_ACTION_RESTART);
    MADE(made, 0, restarted, .id = 17, .restart_count = 1);
    MADE(made, 0, expect, .line = 4, .met = false);
    MADE(made, 0, done, .line = 5);
    make_call(made, 0, SYSCALL_EXIT, EXIT_TERMINATE, 3, 0);
    MADE(made, 0, ended, .state = PROCESS_TERMINATED);

    assert_string_equal(end_run(&run), "client1  starts at flash+0x80\n"
                                       "client1  print \"hi \\\"you\\\"\\n\"\n"
                                       "client1  load of 4 bytes at rot13+0x0 refused\n"
                                       "client1  fault: refused memory access -> restart\n"
                                       "client1  restarted, restart 1\n"
                                       "client1  expectation in line 4 not met\n"
                                       "client1  done\n"
                                       "client1  exit-terminate(3)\n"
                                       "client1  ended: Terminated\n"
                                       "outcome  passed\n");
    close_run(&run);
}

static void what_is_lost_says_why(void **state)
{
    (void)state;
    struct golden_run run;
    struct made_run *made = begin_run(&run);
    uint32_t notified;

    made_notify(made, ERROR_NOMEM);
    notified = made_notify(made, ERROR_NONE);
    MADE(made, 1, ipc_converted, .from = 0, .type = IPC_SERVICE, .result = GRANT_OK,
         .scheduled = SCHEDULE_NULL_UPCALL, .cause = notified);
    notified = made_notify(made, ERROR_NONE);
    MADE(made, 1, ipc_converted, .from = 0, .type = IPC_SERVICE, .result = GRANT_INACTIVE_APP,
         .cause = notified);
    notified = made_notify(made, ERROR_NONE);
    MADE(made, 1, task_dropped, .task = TASK_IPC, .from = 0, .reason = DROP_FAULTED,
         .cause = notified);

    assert_string_equal(end_run(&run),
                        "client1  command ipc.notify_service(to=rot13) -> Failure NOMEM\n"
                        "client1  command ipc.notify_service(to=rot13) -> Success\n"
                        "client1  command ipc.notify_service(to=rot13) -> Success\n"
                        "client1  command ipc.notify_service(to=rot13) -> Success\n"
                        "rot13    lost: notification from client1: no upcall subscribed\n"
                        "rot13    lost: notification from client1: sender ended (InactiveApp)\n"
                        "rot13    lost: notification from client1: its process faulted\n"
                        "outcome  passed\n");
    close_run(&run);
}

// ---- regions

static void add_region(struct made_run *made, uint32_t notified, bool is_allowed)
{
    MADE(made, 1, region_added, .start = 0x20000100, .size = 64, .allowed = is_allowed,
         .region_start = 0x20000100, .region_size = 64, .listed = true, .cause = notified);
}

static void a_region_stands_before_the_upcall_that_it_is_for(void **state)
{
    (void)state;
    struct golden_run run;
    struct made_run *made = begin_run(&run);
    uint32_t first = made_notify(made, ERROR_NONE);
    uint32_t second = made_notify(made, ERROR_NONE);

    add_region(made, second, true);
    made_convert(made, first);
    made_convert(made, second);
    made_deliver(made, first);
    made_deliver(made, second);

    const char *text = end_run(&run);
    assert_string_equal(strstr(text, "\nrot13") + 1,
                        "rot13    upcall ipc.service(from=client1, len=64, addr=client1+0x100, "
                        "userdata=7)\n"
                        "rot13    region over 64 bytes at client1+0x100: mapped 64 bytes at "
                        "client1+0x100\n"
                        "rot13    upcall ipc.service(from=client1, len=64, addr=client1+0x100, "
                        "userdata=7)\n"
                        "outcome  passed\n");
    close_run(&run);
}

static void a_refused_region_is_told_unless_the_buffer_is_mapped_already(void **state)
{
    (void)state;
    struct golden_run run;
    struct made_run *made = begin_run(&run);
    uint32_t notified[4];

    for (int i = 0; i < 4; i++) {
        if (i == 3) // which takes the region away
            MADE(made, 1, restarted, .id = 2, .restart_count = 1);
        notified[i] = made_notify(made, ERROR_NONE);
        add_region(made, notified[i], i == 1);
        made_convert(made, notified[i]);
        made_deliver(made, notified[i]);
    }

    const char *text = end_run(&run);
    const char *refused = "no region: the MPU driver refuses 64 bytes at client1+0x100\n";
    const char *found = strstr(text, refused);
    assert_non_null(found);
    found = strstr(found + 1, refused);
    assert_non_null(found);
    assert_true(found > strstr(text, "restarted"));
    assert_null(strstr(found + 1, refused));
    close_run(&run);
}

// ---- the order of lines

// What the two processes do, in one of the orders in which that can happen.
static void make_pair(struct made_run *made, bool service_is_first)
{
    uint32_t notified = 0;

    for (int i = 0; i < 2; i++) {
        if ((i == 0) == service_is_first) {
            make_answered_call(made, 1, SYSCALL_MEMOP, MEMOP_SBRK, 8, 0);
            made->time_us += 10;
        } else {
            make_answered_call(made, 0, SYSCALL_MEMOP, MEMOP_SBRK, 16, 0);
            notified = made_notify(made, ERROR_NONE);
            made->time_us += 20;
        }
    }
    made_convert(made, notified);
    made_deliver(made, notified);
    make_answered_call(made, 0, SYSCALL_MEMOP, MEMOP_SBRK, 32, 0);
}

static void processes_that_take_turns_in_another_way_make_the_same_trace(void **state)
{
    (void)state;
    struct golden_run one;
    struct golden_run other;

    make_pair(begin_run(&one), true);
    make_pair(begin_run(&other), false);

    assert_string_equal(end_run(&one), end_run(&other));
    close_run(&one);
    close_run(&other);
}

static void an_upcall_stands_behind_the_notify_that_led_to_it(void **state)
{
    (void)state;
    struct golden_run run;

    make_pair(begin_run(&run), true);

    assert_string_equal(end_run(&run), "client1  memop sbrk(+16) -> Success\n"
                                       "client1  command ipc.notify_service(to=rot13) -> Success\n"
                                       "client1  memop sbrk(+32) -> Success\n"
                                       "rot13    memop sbrk(+8) -> Success\n"
                                       "rot13    upcall ipc.service(from=client1, len=64, "
                                       "addr=client1+0x100, userdata=7)\n"
                                       "outcome  passed\n");
    close_run(&run);
}

static void an_upcall_returns_and_one_that_is_entered_again_is_told_without_its_line(void **state)
{
    (void)state;
    struct golden_run run;
    struct made_run *made = begin_run(&run);

    MADE(made, 1, upcall_nested, .driver = IPC_DRIVER_NUM, .subscribe_num = 1, .line = 9,
         .again = true, .depth = 2);
    MADE(made, 1, upcall_nested, .driver = IPC_DRIVER_NUM, .subscribe_num = 0, .line = 9,
         .depth = 3);
    MADE(made, 1, upcall_return, .driver = CONSOLE_DRIVER_NUM, .subscribe_num = 1);
    MADE(made, 1, upcall_return, .driver = IPC_DRIVER_NUM, .subscribe_num = 1);

    assert_string_equal(end_run(&run),
                        "rot13    enters rot13's upcall again, which has not returned\n"
                        "rot13    returns from upcall console[1]\n"
                        "rot13    returns from upcall ipc.service\n"
                        "outcome  passed\n");
    close_run(&run);
}

static void set_alarm(struct made_run *made, uint32_t process, uint32_t delay_us)
{
    answer(made, process, make_call(made, process, SYSCALL_COMMAND, ALARM_DRIVER_NUM, 5, delay_us),
           RETURN_SuccessU32, 0);
}

static void fire_alarm(struct made_run *made, uint32_t process)
{
    MADE(made, process, upcall, .source = SOURCE_DRIVER, .driver = ALARM_DRIVER_NUM);
}

static void longer_alarms_come_later_whatever_else_takes_time(void **state)
{
    (void)state;
    struct golden_run run;
    struct made_run *made = begin_run(&run);

    set_alarm(made, 0, 500);
    set_alarm(made, 1, 100);
    MADE(made, 1, work, .us = 50);
    fire_alarm(made, 0); // rot13 was held up until now
    fire_alarm(made, 1);
    set_alarm(made, 1, 300);
    fire_alarm(made, 1);

    assert_string_equal(end_run(&run), "client1  command alarm.set_relative(500) -> SuccessU32 *\n"
                                       "rot13    command alarm.set_relative(100) -> SuccessU32 *\n"
                                       "rot13    upcall alarm[0](*, *, 0, userdata=0)\n"
                                       "rot13    command alarm.set_relative(300) -> SuccessU32 *\n"
                                       "rot13    upcall alarm[0](*, *, 0, userdata=0)\n"
                                       "client1  upcall alarm[0](*, *, 0, userdata=0)\n"
                                       "outcome  passed\n");
    close_run(&run);
}

static void a_panic_is_last(void **state)
{
    (void)state;
    struct golden_run run;
    struct made_run *made = begin_run(&run);

    make_call(made, 1, SYSCALL_MEMOP, MEMOP_SBRK, 8, 0);
    set_alarm(made, 0, 500);
    fire_alarm(made, 0);
    make_call(made, 0, SYSCALL_MEMOP, MEMOP_SBRK, 8, 0);
    MADE(made, 0, panic, .reason = PANIC_GRANT_REENTERED);

    assert_string_equal(end_run(&run),
                        "client1  command alarm.set_relative(500) -> SuccessU32 *\n"
                        "rot13    memop sbrk(+8) -> no answer\n"
                        "client1  upcall alarm[0](*, *, 0, userdata=0)\n"
                        "client1  memop sbrk(+8) -> no answer\n"
                        "client1  kernel panic: Attempted to re-enter a grant region.\n"
                        "outcome  passed\n");
    close_run(&run);
}

// ---- what functions and buffers are called

// The process calls what it hands over in its next system calls so.
static void name_place(struct made_run *made, enum place_kind kind, const char *name, uaddr start,
                       uint32_t size)
{
    made->place = (struct view_place){.kind = kind, .start = start, .size = size};
    snprintf(made->place.name, sizeof made->place.name, "%s", name);
}

static void subscribe(struct made_run *made, const char *name, uint32_t number, uaddr function)
{
    name_place(made, PLACE_FUNCTION, name, function, 4);
    make_answered_call(made, 0, SYSCALL_SUBSCRIBE, IPC_DRIVER_NUM, number, function);
}

static void functions_go_by_their_names_and_the_second_of_a_name_by_its_number(void **state)
{
    (void)state;
    struct golden_run run;
    struct made_run *made = begin_run(&run);

    subscribe(made, "on_reply", 1, 0x40088);
    subscribe(made, "on_reply", 1, 0x4008c);
    subscribe(made, "on_reply", 2, 0x40088);

    assert_string_equal(end_run(&run),
                        "client1  subscribe ipc[1] fn=on_reply userdata=0 -> Success\n"
                        "client1  subscribe ipc[1] fn=on_reply#2 userdata=0 -> Success\n"
                        "client1  subscribe ipc[2] fn=on_reply userdata=0 -> Success\n"
                        "outcome  passed\n");
    close_run(&run);
}

static void functions_without_a_name_are_counted_where_they_first_come_to(void **state)
{
    (void)state;
    struct golden_run run;
    struct made_run *made = begin_run(&run);

    subscribe(made, "", 1, 0x40088);
    subscribe(made, "", 2, 0x4008c);
    subscribe(made, "", 2, 0x40090);
    subscribe(made, "", 2, 0x40088);

    assert_string_equal(end_run(&run), "client1  subscribe ipc[1] fn=#1 userdata=0 -> Success\n"
                                       "client1  subscribe ipc[2] fn=#1 userdata=0 -> Success\n"
                                       "client1  subscribe ipc[2] fn=#2 userdata=0 -> Success\n"
                                       "client1  subscribe ipc[2] fn=ipc[1]#1 userdata=0 -> "
                                       "Success\n"
                                       "outcome  passed\n");
    close_run(&run);
}

static void a_process_that_starts_anew_counts_its_functions_anew(void **state)
{
    (void)state;
    struct golden_run run;
    struct made_run *made = begin_run(&run);

    subscribe(made, "on_reply", 1, 0x40088);
    MADE(made, 0, restarted, .id = 17, .restart_count = 1);
    subscribe(made, "on_reply", 1, 0x4008c);

    assert_string_equal(end_run(&run),
                        "client1  subscribe ipc[1] fn=on_reply userdata=0 -> Success\n"
                        "client1  restarted, restart 1\n"
                        "client1  subscribe ipc[1] fn=on_reply userdata=0 -> Success\n"
                        "outcome  passed\n");
    close_run(&run);
}

static void buffers_go_by_their_names_once_the_kernel_has_them(void **state)
{
    (void)state;
    struct golden_run run;
    struct made_run *made = begin_run(&run);
    uint32_t buffer = MADE_RAM + 0x40;

    MADE(made, 0, access, .op = ACCESS_LOAD, .address = buffer, .size = 4);
    name_place(made, PLACE_BUFFER, "buf", buffer, 64);
    make_answered_call(made, 0, SYSCALL_ALLOW_RO, IPC_DRIVER_NUM, 0, buffer + 4);
    MADE(made, 0, access, .op = ACCESS_LOAD, .address = buffer, .size = 4);
    MADE(made, 1, access, .op = ACCESS_STORE, .address = buffer + 63, .size = 1);
    MADE(made, 1, access, .op = ACCESS_STORE, .address = buffer + 64, .size = 1);

    assert_string_equal(end_run(&run), "client1  load of 4 bytes at ram+0x40 refused\n"
                                       "client1  allow_ro ipc[0] 0 bytes at buf+4 -> Success\n"
                                       "client1  load of 4 bytes at buf refused\n"
                                       "rot13    store of 1 byte at client1.buf+63 refused\n"
                                       "rot13    store of 1 byte at client1+0x80 refused\n"
                                       "outcome  passed\n");
    close_run(&run);
}

static void a_break_that_is_moved_to_allocate_is_told_if_it_is_refused(void **state)
{
    (void)state;
    struct golden_run run;
    struct made_run *made = begin_run(&run);
    uint32_t end = MADE_RAM + 0x80;

    name_place(made, PLACE_BREAK, "", end, 1);
    make_answered_call(made, 0, SYSCALL_MEMOP, MEMOP_BRK, end, 0);
    answer(made, 0, make_call(made, 0, SYSCALL_MEMOP, MEMOP_BRK, end, 0), RETURN_Failure,
           ERROR_NOMEM);
    name_place(made, PLACE_BREAK, "", 0, 0);
    make_answered_call(made, 0, SYSCALL_MEMOP, MEMOP_BRK, end, 0);

    assert_string_equal(end_run(&run), "client1  memop brk(ram+0x80) -> Failure NOMEM\n"
                                       "client1  memop brk(ram+0x80) -> Success\n"
                                       "outcome  passed\n");
    close_run(&run);
}

// ---- names of processes

static void a_name_that_is_no_plain_word_is_in_quotes(void **state)
{
    (void)state;
    struct golden_run run;
    struct golden read = {.processes = NULL};
    struct message error;

    golden_sink_init(&run.sink);
    made_run_begin(&run.made, &run.sink.sink);
    run.made.processes[0].name = "a  \"b\"";
    run.made.processes[0].name_length = 6;
    run.made.processes[1].name = "kernel";
    run.made.processes[1].name_length = 6;
    golden_sink_close(&run.sink);
    golden_sink_init(&run.sink);
    run.sink.sink.begin(&run.sink.sink, &run.made.info);
    MADE(&run.made, 0, done, .line = 1);
    MADE(&run.made, 1, done, .line = 1);

    assert_string_equal(end_run(&run), "\"a  \\\"b\\\"\"  done\n"
                                       "\"kernel\"    done\n"
                                       "outcome     passed\n");
    assert_int_equal(golden_read(&read, "x.trace", run.text, &error), GOLDEN_READ_OK);
    assert_string_equal(read.processes[0], "\"a  \\\"b\\\"\"");
    assert_string_equal(read.steps[0].text, "done");
    golden_free(&read);
    close_run(&run);
}

static void processes_of_one_name_are_told_apart(void **state)
{
    (void)state;
    struct golden_run run;

    golden_sink_init(&run.sink);
    made_run_begin(&run.made, &run.sink.sink);
    golden_sink_close(&run.sink);
    run.made.processes[1].name = run.made.processes[0].name;
    run.made.processes[1].name_length = run.made.processes[0].name_length;
    golden_sink_init(&run.sink);
    run.sink.sink.begin(&run.sink.sink, &run.made.info);
    uint32_t notified = made_notify(&run.made, ERROR_NONE);
    made_convert(&run.made, notified);
    made_deliver(&run.made, notified);

    assert_string_equal(end_run(&run),
                        "client1    command ipc.notify_service(to=client1#2) -> Success\n"
                        "client1#2  upcall ipc.service(from=client1, len=64, addr=client1+0x100, "
                        "userdata=7)\n"
                        "outcome    passed\n");
    close_run(&run);
}

// ---- reading

static const char head[] = "ipcsim golden trace, format 2\nscenario  a.lua\n";

static enum golden_reading read_text(struct golden *golden, const char *text, struct message *error)
{
    *golden = (struct golden){.processes = NULL};
    return golden_read(golden, "a.trace", text, error);
}

static void what_is_written_is_read_back(void **state)
{
    (void)state;
    struct golden_run run;
    struct golden read;
    struct message error;
    char *again = NULL;
    size_t size;

    make_pair(begin_run(&run), true);
    end_run(&run);
    assert_int_equal(read_text(&read, run.text, &error), GOLDEN_READ_OK);

    FILE *out = open_memstream(&again, &size);
    golden_write(&read, out);
    fclose(out);
    assert_string_equal(again, run.text);
    free(again);
    golden_free(&read);
    close_run(&run);
}

static void comments_and_carriage_returns_are_not_kept(void **state)
{
    (void)state;
    struct golden golden;
    struct message error;

    assert_int_equal(read_text(&golden,
                               "ipcsim golden trace, format 2\r\n# why\r\nscenario  a.lua\r\n\r\n"
                               "# more\r\na  done\r\n",
                               &error),
                     GOLDEN_READ_OK);
    assert_string_equal(golden.head[GOLDEN_HEAD_SCENARIO], "a.lua");
    assert_int_equal(golden.step_count, 1);
    assert_string_equal(golden.steps[0].text, "done");
    golden_free(&golden);
}

static void a_text_that_is_no_golden_trace_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum golden_reading reading;
        const char *part;
    } cases[] = {
        {"", GOLDEN_READ_NOT_ONE, "a.trace is not a golden trace"},
        {"hello\n", GOLDEN_READ_NOT_ONE, "is not a golden trace"},
        {"ipcsim golden trace, format 1\n", GOLDEN_READ_OLDER_FORMAT, "--update"},
        {"ipcsim golden trace, format 3\n", GOLDEN_READ_NEWER_FORMAT, "use a newer one"},
        {"ipcsim golden trace, format 2\n\nnonsense\n", GOLDEN_READ_DAMAGED, "a.trace:3: "},
        {"ipcsim golden trace, format 2\n\n<<<<<<< HEAD\n", GOLDEN_READ_DAMAGED, "merge"},
        {"ipcsim golden trace, format 2\n<<<<<<< HEAD\n", GOLDEN_READ_DAMAGED, "a.trace:2: "},
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct golden golden;
        struct message error;

        assert_int_equal(read_text(&golden, cases[i].text, &error), cases[i].reading);
        assert_non_null(strstr(error.text, cases[i].part));
        golden_free(&golden);
    }
}

static void only_what_ipcsim_wrote_before_may_be_replaced(void **state)
{
    (void)state;

    assert_true(golden_is_replaceable(GOLDEN_READ_OK));
    assert_true(golden_is_replaceable(GOLDEN_READ_OLDER_FORMAT));
    assert_true(golden_is_replaceable(GOLDEN_READ_DAMAGED));
    assert_false(golden_is_replaceable(GOLDEN_READ_NOT_ONE));
    assert_false(golden_is_replaceable(GOLDEN_READ_NEWER_FORMAT));
}

static void a_head_line_of_a_later_version_is_passed_over(void **state)
{
    (void)state;
    struct golden golden;
    struct message error;
    char text[200];

    snprintf(text, sizeof text, "%smood      good\n\na  done\n", head);
    assert_int_equal(read_text(&golden, text, &error), GOLDEN_READ_OK);
    assert_int_equal(golden.step_count, 1);
    golden_free(&golden);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_head_tells_what_produced_it),
        cmocka_unit_test(a_notification_is_a_call_and_an_upcall_without_times_and_numbers),
        cmocka_unit_test(addresses_are_told_by_whose_memory_they_are_in),
        cmocka_unit_test(points_in_time_are_not_told_and_delays_are),
        cmocka_unit_test(what_depends_on_how_long_things_take_is_left_out),
        cmocka_unit_test(the_life_of_a_process_is_told),
        cmocka_unit_test(what_is_lost_says_why),
        cmocka_unit_test(a_region_stands_before_the_upcall_that_it_is_for),
        cmocka_unit_test(a_refused_region_is_told_unless_the_buffer_is_mapped_already),
        cmocka_unit_test(processes_that_take_turns_in_another_way_make_the_same_trace),
        cmocka_unit_test(an_upcall_stands_behind_the_notify_that_led_to_it),
        cmocka_unit_test(an_upcall_returns_and_one_that_is_entered_again_is_told_without_its_line),
        cmocka_unit_test(longer_alarms_come_later_whatever_else_takes_time),
        cmocka_unit_test(a_panic_is_last),
        cmocka_unit_test(functions_go_by_their_names_and_the_second_of_a_name_by_its_number),
        cmocka_unit_test(functions_without_a_name_are_counted_where_they_first_come_to),
        cmocka_unit_test(a_process_that_starts_anew_counts_its_functions_anew),
        cmocka_unit_test(buffers_go_by_their_names_once_the_kernel_has_them),
        cmocka_unit_test(a_break_that_is_moved_to_allocate_is_told_if_it_is_refused),
        cmocka_unit_test(a_name_that_is_no_plain_word_is_in_quotes),
        cmocka_unit_test(processes_of_one_name_are_told_apart),
        cmocka_unit_test(what_is_written_is_read_back),
        cmocka_unit_test(comments_and_carriage_returns_are_not_kept),
        cmocka_unit_test(a_text_that_is_no_golden_trace_is_refused),
        cmocka_unit_test(only_what_ipcsim_wrote_before_may_be_replaced),
        cmocka_unit_test(a_head_line_of_a_later_version_is_passed_over),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
