// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "vector_sink.h"

#include <inttypes.h>
#include <string.h>

#include "../../core/grant.h"
#include "../../core/port.h"
#include "../base/count_of.h"
#include "../machine/bus.h"
#include "../trace/event_names.h"
#include "vector_body.h"
#include "vector_frame.h"
#include "vector_line.h"
#include "vector_regions.h"

// ---- names, as the vectors have them

static const char *const classes[] = {"",         "subscribe", "command", "rw_allow",
                                      "ro_allow", "memop",     "exit",    "ur_allow"};

static const char *syscall_name(uint32_t class, uint32_t r0)
{
    if (class >= COUNT_OF(classes))
        return "unknown";
    if (class != SYSCALL_YIELD)
        return classes[class];
    if (r0 == YIELD_NO_WAIT)
        return "yield_nowait";
    return r0 == YIELD_WAIT ? "yield_wait" : "yield_unknown";
}

// How many of r0 to r3 a class uses; of an unknown one all are shown.
static uint32_t syscall_words(uint32_t class)
{
    switch (class) {
#define X(NAME, number, name, words)                                                               \
    case number:                                                                                   \
        return words;
        SYSCALL_CLASSES(X)
#undef X
    default:
        return 4;
    }
}

static const char *enqueue_result(uint32_t error)
{
    return error == ERROR_NONE ? "ok" : field_value_name(FIELD_TYPE_error, error);
}

// ---- one line an event

// What yield-no-wait left for the process, now that it goes on.
static void write_yield_flag(struct vector_sink *sink, uint32_t index)
{
    struct kernel *kernel = &sink->world->kernel;
    uaddr address = sink->yield_flag[index];

    sink->yield_flag[index] = 0;
    if (address == 0 || !process_owns_memory(&kernel->processes[index], address, 1))
        return;
    vector_begin_process_line(sink->out, "ynw", index);
    fprintf(sink->out, ",\"addr\":%" PRIu32 ",\"val\":%u", address,
            *world_memory(sink->world, address, 1));
    vector_end_line(sink->out);
}

static void write_switch(struct vector_sink *sink, const struct event *event)
{
    vector_begin_process_line(sink->out, "switch", event->process);
    fprintf(sink->out, ",\"id\":%" PRIu32 ",\"t\":%" PRIu64, event->context_switch.id,
            event->time_us);
    vector_write_regions(sink->out, &sink->world->protection.hw);
    vector_end_line(sink->out);
    write_yield_flag(sink, event->process);
}

static void write_schedule(struct vector_sink *sink, const struct event *event)
{
    vector_poll(&sink->polls, &sink->world->kernel, sink->out);
    vector_begin_process_line(sink->out, "next", event->process);
    vector_write_us(sink->out, "slice", event->schedule.timeslice_us);
    fprintf(sink->out, ",\"t\":%" PRIu64, event->time_us);
    vector_end_line(sink->out);
}

static void write_sender(FILE *out, uint32_t from, uint32_t from_id, uint32_t type)
{
    fprintf(out, ",\"from\":%" PRIu32 ",\"from_id\":%" PRIu32 ",\"type\":\"%s\"", from, from_id,
            field_value_name(FIELD_TYPE_ipc_type, type));
}

static void write_ipc_queued(struct vector_sink *sink, const struct event *event)
{
    vector_begin_process_line(sink->out, "enq", event->process);
    fputs(",\"task\":\"ipc\"", sink->out);
    write_sender(sink->out, event->ipc_queued.from, event->ipc_queued.from_id,
                 event->ipc_queued.type);
    fprintf(sink->out, ",\"res\":\"%s\"", enqueue_result(event->ipc_queued.result));
    vector_end_line(sink->out);
}

static void write_ipc_dequeued(struct vector_sink *sink, const struct event *event)
{
    vector_begin_process_line(sink->out, "deq", event->process);
    fputs(",\"task\":\"ipc\"", sink->out);
    write_sender(sink->out, event->ipc_dequeued.from, event->ipc_dequeued.from_id,
                 event->ipc_dequeued.type);
    vector_end_line(sink->out);
}

static void write_ipc_converted(struct vector_sink *sink, const struct event *event)
{
    vector_begin_line(sink->out, "ipc");
    fprintf(sink->out, ",\"on\":%u", event->process);
    write_sender(sink->out, event->ipc_converted.from, event->ipc_converted.from_id,
                 event->ipc_converted.type);
    fprintf(sink->out, ",\"res\":\"%s\"",
            field_value_name(FIELD_TYPE_ipc_result, event->ipc_converted.result));
    vector_end_line(sink->out);
}

static void write_region_added(struct vector_sink *sink, const struct event *event)
{
    bool is_listed = event->region_added.listed;
    uaddr start = event->region_added.region_start;
    uint32_t size = event->region_added.region_size;

    vector_begin_process_line(sink->out, "region", event->process);
    vector_write_range(sink->out, "req", true, event->region_added.start, event->region_added.size);
    vector_write_range(sink->out, "mpu", event->region_added.allowed, start, size);
    vector_write_range(sink->out, "ret", is_listed, start, size);
    vector_end_line(sink->out);
}

// The function call of an event, from its driver on.
static void write_call(FILE *out, uint32_t driver, uint32_t subscribe_num, uaddr pc,
                       const uint32_t argument[4])
{
    fprintf(out, ",\"drv\":%" PRIu32 ",\"sub\":%" PRIu32 ",\"pc\":%" PRIu32, driver, subscribe_num,
            pc);
    vector_write_words(out, "a", argument, 4);
}

#define CALL_OF(e)                                                                                 \
    (e).driver, (e).subscribe_num, (e).pc, (const uint32_t[4])                                     \
    {                                                                                              \
        (e).arg0, (e).arg1, (e).arg2, (e).userdata                                                 \
    }

static void write_upcall_queued(struct vector_sink *sink, const struct event *event)
{
    vector_begin_process_line(sink->out, "enq", event->process);
    fputs(",\"task\":\"upcall\"", sink->out);
    write_call(sink->out, CALL_OF(event->upcall_queued));
    fprintf(sink->out, ",\"res\":\"%s\"", enqueue_result(event->upcall_queued.result));
    vector_end_line(sink->out);
}

static void write_upcall_removed(struct vector_sink *sink, const struct event *event)
{
    vector_begin_process_line(sink->out, "rm", event->process);
    fputs(",\"task\":\"upcall\"", sink->out);
    write_call(sink->out, CALL_OF(event->upcall_removed));
    vector_end_line(sink->out);
}

static void write_upcall_dequeued(struct vector_sink *sink, const struct event *event)
{
    vector_begin_process_line(sink->out, "deq", event->process);
    if (event->upcall_dequeued.source == SOURCE_KERNEL) {
        fprintf(sink->out, ",\"task\":\"init\",\"pc\":%" PRIu32, event->upcall_dequeued.pc);
    } else {
        fputs(",\"task\":\"upcall\"", sink->out);
        write_call(sink->out, CALL_OF(event->upcall_dequeued));
    }
    vector_end_line(sink->out);
}

static void write_upcall(struct vector_sink *sink, const struct event *event)
{
    vector_begin_process_line(sink->out, "upcall", event->process);
    if (event->upcall.source == SOURCE_KERNEL) {
        fprintf(sink->out, ",\"src\":\"init\",\"pc\":%" PRIu32, event->upcall.pc);
        vector_write_words(sink->out, "a",
                           (const uint32_t[4]){event->upcall.arg0, event->upcall.arg1,
                                               event->upcall.arg2, event->upcall.userdata},
                           4);
    } else {
        fputs(",\"src\":\"driver\"", sink->out);
        write_call(sink->out, CALL_OF(event->upcall));
    }
    vector_end_line(sink->out);
}

static void write_syscall(struct vector_sink *sink, const struct event *event)
{
    const uint32_t r[4] = {event->syscall.r0, event->syscall.r1, event->syscall.r2,
                           event->syscall.r3};
    uint32_t class = event->syscall.class;

    vector_begin_process_line(sink->out, "sys", event->process);
    fprintf(sink->out, ",\"id\":%" PRIu32 ",\"cls\":%" PRIu32 ",\"name\":\"%s\"", event->syscall.id,
            class, syscall_name(class, r[0]));
    vector_write_words(sink->out, "a", r, syscall_words(class));
    if (vector_is_idle(sink->world, event->process))
        fputs(",\"auto\":true", sink->out);
    vector_end_line(sink->out);
    sink->yield_flag[event->process] = class == SYSCALL_YIELD && r[0] == YIELD_NO_WAIT ? r[1] : 0;
}

static void write_syscall_return(struct vector_sink *sink, const struct event *event)
{
    const uint32_t word[4] = {event->syscall_return.variant, event->syscall_return.w1,
                              event->syscall_return.w2, event->syscall_return.w3};

    vector_begin_process_line(sink->out, "ret", event->process);
    fprintf(sink->out, ",\"name\":\"%s\"", field_value_name(FIELD_TYPE_variant, word[0]));
    vector_write_words(sink->out, "w", word, 1 + vector_answer_words(word[0]));
    vector_end_line(sink->out);
}

static void write_hex(struct vector_sink *sink, uaddr address, uint32_t size)
{
    const uint8_t *bytes = size ? world_memory(sink->world, address, size) : NULL;

    fputs(",\"hex\":\"", sink->out);
    for (uint32_t i = 0; bytes && i < size; i++)
        fprintf(sink->out, "%02x", bytes[i]);
    fputs("\"", sink->out);
}

static void write_access(struct vector_sink *sink, const struct event *event)
{
    bool is_load = event->access.op == ACCESS_LOAD;
    uint32_t size = event->access.size;

    vector_begin_process_line(sink->out, is_load ? "load" : "store", event->process);
    fprintf(sink->out, ",\"addr\":%" PRIu32 ",\"len\":%" PRIu32 ",\"ok\":%s", event->access.address,
            size, event->access.allowed ? "true" : "false");
    if (is_load && event->access.allowed)
        write_hex(sink, event->access.address, size);
    vector_end_line(sink->out);
}

static void write_work(struct vector_sink *sink, const struct event *event)
{
    vector_begin_process_line(sink->out, "burn", event->process);
    fprintf(sink->out, ",\"us\":%" PRIu32, event->work.us);
    vector_end_line(sink->out);
}

// The end of the run is not one of the interrupts that the vectors know.
static void write_interrupt(struct vector_sink *sink, const struct event *event)
{
    if (event->interrupt.source == INTERRUPT_LIMIT)
        return;
    vector_begin_process_line(sink->out, "intr", event->process);
    fprintf(sink->out, ",\"t\":%" PRIu64 ",\"why\":\"%s\"", event->time_us,
            field_value_name(FIELD_TYPE_interrupt, event->interrupt.source));
    vector_end_line(sink->out);
}

static void write_fault(struct vector_sink *sink, const struct event *event)
{
    if (event->fault.cause == FAULT_CAUSE_EXPLICIT) {
        vector_begin_process_line(sink->out, "userfault", event->process);
        vector_end_line(sink->out);
    }
    vector_begin_process_line(sink->out, "fault", event->process);
    fprintf(sink->out, ",\"action\":\"%s\"",
            field_value_name(FIELD_TYPE_fault_action, event->fault.action));
    vector_end_line(sink->out);
}

static void write_restarted(struct vector_sink *sink, const struct event *event)
{
    vector_begin_process_line(sink->out, "reinit", event->process);
    fprintf(sink->out, ",\"incarnation\":%" PRIu32, event->restarted.restart_count);
    vector_end_line(sink->out);
    sink->yield_flag[event->process] = 0;
    if (*vector_limit_reached(sink->world))
        sink->polls.cut = &sink->world->processes[event->process];
}

static void write_stop(struct vector_sink *sink, const struct event *event)
{
    vector_poll(&sink->polls, &sink->world->kernel, sink->out);
    vector_begin_process_line(sink->out, "stop", event->process);
    fprintf(sink->out, ",\"why\":\"%s\"",
            field_value_name(FIELD_TYPE_stop_reason, event->stop.reason));
    vector_write_us(sink->out, "us", event->stop.executed_us);
    fprintf(sink->out, ",\"t\":%" PRIu64, event->time_us);
    vector_end_line(sink->out);
}

static void write_time(struct vector_sink *sink, const char *name, const struct event *event)
{
    vector_begin_line(sink->out, name);
    fprintf(sink->out, ",\"t\":%" PRIu64, event->time_us);
    vector_end_line(sink->out);
}

static void write_panic(struct vector_sink *sink, const struct event *event)
{
    vector_begin_line(sink->out, "panic");
    fputs(",\"msg\":\"", sink->out);
    if (event->panic.reason == PANIC_PROCESS_FAULT) {
        fputs("Process ", sink->out);
        vector_write_name(sink->out, &sink->world->kernel.processes[event->process]);
        fputs(" had a fault", sink->out);
    } else {
        fputs(field_value_about(FIELD_TYPE_panic_reason, event->panic.reason), sink->out);
    }
    fputs("\",\"loc\":\"\"", sink->out);
    vector_end_line(sink->out);
}

// X(event, what writes it)
#define LINES(X)                                                                                   \
    X(schedule, write_schedule)                                                                    \
    X(ipc_queued, write_ipc_queued)                                                                \
    X(ipc_dequeued, write_ipc_dequeued)                                                            \
    X(ipc_converted, write_ipc_converted)                                                          \
    X(region_added, write_region_added)                                                            \
    X(upcall_queued, write_upcall_queued)                                                          \
    X(upcall_removed, write_upcall_removed)                                                        \
    X(upcall_dequeued, write_upcall_dequeued)                                                      \
    X(upcall, write_upcall)                                                                        \
    X(context_switch, write_switch)                                                                \
    X(syscall, write_syscall)                                                                      \
    X(syscall_return, write_syscall_return)                                                        \
    X(access, write_access)                                                                        \
    X(work, write_work)                                                                            \
    X(interrupt, write_interrupt)                                                                  \
    X(fault, write_fault)                                                                          \
    X(restarted, write_restarted)                                                                  \
    X(stop, write_stop)                                                                            \
    X(panic, write_panic)

static void take(struct sink *base, const struct event *event)
{
    struct vector_sink *sink = (struct vector_sink *)base;

    switch ((enum event_kind)event->kind) {
#define X(name, function)                                                                          \
    case EVENT_##name:                                                                             \
        function(sink, event);                                                                     \
        break;
        LINES(X)
#undef X
    case EVENT_poll:
        vector_poll(&sink->polls, &sink->world->kernel, sink->out);
        break;
    case EVENT_kernel_work:
        write_time(sink, "kwork", event);
        break;
    case EVENT_sleep:
        write_time(sink, "sleep", event);
        break;
    default:
        break;
    }
}

static void begin(struct sink *sink, const struct run_info *info)
{
    (void)info;
    vector_write_first_lines((const struct vector_sink *)sink);
}

static void end(struct sink *sink, const struct run_result *result)
{
    (void)result;
    vector_write_last_lines((struct vector_sink *)sink);
}

void vector_sink_init(struct vector_sink *sink, FILE *out, const struct vector *vector,
                      struct world *world)
{
    memset(sink, 0, sizeof *sink);
    sink->sink = (struct sink){.begin = begin, .take = take, .end = end};
#define X(name, function) sink->sink.wanted |= EVENT_BIT(EVENT_##name);
    LINES(X)
#undef X
    sink->sink.wanted |=
        EVENT_BIT(EVENT_poll) | EVENT_BIT(EVENT_kernel_work) | EVENT_BIT(EVENT_sleep);
    sink->out = out;
    sink->vector = vector;
    sink->world = world;
}
