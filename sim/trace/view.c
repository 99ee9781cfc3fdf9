// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "view.h"

#include <string.h>

static const char *const kind_names[] = {
#define X(NAME, name) #name,
    PLACE_KINDS(X)
#undef X
};

const char *place_kind_name(enum place_kind kind)
{
    return kind_names[kind];
}

bool place_kind_find(const char *name, enum place_kind *kind)
{
    for (int i = 0; i < PLACE_KIND_COUNT; i++) {
        if (!name || strcmp(kind_names[i], name) != 0)
            continue;
        *kind = (enum place_kind)i;
        return true;
    }
    return false;
}

const char *view_driver_name(const struct view *view, uint32_t number)
{
    for (uint32_t i = 0; i < view->driver_count; i++)
        if (view->drivers[i].number == number)
            return view->drivers[i].name;
    return NULL;
}

const uint8_t *view_printed(const struct view *view, const struct event *event)
{
    return view->memory(view->source, event->print.start, event->print.size);
}

// 0: none.
static uaddr address_in(const struct event *call)
{
    switch (call->syscall.class) {
    case SYSCALL_SUBSCRIBE:
    case SYSCALL_ALLOW_RW:
    case SYSCALL_ALLOW_RO:
    case SYSCALL_ALLOW_UR:
        return call->syscall.r2;
    case SYSCALL_MEMOP:
        return call->syscall.r0 == MEMOP_BRK ? call->syscall.r1 : 0;
    default:
        return 0;
    }
}

bool view_place_of_call(const struct view *view, const struct event *call, struct view_place *place)
{
    uaddr address = address_in(call);

    return address != 0 && view->place(view->source, call->process, address, place);
}
