// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <stdlib.h>
#include <string.h>

#include "../../../tests/check.h"
#include "../bus.h"
#include "machine.h"

static const struct fault_policy restarts = {.kind = FAULT_POLICY_RESTART};
static const struct fault_policy restarts_twice = {.kind = FAULT_POLICY_THRESHOLD, .threshold = 1};

// What programs find out.
struct notes {
    uint32_t words[16];
    uint32_t count;
};

static void note(struct app *app, uint32_t word)
{
    struct notes *notes = machine_notes(app);

    assert_true(notes->count < 16);
    notes->words[notes->count++] = word;
}

static void assert_noted(const struct notes *notes, const uint32_t *words, uint32_t count)
{
    assert_int_equal(notes->count, count);
    for (uint32_t i = 0; i < count; i++)
        assert_int_equal(notes->words[i], words[i]);
}

static void do_nothing(struct app *app)
{
    (void)app;
}

// ---- making a world

static void a_world_is_always_at_the_address_of_its_slot(void **state)
{
    (void)state;
    struct machine *first = machine_new(&(struct machine_setup){.programs = {{.run = do_nothing}}});
    struct machine *second =
        machine_new(&(struct machine_setup){.arena_slot = 1, .programs = {{.run = do_nothing}}});
    const struct world *worlds[] = {first->world, second->world};
    const struct app *apps = first->world->apps;

    machine_free(first);
    machine_free(second);
    first = machine_new(&(struct machine_setup){.programs = {{.run = do_nothing}}});
    second =
        machine_new(&(struct machine_setup){.arena_slot = 1, .programs = {{.run = do_nothing}}});

    assert_ptr_equal(first->world, worlds[0]);
    assert_ptr_equal(second->world, worlds[1]);
    assert_ptr_equal(first->world->apps, apps);
    machine_free(first);
    machine_free(second);
}

static void processes_lie_one_after_the_other_in_ram_and_flash(void **state)
{
    (void)state;
    struct machine *machine =
        machine_new(&(struct machine_setup){.programs = {{.run = do_nothing, .ram_size = 2048},
                                                         {.run = do_nothing, .ram_size = 5000},
                                                         {.run = do_nothing, .ram_size = 2048}}});
    const struct world *world = machine->world;
    const struct board *board = &world->board;

    assert_int_equal(world->process_count, 3);
    assert_int_equal(world->processes[0].memory_start, board->ram_start);
    assert_int_equal(world->processes[0].memory_size, 4096);
    assert_int_equal(world->processes[1].memory_start, board->ram_start + 8192);
    assert_int_equal(world->processes[1].memory_size, 8192);
    assert_int_equal(world->processes[2].memory_start, board->ram_start + 16384);
    for (uint32_t i = 0; i < 3; i++) {
        assert_int_equal(world->processes[i].flash_start,
                         board->flash_start + i * MACHINE_FLASH_BYTES);
        assert_int_equal(world->processes[i].id.identifier, i);
    }
    machine_free(machine);
}

static struct world *new_tight_world(bool keep_partial, enum world_result *result, uint32_t *failed)
{
    struct board board = *board_find("cortex-m4");
    static const struct body body = {.name = "none", .reset = do_nothing, .run = do_nothing};
    struct world_process processes[3];

    board.ram_size = 10000; // the second block of 8 KiB does not fit
    for (uint32_t i = 0; i < 3; i++)
        processes[i] = (struct world_process){.name = "app",
                                              .name_length = 3,
                                              .ram_size = i == 0 ? 1000 : 4096,
                                              .flash_size = 512,
                                              .body = &body};
    return world_new(&(struct world_setup){.board = &board,
                                           .process_slots = 3,
                                           .drivers = devices_board_drivers(3),
                                           .until_us = UINT64_MAX,
                                           .keep_partial = keep_partial},
                     processes, 3, result, failed);
}

static void a_process_that_does_not_fit_is_named(void **state)
{
    (void)state;
    enum world_result result;
    uint32_t failed = 99;

    struct world *world = new_tight_world(false, &result, &failed);

    assert_null(world);
    assert_int_equal(result, WORLD_LOAD_FAILED);
    assert_int_equal(failed, 1);
}

static void the_processes_before_it_can_run_all_the_same(void **state)
{
    (void)state;
    enum world_result result;

    struct world *world = new_tight_world(true, &result, NULL);

    assert_int_equal(result, WORLD_OK);
    assert_int_equal(world->process_count, 1);
    assert_int_equal(world->load_result, LOAD_NOT_ENOUGH_MEMORY);
    assert_int_equal(world->load_failed, 1);
    while (world_step(world) == WORLD_RUNNING)
        continue;
    assert_int_equal(world->state, WORLD_QUIESCENT);
    world_free(world);
}

static void a_board_with_more_regions_than_its_unit_is_refused(void **state)
{
    (void)state;
    struct board board = *board_find("cortex-m4");
    enum world_result result;
    board.regions = 9;

    struct world *world = world_new(&(struct world_setup){.board = &board, .process_slots = 1},
                                    NULL, 0, &result, NULL);

    assert_null(world);
    assert_int_equal(result, WORLD_NO_ROOM);
}

static void memory_is_ram_and_flash_and_nothing_else(void **state)
{
    (void)state;
    struct machine *machine =
        machine_new(&(struct machine_setup){.programs = {{.run = do_nothing}}});
    struct world *world = machine->world;
    uaddr ram = world->board.ram_start;
    uaddr ram_end = ram + world->board.ram_size;
    uaddr flash_end = world->board.flash_start + world->board.flash_size;

    assert_ptr_equal(world_memory(world, ram, 4), world->ram);
    assert_ptr_equal(world_memory(world, ram, world->board.ram_size), world->ram);
    assert_ptr_equal(world_memory(world, flash_end - 1, 1),
                     world->flash + world->board.flash_size - 1);
    assert_null(world_memory(world, ram_end - 3, 4));
    assert_null(world_memory(world, ram_end, 1));
    assert_null(world_memory(world, ram - 1, 1));
    assert_null(world_memory(world, ram - 1, 2));
    assert_null(world_memory(world, ram, world->board.ram_size + 1));
    assert_null(world_memory(world, ram, UINT32_MAX));
    assert_null(world_memory(world, flash_end - 1, 2));
    assert_null(world_memory(world, UINT32_MAX, 2));
    assert_null(world_memory(world, 0, 1));
    machine_free(machine);
}

// ---- bodies

static void note_init(struct app *app)
{
    for (uint32_t i = 0; i < 4; i++)
        note(app, app->init[i]);
}

static void a_body_begins_with_the_arguments_of_its_init_function(void **state)
{
    (void)state;
    struct notes notes = {.count = 0};
    struct machine *machine =
        machine_new(&(struct machine_setup){.programs = {{.run = note_init, .notes = &notes}}});
    const struct process *process = &machine->world->processes[0];
    const uint32_t expected[] = {process_flash_app(process), process->memory_start,
                                 process->memory_size, process->app_brk};

    machine_run(machine);

    assert_noted(&notes, expected, 4);
    machine_free(machine);
}

static void a_body_that_returns_waits_for_ever(void **state)
{
    (void)state;
    struct machine *machine =
        machine_new(&(struct machine_setup){.programs = {{.run = do_nothing}}});

    enum world_state end = machine_run(machine);

    assert_int_equal(end, WORLD_QUIESCENT);
    assert_int_equal(machine->world->processes[0].state, PROCESS_YIELDED);
    assert_int_equal(machine_last(machine, EVENT_syscall)->syscall.class, SYSCALL_YIELD);
    assert_int_equal(world_step(machine->world), WORLD_QUIESCENT);
    machine_free(machine);
}

static void note_answers(struct app *app)
{
    struct syscall_return answer = app_syscall(app, SYSCALL_MEMOP, MEMOP_RAM_START, 0, 0, 0);
    note(app, answer.word[0]);
    note(app, answer.word[1]);
    answer = app_syscall(app, SYSCALL_SUBSCRIBE, 0x777, 1, 0, 3);
    for (uint32_t i = 0; i < 4; i++)
        note(app, answer.word[i]);
}

static void a_system_call_returns_what_the_kernel_answers(void **state)
{
    (void)state;
    struct notes notes = {.count = 0};
    struct machine *machine =
        machine_new(&(struct machine_setup){.programs = {{.run = note_answers, .notes = &notes}}});
    const uint32_t expected[] = {RETURN_SuccessU32,
                                 machine->world->processes[0].memory_start,
                                 RETURN_FailureU32U32,
                                 ERROR_NOMEM,
                                 0,
                                 3};

    machine_run(machine);

    assert_noted(&notes, expected, 6);
    machine_free(machine);
}

// Schedules its own upcall of the dummy driver and yields for it.
static void call_oneself(struct app *app)
{
    machine_subscribe(app, DUMMY_DRIVER_NUM, 0);
    machine_command(app, DUMMY_DRIVER_NUM, 1, 1, 12);
    note(app, 1);
    machine_yield(app);
    note(app, 2);
}

static void note_arguments(struct app *app, uaddr pc, const uint32_t argument[4])
{
    note(app, pc == app->init[0]);
    for (uint32_t i = 0; i < 3; i++)
        note(app, argument[i]);
}

static void an_upcall_runs_before_the_yield_that_it_ends_returns(void **state)
{
    (void)state;
    static const uint32_t expected[] = {1, true, 1, 12, 1, 2};
    struct notes notes = {.count = 0};
    struct machine *machine = machine_new(&(struct machine_setup){
        .drivers = MACHINE_IPC_AND_DUMMY,
        .programs = {{.run = call_oneself, .upcall = note_arguments, .notes = &notes}}});

    machine_run(machine);

    assert_noted(&notes, expected, 6);
    machine_free(machine);
}

// Waits within an upcall for the next one, three deep.
static void wait_within(struct app *app, uaddr pc, const uint32_t argument[4])
{
    (void)pc;
    note(app, argument[0]);
    if (argument[0] < 3) {
        machine_command(app, DUMMY_DRIVER_NUM, 1, argument[0] + 1, 0);
        machine_yield(app);
    }
    note(app, argument[0] + 10);
}

static void an_upcall_may_wait_for_another(void **state)
{
    (void)state;
    // 1 from run, then upcalls 1, 2, 3 begin, end in turn, and 2 from run.
    static const uint32_t expected[] = {1, 1, 2, 3, 13, 12, 11, 2};
    struct notes notes = {.count = 0};
    struct machine *machine = machine_new(&(struct machine_setup){
        .drivers = MACHINE_IPC_AND_DUMMY,
        .programs = {{.run = call_oneself, .upcall = wait_within, .notes = &notes}}});

    machine_run(machine);

    assert_noted(&notes, expected, 8);
    machine_free(machine);
}

static void an_upcall_that_returns_says_which(void **state)
{
    (void)state;
    struct notes notes = {.count = 0};
    struct machine *machine = machine_new(&(struct machine_setup){
        .drivers = MACHINE_IPC_AND_DUMMY,
        .programs = {{.run = call_oneself, .upcall = note_arguments, .notes = &notes}}});

    machine_run(machine);

    const struct event *returned = machine_last(machine, EVENT_upcall_return);
    assert_int_equal(machine_count(machine, EVENT_upcall_return), 1);
    assert_int_equal(returned->upcall_return.cause, machine_last(machine, EVENT_upcall)->seq);
    assert_int_equal(returned->upcall_return.driver, DUMMY_DRIVER_NUM);
    assert_int_equal(returned->time_us, machine_last(machine, EVENT_upcall)->time_us);
    assert_int_equal(machine_count(machine, EVENT_upcall_nested), 0);
    machine_free(machine);
}

static void an_upcall_that_begins_before_another_returned_says_so(void **state)
{
    (void)state;
    struct notes notes = {.count = 0};
    struct machine *machine = machine_new(&(struct machine_setup){
        .drivers = MACHINE_IPC_AND_DUMMY,
        .programs = {{.run = call_oneself, .upcall = wait_within, .notes = &notes}}});

    machine_run(machine);

    for (uint32_t n = 0; n < 2; n++) {
        const struct event *nested = machine_event(machine, EVENT_upcall_nested, n);

        // The first upcall delivered is the init function.
        assert_int_equal(nested->upcall_nested.cause,
                         machine_event(machine, EVENT_upcall, n + 1)->seq);
        assert_int_equal(nested->upcall_nested.depth, n + 2);
        assert_true(nested->upcall_nested.again);
    }
    for (uint32_t n = 0; n < 3; n++) // the innermost first
        assert_int_equal(machine_event(machine, EVENT_upcall_return, n)->upcall_return.cause,
                         machine_event(machine, EVENT_upcall, 3 - n)->seq);
    assert_int_equal(machine_count(machine, EVENT_upcall_nested), 2);
    machine_free(machine);
}

// ---- faults and restarts

static void fault_within(struct app *app, uaddr pc, const uint32_t argument[4])
{
    (void)pc;
    (void)argument;
    app_fault(app, FAULT_CAUSE_EXPLICIT);
}

static void a_process_that_starts_anew_is_in_no_upcall(void **state)
{
    (void)state;
    static const struct fault_policy once = {.kind = FAULT_POLICY_THRESHOLD, .threshold = 0};
    struct notes notes = {.count = 0};
    struct machine *machine =
        machine_new(&(struct machine_setup){.drivers = MACHINE_IPC_AND_DUMMY,
                                            .programs = {{.run = call_oneself,
                                                          .upcall = fault_within,
                                                          .fault_policy = &once,
                                                          .notes = &notes}}});

    machine_run(machine);

    assert_int_equal(machine_count(machine, EVENT_restarted), 1);
    assert_int_equal(machine_count(machine, EVENT_upcall), 4); // and two init functions
    assert_int_equal(machine_count(machine, EVENT_upcall_nested), 0);
    assert_int_equal(machine_count(machine, EVENT_upcall_return), 0);
    machine_free(machine);
}

static void fault(struct app *app)
{
    note(app, 1);
    app_fault(app, FAULT_CAUSE_EXPLICIT);
}

static void a_fault_ends_a_process_and_leaves_the_others(void **state)
{
    (void)state;
    struct notes notes[2] = {{.count = 0}, {.count = 0}};
    struct machine *machine = machine_new(&(struct machine_setup){
        .programs = {{.run = fault, .notes = &notes[0]}, {.run = note_init, .notes = &notes[1]}}});

    enum world_state end = machine_run(machine);

    assert_int_equal(end, WORLD_QUIESCENT);
    assert_int_equal(machine->world->processes[0].state, PROCESS_FAULTED);
    assert_int_equal(machine->world->processes[1].state, PROCESS_YIELDED);
    assert_int_equal(notes[1].count, 4);
    assert_true(machine->world->fault.happened);
    assert_int_equal(machine->world->fault.process, 0);
    assert_int_equal(machine->world->fault.cause, FAULT_CAUSE_EXPLICIT);
    machine_free(machine);
}

static void count_reset(struct app *app)
{
    note(app, 100);
}

static void a_restart_resets_the_body_and_runs_it_from_the_beginning(void **state)
{
    (void)state;
    static const uint32_t expected[] = {100, 1, 100, 1, 100, 1};
    struct notes notes = {.count = 0};
    struct machine *machine =
        machine_new(&(struct machine_setup){.programs = {{.run = fault,
                                                          .reset = count_reset,
                                                          .notes = &notes,
                                                          .fault_policy = &restarts_twice}}});

    machine_run(machine);

    assert_noted(&notes, expected, 6);
    assert_int_equal(machine->world->processes[0].restart_count, 2);
    assert_int_equal(machine->world->processes[0].id.identifier, 2);
    assert_int_equal(machine->world->processes[0].state, PROCESS_FAULTED);
    machine_free(machine);
}

static void count_lives(struct app *app)
{
    note(app, app->memory[0]++);
    note(app, *world_memory(app->world, machine_memory(app, 0), 1));
    app_store(app, machine_memory(app, 0), 1, 7);
    app_syscall(app, SYSCALL_EXIT, app->memory[0] < 3 ? EXIT_RESTART : EXIT_TERMINATE, 5, 0, 0);
    note(app, 99);
}

static void memory_and_ram_outlive_a_restart(void **state)
{
    (void)state;
    static const uint32_t expected[] = {0, 0, 1, 7, 2, 7};
    struct notes notes = {.count = 0};
    struct machine *machine = machine_new(&(struct machine_setup){
        .programs = {{.run = count_lives, .notes = &notes, .memory_size = 64}}});

    machine_run(machine);

    assert_noted(&notes, expected, 6);
    assert_int_equal(machine->world->processes[0].state, PROCESS_TERMINATED);
    assert_int_equal(machine->world->processes[0].completion_code, 5);
    machine_free(machine);
}

static void reach_out(struct app *app)
{
    machine_grow(app, 1024);
    (void)app_load(app, machine_memory(app, 1022), 4);
    note(app, 1);
}

static void a_refused_access_is_a_fault_and_says_where(void **state)
{
    (void)state;
    struct notes notes = {.count = 0};
    struct machine *machine =
        machine_new(&(struct machine_setup){.programs = {{.run = reach_out, .notes = &notes}}});
    const struct world *world = machine->world;

    machine_run(machine);

    uaddr start = world->processes[0].memory_start;
    assert_int_equal(notes.count, 0);
    assert_int_equal(world->processes[0].state, PROCESS_FAULTED);
    assert_int_equal(machine_last(machine, EVENT_access)->access.address, start + 1022);
    assert_int_equal(machine_last(machine, EVENT_access)->access.size, 4);
    assert_int_equal(machine_last(machine, EVENT_access)->access.op, ACCESS_LOAD);
    assert_false(machine_last(machine, EVENT_access)->access.allowed);
    assert_int_equal(world->fault.cause, FAULT_CAUSE_MEMORY);
    assert_int_equal(world->fault.address, start + 1022);
    assert_int_equal(world->fault.size, 4);
    assert_int_equal(world->fault.app_brk, start + 1024);
    assert_true(world->fault.config.regions[0].used);
    machine_free(machine);
}

static void copy_around(struct app *app)
{
    static const char word[] = "Uryyb";
    char back[sizeof word];

    machine_grow(app, 1024);
    app_write(app, machine_memory(app, 100), word, sizeof word);
    app_read(app, machine_memory(app, 100), back, sizeof back);
    note(app, memcmp(word, back, sizeof word) == 0);
    note(app, app_load(app, machine_memory(app, 101), 1));
    app_write(app, machine_memory(app, 1020), word, sizeof word);
    note(app, 99);
}

static void a_run_of_bytes_that_is_refused_faults_at_its_first_refused_byte(void **state)
{
    (void)state;
    static const uint32_t expected[] = {true, 'r'};
    struct notes notes = {.count = 0};
    struct machine *machine =
        machine_new(&(struct machine_setup){.programs = {{.run = copy_around, .notes = &notes}}});
    const struct world *world = machine->world;

    machine_run(machine);

    assert_noted(&notes, expected, 2);
    assert_int_equal(world->fault.address, world->processes[0].memory_start + 1024);
    assert_int_equal(world->fault.size, 6);
    assert_int_equal(world->fault.op, ACCESS_STORE);
    assert_int_equal(machine_last(machine, EVENT_access)->access.address,
                     world->processes[0].memory_start + 1020);
    assert_int_equal(*world_memory(machine->world, world->processes[0].memory_start + 1020, 1), 0);
    machine_free(machine);
}

static void the_first_fault_stays_on_report(void **state)
{
    (void)state;
    struct notes notes = {.count = 0};
    struct machine *machine = machine_new(&(struct machine_setup){
        .order = ORDER_INDEX,
        .programs = {{.run = fault, .notes = &notes, .fault_policy = &restarts_twice},
                     {.run = reach_out, .notes = &notes}}});

    machine_run(machine);

    assert_int_equal(machine->world->fault.process, 0);
    assert_int_equal(machine->world->fault.cause, FAULT_CAUSE_EXPLICIT);
    assert_int_equal(machine_count(machine, EVENT_fault), 4);
    machine_free(machine);
}

__attribute__((noinline)) static uint32_t recurse(volatile uint32_t *above, uint32_t depth)
{
    volatile uint32_t frame[64];

    frame[depth % 64] = *above + depth;
    return depth == UINT32_MAX ? 0 : recurse(&frame[depth % 64], depth + 1) + frame[depth % 64];
}

static void overflow(struct app *app)
{
    volatile uint32_t top = 1;

    note(app, recurse(&top, 0));
}

static void an_overflow_of_its_stack_is_a_fault_of_that_process_alone(void **state)
{
    (void)state;
    struct notes notes[2] = {{.count = 0}, {.count = 0}};
    struct machine *machine = machine_new(&(struct machine_setup){
        .programs = {{.run = overflow, .notes = &notes[0], .fault_policy = &restarts_twice},
                     {.run = note_init, .notes = &notes[1]}}});

    enum world_state end = machine_run(machine);

    assert_int_equal(end, WORLD_QUIESCENT);
    assert_int_equal(machine_count(machine, EVENT_fault), 3);
    assert_int_equal(machine_last(machine, EVENT_fault)->fault.cause, FAULT_CAUSE_STACK_OVERFLOW);
    assert_int_equal(machine->world->processes[0].state, PROCESS_FAULTED);
    assert_int_equal(notes[1].count, 4);
    machine_free(machine);
}

static void shrink(struct app *app)
{
    machine_grow(app, 31);
    note(app, 1);
}

static void a_stack_below_its_frame_is_a_fault_where_the_board_checks_it(void **state)
{
    (void)state;

    for (uint32_t checks = 0; checks < 2; checks++) {
        struct notes notes = {.count = 0};
        struct machine *machine = machine_new(&(struct machine_setup){
            .check_stack_pointer = checks, .programs = {{.run = shrink, .notes = &notes}}});

        machine_run(machine);

        assert_int_equal(notes.count, 1);
        assert_int_equal(machine->world->processes[0].state,
                         checks ? PROCESS_FAULTED : PROCESS_YIELDED);
        if (checks)
            assert_int_equal(machine->world->fault.cause, FAULT_CAUSE_STACK_POINTER);
        machine_free(machine);
    }
}

static void shrink_and_fault(struct app *app)
{
    machine_grow(app, 19);
    app_fault(app, FAULT_CAUSE_EXPLICIT);
}

static void shrink_and_work(struct app *app)
{
    machine_grow(app, 19);
    app_interrupt(app);
}

// What brought the process back stands in the trace; it is not served, and a fault stays what it
// was.
static void what_a_process_without_a_stack_did_last_is_on_record(void **state)
{
    static const struct {
        void (*run)(struct app *app);
        enum fault_cause cause;
        size_t calls;
    } cases[] = {{shrink, FAULT_CAUSE_STACK_POINTER, 2},
                 {shrink_and_fault, FAULT_CAUSE_EXPLICIT, 1},
                 {shrink_and_work, FAULT_CAUSE_STACK_POINTER, 1}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct notes notes = {.count = 0};
        struct machine *machine = machine_new(&(struct machine_setup){
            .check_stack_pointer = true, .programs = {{.run = cases[i].run, .notes = &notes}}});

        machine_run(machine);

        assert_int_equal(machine_last(machine, EVENT_fault)->fault.cause, cases[i].cause);
        assert_int_equal(machine_count(machine, EVENT_syscall), cases[i].calls);
        assert_int_equal(machine_count(machine, EVENT_syscall_return), 1);
        assert_int_equal(machine->world->processes[0].syscalls, 1);
        machine_free(machine);
    }
}

static void notify_oneself(struct app *app)
{
    machine_command(app, IPC_DRIVER_NUM, IPC_COMMAND_NOTIFY_SERVICE, app->index, 0);
    machine_yield(app);
    note(app, 1);
}

static void a_panic_of_the_kernel_ends_the_run(void **state)
{
    (void)state;
    struct notes notes = {.count = 0};
    struct machine *machine = machine_new(
        &(struct machine_setup){.programs = {{.run = notify_oneself, .notes = &notes}}});

    enum world_state end = machine_run(machine);

    assert_int_equal(end, WORLD_PANICKED);
    assert_int_equal(machine->world->kernel.panic_reason, PANIC_GRANT_REENTERED);
    assert_int_equal(machine->events[machine->event_count - 1].kind, EVENT_panic);
    assert_int_equal(notes.count, 0);
    assert_int_equal(world_step(machine->world), WORLD_PANICKED);
    machine_free(machine);
}

// ---- time

static void work_and_note(struct app *app)
{
    note(app, (uint32_t)world_now_us(app->world));
    app_work_us(app, 25000);
    note(app, (uint32_t)world_now_us(app->world));
}

static void work_takes_its_time_and_nothing_else_does(void **state)
{
    (void)state;
    static const uint32_t expected[] = {0, 25000};
    struct notes notes = {.count = 0};
    struct machine *machine =
        machine_new(&(struct machine_setup){.programs = {{.run = work_and_note, .notes = &notes}}});

    machine_run(machine);

    assert_noted(&notes, expected, 2);
    assert_int_equal(world_now_us(machine->world), 25000);
    assert_int_equal(machine_last(machine, EVENT_work)->work.us, 25000);
    machine_free(machine);
}

static void processes_that_work_take_turns_at_the_end_of_their_timeslices(void **state)
{
    (void)state;
    static const uint32_t expected[2][2] = {{0, 45000}, {10000, 50000}};
    struct notes notes[2] = {{.count = 0}, {.count = 0}};
    struct machine *machine = machine_new(
        &(struct machine_setup){.order = ORDER_INDEX,
                                .programs = {{.run = work_and_note, .notes = &notes[0]},
                                             {.run = work_and_note, .notes = &notes[1]}}});

    machine_run(machine);

    for (uint32_t i = 0; i < 2; i++)
        assert_noted(&notes[i], expected[i], 2);
    assert_int_equal(machine_count(machine, EVENT_interrupt), 4);
    assert_int_equal(machine_last(machine, EVENT_interrupt)->interrupt.source, INTERRUPT_TIMER);
    machine_free(machine);
}

// Uses little of its first timeslice, for which MLFQ makes the next one short, and has much to
// do in that.
static void run_short_sliced(struct app *app)
{
    machine_subscribe(app, IPC_DRIVER_NUM, app->index);
    app_work_us(app, 1000);
    machine_yield(app);
}

static void make_many_calls(struct app *app, uaddr pc, const uint32_t argument[4])
{
    (void)pc;
    (void)argument;
    for (int i = 0; i < 300; i++)
        app_syscall(app, SYSCALL_MEMOP, MEMOP_RAM_START, 0, 0, 0);
}

static void notify_first(struct app *app)
{
    machine_command(app, IPC_DRIVER_NUM, IPC_COMMAND_NOTIFY_SERVICE, 0, 0);
}

static const struct event *first_stop(const struct machine *machine, enum stop_reason reason)
{
    uint32_t n = 0;
    const struct event *stop;

    do
        stop = machine_event(machine, EVENT_stop, n++);
    while (stop && stop->stop.reason != reason);
    return stop;
}

static void a_timeslice_shorter_than_the_one_before_it_ends_in_time(void **state)
{
    (void)state;
    struct machine *machine = machine_new(&(struct machine_setup){
        .has_costs = true,
        .scheduler = SCHEDULER_MLFQ,
        .order = ORDER_INDEX,
        .programs = {{.run = run_short_sliced, .upcall = make_many_calls}, {.run = notify_first}}});

    machine_run(machine);

    const struct event *expired = first_stop(machine, STOP_TIMESLICE_EXPIRED);
    assert_non_null(expired);
    assert_int_equal(expired->process, 0);
    assert_in_range(expired->time_us, 1400, 2000);
    machine_free(machine);
}

static const struct machine_setup two_that_work = {
    .order = ORDER_INDEX, .programs = {{.run = work_and_note}, {.run = work_and_note}}};

static void many_turns_at_once_are_as_many_single_ones(void **state)
{
    (void)state;
    struct notes notes[2] = {{.count = 0}, {.count = 0}};
    struct machine_setup setup = two_that_work;
    setup.programs[0].notes = &notes[0];
    setup.programs[1].notes = &notes[1];
    struct machine *single = machine_new(&setup);
    setup.arena_slot = 1;
    struct machine *many = machine_new(&setup);

    for (int i = 0; i < 5; i++)
        assert_int_equal(world_step(single->world), WORLD_RUNNING);
    assert_int_equal(world_run(many->world, 5), WORLD_RUNNING);

    assert_int_equal(many->event_count, single->event_count);
    for (uint32_t i = 0; i < single->event_count; i++) {
        assert_int_equal(many->events[i].seq, single->events[i].seq);
        assert_int_equal(many->events[i].kind, single->events[i].kind);
        assert_int_equal(many->events[i].process, single->events[i].process);
        assert_int_equal(many->events[i].time_us, single->events[i].time_us);
    }
    assert_int_equal(many->world->clock.now, single->world->clock.now);
    machine_free(many);
    machine_free(single);
}

static void turns_end_with_the_run(void **state)
{
    (void)state;
    struct notes notes = {.count = 0};
    struct machine *machine =
        machine_new(&(struct machine_setup){.programs = {{.run = work_and_note, .notes = &notes}}});

    assert_int_equal(world_run(machine->world, 1000), WORLD_QUIESCENT);

    uint32_t events = machine->event_count;
    assert_int_equal(world_run(machine->world, 1000), WORLD_QUIESCENT);
    assert_int_equal(machine->event_count, events);
    machine_free(machine);
}

static void a_world_stopped_before_its_first_turn_records_nothing(void **state)
{
    (void)state;
    struct notes notes = {.count = 0};
    struct machine *machine =
        machine_new(&(struct machine_setup){.programs = {{.run = work_and_note, .notes = &notes}}});

    world_stop(machine->world);

    assert_int_equal(world_run(machine->world, 5), WORLD_STOPPED);
    assert_int_equal(machine->event_count, 0);
    machine_free(machine);
}

static void make_a_call(struct app *app)
{
    uint64_t before = app->world->clock.now;

    app_syscall(app, SYSCALL_MEMOP, MEMOP_RAM_START, 0, 0, 0);
    note(app, (uint32_t)(app->world->clock.now - before));
}

static void calls_switches_and_upcalls_cost_what_the_board_says(void **state)
{
    (void)state;
    struct notes notes = {.count = 0};
    struct machine *machine = machine_new(&(struct machine_setup){
        .has_costs = true, .programs = {{.run = make_a_call, .notes = &notes}}});
    const struct cost_model *cost = &machine->world->board.cost;

    machine_run(machine);

    assert_int_equal(notes.words[0], cost->syscall + cost->context_switch);
    assert_int_equal(machine->world->clock.now,
                     cost->upcall + 2 * (cost->context_switch + cost->syscall));
    machine_free(machine);
}

static void a_run_ends_when_its_time_is_up(void **state)
{
    (void)state;
    struct notes notes = {.count = 0};
    struct machine *machine = machine_new(&(struct machine_setup){
        .until_us = 12345, .programs = {{.run = work_and_note, .notes = &notes}}});

    enum world_state end = machine_run(machine);

    assert_int_equal(end, WORLD_UNTIL);
    assert_int_equal(world_now_us(machine->world), 12345);
    assert_int_equal(notes.count, 1);
    assert_int_equal(machine_last(machine, EVENT_interrupt)->interrupt.source, INTERRUPT_LIMIT);
    machine_free(machine);
}

static void work_for_ever(struct app *app)
{
    for (;;)
        app_work_us(app, 1000);
}

static void its_host_can_stop_a_run_at_any_time(void **state)
{
    (void)state;
    static const enum scheduler_kind schedulers[] = {SCHEDULER_ROUND_ROBIN, SCHEDULER_COOPERATIVE};

    for (uint32_t i = 0; i < 2; i++) {
        volatile int stop = 1;
        struct machine *machine = machine_new(&(struct machine_setup){
            .scheduler = schedulers[i], .programs = {{.run = work_for_ever}}});
        machine->world->stop_request = &stop;

        enum world_state end = machine_run(machine);

        assert_int_equal(end, WORLD_STOPPED);
        machine_free(machine);
    }
}

static void stop_in_the_middle(struct app *app)
{
    for (uint32_t i = 0;; i++) {
        if (i == 3)
            world_stop(app->world);
        note(app, i);
        app_work_us(app, 1000);
    }
}

static void a_body_can_stop_the_run(void **state)
{
    (void)state;
    struct notes notes = {.count = 0};
    struct machine *machine = machine_new(
        &(struct machine_setup){.programs = {{.run = stop_in_the_middle, .notes = &notes}}});

    enum world_state end = machine_run(machine);

    assert_int_equal(end, WORLD_STOPPED);
    assert_true(notes.count >= 4 && notes.count <= 16);
    machine_free(machine);
}

static void be_interrupted(struct app *app)
{
    app_interrupt(app);
    note(app, 1);
}

static void an_interrupt_is_served_before_the_process_goes_on(void **state)
{
    (void)state;
    struct notes notes = {.count = 0};
    struct machine *machine = machine_new(
        &(struct machine_setup){.programs = {{.run = be_interrupted, .notes = &notes}}});

    machine_run(machine);

    assert_int_equal(notes.count, 1);
    assert_int_equal(machine_count(machine, EVENT_kernel_work), 1);
    assert_int_equal(machine_event(machine, EVENT_stop, 0)->stop.reason, STOP_KERNEL_PREEMPTION);
    machine_free(machine);
}

// ---- verdicts

static void fail_twice(struct app *app)
{
    app_expect(app, 7, false);
    world_fail(app->world, app->index, false, "first");
    world_fail(app->world, app->index, true, "second");
    app_done(app, 8);
}

static void the_first_failed_expectation_stays(void **state)
{
    (void)state;
    struct machine *machine =
        machine_new(&(struct machine_setup){.programs = {{.run = fail_twice}}});

    machine_run(machine);

    assert_true(machine->world->verdict.failed);
    assert_string_equal(machine->world->verdict.text, "first");
    assert_true(machine->world->apps[0].done);
    assert_int_equal(machine_last(machine, EVENT_expect)->expect.line, 7);
    assert_false(machine_last(machine, EVENT_expect)->expect.met);
    assert_int_equal(machine_last(machine, EVENT_done)->done.line, 8);
    machine_free(machine);
}

static void be_done_and_fault(struct app *app)
{
    if (app->done)
        return;
    app_done(app, 1);
    app_fault(app, FAULT_CAUSE_BODY);
}

static void a_process_that_was_done_stays_so_over_a_restart(void **state)
{
    (void)state;
    struct machine *machine = machine_new(&(struct machine_setup){
        .programs = {{.run = be_done_and_fault, .fault_policy = &restarts}}});

    machine_run(machine);

    assert_true(machine->world->apps[0].done);
    assert_int_equal(machine->world->processes[0].restart_count, 1);
    machine_free(machine);
}

// A sink that looks where it is called.
struct stack_sink {
    struct sink sink;
    const struct app *app;
    uint32_t events;
    uint32_t on_its_stack;
};

static void note_stack(struct sink *sink, const struct event *event)
{
    struct stack_sink *self = (struct stack_sink *)sink;
    const uint8_t *here = __builtin_frame_address(0);

    (void)event;
    self->events++;
    self->on_its_stack +=
        here >= self->app->stack && here < self->app->stack + self->app->stack_size;
}

static void say_things(struct app *app)
{
    app_work_us(app, 10);
    app_expect(app, 1, true);
    app_done(app, 2);
}

static void sinks_are_called_on_the_stack_of_whoever_runs_the_world(void **state)
{
    (void)state;
    struct machine *machine =
        machine_new(&(struct machine_setup){.programs = {{.run = say_things}}});
    struct stack_sink sink = {
        .sink = {.wanted = EVENT_BIT(EVENT_work) | EVENT_BIT(EVENT_expect) | EVENT_BIT(EVENT_done),
                 .take = note_stack},
        .app = &machine->world->apps[0],
    };

    world_add_sink(machine->world, &sink.sink);
    machine_run(machine);

    assert_int_equal(sink.events, 3);
    assert_int_equal(sink.on_its_stack, 0);
    assert_int_equal(machine_last(machine, EVENT_work)->work.us, 10);
    machine_free(machine);
}

static void a_view_names_processes_and_drivers(void **state)
{
    (void)state;
    struct machine *machine = machine_new(
        &(struct machine_setup){.programs = {{.run = do_nothing, .name = "org.tockos.rot13"}}});
    const struct view *view = &machine->world->view;
    const struct process *process = &machine->world->processes[0];

    assert_int_equal(view->process_count, 1);
    assert_memory_equal(view_process(view, 0)->name, "org.tockos.rot13", 16);
    assert_int_equal(view_process(view, 0)->name_length, 16);
    assert_int_equal(view_process(view, 0)->memory_start, process->memory_start);
    assert_int_equal(view_process(view, 0)->memory_size, process->memory_size);
    assert_null(view_process(view, 1));
    assert_string_equal(view_driver_name(view, IPC_DRIVER_NUM), "ipc");
    assert_string_equal(view_driver_name(view, ALARM_DRIVER_NUM), "alarm");
    assert_null(view_driver_name(view, 77));
    machine_free(machine);
}

static void a_view_has_the_memory_of_the_machine(void **state)
{
    (void)state;
    struct machine *machine =
        machine_new(&(struct machine_setup){.programs = {{.run = do_nothing}}});
    const struct view *view = &machine->world->view;
    uaddr start = machine->world->processes[0].memory_start;

    assert_ptr_equal(view->memory(view->source, start, 4), world_memory(machine->world, start, 4));
    assert_null(view->memory(view->source, 0, 4));
    machine_free(machine);
}

static void what_a_process_looked_like_at_the_end_is_listed(void **state)
{
    (void)state;
    struct machine *machine =
        machine_new(&(struct machine_setup){.programs = {{.run = do_nothing}}});
    struct process_end end;

    machine_run(machine);
    world_list_ends(machine->world, &end);

    assert_int_equal(end.state, machine->world->processes[0].state);
    assert_int_equal(end.syscalls, machine->world->processes[0].syscalls);
    assert_int_equal(end.restarts, 0);
    machine_free(machine);
}

// ---- choices

static void choose_some(struct app *app)
{
    for (uint32_t i = 0; i < 8; i++)
        note(app, choose(app->world, CHOICE_RANDOM, 1000));
}

static void choices_follow_the_seed(void **state)
{
    (void)state;
    struct notes notes[3] = {{.count = 0}, {.count = 0}, {.count = 0}};
    static const uint64_t seeds[] = {1, 1, 2};

    for (uint32_t i = 0; i < 3; i++) {
        struct machine *machine = machine_new(&(struct machine_setup){
            .seed = seeds[i], .programs = {{.run = choose_some, .notes = &notes[i]}}});
        machine_run(machine);
        assert_int_equal(machine->world->chooser.count, 8);
        machine_free(machine);
    }

    assert_memory_equal(notes[0].words, notes[1].words, sizeof notes[0].words);
    assert_memory_not_equal(notes[0].words, notes[2].words, sizeof notes[0].words);
    for (uint32_t i = 0; i < 8; i++)
        assert_in_range(notes[0].words[i], 0, 999);
}

static void choose_every_way(struct app *app)
{
    struct notes *notes = machine_notes(app);

    for (uint32_t i = 0; i < 1000; i++)
        notes->words[choose(app->world, CHOICE_RANDOM, 4)]++;
    notes->words[4] = choose(app->world, CHOICE_RANDOM, 1);
}

static void every_choice_is_taken_about_as_often(void **state)
{
    (void)state;
    struct notes notes = {.count = 0};
    struct machine *machine = machine_new(
        &(struct machine_setup){.programs = {{.run = choose_every_way, .notes = &notes}}});

    machine_run(machine);

    for (uint32_t i = 0; i < 4; i++)
        assert_in_range(notes.words[i], 200, 300);
    assert_int_equal(notes.words[4], 0);
    machine_free(machine);
}

// ---- sinks

static void who_listens_does_not_change_the_events(void **state)
{
    (void)state;
    struct machine *all = machine_new(&(struct machine_setup){.programs = {{.run = fail_twice}}});
    struct machine *some =
        machine_new(&(struct machine_setup){.arena_slot = 1, .programs = {{.run = fail_twice}}});
    some->sink.wanted = EVENT_BIT(EVENT_done);
    some->world->kernel.wanted_events = EVENT_BIT(EVENT_done);

    machine_run(all);
    machine_run(some);

    assert_int_equal(some->event_count, 1);
    assert_memory_equal(&some->events[0].done, &machine_last(all, EVENT_done)->done,
                        sizeof some->events[0].done);
    assert_int_equal(some->events[0].seq, machine_last(all, EVENT_done)->seq);
    assert_int_equal(some->world->kernel.event_seq, all->world->kernel.event_seq);
    machine_free(all);
    machine_free(some);
}

static void where_processes_were_loaded_comes_first(void **state)
{
    (void)state;
    struct machine *machine = machine_new(
        &(struct machine_setup){.programs = {{.run = do_nothing}, {.run = do_nothing}}});

    machine_run(machine);

    assert_int_equal(machine->events[0].kind, EVENT_loaded);
    assert_int_equal(machine->events[0].seq, 1);
    assert_int_equal(machine->events[1].kind, EVENT_loaded);
    assert_int_equal(machine->events[1].process, 1);
    assert_int_equal(machine_count(machine, EVENT_loaded), 2);
    machine_free(machine);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_world_is_always_at_the_address_of_its_slot),
        cmocka_unit_test(processes_lie_one_after_the_other_in_ram_and_flash),
        cmocka_unit_test(a_process_that_does_not_fit_is_named),
        cmocka_unit_test(the_processes_before_it_can_run_all_the_same),
        cmocka_unit_test(a_board_with_more_regions_than_its_unit_is_refused),
        cmocka_unit_test(memory_is_ram_and_flash_and_nothing_else),
        cmocka_unit_test(a_body_begins_with_the_arguments_of_its_init_function),
        cmocka_unit_test(a_body_that_returns_waits_for_ever),
        cmocka_unit_test(a_system_call_returns_what_the_kernel_answers),
        cmocka_unit_test(an_upcall_runs_before_the_yield_that_it_ends_returns),
        cmocka_unit_test(an_upcall_may_wait_for_another),
        cmocka_unit_test(an_upcall_that_returns_says_which),
        cmocka_unit_test(an_upcall_that_begins_before_another_returned_says_so),
        cmocka_unit_test(a_process_that_starts_anew_is_in_no_upcall),
        cmocka_unit_test(a_fault_ends_a_process_and_leaves_the_others),
        cmocka_unit_test(a_restart_resets_the_body_and_runs_it_from_the_beginning),
        cmocka_unit_test(memory_and_ram_outlive_a_restart),
        cmocka_unit_test(a_refused_access_is_a_fault_and_says_where),
        cmocka_unit_test(a_run_of_bytes_that_is_refused_faults_at_its_first_refused_byte),
        cmocka_unit_test(the_first_fault_stays_on_report),
        cmocka_unit_test(an_overflow_of_its_stack_is_a_fault_of_that_process_alone),
        cmocka_unit_test(a_stack_below_its_frame_is_a_fault_where_the_board_checks_it),
        cmocka_unit_test(what_a_process_without_a_stack_did_last_is_on_record),
        cmocka_unit_test(a_panic_of_the_kernel_ends_the_run),
        cmocka_unit_test(work_takes_its_time_and_nothing_else_does),
        cmocka_unit_test(processes_that_work_take_turns_at_the_end_of_their_timeslices),
        cmocka_unit_test(calls_switches_and_upcalls_cost_what_the_board_says),
        cmocka_unit_test(a_run_ends_when_its_time_is_up),
        cmocka_unit_test(its_host_can_stop_a_run_at_any_time),
        cmocka_unit_test(a_body_can_stop_the_run),
        cmocka_unit_test(an_interrupt_is_served_before_the_process_goes_on),
        cmocka_unit_test(the_first_failed_expectation_stays),
        cmocka_unit_test(a_process_that_was_done_stays_so_over_a_restart),
        cmocka_unit_test(sinks_are_called_on_the_stack_of_whoever_runs_the_world),
        cmocka_unit_test(a_view_names_processes_and_drivers),
        cmocka_unit_test(a_view_has_the_memory_of_the_machine),
        cmocka_unit_test(what_a_process_looked_like_at_the_end_is_listed),
        cmocka_unit_test(choices_follow_the_seed),
        cmocka_unit_test(every_choice_is_taken_about_as_often),
        cmocka_unit_test(who_listens_does_not_change_the_events),
        cmocka_unit_test(where_processes_were_loaded_comes_first),
        cmocka_unit_test(a_timeslice_shorter_than_the_one_before_it_ends_in_time),
        cmocka_unit_test(many_turns_at_once_are_as_many_single_ones),
        cmocka_unit_test(turns_end_with_the_run),
        cmocka_unit_test(a_world_stopped_before_its_first_turn_records_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
