// SPDX-License-Identifier: Apache-2.0 OR MIT
// Eugene W. Myers, "An O(ND) Difference Algorithm and Its Variations" (1986): how far
// each diagonal k = x - y gets with d edits, for d = 0, 1, ...; all rows are kept, and
// the way is then walked back.
#include "edits.h"

#include <stdlib.h>
#include <string.h>

#include "../base/allocate.h"

struct edits {
    const uint32_t *a;
    const uint32_t *b;
    size_t a_count;
    size_t b_count;
    size_t *in_b;
    size_t *in_a;
    ptrdiff_t **rows; // of d edits: the furthest x on diagonals -d to d
};

static void pair(const struct edits *edits, size_t x, size_t y)
{
    edits->in_b[x] = y;
    edits->in_a[y] = x;
}

// Whether the step to diagonal k with d edits is an insertion: down from k + 1.
static bool is_insertion(const ptrdiff_t *row, ptrdiff_t d, ptrdiff_t k)
{
    const ptrdiff_t *middle = row + (d - 1);

    return k == -d || (k != d && middle[k - 1] < middle[k + 1]);
}

// The furthest x on diagonal k with d edits, before equal items.
static ptrdiff_t step_to(const struct edits *edits, ptrdiff_t d, ptrdiff_t k)
{
    const ptrdiff_t *middle;

    if (d == 0)
        return 0;
    middle = edits->rows[d - 1] + (d - 1);
    return is_insertion(edits->rows[d - 1], d, k) ? middle[k + 1] : middle[k - 1] + 1;
}

static ptrdiff_t skip_equal(const struct edits *edits, ptrdiff_t x, ptrdiff_t k)
{
    while (x < (ptrdiff_t)edits->a_count && x - k < (ptrdiff_t)edits->b_count &&
           edits->a[x] == edits->b[x - k])
        x++;
    return x;
}

// Fills the row of d edits. Whether it reaches the end of both.
static bool fill_row(struct edits *edits, ptrdiff_t d)
{
    ptrdiff_t end = (ptrdiff_t)edits->a_count - (ptrdiff_t)edits->b_count;
    ptrdiff_t *middle;

    edits->rows[d] = allocate((size_t)(2 * d + 1), sizeof(ptrdiff_t));
    middle = edits->rows[d] + d;
    for (ptrdiff_t k = -d; k <= d; k += 2)
        middle[k] = skip_equal(edits, step_to(edits, d, k), k);
    return end >= -d && end <= d && (d - end) % 2 == 0 && middle[end] >= (ptrdiff_t)edits->a_count;
}

static void walk_back(const struct edits *edits, ptrdiff_t d)
{
    ptrdiff_t k = (ptrdiff_t)edits->a_count - (ptrdiff_t)edits->b_count;
    ptrdiff_t x = (ptrdiff_t)edits->a_count;

    for (; d >= 0; d--) {
        ptrdiff_t start = step_to(edits, d, k);

        for (; x > start; x--)
            pair(edits, (size_t)(x - 1), (size_t)(x - 1 - k));
        if (d == 0)
            break;
        if (is_insertion(edits->rows[d - 1], d, k)) {
            k++;
        } else {
            k--;
            x--;
        }
    }
}

static void find_ways(struct edits *edits)
{
    size_t most = edits->a_count + edits->b_count;
    ptrdiff_t d = 0;
    bool is_found = false;

    if (most > EDITS_MOST)
        most = EDITS_MOST;
    edits->rows = allocate(most + 1, sizeof *edits->rows);
    for (; d <= (ptrdiff_t)most && !is_found; d++)
        is_found = fill_row(edits, d);
    if (is_found)
        walk_back(edits, d - 1);
    for (ptrdiff_t i = 0; i < d; i++)
        free(edits->rows[i]);
    free(edits->rows);
}

void edits_find(const uint32_t *a, size_t a_count, const uint32_t *b, size_t b_count, size_t *in_b,
                size_t *in_a)
{
    struct edits edits = {.in_b = in_b, .in_a = in_a};
    size_t start = 0;

    for (size_t i = 0; i < a_count; i++)
        in_b[i] = EDITS_NONE;
    for (size_t i = 0; i < b_count; i++)
        in_a[i] = EDITS_NONE;
    for (; start < a_count && start < b_count && a[start] == b[start]; start++)
        pair(&edits, start, start);
    while (a_count > start && b_count > start && a[a_count - 1] == b[b_count - 1])
        pair(&edits, --a_count, --b_count);

    edits = (struct edits){.a = a + start,
                           .b = b + start,
                           .a_count = a_count - start,
                           .b_count = b_count - start,
                           .in_b = in_b + start,
                           .in_a = in_a + start};
    find_ways(&edits);
    // What was paired here counts from `start`.
    for (size_t i = start; i < a_count; i++)
        if (in_b[i] != EDITS_NONE)
            in_b[i] += start;
    for (size_t i = start; i < b_count; i++)
        if (in_a[i] != EDITS_NONE)
            in_a[i] += start;
}
