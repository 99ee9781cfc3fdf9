// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "devices.h"

#include "world.h"

void devices_init(struct devices *devices)
{
    *devices = (struct devices){.alarm_at = DEVICE_IDLE, .console_at = DEVICE_IDLE};
}

void devices_serve(struct world *world)
{
    if (world->devices.alarm_at <= world->clock.now)
        alarm_fired(world);
    if (world->devices.console_at <= world->clock.now && world_kernel_runs(world))
        console_transmitted(world);
}
