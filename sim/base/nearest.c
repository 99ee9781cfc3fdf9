// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "nearest.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { LONGEST_WORD = 63 };

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

// One cell of the table below: `row[0]` is the line being filled in, row[1] and
// row[2] the two before it.
static size_t edit_cost(const char *a, const char *b, size_t i, size_t j,
                        size_t row[3][LONGEST_WORD + 1])
{
    bool same = tolower((unsigned char)a[i - 1]) == tolower((unsigned char)b[j - 1]);
    size_t cost = least(row[1][j], row[0][j - 1]) + 1;

    cost = least(cost, row[1][j - 1] + (same ? 0 : 1));
    if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        cost = least(cost, row[2][j - 2] + 1);
    return cost;
}

// How many letters to insert, delete, replace or swap to get from `a` to `b`.
static size_t edit_distance(const char *a, const char *b)
{
    size_t a_length = strnlen(a, LONGEST_WORD);
    size_t b_length = strnlen(b, LONGEST_WORD);
    size_t row[3][LONGEST_WORD + 1] = {0};

    for (size_t j = 0; j <= b_length; j++)
        row[0][j] = j;
    for (size_t i = 1; i <= a_length; i++) {
        memcpy(row[2], row[1], sizeof row[2]);
        memcpy(row[1], row[0], sizeof row[1]);
        row[0][0] = i;
        for (size_t j = 1; j <= b_length; j++)
            row[0][j] = edit_cost(a, b, i, j, row);
    }
    return row[0][b_length];
}

const char *nearest_find(const char *word, const char *const *names, size_t count)
{
    const char *nearest = NULL;
    size_t best = least(strlen(word), LONGEST_WORD) / 3 + 2;

    for (size_t i = 0; i < count; i++) {
        size_t distance = edit_distance(word, names[i]);

        if (distance < best && distance < strlen(names[i])) {
            best = distance;
            nearest = names[i];
        }
    }
    return nearest;
}

static void join(char *text, size_t size, const char *const *names, size_t count)
{
    size_t used = 0;

    text[0] = '\0';
    for (size_t i = 0; i < count && used < size; i++)
        used += (size_t)snprintf(text + used, size - used, "%s%s", i > 0 ? ", " : "", names[i]);
}

void nearest_refuse(struct message *error, const char *kind, const char *word,
                    const char *const *names, size_t count)
{
    const char *nearest = nearest_find(word, names, count);
    char all[512];

    if (nearest) {
        message_set(error, "unknown %s '%.64s'; did you mean '%s'?", kind, word, nearest);
        return;
    }
    join(all, sizeof all, names, count);
    message_set(error, "unknown %s '%.64s'; there is %s", kind, word, all);
}
