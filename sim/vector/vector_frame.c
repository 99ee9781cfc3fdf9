// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "vector_frame.h"

#include <inttypes.h>

#include "../../core/grant.h"
#include "../../core/ipc.h"
#include "../machine/setting_words.h"
#include "../trace/event_names.h"
#include "vector_body.h"
#include "vector_line.h"

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
    vector_begin_line(sink->out, "sizes");
    fprintf(sink->out, ",\"grant_entry\":%d,\"task\":%" PRIu32 ",\"callbacks_offset\":%" PRIu32,
            GRANT_POINTER_BYTES, kernel->sizes.task, kernel->sizes.task * TASK_SLOTS);
    fprintf(sink->out, ",\"process_struct\":%" PRIu32, kernel->sizes.process_struct);
    fprintf(sink->out, ",\"stored_state\":%" PRIu32 ",\"mpu_config\":%" PRIu32, facts->stored_state,
            facts->mpu_config);
    fprintf(sink->out, ",\"initial_kernel_mem\":%" PRIu32 ",\"initial_app_brk\":%" PRIu32,
            kernel_initial_memory(kernel), kernel->sizes.initial_app_brk);
    vector_end_line(sink->out);
}

static void write_loaded(const struct vector_sink *sink, const struct process *process)
{
    const struct kernel *kernel = &sink->world->kernel;

    vector_begin_process_line(sink->out, "loaded", process->id.index);
    fprintf(sink->out, ",\"id\":%" PRIu32 ",\"name\":\"", process->id.identifier);
    vector_write_name(sink->out, process);
    fputs("\"", sink->out);
    vector_write_range(sink->out, "flash", true, process->flash_start, process->flash_size);
    fprintf(sink->out, ",\"flash_app\":%" PRIu32, process_flash_app(process));
    vector_write_range(sink->out, "mem", true, process->memory_start, process->memory_size);
    fprintf(sink->out, ",\"brk\":%" PRIu32 ",\"kbrk\":%" PRIu32, process->app_brk,
            process->kernel_brk);
    fprintf(sink->out, ",\"grant_ptrs\":%" PRIu32 ",\"upcalls\":%" PRIu32 ",\"pcb\":%" PRIu32,
            kernel->grant_count * GRANT_POINTER_BYTES, kernel->sizes.task * TASK_SLOTS,
            kernel->sizes.process_struct);
    vector_end_line(sink->out);
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

    vector_begin_line(out, "loaderr");
    fprintf(out, ",\"err\":\"%s\"", texts[result]);
    vector_end_line(out);
}

void vector_write_first_lines(const struct vector_sink *sink)
{
    const struct vector *vector = sink->vector;
    enum load_result result = sink->world->load_result;

    vector_begin_line(sink->out, "cfg");
    fprintf(sink->out, ",\"nprocs\":%" PRIu32 ",\"slots\":%" PRIu32, vector->num_procs,
            vector->slots);
    fprintf(sink->out, ",\"mpu\":\"%s\",\"sched\":\"%s\",\"ptr\":%zu",
            vector_unit_name(vector->unit), setting_scheduler_word(vector->scheduler),
            sizeof(uaddr));
    vector_end_line(sink->out);
    write_sizes(sink);
    if (result != LOAD_OK)
        write_load_error(sink->out, result);
    write_all_loaded(sink);
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
    struct vector_poll state = vector_poll_process(&sink->polls, &sink->world->kernel, process);
    FILE *out = sink->out;

    vector_begin_process_line(out, "final", process->id.index);
    fprintf(out, ",\"id\":%" PRIu32 ",\"name\":\"", state.id);
    vector_write_name(out, process);
    fprintf(out, "\",\"st\":\"%s\"", field_value_name(FIELD_TYPE_state, state.state));
    vector_write_range(out, "mem", true, process->memory_start, process->memory_size);
    fprintf(out, ",\"brk\":%" PRIu32 ",\"kbrk\":%" PRIu32, state.app_brk, state.kernel_brk);
    vector_write_grants(out, &state);
    fprintf(out, ",\"pend\":%" PRIu32 ",\"rc\":%" PRIu32 ",\"drop\":%" PRIu32, state.pending,
            state.restart_count, state.dropped);
    fprintf(out, ",\"tse\":%" PRIu32 ",\"syscalls\":%" PRIu32, state.expirations,
            process->syscalls);
    vector_write_completion(out, &state);
    fprintf(out, ",\"hwm\":%" PRIu32, process->allow_high_water_mark);
    write_slots(out, process);
    fprintf(out, ",\"ipc_grant\":%" PRIu32, ipc_grant_pointer(sink->world, process));
    vector_end_line(out);
}

void vector_write_last_lines(struct vector_sink *sink)
{
    struct kernel *kernel = &sink->world->kernel;

    if (sink->world->state != WORLD_PANICKED)
        vector_poll(&sink->polls, kernel, sink->out);
    vector_begin_line(sink->out, "end");
    fprintf(sink->out, ",\"why\":\"%s\",\"t\":%" PRIu64, end_reason(sink),
            world_now_us(sink->world));
    fprintf(sink->out, ",\"steps\":%" PRIu32 ",\"work\":%" PRIu32, vector_steps(sink->world),
            kernel->work - (sink->polls.cut != NULL));
    vector_end_line(sink->out);
    for (uint32_t i = 0; i < kernel->process_slots; i++)
        if (kernel->processes[i].loaded)
            write_final(sink, &kernel->processes[i]);
}
