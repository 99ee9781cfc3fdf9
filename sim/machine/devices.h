// SPDX-License-Identifier: Apache-2.0 OR MIT
// The devices of the simulated chip, and the capsules over them: alarm (driver 0) and
// console (driver 1) with the ABI of Tock 2.1 (capsules/src/alarm.rs, console.rs).
#pragma once

#include <stdint.h>

#include "../../core/capsule_abi.h"
#include "../../core/syscall_driver.h"

struct world;

enum {
    ALARM_TICKS_PER_US = 1,
    CONSOLE_US_PER_BYTE = 87, // 115200 baud, 8N1
};

#define DEVICE_IDLE UINT64_MAX

// When the devices will want the kernel, in cycles. Whoever sets one tells
// world_expect_interrupt.
struct devices {
    uint64_t alarm_at;   // DEVICE_IDLE: not set
    uint64_t console_at; // end of the transmission under way, DEVICE_IDLE: none
    struct process_id console_for;
    uint64_t operator_at; // the next thing that an operator does
};

void devices_init(struct devices *devices);

// The next interrupt of any device, in cycles; DEVICE_IDLE: none to come.
static inline uint64_t devices_next(const struct devices *devices)
{
    uint64_t at = devices->alarm_at < devices->console_at ? devices->alarm_at : devices->console_at;

    return at < devices->operator_at ? at : devices->operator_at;
}

// The capsules' work for each device whose time has come.
void devices_serve(struct world *world);

struct syscall_driver alarm_driver(void);
struct syscall_driver console_driver(void);

// What a kernel has besides its core. Each driver's grant has the number of its place.
enum { DRIVERS_MAX = 4 };
struct driver_list {
    struct syscall_driver list[DRIVERS_MAX];
    uint32_t count;
};

// That of a board: IPC for `num_procs` processes (1 to 255), alarm, console.
struct driver_list devices_board_drivers(uint32_t num_procs);

// What devices_serve calls.
void alarm_fired(struct world *world);
void console_transmitted(struct world *world);
