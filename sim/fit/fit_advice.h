// SPDX-License-Identifier: Apache-2.0 OR MIT
// Where a buffer of some size fits, and what to do with one that does not: asked of the driver
// at every place that could matter.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "fit.h"

// How `size` bytes fare at the multiples of `alignment`. Asked at each of them over a stretch
// of RAM that holds every position that a buffer can have relative to the regions around it.
struct fit_census {
    bool fits_somewhere;
    bool fails_somewhere;
    uaddr fitting; // the first address where they fit
    uaddr failing; // and where they do not
};

struct fit_census fit_take_census(const struct fit *fit, uint32_t size, uint32_t alignment);

// What would work instead. 0: nothing does.
struct fit_advice {
    uaddr next_start;     // the first address behind the buffer's own where its size fits
    uint32_t padded_size; // the smallest larger size that fits at its address, in whole words
    uint32_t alignment;   // the smallest alignment at which `aligned_size` bytes fit everywhere
    uint32_t aligned_size;
};

struct fit_advice fit_advise(const struct fit *fit, struct fit_buffer buffer);
