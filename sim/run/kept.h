// SPDX-License-Identifier: Apache-2.0 OR MIT
// All events of a run, in host memory, for a scenario that looks at them when it is over.
#pragma once

#include <stddef.h>

#include "../base/bytes.h"
#include "../trace/sink.h"

struct kept {
    struct sink sink; // first
    const struct view *view;
    struct event *events; // all but polls; of a print, `start` is a place in `printed`
    size_t count;
    struct bytes printed;
};

void kept_open(struct kept *kept);
void kept_close(struct kept *kept);
