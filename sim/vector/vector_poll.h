// SPDX-License-Identifier: Apache-2.0 OR MIT
// `proc` lines: what changed in each process since the last one.
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "../../core/kernel.h"

// What a `proc` line says of a process.
struct vector_poll {
    uint32_t id;
    enum process_state state;
    uint32_t pending;
    uaddr app_brk;
    uaddr kernel_brk;
    uint32_t restart_count;
    uint32_t dropped;
    uint32_t expirations;
    bool is_active;
    uint32_t grants;
    enum completion completion;
    uint32_t completion_code;
};

struct vector_polls {
    struct vector_poll last[MAX_PROCESSES];
    bool is_known[MAX_PROCESSES];
    const struct process *cut; // its restart was the step too many, NULL: no restart was
};

// Writes a line for each process that changed, with what did; the first line of a process says
// everything.
void vector_poll(struct vector_polls *polls, struct kernel *kernel, FILE *out);

// What such a line says of this process now.
struct vector_poll vector_poll_process(const struct vector_polls *polls, struct kernel *kernel,
                                       const struct process *process);

// The pieces `"cc"` and `"grants"`.
void vector_write_completion(FILE *out, const struct vector_poll *poll);
void vector_write_grants(FILE *out, const struct vector_poll *poll);
