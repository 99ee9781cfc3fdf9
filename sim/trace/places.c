// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "places.h"

#include <stdlib.h>
#include <string.h>

#include "../base/allocate.h"
#include "../base/list.h"

void places_open(struct places *places, uint32_t process_count)
{
    *places = (struct places){.processes = allocate(process_count, sizeof *places->processes),
                              .process_count = process_count};
}

static void forget(struct process_places *process)
{
    for (size_t i = 0; i < process->count; i++)
        free(process->list[i].name);
    free(process->list);
}

void places_close(struct places *places)
{
    for (uint32_t i = 0; i < places->process_count; i++)
        forget(&places->processes[i]);
    free(places->processes);
    *places = (struct places){.processes = NULL};
}

// Whether two functions of one life have nothing but their occurrence to tell them apart.
static bool are_named_alike(const struct place *a, const struct place *b)
{
    if (a->kind != b->kind || a->life != b->life || strcmp(a->name, b->name) != 0)
        return false;
    return a->name[0] != '\0' || (a->driver == b->driver && a->number == b->number);
}

static bool is_same(const struct place *a, const struct place *b)
{
    return a->kind == b->kind && a->life == b->life && a->start == b->start && a->size == b->size &&
           strcmp(a->name, b->name) == 0;
}

static bool is_known(const struct process_places *process, const struct place *place)
{
    for (size_t i = 0; i < process->count; i++)
        if (is_same(&process->list[i], place))
            return true;
    return false;
}

static uint32_t occurrence_of(const struct process_places *process, const struct place *place)
{
    uint32_t occurrence = 1;

    if (place->kind != PLACE_FUNCTION)
        return occurrence;
    for (size_t i = 0; i < process->count; i++)
        occurrence += are_named_alike(&process->list[i], place);
    return occurrence;
}

static void note_call(struct process_places *process, const struct view *view,
                      const struct event *call)
{
    struct view_place shown;

    if (!view_place_of_call(view, call, &shown) || shown.kind == PLACE_BREAK)
        return;
    struct place place = {
        .kind = shown.kind,
        .start = shown.start,
        .size = shown.size,
        .name = allocate_text(shown.name, strlen(shown.name)),
        .driver = call->syscall.r0,
        .number = call->syscall.r1,
        .life = process->life,
    };
    if (is_known(process, &place)) {
        free(place.name);
        return;
    }
    place.occurrence = occurrence_of(process, &place);
    *LIST_ADD(process->list, process->count) = place;
}

void places_note(struct places *places, const struct view *view, const struct event *event)
{
    if (event->process >= places->process_count)
        return;
    if (event->kind == EVENT_restarted)
        places->processes[event->process].life++;
    if (event->kind == EVENT_syscall)
        note_call(&places->processes[event->process], view, event);
}

const struct place *places_find(const struct places *places, uint32_t process, uaddr address)
{
    const struct process_places *of = &places->processes[process];

    for (size_t i = of->count; i-- > 0;)
        if (address - of->list[i].start < of->list[i].size)
            return &of->list[i];
    return NULL;
}
