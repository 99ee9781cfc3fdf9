// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "view.h"

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
