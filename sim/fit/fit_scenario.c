// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "fit_scenario.h"

#include <stdlib.h>

#include "../base/allocate.h"
#include "../base/list.h"
#include "../trace/line.h"

struct collector {
    struct sink sink; // first: it is handed back as one
    const struct world *world;
    struct fit_receiver *receivers; // one for each process, as it was loaded
    struct fit_shares *shares;
    uint32_t *sheet_of; // by process; the sheet's place and one
};

static void begin(struct sink *sink, const struct run_info *info)
{
    (void)sink;
    (void)info;
}

static void end(struct sink *sink, const struct run_result *result)
{
    (void)sink;
    (void)result;
}

static struct fit_sheet *add_sheet(struct collector *collector, uint32_t process)
{
    struct fit_shares *shares = collector->shares;
    const struct view_process *receiver = view_process(&collector->world->view, process);
    struct fit_sheet *sheet = LIST_ADD(shares->sheets, shares->count);

    *sheet = (struct fit_sheet){
        .fit = {.board = collector->world->board, .receiver = collector->receivers[process]}};
    snprintf(sheet->receiver, sizeof sheet->receiver, "%.*s", (int)receiver->name_length,
             receiver->name);
    collector->sheet_of[process] = (uint32_t)shares->count;
    return sheet;
}

static struct fit_sheet *sheet_of(struct collector *collector, uint32_t process)
{
    uint32_t place = collector->sheet_of[process];

    return place > 0 ? &collector->shares->sheets[place - 1] : add_sheet(collector, process);
}

static bool has_buffer(const struct fit_sheet *sheet, uaddr start, uint32_t size)
{
    for (size_t i = 0; i < sheet->count; i++)
        if (sheet->rows[i].buffer.start == start && sheet->rows[i].buffer.size == size)
            return true;
    return false;
}

static uint32_t owner_of(const struct world *world, uaddr address)
{
    uint32_t i = 0;

    while (i < world->process_count &&
           address - world->processes[i].memory_start >= world->processes[i].memory_size)
        i++;
    return i;
}

static void add_row(const struct world *world, struct fit_sheet *sheet, uaddr start, uint32_t size)
{
    char name[LINE_NAME_SIZE];

    struct fit_row *row = LIST_ADD(sheet->rows, sheet->count);
    *row = (struct fit_row){.buffer = {start, size}};
    snprintf(row->label, sizeof row->label, "%u of %s", (unsigned)size,
             line_name_of(&world->view, owner_of(world, start), name));
}

// The same buffer counts once, however often it is shared.
static void take(struct sink *sink, const struct event *event)
{
    struct collector *collector = (struct collector *)sink;
    uaddr start = event->region_added.start;
    uint32_t size = event->region_added.size;

    if (size == 0)
        return;
    struct fit_sheet *sheet = sheet_of(collector, event->process);
    if (!has_buffer(sheet, start, size) && sheet->count < FIT_MOST_BUFFERS)
        add_row(collector->world, sheet, start, size);
}

static void run_to_end(struct run *run, struct fit_shares *shares)
{
    struct world *world = run->world;
    struct collector collector = {
        .sink = {.wanted = EVENT_BIT(EVENT_region_added), .begin = begin, .take = take, .end = end},
        .world = world,
        .receivers = allocate(world->process_count, sizeof *collector.receivers),
        .shares = shares,
        .sheet_of = allocate(world->process_count, sizeof *collector.sheet_of),
    };

    for (uint32_t i = 0; i < world->process_count; i++)
        fit_take_process(&collector.receivers[i], world, i);
    run_add_sink(run, &collector.sink);
    while (run_advance(run))
        continue;
    free(collector.receivers);
    free(collector.sheet_of);
}

bool fit_run_scenario(struct fit_shares *shares, const struct scenario *scenario,
                      const struct run_request *request, const volatile int *stop_request,
                      enum exit_status *status, struct message *error)
{
    struct run_plan plan = run_plan_make(scenario, request);
    struct run run;

    *shares = (struct fit_shares){.sheets = NULL};
    enum run_opened opened = run_open(&run, &plan, stop_request, error);
    if (opened != RUN_OPEN_READY) {
        *status = opened == RUN_OPEN_REFUSED ? STATUS_USAGE : STATUS_HOST;
        return false;
    }
    run_to_end(&run, shares);
    run_judge(&run, RUN_NOT_STOPPED);
    shares->outcome = run.outcome;
    run_close(&run);
    return true;
}

void fit_free_shares(struct fit_shares *shares)
{
    for (size_t i = 0; i < shares->count; i++)
        free(shares->sheets[i].rows);
    free(shares->sheets);
}
