// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "invariants.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "../../../core/ipc.h"
#include "../../../core/memory.h"
#include "../../../core/ready.h"

// The first failure stays, and ends the run.
__attribute__((format(printf, 2, 3))) static void fail(struct invariants *self, const char *format,
                                                       ...)
{
    int length;
    va_list arguments;

    if (self->failure[0])
        return;
    length =
        snprintf(self->failure, sizeof self->failure, "after event %u: ", (unsigned)self->last_seq);
    va_start(arguments, format);
    vsnprintf(self->failure + length, sizeof self->failure - (size_t)length, format, arguments);
    va_end(arguments);
    world_stop(self->world);
}

#define EXPECT(self, condition)                                                                    \
    do {                                                                                           \
        if (!(condition))                                                                          \
            fail((self), "line %d: %s", __LINE__, #condition);                                     \
    } while (0)

static struct process *process_of(const struct invariants *self, const struct event *event)
{
    return &self->world->processes[event->process];
}

static struct watched *watched_of(struct invariants *self, const struct event *event)
{
    return &self->processes[event->process];
}

static const struct kernel *kernel_of(const struct invariants *self)
{
    return &self->world->kernel;
}

// ---- the chip between two things

static void check_quiet_time(struct invariants *self)
{
    const struct world *world = self->world;
    uint64_t now = world->clock.now;

    EXPECT(self, now >= world->clock.quiet_until ||
                     (!world->interrupt_pending && devices_next(&world->devices) > now &&
                      world->clock.timer_expires > now));
}

// ---- the kernel between two things

static void check_work(struct invariants *self)
{
    const struct kernel *kernel = kernel_of(self);
    uint32_t work = 0;
    uint32_t ready = 0;

    for (uint32_t i = 0; i < self->world->process_count; i++) {
        const struct process *process = &kernel->processes[i];

        work += task_queue_length(&process->tasks) + (process->state == PROCESS_RUNNING);
        ready += process_is_ready(process);
        EXPECT(self, kernel_is_ready(kernel, i) == process_is_ready(process));
    }
    EXPECT(self, kernel->work == work);
    for (uint32_t i = 0; i < READY_WORDS; i++)
        ready -= (uint32_t)__builtin_popcount(kernel->ready[i]);
    EXPECT(self, ready == 0);
}

static void check_memory(struct invariants *self, const struct process *process,
                         const struct watched *watched)
{
    EXPECT(self, process->memory_start == watched->memory_start);
    EXPECT(self, process->memory_size == watched->memory_size);
    EXPECT(self, process->app_brk >= process->memory_start);
    EXPECT(self, process->app_brk <= process->kernel_brk);
    EXPECT(self, process->allow_high_water_mark >= process->memory_start);
    EXPECT(self, process->allow_high_water_mark <= process->app_brk);
    EXPECT(self, process->kernel_brk <=
                     process_memory_end(process) - kernel_initial_memory(kernel_of(self)));
}

static bool has_subregions(const struct world *world)
{
    return world->board.unit == UNIT_ARMV7M || world->board.unit == UNIT_ARMV6M;
}

static bool are_apart(const struct mpu_region *a, const struct mpu_region *b)
{
    return !a->used || !b->used || a->start + a->size <= b->start || b->start + b->size <= a->start;
}

// How much of the block the process may use, in bytes.
static uint32_t open_bytes(const struct mpu_region *block)
{
    uint32_t subregions = 0;

    for (uint32_t i = 0; i < 8; i++)
        if (!(block->disabled >> i & 1))
            subregions = i + 1;
    return block->span / 8 * subregions;
}

// On a Cortex-M up to M7. The first region is the block.
static void check_regions(struct invariants *self, const struct process *process)
{
    const struct mpu_region *regions = process->mpu_config.regions;
    uint32_t open = open_bytes(&regions[0]);

    for (uint32_t i = 0; i < MPU_MAX_REGIONS; i++)
        for (uint32_t k = 0; k < i; k++)
            EXPECT(self, are_apart(&regions[i], &regions[k]));
    EXPECT(self, regions[0].base == process->memory_start);
    EXPECT(self, regions[0].span == process->memory_size);
    EXPECT(self, process->memory_start + open >= process->app_brk);
    EXPECT(self, process->memory_start + open <= process->kernel_brk);
}

static void check_process(struct invariants *self, uint32_t index)
{
    const struct process *process = &self->world->processes[index];
    const struct watched *watched = &self->processes[index];

    EXPECT(self, process->loaded);
    EXPECT(self, process->id.index == index);
    EXPECT(self, process->id.identifier < kernel_of(self)->next_identifier);
    EXPECT(self, task_queue_length(&process->tasks) <= TASK_CAPACITY);
    EXPECT(self, task_queue_length(&process->tasks) == watched->tasks);
    EXPECT(self, process_is_active(process) || task_queue_is_empty(&process->tasks) ||
                     self->has_panicked);
    EXPECT(self, process->dropped_upcalls == watched->dropped);
    check_memory(self, process, watched);
    if (has_subregions(self->world) && process_is_active(process))
        check_regions(self, process);
}

// The driver that a grant is of, by its place in the table.
static uint32_t grant_bytes(const struct invariants *self, uint32_t number)
{
    return grant_size(&kernel_of(self)->drivers[number].grant);
}

static void check_grant(struct invariants *self, const struct process *process, uint32_t number,
                        uaddr base)
{
    const struct grant_type *type = &kernel_of(self)->drivers[number].grant;
    const uint8_t *bytes = world_memory(self->world, base, 4);

    EXPECT(self, base % 4 == 0);
    EXPECT(self, base >= process->kernel_brk);
    EXPECT(self, base + grant_bytes(self, number) <=
                     process_memory_end(process) - kernel_initial_memory(kernel_of(self)));
    EXPECT(self,
           bytes && memory_load_word(bytes) == (type->upcalls | (uint32_t)type->allow_ro << 8 |
                                                (uint32_t)type->allow_rw << 16));
}

// A grant is entered once at a time, and by the kernel alone: never now.
static void check_grants(struct invariants *self, uint32_t index)
{
    const struct process *process = &self->world->processes[index];
    uint32_t used =
        process_memory_end(process) - kernel_initial_memory(kernel_of(self)) - process->kernel_brk;
    uint32_t count = 0;
    uint32_t bytes = 0;

    for (uint32_t i = 0; i < kernel_of(self)->grant_count; i++) {
        uaddr entry =
            process_memory_end(process) - (kernel_of(self)->grant_count - i) * GRANT_POINTER_BYTES;
        uaddr base = memory_load_word(world_memory(self->world, entry, 8) + 4);

        if (base == 0)
            continue;
        EXPECT(self, i < kernel_of(self)->driver_count);
        check_grant(self, process, i, base);
        bytes += grant_bytes(self, i);
        count++;
    }
    EXPECT(self, count == self->processes[index].grants);
    if (process_is_active(process))
        EXPECT(self, bytes <= used && used < bytes + 4 * (count + 1));
}

static void check_all(struct invariants *self)
{
    if (self->failure[0])
        return;
    check_work(self);
    check_quiet_time(self);
    for (uint32_t i = 0; i < self->world->process_count; i++) {
        check_process(self, i);
        if (self->is_intact && !self->has_panicked)
            check_grants(self, i);
    }
}

// ---- a life of a process

// A process that could not be restarted has ended without an event of its own.
static void forget_life(struct watched *watched)
{
    watched->tasks = 0;
    watched->grants = 0;
    watched->dropped = 0;
    watched->notification_count = 0;
    watched->depth = 0;
    memset(watched->drivers, 0, sizeof watched->drivers);
}

static void notice_failed_restarts(struct invariants *self)
{
    for (uint32_t i = 0; i < self->world->process_count; i++) {
        const struct process *process = &self->world->processes[i];
        struct watched *watched = &self->processes[i];

        if (process->id.identifier == watched->id.identifier)
            continue;
        EXPECT(self, !process_is_active(process)); // nor what somebody did to it since
        EXPECT(self, watched->tasks == 0);
        EXPECT(self, watched->notification_count == 0);
        forget_life(watched);
        watched->id = process->id;
        watched->kernel_brk = process->kernel_brk;
    }
}

void invariants_check(struct invariants *self)
{
    notice_failed_restarts(self);
    check_all(self);
}

static void on_loaded(struct invariants *self, const struct event *event)
{
    struct watched *watched = watched_of(self, event);

    forget_life(watched);
    watched->id = process_of(self, event)->id;
    watched->memory_start = event->loaded.memory_start;
    watched->memory_size = event->loaded.memory_size;
    watched->kernel_brk = event->loaded.kernel_brk;
    watched->tasks = 1;
    EXPECT(self, event->process == 0 || event->loaded.id == self->highest_identifier + 1);
    self->highest_identifier = event->loaded.id;
    for (uint32_t i = 0; i < event->process; i++)
        EXPECT(self, self->processes[i].memory_start + self->processes[i].memory_size <=
                         watched->memory_start);
    EXPECT(self, world_memory(self->world, watched->memory_start, watched->memory_size));
}

// The init task is queued right after this.
static void on_restarted(struct invariants *self, const struct event *event)
{
    struct watched *watched = watched_of(self, event);

    EXPECT(self, event->restarted.id > self->highest_identifier);
    EXPECT(self, watched->tasks == 0);
    EXPECT(self, watched->notification_count == 0);
    self->highest_identifier = event->restarted.id;
    forget_life(watched);
    watched->id.identifier = event->restarted.id;
    watched->kernel_brk = process_of(self, event)->kernel_brk;
    watched->tasks = 1;
}

static void on_ended(struct invariants *self, const struct event *event)
{
    struct watched *watched = watched_of(self, event);
    uint32_t dropped = watched->dropped;

    EXPECT(self, watched->tasks == 0);
    EXPECT(self, watched->notification_count == 0);
    EXPECT(self, !process_is_active(process_of(self, event)));
    forget_life(watched);
    watched->dropped = dropped;
}

// ---- notifications

static struct notification *find_notification(struct watched *watched, uint32_t seq)
{
    for (uint32_t i = 0; i < watched->notification_count; i++)
        if (watched->notifications[i].seq == seq)
            return &watched->notifications[i];
    return NULL;
}

static void forget_notification(struct watched *watched, const struct notification *notification)
{
    uint32_t place = (uint32_t)(notification - watched->notifications);

    watched->notification_count--;
    memmove(&watched->notifications[place], &watched->notifications[place + 1],
            (watched->notification_count - place) * sizeof *notification);
}

// The notification that caused the event, which must have come as far as `stage`. NULL:
// it has not.
static struct notification *expect_notification(struct invariants *self, const struct event *event,
                                                uint32_t cause, enum notification_stage stage)
{
    struct notification *notification = find_notification(watched_of(self, event), cause);

    if (notification && notification->stage == stage)
        return notification;
    fail(self, "%s of process %u has no cause: notification %u did not get there",
         event->kind == EVENT_upcall ? "an upcall" : "an event", (unsigned)event->process,
         (unsigned)cause);
    return NULL;
}

static void on_ipc_queued(struct invariants *self, const struct event *event)
{
    struct watched *watched = watched_of(self, event);
    bool is_active = process_is_active(process_of(self, event));

    EXPECT(self, is_active == (event->ipc_queued.result != ERROR_NODEVICE));
    EXPECT(self, event->ipc_queued.from == self->running);
    EXPECT(self, event->ipc_queued.from_id == self->processes[self->running].id.identifier);
    if (event->ipc_queued.result == ERROR_NOMEM) {
        EXPECT(self, watched->tasks == TASK_CAPACITY);
        watched->dropped++;
    }
    if (event->ipc_queued.result != ERROR_NONE || watched->notification_count > TASK_CAPACITY)
        return;
    watched->tasks++;
    watched->notifications[watched->notification_count++] =
        (struct notification){.seq = event->seq,
                              .from = event->ipc_queued.from,
                              .from_id = event->ipc_queued.from_id,
                              .type = event->ipc_queued.type,
                              .stage = STAGE_QUEUED};
}

// Notifications are taken in the order in which they came.
static void on_ipc_dequeued(struct invariants *self, const struct event *event)
{
    struct watched *watched = watched_of(self, event);
    struct notification *taken =
        expect_notification(self, event, event->ipc_dequeued.cause, STAGE_QUEUED);

    watched->tasks--;
    if (!taken)
        return;
    for (const struct notification *n = watched->notifications; n < taken; n++)
        EXPECT(self, n->stage != STAGE_QUEUED);
    EXPECT(self, taken->from == event->ipc_dequeued.from);
    EXPECT(self, taken->from_id == event->ipc_dequeued.from_id);
    EXPECT(self, taken->type == event->ipc_dequeued.type);
    taken->stage = STAGE_TAKEN;
    self->taken_from = taken->from;
}

static enum grant_result expected_result(const struct invariants *self,
                                         const struct notification *notification)
{
    const struct process *from = &self->world->processes[notification->from];

    if (from->id.identifier != notification->from_id)
        return GRANT_NO_SUCH_APP;
    return process_is_active(from) ? GRANT_OK : GRANT_INACTIVE_APP;
}

static void on_ipc_converted(struct invariants *self, const struct event *event)
{
    struct watched *watched = watched_of(self, event);
    bool is_queued = event->ipc_converted.scheduled == SCHEDULE_QUEUED;
    struct notification *notification = expect_notification(
        self, event, event->ipc_converted.cause, is_queued ? STAGE_CONVERTED : STAGE_TAKEN);

    self->reached.ipc_results |= 1u << event->ipc_converted.result;
    self->reached.scheduled |= 1u << event->ipc_converted.scheduled;
    if (!notification)
        return;
    if (event->ipc_converted.result != GRANT_OUT_OF_MEMORY)
        EXPECT(self, event->ipc_converted.result == expected_result(self, notification));
    if (!is_queued)
        forget_notification(watched, notification);
}

// ---- regions

// A region is asked for over what the sender shares with the receiver, and nothing else.
static void on_region_added(struct invariants *self, const struct event *event)
{
    struct notification *notification =
        expect_notification(self, event, event->region_added.cause, STAGE_TAKEN);
    const struct watched_driver *ipc;
    const struct grant_buffer *shared;

    if (!notification || !self->is_intact || event->process >= WATCHED_NUMBERS)
        return;
    ipc = &self->processes[notification->from].drivers[0];
    shared = &ipc->allow_rw[event->process];
    EXPECT(self, event->region_added.size == shared->size);
    EXPECT(self, event->region_added.start == (shared->size > 0 ? shared->start : 0));
}

// ---- upcalls

// The place of a driver in the kernel's list; driver_count: it is not there.
static uint32_t driver_place(const struct invariants *self, uint32_t number)
{
    uint32_t place = 0;

    while (place < kernel_of(self)->driver_count &&
           kernel_of(self)->drivers[place].grant.driver != number)
        place++;
    return place;
}

// Function and userdata are those that the process subscribed.
static void check_subscription(struct invariants *self, const struct event *event)
{
    uint32_t place = driver_place(self, event->upcall_queued.driver);
    uint32_t number = event->upcall_queued.subscribe_num;
    const struct grant_upcall *subscribed;

    EXPECT(self, !self->is_intact || place < kernel_of(self)->driver_count);
    if (!self->is_intact || place == kernel_of(self)->driver_count || number >= WATCHED_NUMBERS)
        return;
    subscribed = &watched_of(self, event)->drivers[place].upcalls[number];
    EXPECT(self, event->upcall_queued.pc == subscribed->fn);
    EXPECT(self, event->upcall_queued.userdata == subscribed->userdata);
    EXPECT(self, subscribed->fn != 0);
}

// Where a notification is heard.
static uint32_t number_of(const struct event *event, const struct notification *notification)
{
    return notification->type == IPC_SERVICE ? event->process : notification->from;
}

// Who it is from, where it is heard, and the buffer.
static void check_ipc_arguments(struct invariants *self, const struct event *event,
                                const struct notification *notification)
{
    const struct grant_buffer *shared =
        &self->processes[notification->from].drivers[0].allow_rw[event->process % WATCHED_NUMBERS];

    EXPECT(self, event->upcall_queued.arg0 == notification->from);
    EXPECT(self, event->upcall_queued.subscribe_num == number_of(event, notification));
    if (!self->is_intact || event->process >= WATCHED_NUMBERS)
        return;
    EXPECT(self, event->upcall_queued.arg1 == shared->size);
    EXPECT(self, event->upcall_queued.arg2 == (shared->size > 0 ? shared->start : 0));
}

static void on_upcall_queued(struct invariants *self, const struct event *event)
{
    struct watched *watched = watched_of(self, event);
    struct notification *notification;

    EXPECT(self, event->upcall_queued.cause < event->seq);
    EXPECT(self, event->upcall_queued.result != ERROR_NODEVICE);
    if (event->upcall_queued.result == ERROR_NOMEM) {
        EXPECT(self, watched->tasks == TASK_CAPACITY);
        watched->dropped++;
    } else {
        watched->tasks++;
    }
    check_subscription(self, event);
    if (event->upcall_queued.driver != IPC_DRIVER_NUM)
        return;
    notification = expect_notification(self, event, event->upcall_queued.cause, STAGE_TAKEN);
    EXPECT(self, event->upcall_queued.result == ERROR_NONE);
    if (!notification)
        return;
    check_ipc_arguments(self, event, notification);
    notification->stage = STAGE_CONVERTED;
    notification->pc = event->upcall_queued.pc;
    memcpy(notification->argument, &event->upcall_queued.arg0, sizeof notification->argument);
}

static void on_upcall_removed(struct invariants *self, const struct event *event)
{
    struct watched *watched = watched_of(self, event);
    struct notification *notification;

    EXPECT(self, watched->call.syscall.class == SYSCALL_SUBSCRIBE);
    EXPECT(self, watched->call.syscall.r0 == event->upcall_removed.driver);
    EXPECT(self, watched->call.syscall.r1 == event->upcall_removed.subscribe_num);
    watched->tasks--;
    if (event->upcall_removed.driver != IPC_DRIVER_NUM)
        return;
    notification = expect_notification(self, event, event->upcall_removed.cause, STAGE_CONVERTED);
    if (!notification)
        return;
    EXPECT(self, event->upcall_removed.subscribe_num == number_of(event, notification));
    forget_notification(watched, notification);
}

static bool is_ipc_upcall(const struct event *event)
{
    return event->upcall.source == SOURCE_DRIVER && event->upcall.driver == IPC_DRIVER_NUM;
}

static void on_upcall_dequeued(struct invariants *self, const struct event *event)
{
    struct notification *notification;

    watched_of(self, event)->tasks--;
    if (!is_ipc_upcall(event))
        return;
    notification = expect_notification(self, event, event->upcall_dequeued.cause, STAGE_CONVERTED);
    if (notification)
        notification->stage = STAGE_DELIVERED;
}

static void enter_upcall(struct watched *watched, uint32_t seq)
{
    if (watched->depth < WATCHED_DEPTH)
        watched->upcalls[watched->depth] = seq;
    watched->depth++;
}

static void on_upcall(struct invariants *self, const struct event *event)
{
    struct notification *notification;

    EXPECT(self, process_of(self, event)->state == PROCESS_YIELDED ||
                     process_of(self, event)->state == PROCESS_UNSTARTED);
    if (event->upcall.source == SOURCE_DRIVER)
        enter_upcall(watched_of(self, event), event->seq);
    if (!is_ipc_upcall(event))
        return;
    notification = expect_notification(self, event, event->upcall.cause, STAGE_DELIVERED);
    if (!notification)
        return;
    EXPECT(self, event->upcall.pc == notification->pc);
    EXPECT(self,
           memcmp(&event->upcall.arg0, notification->argument, sizeof notification->argument) == 0);
    forget_notification(watched_of(self, event), notification);
}

static void on_upcall_nested(struct invariants *self, const struct event *event)
{
    const struct watched *watched = watched_of(self, event);
    uint32_t outer = 0;

    while (outer < WATCHED_DEPTH && outer < watched->depth &&
           watched->upcalls[outer] != event->upcall_nested.cause)
        outer++;
    EXPECT(self, event->upcall_nested.depth == watched->depth);
    EXPECT(self, outer == WATCHED_DEPTH || outer + 1 < watched->depth);
}

static void on_upcall_return(struct invariants *self, const struct event *event)
{
    struct watched *watched = watched_of(self, event);

    EXPECT(self, watched->depth > 0);
    if (watched->depth > 0 && --watched->depth < WATCHED_DEPTH)
        EXPECT(self, event->upcall_return.cause == watched->upcalls[watched->depth]);
}

static void on_task_dropped(struct invariants *self, const struct event *event)
{
    struct watched *watched = watched_of(self, event);
    const struct notification *notification = find_notification(watched, event->task_dropped.cause);

    self->reached.drops |= 1u << event->task_dropped.reason;
    watched->tasks--;
    if (event->task_dropped.task == TASK_IPC)
        EXPECT(self, notification && notification->stage == STAGE_QUEUED);
    if (notification)
        forget_notification(watched, notification);
}

// ---- system calls

static void on_syscall(struct invariants *self, const struct event *event)
{
    EXPECT(self, event->process == self->running);
    EXPECT(self, process_of(self, event)->state == PROCESS_RUNNING);
    EXPECT(self, kernel_of(self)->mpu->configured_for == event->syscall.id);
    watched_of(self, event)->call = *event;
}

// What a swap gave back is what the last one put there.
static void check_pair(struct invariants *self, const struct event *answer, uint32_t first,
                       uint32_t second)
{
    EXPECT(self, answer->syscall_return.w1 == first);
    EXPECT(self, answer->syscall_return.w2 == second);
}

static void swap_buffer(struct invariants *self, const struct event *call,
                        const struct event *answer, struct grant_buffer *buffer)
{
    const struct process *process = process_of(self, call);
    uaddr start = call->syscall.r2;
    uint32_t size = call->syscall.r3;

    check_pair(self, answer, buffer->start, buffer->size);
    EXPECT(self, size == 0 || process_owns_memory(process, start, size) ||
                     (call->syscall.class == SYSCALL_ALLOW_RO &&
                      process_owns_flash(process, start, size)));
    EXPECT(self, size == 0 || !process_owns_memory(process, start, size) ||
                     process->allow_high_water_mark >= start + size);
    *buffer = (struct grant_buffer){.start = start, .size = size};
}

static void swap_upcall(struct invariants *self, const struct event *call,
                        const struct event *answer, struct grant_upcall *upcall)
{
    check_pair(self, answer, upcall->fn, upcall->userdata);
    *upcall = (struct grant_upcall){.fn = call->syscall.r2, .userdata = call->syscall.r3};
}

static void on_swap(struct invariants *self, const struct event *call, const struct event *answer)
{
    uint32_t place = driver_place(self, call->syscall.r0);
    uint32_t number = call->syscall.r1;
    struct watched_driver *driver;

    EXPECT(self, !self->is_intact || place < kernel_of(self)->driver_count);
    if (!self->is_intact || place == kernel_of(self)->driver_count || number >= WATCHED_NUMBERS)
        return;
    driver = &watched_of(self, call)->drivers[place];
    if (call->syscall.class == SYSCALL_SUBSCRIBE)
        swap_upcall(self, call, answer, &driver->upcalls[number]);
    else if (call->syscall.class == SYSCALL_ALLOW_RO)
        swap_buffer(self, call, answer, &driver->allow_ro[number]);
    else
        swap_buffer(self, call, answer, &driver->allow_rw[number]);
}

static bool is_swap(const struct event *call)
{
    return call->syscall.class == SYSCALL_SUBSCRIBE || call->syscall.class == SYSCALL_ALLOW_RW ||
           call->syscall.class == SYSCALL_ALLOW_RO;
}

static void on_syscall_return(struct invariants *self, const struct event *event)
{
    const struct event call = watched_of(self, event)->call;

    EXPECT(self, call.seq != 0 && call.seq == event->syscall_return.cause);
    watched_of(self, event)->call.seq = 0;
    if (is_swap(&call) && event->syscall_return.variant == RETURN_SuccessU32U32)
        on_swap(self, &call, event);
}

static void on_grant_allocated(struct invariants *self, const struct event *event)
{
    struct watched *watched = watched_of(self, event);

    EXPECT(self, event->grant_allocated.start == event->grant_allocated.kernel_brk);
    EXPECT(self,
           event->grant_allocated.kernel_brk + event->grant_allocated.size <= watched->kernel_brk);
    EXPECT(self, event->grant_allocated.kernel_brk >= process_of(self, event)->app_brk);
    watched->kernel_brk = event->grant_allocated.kernel_brk;
    watched->grants++;
}

// ---- schedulers

static void on_schedule(struct invariants *self, const struct event *event)
{
    const struct kernel *kernel = kernel_of(self);

    EXPECT(self, process_is_ready(process_of(self, event)));
    EXPECT(self, process_is_active(process_of(self, event)));
    if (kernel->scheduler.kind == SCHEDULER_PRIORITY)
        EXPECT(self, kernel_ready_from(kernel, 0) == event->process);
    if (kernel->scheduler.kind == SCHEDULER_ROUND_ROBIN)
        EXPECT(self, event->schedule.timeslice_us > 0 && event->schedule.timeslice_us <= 10000);
    if (kernel->scheduler.kind == SCHEDULER_PRIORITY ||
        kernel->scheduler.kind == SCHEDULER_COOPERATIVE)
        EXPECT(self, event->schedule.timeslice_us == NO_TIMESLICE);
    self->scheduled = event->process;
    self->timeslice_us = event->schedule.timeslice_us;
}

static void on_sleep(struct invariants *self, const struct event *event)
{
    (void)event;
    EXPECT(self, kernel_of(self)->work == 0);
}

static void on_stop(struct invariants *self, const struct event *event)
{
    self->reached.stops |= 1u << event->stop.reason;
    EXPECT(self, event->process == self->scheduled);
    EXPECT(self, event->stop.executed_us <= self->timeslice_us);
    EXPECT(self,
           event->stop.reason != STOP_TIMESLICE_EXPIRED || self->timeslice_us != NO_TIMESLICE);
}

static void on_context_switch(struct invariants *self, const struct event *event)
{
    EXPECT(self, event->process == self->scheduled);
    EXPECT(self, process_of(self, event)->state == PROCESS_RUNNING);
    EXPECT(self, process_of(self, event)->id.identifier == event->context_switch.id);
    self->running = event->process;
    invariants_check(self);
}

// ---- the end of it

static enum fault_action expected_action(const struct process *process)
{
    bool restarts = process->restart_count <= process->fault_policy.threshold;

    switch (process->fault_policy.kind) {
    case FAULT_POLICY_PANIC:
        return FAULT_ACTION_PANIC;
    case FAULT_POLICY_RESTART:
        return FAULT_ACTION_RESTART;
    case FAULT_POLICY_THRESHOLD:
        return restarts ? FAULT_ACTION_RESTART : FAULT_ACTION_STOP;
    case FAULT_POLICY_THRESHOLD_PANIC:
        return restarts ? FAULT_ACTION_RESTART : FAULT_ACTION_PANIC;
    case FAULT_POLICY_STOP:
        break;
    }
    return FAULT_ACTION_STOP;
}

// An upcall that was taken but could not be delivered is lost with its process.
static void on_fault(struct invariants *self, const struct event *event)
{
    struct watched *watched = watched_of(self, event);

    EXPECT(self, event->fault.action == expected_action(process_of(self, event)));
    for (uint32_t i = 0; i < watched->notification_count; i++)
        if (watched->notifications[i].stage == STAGE_DELIVERED)
            forget_notification(watched, &watched->notifications[i]);
    self->last_fault = *event;
    self->reached.faults |= 1u << event->fault.cause;
}

static void on_panic(struct invariants *self, const struct event *event)
{
    self->has_panicked = true;
    self->reached.panics |= 1u << event->panic.reason;
    switch (event->panic.reason) {
    case PANIC_PROCESS_FAULT:
        EXPECT(self, self->last_fault.seq == event->seq - 1);
        EXPECT(self, self->last_fault.fault.action == FAULT_ACTION_PANIC);
        break;
    case PANIC_GRANT_REENTERED: // by who notified itself
        EXPECT(self, !self->is_intact || self->taken_from == event->process);
        break;
    case PANIC_DIVIDE_BY_ZERO:
        EXPECT(self, has_subregions(self->world));
        break;
    case PANIC_BAD_GRANT:
        EXPECT(self, !self->is_intact);
        break;
    default:
        fail(self, "the kernel panicked: reason %u", (unsigned)event->panic.reason);
    }
}

// ---- all events

static void check_order(struct invariants *self, const struct event *event)
{
    EXPECT(self, event->seq == self->last_seq + 1);
    EXPECT(self, event->time_us >= self->last_time_us);
    EXPECT(self, event->process == NO_PROCESS || event->process < self->world->process_count);
    EXPECT(self, !self->has_panicked);
    self->last_seq = event->seq;
    self->last_time_us = event->time_us;
    self->events++;
    self->upcalls += event->kind == EVENT_upcall;
    self->reached.kinds |= EVENT_BIT(event->kind);
}

static void take(struct sink *sink, const struct event *event)
{
    static void (*const handlers[WATCHED_KINDS])(struct invariants *, const struct event *) = {
        [EVENT_loaded] = on_loaded,
        [EVENT_schedule] = on_schedule,
        [EVENT_ipc_queued] = on_ipc_queued,
        [EVENT_ipc_dequeued] = on_ipc_dequeued,
        [EVENT_ipc_converted] = on_ipc_converted,
        [EVENT_region_added] = on_region_added,
        [EVENT_upcall_queued] = on_upcall_queued,
        [EVENT_upcall_removed] = on_upcall_removed,
        [EVENT_upcall_dequeued] = on_upcall_dequeued,
        [EVENT_upcall] = on_upcall,
        [EVENT_upcall_nested] = on_upcall_nested,
        [EVENT_upcall_return] = on_upcall_return,
        [EVENT_task_dropped] = on_task_dropped,
        [EVENT_context_switch] = on_context_switch,
        [EVENT_syscall] = on_syscall,
        [EVENT_syscall_return] = on_syscall_return,
        [EVENT_grant_allocated] = on_grant_allocated,
        [EVENT_fault] = on_fault,
        [EVENT_restarted] = on_restarted,
        [EVENT_ended] = on_ended,
        [EVENT_stop] = on_stop,
        [EVENT_sleep] = on_sleep,
        [EVENT_panic] = on_panic,
    };
    struct invariants *self = (struct invariants *)sink;

    check_order(self, event);
    if (handlers[event->kind] && !self->failure[0])
        handlers[event->kind](self, event);
}

static void ignore_begin(struct sink *sink, const struct run_info *info)
{
    (void)sink;
    (void)info;
}

static void ignore_end(struct sink *sink, const struct run_result *result)
{
    (void)sink;
    (void)result;
}

void invariants_follow(struct invariants *self, struct world *world)
{
    memset(self, 0, sizeof *self);
    self->sink =
        (struct sink){.wanted = ALL_EVENTS, .begin = ignore_begin, .take = take, .end = ignore_end};
    self->world = world;
    self->is_intact = true;
    self->running = NO_PROCESS;
    self->last_seq = world->kernel.event_seq;
    world_add_sink(world, &self->sink);
}

// ---- memory

static bool is_in_region(const struct mpu_region *region, uaddr address, enum access_op op)
{
    uint32_t offset = address - region->base;

    if (!region->used || offset >= region->span)
        return false;
    if (op == ACCESS_STORE && region->permissions != MPU_READ_WRITE)
        return false;
    return (region->disabled >> (offset / (region->span / 8)) & 1) == 0;
}

// On a Cortex-M the regions of the process that runs are all there is.
static bool is_in_regions(const struct process *process, uaddr address, uint32_t size,
                          enum access_op op)
{
    for (uint32_t i = 0; i < size; i++) {
        bool is_covered = false;

        for (uint32_t k = 0; k < MPU_MAX_REGIONS; k++)
            is_covered |= is_in_region(&process->mpu_config.regions[k], address + i, op);
        if (!is_covered)
            return false;
    }
    return true;
}

static bool is_flash(const struct world *world, uaddr address)
{
    return address - world->board.flash_start < world->board.flash_size;
}

static bool is_mapped(const struct app *app, enum access_op op, uaddr address, uint32_t size)
{
    const struct world *world = app->world;

    if (!world_memory(app->world, address, size) ||
        (op == ACCESS_STORE && is_flash(world, address)))
        return false;
    return world->board.unit == UNIT_NONE ||
           is_in_regions(&world->processes[app->index], address, size, op);
}

// The units that answer from the regions of the running process and nothing else.
static bool is_certain(const struct world *world)
{
    return has_subregions(world) || world->board.unit == UNIT_NONE;
}

// Memory of no process, and the upper end of each one's, is the kernel's.
static bool is_kernels(const struct world *world, uaddr address, uint32_t size)
{
    for (uint32_t i = 0; i < world->process_count; i++) {
        const struct process *process = &world->processes[i];
        uint32_t offset = address - process->memory_start;

        if (offset < process->memory_size)
            return offset + size > process->kernel_brk - process->memory_start;
    }
    return true;
}

bool invariants_expect_access(struct invariants *self, const struct app *app, enum access_op op,
                              uaddr address, uint32_t size)
{
    bool is_allowed = bus_allows(app->world, app->index, address, size, op);

    if (!self || size == 0)
        return is_allowed;
    EXPECT(self, app->index == self->running);
    if (is_certain(app->world))
        EXPECT(self, is_allowed == is_mapped(app, op, address, size));
    if (is_allowed && op == ACCESS_STORE && is_kernels(app->world, address, size))
        self->is_intact = false;
    return is_allowed;
}
