// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "ending.h"

#include <ctype.h>
#include <inttypes.h>

#include "../trace/line.h"
#include "run.h"

enum { MOST_NAMED = 4 }; // of a deadlock: more are whoever it is

static const char *const kind_names[] = {
#define X(NAME, name) #name,
    SCENARIO_ENDS(X)
#undef X
};

// ---- what was declared, and what came

uint32_t ending_place(const struct scenario *scenario, uint32_t index)
{
    const struct scenario_process *process = &scenario->processes[index];

    return (uint32_t)scenario_find_process(scenario, process->name, process->name_length, 0);
}

void ending_declare(struct ending *ending, const struct scenario *scenario)
{
    *ending = (struct ending){0};
    for (size_t kind = 0; kind < ENDS_KINDS; kind++) {
        const struct scenario_end *end = &scenario->ends[kind];
        struct ending_part *part = &ending->part[kind];

        part->is_there = end->is_declared;
        part->is_named = end->count > 0;
        for (size_t i = 0; i < end->count; i++) { // a scenario names processes alone
            const struct scenario_name *named = &end->named[i];

            part->times[scenario_find_process(scenario, named->name, named->length, 0)] =
                named->times;
        }
    }
}

static bool faulted_as_declared(const struct run *run, const struct ending *declared, uint32_t i)
{
    const struct ending_part *fault = &declared->part[ENDS_FAULT];

    return run->world->processes[i].state == PROCESS_FAULTED && fault->is_there &&
           (!fault->is_named || fault->times[ending_place(run->plan.scenario, i)] > 0);
}

bool ending_owes_done(const struct run *run, const struct ending *declared, uint32_t i)
{
    const struct app *app = &run->world->apps[i];

    return app->expects_done && !app->done && !faulted_as_declared(run, declared, i);
}

bool ending_owes(const struct run *run, const struct ending *declared, uint32_t i)
{
    return run->stuck_at[i] > 0 || ending_owes_done(run, declared, i);
}

bool ending_is_busy(const struct run *run, uint32_t i)
{
    return run->world->processes[i].state == PROCESS_RUNNING;
}

bool ending_all_done(const struct run *run, const struct ending *declared)
{
    bool is_said = false;

    for (uint32_t i = 0; i < run->world->process_count; i++) {
        if (ending_owes_done(run, declared, i))
            return false;
        is_said = is_said || run->world->apps[i].done;
    }
    return is_said;
}

static void add(struct ending *ending, const struct run *run, enum scenario_end_kind kind,
                uint32_t process, uint32_t times)
{
    struct ending_part *part = &ending->part[kind];

    part->is_there = true;
    part->is_named = true;
    part->times[ending_place(run->plan.scenario, process)] += times;
}

// Who kept the run from ending well when it ended by itself.
static void observe_unfinished(struct ending *ending, const struct run *run,
                               const struct ending *declared, uint32_t i)
{
    bool owes = ending_owes(run, declared, i);
    bool counts = ending_is_busy(run, i) && !ending_all_done(run, declared);

    if (run->state == WORLD_QUIESCENT && owes && process_is_active(&run->world->processes[i]))
        add(ending, run, ENDS_DEADLOCK, i, 1);
    if (run->state == WORLD_UNTIL && (owes || counts))
        add(ending, run, ENDS_TIME_UP, i, 1);
}

// Nobody has to be named where there was nothing else, unless it is a fault.
static void forget_names(struct ending *ending)
{
    size_t count = 0;

    for (size_t kind = 0; kind < ENDS_KINDS; kind++)
        count += ending->part[kind].is_there;
    for (size_t kind = 0; kind < ENDS_KINDS && count == 1; kind++)
        ending->part[kind].is_named = ending->part[kind].is_named && kind == ENDS_FAULT;
}

static void observe_panic(struct ending *ending, const struct run *run)
{
    uint32_t process = run->world->kernel.panic_process;

    ending->part[ENDS_KERNEL_PANIC].is_there = true;
    if (process < run->world->process_count)
        add(ending, run, ENDS_KERNEL_PANIC, process, 1);
}

void ending_observe(struct ending *ending, const struct run *run, const struct ending *declared)
{
    const struct world *world = run->world;

    *ending = (struct ending){0};
    for (uint32_t i = 0; i < world->process_count; i++) {
        if (run->tally.faults[i] > 0)
            add(ending, run, ENDS_FAULT, i, run->tally.faults[i]);
        observe_unfinished(ending, run, declared, i);
    }
    if (run->state == WORLD_PANICKED)
        observe_panic(ending, run);
    forget_names(ending);
}

// ---- in words

static void put_name(struct line *line, const struct scenario_process *process)
{
    line_put(line, "\"");
    line_put_escaped(line, process->name, process->name_length);
    line_put(line, "\"");
}

static bool is_identifier(const struct scenario_process *process)
{
    for (uint32_t i = 0; i < process->name_length; i++)
        if (!isalnum((unsigned char)process->name[i]) && process->name[i] != '_')
            return false;
    return process->name_length > 0 && !isdigit((unsigned char)process->name[0]);
}

static void put_count(struct line *line, const struct scenario_process *process, uint32_t times)
{
    bool is_plain = is_identifier(process);

    line_put(line, is_plain ? "" : "[");
    if (is_plain)
        line_put(line, "%.*s", (int)process->name_length, process->name);
    else
        put_name(line, process);
    line_put(line, "%s = %" PRIu32, is_plain ? "" : "]", times);
}

struct crowd {
    uint32_t count;   // of those who are named
    bool is_repeated; // one of them more than once
};

static struct crowd count_named(const struct ending_part *part, uint32_t process_count)
{
    struct crowd crowd = {0};

    for (uint32_t i = 0; i < process_count; i++) {
        crowd.count += part->times[i] > 0;
        crowd.is_repeated = crowd.is_repeated || part->times[i] > 1;
    }
    return crowd;
}

static void put_names(struct line *line, const struct scenario *scenario,
                      const struct ending_part *part, struct crowd crowd)
{
    bool is_list = crowd.count > 1 || crowd.is_repeated;
    const char *separator = is_list ? "{ " : "";

    for (uint32_t i = 0; i < scenario->process_count; i++) {
        if (part->times[i] == 0)
            continue;
        line_put(line, "%s", separator);
        if (crowd.is_repeated)
            put_count(line, &scenario->processes[i], part->times[i]);
        else
            put_name(line, &scenario->processes[i]);
        separator = ", ";
    }
    line_put(line, "%s", is_list ? " }" : "");
}

static void put_part(struct line *line, const struct scenario *scenario, size_t kind,
                     const struct ending_part *part)
{
    struct crowd crowd = count_named(part, (uint32_t)scenario->process_count);

    line_put(line, "%s = ", kind_names[kind]);
    if (!part->is_named || (kind != ENDS_FAULT && crowd.count > MOST_NAMED))
        line_put(line, "true");
    else
        put_names(line, scenario, part, crowd);
}

// Whether the word alone says it, so that nobody has to be named.
static bool is_word(const struct ending *ending, const struct scenario *scenario, size_t kind)
{
    const struct ending_part *part = &ending->part[kind];

    for (size_t other = 0; other < ENDS_KINDS; other++)
        if (other != kind && ending->part[other].is_there)
            return false;
    return !part->is_named ||
           (kind == ENDS_FAULT && scenario->process_count == 1 && part->times[0] == 1);
}

const char *ending_text(const struct ending *ending, const struct scenario *scenario, char *text,
                        size_t size)
{
    struct line line = line_start(text, size);
    const char *separator = "ends = { ";

    for (size_t kind = 0; kind < ENDS_KINDS; kind++) {
        if (!ending->part[kind].is_there)
            continue;
        if (is_word(ending, scenario, kind)) {
            line_put(&line, "ends = \"%s\"", kind_names[kind]);
            return text;
        }
        line_put(&line, "%s", separator);
        put_part(&line, scenario, kind, &ending->part[kind]);
        separator = ", ";
    }
    line_put(&line, " }");
    return text;
}
