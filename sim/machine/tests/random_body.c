// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "random_body.h"

#include <string.h>

#include "../../../core/ipc.h"
#include "../../base/count_of.h"
#include "../app.h"
#include "../bus.h"
#include "../devices.h"
#include "../world.h"
#include "invariants.h"
#include "random_scenario.h"

enum {
    MAX_DEPTH = 4,  // of upcalls within upcalls
    MAX_LIVES = 40, // then it does nothing more
    UNKNOWN_DRIVER_NUM = 0x4242,
};

// Lives in app->memory, over restarts.
struct actor {
    uint64_t random;
    uint32_t ops_left;
    uint32_t lives;
    uint32_t depth;
    uint32_t upcall[4]; // arguments of the last one
};

const size_t random_body_memory_size = sizeof(struct actor);

static struct actor *actor_of(const struct app *app)
{
    return (struct actor *)(void *)app->memory;
}

static const struct random_program *program_of(const struct app *app)
{
    return app->argument;
}

// Compilers choose the order in which arguments and operands are evaluated: to be the same
// scenario everywhere, no expression draws twice.
static uint32_t below(const struct app *app, uint32_t bound)
{
    return random_below(&actor_of(app)->random, bound);
}

static bool once_in(const struct app *app, uint32_t n)
{
    return random_once_in(&actor_of(app)->random, n);
}

static bool is_hostile(const struct app *app)
{
    return below(app, 100) < program_of(app)->hostility;
}

static uint32_t anything(const struct app *app)
{
    static const uint32_t extremes[] = {0, 1, 4, 0x7fffffff, 0x80000000, 0xfffffffc, 0xffffffff};

    if (once_in(app, 2))
        return extremes[below(app, COUNT_OF(extremes))];
    return (uint32_t)random_next(&actor_of(app)->random);
}

// ---- places in memory

static const struct process *some_process(const struct app *app)
{
    return &app->world->processes[below(app, app->world->process_count)];
}

// A place a little before, at or behind one that matters.
static uaddr near(const struct app *app, uaddr place)
{
    return place + below(app, 17) * 4 - 32;
}

static uaddr border(const struct app *app, const struct process *process)
{
    switch (below(app, 6)) {
    case 0:
        return process->memory_start;
    case 1:
        return process->app_brk;
    case 2:
        return process->kernel_brk;
    case 3:
        return process_memory_end(process);
    case 4:
        return process_flash_app(process);
    default:
        return process_flash_end(process);
    }
}

// A place in own memory, if there is any: what a program that knows what it does uses.
static uaddr own_place(const struct app *app, uint32_t align)
{
    const struct process *process = app_process(app);
    uint32_t open = process->app_brk - process->memory_start;

    if (open <= align || once_in(app, 6))
        return process->memory_start;
    return process->memory_start + below(app, open / align) * align;
}

static uaddr some_place(const struct app *app)
{
    const struct process *process = app_process(app);

    if (!is_hostile(app))
        return own_place(app, once_in(app, 4) ? 1 : 32);
    if (once_in(app, 3))
        return anything(app);
    if (once_in(app, 2))
        process = some_process(app);
    return near(app, border(app, process));
}

static uint32_t some_size(const struct app *app)
{
    static const uint32_t sizes[] = {32, 32, 64, 64, 64, 128, 256, 96, 160, 48, 100, 7, 1, 0};

    return is_hostile(app) ? anything(app) : sizes[below(app, COUNT_OF(sizes))];
}

// ---- numbers of things

static uint32_t some_index(const struct app *app)
{
    return is_hostile(app) ? anything(app) : below(app, app->world->process_count + 1);
}

static uint32_t some_driver(const struct app *app)
{
    const struct kernel *kernel = app_kernel(app);

    if (is_hostile(app))
        return once_in(app, 2) ? UNKNOWN_DRIVER_NUM : anything(app);
    if (once_in(app, 2))
        return IPC_DRIVER_NUM;
    return kernel->drivers[below(app, kernel->driver_count)].grant.driver;
}

static uaddr some_function(const struct app *app)
{
    const struct process *process = app_process(app);

    if (is_hostile(app))
        return once_in(app, 2) ? some_place(app) : near(app, border(app, some_process(app)));
    if (once_in(app, 8))
        return 0;
    return process_flash_app(process) + 4 * below(app, 16);
}

// ---- what a process does

static void call(struct app *app, uint32_t class, uint32_t r0, uint32_t r1, uint32_t r2,
                 uint32_t r3)
{
    (void)app_syscall(app, class, r0, r1, r2, r3);
}

static void do_yield(struct app *app)
{
    uaddr flag = once_in(app, 2) ? 0 : some_place(app);
    uint32_t which = is_hostile(app) ? anything(app) : below(app, 2);

    call(app, SYSCALL_YIELD, which, flag, 0, 0);
}

static void do_subscribe(struct app *app)
{
    uint32_t driver = some_driver(app);
    uint32_t number = once_in(app, 2) ? app->index : some_index(app);
    uaddr fn = some_function(app);
    uint32_t userdata = below(app, 1000);

    call(app, SYSCALL_SUBSCRIBE, driver, number, fn, userdata);
}

static void do_allow(struct app *app)
{
    static const uint32_t classes[] = {SYSCALL_ALLOW_RW, SYSCALL_ALLOW_RW, SYSCALL_ALLOW_RW,
                                       SYSCALL_ALLOW_RO, SYSCALL_ALLOW_UR};
    uint32_t class = classes[below(app, COUNT_OF(classes))];
    uint32_t driver = some_driver(app);
    uint32_t number = some_index(app);
    uaddr place = some_place(app);
    uint32_t size = some_size(app);

    call(app, class, driver, number, place, size);
}

static void do_notify(struct app *app)
{
    uint32_t command = once_in(app, 2) ? IPC_COMMAND_NOTIFY_SERVICE : IPC_COMMAND_NOTIFY_CLIENT;
    uint32_t target = once_in(app, 4) ? actor_of(app)->upcall[0] : some_index(app);

    if (target == app->index && !once_in(app, 50)) // which would panic the kernel
        target++;
    call(app, SYSCALL_COMMAND, IPC_DRIVER_NUM, command, target, 0);
}

static void do_discover(struct app *app)
{
    const struct process *wanted = some_process(app);
    uaddr place = own_place(app, 1);

    if (invariants_expect_access(program_of(app)->invariants, app, ACCESS_STORE, place,
                                 wanted->name_length))
        app_write(app, place, wanted->name, wanted->name_length);
    call(app, SYSCALL_ALLOW_RO, IPC_DRIVER_NUM, 0, place, wanted->name_length);
    call(app, SYSCALL_COMMAND, IPC_DRIVER_NUM, IPC_COMMAND_DISCOVER, 0, 0);
}

static void do_command(struct app *app)
{
    uint32_t driver = some_driver(app);
    uint32_t command = below(app, 8);
    uint32_t argument0 = is_hostile(app) ? anything(app) : below(app, 40);
    uint32_t argument1 = below(app, 3000);

    call(app, SYSCALL_COMMAND, driver, command, argument0, argument1);
}

static void do_alarm(struct app *app)
{
    call(app, SYSCALL_SUBSCRIBE, ALARM_DRIVER_NUM, 0, some_function(app), 0);
    call(app, SYSCALL_COMMAND, ALARM_DRIVER_NUM, 5, below(app, 30000), 0);
}

static void do_hostile_brk(struct app *app)
{
    uint32_t op = below(app, 2);
    uint32_t argument = once_in(app, 2) ? some_place(app) : anything(app);

    call(app, SYSCALL_MEMOP, op, argument, 0, 0);
}

static void do_brk(struct app *app)
{
    const struct process *process = app_process(app);
    uint32_t room = process->kernel_brk - process->memory_start;

    if (is_hostile(app))
        do_hostile_brk(app);
    else if (once_in(app, 3))
        call(app, SYSCALL_MEMOP, MEMOP_SBRK, below(app, 256) - 64, 0, 0);
    else
        call(app, SYSCALL_MEMOP, MEMOP_BRK, process->memory_start + below(app, room + 1), 0, 0);
}

static void do_memop(struct app *app)
{
    uint32_t op = 2 + below(app, 11);

    call(app, SYSCALL_MEMOP, op, some_place(app), 0, 0);
}

static void do_exit(struct app *app)
{
    uint32_t which = is_hostile(app) ? anything(app) : below(app, 2);

    call(app, SYSCALL_EXIT, which, below(app, 100), 0, 0);
}

static void do_bad_class(struct app *app)
{
    uint32_t class = SYSCALL_ALLOW_UR + 1 + below(app, 250);

    if (is_hostile(app))
        call(app, class, some_place(app), 0, 0, 0);
}

static void do_work(struct app *app)
{
    static const uint32_t most_us[] = {10, 300, 4000, 12000, 60000};

    app_work_us(app, below(app, most_us[below(app, COUNT_OF(most_us))]));
}

static void do_interrupt(struct app *app)
{
    app_interrupt(app);
}

static void do_fault(struct app *app)
{
    if (is_hostile(app) || once_in(app, 8))
        app_fault(app, once_in(app, 2) ? FAULT_CAUSE_EXPLICIT : FAULT_CAUSE_BODY);
}

static void do_say(struct app *app)
{
    uint32_t line = below(app, 100);

    app_note(app, line, "", 0);
    if (once_in(app, 2))
        app_done(app, line);
    else
        app_expect(app, line, once_in(app, 2));
}

static void do_choose(struct app *app)
{
    uint32_t n = 1 + below(app, 9);

    actor_of(app)->random += choose(app->world, CHOICE_RANDOM, n);
}

// ---- memory

// Where a process looks: its own memory, the buffer of the last upcall, places that it
// has no business with.
static uaddr place_to_touch(const struct app *app)
{
    const uint32_t *upcall = actor_of(app)->upcall;
    uint32_t beyond = once_in(app, 8) ? 64 : 0;
    const struct process *process;
    uint32_t reach;

    if (once_in(app, 2) && upcall[1] > 0)
        return upcall[2] + below(app, upcall[1] + beyond);
    if (!once_in(app, 8))
        return some_place(app);
    process = some_process(app); // its grant pointers, or all that the kernel keeps there
    reach =
        once_in(app, 2) ? app_kernel(app)->grant_count * GRANT_POINTER_BYTES : process->memory_size;
    return process_memory_end(process) - below(app, reach);
}

static void do_load(struct app *app)
{
    uaddr place = place_to_touch(app);
    uint32_t size = 1u << below(app, 3);

    if (invariants_expect_access(program_of(app)->invariants, app, ACCESS_LOAD, place, size) ||
        is_hostile(app))
        (void)app_load(app, place, size);
}

static void do_store(struct app *app)
{
    uaddr place = place_to_touch(app);
    uint32_t size = 1u << below(app, 3);
    uint32_t value = once_in(app, 2) ? anything(app) : some_place(app);

    if (invariants_expect_access(program_of(app)->invariants, app, ACCESS_STORE, place, size) ||
        is_hostile(app))
        app_store(app, place, size, value);
}

static void do_copy(struct app *app)
{
    uint8_t bytes[64];
    uaddr from = place_to_touch(app);
    uaddr to = place_to_touch(app);
    uint32_t size = below(app, sizeof bytes);
    struct invariants *invariants = program_of(app)->invariants;

    if (!invariants_expect_access(invariants, app, ACCESS_LOAD, from, size) && !is_hostile(app))
        return;
    app_read(app, from, bytes, size);
    if (invariants_expect_access(invariants, app, ACCESS_STORE, to, size) || is_hostile(app))
        app_write(app, to, bytes, size);
}

// Down to the guard below the stack. The sum afterwards keeps the frames apart.
__attribute__((noinline)) static uint32_t recurse(volatile uint32_t *above, uint32_t depth)
{
    volatile uint32_t frame[64];

    frame[depth % 64] = *above + depth;
    return depth == UINT32_MAX ? 0 : recurse(&frame[depth % 64], depth + 1) + frame[depth % 64];
}

static void do_overflow(struct app *app)
{
    volatile uint32_t top = 1;

    if (program_of(app)->overflows)
        actor_of(app)->random += recurse(&top, 0);
}

// ---- one thing after the other

static const struct {
    void (*run)(struct app *app);
    uint32_t weight;
} deeds[] = {
    {do_yield, 22},    {do_notify, 22}, {do_subscribe, 12}, {do_allow, 12},    {do_load, 8},
    {do_store, 8},     {do_brk, 6},     {do_work, 5},       {do_discover, 4},  {do_command, 4},
    {do_copy, 3},      {do_alarm, 3},   {do_memop, 2},      {do_interrupt, 2}, {do_exit, 1},
    {do_bad_class, 1}, {do_fault, 1},   {do_say, 1},        {do_choose, 1},    {do_overflow, 1},
};

static void do_something(struct app *app)
{
    uint32_t total = 0;
    uint32_t drawn;
    size_t i = 0;

    for (size_t k = 0; k < COUNT_OF(deeds); k++)
        total += deeds[k].weight;
    drawn = below(app, total);
    while (drawn >= deeds[i].weight)
        drawn -= deeds[i++].weight;
    actor_of(app)->ops_left--;
    deeds[i].run(app);
}

// Makes room, and listens at its own index: what most programs begin with.
static void settle(struct app *app)
{
    const struct process *process = app_process(app);
    uint32_t with = below(app, app->world->process_count);

    call(app, SYSCALL_MEMOP, MEMOP_BRK, process->memory_start + 256 + below(app, 1024), 0, 0);
    call(app, SYSCALL_SUBSCRIBE, IPC_DRIVER_NUM, app->index, process_flash_app(process), 77);
    call(app, SYSCALL_ALLOW_RW, IPC_DRIVER_NUM, with, own_place(app, 64), 64);
}

static void run(struct app *app)
{
    struct actor *actor = actor_of(app);

    if (actor->ops_left > 0 && !once_in(app, 8))
        settle(app);
    while (actor->ops_left > 0)
        do_something(app);
}

// A service answers the client that it heard from.
static void upcall(struct app *app, uaddr pc, const uint32_t argument[4])
{
    struct actor *actor = actor_of(app);

    (void)pc;
    memcpy(actor->upcall, argument, sizeof actor->upcall);
    if (actor->depth >= MAX_DEPTH || actor->ops_left == 0)
        return;
    actor->depth++;
    if (program_of(app)->talks && argument[0] != app->index)
        call(app, SYSCALL_COMMAND, IPC_DRIVER_NUM, IPC_COMMAND_NOTIFY_CLIENT, argument[0], 0);
    for (uint32_t i = below(app, 3); i > 0 && actor->ops_left > 0; i--)
        do_something(app);
    actor->depth--;
}

static void reset(struct app *app)
{
    struct actor *actor = actor_of(app);

    if (actor->lives++ == 0) {
        actor->random = program_of(app)->seed;
        actor->ops_left = program_of(app)->ops;
    }
    if (actor->lives > MAX_LIVES)
        actor->ops_left = 0;
    actor->depth = 0;
    app->memory_used = sizeof *actor;
}

const struct body random_body = {.name = "random", .reset = reset, .run = run, .upcall = upcall};
