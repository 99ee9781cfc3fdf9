// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../../core/ipc.h"
#include "../../../tests/check.h"
#include "../../lua/scenario.h"
#include "../../trace/sinks.h"
#include "../snapshot.h"
#include "../world.h"

enum { CLIENT, SERVICE, PROCESSES };
enum { BUFFER_OFFSET = 256, BUFFER_BYTES = 64, APP_BYTES = 1024, DEPTH = 6 };

// ---- two processes whose every step depends on what is on their stacks

// What a body keeps in its own memory.
struct counter {
    uint32_t answers;
};

static void forget_counter(struct app *app)
{
    memset(app->memory, 0, sizeof(struct counter));
    app->memory_used = sizeof(struct counter);
}

static uaddr buffer_of(const struct app *app)
{
    return app_process(app)->memory_start + BUFFER_OFFSET;
}

static void subscribe(struct app *app, uint32_t number)
{
    app_syscall(app, SYSCALL_SUBSCRIBE, IPC_DRIVER_NUM, number, app->init[0], 0);
}

static void yield(struct app *app)
{
    app_syscall(app, SYSCALL_YIELD, YIELD_WAIT, 0, 0, 0);
}

static void notify(struct app *app, enum ipc_command command, uint32_t target)
{
    app_syscall(app, SYSCALL_COMMAND, IPC_DRIVER_NUM, command, target, 0);
}

// Asks at the end of a stack of frames, and tells the kernel what stands in each of them
// on the way back, so that it shows in the events.
static uint32_t ask(struct app *app, uint32_t depth, uint32_t seed)
{
    volatile uint32_t frame[16] = {seed};
    struct counter *counter = (struct counter *)(void *)app->memory;
    uint32_t wanted = counter->answers + 1;

    frame[depth] = seed * 31 + depth;
    if (depth > 0) {
        frame[0] += ask(app, depth - 1, frame[depth]);
    } else {
        notify(app, IPC_COMMAND_NOTIFY_SERVICE, SERVICE);
        while (counter->answers < wanted)
            yield(app);
        frame[0] += app_load(app, buffer_of(app), 4);
    }
    app_syscall(app, SYSCALL_COMMAND, IPC_DRIVER_NUM, 99, frame[0], frame[depth]);
    return frame[0];
}

static void run_client(struct app *app)
{
    uint32_t seed = 1;

    app_syscall(app, SYSCALL_MEMOP, MEMOP_BRK, app_process(app)->memory_start + APP_BYTES, 0, 0);
    subscribe(app, SERVICE);
    app_syscall(app, SYSCALL_ALLOW_RW, IPC_DRIVER_NUM, SERVICE, buffer_of(app), BUFFER_BYTES);
    for (;;)
        seed = ask(app, DEPTH, seed);
}

static void take_answer(struct app *app, uaddr pc, const uint32_t argument[4])
{
    (void)pc;
    (void)argument;
    ((struct counter *)(void *)app->memory)->answers++;
}

static void run_service(struct app *app)
{
    subscribe(app, SERVICE);
    for (;;)
        yield(app);
}

static void answer(struct app *app, uaddr pc, const uint32_t argument[4])
{
    (void)pc;
    app_store(app, argument[2], 4, app_load(app, argument[2], 4) + 7);
    notify(app, IPC_COMMAND_NOTIFY_CLIENT, argument[0]);
}

static const struct body client = {
    .name = "client", .reset = forget_counter, .run = run_client, .upcall = take_answer};
static const struct body service = {
    .name = "service", .reset = forget_counter, .run = run_service, .upcall = answer};

// ---- a world of these, and its events

struct fixture {
    struct world *world;
    struct hash_sink hash;
    void *copy;
    size_t copy_size;
};

static struct fixture set_up(void)
{
    const struct world_process processes[PROCESSES] = {
        {.name = "client",
         .name_length = 6,
         .ram_size = 2048,
         .flash_size = 4096,
         .memory_size = 64,
         .body = &client},
        {.name = "service",
         .name_length = 7,
         .ram_size = 2048,
         .flash_size = 4096,
         .memory_size = 64,
         .body = &service},
    };
    const struct world_setup setup = {
        .board = board_find("cortex-m4"),
        .fault_policy = {.kind = FAULT_POLICY_STOP},
        .process_slots = PROCESSES,
        .drivers = devices_board_drivers(PROCESSES),
        .until_us = UINT64_MAX,
    };
    struct fixture fixture;
    enum world_result result;

    fixture.world = world_new(&setup, processes, PROCESSES, &result, NULL);
    assert_non_null(fixture.world);
    fixture.copy = NULL;
    return fixture;
}

static void tear_down(struct fixture *fixture)
{
    free(fixture->copy);
    world_free(fixture->world);
}

static void run_steps(struct fixture *fixture, int steps)
{
    for (int i = 0; i < steps; i++)
        assert_int_equal(world_step(fixture->world), WORLD_RUNNING);
}

// One of the two is gone or forgot what it was asked, so that soon nobody wakes the other.
static void run_to_end(struct fixture *fixture)
{
    while (world_step(fixture->world) == WORLD_RUNNING)
        continue;
    assert_int_equal(fixture->world->state, WORLD_QUIESCENT);
}

static void take(struct fixture *fixture)
{
    fixture->copy_size = snapshot_size(fixture->world);
    fixture->copy = malloc(fixture->copy_size);
    assert_non_null(fixture->copy);
    assert_int_equal(snapshot_take(fixture->world, fixture->copy, fixture->copy_size),
                     fixture->copy_size);
}

static void listen(struct fixture *fixture)
{
    hash_sink_init(&fixture->hash);
    world_add_sink(fixture->world, &fixture->hash.sink);
}

// The hash of the events of the next steps alone.
static uint64_t hash_of_steps(struct fixture *fixture, int steps)
{
    fixture->hash.hash = HASH_OF_NOTHING;
    fixture->hash.events = 0;
    run_steps(fixture, steps);
    assert_true(fixture->hash.events > 0);
    return fixture->hash.hash;
}

// ---- the same with scripts

static const char script[] =
    "-- Asks and answers, and says what it counts on the way.\n"
    "scenario { about = 'asks and answers' }\n"
    "process('service', function()\n"
    "  local seen = {}\n"
    "  expect(ipc.register_service(function(from, length, address)\n"
    "    local buffer = mem.view(address, length)\n"
    "    seen[#seen + 1] = buffer:u32(0)\n"
    "    buffer:set_u32(4, #table.concat(seen, ',') + math.random(100))\n"
    "    ipc.notify_client(from)\n"
    "  end))\n"
    "  while true do yield() end\n"
    "end)\n"
    "process('client', function()\n"
    "  local service = expect(ipc.discover('service'))\n"
    "  local buffer = mem.alloc(64, 64)\n"
    "  local answered = false\n"
    "  expect(ipc.register_client(service, function() answered = true end))\n"
    "  expect(ipc.share(service, buffer))\n"
    "  delay_us(1000)\n"
    "  for question = 1, math.huge do\n"
    "    buffer:set_u32(0, question)\n"
    "    answered = false\n"
    "    expect(ipc.notify_service(service))\n"
    "    while not answered do yield() end\n"
    "    sys.command(0, 99, buffer:u32(4))\n"
    "  end\n"
    "end)\n";

static struct scenario *open_script(void)
{
    struct message error;
    FILE *file = tmpfile();
    char path[64];

    assert_non_null(file);
    assert_true(fputs(script, file) >= 0 && fflush(file) == 0);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fileno(file));
    struct scenario *scenario = scenario_open(path, NULL, 0, &error);
    assert_non_null(scenario);
    (void)fclose(file);
    return scenario;
}

static struct fixture set_up_scripts(const struct scenario *scenario)
{
    struct world_process processes[PROCESSES];
    const struct world_setup setup = {
        .board = board_find("cortex-m4"),
        .fault_policy = {.kind = FAULT_POLICY_STOP},
        .process_slots = PROCESSES,
        .drivers = devices_board_drivers(PROCESSES),
        .seed = 7,
        .until_us = UINT64_MAX,
    };
    struct fixture fixture = {.copy = NULL};
    enum world_result result;

    for (size_t i = 0; i < PROCESSES; i++)
        scenario_process_setup(scenario, i, setup.seed, &processes[i]);
    fixture.world = world_new(&setup, processes, PROCESSES, &result, NULL);
    assert_non_null(fixture.world);
    return fixture;
}

// ---- tests

static void a_restored_world_goes_on_as_it_did_the_first_time(void **state)
{
    struct fixture fixture = set_up();
    (void)state;
    listen(&fixture);
    run_steps(&fixture, 501);
    take(&fixture);

    uint64_t first = hash_of_steps(&fixture, 1000);
    snapshot_restore(fixture.world, fixture.copy);
    uint64_t second = hash_of_steps(&fixture, 1000);
    uint64_t later = hash_of_steps(&fixture, 1000);
    snapshot_restore(fixture.world, fixture.copy);
    uint64_t third = hash_of_steps(&fixture, 1000);

    assert_int_equal(first, second);
    assert_int_equal(first, third);
    assert_int_not_equal(first, later);
    tear_down(&fixture);
}

static void a_world_is_restored_from_any_of_its_steps(void **state)
{
    (void)state;
    for (int steps = 0; steps < 40; steps++) {
        struct fixture fixture = set_up();
        listen(&fixture);
        run_steps(&fixture, steps);
        take(&fixture);

        uint64_t first = hash_of_steps(&fixture, 60);
        snapshot_restore(fixture.world, fixture.copy);
        uint64_t second = hash_of_steps(&fixture, 60);

        assert_int_equal(first, second);
        tear_down(&fixture);
    }
}

static void scripts_go_on_as_they_did_the_first_time(void **state)
{
    struct scenario *scenario = open_script();
    (void)state;
    for (int steps = 0; steps < 400; steps += 7) {
        struct fixture fixture = set_up_scripts(scenario);
        listen(&fixture);
        run_steps(&fixture, steps);
        take(&fixture);

        uint64_t first = hash_of_steps(&fixture, 600);
        snapshot_restore(fixture.world, fixture.copy);
        uint64_t second = hash_of_steps(&fixture, 600);

        assert_int_equal(first, second);
        assert_false(fixture.world->verdict.failed);
        tear_down(&fixture);
    }
    scenario_close(scenario);
}

static void a_copy_of_a_restored_world_is_the_same_copy(void **state)
{
    struct fixture fixture = set_up();
    (void)state;
    run_steps(&fixture, 100);
    take(&fixture);
    run_steps(&fixture, 100);
    snapshot_restore(fixture.world, fixture.copy);

    void *second = malloc(fixture.copy_size);
    size_t size = snapshot_take(fixture.world, second, fixture.copy_size);

    assert_int_equal(size, fixture.copy_size);
    assert_memory_equal(second, fixture.copy, size);
    free(second);
    tear_down(&fixture);
}

static void a_process_that_ended_meanwhile_lives_again(void **state)
{
    struct fixture fixture = set_up();
    (void)state;
    listen(&fixture);
    run_steps(&fixture, 100);
    take(&fixture);
    uint64_t expected = hash_of_steps(&fixture, 200);
    process_terminate(&fixture.world->kernel, &fixture.world->processes[CLIENT], COMPLETION_CODE,
                      1);
    run_to_end(&fixture);

    snapshot_restore(fixture.world, fixture.copy);

    assert_int_equal(fixture.world->state, WORLD_RUNNING);
    assert_int_equal(hash_of_steps(&fixture, 200), expected);
    tear_down(&fixture);
}

static void a_process_that_restarted_meanwhile_has_its_old_life_back(void **state)
{
    struct fixture fixture = set_up();
    (void)state;
    listen(&fixture);
    run_steps(&fixture, 100);
    struct process_id id = fixture.world->processes[SERVICE].id;
    take(&fixture);
    uint64_t expected = hash_of_steps(&fixture, 200);
    process_restart(&fixture.world->kernel, &fixture.world->processes[SERVICE], COMPLETION_CODE, 1);
    assert_int_not_equal(fixture.world->processes[SERVICE].id.identifier, id.identifier);
    run_to_end(&fixture);

    snapshot_restore(fixture.world, fixture.copy);

    assert_int_equal(fixture.world->processes[SERVICE].id.identifier, id.identifier);
    assert_int_equal(hash_of_steps(&fixture, 200), expected);
    tear_down(&fixture);
}

static void what_the_host_attached_stays_attached(void **state)
{
    struct fixture fixture = set_up();
    const int stop_request = 0;
    (void)state;
    run_steps(&fixture, 100);
    take(&fixture);
    listen(&fixture);
    fixture.world->stop_request = &stop_request;

    snapshot_restore(fixture.world, fixture.copy);

    assert_int_equal(fixture.world->sink_count, 1);
    assert_ptr_equal(fixture.world->sinks[0], &fixture.hash.sink);
    assert_ptr_equal(fixture.world->stop_request, &stop_request);
    hash_of_steps(&fixture, 10);
    tear_down(&fixture);
}

static void a_buffer_that_is_too_small_is_refused_and_untouched(void **state)
{
    struct fixture fixture = set_up();
    (void)state;
    run_steps(&fixture, 100);
    size_t size = snapshot_size(fixture.world) - 1;
    unsigned char *buffer = malloc(size);
    unsigned char *before = malloc(size);
    memset(buffer, 0xA5, size);
    memset(before, 0xA5, size);

    size_t used = snapshot_take(fixture.world, buffer, size);

    assert_int_equal(used, 0);
    assert_memory_equal(buffer, before, size);
    free(before);
    free(buffer);
    tear_down(&fixture);
}

static void a_copy_holds_what_is_in_use_and_no_more(void **state)
{
    struct fixture fixture = set_up();
    (void)state;
    run_steps(&fixture, 100);

    size_t size = snapshot_size(fixture.world);

    const struct process *last = &fixture.world->processes[PROCESSES - 1];
    size_t ram = process_memory_end(last) - fixture.world->board.ram_start;
    assert_true(size > ram);
    assert_true(size < ram + (size_t)64 * 1024);
    assert_true(size < fixture.world->apps[CLIENT].stack_size);
    tear_down(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_restored_world_goes_on_as_it_did_the_first_time),
        cmocka_unit_test(a_world_is_restored_from_any_of_its_steps),
        cmocka_unit_test(scripts_go_on_as_they_did_the_first_time),
        cmocka_unit_test(a_copy_of_a_restored_world_is_the_same_copy),
        cmocka_unit_test(a_process_that_ended_meanwhile_lives_again),
        cmocka_unit_test(a_process_that_restarted_meanwhile_has_its_old_life_back),
        cmocka_unit_test(what_the_host_attached_stays_attached),
        cmocka_unit_test(a_buffer_that_is_too_small_is_refused_and_untouched),
        cmocka_unit_test(a_copy_holds_what_is_in_use_and_no_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
