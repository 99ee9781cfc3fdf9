// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "recent.h"

#include <stdlib.h>

#include "../../core/abi.h"
#include "../base/allocate.h"
#include "event_text.h"

// What a person follows; the kernel's housekeeping in between is left out.
#define OF_INTEREST                                                                                \
    (EVENT_BIT(EVENT_ipc_queued) | EVENT_BIT(EVENT_ipc_converted) |                                \
     EVENT_BIT(EVENT_region_added) | EVENT_BIT(EVENT_upcall) | EVENT_BIT(EVENT_upcall_nested) |    \
     EVENT_BIT(EVENT_task_dropped) | EVENT_BIT(EVENT_syscall) | EVENT_BIT(EVENT_syscall_return) |  \
     EVENT_BIT(EVENT_access) | EVENT_BIT(EVENT_fault) | EVENT_BIT(EVENT_restarted) |               \
     EVENT_BIT(EVENT_ended) | EVENT_BIT(EVENT_stopped) | EVENT_BIT(EVENT_resumed) |                \
     EVENT_BIT(EVENT_operator) | EVENT_BIT(EVENT_panic) | EVENT_BIT(EVENT_print) |                 \
     EVENT_BIT(EVENT_expect) | EVENT_BIT(EVENT_done) | EVENT_BIT(EVENT_stale_access) |             \
     EVENT_BIT(EVENT_grant_refused) | EVENT_BIT(EVENT_pending_dropped))

static void push(struct recent_ring *ring, const struct event *event)
{
    ring->events[ring->count++ % ring->capacity] = *event;
}

static void keep(struct recent_first *first, const struct event *event)
{
    if (first->count < RECENT_FIRST)
        first->events[first->count] = *event;
    first->count++;
}

uint32_t recent_first_length(const struct recent_first *first)
{
    return first->count < RECENT_FIRST ? first->count : RECENT_FIRST;
}

uint32_t recent_ring_length(const struct recent_ring *ring)
{
    return ring->count < ring->capacity ? ring->count : ring->capacity;
}

const struct event *recent_ring_at(const struct recent_ring *ring, uint32_t age)
{
    return &ring->events[(ring->count - 1 - age) % ring->capacity];
}

static struct recent_ring *ring_of(const struct recent *recent, uint32_t process)
{
    uint32_t place = process < recent->process_count ? process : recent->process_count;

    return &recent->processes[place];
}

const struct recent_ring *recent_of(const struct recent *recent, uint32_t process)
{
    return ring_of(recent, process);
}

static bool is_loss(const struct event *event)
{
    switch (event->kind) {
    case EVENT_ipc_queued:
        return event->ipc_queued.result != ERROR_NONE;
    case EVENT_ipc_converted:
        return event_is_lost(event);
    case EVENT_task_dropped:
        return true;
    default:
        return false;
    }
}

static void begin(struct sink *sink, const struct run_info *info)
{
    (void)sink;
    (void)info;
}

static void take(struct sink *sink, const struct event *event)
{
    struct recent *recent = (struct recent *)sink;

    if (event->kind == EVENT_upcall_nested && !event->upcall_nested.again)
        return;
    push(ring_of(recent, event->process), event);
    if (event->kind == EVENT_region_added && !event->region_added.allowed)
        push(&recent->refused_regions, event);
    if (event->kind == EVENT_upcall_nested)
        keep(&recent->entered_again, event);
    if (is_loss(event))
        push(&recent->lost, event);
    if (event->kind == EVENT_stale_access)
        push(&recent->stale, event);
}

static void end(struct sink *sink, const struct run_result *result)
{
    (void)sink;
    (void)result;
}

void recent_open(struct recent *recent, uint32_t process_count)
{
    size_t rings = (size_t)process_count + 1;
    struct event *events = allocate(
        rings * RECENT_EVENTS + RECENT_REFUSED + RECENT_LOST + RECENT_STALE, sizeof *events);

    *recent = (struct recent){
        .sink = {.wanted = OF_INTEREST, .begin = begin, .take = take, .end = end},
        .processes = allocate(rings, sizeof *recent->processes),
        .process_count = process_count,
        .events = events,
    };
    for (size_t i = 0; i < rings; i++, events += RECENT_EVENTS)
        recent->processes[i] = (struct recent_ring){.events = events, .capacity = RECENT_EVENTS};
    recent->refused_regions = (struct recent_ring){.events = events, .capacity = RECENT_REFUSED};
    events += RECENT_REFUSED;
    recent->lost = (struct recent_ring){.events = events, .capacity = RECENT_LOST};
    events += RECENT_LOST;
    recent->stale = (struct recent_ring){.events = events, .capacity = RECENT_STALE};
}

void recent_close(struct recent *recent)
{
    free(recent->processes);
    free(recent->events);
}
