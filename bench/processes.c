// SPDX-License-Identifier: Apache-2.0 OR MIT
// What idle processes cost a pair that talks.
#include "../sim/base/count_of.h"
#include "family.h"
#include "pair.h"

static const uint32_t counts[] = {2, 16, 64, 255};

bool bench_processes(struct figures *figures, const struct effort *effort, struct message *error)
{
    const struct family family = {
        .name = "processes",
        .counts = counts,
        .size = COUNT_OF(counts),
        .goal = 1.15,
        .make = pair_new,
        .sample = pair_sample,
    };

    return family_measure(&family, figures, effort, error);
}
