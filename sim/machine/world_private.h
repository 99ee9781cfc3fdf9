// SPDX-License-Identifier: Apache-2.0 OR MIT
// What the files of a world share: world.c, world_new.c and port.c. Inline, as all of it is on the
// way of every round trip.
#pragma once

#include "../../core/hints.h"
#include "world.h"

// What an exception puts on a Cortex-M stack, and what an answer needs there.
enum { WORLD_SVC_FRAME_BYTES = 32, WORLD_SVC_ANSWER_BYTES = 16 };

// The stack of a process lies at the start of its memory here; `bytes` of it must be
// below its break.
static inline bool world_has_stack(const struct world *world, const struct process *process,
                                   uint32_t bytes)
{
    return LIKELY(!world->check_stack_pointer) || process->memory_start + bytes <= process->app_brk;
}

// Hands an event to the sinks that want it.
static inline void world_tell_sinks(const struct world *world, const struct event *event)
{
    for (size_t i = 0; i < world->sink_count; i++)
        if (world->sinks[i]->wanted & EVENT_BIT(event->kind))
            world->sinks[i]->take(world->sinks[i], event);
}

// Time passes until a device wants the kernel; none ever will: the world is quiescent.
void world_wait_for_device(struct world *world);

// The run is over once its time is up or its host wants it to stop.
static inline bool world_halt_if_over(struct world *world)
{
    if (UNLIKELY(*world->stop_request))
        world_halt(world, WORLD_STOPPED);
    else if (UNLIKELY(world->clock.now >= world->until))
        world_halt(world, WORLD_UNTIL);
    else
        return false;
    return true;
}
