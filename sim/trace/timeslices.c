// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "timeslices.h"

#include <stdlib.h>
#include <string.h>

#include "../../core/kernel.h"
#include "../base/allocate.h"

void timeslices_open(struct timeslices *slices, uint32_t process_count)
{
    *slices = (struct timeslices){.runs = allocate(process_count, sizeof *slices->runs),
                                  .order = allocate(process_count, sizeof *slices->order)};
}

void timeslices_close(struct timeslices *slices)
{
    free(slices->runs);
    free(slices->order);
}

static void add(struct timeslices *slices, const struct event *stop)
{
    struct timeslice_run *run = &slices->runs[stop->process];

    if (run->count++ == 0) {
        run->interrupt = slices->interrupt;
        run->stop = *stop;
        slices->order[slices->count++] = stop->process;
    }
    run->used_us += stop->stop.executed_us;
    run->last_us = stop->time_us;
    slices->interrupt.seq = 0;
}

bool timeslices_take(struct timeslices *slices, const struct event *event)
{
    bool is_held = slices->interrupt.seq != 0;

    if (event->kind == EVENT_interrupt && event->interrupt.source == INTERRUPT_TIMER && !is_held) {
        slices->interrupt = *event;
        return true;
    }
    if (event->kind != EVENT_stop || event->stop.reason != STOP_TIMESLICE_EXPIRED || !is_held ||
        event->process != slices->interrupt.process)
        return false;
    add(slices, event);
    return true;
}

void timeslices_clear(struct timeslices *slices)
{
    for (uint32_t i = 0; i < slices->count; i++)
        slices->runs[slices->order[i]] = (struct timeslice_run){.count = 0};
    slices->count = 0;
    slices->interrupt.seq = 0;
}
