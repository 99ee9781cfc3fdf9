// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "../devices.h"

#include <string.h>

#include "../../../tests/check.h"
#include "../../base/count_of.h"
#include "../bus.h"
#include "machine.h"

enum { CONSOLE_WRITTEN = 1 };

// What programs find out: words, and when.
struct notes {
    uint32_t words[24];
    uint32_t count;
};

static void note(struct app *app, uint32_t word)
{
    struct notes *notes = machine_notes(app);

    assert_true(notes->count < COUNT_OF(notes->words));
    notes->words[notes->count++] = word;
}

static void assert_noted(const struct notes *notes, const uint32_t *words, uint32_t count)
{
    assert_int_equal(notes->count, count);
    for (uint32_t i = 0; i < count; i++)
        assert_int_equal(notes->words[i], words[i]);
}

static void note_answer(struct app *app, struct syscall_return answer)
{
    note(app, answer.word[0]);
    note(app, answer.word[1]);
}

// The three arguments of an upcall, and the time.
static void note_upcall(struct app *app, uaddr pc, const uint32_t argument[4])
{
    (void)pc;
    for (uint32_t i = 0; i < 3; i++)
        note(app, argument[i]);
    note(app, (uint32_t)world_now_us(app->world));
}

static struct machine *new_machine(struct notes *notes, void (*run)(struct app *))
{
    return machine_new(
        &(struct machine_setup){.programs = {{.run = run, .upcall = note_upcall, .notes = notes}}});
}

static void run_one(struct notes *notes, void (*run)(struct app *))
{
    struct machine *machine = new_machine(notes, run);

    assert_int_equal(machine_run(machine), WORLD_QUIESCENT);
    machine_free(machine);
}

// ---- alarm

static struct syscall_return alarm_command(struct app *app, uint32_t command, uint32_t a,
                                           uint32_t b)
{
    return machine_command(app, ALARM_DRIVER_NUM, command, a, b);
}

static void ask_the_alarm(struct app *app)
{
    note_answer(app, alarm_command(app, 0, 0, 0));
    note_answer(app, alarm_command(app, 1, 0, 0));
    app_work_us(app, 1234);
    note_answer(app, alarm_command(app, 2, 0, 0));
    note_answer(app, alarm_command(app, ALARM_STOP, 0, 0));
    note_answer(app, alarm_command(app, 4, 0, 0));
    note_answer(app, alarm_command(app, 7, 0, 0));
}

static void the_alarm_ticks_once_a_microsecond(void **state)
{
    (void)state;
    static const uint32_t expected[] = {RETURN_Success,    0,
                                        RETURN_SuccessU32, 1000000,
                                        RETURN_SuccessU32, 1234,
                                        RETURN_Failure,    ERROR_ALREADY,
                                        RETURN_Failure,    ERROR_NOSUPPORT,
                                        RETURN_Failure,    ERROR_NOSUPPORT};
    struct notes notes = {.count = 0};

    run_one(&notes, ask_the_alarm);

    assert_noted(&notes, expected, COUNT_OF(expected));
}

static void set_after_work(struct app *app)
{
    machine_subscribe(app, ALARM_DRIVER_NUM, 0);
    app_work_us(app, 100);
    note_answer(app, alarm_command(app, ALARM_SET_RELATIVE, 5000, 0));
}

static void an_alarm_wakes_its_process_when_it_is_due(void **state)
{
    (void)state;
    static const uint32_t expected[] = {RETURN_SuccessU32, 5100, 5100, 5100, 0, 5100};
    struct notes notes = {.count = 0};

    run_one(&notes, set_after_work);

    assert_noted(&notes, expected, 6);
}

static void set_in_the_past(struct app *app)
{
    machine_subscribe(app, ALARM_DRIVER_NUM, 0);
    app_work_us(app, 1000);
    note_answer(app, alarm_command(app, ALARM_SET_ABSOLUTE, 200, 300));
}

static void an_alarm_in_the_past_rings_at_once(void **state)
{
    (void)state;
    static const uint32_t expected[] = {RETURN_SuccessU32, 500, 1000, 500, 0, 1000};
    struct notes notes = {.count = 0};

    run_one(&notes, set_in_the_past);

    assert_noted(&notes, expected, 6);
}

static void set_twice(struct app *app)
{
    machine_subscribe(app, ALARM_DRIVER_NUM, 0);
    alarm_command(app, ALARM_SET_RELATIVE, 1000, 0);
    alarm_command(app, ALARM_SET_RELATIVE, 3000, 0);
}

static void a_process_has_one_alarm(void **state)
{
    (void)state;
    static const uint32_t expected[] = {3000, 3000, 0, 3000};
    struct notes notes = {.count = 0};

    run_one(&notes, set_twice);

    assert_noted(&notes, expected, 4);
}

static void set_and_stop(struct app *app)
{
    machine_subscribe(app, ALARM_DRIVER_NUM, 0);
    alarm_command(app, ALARM_SET_RELATIVE, 1000, 0);
    note_answer(app, alarm_command(app, ALARM_STOP, 0, 0));
}

static void an_alarm_that_was_stopped_does_not_ring(void **state)
{
    (void)state;
    static const uint32_t expected[] = {RETURN_Success, 0};
    struct notes notes = {.count = 0};

    run_one(&notes, set_and_stop);

    assert_noted(&notes, expected, 2);
}

static void set_by_index(struct app *app)
{
    machine_subscribe(app, ALARM_DRIVER_NUM, 0);
    alarm_command(app, ALARM_SET_RELATIVE, 3000 - 1000 * app->index, 0);
}

static void the_earliest_alarm_of_all_rings_first(void **state)
{
    (void)state;
    struct notes notes[3] = {{.count = 0}, {.count = 0}, {.count = 0}};
    struct machine *machine = machine_new(&(struct machine_setup){
        .programs = {{.run = set_by_index, .upcall = note_upcall, .notes = &notes[0]},
                     {.run = set_by_index, .upcall = note_upcall, .notes = &notes[1]},
                     {.run = set_by_index, .upcall = note_upcall, .notes = &notes[2]}}});

    machine_run(machine);

    for (uint32_t i = 0; i < 3; i++) {
        assert_int_equal(notes[i].count, 4);
        assert_int_equal(notes[i].words[3], 3000 - 1000 * i);
    }
    assert_int_equal(machine_count(machine, EVENT_kernel_work), 3);
    machine_free(machine);
}

static void work_past_the_alarm(struct app *app)
{
    machine_subscribe(app, ALARM_DRIVER_NUM, 0);
    alarm_command(app, ALARM_SET_RELATIVE, 1000, 0);
    app_work_us(app, 5000);
    note(app, 77);
}

static void an_alarm_interrupts_a_process_and_waits_for_its_yield(void **state)
{
    (void)state;
    static const uint32_t expected[] = {77, 1000, 1000, 0, 5000};
    struct notes notes = {.count = 0};
    struct machine *machine = new_machine(&notes, work_past_the_alarm);

    machine_run(machine);

    assert_noted(&notes, expected, 5);
    assert_int_equal(machine_count(machine, EVENT_interrupt), 1);
    assert_int_equal(machine_last(machine, EVENT_interrupt)->interrupt.source, INTERRUPT_IRQ);
    assert_int_equal(machine_last(machine, EVENT_interrupt)->time_us, 1000);
    machine_free(machine);
}

static void set_and_restart(struct app *app)
{
    if (app_process(app)->restart_count > 0)
        return;
    machine_subscribe(app, ALARM_DRIVER_NUM, 0);
    alarm_command(app, ALARM_SET_RELATIVE, 1000, 0);
    app_syscall(app, SYSCALL_EXIT, EXIT_RESTART, 0, 0, 0);
}

static void a_restart_forgets_the_alarm(void **state)
{
    (void)state;
    struct notes notes = {.count = 0};
    struct machine *machine = new_machine(&notes, set_and_restart);

    enum world_state end = machine_run(machine);

    assert_int_equal(end, WORLD_QUIESCENT);
    assert_int_equal(notes.count, 0);
    assert_int_equal(machine->world->processes[0].restart_count, 1);
    const struct event *dropped = machine_last(machine, EVENT_pending_dropped);
    assert_int_equal(machine_count(machine, EVENT_pending_dropped), 1);
    assert_int_equal(dropped->pending_dropped.driver, ALARM_DRIVER_NUM);
    assert_int_equal(dropped->pending_dropped.due_us, 1000);
    machine_free(machine);
}

static void set_stop_and_exit(struct app *app)
{
    alarm_command(app, ALARM_SET_RELATIVE, 1000, 0);
    alarm_command(app, ALARM_STOP, 0, 0);
    app_syscall(app, SYSCALL_EXIT, EXIT_TERMINATE, 0, 0, 0);
}

static void an_end_without_an_alarm_drops_none(void **state)
{
    (void)state;
    struct notes notes = {.count = 0};
    struct machine *machine = new_machine(&notes, set_stop_and_exit);

    machine_run(machine);

    assert_int_equal(machine_count(machine, EVENT_ended), 1);
    assert_int_equal(machine_count(machine, EVENT_pending_dropped), 0);
    machine_free(machine);
}

static void set_unheard(struct app *app)
{
    alarm_command(app, ALARM_SET_RELATIVE, 1000, 0);
}

static void an_alarm_that_nobody_hears_rings_all_the_same(void **state)
{
    (void)state;
    struct notes notes = {.count = 0};
    struct machine *machine = new_machine(&notes, set_unheard);

    machine_run(machine);

    assert_int_equal(notes.count, 0);
    assert_int_equal(world_now_us(machine->world), 1000);
    assert_int_equal(machine_count(machine, EVENT_kernel_work), 1);
    machine_free(machine);
}

static void ticks_wrap_after_an_hour(void **state)
{
    (void)state;
    static const uint32_t expected[] = {RETURN_SuccessU32, 4900, 4900, 4900, 0, 4900};
    struct notes notes = {.count = 0};
    struct machine *machine = new_machine(&notes, set_after_work);
    machine->world->clock.now =
        (UINT64_C(0x100000000) - 200) * machine->world->board.cost.cycles_per_us;

    machine_run(machine);

    assert_int_equal(world_now_us(machine->world), UINT64_C(0x100000000) + 4900);
    assert_noted(&notes, expected, 6);
    machine_free(machine);
}

static void fill_memory_and_set(struct app *app)
{
    machine_grow(app, app_process(app)->kernel_brk - app_process(app)->memory_start);
    note_answer(app, alarm_command(app, ALARM_SET_RELATIVE, 1000, 0));
}

static void an_alarm_without_room_for_its_grant_is_refused(void **state)
{
    (void)state;
    static const uint32_t expected[] = {RETURN_Failure, ERROR_NOMEM};
    struct notes notes = {.count = 0};
    struct machine *machine = machine_new(&(struct machine_setup){
        .board = "none", .programs = {{.run = fill_memory_and_set, .notes = &notes}}});

    machine_run(machine);

    assert_noted(&notes, expected, 2);
    assert_int_equal(world_now_us(machine->world), 0);
    machine_free(machine);
}

// ---- console

// Lets `size` bytes from `offset` of its memory be printed.
static void print(struct app *app, uint32_t offset, uint32_t size, uint32_t length)
{
    machine_grow(app, 512);
    machine_subscribe(app, CONSOLE_DRIVER_NUM, CONSOLE_WRITTEN);
    app_syscall(app, SYSCALL_ALLOW_RO, CONSOLE_DRIVER_NUM, 1, machine_memory(app, offset), size);
    note_answer(app, machine_command(app, CONSOLE_DRIVER_NUM, CONSOLE_WRITE, length, 0));
}

static void print_10(struct app *app)
{
    print(app, 64, 10, 10);
}

static void a_write_is_in_the_trace_and_takes_as_long_as_its_bytes(void **state)
{
    (void)state;
    const uint32_t end_us = 10 * CONSOLE_US_PER_BYTE;
    const uint32_t expected[] = {RETURN_Success, 0, 10, 0, 0, end_us};
    struct notes notes = {.count = 0};
    struct machine *machine = new_machine(&notes, print_10);

    machine_run(machine);

    assert_noted(&notes, expected, 6);
    assert_int_equal(machine_last(machine, EVENT_print)->print.start,
                     machine->world->processes[0].memory_start + 64);
    assert_int_equal(machine_last(machine, EVENT_print)->print.size, 10);
    assert_int_equal(machine_last(machine, EVENT_print)->time_us, 0);
    machine_free(machine);
}

static void print_more_than_there_is(struct app *app)
{
    print(app, 64, 10, 4000);
}

static void a_write_ends_with_its_buffer(void **state)
{
    (void)state;
    const uint32_t expected[] = {RETURN_Success, 0, 10, 0, 0, 10 * CONSOLE_US_PER_BYTE};
    struct notes notes = {.count = 0};

    run_one(&notes, print_more_than_there_is);

    assert_noted(&notes, expected, 6);
}

static void print_without_a_buffer(struct app *app)
{
    machine_subscribe(app, CONSOLE_DRIVER_NUM, CONSOLE_WRITTEN);
    note_answer(app, machine_command(app, CONSOLE_DRIVER_NUM, CONSOLE_WRITE, 10, 0));
}

static void a_write_without_a_buffer_writes_nothing(void **state)
{
    (void)state;
    static const uint32_t expected[] = {RETURN_Success, 0, 0, 0, 0, 0};
    struct notes notes = {.count = 0};

    run_one(&notes, print_without_a_buffer);

    assert_noted(&notes, expected, 6);
}

static void writes_of_several_processes_go_one_after_the_other(void **state)
{
    (void)state;
    struct notes notes[3] = {{.count = 0}, {.count = 0}, {.count = 0}};
    struct machine *machine = machine_new(&(struct machine_setup){
        .order = ORDER_COMPONENT,
        .programs = {{.run = print_10, .upcall = note_upcall, .notes = &notes[0]},
                     {.run = print_10, .upcall = note_upcall, .notes = &notes[1]},
                     {.run = print_10, .upcall = note_upcall, .notes = &notes[2]}}});

    machine_run(machine);

    // The third was first; then the lowest index that waits.
    assert_int_equal(notes[2].words[5], 10 * CONSOLE_US_PER_BYTE);
    assert_int_equal(notes[0].words[5], 20 * CONSOLE_US_PER_BYTE);
    assert_int_equal(notes[1].words[5], 30 * CONSOLE_US_PER_BYTE);
    for (uint32_t i = 0; i < 3; i++)
        assert_int_equal(notes[i].words[2], 10);
    assert_int_equal(machine_event(machine, EVENT_print, 1)->time_us, 10 * CONSOLE_US_PER_BYTE);
    machine_free(machine);
}

static void print_and_restart(struct app *app)
{
    if (app_process(app)->restart_count > 0)
        return;
    print(app, 64, 10, 10);
    app_work_us(app, 100);
    app_syscall(app, SYSCALL_EXIT, EXIT_RESTART, 0, 0, 0);
}

static void a_restart_loses_the_end_of_a_write_and_the_next_one_starts(void **state)
{
    (void)state;
    struct notes notes[2] = {{.count = 0}, {.count = 0}};
    struct machine *machine = machine_new(&(struct machine_setup){
        .order = ORDER_INDEX,
        .programs = {{.run = print_and_restart, .upcall = note_upcall, .notes = &notes[0]},
                     {.run = print_10, .upcall = note_upcall, .notes = &notes[1]}}});

    enum world_state end = machine_run(machine);

    assert_int_equal(end, WORLD_QUIESCENT);
    assert_int_equal(notes[0].count, 2);
    assert_int_equal(notes[1].words[5], 20 * CONSOLE_US_PER_BYTE);
    assert_int_equal(machine_count(machine, EVENT_print), 2);
    const struct event *dropped = machine_last(machine, EVENT_pending_dropped);
    assert_int_equal(machine_count(machine, EVENT_pending_dropped), 1);
    assert_int_equal(dropped->process, 0);
    assert_int_equal(dropped->pending_dropped.driver, CONSOLE_DRIVER_NUM);
    assert_int_equal(dropped->pending_dropped.due_us, 10 * CONSOLE_US_PER_BYTE);
    machine_free(machine);
}

static void ask_the_console(struct app *app)
{
    for (uint32_t command = 0; command <= 4; command++)
        if (command != CONSOLE_WRITE)
            note_answer(app, machine_command(app, CONSOLE_DRIVER_NUM, command, 0, 0));
}

static void the_console_has_four_commands_and_never_receives(void **state)
{
    (void)state;
    static const uint32_t expected[] = {RETURN_Success, 0, RETURN_Success, 0,
                                        RETURN_Success, 0, RETURN_Failure, ERROR_NOSUPPORT};
    struct notes notes = {.count = 0};

    run_one(&notes, ask_the_console);

    assert_noted(&notes, expected, 8);
}

// ---- the second driver of the vectors

static void schedule_for_all(struct app *app)
{
    machine_subscribe(app, DUMMY_DRIVER_NUM, 0);
    note_answer(app, machine_command(app, DUMMY_DRIVER_NUM, 0, 0, 0));
    note_answer(app, machine_command(app, DUMMY_DRIVER_NUM, 1, 5, 6));
    note_answer(app, machine_command(app, DUMMY_DRIVER_NUM, 2, 0, 9));
    note_answer(app, machine_command(app, DUMMY_DRIVER_NUM, 2, 1, 9));
    note_answer(app, machine_command(app, DUMMY_DRIVER_NUM, 2, 99, 9));
    note_answer(app, machine_command(app, DUMMY_DRIVER_NUM, 3, 0, 0));
}

static void be_idle(struct app *app)
{
    (void)app;
}

static void the_dummy_schedules_upcalls_where_it_has_been_used(void **state)
{
    (void)state;
    static const uint32_t expected[] = {
        RETURN_Success,
        0, // is there
        RETURN_Success,
        0, // own
        RETURN_SuccessU32,
        1, // that of process 0
        RETURN_SuccessU32,
        0, // that of process 1, which never used it
        RETURN_SuccessU32,
        0, // no such process
        RETURN_Failure,
        ERROR_NOSUPPORT,
        5,
        6,
        1,
        0, // the first upcall, at 0 us
        9,
        0,
        2,
        0, // the second
    };
    struct notes notes = {.count = 0};
    struct machine *machine = machine_new(&(struct machine_setup){
        .drivers = MACHINE_IPC_AND_DUMMY,
        .programs = {{.run = schedule_for_all, .upcall = note_upcall, .notes = &notes},
                     {.run = be_idle, .notes = &notes}}});

    machine_run(machine);

    assert_noted(&notes, expected, COUNT_OF(expected));
    machine_free(machine);
}

static void without_devices_their_drivers_are_not_there(void **state)
{
    (void)state;
    static const uint32_t expected[] = {RETURN_Failure, ERROR_NODEVICE, RETURN_Failure,
                                        ERROR_NODEVICE, RETURN_Failure, ERROR_NODEVICE,
                                        RETURN_Failure, ERROR_NODEVICE};
    struct notes notes = {.count = 0};
    struct machine *machine = machine_new(&(struct machine_setup){
        .drivers = MACHINE_IPC_ALONE, .programs = {{.run = ask_the_console, .notes = &notes}}});

    machine_run(machine);

    assert_noted(&notes, expected, 8);
    machine_free(machine);
}

// ---- a panic among the grants

// Where no unit keeps it from that, a process marks a grant of its own as entered. IPC
// has the first, alarm the second, console the third.
static void corrupt(struct app *app, uint32_t grant_number)
{
    const struct process *process = app_process(app);
    uint32_t from_end = app_kernel(app)->grant_count - grant_number;
    uaddr pointer = process_memory_end(process) - from_end * GRANT_POINTER_BYTES + 4;

    app_store(app, pointer, 4, app_load(app, pointer, 4) | 1);
}

static void set_and_corrupt(struct app *app)
{
    set_by_index(app);
    corrupt(app, 1);
}

static void assert_panic_is_the_last_event(const struct machine *machine)
{
    assert_int_equal(machine->world->state, WORLD_PANICKED);
    assert_int_equal(machine->world->kernel.panic_reason, PANIC_GRANT_REENTERED);
    assert_int_equal(machine->events[machine->event_count - 1].kind, EVENT_panic);
}

static void when_the_kernel_panics_over_one_alarm_it_touches_no_other(void **state)
{
    (void)state;
    struct machine *machine = machine_new(
        &(struct machine_setup){.board = "none",
                                .order = ORDER_COMPONENT,
                                .programs = {{.run = set_and_corrupt}, {.run = set_by_index}}});

    machine_run(machine);

    assert_panic_is_the_last_event(machine);
    assert_int_equal(machine_count(machine, EVENT_upcall_queued), 0);
    machine_free(machine);
}

static void print_quietly(struct app *app)
{
    machine_grow(app, 512);
    app_syscall(app, SYSCALL_ALLOW_RO, CONSOLE_DRIVER_NUM, 1, machine_memory(app, 64), 10);
    machine_command(app, CONSOLE_DRIVER_NUM, CONSOLE_WRITE, 10, 0);
}

static void print_and_corrupt(struct app *app)
{
    print_quietly(app);
    corrupt(app, 2);
}

static void when_the_kernel_panics_over_one_write_it_starts_no_other(void **state)
{
    (void)state;
    struct machine *machine = machine_new(&(struct machine_setup){
        .board = "none",
        .order = ORDER_INDEX,
        .programs = {{.run = print_quietly}, {.run = print_and_corrupt}, {.run = print_quietly}}});

    machine_run(machine);

    assert_panic_is_the_last_event(machine);
    assert_int_equal(machine_count(machine, EVENT_print), 1);
    machine_free(machine);
}

// Alarm and end of the write come at the same time.
static void print_and_set_and_corrupt(struct app *app)
{
    print_quietly(app);
    machine_subscribe(app, CONSOLE_DRIVER_NUM, CONSOLE_WRITTEN);
    alarm_command(app, ALARM_SET_RELATIVE, 10 * CONSOLE_US_PER_BYTE, 0);
    corrupt(app, 1);
}

static void when_the_kernel_panics_over_one_device_it_serves_no_other(void **state)
{
    (void)state;
    struct machine *machine = machine_new(
        &(struct machine_setup){.board = "none", .programs = {{.run = print_and_set_and_corrupt}}});

    machine_run(machine);

    assert_panic_is_the_last_event(machine);
    assert_int_equal(machine_count(machine, EVENT_upcall_queued), 0);
    machine_free(machine);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_alarm_ticks_once_a_microsecond),
        cmocka_unit_test(an_alarm_wakes_its_process_when_it_is_due),
        cmocka_unit_test(an_alarm_in_the_past_rings_at_once),
        cmocka_unit_test(a_process_has_one_alarm),
        cmocka_unit_test(an_alarm_that_was_stopped_does_not_ring),
        cmocka_unit_test(the_earliest_alarm_of_all_rings_first),
        cmocka_unit_test(an_alarm_interrupts_a_process_and_waits_for_its_yield),
        cmocka_unit_test(a_restart_forgets_the_alarm),
        cmocka_unit_test(an_end_without_an_alarm_drops_none),
        cmocka_unit_test(an_alarm_that_nobody_hears_rings_all_the_same),
        cmocka_unit_test(ticks_wrap_after_an_hour),
        cmocka_unit_test(an_alarm_without_room_for_its_grant_is_refused),
        cmocka_unit_test(a_write_is_in_the_trace_and_takes_as_long_as_its_bytes),
        cmocka_unit_test(a_write_ends_with_its_buffer),
        cmocka_unit_test(a_write_without_a_buffer_writes_nothing),
        cmocka_unit_test(writes_of_several_processes_go_one_after_the_other),
        cmocka_unit_test(a_restart_loses_the_end_of_a_write_and_the_next_one_starts),
        cmocka_unit_test(the_console_has_four_commands_and_never_receives),
        cmocka_unit_test(the_dummy_schedules_upcalls_where_it_has_been_used),
        cmocka_unit_test(without_devices_their_drivers_are_not_there),
        cmocka_unit_test(when_the_kernel_panics_over_one_alarm_it_touches_no_other),
        cmocka_unit_test(when_the_kernel_panics_over_one_write_it_starts_no_other),
        cmocka_unit_test(when_the_kernel_panics_over_one_device_it_serves_no_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
