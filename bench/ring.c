// SPDX-License-Identifier: Apache-2.0 OR MIT
// A token that goes round through all processes. Each holds it in a buffer that it shares with
// the next; a hop is two system calls, a read of the last buffer and a write of the next.
#include <math.h>

#include "../core/ipc.h"
#include "../sim/base/count_of.h"
#include "family.h"
#include "machine.h"
#include "work.h"

enum { TOKEN_OFFSET = 256, TOKEN_BYTES = 64, APP_BYTES = 2048 };
enum { START_TURNS = 10000, FIRST_LAPS = 10, CALLS_PER_HOP = 2, WORK_PROCESSES = 64 };

static const uint32_t counts[] = {2, 4, 8, 16, 32, 64, 128, 255};

static void reset(struct app *app)
{
    (void)app;
}

static uint32_t next_of(const struct app *app)
{
    return app->index + 1 == app->world->process_count ? 0 : app->index + 1;
}

static uaddr token_of(const struct app *app)
{
    return app_process(app)->memory_start + TOKEN_OFFSET;
}

static void hand_on(struct app *app)
{
    app_syscall(app, SYSCALL_COMMAND, IPC_DRIVER_NUM, IPC_COMMAND_NOTIFY_SERVICE, next_of(app), 0);
}

// The first process is the last to run for the first time: everybody else is ready then.
static void run(struct app *app)
{
    app_syscall(app, SYSCALL_MEMOP, MEMOP_BRK, app_process(app)->memory_start + APP_BYTES, 0, 0);
    app_syscall(app, SYSCALL_SUBSCRIBE, IPC_DRIVER_NUM, app->index, app->init[0], 0);
    app_syscall(app, SYSCALL_ALLOW_RW, IPC_DRIVER_NUM, next_of(app), token_of(app), TOKEN_BYTES);
    if (app->index == 0)
        hand_on(app);
    for (;;)
        app_syscall(app, SYSCALL_YIELD, YIELD_WAIT, 0, 0, 0);
}

static void take_token(struct app *app, uaddr pc, const uint32_t argument[4])
{
    unsigned char token[TOKEN_BYTES];

    (void)pc;
    app_read(app, argument[2], token, sizeof token);
    for (uint32_t i = 0; i < sizeof token; i++)
        token[i]++;
    app_write(app, token_of(app), token, sizeof token);
    hand_on(app);
}

static const struct body member = {
    .name = "member", .reset = reset, .run = run, .upcall = take_token};

static const struct body *body_of(uint32_t index, uint32_t count)
{
    (void)index;
    (void)count;
    return &member;
}

// Counted by the calls of the first process.
static uint32_t laps_since(const struct world *world, uint32_t start)
{
    return (world->processes[0].syscalls - start) / CALLS_PER_HOP;
}

static struct world *make(uint32_t count, uint32_t arena_slot, struct message *error)
{
    const struct machine machine = {.count = count, .arena_slot = arena_slot, .body_of = body_of};
    struct world *world = machine_new(&machine, error);

    if (!world)
        return NULL;
    machine_run(world, START_TURNS);
    if (world->state == WORLD_RUNNING && laps_since(world, 0) >= FIRST_LAPS)
        return world;
    message_set(error, "the token does not get round %u processes", (unsigned)count);
    world_free(world);
    return NULL;
}

// Each turn is a hop. False: the token got lost.
static bool hop(struct world *world, uint64_t hops)
{
    uint32_t calls = world->processes[0].syscalls;

    return world_run(world, (uint32_t)hops) == WORLD_RUNNING &&
           laps_since(world, calls) >= hops / world->process_count;
}

static double sample(void *context, uint64_t hops)
{
    double start = measure_now_ns();
    bool is_fine = hop(context, hops);
    double elapsed = measure_now_ns() - start;

    return is_fine ? elapsed : (double)NAN;
}

bool bench_ring(struct figures *figures, const struct effort *effort, struct message *error)
{
    const struct family family = {
        .name = "ring",
        .counts = counts,
        .size = COUNT_OF(counts),
        .goal = 1.25,
        .make = make,
        .sample = sample,
    };

    return family_measure(&family, figures, effort, error);
}

uint64_t work_ring(uint64_t times, struct message *error)
{
    struct world *world = make(WORK_PROCESSES, 0, error);
    bool is_fine;

    if (!world)
        return 0;
    is_fine = hop(world, times);
    world_free(world);
    return is_fine ? times : 0;
}
