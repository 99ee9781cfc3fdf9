// SPDX-License-Identifier: Apache-2.0 OR MIT
// Who faulted in a run, how often, and why at first. World and kernel keep the first fault
// of all, for the report.
#pragma once

#include "../../core/kernel.h"
#include "../trace/sink.h"

struct tally {
    struct sink sink; // first
    uint32_t faults[MAX_PROCESSES];
    enum fault_cause first_cause[MAX_PROCESSES];
};

void tally_init(struct tally *tally);
