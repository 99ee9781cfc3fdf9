// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "../operator.h"

#include <string.h>

#include "../../../tests/check.h"
#include "machine.h"

enum { SERVICE, CLIENT };

struct notes {
    uint32_t answers; // that the client got
    uint32_t lives;   // that it began
};

static void serve(struct app *app)
{
    machine_subscribe(app, IPC_DRIVER_NUM, app->index);
}

static void answer(struct app *app, uaddr pc, const uint32_t argument[4])
{
    (void)pc;
    machine_command(app, IPC_DRIVER_NUM, IPC_COMMAND_NOTIFY_CLIENT, argument[0], 0);
}

static void count_answer(struct app *app, uaddr pc, const uint32_t argument[4])
{
    struct notes *notes = machine_notes(app);

    (void)pc, (void)argument;
    notes->answers++;
}

static void ask(struct app *app, uint32_t times)
{
    struct notes *notes = machine_notes(app);

    notes->lives++;
    machine_subscribe(app, IPC_DRIVER_NUM, SERVICE);
    for (uint32_t i = 0; i < times; i++)
        machine_command(app, IPC_DRIVER_NUM, IPC_COMMAND_NOTIFY_SERVICE, SERVICE, 0);
}

static void ask_once(struct app *app)
{
    app_work_us(app, 1000);
    ask(app, 1);
}

static void ask_for_ever(struct app *app)
{
    app_work_us(app, 1000);
    for (;;) {
        ask(app, 1);
        app_work_us(app, 1000);
    }
}

static struct machine *new_pair(const struct operator_step *steps, uint32_t count,
                                struct notes *notes, void (*client)(struct app *),
                                enum scheduler_kind scheduler)
{
    return machine_new(&(struct machine_setup){
        .scheduler = scheduler,
        .order = ORDER_INDEX,
        .until_us = 100000,
        .operators = {.list = {{.steps = steps, .count = count}}, .count = 1},
        .programs = {{.run = serve, .upcall = answer},
                     {.run = client, .upcall = count_answer, .notes = notes}}});
}

#define STEP_AT(time)                                                                              \
    {                                                                                              \
        .kind = OPERATOR_AT, .us = (time)                                                          \
    }
#define STEP_AFTER(wait)                                                                           \
    {                                                                                              \
        .kind = OPERATOR_AFTER, .us = (wait)                                                       \
    }
#define STEP_DURING_NOTIFY(who)                                                                    \
    {                                                                                              \
        .kind = OPERATOR_DURING, .process = (who), .driver = IPC_DRIVER_NUM,                       \
        .command = IPC_COMMAND_NOTIFY_SERVICE                                                      \
    }
#define STEP_ACT(what, who)                                                                        \
    {                                                                                              \
        .kind = OPERATOR_ACT, .verb = OPERATOR_##what, .process = (who)                            \
    }
#define STEPS(...)                                                                                 \
    (const struct operator_step[])                                                                 \
    {                                                                                              \
        __VA_ARGS__                                                                                \
    }

// ---- at a time

static void what_is_due_is_done_at_its_time(void **state)
{
    struct notes notes = {.answers = 0};
    struct machine *machine = new_pair(
        STEPS(STEP_AT(500), STEP_ACT(STOP, SERVICE), STEP_AFTER(4500), STEP_ACT(RESUME, SERVICE)),
        4, &notes, ask_once, SCHEDULER_ROUND_ROBIN);

    (void)state;
    assert_int_equal(machine_run(machine), WORLD_QUIESCENT);

    // The client computes: an interrupt takes the processor from it.
    assert_int_equal(machine_last(machine, EVENT_stopped)->time_us, 500);
    assert_int_equal(machine_last(machine, EVENT_resumed)->time_us, 5000);
    assert_int_equal(machine_last(machine, EVENT_ipc_converted)->time_us, 5000);
    assert_int_equal(notes.answers, 1);
    assert_int_equal(machine_count(machine, EVENT_spin), 1);
    machine_free(machine);
}

static void a_time_that_has_passed_is_now(void **state)
{
    struct notes notes = {.answers = 0};
    struct machine *machine = new_pair(
        STEPS(STEP_AT(3000), STEP_ACT(STOP, SERVICE), STEP_AT(2000), STEP_ACT(TERMINATE, CLIENT)),
        4, &notes, ask_for_ever, SCHEDULER_ROUND_ROBIN);

    (void)state;
    machine_run(machine);

    assert_int_equal(machine_event(machine, EVENT_operator, 1)->time_us, 3000);
    assert_int_equal(machine->world->processes[CLIENT].state, PROCESS_TERMINATED);
    machine_free(machine);
}

static void each_verb_does_what_the_kernel_does(void **state)
{
    static const struct {
        struct operator_step step;
        enum process_state becomes;
        uint32_t lives;
    } cases[] = {{STEP_ACT(STOP, CLIENT), PROCESS_STOPPED_YIELDED, 1},
                 {STEP_ACT(RESUME, CLIENT), PROCESS_YIELDED, 1},
                 {STEP_ACT(FAULT, CLIENT), PROCESS_FAULTED, 1},
                 {STEP_ACT(TERMINATE, CLIENT), PROCESS_TERMINATED, 1},
                 {STEP_ACT(RESTART, CLIENT), PROCESS_YIELDED, 2},
                 {STEP_ACT(BOOT, CLIENT), PROCESS_YIELDED, 1}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct notes notes = {.answers = 0};
        struct operator_step steps[] = {STEP_AT(50000), cases[i].step};
        struct machine *machine = new_pair(steps, 2, &notes, ask_once, SCHEDULER_ROUND_ROBIN);

        machine_run(machine);

        assert_int_equal(machine_last(machine, EVENT_operator)->operator.state, PROCESS_YIELDED);
        assert_int_equal(machine->world->processes[CLIENT].state, cases[i].becomes);
        assert_int_equal(notes.lives, cases[i].lives);
        machine_free(machine);
    }
}

// An update of an app: its process is terminated, and the new image booted.
static void what_was_terminated_can_be_booted(void **state)
{
    struct notes notes = {.answers = 0};
    struct machine *machine = new_pair(
        STEPS(STEP_AT(5000), STEP_ACT(TERMINATE, CLIENT), STEP_AFTER(5000), STEP_ACT(BOOT, CLIENT)),
        4, &notes, ask_once, SCHEDULER_ROUND_ROBIN);

    (void)state;
    machine_run(machine);

    assert_int_equal(notes.lives, 2);
    assert_int_equal(notes.answers, 2);
    assert_int_equal(machine->world->processes[CLIENT].restart_count, 1);
    machine_free(machine);
}

static void a_fault_from_outside_is_none_of_the_programs(void **state)
{
    struct notes notes = {.answers = 0};
    struct machine *machine = new_pair(STEPS(STEP_AT(5000), STEP_ACT(FAULT, CLIENT)), 2, &notes,
                                       ask_once, SCHEDULER_ROUND_ROBIN);

    (void)state;
    machine_run(machine);

    assert_int_equal(machine_last(machine, EVENT_fault)->fault.cause, FAULT_CAUSE_OPERATOR);
    assert_false(machine->world->fault.happened);
    machine_free(machine);
}

static void several_operators_act_each_for_itself(void **state)
{
    struct notes notes = {.answers = 0};
    struct operator_step first[] = {STEP_AT(4000), STEP_ACT(STOP, SERVICE)};
    struct operator_step second[] = {STEP_AT(2000), STEP_ACT(STOP, CLIENT), STEP_AT(9000),
                                     STEP_ACT(TERMINATE, SERVICE)};
    struct machine *machine = machine_new(&(struct machine_setup){
        .operators = {.list = {{first, 2}, {second, 4}}, .count = 2},
        .programs = {{.run = serve, .upcall = answer},
                     {.run = ask_once, .upcall = count_answer, .notes = &notes}}});

    (void)state;
    machine_run(machine);

    assert_int_equal(machine_event(machine, EVENT_operator, 0)->time_us, 2000);
    assert_int_equal(machine_event(machine, EVENT_operator, 1)->time_us, 4000);
    assert_int_equal(machine_event(machine, EVENT_operator, 2)->time_us, 9000);
    machine_free(machine);
}

// ---- the kernel spins

static void a_world_whose_kernel_spins_for_ever_is_quiescent(void **state)
{
    (void)state;
    for (enum scheduler_kind scheduler = 0; scheduler <= SCHEDULER_MLFQ; scheduler++) {
        struct notes notes = {.answers = 0};
        struct machine *machine =
            new_pair(STEPS(STEP_AT(500), STEP_ACT(STOP, SERVICE)), 2, &notes, ask_once, scheduler);

        assert_int_equal(machine_run(machine), WORLD_QUIESCENT);

        assert_int_equal(machine_count(machine, EVENT_spin), 1);
        assert_int_equal(machine->world->processes[SERVICE].state, PROCESS_STOPPED_YIELDED);
        assert_int_equal(notes.answers, 0);
        machine_free(machine);
    }
}

// Of all schedulers, that by priority alone lets a stopped process keep others from the processor.
static void others_run_meanwhile_except_under_priority(void **state)
{
    (void)state;
    for (enum scheduler_kind scheduler = 0; scheduler <= SCHEDULER_MLFQ; scheduler++) {
        struct notes notes = {.answers = 0};
        struct machine *machine = new_pair(STEPS(STEP_AT(500), STEP_ACT(STOP, SERVICE)), 2, &notes,
                                           ask_for_ever, scheduler);

        machine_run(machine);

        assert_int_equal(machine->world->state,
                         scheduler == SCHEDULER_PRIORITY ? WORLD_QUIESCENT : WORLD_UNTIL);
        assert_true(scheduler == SCHEDULER_PRIORITY ? notes.lives == 1 : notes.lives > 50);
        machine_free(machine);
    }
}

// ---- from inside of a command

static void a_command_is_answered_into_the_next_life(void **state)
{
    struct notes notes = {.answers = 0};
    struct machine *machine = new_pair(STEPS(STEP_DURING_NOTIFY(CLIENT), STEP_ACT(RESTART, CLIENT)),
                                       2, &notes, ask_once, SCHEDULER_ROUND_ROBIN);
    const struct event *restarted;

    (void)state;
    machine_run(machine);

    restarted = machine_last(machine, EVENT_restarted);
    assert_int_equal(machine_count(machine, EVENT_restarted), 1);
    for (uint32_t i = 0; i + 1 < machine->event_count; i++)
        if (&machine->events[i] == restarted)
            assert_int_equal(machine->events[i + 1].kind, EVENT_syscall_return);
    // The notification of the life that is over finds no sender; that of the next is answered.
    assert_int_equal(machine_event(machine, EVENT_ipc_converted, 0)->ipc_converted.result,
                     GRANT_NO_SUCH_APP);
    assert_int_equal(notes.lives, 2);
    assert_int_equal(notes.answers, 1);
    machine_free(machine);
}

static void it_waits_for_that_command_of_that_process(void **state)
{
    struct notes notes = {.answers = 0};
    struct operator_step steps[] = {STEP_DURING_NOTIFY(SERVICE), STEP_ACT(RESTART, CLIENT)};
    struct machine *machine = new_pair(steps, 2, &notes, ask_once, SCHEDULER_ROUND_ROBIN);

    (void)state;
    machine_run(machine);

    assert_int_equal(machine_count(machine, EVENT_operator), 0);
    assert_int_equal(notes.answers, 1);
    machine_free(machine);
}

static void a_wait_after_a_command_begins_with_it(void **state)
{
    struct notes notes = {.answers = 0};
    struct machine *machine =
        new_pair(STEPS(STEP_DURING_NOTIFY(CLIENT), STEP_AFTER(700), STEP_ACT(TERMINATE, CLIENT)), 3,
                 &notes, ask_for_ever, SCHEDULER_ROUND_ROBIN);

    (void)state;
    machine_run(machine);

    assert_int_equal(machine_last(machine, EVENT_operator)->time_us, 1700);
    machine_free(machine);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_due_is_done_at_its_time),
        cmocka_unit_test(a_time_that_has_passed_is_now),
        cmocka_unit_test(each_verb_does_what_the_kernel_does),
        cmocka_unit_test(what_was_terminated_can_be_booted),
        cmocka_unit_test(a_fault_from_outside_is_none_of_the_programs),
        cmocka_unit_test(several_operators_act_each_for_itself),
        cmocka_unit_test(a_world_whose_kernel_spins_for_ever_is_quiescent),
        cmocka_unit_test(others_run_meanwhile_except_under_priority),
        cmocka_unit_test(a_command_is_answered_into_the_next_life),
        cmocka_unit_test(it_waits_for_that_command_of_that_process),
        cmocka_unit_test(a_wait_after_a_command_begins_with_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
