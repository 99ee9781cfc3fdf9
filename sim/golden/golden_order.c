// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "golden_order.h"

#include <stdlib.h>

#include "../base/allocate.h"

// Where the events of one process stand.
struct lane {
    size_t *events;
    size_t count;
    size_t next;
    uint64_t time_us; // at its last event, if nothing but waiting took time
};

struct ordering {
    const struct golden_event *events;
    struct lane *lanes;
    size_t lane_count;
    uint64_t *time_us; // of each event; UINT64_MAX: not yet placed
    size_t current;    // lane
};

static uint64_t later_us(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

// When the next event of a lane comes. UINT64_MAX: its cause is still to come.
static uint64_t time_of_next(const struct ordering *ordering, const struct lane *lane)
{
    const struct golden_event *event;
    uint64_t time_us;

    if (lane->next == lane->count)
        return UINT64_MAX;
    event = &ordering->events[lane->events[lane->next]];
    time_us = lane->time_us + event->work_us;
    if (event->is_last)
        return UINT64_MAX - 1;
    if (event->alarm != NO_EVENT)
        time_us = later_us(time_us, ordering->time_us[event->alarm] + event->delay_us);
    if (event->cause != NO_EVENT)
        time_us = later_us(time_us, ordering->time_us[event->cause]);
    return time_us;
}

// The lane whose next event comes first; of equals the current one, then the next ones
// by index. NULL: all is placed.
static struct lane *choose_lane(struct ordering *ordering)
{
    uint64_t best_us = UINT64_MAX;
    size_t best = 0;

    for (size_t i = 0; i < ordering->lane_count; i++) {
        size_t at = (ordering->current + i) % ordering->lane_count;
        uint64_t time_us = time_of_next(ordering, &ordering->lanes[at]);

        if (time_us < best_us) {
            best_us = time_us;
            best = at;
        }
    }
    if (best_us == UINT64_MAX)
        return NULL;
    ordering->current = best;
    return &ordering->lanes[best];
}

static void fill_lanes(struct ordering *ordering, size_t count)
{
    for (size_t i = 0; i < count; i++)
        ordering->lanes[ordering->events[i].process].count++;
    for (size_t i = 0; i < ordering->lane_count; i++) {
        ordering->lanes[i].events = allocate(ordering->lanes[i].count, sizeof(size_t));
        ordering->lanes[i].count = 0;
    }
    for (size_t i = 0; i < count; i++) {
        struct lane *lane = &ordering->lanes[ordering->events[i].process];

        lane->events[lane->count++] = i;
        ordering->time_us[i] = UINT64_MAX;
    }
}

// A cause happened before what it led to, so there is always a lane to go on with.
void golden_order(struct golden *golden, struct golden_event *events, size_t count,
                  size_t process_count)
{
    struct ordering ordering = {
        .events = events,
        .lane_count = process_count,
        .lanes = allocate(process_count, sizeof(struct lane)),
        .time_us = allocate(count, sizeof(uint64_t)),
    };
    struct lane *lane;

    fill_lanes(&ordering, count);
    while ((lane = choose_lane(&ordering))) {
        size_t place = lane->events[lane->next];

        lane->time_us = ordering.time_us[place] = time_of_next(&ordering, lane);
        lane->next++;
        golden_add(golden, events[place].process, events[place].text);
        events[place].text = NULL;
    }
    for (size_t i = 0; i < ordering.lane_count; i++)
        free(ordering.lanes[i].events);
    free(ordering.lanes);
    free(ordering.time_us);
}
