// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "kept.h"

#include <stdlib.h>

#include "../base/list.h"

static void begin(struct sink *sink, const struct run_info *info)
{
    ((struct kept *)sink)->view = info->view;
}

// What was printed is no longer there when the run is over.
static void keep_text(struct kept *kept, struct event *print)
{
    const uint8_t *bytes = view_printed(kept->view, print);

    print->print.start = (uint32_t)kept->printed.length;
    if (bytes)
        bytes_add(&kept->printed, bytes, print->print.size);
    else
        print->print.size = 0;
}

static void take(struct sink *sink, const struct event *event)
{
    struct kept *kept = (struct kept *)sink;
    struct event *place = LIST_ADD(kept->events, kept->count);

    *place = *event;
    if (event->kind == EVENT_print)
        keep_text(kept, place);
}

static void end(struct sink *sink, const struct run_result *result)
{
    (void)sink;
    (void)result;
}

void kept_open(struct kept *kept)
{
    *kept = (struct kept){.sink = {.wanted = ALL_EVENTS & ~EVENT_BIT(EVENT_poll),
                                   .begin = begin,
                                   .take = take,
                                   .end = end}};
}

void kept_close(struct kept *kept)
{
    free(kept->events);
    bytes_free(&kept->printed);
}
