// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "event_text.h"

#include <inttypes.h>

#include "../../core/capsule_abi.h"
#include "../../core/ipc.h"
#include "../../core/kernel.h"
#include "call_text.h"
#include "line.h"

static void put_notify(struct line *line, uint32_t seq)
{
    if (!line->is_lasting)
        line_put(line, " <- notify #%" PRIu32, seq);
}

// ---- notifications and upcalls

bool event_is_lost(const struct event *converted)
{
    return converted->ipc_converted.result != GRANT_OK ||
           converted->ipc_converted.scheduled != SCHEDULE_QUEUED;
}

static void describe_ipc_queued(struct line *line, const struct event *event)
{
    bool is_refused = event->ipc_queued.result != ERROR_NONE;

    line_put(line, is_refused ? "refused: notify" : "notify");
    if (!line->is_lasting)
        line_put(line, " #%" PRIu32, event->seq);
    line_put(line, " from ");
    line_put_process(line, event->ipc_queued.from);
    line_put(line, is_refused ? ": " : " queued");
    if (is_refused)
        line_put_value(line, FIELD_TYPE_error, event->ipc_queued.result);
}

static void describe_ipc_converted(struct line *line, const struct event *event)
{
    line_put(line, event_is_lost(event) ? "lost: notification from " : "notification from ");
    line_put_process(line, event->ipc_converted.from);
    line_put(line, ": ");
    if (event->ipc_converted.result != GRANT_OK)
        line_put_about(line, FIELD_TYPE_ipc_result, event->ipc_converted.result);
    else
        line_put_about(line, FIELD_TYPE_schedule_result, event->ipc_converted.scheduled);
    put_notify(line, event->ipc_converted.cause);
}

// A notification without a buffer asks as well, for a region of no bytes.
static void describe_no_region_needed(struct line *line, const struct event *event)
{
    line_put(line, "no region needed: no buffer is shared");
    put_notify(line, event->region_added.cause);
}

static void describe_region_added(struct line *line, const struct event *event)
{
    if (event->region_added.size == 0 && !event->region_added.allowed) {
        describe_no_region_needed(line, event);
        return;
    }
    line_put(line,
             event->region_added.allowed ? "region over " : "no region: the MPU driver refuses ");
    line_put_buffer(line, event->region_added.start, event->region_added.size);
    if (event->region_added.allowed) {
        line_put(line, ": mapped ");
        line_put_buffer(line, event->region_added.region_start, event->region_added.region_size);
        if (!event->region_added.listed)
            line_put(line, ", but the process's list of %d is full", IPC_REGION_SLOTS);
    }
    put_notify(line, event->region_added.cause);
}

// A function call as events carry it: driver, subscribe number, function, three
// arguments, userdata.
static void put_function_call(struct line *line, uint32_t process, const uint32_t call[7])
{
    line_put_driver(line, call[0]);
    if (call[0] == ALARM_DRIVER_NUM && line->is_lasting) { // the first two are times
        line_put(line, "[%" PRIu32 "](*, *, %" PRIu32 ", userdata=%" PRIu32 ")", call[1], call[5],
                 call[6]);
        return;
    }
    if (call[0] != IPC_DRIVER_NUM) {
        line_put(line, "[%" PRIu32 "](%" PRIu32 ", %" PRIu32 ", %" PRIu32 ", userdata=%" PRIu32 ")",
                 call[1], call[3], call[4], call[5], call[6]);
        return;
    }
    line_put(line, call[1] == process ? ".service(from=" : ".client(from=");
    line_put_process(line, call[3]);
    line_put(line, ", len=%" PRIu32 ", addr=", call[4]);
    line_put_address(line, call[5]);
    line_put(line, ", userdata=%" PRIu32 ")", call[6]);
}

static void describe_upcall(struct line *line, const struct event *event)
{
    if (event->upcall.source == SOURCE_KERNEL) {
        line_put(line, "starts at ");
        line_put_address(line, event->upcall.pc);
        return;
    }
    line_put(line, "upcall ");
    put_function_call(line, event->process, event->word + 1);
    if (event->upcall.driver == IPC_DRIVER_NUM)
        put_notify(line, event->upcall.cause);
}

static void put_upcall_name(struct line *line, uint32_t process, uint32_t driver, uint32_t number)
{
    line_put(line, "upcall ");
    line_put_driver(line, driver);
    if (driver == IPC_DRIVER_NUM)
        line_put(line, number == process ? ".service" : ".client");
    else
        line_put(line, "[%" PRIu32 "]", number);
}

// A line of the script is no part of what is compared later.
static void put_where_it_waits(struct line *line, uint32_t at)
{
    if (at == 0 || line->is_lasting)
        line_put(line, ", which has not returned");
    else
        line_put(line, ", which waits at line %" PRIu32, at);
}

static void put_owner(struct line *line, uint32_t process)
{
    char name[LINE_NAME_SIZE];

    if (line->is_lasting)
        line_put_label(line, process);
    else
        line_put(line, "%s", line_name_of(line->view, process, name));
}

static void describe_upcall_nested(struct line *line, const struct event *event)
{
    bool is_again = event->upcall_nested.again;

    line_put(line, is_again ? "enters " : "enters an upcall of ");
    put_owner(line, event->process);
    line_put(line, is_again ? "'s upcall again" : " on top of ");
    if (!is_again)
        put_upcall_name(line, event->process, event->upcall_nested.driver,
                        event->upcall_nested.subscribe_num);
    put_where_it_waits(line, event->upcall_nested.line);
}

static void describe_upcall_return(struct line *line, const struct event *event)
{
    line_put(line, "returns from ");
    put_upcall_name(line, event->process, event->upcall_return.driver,
                    event->upcall_return.subscribe_num);
}

static void describe_upcall_queued(struct line *line, const struct event *event)
{
    bool is_refused = event->upcall_queued.result != ERROR_NONE;

    line_put(line, is_refused ? "lost: upcall " : "queued: upcall ");
    put_function_call(line, event->process, event->word);
    if (is_refused) {
        line_put(line, ": ");
        line_put_value(line, FIELD_TYPE_error, event->upcall_queued.result);
    }
    if (event->upcall_queued.driver == IPC_DRIVER_NUM)
        put_notify(line, event->upcall_queued.cause);
}

static void describe_upcall_removed(struct line *line, const struct event *event)
{
    line_put(line, "lost: upcall ");
    put_function_call(line, event->process, event->word);
    line_put(line, ": removed by a subscribe");
    if (event->upcall_removed.driver == IPC_DRIVER_NUM)
        put_notify(line, event->upcall_removed.cause);
}

static void describe_task_dropped(struct line *line, const struct event *event)
{
    line_put(line, "lost: ");
    line_put_about(line, FIELD_TYPE_task, event->task_dropped.task);
    if (event->task_dropped.task == TASK_IPC) {
        line_put(line, " from ");
        line_put_process(line, event->task_dropped.from);
    }
    line_put(line, ": ");
    line_put_about(line, FIELD_TYPE_drop_reason, event->task_dropped.reason);
    if (event->task_dropped.task == TASK_IPC)
        put_notify(line, event->task_dropped.cause);
    else if (event->task_dropped.cause != 0 && !line->is_lasting)
        line_put(line, " <- #%" PRIu32, event->task_dropped.cause);
}

static void describe_syscall_return(struct line *line, const struct event *event)
{
    line_put(line, "-> ");
    call_put_answer(line, NULL, event);
}

// ---- the life of a process

static void describe_loaded(struct line *line, const struct event *event)
{
    line_put(line, "loaded: memory ");
    line_put_buffer(line, event->loaded.memory_start, event->loaded.memory_size);
    line_put(line, ", flash ");
    line_put_buffer(line, event->loaded.flash_start, event->loaded.flash_size);
}

static void describe_schedule(struct line *line, const struct event *event)
{
    line_put(line, "scheduled");
    if (event->schedule.level != NO_LEVEL)
        line_put(line, " at level %" PRIu32, event->schedule.level);
    if (event->schedule.timeslice_us == NO_TIMESLICE)
        line_put(line, " without a timeslice");
    else
        line_put(line, " for %" PRIu32 " us", event->schedule.timeslice_us);
}

static void describe_stop(struct line *line, const struct event *event)
{
    line_put(line, "stops: ");
    line_put_value(line, FIELD_TYPE_stop_reason, event->stop.reason);
    if (event->stop.executed_us != NO_TIMESLICE)
        line_put(line, " after %" PRIu32 " us", event->stop.executed_us);
}

static void describe_grant_allocated(struct line *line, const struct event *event)
{
    line_put(line, "grant for ");
    line_put_driver(line, event->grant_allocated.driver);
    line_put(line, " at ");
    line_put_buffer(line, event->grant_allocated.start, event->grant_allocated.size);
}

static void describe_grant_refused(struct line *line, const struct event *event)
{
    line_put(line, "no grant for ");
    line_put_driver(line, event->grant_refused.driver);
    line_put(line, ": %" PRIu32 " bytes needed, %" PRIu32 " free between app_brk and kernel_brk",
             event->grant_refused.size, event->grant_refused.room);
    line_put(line, event->grant_refused.by_unit
                       ? ", but no border there that the MPU can make; a larger ram may have one"
                       : "; it takes a larger ram, or less of it in use");
}

static void describe_pending_dropped(struct line *line, const struct event *event)
{
    line_put(line, "lost: upcall ");
    line_put_driver(line, event->pending_dropped.driver);
    line_put(line, "[%" PRIu32 "]", event->pending_dropped.subscribe_num);
    if (event->pending_dropped.due_us != NO_TIMESLICE && !line->is_lasting)
        line_put(line, " due at %" PRIu32 " us", event->pending_dropped.due_us);
    line_put(line, ": its process ended or restarted before");
}

static void put_bytes_at(struct line *line, uint32_t size, uaddr address)
{
    line_put(line, " of %" PRIu32 " byte%s at ", size, size == 1 ? "" : "s");
    line_put_address(line, address);
}

static void describe_access(struct line *line, const struct event *event)
{
    line_put_value(line, FIELD_TYPE_access, event->access.op);
    put_bytes_at(line, event->access.size, event->access.address);
    line_put(line, event->access.allowed ? " allowed" : " refused");
}

static void describe_stale_access(struct line *line, const struct event *event)
{
    line_put_value(line, FIELD_TYPE_access, event->stale_access.op);
    put_bytes_at(line, event->stale_access.size, event->stale_access.address);
    line_put(line, ": ");
    line_put_process(line, event->stale_access.owner);
    line_put(line, " does not share it any more, still mapped");
}

static void describe_work(struct line *line, const struct event *event)
{
    line_put(line, "works %" PRIu32 " us", event->work.us);
}

static void describe_interrupt(struct line *line, const struct event *event)
{
    line_put(line, "interrupted: ");
    line_put_about(line, FIELD_TYPE_interrupt, event->interrupt.source);
}

static void describe_fault(struct line *line, const struct event *event)
{
    line_put(line, "fault: ");
    line_put_about(line, FIELD_TYPE_fault_cause, event->fault.cause);
    line_put(line, " -> ");
    line_put_value(line, FIELD_TYPE_fault_action, event->fault.action);
}

static void describe_restarted(struct line *line, const struct event *event)
{
    line_put(line, "restarted");
    if (!line->is_lasting)
        line_put(line, " with id %" PRIu32, event->restarted.id);
    line_put(line, ", restart %" PRIu32, event->restarted.restart_count);
}

static void describe_stopped(struct line *line, const struct event *event)
{
    line_put(line, "stopped: ");
    line_put_value(line, FIELD_TYPE_state, event->stopped.state);
}

static void describe_resumed(struct line *line, const struct event *event)
{
    line_put(line, "resumed: ");
    line_put_value(line, FIELD_TYPE_state, event->resumed.state);
}

// What the state makes of it shows in the events that follow, if any does.
static void describe_operator(struct line *line, const struct event *event)
{
    line_put(line, "operator: ");
    line_put_value(line, FIELD_TYPE_operator_verb, event->operator.verb);
    line_put(line, ", was ");
    line_put_value(line, FIELD_TYPE_state, event->operator.state);
}

static void describe_byte_written(struct line *line, const struct event *event)
{
    line_put(line, "the kernel writes %" PRIu32 " at ", event->byte_written.value);
    line_put_address(line, event->byte_written.address);
}

static void describe_spin(struct line *line, const struct event *event)
{
    (void)event;
    line_put(line, "spins: stopped processes have tasks, the chip does not sleep");
}

static void describe_ended(struct line *line, const struct event *event)
{
    line_put(line, "ended: ");
    line_put_value(line, FIELD_TYPE_state, event->ended.state);
}

static void describe_sleep(struct line *line, const struct event *event)
{
    (void)event;
    line_put(line, "sleeps: no process has anything to do");
}

static void describe_panic(struct line *line, const struct event *event)
{
    line_put(line, "kernel panic: ");
    line_put_about(line, FIELD_TYPE_panic_reason, event->panic.reason);
}

// The memory is that of this moment, which is when the process wrote it.
static void describe_print(struct line *line, const struct event *event)
{
    const uint8_t *bytes = view_printed(line->view, event);

    line_put(line, "print \"");
    if (bytes)
        line_put_escaped(line, (const char *)bytes, event->print.size);
    line_put(line, "\"");
}

static void describe_note(struct line *line, const struct event *event)
{
    line_put(line, "note in line %" PRIu32, event->note.line);
    if (!line->view->note)
        return;
    line_put(line, ": \"");
    line_put_escaped(line, line->view->note, event->note.size);
    line_put(line, "\"");
}

static void describe_expect(struct line *line, const struct event *event)
{
    line_put(line, "expectation in line %" PRIu32 " %s", event->expect.line,
             event->expect.met ? "met" : "not met");
}

static void describe_done(struct line *line, const struct event *event)
{
    (void)event;
    line_put(line, "done");
}

// Any event: its name and its fields.
static void describe_fields(struct line *line, const struct event *event)
{
    uint32_t count;
    const struct event_field *fields = event_fields(event->kind, &count);

    line_put(line, "%s", event_name(event->kind));
    for (uint32_t i = 0; i < count; i++) {
        line_put(line, " %s=", fields[i].name);
        if (fields[i].type == FIELD_TYPE_process)
            line_put_process(line, event->word[i]);
        else if (fields[i].type == FIELD_TYPE_driver)
            line_put_driver(line, event->word[i]);
        else
            line_put_value(line, fields[i].type, event->word[i]);
    }
}

// ---- how each kind is shown

typedef void describe(struct line *line, const struct event *event);

// Kinds without a description of their own show their fields.
static const struct look {
    describe *describe;
    enum tone tone;
} looks[EVENT_KINDS] = {
    [EVENT_loaded] = {describe_loaded, TONE_DIM},
    [EVENT_schedule] = {describe_schedule, TONE_DIM},
    [EVENT_ipc_queued] = {describe_ipc_queued, TONE_PLAIN},
    [EVENT_ipc_converted] = {describe_ipc_converted, TONE_RED},
    [EVENT_region_added] = {describe_region_added, TONE_PLAIN},
    [EVENT_upcall_queued] = {describe_upcall_queued, TONE_RED},
    [EVENT_upcall_removed] = {describe_upcall_removed, TONE_RED},
    [EVENT_upcall] = {describe_upcall, TONE_PLAIN},
    [EVENT_upcall_nested] = {describe_upcall_nested, TONE_RED},
    [EVENT_upcall_return] = {describe_upcall_return, TONE_DIM},
    [EVENT_task_dropped] = {describe_task_dropped, TONE_RED},
    [EVENT_syscall] = {call_put, TONE_PLAIN},
    [EVENT_syscall_return] = {describe_syscall_return, TONE_PLAIN},
    [EVENT_grant_allocated] = {describe_grant_allocated, TONE_DIM},
    [EVENT_grant_refused] = {describe_grant_refused, TONE_RED},
    [EVENT_pending_dropped] = {describe_pending_dropped, TONE_RED},
    [EVENT_access] = {describe_access, TONE_RED},
    [EVENT_work] = {describe_work, TONE_PLAIN},
    [EVENT_interrupt] = {describe_interrupt, TONE_DIM},
    [EVENT_fault] = {describe_fault, TONE_RED},
    [EVENT_restarted] = {describe_restarted, TONE_PLAIN},
    [EVENT_stopped] = {describe_stopped, TONE_PLAIN},
    [EVENT_resumed] = {describe_resumed, TONE_PLAIN},
    [EVENT_operator] = {describe_operator, TONE_PLAIN},
    [EVENT_byte_written] = {describe_byte_written, TONE_DIM},
    [EVENT_spin] = {describe_spin, TONE_DIM},
    [EVENT_ended] = {describe_ended, TONE_PLAIN},
    [EVENT_stop] = {describe_stop, TONE_DIM},
    [EVENT_sleep] = {describe_sleep, TONE_DIM},
    [EVENT_panic] = {describe_panic, TONE_RED},
    [EVENT_print] = {describe_print, TONE_PLAIN},
    [EVENT_note] = {describe_note, TONE_GREEN},
    [EVENT_expect] = {describe_expect, TONE_RED},
    [EVENT_done] = {describe_done, TONE_GREEN},
    [EVENT_stale_access] = {describe_stale_access, TONE_RED},
};

void event_put(struct line *line, const struct event *event)
{
    if (looks[event->kind].describe)
        looks[event->kind].describe(line, event);
    else
        describe_fields(line, event);
}

void event_text(const struct view *view, const struct event *event, char *text, size_t size)
{
    struct line line = line_start_of(text, size, view);

    event_put(&line, event);
}

enum tone event_tone(const struct event *event)
{
    return looks[event->kind].tone;
}
