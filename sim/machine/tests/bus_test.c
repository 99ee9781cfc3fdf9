// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "../bus.h"

#include <string.h>

#include "../../../core/memory.h"
#include "../../../tests/check.h"
#include "../../base/count_of.h"
#include "machine.h"

enum { OWNER, GUEST };
enum { SHARED_OFFSET = 256, SHARED_BYTES = 64, OPEN_BYTES = 1024 };

static void grow(struct app *app)
{
    machine_grow(app, OPEN_BYTES);
}

// ---- a process alone

// A process with OPEN_BYTES of memory, as it is while it runs.
static struct machine *new_running(const char *board)
{
    struct machine *machine =
        machine_new(&(struct machine_setup){.board = board, .programs = {{.run = grow}}});
    struct world *world = machine->world;

    machine_run(machine);
    mpu_configure(&world->protection.mpu, &world->processes[0].mpu_config,
                  world->processes[0].id.identifier);
    world->protection.mpu.driver->enable(&world->protection.mpu);
    return machine;
}

static void words_are_little_endian_at_any_alignment(void **state)
{
    (void)state;
    struct machine *machine = new_running(NULL);
    struct world *world = machine->world;
    uaddr at = world->processes[0].memory_start + 33;
    static const uint8_t expected[] = {0x44, 0x33, 0x22, 0x11};
    uint32_t value = 0;

    assert_true(bus_store(world, 0, at, 4, 0x11223344));
    assert_memory_equal(world_memory(world, at, 4), expected, 4);
    assert_true(bus_load(world, 0, at, 4, &value));
    assert_int_equal(value, 0x11223344);
    assert_true(bus_load(world, 0, at + 1, 2, &value));
    assert_int_equal(value, 0x2233);
    assert_true(bus_store(world, 0, at + 3, 1, 0xabcdef));
    assert_true(bus_load(world, 0, at, 4, &value));

    assert_int_equal(value, 0xef223344);
    machine_free(machine);
}

static void a_refused_access_reads_and_writes_nothing(void **state)
{
    (void)state;
    struct machine *machine = new_running(NULL);
    struct world *world = machine->world;
    uaddr end = world->processes[0].memory_start + OPEN_BYTES;
    uint8_t *bytes = world_memory(world, end - 4, 8);
    uint32_t value = 7;
    memset(bytes, 0x5a, 8);

    assert_false(bus_load(world, 0, end - 2, 4, &value));
    assert_false(bus_store(world, 0, end - 2, 4, 0));
    assert_false(bus_store(world, 0, end, 1, 0));

    assert_int_equal(value, 7);
    for (uint32_t i = 0; i < 8; i++)
        assert_int_equal(bytes[i], 0x5a);
    assert_true(bus_store(world, 0, end - 4, 4, 0));
    machine_free(machine);
}

static void a_run_of_bytes_is_all_or_nothing(void **state)
{
    (void)state;
    struct machine *machine = new_running(NULL);
    struct world *world = machine->world;
    uaddr end = world->processes[0].memory_start + OPEN_BYTES;
    uint8_t bytes[100];
    uaddr refused = 0;
    memset(bytes, 0x5a, sizeof bytes);

    assert_false(bus_write(world, 0, end - 60, bytes, 100, &refused));
    assert_int_equal(refused, end);
    assert_int_equal(*world_memory(world, end - 60, 1), 0);
    assert_true(bus_write(world, 0, end - 100, bytes, 100, &refused));
    memset(bytes, 0, sizeof bytes);
    assert_false(bus_read(world, 0, end - 60, bytes, 100, NULL));
    assert_int_equal(bytes[0], 0);
    assert_true(bus_read(world, 0, end - 100, bytes, 100, NULL));

    for (uint32_t i = 0; i < sizeof bytes; i++)
        assert_int_equal(bytes[i], 0x5a);
    machine_free(machine);
}

// Opens more memory of the process to it: a region of its own, right behind its break.
static void open_behind_the_break(struct world *world, uint32_t size)
{
    struct mpu *mpu = &world->protection.mpu;
    struct process *process = &world->processes[0];
    struct mpu_region given;

    assert_int_equal(mpu->driver->allocate_region(mpu, &process->mpu_config, process->app_brk, size,
                                                  size, MPU_READ_WRITE, &given),
                     MPU_OK);
    assert_int_equal(given.start, process->memory_start + OPEN_BYTES);
    assert_int_equal(given.size, size);
    mpu_configure(mpu, &process->mpu_config, process->id.identifier);
}

// One access must lie in one entry of the unit. A run is many accesses, each in its own.
static void a_run_may_cross_from_one_pmp_region_into_the_next_but_an_access_may_not(void **state)
{
    (void)state;
    struct machine *machine = new_running("rv32-pmp");
    struct world *world = machine->world;
    uaddr border = world->processes[0].memory_start + OPEN_BYTES;
    uint8_t bytes[5] = {1, 2, 3, 4, 5};
    static const uint8_t zeros[sizeof bytes];
    uint32_t value = 7;
    uaddr refused = 0;
    assert_false(bus_write(world, 0, border - 2, bytes, sizeof bytes, &refused));
    assert_int_equal(refused, border);
    open_behind_the_break(world, 64);

    for (uint32_t i = 1; i < 4; i++) {
        assert_false(bus_store(world, 0, border - i, 4, UINT32_MAX));
        assert_false(bus_load(world, 0, border - i, 4, &value));
        assert_false(bus_write(world, 0, border - i, bytes, 4, NULL));
    }
    assert_int_equal(value, 7);
    assert_memory_equal(world_memory(world, border - 2, sizeof bytes), zeros, sizeof bytes);
    assert_true(bus_write(world, 0, border - 2, bytes, sizeof bytes, NULL));
    memset(bytes, 0, sizeof bytes);
    assert_true(bus_read(world, 0, border - 2, bytes, sizeof bytes, NULL));

    for (uint32_t i = 0; i < sizeof bytes; i++)
        assert_int_equal(bytes[i], i + 1);
    assert_true(bus_load(world, 0, border - 4, 4, &value));
    assert_int_equal(value, 0x02010000);
    assert_true(bus_load(world, 0, border, 4, &value));
    assert_int_equal(value, 0x00050403);
    machine_free(machine);
}

static void a_run_over_two_pmp_regions_ends_with_the_second(void **state)
{
    (void)state;
    struct machine *machine = new_running("rv32-pmp");
    struct world *world = machine->world;
    uaddr border = world->processes[0].memory_start + OPEN_BYTES;
    uint8_t bytes[128] = {0};
    uaddr refused = 0;
    open_behind_the_break(world, 64);

    assert_true(bus_read(world, 0, border - 64, bytes, 128, NULL));
    assert_false(bus_read(world, 0, border - 63, bytes, 128, &refused));
    assert_int_equal(refused, border + 64);
    assert_true(bus_allows(world, 0, border - 64, 128, ACCESS_STORE));
    assert_false(bus_allows(world, 0, border - 64, 128, ACCESS_FETCH));
    machine_free(machine);
}

static void no_bytes_can_be_read_and_written_anywhere(void **state)
{
    (void)state;
    struct machine *machine = new_running(NULL);
    uint8_t byte = 0;

    assert_true(bus_read(machine->world, 0, 0, &byte, 0, NULL));
    assert_true(bus_write(machine->world, 0, UINT32_MAX, &byte, 0, NULL));
    assert_true(bus_allows(machine->world, 0, 0, 0, ACCESS_STORE));
    machine_free(machine);
}

static void flash_can_be_read_and_run_but_not_written(void **state)
{
    (void)state;
    static const char *const boards[] = {"cortex-m4", "cortex-m33", "rv32-pmp", "none"};

    for (uint32_t i = 0; i < COUNT_OF(boards); i++) {
        struct machine *machine = new_running(boards[i]);
        struct world *world = machine->world;
        uaddr flash = world->processes[0].flash_start;
        uint32_t value = 7;

        assert_true(bus_load(world, 0, flash, 4, &value));
        assert_int_equal(value, 128 << 16 | 2); // the first word of its header
        assert_true(bus_allows(world, 0, flash, 4, ACCESS_FETCH));
        assert_false(bus_store(world, 0, flash, 4, 1));
        assert_int_equal(*world_memory(world, flash, 1), 2);
        machine_free(machine);
    }
}

static void what_is_no_memory_is_refused_on_every_board(void **state)
{
    (void)state;
    size_t count;
    const struct board *boards = board_list(&count);

    for (size_t i = 0; i < count; i++) {
        struct machine *machine = new_running(boards[i].name);
        struct world *world = machine->world;
        uaddr end = boards[i].ram_start + boards[i].ram_size;
        uint32_t value;

        assert_false(bus_load(world, 0, 0, 4, &value));
        assert_false(bus_load(world, 0, UINT32_MAX, 4, &value));
        assert_false(bus_load(world, 0, end, 1, &value));
        assert_false(bus_load(world, 0, end - 2, 4, &value));
        assert_false(bus_store(world, 0, boards[i].ram_start - 1, 1, 0));
        machine_free(machine);
    }
}

static void without_protection_all_of_ram_is_open(void **state)
{
    (void)state;
    struct machine *machine = new_running("none");
    struct world *world = machine->world;
    const struct process *process = &world->processes[0];

    assert_true(bus_store(world, 0, process->kernel_brk, 4, 5));
    assert_true(bus_store(world, 0, world->board.ram_start + world->board.ram_size - 4, 4, 5));

    assert_int_equal(*world_memory(world, process->kernel_brk, 1), 5);
    machine_free(machine);
}

// ---- what the bus remembers of the unit's answers

static void the_bus_follows_a_break_that_moves(void **state)
{
    (void)state;
    struct machine *machine = new_running(NULL);
    struct world *world = machine->world;
    struct process *process = &world->processes[0];
    uaddr end = process->memory_start + OPEN_BYTES;
    assert_false(bus_allows(world, 0, end, 1, ACCESS_LOAD));

    process_brk(&world->kernel, process, end + 1);
    assert_true(bus_allows(world, 0, end, 1, ACCESS_LOAD));
    process_brk(&world->kernel, process, end);

    assert_false(bus_allows(world, 0, end, 1, ACCESS_LOAD));
    machine_free(machine);
}

// Random registers of a Cortex-M unit.
static void write_random_region(struct world *world, uint64_t *random)
{
    struct mpu_hw *hw = &world->protection.hw;
    uint32_t size_bits = 5 + (uint32_t)(*random >> 33) % 10;

    *random = *random * UINT64_C(6364136223846793005) + 1442695040888963407u;
    mpu_hw_write(hw, 0xD98, (uint32_t)(*random >> 40) % 8); // RNR
    mpu_hw_write(hw, 0xD9C,
                 (world->board.ram_start + ((uint32_t)(*random >> 20) & 0x3fff)) &
                     ~((UINT32_C(1) << size_bits) - 1)); // RBAR
    mpu_hw_write(hw, 0xDA0,
                 (uint32_t)(*random >> 24 & 7) << 24 | ((uint32_t)(*random >> 8) & 0xff) << 8 |
                     (size_bits - 1) << 1 | ((*random >> 50) % 4 != 0)); // RASR
}

static void the_bus_answers_as_the_unit_does_whatever_the_registers(void **state)
{
    (void)state;
    struct machine *machine = new_running(NULL);
    struct world *world = machine->world;
    uint64_t random = 1;

    for (uint32_t round = 0; round < 2000; round++) {
        write_random_region(world, &random);
        for (uint32_t i = 0; i < 40; i++) {
            static const enum mpu_op ops[] = {MPU_OP_READ, MPU_OP_WRITE, MPU_OP_FETCH};
            uaddr at = world->board.ram_start + ((uint32_t)(random >> 16) * 31 + i * 997) % 0x4000;
            uint32_t size = 1 + i % 70;
            enum access_op op = i % 3;
            bool expected = mpu_hw_check(&world->protection.hw, at, size, ops[op], false).fault ==
                            MPU_FAULT_NONE;

            assert_int_equal(bus_allows(world, 0, at, size, op), expected);
        }
    }
    machine_free(machine);
}

// ---- the memory of another process

struct meeting {
    uaddr shared; // noted by the owner
    uint32_t size;
    bool unshares;
    struct app *guest;
    struct app *owner;
};

// Shares a buffer and notifies; un-shares it in the end.
static void own(struct app *app)
{
    struct meeting *meeting = machine_notes(app);

    meeting->owner = app;
    machine_grow(app, OPEN_BYTES);
    meeting->shared = machine_memory(app, SHARED_OFFSET);
    memset(world_memory(app->world, meeting->shared, SHARED_BYTES), 0x11, SHARED_BYTES);
    machine_share(app, GUEST, meeting->shared, SHARED_BYTES);
    machine_command(app, IPC_DRIVER_NUM, IPC_COMMAND_NOTIFY_SERVICE, GUEST, 0);
    if (!meeting->unshares)
        return;
    app_work_us(app, 20000);
    machine_share(app, GUEST, 0, 0);
    machine_command(app, IPC_DRIVER_NUM, IPC_COMMAND_NOTIFY_SERVICE, GUEST, 0);
}

static void visit(struct app *app)
{
    struct meeting *meeting = machine_notes(app);

    meeting->guest = app;
    machine_subscribe(app, IPC_DRIVER_NUM, GUEST);
}

static void run_meeting(struct meeting *meeting, const char *board,
                        void (*look)(struct app *, uaddr, const uint32_t[4]),
                        void (*check)(const struct machine *))
{
    struct machine *machine = machine_new(
        &(struct machine_setup){.board = board,
                                .order = ORDER_COMPONENT,
                                .programs = {{.run = own, .notes = meeting},
                                             {.run = visit, .upcall = look, .notes = meeting}}});

    assert_int_equal(machine_run(machine), WORLD_QUIESCENT);
    check(machine);
    machine_free(machine);
}

static void look_at_the_edges(struct app *app, uaddr pc, const uint32_t argument[4])
{
    struct meeting *meeting = machine_notes(app);
    struct world *world = app->world;
    uaddr start = argument[2];

    (void)pc;
    meeting->size = argument[1];
    assert_int_equal(start, meeting->shared);
    assert_int_equal(app_load(app, start, 4), 0x11111111);
    app_store(app, start + SHARED_BYTES - 1, 1, 0x22);
    assert_true(bus_allows(world, GUEST, start, SHARED_BYTES, ACCESS_STORE));
    assert_false(bus_allows(world, GUEST, start - 1, 1, ACCESS_LOAD));
    assert_false(bus_allows(world, GUEST, start + SHARED_BYTES, 1, ACCESS_LOAD));
    assert_false(bus_allows(world, GUEST, start + SHARED_BYTES - 1, 2, ACCESS_LOAD));
    assert_false(bus_allows(world, GUEST, start, 4, ACCESS_FETCH));
}

static void check_the_edges(const struct machine *machine)
{
    assert_int_equal(machine_count(machine, EVENT_fault), 0);
    assert_int_equal(machine_count(machine, EVENT_stale_access), 0);
    assert_int_equal(*world_memory(machine->world,
                                   machine->world->processes[OWNER].memory_start + SHARED_OFFSET +
                                       SHARED_BYTES - 1,
                                   1),
                     0x22);
}

static void a_shared_buffer_is_open_to_the_byte(void **state)
{
    (void)state;
    static const char *const boards[] = {"cortex-m4", "cortex-m7", "cortex-m33", "rv32-pmp"};

    for (uint32_t i = 0; i < COUNT_OF(boards); i++) {
        struct meeting meeting = {.shared = 0};

        run_meeting(&meeting, boards[i], look_at_the_edges, check_the_edges);

        assert_int_equal(meeting.size, SHARED_BYTES);
    }
}

static void touch(struct app *app, uaddr pc, const uint32_t argument[4])
{
    const struct meeting *meeting = machine_notes(app);

    (void)pc;
    (void)argument;
    (void)app_load(app, meeting->shared, 4);
    (void)app_load(app, meeting->shared + 8, 4);
}

static void check_that_it_was_stale_once(const struct machine *machine)
{
    const struct event *event = machine_last(machine, EVENT_stale_access);

    assert_int_equal(machine_count(machine, EVENT_fault), 0);
    assert_int_equal(machine_count(machine, EVENT_stale_access), 1);
    assert_int_equal(event->process, GUEST);
    assert_int_equal(event->stale_access.owner, OWNER);
    assert_int_equal(event->stale_access.op, ACCESS_LOAD);
    assert_int_equal(event->stale_access.address,
                     machine->world->processes[OWNER].memory_start + SHARED_OFFSET);
    assert_int_equal(event->stale_access.size, 4);
}

static void a_buffer_that_is_no_longer_shared_stays_open_and_the_trace_says_so_once(void **state)
{
    (void)state;
    struct meeting meeting = {.unshares = true};

    run_meeting(&meeting, NULL, touch, check_that_it_was_stale_once);
}

static void touch_the_rest(struct app *app, uaddr pc, const uint32_t argument[4])
{
    const struct meeting *meeting = machine_notes(app);

    (void)pc;
    (void)argument;
    (void)app_load(app, meeting->shared - SHARED_OFFSET, 4);
}

static void check_that_the_guest_faulted(const struct machine *machine)
{
    assert_int_equal(machine_count(machine, EVENT_fault), 1);
    assert_int_equal(machine->world->processes[GUEST].state, PROCESS_FAULTED);
    assert_int_equal(machine->world->fault.address, machine->world->processes[OWNER].memory_start);
    assert_int_equal(machine_count(machine, EVENT_stale_access), 0);
}

static void the_rest_of_its_memory_is_closed(void **state)
{
    (void)state;
    struct meeting meeting = {.shared = 0};

    run_meeting(&meeting, NULL, touch_the_rest, check_that_the_guest_faulted);
}

// ---- looking does not change the run

// Where no unit keeps it from that, the owner marks its own IPC grant as entered. The
// kernel itself never looks there again: it wakes the guest by another driver.
static void share_and_corrupt(struct app *app)
{
    const struct process *process = app_process(app);
    struct meeting *meeting = machine_notes(app);
    uaddr entry;

    machine_grow(app, OPEN_BYTES);
    meeting->shared = machine_memory(app, SHARED_OFFSET);
    machine_share(app, GUEST, meeting->shared, SHARED_BYTES);
    entry = process_memory_end(process) - app_kernel(app)->grant_count * GRANT_POINTER_BYTES + 4;
    app_store(app, entry, 4, app_load(app, entry, 4) | 1);
    machine_command(app, DUMMY_DRIVER_NUM, 2, GUEST, 0);
}

static void wait_to_be_woken(struct app *app)
{
    machine_subscribe(app, DUMMY_DRIVER_NUM, 0);
}

static void an_access_to_the_memory_of_one_with_a_broken_grant_panics_nobody(void **state)
{
    (void)state;
    struct meeting meeting = {.shared = 0};
    struct machine *machine = machine_new(&(struct machine_setup){
        .board = "none",
        .drivers = MACHINE_IPC_AND_DUMMY,
        .order = ORDER_COMPONENT,
        .programs = {{.run = share_and_corrupt, .notes = &meeting},
                     {.run = wait_to_be_woken, .upcall = touch, .notes = &meeting}}});

    enum world_state end = machine_run(machine);

    assert_int_equal(machine_last(machine, EVENT_upcall)->upcall.driver, DUMMY_DRIVER_NUM);
    assert_int_equal(machine_count(machine, EVENT_panic), 0);
    assert_int_equal(end, WORLD_QUIESCENT);
    machine_free(machine);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_are_little_endian_at_any_alignment),
        cmocka_unit_test(a_refused_access_reads_and_writes_nothing),
        cmocka_unit_test(a_run_of_bytes_is_all_or_nothing),
        cmocka_unit_test(a_run_may_cross_from_one_pmp_region_into_the_next_but_an_access_may_not),
        cmocka_unit_test(a_run_over_two_pmp_regions_ends_with_the_second),
        cmocka_unit_test(no_bytes_can_be_read_and_written_anywhere),
        cmocka_unit_test(flash_can_be_read_and_run_but_not_written),
        cmocka_unit_test(what_is_no_memory_is_refused_on_every_board),
        cmocka_unit_test(without_protection_all_of_ram_is_open),
        cmocka_unit_test(the_bus_follows_a_break_that_moves),
        cmocka_unit_test(the_bus_answers_as_the_unit_does_whatever_the_registers),
        cmocka_unit_test(a_shared_buffer_is_open_to_the_byte),
        cmocka_unit_test(a_buffer_that_is_no_longer_shared_stays_open_and_the_trace_says_so_once),
        cmocka_unit_test(the_rest_of_its_memory_is_closed),
        cmocka_unit_test(an_access_to_the_memory_of_one_with_a_broken_grant_panics_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
