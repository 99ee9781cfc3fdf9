// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "measure.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <time.h>

// A batch this much shorter than a sample says well enough how many make up one.
enum { TRIAL_SHARE = 8 };

enum { FEWEST_ROUNDS = 5 };

double measure_now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

struct effort effort_of_longer_samples(const struct effort *effort, uint32_t times)
{
    uint32_t rounds = effort->rounds / times | 1;

    return (struct effort){.rounds = rounds < FEWEST_ROUNDS ? FEWEST_ROUNDS : rounds,
                           .sample_ns = effort->sample_ns * times};
}

static int compare(const void *a, const void *b)
{
    const double *x = a;
    const double *y = b;

    return (*x > *y) - (*x < *y);
}

double measure_median(double *values, size_t count)
{
    qsort(values, count, sizeof *values, compare);
    return count % 2 == 1 ? values[count / 2] : (values[count / 2 - 1] + values[count / 2]) / 2;
}

// How many times make up a sample. Also warms it up. 0: it failed.
static uint64_t find_batch(const struct subject *subject, double sample_ns)
{
    for (uint64_t count = 1;; count *= 2) {
        double ns = subject->sample(subject->context, count);

        if (isnan(ns))
            return 0;
        if (ns >= sample_ns / TRIAL_SHARE)
            return (uint64_t)(sample_ns * (double)count / ns) + 1;
    }
}

bool measure(const struct subject *subjects, size_t count, const struct effort *effort,
             struct measured *measured)
{
    double ns[MEASURE_MAX_SUBJECTS][MEASURE_MAX_ROUNDS];
    double ratios[MEASURE_MAX_SUBJECTS][MEASURE_MAX_ROUNDS];
    uint64_t batch[MEASURE_MAX_SUBJECTS];

    assert(count > 0 && count <= MEASURE_MAX_SUBJECTS);
    assert(effort->rounds % 2 == 1 && effort->rounds <= MEASURE_MAX_ROUNDS);
    for (size_t i = 0; i < count; i++) {
        batch[i] = find_batch(&subjects[i], effort->sample_ns);
        if (batch[i] == 0)
            return false;
    }
    for (uint32_t round = 0; round < effort->rounds; round++) {
        for (size_t i = 0; i < count; i++) {
            ns[i][round] = subjects[i].sample(subjects[i].context, batch[i]) / (double)batch[i];
            if (isnan(ns[i][round]))
                return false;
            ratios[i][round] = ns[i][round] / ns[0][round];
        }
    }
    for (size_t i = 0; i < count; i++)
        measured[i] = (struct measured){.ns = measure_median(ns[i], effort->rounds),
                                        .ratio = measure_median(ratios[i], effort->rounds)};
    return true;
}
