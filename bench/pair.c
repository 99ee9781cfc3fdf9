// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "pair.h"

#include <math.h>

#include "../core/ipc.h"
#include "measure.h"

enum { BUFFER_OFFSET = 256, BUFFER_BYTES = 64, APP_BYTES = 2048 };
enum { START_TURNS = 10000, FIRST_TRIPS = 100, CLIENT_CALLS_PER_TRIP = 2, TURNS_PER_TRIP = 2 };

static void reset(struct app *app)
{
    (void)app;
}

static void subscribe(struct app *app, uint32_t number)
{
    app_syscall(app, SYSCALL_SUBSCRIBE, IPC_DRIVER_NUM, number, app->init[0], 0);
}

static void notify(struct app *app, enum ipc_command command, uint32_t target)
{
    app_syscall(app, SYSCALL_COMMAND, IPC_DRIVER_NUM, command, target, 0);
}

static void yield(struct app *app)
{
    app_syscall(app, SYSCALL_YIELD, YIELD_WAIT, 0, 0, 0);
}

// Nothing but answers ever wakes the client, so that one yield waits for one answer.
static void run_client(struct app *app)
{
    uint32_t service = app->world->process_count - 1;
    uaddr memory = app_process(app)->memory_start;

    app_syscall(app, SYSCALL_MEMOP, MEMOP_BRK, memory + APP_BYTES, 0, 0);
    subscribe(app, service);
    app_syscall(app, SYSCALL_ALLOW_RW, IPC_DRIVER_NUM, service, memory + BUFFER_OFFSET,
                BUFFER_BYTES);
    for (;;) {
        notify(app, IPC_COMMAND_NOTIFY_SERVICE, service);
        yield(app);
    }
}

static void take_answer(struct app *app, uaddr pc, const uint32_t argument[4])
{
    (void)app;
    (void)pc;
    (void)argument;
}

static void run_service(struct app *app)
{
    subscribe(app, app->index);
    for (;;)
        yield(app);
}

// Arguments: who asks, how long the shared buffer is, and where.
static void answer(struct app *app, uaddr pc, const uint32_t argument[4])
{
    unsigned char bytes[BUFFER_BYTES];

    (void)pc;
    app_read(app, argument[2], bytes, sizeof bytes);
    for (uint32_t i = 0; i < sizeof bytes; i++)
        bytes[i]++;
    app_write(app, argument[2], bytes, sizeof bytes);
    notify(app, IPC_COMMAND_NOTIFY_CLIENT, argument[0]);
}

static const struct body client = {
    .name = "client", .reset = reset, .run = run_client, .upcall = take_answer};
static const struct body service = {
    .name = "service", .reset = reset, .run = run_service, .upcall = answer};

const struct body *pair_body_of(uint32_t index, uint32_t count)
{
    (void)count;
    return index == 0 ? &client : &service;
}

// Counted by the calls of the client.
static uint32_t trips_since(const struct world *world, uint32_t start)
{
    return (world->processes[0].syscalls - start) / CLIENT_CALLS_PER_TRIP;
}

struct world *pair_new(uint32_t count, uint32_t arena_slot, struct message *error)
{
    const struct machine machine = {
        .count = count, .arena_slot = arena_slot, .body_of = pair_body_of};
    struct world *world = machine_new(&machine, error);

    if (!world || pair_start(world, error))
        return world;
    world_free(world);
    return NULL;
}

bool pair_start(struct world *world, struct message *error)
{
    machine_run(world, START_TURNS);
    if (world->state == WORLD_RUNNING && trips_since(world, 0) >= FIRST_TRIPS)
        return true;
    message_set(error, "the client gets no answers%s%s", world->verdict.failed ? ": " : "",
                world->verdict.text);
    return false;
}

// A trip takes a turn of each process, or more.
uint64_t pair_run(struct world *world, uint64_t trips)
{
    uint32_t calls = world->processes[0].syscalls;
    enum world_state state = world_run(world, (uint32_t)trips * TURNS_PER_TRIP);

    return state == WORLD_RUNNING ? trips_since(world, calls) : 0;
}

// The time is scaled to the trips done.
double pair_sample(void *context, uint64_t trips)
{
    double start = measure_now_ns();
    uint64_t done = pair_run(context, trips);
    double elapsed = measure_now_ns() - start;

    return done > 0 ? elapsed * (double)trips / (double)done : (double)NAN;
}
