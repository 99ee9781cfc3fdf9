// SPDX-License-Identifier: Apache-2.0 OR MIT
// Worlds of the same kind with more and more processes, each measured against the first.
#pragma once

#include "bench.h"

struct world;

enum { FAMILY_MAX = MEASURE_MAX_SUBJECTS };

struct family {
    const char *name;       // of the figures: "name/255"
    const uint32_t *counts; // of processes, FAMILY_MAX at most; the first is the reference
    size_t size;            // how many there are
    double goal;            // for each ratio
    // Makes one; the context of `sample` is the world. NULL, with `error` set: the host refuses.
    struct world *(*make)(uint32_t count, uint32_t arena_slot, struct message *error);
    double (*sample)(void *world, uint64_t count);
};

// Adds a figure for each but the first. False, with `error` set: the host refused something.
bool family_measure(const struct family *family, struct figures *figures,
                    const struct effort *effort, struct message *error);
