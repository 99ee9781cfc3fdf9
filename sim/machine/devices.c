// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "devices.h"

#include "../../core/ipc.h"
#include "operator.h"
#include "world.h"

struct driver_list devices_board_drivers(uint32_t num_procs)
{
    return (struct driver_list){
        .list = {ipc_driver((uint8_t)num_procs), alarm_driver(), console_driver()}, .count = 3};
}

void devices_init(struct devices *devices)
{
    *devices = (struct devices){
        .alarm_at = DEVICE_IDLE, .console_at = DEVICE_IDLE, .operator_at = DEVICE_IDLE};
}

void devices_serve(struct world *world)
{
    if (world->devices.alarm_at <= world->clock.now)
        alarm_fired(world);
    if (world->devices.console_at <= world->clock.now && world_kernel_runs(world))
        console_transmitted(world);
    if (world->devices.operator_at <= world->clock.now && world_kernel_runs(world))
        operators_serve(world);
}
