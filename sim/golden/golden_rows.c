// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "golden_rows.h"

#include <stdlib.h>

#include "../base/allocate.h"

// A step of `b` alone, and how many steps of `a` come before it.
struct insertion {
    size_t b;
    size_t anchor;
};

static size_t lane_of_b(const struct golden_diff *diff, size_t step)
{
    return diff->lane_of_b[diff->b->steps[step].process];
}

// For each step of `b`, where its process's next step that both have is in `a`.
static size_t *find_bounds(const struct golden_diff *diff)
{
    size_t *bound = allocate(diff->b->step_count, sizeof *bound);
    size_t *next = allocate(diff->lane_count, sizeof *next);

    for (size_t i = 0; i < diff->lane_count; i++)
        next[i] = diff->a->step_count;
    for (size_t b = diff->b->step_count; b-- > 0;) {
        bound[b] = next[lane_of_b(diff, b)];
        if (diff->in_a[b] != NO_STEP)
            next[lane_of_b(diff, b)] = diff->in_a[b];
    }
    free(next);
    return bound;
}

// For each step of `b`, the one of `a` that it is with other arguments.
static size_t *find_partners(const struct golden_diff *diff)
{
    size_t *partner = allocate(diff->b->step_count, sizeof *partner);

    for (size_t b = 0; b < diff->b->step_count; b++)
        partner[b] = NO_STEP;
    for (size_t i = 0; i < diff->change_count; i++)
        if (diff->changes[i].kind == CHANGE_ARGUMENTS)
            partner[diff->changes[i].b] = diff->changes[i].a;
    return partner;
}

static size_t clamp(size_t value, size_t low, size_t high)
{
    if (value > high)
        value = high;
    return value < low ? low : value;
}

// What is new stands behind what it may be in place of.
static size_t skip_deletions(const struct golden_diff *diff, size_t lane, size_t anchor,
                             size_t bound)
{
    while (anchor < bound && diff->in_b[anchor] == NO_STEP &&
           diff->lane_of_a[diff->a->steps[anchor].process] == lane)
        anchor++;
    return anchor;
}

static size_t find_insertions(const struct golden_diff *diff, struct insertion *insertions)
{
    size_t *bound = find_bounds(diff);
    size_t *partner = find_partners(diff);
    size_t *low = allocate(diff->lane_count, sizeof *low); // behind the process's last step
    size_t anchor = 0;
    size_t count = 0;

    for (size_t b = 0; b < diff->b->step_count; b++) {
        size_t *lane_low = &low[lane_of_b(diff, b)];

        if (diff->in_a[b] != NO_STEP) {
            anchor = diff->in_a[b] + 1;
        } else {
            anchor = clamp(partner[b] != NO_STEP ? partner[b] + 1 : anchor, *lane_low, bound[b]);
            if (partner[b] == NO_STEP)
                anchor = skip_deletions(diff, lane_of_b(diff, b), anchor, bound[b]);
            insertions[count++] = (struct insertion){.b = b, .anchor = anchor};
        }
        *lane_low = anchor;
    }
    free(bound);
    free(partner);
    free(low);
    return count;
}

static int compare_insertions(const void *left, const void *right)
{
    const struct insertion *a = left;
    const struct insertion *b = right;

    if (a->anchor != b->anchor)
        return a->anchor < b->anchor ? -1 : 1;
    return a->b < b->b ? -1 : a->b > b->b;
}

void golden_rows_open(struct golden_rows *rows, const struct golden_diff *diff)
{
    struct insertion *insertions = allocate(diff->b->step_count, sizeof *insertions);
    size_t count = find_insertions(diff, insertions);
    size_t next = 0;

    qsort(insertions, count, sizeof *insertions, compare_insertions);
    *rows = (struct golden_rows){.row = allocate(diff->a->step_count + count, sizeof *rows->row)};
    for (size_t a = 0; a <= diff->a->step_count; a++) {
        for (; next < count && insertions[next].anchor == a; next++)
            rows->row[rows->count++] = (struct golden_row){.a = NO_STEP, .b = insertions[next].b};
        if (a < diff->a->step_count)
            rows->row[rows->count++] = (struct golden_row){.a = a, .b = diff->in_b[a]};
    }
    free(insertions);
}

void golden_rows_close(struct golden_rows *rows)
{
    free(rows->row);
}
