// SPDX-License-Identifier: Apache-2.0 OR MIT
// One protection unit with the driver that programs it: what the kernel calls through
// `mpu`, and what the bus asks, `hw`. The driver writes registers; nothing else
// connects the two.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "../core/mpu.h"
#include "mpu_hw.h"

struct protection {
    struct mpu mpu; // first: a driver gets this and finds the rest
    struct mpu_hw hw;
};

// What there is on a chip, and how much of it Tock's driver for it uses.
struct protection_setup {
    enum mpu_kind kind;
    uint32_t hw_regions;      // regions, or PMP entries, of the silicon
    uint32_t driver_regions;  // regions, or pairs of PMP entries, that processes may use
    uint32_t min_region_size; // bytes
    bool has_ram_pair;        // Cortex-M: the driver of Tock 2.2, two regions for RAM
};

// Resets the unit and puts its driver in charge. False, with nothing useful in
// `protection`: no such silicon, or more regions than it or the kernel has.
bool protection_init(struct protection *protection, const struct protection_setup *setup);

// The drivers, one file each.
extern const struct mpu_driver none_driver;
extern const struct mpu_driver armv7m_driver;
extern const struct mpu_driver armv7m_pair_driver;
extern const struct mpu_driver armv8m_driver;
extern const struct mpu_driver pmp_driver;

static inline struct protection *protection_of(struct mpu *mpu)
{
    return (struct protection *)mpu;
}
