// SPDX-License-Identifier: Apache-2.0 OR MIT
// Events, as the kernel tells them: RECORD where one happens.
#pragma once

#include "kernel.h"

// Whether somebody wants events of this kind. Unwanted ones are counted all the same,
// so that seq never depends on who listens.
static inline bool kernel_wants(const struct kernel *kernel, enum event_kind kind)
{
    return (kernel->wanted_events & EVENT_BIT(kind)) != 0;
}

// Hands an event to the port. Returns its seq.
COLD uint32_t kernel_record(struct kernel *kernel, struct event *event);

// RECORD(kernel, process index, name of the event, its fields as initializers)
#define RECORD(kernel_, process_, name_, ...)                                                      \
    (kernel_wants((kernel_), EVENT_##name_)                                                        \
         ? kernel_record((kernel_), &(struct event){.kind = EVENT_##name_,                         \
                                                    .process = (uint16_t)(process_),               \
                                                    .name_ = {__VA_ARGS__}})                       \
         : ++(kernel_)->event_seq)

// The same for an event without fields.
#define RECORD_BARE(kernel_, process_, name_)                                                      \
    (kernel_wants((kernel_), EVENT_##name_)                                                        \
         ? kernel_record((kernel_),                                                                \
                         &(struct event){.kind = EVENT_##name_, .process = (uint16_t)(process_)})  \
         : ++(kernel_)->event_seq)
