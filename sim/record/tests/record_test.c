// SPDX-License-Identifier: Apache-2.0 OR MIT
// What a record says of a run: tables and views.
#include "../../../core/capsule_abi.h"
#include "../../../tests/check.h"
#include "../../base/count_of.h"
#include "../../machine/bus.h"
#include "../../trace/event_names.h"
#include "../../trace/tests/made_run.h"
#include "../record.h"
#include "../schema.h"
#include "record_place.h"

#include "../../../core/ipc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// ---- what is recorded

static void a_run_is_recorded_with_its_processes_and_events(void **state)
{
    struct place *place = *state;
    struct record *record = open_record(place);
    struct made_run made;

    made_run_begin(&made, record_sink(record));
    made.ends[1].state = PROCESS_FAULTED;
    made.ends[1].restarts = 2;
    made.time_us = 250;
    made_notify(&made, ERROR_NONE);
    made_run_end(&made, "passed");
    assert_int_equal(record_run_id(record), 1);
    close_record(place, record);

    assert_answer(place,
                  "select id, scenario, about, params, board, sched, fault, seed, num_procs, "
                  "until_us, outcome, reason, trace_hash, events, time_us from runs",
                  "1|rot13.lua|a pair|clients=1|cortex-m4|round_robin|stop|1|2|1000000|passed||"
                  "0123456789abcdef|3|250");
    assert_answer(place, "select * from processes",
                  "1|0|client1|0|536870912|2048|262144|4096|Unstarted|0|0|0|0\n"
                  "1|1|rot13|1|536872960|2048|266240|4096|Faulted|2|0|0|0");
    assert_answer(place, "select seq, time_us, process, kind, cause from events",
                  "1|250|0|syscall|\n2|250|1|ipc_queued|\n3|250|0|syscall_return|1");
    assert_answer(place, "pragma integrity_check", "ok");
}

static void each_kind_has_a_view_with_its_fields(void **state)
{
    struct place *place = *state;
    struct record *record = open_record(place);
    struct made_run made;

    made_run_begin(&made, record_sink(record));
    for (uint16_t kind = 0; kind < EVENT_KINDS; kind++) {
        struct event event = {.kind = kind, .process = 1};

        for (uint32_t word = 0; word < EVENT_WORDS; word++)
            event.word[word] = 1000 + word;
        made_run_take(&made, event);
    }
    made_run_end(&made, "passed");
    close_record(place, record);

    for (uint16_t kind = 0; kind < EVENT_KINDS; kind++) {
        char sql[256];
        char expected[256];
        int length = snprintf(expected, sizeof expected, "1|%d|0|1", kind + 1);
        uint32_t count;

        event_fields(kind, &count);
        for (uint32_t i = 0; i < count; i++)
            length +=
                snprintf(expected + length, sizeof expected - (size_t)length, "|%u", 1000 + i);
        snprintf(sql, sizeof sql, "select * from ev_%s", event_name(kind));
        if (kind == EVENT_poll)
            assert_answer(place, sql, "");
        else
            assert_answer(place, sql, expected);
    }
}

static void values_have_names_in_the_views(void **state)
{
    struct place *place = *state;
    struct record *record = open_record(place);
    struct made_run made;

    made_run_begin(&made, record_sink(record));
    MADE(&made, 1, ipc_queued, .from = 0, .from_id = 4, .type = IPC_CLIENT,
         .result = ERROR_NODEVICE);
    MADE(&made, 1, task_dropped, .task = TASK_FUNCTION_CALL, .from = NO_PROCESS,
         .reason = DROP_FAULTED);
    MADE(&made, 0, stop, .reason = STOP_NO_WORK_LEFT, .executed_us = NO_TIMESLICE);
    made_run_take(&made, (struct event){.kind = EVENT_sleep, .process = NO_PROCESS});
    made_run_end(&made, "passed");
    close_record(place, record);

    assert_answer(place, "select from_process, from_id, type, result from ev_ipc_queued",
                  "0|4|client|NODEVICE");
    assert_answer(place,
                  "select task, from_process is null, reason, cause is null from "
                  "ev_task_dropped",
                  "function_call|1|FAULTED|1");
    assert_answer(place, "select reason, executed_us is null from ev_stop", "NoWorkLeft|1");
    assert_answer(place, "select process is null from ev_sleep", "1");
    assert_answer(place, "select name, about from names where type = 'error' and value = 9",
                  "NOMEM|memory required not available");
}

static void numbers_of_64_bits_are_kept_in_full(void **state)
{
    struct place *place = *state;
    struct record *record = open_record(place);
    struct made_run made;
    struct sink *sink = record_sink(record);

    made_run_begin(&made, sink);
    made.info.seed = UINT64_MAX;
    made.info.until_us = UINT64_MAX;
    sink->begin(sink, &made.info);
    made_run_end(&made, "passed");
    close_record(place, record);

    assert_answer(place, "select seed, until_us is null from runs where id = 2",
                  "18446744073709551615|1");
}

// ---- views

static void a_delivered_notification_is_a_row_in_upcalls(void **state)
{
    struct place *place = *state;
    struct record *record = open_record(place);
    struct made_run made;
    uint32_t notified;

    made_run_begin(&made, record_sink(record));
    made.time_us = 100;
    notified = made_notify(&made, ERROR_NONE);
    made.time_us = 130;
    made_convert(&made, notified);
    made.time_us = 145;
    made_deliver(&made, notified);
    made_notify(&made, ERROR_NOMEM);
    made_run_end(&made, "passed");
    close_record(place, record);

    assert_answer(place, "select process, subscribe_num, arg0, arg1, delivered from upcalls",
                  "1|1|0|64|1");
    assert_answer(place,
                  "select run_id, seq, time_us, process, subscribe_num, arg0, arg1, arg2, "
                  "userdata, from_process, notified_seq, latency_us, delivered, reason is null "
                  "from upcalls",
                  "1|8|145|1|1|0|64|536871168|7|0|2|45|1|1");
}

typedef void lose(struct made_run *made, uint32_t notified);

static void lose_by_null_upcall(struct made_run *made, uint32_t notified)
{
    MADE(made, 1, ipc_dequeued, .from = 0, .cause = notified);
    MADE(made, 1, ipc_converted, .from = 0, .result = GRANT_OK, .scheduled = SCHEDULE_NULL_UPCALL,
         .cause = notified);
}

static void lose_by_restarted_sender(struct made_run *made, uint32_t notified)
{
    MADE(made, 1, ipc_dequeued, .from = 0, .cause = notified);
    MADE(made, 1, ipc_converted, .from = 0, .result = GRANT_NO_SUCH_APP,
         .scheduled = SCHEDULE_NOT_TRIED, .cause = notified);
}

static void lose_by_ended_sender(struct made_run *made, uint32_t notified)
{
    MADE(made, 1, ipc_dequeued, .from = 0, .cause = notified);
    MADE(made, 1, ipc_converted, .from = 0, .result = GRANT_INACTIVE_APP,
         .scheduled = SCHEDULE_NOT_TRIED, .cause = notified);
}

static void lose_by_memory(struct made_run *made, uint32_t notified)
{
    MADE(made, 1, ipc_dequeued, .from = 0, .cause = notified);
    MADE(made, 1, ipc_converted, .from = 0, .result = GRANT_OUT_OF_MEMORY,
         .scheduled = SCHEDULE_NOT_TRIED, .cause = notified);
}

static void lose_by_full_queue(struct made_run *made, uint32_t notified)
{
    MADE(made, 1, ipc_dequeued, .from = 0, .cause = notified);
    MADE(made, 1, upcall_queued, .driver = IPC_DRIVER_NUM, .arg1 = 64, .result = ERROR_NOMEM,
         .cause = notified);
    MADE(made, 1, ipc_converted, .from = 0, .result = GRANT_OK, .scheduled = SCHEDULE_QUEUE_FULL,
         .cause = notified);
}

static void lose_by_restart(struct made_run *made, uint32_t notified)
{
    MADE(made, 1, task_dropped, .task = TASK_IPC, .from = 0, .reason = DROP_RESTARTED,
         .cause = notified);
}

static void lose_by_end_as_a_call(struct made_run *made, uint32_t notified)
{
    made_convert(made, notified);
    MADE(made, 1, task_dropped, .task = TASK_FUNCTION_CALL, .from = NO_PROCESS,
         .reason = DROP_TERMINATED, .cause = notified);
}

static void lose_by_subscribe(struct made_run *made, uint32_t notified)
{
    made_convert(made, notified);
    MADE(made, 1, upcall_removed, .driver = IPC_DRIVER_NUM, .cause = notified);
}

static void lose_by_stack(struct made_run *made, uint32_t notified)
{
    made_convert(made, notified);
    MADE(made, 1, upcall_dequeued, .source = SOURCE_DRIVER, .driver = IPC_DRIVER_NUM,
         .cause = notified);
    MADE(made, 1, fault, .cause = FAULT_CAUSE_STACK_POINTER, .action = FAULT_ACTION_STOP);
}

static void lose_by_panic(struct made_run *made, uint32_t notified)
{
    MADE(made, 1, ipc_dequeued, .from = 0, .cause = notified);
    MADE(made, 1, panic, .reason = PANIC_GRANT_REENTERED);
}

static void keep_as_a_task(struct made_run *made, uint32_t notified)
{
    (void)made;
    (void)notified;
}

static void keep_as_a_call(struct made_run *made, uint32_t notified)
{
    made_convert(made, notified);
}

static void a_lost_notification_is_a_row_in_upcalls_that_says_why(void **state)
{
    struct place *place = *state;
    const struct {
        lose *lose;
        const char *row; // seq, time_us, arg0, arg1, notified_seq, latency_us, delivered, reason
    } losses[] = {
        {lose_by_null_upcall, "5|9|0||2||0|no upcall subscribed"},
        {lose_by_restarted_sender, "5|9|0||2||0|sender restarted (NoSuchApp)"},
        {lose_by_ended_sender, "5|9|0||2||0|sender ended (InactiveApp)"},
        {lose_by_memory, "5|9|0||2||0|out of memory for a grant (OutOfMemory)"},
        {lose_by_full_queue, "6|9|0|64|2||0|queue full"},
        {lose_by_restart, "4|9|0||2||0|its process restarted"},
        {lose_by_end_as_a_call, "7|9|0|64|2||0|its process terminated"},
        {lose_by_subscribe, "7|9|0|64|2||0|removed by a subscribe"},
        {lose_by_stack, "7|9|0|64|2||0|no room for it on the stack"},
        {lose_by_panic, "4|9|0||2||0|kernel panicked"},
        {keep_as_a_task, "||0||2||0|still queued at the end"},
        {keep_as_a_call, "||0|64|2||0|still queued at the end"},
    };
    size_t count = COUNT_OF(losses);
    struct record *record = open_record(place);

    for (size_t i = 0; i < count; i++) {
        struct made_run made;
        uint32_t notified;

        made_run_begin(&made, record_sink(record));
        notified = made_notify(&made, ERROR_NONE);
        made.time_us = 9;
        losses[i].lose(&made, notified);
        made_run_end(&made, "passed");
    }
    close_record(place, record);

    for (size_t i = 0; i < count; i++) {
        char sql[256];

        snprintf(sql, sizeof sql,
                 "select seq, time_us, arg0, arg1, notified_seq, latency_us, delivered, reason "
                 "from upcalls where run_id = %zu",
                 i + 1);
        assert_answer(place, sql, losses[i].row);
    }
}

static void an_upcall_of_another_driver_is_no_row_in_upcalls(void **state)
{
    struct place *place = *state;
    struct record *record = open_record(place);
    struct made_run made;
    uint32_t call;

    made_run_begin(&made, record_sink(record));
    call = MADE(&made, 0, syscall, .class = SYSCALL_COMMAND, .r0 = 0x90000, .r1 = 1);
    MADE(&made, 0, upcall_queued, .driver = 0x90000, .result = ERROR_NONE, .cause = call);
    MADE(&made, 0, syscall_return, .variant = RETURN_Success, .cause = call);
    MADE(&made, 0, upcall, .source = SOURCE_DRIVER, .driver = 0x90000, .cause = call);
    MADE(&made, 0, upcall, .source = SOURCE_DRIVER, .driver = ALARM_DRIVER_NUM);
    made_run_end(&made, "passed");
    close_record(place, record);

    assert_answer(place, "select count(*) from upcalls", "0");
}

static void calls_stand_beside_their_answers(void **state)
{
    struct place *place = *state;
    struct record *record = open_record(place);
    struct made_run made;

    made_run_begin(&made, record_sink(record));
    made_notify(&made, ERROR_NONE);
    MADE(&made, 0, syscall, .class = SYSCALL_YIELD, .r0 = YIELD_WAIT);
    made_notify(&made, ERROR_NOMEM);
    made_run_end(&made, "passed");
    close_record(place, record);

    assert_answer(place,
                  "select seq, process, class, r1, answered_seq, variant, error "
                  "from syscalls",
                  "1|0|command|2|3|Success|\n4|0|yield|0|||\n5|0|command|2|7|Failure|NOMEM");
    assert_answer(place, "select seq, process, type, to_process, error, queued_seq from notifies",
                  "1|0|service|1||2\n5|0|service|1|NOMEM|");
}

static void faults_regions_and_shares_have_their_views(void **state)
{
    struct place *place = *state;
    struct record *record = open_record(place);
    struct made_run made;
    uint32_t call;

    made_run_begin(&made, record_sink(record));
    call = MADE(&made, 0, syscall, .class = SYSCALL_ALLOW_RW, .r0 = IPC_DRIVER_NUM, .r1 = 1,
                .r2 = 0x20000100, .r3 = 64);
    MADE(&made, 0, syscall_return, .variant = RETURN_SuccessU32U32, .w1 = 0, .w2 = 0,
         .cause = call);
    MADE(&made, 1, region_added, .start = 0x20000100, .size = 64, .allowed = true,
         .region_start = 0x20000100, .region_size = 64, .listed = true, .cause = 77);
    MADE(&made, 1, region_added, .start = 0x20000104, .size = 64, .result = MPU_OVERLAPS);
    MADE(&made, 1, access, .op = ACCESS_STORE, .address = 0x20000104, .size = 4);
    MADE(&made, 1, fault, .cause = FAULT_CAUSE_MEMORY, .action = FAULT_ACTION_RESTART);
    MADE(&made, 1, fault, .cause = FAULT_CAUSE_SYSCALL, .action = FAULT_ACTION_STOP);
    made_run_end(&made, "fault");
    close_record(place, record);

    assert_answer(place, "select seq, process, with_process, start, size, old_size from shares",
                  "1|0|1|536871168|64|0");
    assert_answer(place,
                  "select seq, process, start, size, allowed, region_start, region_size, "
                  "listed, notified_seq, reason from mpu_regions",
                  "3|1|536871168|64|1|536871168|64|1|77|\n4|1|536871172|64|0|||0||"
                  "it shares bytes with a region that is in use");
    assert_answer(place, "select seq, process, cause, action, op, address, size from faults",
                  "6|1|MEMORY|restart|store|536871172|4\n7|1|SYSCALL|stop|||");
}

static void queue_depth_counts_what_is_in_the_ring(void **state)
{
    struct place *place = *state;
    struct record *record = open_record(place);
    struct made_run made;
    uint32_t notified;

    made_run_begin(&made, record_sink(record));
    MADE(&made, 1, loaded, .id = 1);
    MADE(&made, 1, upcall_dequeued, .source = SOURCE_KERNEL);
    notified = made_notify(&made, ERROR_NONE);
    made_notify(&made, ERROR_NONE);
    made_notify(&made, ERROR_NOMEM);
    made_convert(&made, notified);
    MADE(&made, 1, task_dropped, .task = TASK_IPC, .reason = DROP_RESTARTED);
    MADE(&made, 1, task_dropped, .task = TASK_FUNCTION_CALL, .reason = DROP_RESTARTED);
    MADE(&made, 1, restarted, .id = 2, .restart_count = 1);
    made_run_end(&made, "passed");
    close_record(place, record);

    assert_answer(place, "select group_concat(depth, ' ') from queue_depth where process = 1",
                  "1 0 1 2 1 2 1 0 1");
}

static void what_is_printed_is_kept_as_it_was_at_that_moment(void **state)
{
    struct place *place = *state;
    struct record *record = open_record(place);
    struct made_run made;

    made_run_begin(&made, record_sink(record));
    memcpy(made.ram + 16, "hello", 5);
    made.time_us = 7;
    MADE(&made, 1, print, .start = MADE_RAM + 16, .size = 5);
    memset(made.ram + 16, 'x', 5);
    made_run_end(&made, "passed");
    close_record(place, record);

    assert_answer(place, "select run_id, seq, time_us, process, text from prints", "1|1|7|1|hello");
}

static void what_a_call_hands_over_is_kept_by_its_name(void **state)
{
    struct place *place = *state;
    struct record *record = open_record(place);
    struct made_run made;

    made_run_begin(&made, record_sink(record));
    made.place = (struct view_place){
        .kind = PLACE_BUFFER, .name = "buf", .start = MADE_RAM + 32, .size = 64};
    MADE(&made, 0, syscall, .class = SYSCALL_ALLOW_RW, .r0 = IPC_DRIVER_NUM, .r2 = MADE_RAM + 36);
    MADE(&made, 0, syscall, .class = SYSCALL_ALLOW_RW, .r0 = IPC_DRIVER_NUM, .r2 = MADE_RAM);
    made_run_end(&made, "passed");
    close_record(place, record);

    assert_answer(place,
                  "select run_id, seq, process, kind, name, start - 0x20000000, size from places",
                  "1|1|0|buffer|buf|32|64");
}

static void parameters_are_rows_with_values_of_their_types(void **state)
{
    struct place *place = *state;
    struct record *record = open_record(place);
    static const struct run_param params[] = {{"clients", "12", RUN_PARAM_INTEGER},
                                              {"factor", "0.5", RUN_PARAM_NUMBER},
                                              {"greet", "12", RUN_PARAM_STRING},
                                              {"is_loud", "true", RUN_PARAM_BOOLEAN}};
    struct view view = {.process_count = 0};
    const struct run_info info = {.scenario = "a.lua",
                                  .params = "clients=12",
                                  .param_list = params,
                                  .param_count = COUNT_OF(params),
                                  .view = &view};

    record_sink(record)->begin(record_sink(record), &info);
    close_record(place, record);

    assert_answer(place, "select name, value, type, typeof(value) from run_parameters",
                  "clients|12|integer|integer\nfactor|0.5|number|real\ngreet|12|string|text\n"
                  "is_loud|1|boolean|integer");
}

static void a_run_says_when_it_was_made(void **state)
{
    struct place *place = *state;
    struct record *record = open_record(place);
    struct made_run made;

    setenv("SOURCE_DATE_EPOCH", "1000000000", 1);
    made_run_begin(&made, record_sink(record));
    unsetenv("SOURCE_DATE_EPOCH");
    close_record(place, record);

    assert_answer(place, "select made_at from runs", "2001-09-09T01:46:40Z");
}

// The service gets what the client sent, at this time.
static void serve(struct made_run *made, uint64_t time_us, uint32_t notified)
{
    made->time_us = time_us;
    made_convert(made, notified);
    made_deliver(made, notified);
}

// The service answers, and the client gets it, if it does, 10 us later.
static void answer_client(struct made_run *made, uint64_t time_us, bool is_delivered)
{
    made->time_us = time_us;
    uint32_t seq = MADE(made, MADE_CLIENT, ipc_queued, .from = MADE_SERVICE, .type = IPC_CLIENT,
                        .result = ERROR_NONE);
    made->time_us += 10;
    if (is_delivered)
        MADE(made, MADE_CLIENT, upcall, .source = SOURCE_DRIVER, .driver = IPC_DRIVER_NUM,
             .subscribe_num = MADE_SERVICE, .cause = seq);
}

static void a_round_trip_is_a_request_and_the_answer_before_the_next_one(void **state)
{
    struct place *place = *state;
    struct record *record = open_record(place);
    struct made_run made;

    made_run_begin(&made, record_sink(record));
    made.time_us = 100;
    uint32_t first = made_notify(&made, ERROR_NONE);
    serve(&made, 120, first);
    answer_client(&made, 130, true);
    answer_client(&made, 150, true);
    made.time_us = 200;
    uint32_t unanswered = made_notify(&made, ERROR_NONE);
    serve(&made, 220, unanswered);
    made.time_us = 300;
    uint32_t again = made_notify(&made, ERROR_NONE);
    serve(&made, 320, again);
    answer_client(&made, 330, true);
    made.time_us = 400;
    uint32_t lost = made_notify(&made, ERROR_NONE);
    serve(&made, 420, lost);
    answer_client(&made, 430, false);
    made.time_us = 500;
    made_notify(&made, ERROR_NONE);
    made_notify(&made, ERROR_NOMEM);
    made_run_end(&made, "passed");
    close_record(place, record);

    assert_answer(place,
                  "select client, service, sent_us, served_us, answered_us, latency_us "
                  "from round_trips where run_id = 1 order by sent_us",
                  "0|1|100|120|140|40\n0|1|200|220||\n0|1|300|320|340|40\n0|1|400|420||\n"
                  "0|1|500|||");
}

static void drivers_have_names(void **state)
{
    struct place *place = *state;
    struct record *record = open_record(place);
    struct made_run made;

    made_run_begin(&made, record_sink(record));
    made_notify(&made, ERROR_NONE);
    MADE(&made, 0, syscall, .class = SYSCALL_MEMOP, .r0 = 0);
    MADE(&made, 0, syscall, .class = SYSCALL_COMMAND, .r0 = 77);
    close_record(place, record);

    assert_answer(place, "select * from drivers", "0|alarm\n1|console\n65536|ipc");
    assert_answer(place, "select class, driver from syscalls", "command|ipc\nmemop|\ncommand|");
}

// Whoever changes the schema, an event or a list of names raises RECORD_SCHEMA_VERSION
// and puts the new fingerprint here.
static void the_schema_is_that_of_its_version(void **state)
{
    (void)state;

    assert_int_equal(RECORD_SCHEMA_VERSION, 8);
    assert_int_equal(schema_fingerprint(), 0x4a712e4e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_PLACE(a_run_is_recorded_with_its_processes_and_events),
        IN_PLACE(each_kind_has_a_view_with_its_fields),
        IN_PLACE(values_have_names_in_the_views),
        IN_PLACE(numbers_of_64_bits_are_kept_in_full),
        IN_PLACE(a_delivered_notification_is_a_row_in_upcalls),
        IN_PLACE(a_lost_notification_is_a_row_in_upcalls_that_says_why),
        IN_PLACE(an_upcall_of_another_driver_is_no_row_in_upcalls),
        IN_PLACE(calls_stand_beside_their_answers),
        IN_PLACE(faults_regions_and_shares_have_their_views),
        IN_PLACE(queue_depth_counts_what_is_in_the_ring),
        IN_PLACE(what_is_printed_is_kept_as_it_was_at_that_moment),
        IN_PLACE(what_a_call_hands_over_is_kept_by_its_name),
        IN_PLACE(parameters_are_rows_with_values_of_their_types),
        IN_PLACE(a_run_says_when_it_was_made),
        IN_PLACE(a_round_trip_is_a_request_and_the_answer_before_the_next_one),
        IN_PLACE(drivers_have_names),
        cmocka_unit_test(the_schema_is_that_of_its_version),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
