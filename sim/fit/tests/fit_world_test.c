// SPDX-License-Identifier: Apache-2.0 OR MIT
// What fit says of buffers, and what becomes of them in a world where one process shares them
// with another: every board, every byte.
#include <string.h>

#include "../../../core/ipc.h"
#include "../../../tests/check.h"
#include "../../base/count_of.h"
#include "../../machine/bus.h"
#include "../fit.h"

enum { MOST_BUFFERS = 8, RAM_BYTES = 16384, BREAK_OFFSET = 12288, MOST_STEPS = 20000 };

struct place {
    uint32_t size;
    uint32_t offset; // from the start of the sharer's memory
};

// A run: the sharer shares its buffers one after another and waits for an answer to each; the
// receiver counts at last which bytes it may read and write.
struct trial {
    uint32_t sharer;
    uint32_t receiver;
    struct place places[MOST_BUFFERS];
    size_t count;
    uint32_t received; // upcalls of the receiver
    uint32_t answered; // of the sharer
    bool is_broken;    // a system call failed that should not
    bool has_counted;
    uint32_t open[MOST_BUFFERS];
};

static struct trial *trial_of(const struct app *app)
{
    return app->argument;
}

static void call(struct app *app, uint32_t class, uint32_t r0, uint32_t r1, uint32_t r2,
                 uint32_t r3)
{
    struct syscall_return answer = app_syscall(app, class, r0, r1, r2, r3);

    if (answer.word[0] < RETURN_Success)
        trial_of(app)->is_broken = true;
}

static void yield(struct app *app)
{
    app_syscall(app, SYSCALL_YIELD, YIELD_WAIT, 0, 0, 0);
}

static void reset(struct app *app)
{
    (void)app;
}

// ---- the sharer

static void run_sharer(struct app *app)
{
    struct trial *trial = trial_of(app);
    uaddr memory = app_process(app)->memory_start;

    call(app, SYSCALL_MEMOP, MEMOP_BRK, memory + BREAK_OFFSET, 0, 0);
    call(app, SYSCALL_SUBSCRIBE, IPC_DRIVER_NUM, trial->receiver, app->init[0], 0);
    for (uint32_t i = 0; i < trial->count; i++) {
        call(app, SYSCALL_ALLOW_RW, IPC_DRIVER_NUM, trial->receiver,
             memory + trial->places[i].offset, trial->places[i].size);
        call(app, SYSCALL_COMMAND, IPC_DRIVER_NUM, IPC_COMMAND_NOTIFY_SERVICE, trial->receiver, 0);
        while (trial->answered <= i)
            yield(app);
    }
}

static void take_answer(struct app *app, uaddr pc, const uint32_t argument[4])
{
    (void)pc;
    (void)argument;
    trial_of(app)->answered++;
}

// ---- the receiver

static uint32_t count_open(struct app *app, const struct place *place, uaddr memory)
{
    uint32_t open = 0;

    for (uint32_t i = 0; i < place->size; i++) {
        uaddr address = memory + place->offset + i;

        open += bus_allows(app->world, app->index, address, 1, ACCESS_LOAD) &&
                bus_allows(app->world, app->index, address, 1, ACCESS_STORE);
    }
    return open;
}

static void run_receiver(struct app *app)
{
    struct trial *trial = trial_of(app);
    uaddr memory = app->world->processes[trial->sharer].memory_start;

    call(app, SYSCALL_SUBSCRIBE, IPC_DRIVER_NUM, app->index, app->init[0], 0);
    while (trial->received < trial->count)
        yield(app);
    for (size_t i = 0; i < trial->count; i++)
        trial->open[i] = count_open(app, &trial->places[i], memory);
    trial->has_counted = true;
}

static void take_notification(struct app *app, uaddr pc, const uint32_t argument[4])
{
    struct trial *trial = trial_of(app);

    (void)pc;
    trial->received++;
    call(app, SYSCALL_COMMAND, IPC_DRIVER_NUM, IPC_COMMAND_NOTIFY_CLIENT, argument[0], 0);
}

static const struct body sharer_body = {
    .name = "sharer", .reset = reset, .run = run_sharer, .upcall = take_answer};
static const struct body receiver_body = {
    .name = "receiver", .reset = reset, .run = run_receiver, .upcall = take_notification};

// ---- a world for it

static struct world *make_world(const struct board *board, struct trial *trial)
{
    const struct world_setup setup = {.board = board,
                                      .scheduler = SCHEDULER_COOPERATIVE,
                                      .fault_policy = {.kind = FAULT_POLICY_STOP},
                                      .process_slots = 2,
                                      .drivers = devices_board_drivers(2),
                                      .until_us = UINT64_MAX};
    struct world_process processes[2];
    enum world_result result;

    for (uint32_t i = 0; i < 2; i++)
        processes[i] = (struct world_process){
            .name = "p",
            .name_length = 1,
            .ram_size = RAM_BYTES,
            .flash_size = 4096,
            .body = i == trial->sharer ? &sharer_body : &receiver_body,
            .argument = trial,
        };
    struct world *world = world_new(&setup, processes, 2, &result, NULL);
    assert_non_null(world);
    return world;
}

static void run(struct world *world)
{
    for (int i = 0; i < MOST_STEPS; i++)
        if (world_step(world) != WORLD_RUNNING)
            return;
    fail_msg("the world does not come to rest");
}

// Fit's answers, asked of the receiver as this world has loaded it.
static void ask(const struct world *world, const struct trial *trial, struct fit_answer *answers)
{
    struct fit_receiver receiver;
    struct fit_buffer buffers[MOST_BUFFERS];
    uaddr memory = world->processes[trial->sharer].memory_start;

    for (size_t i = 0; i < trial->count; i++)
        buffers[i] = (struct fit_buffer){memory + trial->places[i].offset, trial->places[i].size};
    fit_take_process(&receiver, world, trial->receiver);
    fit_ask_all(&receiver, buffers, trial->count, answers);
}

static void assert_same(const struct board *board, const struct trial *trial,
                        const struct fit_answer *answers)
{
    for (size_t i = 0; i < trial->count; i++) {
        const struct place *place = &trial->places[i];

        if (answers[i].open == trial->open[i] &&
            (answers[i].verdict == FIT_FITS) == (trial->open[i] == place->size))
            continue;
        fail_msg("%s, buffer %zu, %u bytes at +%u: fit says %s, %u bytes; the receiver may touch "
                 "%u",
                 board->name, i, (unsigned)place->size, (unsigned)place->offset,
                 fit_verdict_name(answers[i].verdict), (unsigned)answers[i].open,
                 (unsigned)trial->open[i]);
    }
}

static bool is_panic(const struct fit_answer *answers, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (answers[i].verdict == FIT_PANICS)
            return true;
    return false;
}

// Runs it, and compares.
static void check(const struct board *board, struct trial *trial)
{
    struct world *world = make_world(board, trial);
    struct fit_answer answers[MOST_BUFFERS];

    ask(world, trial, answers);
    run(world);

    if (is_panic(answers, trial->count)) {
        assert_int_equal(world->state, WORLD_PANICKED);
    } else {
        assert_int_equal(world->state, WORLD_QUIESCENT);
        assert_false(trial->is_broken);
        assert_true(trial->has_counted);
        assert_same(board, trial, answers);
    }
    world_free(world);
}

// ---- where it is tried

enum { MOST_BOARDS = 24 };

// The built-in boards, and some that a person could write.
static size_t list_boards(struct board *boards)
{
    size_t count;
    const struct board *built_in = board_list(&count);

    assert_true(count + 4 <= MOST_BOARDS);
    memcpy(boards, built_in, count * sizeof *boards);
    boards[count] = *board_find("cortex-m4");
    boards[count++].ram_regions = 2;
    boards[count] = *board_find("cortex-m4");
    boards[count++].min_region_size = 128;
    boards[count] = *board_find("cortex-m33");
    boards[count++].regions = 4;
    boards[count] = *board_find("rv32-pmp");
    boards[count++].regions = 8;
    return count;
}

// ---- what is tried

static const struct place places[] = {
    {1, 256},     {1, 257},   {4, 260},     {7, 256},     {7, 257},   {8, 264},     {31, 288},
    {32, 32},     {32, 256},  {33, 256},    {48, 288},    {63, 64},   {64, 32},     {64, 64},
    {64, 256},    {64, 258},  {64, 260},    {64, 264},    {65, 320},  {96, 32},     {96, 64},
    {96, 128},    {96, 256},  {96, 288},    {100, 256},   {128, 96},  {128, 128},   {160, 288},
    {192, 64},    {224, 32},  {255, 256},   {256, 256},   {256, 512}, {257, 512},   {384, 128},
    {512, 256},   {640, 512}, {768, 256},   {1000, 36},   {1024, 32}, {1024, 1024}, {1536, 512},
    {2048, 2048}, {3000, 4},  {4096, 4096}, {4096, 1024}, {64, 0},    {96, 0},      {8192, 1024},
};

static const struct trial sequences[] = {
    // the same again, one inside of another, one that has grown, one that only touches
    {.places = {{64, 256}, {64, 256}, {32, 256}, {128, 256}, {64, 320}}, .count = 5},
    // neighbours that share a word, in either order
    {.places = {{6, 256}, {6, 262}, {7, 270}, {64, 258}}, .count = 4},
    {.places = {{64, 320}, {64, 256}, {64, 290}, {40, 280}}, .count = 4},
    // more than there are regions
    {.places =
         {{64, 64}, {64, 128}, {64, 192}, {64, 256}, {64, 320}, {64, 384}, {64, 448}, {64, 512}},
     .count = 8},
    {.places = {{256, 256}, {256, 512}, {512, 1024}, {64, 2048}, {96, 2080}, {1024, 4096}},
     .count = 6},
    // refused ones between others take no region
    {.places = {{100, 256}, {64, 256}, {7, 400}, {32, 512}, {33, 600}, {32, 640}}, .count = 6},
};

static void fit_says_of_a_buffer_what_becomes_of_it(void **state)
{
    (void)state;
    struct board boards[MOST_BOARDS];
    size_t count = list_boards(boards);

    for (size_t b = 0; b < count; b++) {
        for (size_t i = 0; i < COUNT_OF(places); i++) {
            for (uint32_t sharer = 0; sharer < 2; sharer++) {
                struct trial trial = {
                    .sharer = sharer, .receiver = 1 - sharer, .places = {places[i]}, .count = 1};

                check(&boards[b], &trial);
            }
        }
    }
}

static void fit_says_of_several_buffers_what_becomes_of_them(void **state)
{
    (void)state;
    struct board boards[MOST_BOARDS];
    size_t count = list_boards(boards);

    for (size_t b = 0; b < count; b++) {
        for (size_t i = 0; i < COUNT_OF(sequences); i++) {
            struct trial trial = sequences[i];

            trial.sharer = 1;
            check(&boards[b], &trial);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fit_says_of_a_buffer_what_becomes_of_it),
        cmocka_unit_test(fit_says_of_several_buffers_what_becomes_of_them),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
