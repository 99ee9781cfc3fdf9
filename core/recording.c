// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "recording.h"

uint32_t kernel_record(struct kernel *kernel, struct event *event)
{
    event->seq = ++kernel->event_seq;
    port_record(kernel->port, event);
    return event->seq;
}
