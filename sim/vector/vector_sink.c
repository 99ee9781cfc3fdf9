// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "vector_sink.h"

#include <inttypes.h>
#include <string.h>

#include "../../core/grant.h"
#include "../../core/ipc.h"
#include "../../core/port.h"
#include "../../mpu_model/pmp_hw.h"
#include "../../mpu_model/protection.h"
#include "../base/nearest.h"
#include "../machine/bus.h"
#include "../trace/event_names.h"
#include "vector_body.h"

#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])

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

// ---- pieces of a line

// Bytes between quotes. Well-formed names are UTF-8 and stay as they are.
static void write_escaped(FILE *out, const char *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char)bytes[i];

        if (c == '"' || c == '\\')
            fprintf(out, "\\%c", c);
        else if (c == '\n')
            fputs("\\n", out);
        else if (c < ' ')
            fprintf(out, "\\u%04x", c);
        else
            fputc(c, out);
    }
}

static void write_name(FILE *out, const struct process *process)
{
    write_escaped(out, process->name, process->name_length);
}

// `,"a":[...]`
static void write_words(FILE *out, const char *key, const uint32_t *words, uint32_t count)
{
    fprintf(out, ",\"%s\":[", key);
    for (uint32_t i = 0; i < count; i++)
        fprintf(out, "%s%" PRIu32, i ? "," : "", words[i]);
    fputs("]", out);
}

// `,"key":[start,size]`, or null.
static void write_range(FILE *out, const char *key, bool is_there, uaddr start, uint32_t size)
{
    if (is_there)
        fprintf(out, ",\"%s\":[%" PRIu32 ",%" PRIu32 "]", key, start, size);
    else
        fprintf(out, ",\"%s\":null", key);
}

// `,"key":N`, or null for `none`.
static void write_us(FILE *out, const char *key, uint32_t us)
{
    if (us == NO_TIMESLICE)
        fprintf(out, ",\"%s\":null", key);
    else
        fprintf(out, ",\"%s\":%" PRIu32, key, us);
}

static void write_completion(FILE *out, const struct vector_poll *poll)
{
    if (poll->completion == COMPLETION_CODE)
        fprintf(out, ",\"cc\":%" PRIu32, poll->completion_code);
    else
        fprintf(out, ",\"cc\":%s", poll->completion == COMPLETION_NEVER ? "null" : "\"none\"");
}

static void write_grants(FILE *out, const struct vector_poll *poll)
{
    if (poll->is_active)
        fprintf(out, ",\"grants\":%" PRIu32, poll->grants);
    else
        fputs(",\"grants\":null", out);
}

static void begin_line(FILE *out, const char *event)
{
    fprintf(out, "{\"ev\":\"%s\"", event);
}

static void begin_process_line(FILE *out, const char *event, uint32_t process)
{
    fprintf(out, "{\"ev\":\"%s\",\"p\":%" PRIu32, event, process);
}

static void end_line(FILE *out)
{
    fputs("}\n", out);
}

// ---- proc: what changed in each process

// The machine that the vectors were recorded on stopped within a restart that was one
// step too many: the process had its new identifier and memory, and nothing to do yet.
static struct vector_poll cut_restart(const struct vector_poll *restarted)
{
    struct vector_poll poll = *restarted;

    poll.state = PROCESS_TERMINATED;
    poll.pending = 0;
    poll.restart_count--;
    poll.is_active = false;
    poll.grants = 0;
    return poll;
}

static struct vector_poll poll_process(const struct vector_sink *sink,
                                       const struct process *process)
{
    bool is_active = process_is_active(process);
    struct vector_poll poll = {
        .id = process->id.identifier,
        .state = process->state,
        .pending = task_queue_length(&process->tasks),
        .app_brk = process->app_brk,
        .kernel_brk = process->kernel_brk,
        .restart_count = process->restart_count,
        .dropped = process->dropped_upcalls,
        .expirations = process->timeslice_expirations,
        .is_active = is_active,
        .grants = is_active ? grant_count_allocated(&sink->world->kernel, process) : 0,
        .completion = process->completion,
        .completion_code = process->completion_code,
    };

    return process == sink->cut ? cut_restart(&poll) : poll;
}

// One `proc` line in the making: it is begun by the first field that changed.
struct poll_line {
    FILE *out;
    uint32_t process;
    bool all; // the first line of a process says everything
    bool begun;
};

// Whether a field belongs to the line; begins it then.
static bool says(struct poll_line *line, bool changed)
{
    if (!changed && !line->all)
        return false;
    if (!line->begun)
        begin_process_line(line->out, "proc", line->process);
    line->begun = true;
    return true;
}

static void say_number(struct poll_line *line, const char *key, uint32_t before, uint32_t now)
{
    if (says(line, before != now))
        fprintf(line->out, ",\"%s\":%" PRIu32, key, now);
}

static void write_changes(struct poll_line *line, const struct vector_poll *before,
                          const struct vector_poll *now)
{
    say_number(line, "id", before->id, now->id);
    if (says(line, before->state != now->state))
        fprintf(line->out, ",\"st\":\"%s\"", field_value_name(FIELD_TYPE_state, now->state));
    say_number(line, "pend", before->pending, now->pending);
    say_number(line, "brk", before->app_brk, now->app_brk);
    say_number(line, "kbrk", before->kernel_brk, now->kernel_brk);
    say_number(line, "rc", before->restart_count, now->restart_count);
    say_number(line, "drop", before->dropped, now->dropped);
    say_number(line, "tse", before->expirations, now->expirations);
    if (says(line, before->is_active != now->is_active || before->grants != now->grants))
        write_grants(line->out, now);
    if (says(line, before->completion != now->completion ||
                       before->completion_code != now->completion_code))
        write_completion(line->out, now);
    if (line->begun)
        end_line(line->out);
}

static void poll(struct vector_sink *sink)
{
    struct kernel *kernel = &sink->world->kernel;

    for (uint32_t i = 0; i < kernel->process_slots; i++) {
        struct poll_line line = {.out = sink->out, .process = i, .all = !sink->is_polled[i]};
        struct vector_poll now;

        if (!kernel->processes[i].loaded)
            continue;
        now = poll_process(sink, &kernel->processes[i]);
        write_changes(&line, &sink->polled[i], &now);
        sink->polled[i] = now;
        sink->is_polled[i] = true;
    }
}

// ---- the first lines

// What the real build said of itself in the vectors. Nothing here depends on it.
struct build_facts {
    enum protection_unit unit;
    uint32_t stored_state; // bytes of registers that it kept per process
    uint32_t mpu_config;   // bytes of its MPU configuration per process
};

static const struct build_facts build_facts[] = {
    {UNIT_ARMV7M, 56, 228}, {UNIT_NONE, 60, 0}, {UNIT_PMP, 152, 140}};

static void write_sizes(const struct vector_sink *sink)
{
    const struct kernel *kernel = &sink->world->kernel;
    const struct build_facts *facts = build_facts;

    while (facts->unit != sink->vector->unit)
        facts++;
    begin_line(sink->out, "sizes");
    fprintf(sink->out, ",\"grant_entry\":%d,\"task\":%" PRIu32 ",\"callbacks_offset\":%" PRIu32,
            GRANT_POINTER_BYTES, kernel->sizes.task, kernel->sizes.task * TASK_SLOTS);
    fprintf(sink->out, ",\"process_struct\":%" PRIu32, kernel->sizes.process_struct);
    fprintf(sink->out, ",\"stored_state\":%" PRIu32 ",\"mpu_config\":%" PRIu32, facts->stored_state,
            facts->mpu_config);
    fprintf(sink->out, ",\"initial_kernel_mem\":%" PRIu32 ",\"initial_app_brk\":%" PRIu32,
            kernel_initial_memory(kernel), kernel->sizes.initial_app_brk);
    end_line(sink->out);
}

static void write_loaded(const struct vector_sink *sink, const struct process *process)
{
    const struct kernel *kernel = &sink->world->kernel;

    begin_process_line(sink->out, "loaded", process->id.index);
    fprintf(sink->out, ",\"id\":%" PRIu32 ",\"name\":\"", process->id.identifier);
    write_name(sink->out, process);
    fputs("\"", sink->out);
    write_range(sink->out, "flash", true, process->flash_start, process->flash_size);
    fprintf(sink->out, ",\"flash_app\":%" PRIu32, process_flash_app(process));
    write_range(sink->out, "mem", true, process->memory_start, process->memory_size);
    fprintf(sink->out, ",\"brk\":%" PRIu32 ",\"kbrk\":%" PRIu32, process->app_brk,
            process->kernel_brk);
    fprintf(sink->out, ",\"grant_ptrs\":%" PRIu32 ",\"upcalls\":%" PRIu32 ",\"pcb\":%" PRIu32,
            kernel->grant_count * GRANT_POINTER_BYTES, kernel->sizes.task * TASK_SLOTS,
            kernel->sizes.process_struct);
    end_line(sink->out);
}

static void write_all_loaded(const struct vector_sink *sink)
{
    const struct kernel *kernel = &sink->world->kernel;

    for (uint32_t i = 0; i < kernel->process_slots; i++)
        if (kernel->processes[i].loaded)
            write_loaded(sink, &kernel->processes[i]);
}

static void write_load_error(FILE *out, enum load_result result)
{
    static const char *const texts[] = {
#define X(NAME, text) text,
        LOAD_RESULTS(X)
#undef X
    };

    begin_line(out, "loaderr");
    fprintf(out, ",\"err\":\"%s\"", texts[result]);
    end_line(out);
}

static void begin(struct sink *base, const struct run_info *info)
{
    const struct vector_sink *sink = (const struct vector_sink *)base;
    const struct vector *vector = sink->vector;
    enum load_result result = sink->world->load_result;

    (void)info;
    begin_line(sink->out, "cfg");
    fprintf(sink->out, ",\"nprocs\":%" PRIu32 ",\"slots\":%" PRIu32, vector->num_procs,
            vector->slots);
    fprintf(sink->out, ",\"mpu\":\"%s\",\"sched\":\"%s\",\"ptr\":%zu",
            vector_unit_name(vector->unit), names_of_scheduler(vector->scheduler), sizeof(uaddr));
    end_line(sink->out);
    write_sizes(sink);
    if (result != LOAD_OK)
        write_load_error(sink->out, result);
    write_all_loaded(sink);
}

// ---- switch: the regions that the registers hold

static void write_region(FILE *out, bool *is_first, uint32_t number, uint64_t start, uint64_t size,
                         const struct mpu_hw_region *region)
{
    uint8_t rights = region->unprivileged_rights;

    fprintf(out, "%s[%" PRIu32 ",%" PRIu64 ",%" PRIu64 ",\"%c%c%c\",%u]", *is_first ? "" : ",",
            number, start, size, rights & MPU_RIGHT_READ ? 'r' : '-',
            rights & MPU_RIGHT_WRITE ? 'w' : '-', rights & MPU_RIGHT_EXECUTE ? 'x' : '-',
            region->disabled_subregions);
    *is_first = false;
}

// A region without a byte counts here as long as it is on: a PMP entry whose top is its
// bottom, a Cortex-M region whose subregions are all disabled.
static bool decode_empty_entry(const struct mpu_hw *hw, uint32_t number,
                               struct mpu_hw_region *region)
{
    uint8_t config = hw->pmp.pmpcfg[number];
    uint32_t bottom = number > 0 ? hw->pmp.pmpaddr[number - 1] : 0;

    if ((config & PMP_CFG_A) != PMP_CFG_TOR || hw->pmp.pmpaddr[number] != bottom)
        return false;
    *region = (struct mpu_hw_region){
        .first = (uint64_t)bottom << 2,
        .last = ((uint64_t)bottom << 2) - 1,
        .unprivileged_rights = (uint8_t)(((config & PMP_CFG_R) ? MPU_RIGHT_READ : 0) |
                                         ((config & PMP_CFG_W) ? MPU_RIGHT_WRITE : 0) |
                                         ((config & PMP_CFG_X) ? MPU_RIGHT_EXECUTE : 0)),
    };
    return true;
}

static bool decode_closed_region(const struct mpu_hw *hw, uint32_t number,
                                 struct mpu_hw_region *region)
{
    const uint32_t all_subregions = UINT32_C(0xff) << 8;
    struct mpu_hw open = *hw;

    if ((hw->arm.region[number].attr & all_subregions) != all_subregions)
        return false;
    open.arm.region[number].attr &= ~all_subregions;
    if (!mpu_hw_decode_region(&open, number, region))
        return false;
    region->disabled_subregions = 0xff;
    return true;
}

static bool decode_region(const struct mpu_hw *hw, uint32_t number, struct mpu_hw_region *region)
{
    if (mpu_hw_decode_region(hw, number, region))
        return true;
    return hw->kind == MPU_KIND_PMP ? decode_empty_entry(hw, number, region)
                                    : decode_closed_region(hw, number, region);
}

static void write_regions(const struct vector_sink *sink)
{
    const struct mpu_hw *hw = &sink->world->protection.hw;
    bool is_first = true;
    struct mpu_hw_region region;

    fputs(",\"mpu\":[", sink->out);
    for (uint32_t i = 0; i < hw->regions; i++)
        if (decode_region(hw, i, &region))
            write_region(sink->out, &is_first, i, region.first, region.last + 1 - region.first,
                         &region);
    fputs("]", sink->out);
}

// What yield-no-wait left for the process, now that it goes on.
static void write_yield_flag(struct vector_sink *sink, uint32_t index)
{
    struct kernel *kernel = &sink->world->kernel;
    uaddr address = sink->yield_flag[index];

    sink->yield_flag[index] = 0;
    if (address == 0 || !process_owns_memory(&kernel->processes[index], address, 1))
        return;
    begin_process_line(sink->out, "ynw", index);
    fprintf(sink->out, ",\"addr\":%" PRIu32 ",\"val\":%u", address,
            *world_memory(sink->world, address, 1));
    end_line(sink->out);
}

static void write_switch(struct vector_sink *sink, const struct event *event)
{
    begin_process_line(sink->out, "switch", event->process);
    fprintf(sink->out, ",\"id\":%" PRIu32 ",\"t\":%" PRIu64, event->context_switch.id,
            event->time_us);
    write_regions(sink);
    end_line(sink->out);
    write_yield_flag(sink, event->process);
}

// ---- one line an event

static void write_schedule(struct vector_sink *sink, const struct event *event)
{
    poll(sink);
    begin_process_line(sink->out, "next", event->process);
    write_us(sink->out, "slice", event->schedule.timeslice_us);
    fprintf(sink->out, ",\"t\":%" PRIu64, event->time_us);
    end_line(sink->out);
}

static void write_sender(FILE *out, uint32_t from, uint32_t from_id, uint32_t type)
{
    fprintf(out, ",\"from\":%" PRIu32 ",\"from_id\":%" PRIu32 ",\"type\":\"%s\"", from, from_id,
            field_value_name(FIELD_TYPE_ipc_type, type));
}

static void write_ipc_queued(struct vector_sink *sink, const struct event *event)
{
    begin_process_line(sink->out, "enq", event->process);
    fputs(",\"task\":\"ipc\"", sink->out);
    write_sender(sink->out, event->ipc_queued.from, event->ipc_queued.from_id,
                 event->ipc_queued.type);
    fprintf(sink->out, ",\"res\":\"%s\"", enqueue_result(event->ipc_queued.result));
    end_line(sink->out);
}

static void write_ipc_dequeued(struct vector_sink *sink, const struct event *event)
{
    begin_process_line(sink->out, "deq", event->process);
    fputs(",\"task\":\"ipc\"", sink->out);
    write_sender(sink->out, event->ipc_dequeued.from, event->ipc_dequeued.from_id,
                 event->ipc_dequeued.type);
    end_line(sink->out);
}

static void write_ipc_converted(struct vector_sink *sink, const struct event *event)
{
    begin_line(sink->out, "ipc");
    fprintf(sink->out, ",\"on\":%u", event->process);
    write_sender(sink->out, event->ipc_converted.from, event->ipc_converted.from_id,
                 event->ipc_converted.type);
    fprintf(sink->out, ",\"res\":\"%s\"",
            field_value_name(FIELD_TYPE_ipc_result, event->ipc_converted.result));
    end_line(sink->out);
}

static void write_region_added(struct vector_sink *sink, const struct event *event)
{
    bool is_listed = event->region_added.listed;
    uaddr start = event->region_added.region_start;
    uint32_t size = event->region_added.region_size;

    begin_process_line(sink->out, "region", event->process);
    write_range(sink->out, "req", true, event->region_added.start, event->region_added.size);
    write_range(sink->out, "mpu", event->region_added.allowed, start, size);
    write_range(sink->out, "ret", is_listed, start, size);
    end_line(sink->out);
}

// The function call of an event, from its driver on.
static void write_call(FILE *out, uint32_t driver, uint32_t subscribe_num, uaddr pc,
                       const uint32_t argument[4])
{
    fprintf(out, ",\"drv\":%" PRIu32 ",\"sub\":%" PRIu32 ",\"pc\":%" PRIu32, driver, subscribe_num,
            pc);
    write_words(out, "a", argument, 4);
}

#define CALL_OF(e)                                                                                 \
    (e).driver, (e).subscribe_num, (e).pc, (const uint32_t[4])                                     \
    {                                                                                              \
        (e).arg0, (e).arg1, (e).arg2, (e).userdata                                                 \
    }

static void write_upcall_queued(struct vector_sink *sink, const struct event *event)
{
    begin_process_line(sink->out, "enq", event->process);
    fputs(",\"task\":\"upcall\"", sink->out);
    write_call(sink->out, CALL_OF(event->upcall_queued));
    fprintf(sink->out, ",\"res\":\"%s\"", enqueue_result(event->upcall_queued.result));
    end_line(sink->out);
}

static void write_upcall_removed(struct vector_sink *sink, const struct event *event)
{
    begin_process_line(sink->out, "rm", event->process);
    fputs(",\"task\":\"upcall\"", sink->out);
    write_call(sink->out, CALL_OF(event->upcall_removed));
    end_line(sink->out);
}

static void write_upcall_dequeued(struct vector_sink *sink, const struct event *event)
{
    begin_process_line(sink->out, "deq", event->process);
    if (event->upcall_dequeued.source == SOURCE_KERNEL) {
        fprintf(sink->out, ",\"task\":\"init\",\"pc\":%" PRIu32, event->upcall_dequeued.pc);
    } else {
        fputs(",\"task\":\"upcall\"", sink->out);
        write_call(sink->out, CALL_OF(event->upcall_dequeued));
    }
    end_line(sink->out);
}

static void write_upcall(struct vector_sink *sink, const struct event *event)
{
    begin_process_line(sink->out, "upcall", event->process);
    if (event->upcall.source == SOURCE_KERNEL) {
        fprintf(sink->out, ",\"src\":\"init\",\"pc\":%" PRIu32, event->upcall.pc);
        write_words(sink->out, "a",
                    (const uint32_t[4]){event->upcall.arg0, event->upcall.arg1, event->upcall.arg2,
                                        event->upcall.userdata},
                    4);
    } else {
        fputs(",\"src\":\"driver\"", sink->out);
        write_call(sink->out, CALL_OF(event->upcall));
    }
    end_line(sink->out);
}

static void write_syscall(struct vector_sink *sink, const struct event *event)
{
    const uint32_t r[4] = {event->syscall.r0, event->syscall.r1, event->syscall.r2,
                           event->syscall.r3};
    uint32_t class = event->syscall.class;

    begin_process_line(sink->out, "sys", event->process);
    fprintf(sink->out, ",\"id\":%" PRIu32 ",\"cls\":%" PRIu32 ",\"name\":\"%s\"", event->syscall.id,
            class, syscall_name(class, r[0]));
    write_words(sink->out, "a", r, syscall_words(class));
    if (vector_is_idle(sink->world, event->process))
        fputs(",\"auto\":true", sink->out);
    end_line(sink->out);
    sink->yield_flag[event->process] = class == SYSCALL_YIELD && r[0] == YIELD_NO_WAIT ? r[1] : 0;
}

static void write_syscall_return(struct vector_sink *sink, const struct event *event)
{
    const uint32_t word[4] = {event->syscall_return.variant, event->syscall_return.w1,
                              event->syscall_return.w2, event->syscall_return.w3};

    begin_process_line(sink->out, "ret", event->process);
    fprintf(sink->out, ",\"name\":\"%s\"", field_value_name(FIELD_TYPE_variant, word[0]));
    write_words(sink->out, "w", word, 1 + vector_answer_words(word[0]));
    end_line(sink->out);
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

    begin_process_line(sink->out, is_load ? "load" : "store", event->process);
    fprintf(sink->out, ",\"addr\":%" PRIu32 ",\"len\":%" PRIu32 ",\"ok\":%s", event->access.address,
            size, event->access.allowed ? "true" : "false");
    if (is_load && event->access.allowed)
        write_hex(sink, event->access.address, size);
    end_line(sink->out);
}

static void write_work(struct vector_sink *sink, const struct event *event)
{
    begin_process_line(sink->out, "burn", event->process);
    fprintf(sink->out, ",\"us\":%" PRIu32, event->work.us);
    end_line(sink->out);
}

// The end of the run is not one of the interrupts that the vectors know.
static void write_interrupt(struct vector_sink *sink, const struct event *event)
{
    if (event->interrupt.source == INTERRUPT_LIMIT)
        return;
    begin_process_line(sink->out, "intr", event->process);
    fprintf(sink->out, ",\"t\":%" PRIu64 ",\"why\":\"%s\"", event->time_us,
            field_value_name(FIELD_TYPE_interrupt, event->interrupt.source));
    end_line(sink->out);
}

static void write_fault(struct vector_sink *sink, const struct event *event)
{
    if (event->fault.cause == FAULT_CAUSE_EXPLICIT) {
        begin_process_line(sink->out, "userfault", event->process);
        end_line(sink->out);
    }
    begin_process_line(sink->out, "fault", event->process);
    fprintf(sink->out, ",\"action\":\"%s\"",
            field_value_name(FIELD_TYPE_fault_action, event->fault.action));
    end_line(sink->out);
}

static void write_restarted(struct vector_sink *sink, const struct event *event)
{
    begin_process_line(sink->out, "reinit", event->process);
    fprintf(sink->out, ",\"incarnation\":%" PRIu32, event->restarted.restart_count);
    end_line(sink->out);
    sink->yield_flag[event->process] = 0;
    if (*vector_limit_reached(sink->world))
        sink->cut = &sink->world->processes[event->process];
}

static void write_stop(struct vector_sink *sink, const struct event *event)
{
    poll(sink);
    begin_process_line(sink->out, "stop", event->process);
    fprintf(sink->out, ",\"why\":\"%s\"",
            field_value_name(FIELD_TYPE_stop_reason, event->stop.reason));
    write_us(sink->out, "us", event->stop.executed_us);
    fprintf(sink->out, ",\"t\":%" PRIu64, event->time_us);
    end_line(sink->out);
}

static void write_time(struct vector_sink *sink, const char *name, const struct event *event)
{
    begin_line(sink->out, name);
    fprintf(sink->out, ",\"t\":%" PRIu64, event->time_us);
    end_line(sink->out);
}

static void write_panic(struct vector_sink *sink, const struct event *event)
{
    begin_line(sink->out, "panic");
    fputs(",\"msg\":\"", sink->out);
    if (event->panic.reason == PANIC_PROCESS_FAULT) {
        fputs("Process ", sink->out);
        write_name(sink->out, &sink->world->kernel.processes[event->process]);
        fputs(" had a fault", sink->out);
    } else {
        fputs(field_value_about(FIELD_TYPE_panic_reason, event->panic.reason), sink->out);
    }
    fputs("\",\"loc\":\"\"", sink->out);
    end_line(sink->out);
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
        poll(sink);
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

// ---- the last lines

static const char *end_reason(const struct vector_sink *sink)
{
    if (sink->world->state == WORLD_PANICKED)
        return "panic";
    return sink->world->state == WORLD_QUIESCENT ? "quiescent" : "steps";
}

// The grant pointer as it stands in memory: its lowest bit is set while it is open.
static uaddr ipc_grant_pointer(const struct world *world, const struct process *process)
{
    const struct kernel *kernel = &world->kernel;
    uint32_t number = kernel_driver(kernel, IPC_DRIVER_NUM)->grant.number;
    uaddr entry =
        process_memory_end(process) - (kernel->grant_count - number) * GRANT_POINTER_BYTES;
    const uint8_t *bytes = world_memory(world, entry + 4, 4);

    return (uaddr)bytes[0] | (uaddr)bytes[1] << 8 | (uaddr)bytes[2] << 16 | (uaddr)bytes[3] << 24;
}

// The process's own record of the regions that were added.
static void write_slots(FILE *out, const struct process *process)
{
    fputs(",\"slots\":[", out);
    for (uint32_t i = 0; i < IPC_REGION_SLOTS; i++) {
        const struct region_slot *slot = &process->regions[i];

        fputs(i ? "," : "", out);
        if (slot->used)
            fprintf(out, "[%" PRIu32 ",%" PRIu32 "]", slot->start, slot->size);
        else
            fputs("null", out);
    }
    fputs("]", out);
}

static void write_final(const struct vector_sink *sink, const struct process *process)
{
    struct vector_poll state = poll_process(sink, process);
    FILE *out = sink->out;

    begin_process_line(out, "final", process->id.index);
    fprintf(out, ",\"id\":%" PRIu32 ",\"name\":\"", state.id);
    write_name(out, process);
    fprintf(out, "\",\"st\":\"%s\"", field_value_name(FIELD_TYPE_state, state.state));
    write_range(out, "mem", true, process->memory_start, process->memory_size);
    fprintf(out, ",\"brk\":%" PRIu32 ",\"kbrk\":%" PRIu32, state.app_brk, state.kernel_brk);
    write_grants(out, &state);
    fprintf(out, ",\"pend\":%" PRIu32 ",\"rc\":%" PRIu32 ",\"drop\":%" PRIu32, state.pending,
            state.restart_count, state.dropped);
    fprintf(out, ",\"tse\":%" PRIu32 ",\"syscalls\":%" PRIu32, state.expirations,
            process->syscalls);
    write_completion(out, &state);
    fprintf(out, ",\"hwm\":%" PRIu32, process->allow_high_water_mark);
    write_slots(out, process);
    fprintf(out, ",\"ipc_grant\":%" PRIu32, ipc_grant_pointer(sink->world, process));
    end_line(out);
}

static void end(struct sink *base, const struct run_result *result)
{
    struct vector_sink *sink = (struct vector_sink *)base;
    struct kernel *kernel = &sink->world->kernel;

    (void)result;
    if (sink->world->state != WORLD_PANICKED)
        poll(sink);
    begin_line(sink->out, "end");
    fprintf(sink->out, ",\"why\":\"%s\",\"t\":%" PRIu64, end_reason(sink),
            world_now_us(sink->world));
    fprintf(sink->out, ",\"steps\":%" PRIu32 ",\"work\":%" PRIu32, vector_steps(sink->world),
            kernel->work - (sink->cut != NULL));
    end_line(sink->out);
    for (uint32_t i = 0; i < kernel->process_slots; i++)
        if (kernel->processes[i].loaded)
            write_final(sink, &kernel->processes[i]);
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
