// SPDX-License-Identifier: Apache-2.0 OR MIT
// The regions of a protection unit as its registers have them, and why it refuses: what is said of
// regions has this one source, not what a driver meant to write.
#pragma once

#include <stdint.h>

#include "../../core/abi.h"
#include "../../core/event.h"
#include "../../mpu_model/mpu_hw.h"

// An access of a process in the unit's words.
static inline enum mpu_op unit_op(enum access_op op)
{
    switch (op) {
    case ACCESS_STORE:
        return MPU_OP_WRITE;
    case ACCESS_FETCH:
        return MPU_OP_FETCH;
    case ACCESS_LOAD:
        break;
    }
    return MPU_OP_READ;
}

enum { UNIT_REGIONS_MAX = MPU_PMP_ENTRIES_MAX };

struct unit_region {
    uint32_t number; // as its driver counts: on RISC-V of a pair of entries
    uint64_t base;
    uint64_t span;       // bytes
    uint8_t disabled;    // bit n: eighth n is not open
    char permissions[4]; // of a process: "rw-"
};

// Lists the regions that are in use; how many.
uint32_t unit_list_regions(const struct mpu_hw *unit, struct unit_region regions[UNIT_REGIONS_MAX]);

struct unit_answer {
    enum mpu_rule rule;
    uint32_t region; // by its number, where one decided
};

// Why a process gets what it gets for an access of `size` bytes: the rule that decides over its
// first byte, and where that is allowed, over the whole.
struct unit_answer unit_ask(const struct mpu_hw *unit, enum access_op op, uaddr address,
                            uint32_t size);
