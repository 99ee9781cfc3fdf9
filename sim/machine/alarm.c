// SPDX-License-Identifier: Apache-2.0 OR MIT
// The alarm capsule: each process has one alarm, the hardware has one for all.
// Ticks are microseconds in 32 bits that wrap.
#include "../../core/memory.h"
#include "../../core/recording.h"
#include "../../core/syscall.h"
#include "devices.h"
#include "world.h"

enum { ALARM_UPCALL = 0 };

// In the grant: is_set, reference, dt.
enum { ALARM_DATA_BYTES = 12 };

struct expiration {
    bool is_set;
    uint32_t reference; // ticks
    uint32_t dt;
};

static struct expiration decode(const uint8_t *data)
{
    return (struct expiration){.is_set = memory_load_word(data) != 0,
                               .reference = memory_load_word(data + 4),
                               .dt = memory_load_word(data + 8)};
}

static struct expiration load_expiration(const struct grant *grant)
{
    return decode(grant->data);
}

static void store_expiration(const struct grant *grant, const struct expiration *expiration)
{
    memory_store_word(grant->data, expiration->is_set);
    memory_store_word(grant->data + 4, expiration->reference);
    memory_store_word(grant->data + 8, expiration->dt);
}

static uint32_t now_ticks(const struct world *world)
{
    return (uint32_t)(world_now_us(world) * ALARM_TICKS_PER_US);
}

// Ticks from `now` until it expires, 0 if it has.
static uint32_t ticks_left(const struct expiration *expiration, uint32_t now)
{
    uint32_t passed = now - expiration->reference;

    return passed < expiration->dt ? expiration->dt - passed : 0;
}

// Sets the hardware to the earliest of all alarms.
static void reset_hardware(struct world *world, const struct grant_type *type)
{
    uint32_t now = now_ticks(world);
    uint64_t earliest = UINT64_MAX;

    for (uint32_t i = 0; i < world->process_count && world_kernel_runs(world); i++) {
        struct grant grant;
        struct expiration expiration;

        if (!grant_enter_existing(&world->kernel, type, &world->processes[i], &grant))
            continue;
        expiration = load_expiration(&grant);
        grant_leave(&world->kernel, &grant);
        if (expiration.is_set && ticks_left(&expiration, now) < earliest)
            earliest = ticks_left(&expiration, now);
    }
    world->devices.alarm_at = earliest == UINT64_MAX
                                  ? DEVICE_IDLE
                                  : (world_now_us(world) + earliest / ALARM_TICKS_PER_US) *
                                        world->board.cost.cycles_per_us;
    world_expect_interrupt(world, world->devices.alarm_at);
}

// Delivers the alarm of one process if its time has come.
static void expire(struct world *world, const struct grant *grant, uint32_t now)
{
    struct expiration expiration = load_expiration(grant);
    uint32_t argument[3] = {now, expiration.reference + expiration.dt, 0};

    if (!expiration.is_set || ticks_left(&expiration, now) > 0)
        return;
    expiration.is_set = false;
    store_expiration(grant, &expiration);
    grant_schedule_upcall(&world->kernel, grant, ALARM_UPCALL, argument, 0);
}

void alarm_fired(struct world *world)
{
    const struct grant_type *type = &kernel_driver(&world->kernel, ALARM_DRIVER_NUM)->grant;
    uint32_t now = now_ticks(world);

    for (uint32_t i = 0; i < world->process_count && world_kernel_runs(world); i++) {
        struct grant grant;

        if (!grant_enter_existing(&world->kernel, type, &world->processes[i], &grant))
            continue;
        expire(world, &grant, now);
        grant_leave(&world->kernel, &grant);
    }
    reset_hardware(world, type);
}

static struct syscall_return stop(const struct grant *grant)
{
    struct expiration expiration = load_expiration(grant);

    if (!expiration.is_set)
        return syscall_failure(ERROR_ALREADY);
    expiration.is_set = false;
    store_expiration(grant, &expiration);
    return syscall_success();
}

static struct syscall_return set(const struct grant *grant, uint32_t reference, uint32_t dt)
{
    struct expiration expiration = {.is_set = true, .reference = reference, .dt = dt};

    store_expiration(grant, &expiration);
    return syscall_success_u32(reference + dt);
}

static struct syscall_return dispatch(const struct world *world, const struct grant *grant,
                                      uint32_t command, uint32_t argument0, uint32_t argument1)
{
    switch (command) {
    case ALARM_EXISTS:
        return syscall_success();
    case ALARM_FREQUENCY:
        return syscall_success_u32(ALARM_TICKS_PER_US * 1000000);
    case ALARM_NOW:
        return syscall_success_u32(now_ticks(world));
    case ALARM_STOP:
        return stop(grant);
    case ALARM_SET_RELATIVE:
        return set(grant, now_ticks(world), argument0);
    case ALARM_SET_ABSOLUTE:
        return set(grant, argument0, argument1);
    default:
        return syscall_failure(ERROR_NOSUPPORT);
    }
}

static struct syscall_return alarm_command(struct kernel *kernel,
                                           const struct syscall_driver *driver,
                                           struct process *process, uint32_t command,
                                           uint32_t argument0, uint32_t argument1)
{
    struct world *world = kernel->port;
    struct syscall_return answer;
    struct grant grant;

    if (grant_enter(kernel, &driver->grant, process->id, &grant) != GRANT_OK)
        return syscall_failure(ERROR_NOMEM);
    answer = dispatch(world, &grant, command, argument0, argument1);
    grant_leave(kernel, &grant);
    if (command >= ALARM_STOP)
        reset_hardware(world, &driver->grant);
    return answer;
}

static void record_alarm_pending(struct kernel *kernel, const struct syscall_driver *driver,
                                 const struct process *process)
{
    const uint8_t *data = grant_peek_data(kernel, &driver->grant, process);
    struct expiration expiration;

    if (!data)
        return;
    expiration = decode(data);
    if (expiration.is_set)
        RECORD(kernel, process->id.index, pending_dropped, .driver = driver->grant.driver,
               .subscribe_num = ALARM_UPCALL,
               .due_us = (expiration.reference + expiration.dt) / ALARM_TICKS_PER_US);
}

struct syscall_driver alarm_driver(void)
{
    return (struct syscall_driver){
        .name = "alarm",
        .grant = {.driver = ALARM_DRIVER_NUM, .upcalls = 1, .data_size = ALARM_DATA_BYTES},
        .command = alarm_command,
        .record_pending = record_alarm_pending,
    };
}
