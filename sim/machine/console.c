// SPDX-License-Identifier: Apache-2.0 OR MIT
// The console capsule: one transmission at a time over a UART; the text itself is in
// the trace. Nothing is ever received.
#include "../../core/memory.h"
#include "../../core/recording.h"
#include "../../core/syscall.h"
#include "devices.h"
#include "world.h"

enum { CONSOLE_UPCALL_WRITTEN = 1, CONSOLE_ALLOW_WRITE = 1 };

// In the grant: length of the write, whether it waits for the UART, and two words that
// only reading would use.
enum { CONSOLE_DATA_BYTES = 16, WRITE_LENGTH = 0, WRITE_WAITS = 4 };

static void start_transmission(struct world *world, const struct grant *grant)
{
    struct grant_buffer buffer = {0, 0};
    uint32_t length = memory_load_word(grant->data + WRITE_LENGTH);

    grant_get_allow_ro(grant, CONSOLE_ALLOW_WRITE, &buffer);
    if (length > buffer.size)
        length = buffer.size;
    memory_store_word(grant->data + WRITE_LENGTH, length);
    memory_store_word(grant->data + WRITE_WAITS, 0);
    RECORD(&world->kernel, grant->process->id.index, print, .start = buffer.start, .size = length);
    world->devices.console_for = grant->process->id;
    world->devices.console_at =
        world->clock.now + (uint64_t)length * CONSOLE_US_PER_BYTE * world->board.cost.cycles_per_us;
    world_expect_interrupt(world, world->devices.console_at);
}

static struct syscall_return write(struct world *world, const struct grant *grant, uint32_t length)
{
    memory_store_word(grant->data + WRITE_LENGTH, length);
    if (world->devices.console_at == DEVICE_IDLE)
        start_transmission(world, grant);
    else
        memory_store_word(grant->data + WRITE_WAITS, 1);
    return syscall_success();
}

// Starts the first write that waits, by process index.
static void start_next(struct world *world, const struct grant_type *type)
{
    for (uint32_t i = 0; i < world->process_count && world_kernel_runs(world); i++) {
        struct grant grant;
        bool waits;

        if (!grant_enter_existing(&world->kernel, type, &world->processes[i], &grant))
            continue;
        waits = memory_load_word(grant.data + WRITE_WAITS) != 0;
        if (waits)
            start_transmission(world, &grant);
        grant_leave(&world->kernel, &grant);
        if (waits)
            return;
    }
}

void console_transmitted(struct world *world)
{
    const struct grant_type *type = &kernel_driver(&world->kernel, CONSOLE_DRIVER_NUM)->grant;
    struct grant grant;

    world->devices.console_at = DEVICE_IDLE;
    if (grant_enter(&world->kernel, type, world->devices.console_for, &grant) == GRANT_OK) {
        const uint32_t argument[3] = {memory_load_word(grant.data + WRITE_LENGTH), 0, 0};

        memory_store_word(grant.data + WRITE_LENGTH, 0);
        grant_schedule_upcall(&world->kernel, &grant, CONSOLE_UPCALL_WRITTEN, argument, 0);
        grant_leave(&world->kernel, &grant);
    }
    start_next(world, type);
}

static struct syscall_return dispatch(struct world *world, const struct grant *grant,
                                      uint32_t command, uint32_t argument)
{
    switch (command) {
    case CONSOLE_EXISTS:
    case CONSOLE_READ:
    case CONSOLE_ABORT:
        return syscall_success();
    case CONSOLE_WRITE:
        return write(world, grant, argument);
    default:
        return syscall_failure(ERROR_NOSUPPORT);
    }
}

static struct syscall_return console_command(struct kernel *kernel,
                                             const struct syscall_driver *driver,
                                             struct process *process, uint32_t command,
                                             uint32_t argument0, uint32_t argument1)
{
    struct syscall_return answer;
    struct grant grant;

    (void)argument1;
    if (grant_enter(kernel, &driver->grant, process->id, &grant) != GRANT_OK)
        return syscall_failure(ERROR_NOMEM);
    answer = dispatch(kernel->port, &grant, command, argument0);
    grant_leave(kernel, &grant);
    return answer;
}

// The write under way is the one that is sure to end; one that waits has no time yet.
static void record_write_pending(struct kernel *kernel, const struct syscall_driver *driver,
                                 const struct process *process)
{
    const struct world *world = kernel->port;
    const uint8_t *data = grant_peek_data(kernel, &driver->grant, process);
    bool is_under_way = world->devices.console_at != DEVICE_IDLE &&
                        world->devices.console_for.identifier == process->id.identifier;
    uint64_t due_us = world->devices.console_at / world->board.cost.cycles_per_us;

    if (is_under_way || (data && memory_load_word(data + WRITE_WAITS) != 0))
        RECORD(kernel, process->id.index, pending_dropped, .driver = driver->grant.driver,
               .subscribe_num = CONSOLE_UPCALL_WRITTEN,
               .due_us = is_under_way ? (uint32_t)due_us : NO_TIMESLICE);
}

struct syscall_driver console_driver(void)
{
    return (struct syscall_driver){
        .name = "console",
        .grant = {.driver = CONSOLE_DRIVER_NUM,
                  .upcalls = 3,
                  .allow_ro = 2,
                  .allow_rw = 2,
                  .data_size = CONSOLE_DATA_BYTES},
        .command = console_command,
        .record_pending = record_write_pending,
    };
}
