// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "family.h"

#include "../sim/machine/world.h"

static void report(const struct family *family, struct figures *figures,
                   const struct measured *measured)
{
    for (size_t i = 1; i < family->size; i++)
        figures_add(figures,
                    &(struct figure){.unit = "ns",
                                     .value = measured[i].ns,
                                     .reference = measured[0].ns,
                                     .ratio = measured[i].ratio,
                                     .goal = family->goal},
                    "%s/%u", family->name, (unsigned)family->counts[i]);
}

static bool compare(const struct family *family, const struct subject *subjects,
                    struct figures *figures, const struct effort *effort, struct message *error)
{
    struct measured measured[FAMILY_MAX];

    if (!measure(subjects, family->size, effort, measured)) {
        message_set(error, "a world stopped by itself");
        return false;
    }
    report(family, figures, measured);
    return true;
}

bool family_measure(const struct family *family, struct figures *figures,
                    const struct effort *effort, struct message *error)
{
    struct subject subjects[FAMILY_MAX];
    size_t open = 0;
    bool is_fine;

    for (; open < family->size; open++) {
        struct world *world = family->make(family->counts[open], (uint32_t)open, error);

        if (!world)
            break;
        subjects[open] = (struct subject){family->sample, world};
    }
    is_fine = open == family->size && compare(family, subjects, figures, effort, error);
    while (open > 0)
        world_free(subjects[--open].context);
    return is_fine;
}
