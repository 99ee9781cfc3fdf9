// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "golden_diff.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../base/allocate.h"
#include "../base/list.h"
#include "edits.h"
#include "golden_rows.h"

// How far apart two events may be that are said to be one with other arguments.
enum { NEAR = 64 };

// ---- numbers for texts: equal ones have the same

struct texts {
    const char **slots; // borrowed texts, NULL: free
    uint32_t *numbers;
    size_t size; // a power of two, more than there are texts
    uint32_t count;
};

static uint64_t hash_of(const char *text)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);

    for (; *text != '\0'; text++)
        hash = (hash ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
    return hash ^ hash >> 32;
}

static void texts_open(struct texts *texts, size_t most)
{
    *texts = (struct texts){.size = 16};
    while (texts->size < 2 * most)
        texts->size *= 2;
    texts->slots = allocate(texts->size, sizeof *texts->slots);
    texts->numbers = allocate(texts->size, sizeof *texts->numbers);
}

static void texts_close(struct texts *texts)
{
    free(texts->slots);
    free(texts->numbers);
}

static uint32_t number_of(struct texts *texts, const char *text)
{
    size_t slot = hash_of(text) & (texts->size - 1);

    while (texts->slots[slot] && strcmp(texts->slots[slot], text) != 0)
        slot = (slot + 1) & (texts->size - 1);
    if (!texts->slots[slot]) {
        texts->slots[slot] = text;
        texts->numbers[slot] = texts->count++;
    }
    return texts->numbers[slot];
}

// ---- one process at a time

// The steps of one process in one of the traces.
struct lane {
    size_t *steps;
    uint32_t *numbers; // of their texts
    size_t count;
};

struct lanes {
    struct lane *lane; // by place in a's list of processes, then those of b alone
    size_t count;
};

// Where a label stands among those of `golden`; their number if it does not.
static size_t find_label(const struct golden *golden, const char *label)
{
    size_t i = 0;

    while (i < golden->process_count && strcmp(golden->processes[i], label) != 0)
        i++;
    return i;
}

// For each process of `golden` its lane: that of the same label in `first`, or a new one.
static size_t *map_processes(const struct golden *golden, const struct golden *first, size_t *count)
{
    size_t *lane_of = allocate(golden->process_count, sizeof *lane_of);

    for (size_t i = 0; i < golden->process_count; i++) {
        size_t found = find_label(first, golden->processes[i]);

        lane_of[i] = found < first->process_count ? found : (*count)++;
    }
    return lane_of;
}

static void lanes_fill(struct lanes *lanes, const struct golden *golden, const size_t *lane_of,
                       struct texts *texts)
{
    lanes->lane = allocate(lanes->count, sizeof *lanes->lane);
    for (size_t i = 0; i < golden->step_count; i++)
        lanes->lane[lane_of[golden->steps[i].process]].count++;
    for (size_t i = 0; i < lanes->count; i++) {
        struct lane *lane = &lanes->lane[i];

        lane->steps = allocate(lane->count, sizeof *lane->steps);
        lane->numbers = allocate(lane->count, sizeof *lane->numbers);
        lane->count = 0;
    }
    for (size_t i = 0; i < golden->step_count; i++) {
        struct lane *lane = &lanes->lane[lane_of[golden->steps[i].process]];

        lane->steps[lane->count] = i;
        lane->numbers[lane->count++] = number_of(texts, golden->steps[i].text);
    }
}

static void lanes_free(struct lanes *lanes)
{
    for (size_t i = 0; i < lanes->count; i++) {
        free(lanes->lane[i].steps);
        free(lanes->lane[i].numbers);
    }
    free(lanes->lane);
}

// ---- what became of what is not the same

static void add_change(struct golden_diff *diff, enum golden_change_kind kind, size_t a, size_t b)
{
    *LIST_ADD(diff->changes, diff->change_count) =
        (struct golden_change){.kind = kind, .a = a, .b = b};
}

// How much of a text says what kind of event it is: what stands before its arguments,
// "upcall ipc.service", or its first word. With `is_strict` also its first argument, which
// is the process that a notification is from.
static size_t kind_length(const char *text, bool is_strict)
{
    size_t length = strcspn(text, "([:\"");

    if (text[length] != '(' && text[length] != '[')
        return is_strict ? strlen(text) : strcspn(text, " :");
    return is_strict ? length + strcspn(text + length, ",)]") : length;
}

static bool is_same_kind(const char *a, const char *b, bool is_strict)
{
    size_t length = kind_length(a, is_strict);

    return length == kind_length(b, is_strict) && strncmp(a, b, length) == 0;
}

// One process's lanes in both traces, and where the steps of each stand in the other.
struct pairing {
    struct golden_diff *diff;
    const struct lane *a;
    const struct lane *b;
    size_t *in_b; // places in the lanes
    size_t *in_a;
    bool is_outcome;
    bool *is_taken; // of b: part of a change already
    bool *is_told;  // of a
};

static void tell(struct pairing *pairing, enum golden_change_kind kind, size_t a, size_t b)
{
    add_change(pairing->diff, kind, a != NO_STEP ? pairing->a->steps[a] : NO_STEP,
               b != NO_STEP ? pairing->b->steps[b] : NO_STEP);
    if (a != NO_STEP)
        pairing->is_told[a] = true;
    if (b != NO_STEP)
        pairing->is_taken[b] = true;
}

static bool is_left_of_a(const struct pairing *pairing, size_t a)
{
    return pairing->in_b[a] == EDITS_NONE && !pairing->is_told[a];
}

static bool is_left_of_b(const struct pairing *pairing, size_t b)
{
    return pairing->in_a[b] == EDITS_NONE && !pairing->is_taken[b];
}

// The same text somewhere else: of several, the first that is left.
static void find_moved(struct pairing *pairing, size_t number_count)
{
    size_t *first = allocate(number_count, sizeof *first); // by number: a place in b, plus 1
    size_t *next = allocate(pairing->b->count, sizeof *next);

    for (size_t b = pairing->b->count; b-- > 0;) {
        if (!is_left_of_b(pairing, b))
            continue;
        next[b] = first[pairing->b->numbers[b]];
        first[pairing->b->numbers[b]] = b + 1;
    }
    for (size_t a = 0; a < pairing->a->count; a++) {
        size_t *place = &first[pairing->a->numbers[a]];

        if (!is_left_of_a(pairing, a) || *place == 0)
            continue;
        size_t b = *place - 1;
        *place = next[b];
        tell(pairing, CHANGE_MOVED, a, b);
    }
    free(first);
    free(next);
}

// Between two equal steps, the first near one of the same kind: [a, a_end) of a, [b, b_end)
// of b. A run has one outcome.
static void find_changed_in(struct pairing *pairing, size_t a, size_t a_end, size_t b, size_t b_end,
                            bool is_strict)
{
    const struct golden_diff *diff = pairing->diff;

    for (; a < a_end; a++) {
        const char *text = diff->a->steps[pairing->a->steps[a]].text;

        for (size_t i = b; is_left_of_a(pairing, a) && i < b_end && i < b + NEAR; i++)
            if (is_left_of_b(pairing, i) &&
                (pairing->is_outcome ||
                 is_same_kind(text, diff->b->steps[pairing->b->steps[i]].text, is_strict))) {
                tell(pairing, CHANGE_ARGUMENTS, a, i);
                b = i + 1; // so that no two of them cross
            }
    }
}

static void find_changed(struct pairing *pairing, bool is_strict)
{
    size_t a = 0;
    size_t b = 0;

    while (a < pairing->a->count || b < pairing->b->count) {
        size_t a_end = a;
        size_t b_end = b;

        while (a_end < pairing->a->count && pairing->in_b[a_end] == EDITS_NONE)
            a_end++;
        while (b_end < pairing->b->count && pairing->in_a[b_end] == EDITS_NONE)
            b_end++;
        find_changed_in(pairing, a, a_end, b, b_end, is_strict);
        a = a_end + 1;
        b = b_end + 1;
    }
}

static void tell_rest(struct pairing *pairing)
{
    for (size_t a = 0; a < pairing->a->count; a++)
        if (is_left_of_a(pairing, a))
            tell(pairing, CHANGE_MISSING, a, NO_STEP);
    for (size_t b = 0; b < pairing->b->count; b++)
        if (is_left_of_b(pairing, b))
            tell(pairing, CHANGE_ADDED, NO_STEP, b);
}

static void note_equal(struct pairing *pairing)
{
    for (size_t a = 0; a < pairing->a->count; a++) {
        size_t b = pairing->in_b[a];

        if (b == EDITS_NONE)
            continue;
        pairing->diff->in_b[pairing->a->steps[a]] = pairing->b->steps[b];
        pairing->diff->in_a[pairing->b->steps[b]] = pairing->a->steps[a];
    }
}

static void compare_lane(struct golden_diff *diff, const struct lane *a, const struct lane *b,
                         bool is_outcome, size_t number_count)
{
    struct pairing pairing = {
        .diff = diff,
        .is_outcome = is_outcome,
        .a = a,
        .b = b,
        .in_b = allocate(a->count, sizeof(size_t)),
        .in_a = allocate(b->count, sizeof(size_t)),
        .is_told = allocate(a->count, sizeof(bool)),
        .is_taken = allocate(b->count, sizeof(bool)),
    };

    edits_find(a->numbers, a->count, b->numbers, b->count, pairing.in_b, pairing.in_a);
    note_equal(&pairing);
    find_moved(&pairing, number_count);
    find_changed(&pairing, true);
    find_changed(&pairing, false);
    tell_rest(&pairing);
    free(pairing.in_b);
    free(pairing.in_a);
    free(pairing.is_told);
    free(pairing.is_taken);
}

// ---- changes in that order

struct placed_change {
    struct golden_change change;
    size_t row;
};

static int compare_places(const void *left, const void *right)
{
    size_t a = ((const struct placed_change *)left)->row;
    size_t b = ((const struct placed_change *)right)->row;

    return a < b ? -1 : a > b;
}

// What led to others stands before them in both traces.
static void sort_changes(struct golden_diff *diff)
{
    struct placed_change *placed = allocate(diff->change_count, sizeof *placed);
    size_t *row_of_a = allocate(diff->a->step_count, sizeof *row_of_a);
    size_t *row_of_b = allocate(diff->b->step_count, sizeof *row_of_b);
    struct golden_rows rows;

    golden_rows_open(&rows, diff);
    for (size_t i = 0; i < rows.count; i++) {
        if (rows.row[i].a != NO_STEP)
            row_of_a[rows.row[i].a] = i;
        if (rows.row[i].b != NO_STEP)
            row_of_b[rows.row[i].b] = i;
    }
    for (size_t i = 0; i < diff->change_count; i++) {
        const struct golden_change *change = &diff->changes[i];
        size_t a = change->a != NO_STEP ? row_of_a[change->a] : SIZE_MAX;
        size_t b = change->b != NO_STEP ? row_of_b[change->b] : SIZE_MAX;

        placed[i] = (struct placed_change){.change = *change, .row = a < b ? a : b};
    }
    qsort(placed, diff->change_count, sizeof *placed, compare_places);
    for (size_t i = 0; i < diff->change_count; i++)
        diff->changes[i] = placed[i].change;
    free(placed);
    free(row_of_a);
    free(row_of_b);
    golden_rows_close(&rows);
}

// ---- making

bool golden_diff_head_differs(const struct golden_diff *diff, enum golden_head head)
{
    const char *a = diff->a->head[head];
    const char *b = diff->b->head[head];

    return a && b && strcmp(a, b) != 0;
}

static void fill_with_none(size_t *places, size_t count)
{
    for (size_t i = 0; i < count; i++)
        places[i] = NO_STEP;
}

static void compare_lanes(struct golden_diff *diff)
{
    struct texts texts;
    struct lanes a = {.count = diff->lane_count};
    struct lanes b = {.count = diff->lane_count};
    size_t outcome = find_label(diff->a, golden_outcome);

    texts_open(&texts, diff->a->step_count + diff->b->step_count);
    lanes_fill(&a, diff->a, diff->lane_of_a, &texts);
    lanes_fill(&b, diff->b, diff->lane_of_b, &texts);
    for (size_t i = 0; i < diff->lane_count; i++)
        compare_lane(diff, &a.lane[i], &b.lane[i], i == outcome, texts.count);
    lanes_free(&a);
    lanes_free(&b);
    texts_close(&texts);
}

void golden_diff_make(struct golden_diff *diff, const struct golden *a, const struct golden *b,
                      const char *a_name, const char *b_name)
{
    *diff = (struct golden_diff){.a = a, .b = b, .a_name = a_name, .b_name = b_name};
    diff->in_b = allocate(a->step_count, sizeof *diff->in_b);
    diff->in_a = allocate(b->step_count, sizeof *diff->in_a);
    fill_with_none(diff->in_b, a->step_count);
    fill_with_none(diff->in_a, b->step_count);
    diff->lane_count = a->process_count;
    diff->lane_of_a = map_processes(a, a, &diff->lane_count);
    diff->lane_of_b = map_processes(b, a, &diff->lane_count);
    for (size_t i = 0; i < GOLDEN_HEAD_COUNT; i++)
        diff->heads_differ =
            diff->heads_differ || golden_diff_head_differs(diff, (enum golden_head)i);
    compare_lanes(diff);
    if (diff->change_count > 0)
        sort_changes(diff);
}

void golden_diff_free(struct golden_diff *diff)
{
    free(diff->in_b);
    free(diff->in_a);
    free(diff->changes);
    free(diff->lane_of_a);
    free(diff->lane_of_b);
}

bool golden_diff_is_equal(const struct golden_diff *diff)
{
    return diff->change_count == 0;
}
