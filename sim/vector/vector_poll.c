// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "vector_poll.h"

#include <inttypes.h>

#include "../../core/grant.h"
#include "../trace/event_names.h"
#include "vector_line.h"

void vector_write_completion(FILE *out, const struct vector_poll *poll)
{
    if (poll->completion == COMPLETION_CODE)
        fprintf(out, ",\"cc\":%" PRIu32, poll->completion_code);
    else
        fprintf(out, ",\"cc\":%s", poll->completion == COMPLETION_NEVER ? "null" : "\"none\"");
}

void vector_write_grants(FILE *out, const struct vector_poll *poll)
{
    if (poll->is_active)
        fprintf(out, ",\"grants\":%" PRIu32, poll->grants);
    else
        fputs(",\"grants\":null", out);
}

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

struct vector_poll vector_poll_process(const struct vector_polls *polls, struct kernel *kernel,
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
        .grants = is_active ? grant_count_allocated(kernel, process) : 0,
        .completion = process->completion,
        .completion_code = process->completion_code,
    };

    return process == polls->cut ? cut_restart(&poll) : poll;
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
        vector_begin_process_line(line->out, "proc", line->process);
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
        vector_write_grants(line->out, now);
    if (says(line, before->completion != now->completion ||
                       before->completion_code != now->completion_code))
        vector_write_completion(line->out, now);
    if (line->begun)
        vector_end_line(line->out);
}

void vector_poll(struct vector_polls *polls, struct kernel *kernel, FILE *out)
{
    for (uint32_t i = 0; i < kernel->process_slots; i++) {
        struct poll_line line = {.out = out, .process = i, .all = !polls->is_known[i]};
        struct vector_poll now;

        if (!kernel->processes[i].loaded)
            continue;
        now = vector_poll_process(polls, kernel, &kernel->processes[i]);
        write_changes(&line, &polls->last[i], &now);
        polls->last[i] = now;
        polls->is_known[i] = true;
    }
}
