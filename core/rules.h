// SPDX-License-Identifier: Apache-2.0 OR MIT
// What one release of the kernel does otherwise than another, as data: code asks for the rule by
// its name, and never which release it is. A rule stands here only if both of its answers are in
// the code and under test.
//
// A difference as large as a function is two functions side by side; one as large as a file, two
// files behind one header.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "abi.h"

// X(type, name, in Tock 2.1, what it says, the upstream change that made it otherwise)
#define KERNEL_DIFFERENCES(X)                                                                      \
    X(bool, yield_wait_writes_flag, true, "yield-wait writes 1 to the address that r1 holds",      \
      "tock#3740")                                                                                 \
    X(enum error_code, no_such_slot, ERROR_INVAL,                                                  \
      "what subscribe and allow answer to a number that the driver does not have", "tock#3276")    \
    X(bool, mlfq_goes_on_after_interrupt, true,                                                    \
      "under MLFQ an interrupt does not end the turn of a process", "tock#4292")                   \
    X(uint32_t, ram_regions, 1, "regions that the Cortex-M driver takes for a process's own RAM",  \
      "tock#3202")

struct kernel_rules {
    const char *release;
#define X(type, name, in_2_1, about, change) type name;
    KERNEL_DIFFERENCES(X)
#undef X
};

extern const struct kernel_rules kernel_rules_2_1;
