// SPDX-License-Identifier: Apache-2.0 OR MIT
// How a run ended, or was to end: by what, who, and how often.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../lua/scenario.h"

struct run;

struct ending_part {
    bool is_there;
    bool is_named;                 // unless it is whoever it may be
    uint32_t times[MAX_PROCESSES]; // by index; of processes of one name, at the first
};

struct ending {
    struct ending_part part[ENDS_KINDS];
};

// As the header says.
void ending_declare(struct ending *ending, const struct scenario *scenario);

// As the run did, which is over; `declared` says whose fault was meant to come.
void ending_observe(struct ending *ending, const struct run *run, const struct ending *declared);

// The index of the first process of that name.
uint32_t ending_place(const struct scenario *scenario, uint32_t index);

// Whether process `i` has not done what it said it would: it has a done() ahead, and did not
// fault as was declared.
bool ending_owes_done(const struct run *run, const struct ending *declared, uint32_t i);

// Whether process `i` owes its done(), or waits with an expectation ahead.
bool ending_owes(const struct run *run, const struct ending *declared, uint32_t i);

// Whether process `i` was computing when the run ended.
bool ending_is_busy(const struct run *run, uint32_t i);

// Whether some program has said done(), and nobody owes it.
bool ending_all_done(const struct run *run, const struct ending *declared);

// What a header would say to declare it: `ends = { fault = "service" }`. Cut to `size` bytes.
const char *ending_text(const struct ending *ending, const struct scenario *scenario, char *text,
                        size_t size);
