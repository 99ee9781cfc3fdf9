// SPDX-License-Identifier: Apache-2.0 OR MIT
// Timing on a machine that other work disturbs.
//
// What is to be compared takes turns, one sample each (ABAB...), and the medians count: a slow
// while hits both, a slow moment hits neither. So samples are short, shorter than the time for
// which a host gives the processor to somebody else, and there are many. A ratio is the median
// over the turns of the ratio within one turn.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { MEASURE_MAX_SUBJECTS = 16, MEASURE_MAX_ROUNDS = 127 };

// Something to time.
struct subject {
    // Does it `count` times, at least once, and returns the nanoseconds that took. NAN: the host
    // refused.
    double (*sample)(void *context, uint64_t count);
    void *context;
};

// How thorough to be.
struct effort {
    uint32_t rounds;  // odd, at most MEASURE_MAX_ROUNDS
    double sample_ns; // wall time of one sample, about
};

// The same for what cannot be done in short samples: `times` longer ones, and fewer of them.
struct effort effort_of_longer_samples(const struct effort *effort, uint32_t times);

struct measured {
    double ns;    // for doing it once
    double ratio; // to the first subject; 1 for that itself
};

// The host's monotonic clock, nanoseconds.
double measure_now_ns(void);

// Times all subjects (1 to MEASURE_MAX_SUBJECTS), in turns. False: one of them failed.
bool measure(const struct subject *subjects, size_t count, const struct effort *effort,
             struct measured *measured);

// The middle of `count` values, which it sorts; of an even count, the mean of the two in the
// middle.
double measure_median(double *values, size_t count);
