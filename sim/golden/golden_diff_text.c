// SPDX-License-Identifier: Apache-2.0 OR MIT
// Differences in words.
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../base/allocate.h"
#include "golden_diff.h"
#include "golden_rows.h"

// Equal events shown before and after each change; how many causes of causes are told.
enum { CONTEXT = 3, MOST_CAUSES = 3 };

// ---- how many of which kind

static bool is_upcall(const char *text)
{
    return strncmp(text, "upcall ", strlen("upcall ")) == 0;
}

// The step that a change is about: as it was, if it was there.
static const struct golden_step *step_of(const struct golden_diff *diff,
                                         const struct golden_change *change)
{
    return change->a != NO_STEP ? &diff->a->steps[change->a] : &diff->b->steps[change->b];
}

static const char *label_of(const struct golden_diff *diff, const struct golden_change *change)
{
    const struct golden *golden = change->a != NO_STEP ? diff->a : diff->b;

    return golden->processes[step_of(diff, change)->process];
}

// The outcome is no event, and shows by itself.
static bool is_outcome(const struct golden_diff *diff, const struct golden_change *change)
{
    return strcmp(label_of(diff, change), golden_outcome) == 0;
}

static size_t count_changes(const struct golden_diff *diff, int kind, bool of_upcalls)
{
    size_t count = 0;

    for (size_t i = 0; i < diff->change_count; i++)
        count += (int)diff->changes[i].kind == kind && !is_outcome(diff, &diff->changes[i]) &&
                 is_upcall(step_of(diff, &diff->changes[i])->text) == of_upcalls;
    return count;
}

void golden_diff_print_count(FILE *out, const struct golden_diff *diff)
{
    static const char *const words[][2] = {
#define X(NAME, singular, plural, mark) {singular, plural},
        GOLDEN_CHANGES(X)
#undef X
    };
    const char *separator = "";

    for (int is_other = 0; is_other < 2; is_other++)
        for (int kind = 0; kind < CHANGE_KINDS; kind++) {
            size_t count = count_changes(diff, kind, !is_other);

            if (count == 0)
                continue;
            fprintf(out, "%s%zu %s%s %s", separator, count, is_other ? "other event" : "upcall",
                    count == 1 ? "" : "s", words[kind][count > 1]);
            separator = ", ";
        }
    if (separator[0] == '\0')
        fputs(diff->change_count > 0 ? "the outcome differs" : "the head differs", out);
}

// ---- what led to a step

// The length of the label that `text` begins with: quoted, or up to what follows one.
static size_t label_length(const char *text)
{
    size_t length = 0;

    if (text[0] == '"') {
        for (length = 1; text[length] != '\0' && text[length] != '"'; length++)
            length += text[length] == '\\' && text[length + 1] != '\0';
        length += text[length] == '"';
    }
    return length + strcspn(text + length, ",:) ");
}

// The label in `text` behind one of `prefixes` (the last one NULL). NULL: it begins with
// none of them.
static const char *label_behind(const char *text, const char *const *prefixes, size_t *length)
{
    for (; *prefixes; prefixes++) {
        size_t prefix = strlen(*prefixes);

        if (strncmp(text, *prefixes, prefix) != 0)
            continue;
        *length = label_length(text + prefix);
        return text + prefix;
    }
    return NULL;
}

static bool is_about(const char *text, const char *const *prefixes, const char *label)
{
    size_t length;
    const char *found = label_behind(text, prefixes, &length);

    return found && strncmp(found, label, length) == 0 && label[length] == '\0';
}

static const char *const arrivals[] = {
    "upcall ipc.service(from=", "upcall ipc.client(from=", "lost: notification from ", NULL};
static const char *const notifies[] = {
    "command ipc.notify_service(to=", "command ipc.notify_client(to=", NULL};

// Notifications from one process to another keep their order: the n-th to arrive is the
// n-th that was sent.
static size_t find_notify(const struct golden *golden, size_t arrival)
{
    uint32_t to = golden->steps[arrival].process;
    size_t length;
    const char *from = label_behind(golden->steps[arrival].text, arrivals, &length);
    char *label = allocate_text(from, length);
    size_t left = 0;
    size_t found = NO_STEP;

    for (size_t i = 0; i <= arrival; i++)
        left += golden->steps[i].process == to && is_about(golden->steps[i].text, arrivals, label);
    for (size_t i = 0; left > 0 && i < golden->step_count; i++) {
        const struct golden_step *step = &golden->steps[i];

        if (strcmp(golden->processes[step->process], label) == 0 &&
            is_about(step->text, notifies, golden->processes[to]) &&
            strstr(step->text, "-> Success") && --left == 0)
            found = i;
    }
    free(label);
    return found;
}

// The step that led to this one: of an upcall the notify, of a region the upcall's
// notify, of anything else the upcall that its process was in, or came from.
static size_t find_cause(const struct golden *golden, size_t step)
{
    uint32_t process = golden->steps[step].process;
    size_t length;

    if (label_behind(golden->steps[step].text, arrivals, &length))
        return find_notify(golden, step);
    while (step-- > 0)
        if (golden->steps[step].process == process && is_upcall(golden->steps[step].text))
            return step;
    return NO_STEP;
}

// ---- changes in words

static const char *const marks[] = {
#define X(NAME, singular, plural, mark) mark,
    GOLDEN_CHANGES(X)
#undef X
};

static size_t word_length(const char *text)
{
    return strcspn(text, " ,()");
}

static size_t count_words(const char *text)
{
    size_t count = 1;

    for (; *text != '\0'; text++)
        count += strchr(" ,()", *text) != NULL;
    return count;
}

// "len=64 -> len=63", where the two texts are alike but for some words.
static void print_words(FILE *out, const char *a, const char *b)
{
    const char *separator = ": ";

    if (count_words(a) != count_words(b))
        return;
    for (;;) {
        size_t a_length = word_length(a);
        size_t b_length = word_length(b);

        if (a_length != b_length || strncmp(a, b, a_length) != 0) {
            fprintf(out, "%s%.*s -> %.*s", separator, (int)a_length, a, (int)b_length, b);
            separator = ", ";
        }
        if (a[a_length] == '\0' || b[b_length] == '\0')
            return;
        a += a_length + 1;
        b += b_length + 1;
    }
}

// The nearest step of `b` that both have, of the same process, in this direction (1, -1).
static size_t find_neighbour(const struct golden_diff *diff, size_t b, int direction)
{
    uint32_t process = diff->b->steps[b].process;

    for (b += (size_t)direction; b < diff->b->step_count; b += (size_t)direction)
        if (diff->b->steps[b].process == process && diff->in_a[b] != NO_STEP)
            return b;
    return NO_STEP;
}

// "now after ..." or "now before ...".
static void print_move(FILE *out, const struct golden_diff *diff,
                       const struct golden_change *change)
{
    size_t before = find_neighbour(diff, change->b, -1);
    size_t after = find_neighbour(diff, change->b, 1);

    if (before != NO_STEP && diff->in_a[before] > change->a)
        fprintf(out, ": now after %s", diff->b->steps[before].text);
    else if (after != NO_STEP)
        fprintf(out, ": now before %s", diff->b->steps[after].text);
}

static void print_change(FILE *out, const struct golden_diff *diff,
                         const struct golden_change *change)
{
    fprintf(out, "%-10s %s: %s", marks[change->kind], label_of(diff, change),
            step_of(diff, change)->text);
    if (change->kind == CHANGE_ARGUMENTS && is_outcome(diff, change))
        fprintf(out, " -> %s", diff->b->steps[change->b].text);
    else if (change->kind == CHANGE_ARGUMENTS)
        print_words(out, diff->a->steps[change->a].text, diff->b->steps[change->b].text);
    else if (change->kind == CHANGE_MOVED)
        print_move(out, diff, change);
    fputc('\n', out);
}

static void print_step(FILE *out, const struct golden *golden, size_t step)
{
    fprintf(out, "    %s: %s\n", golden->processes[golden->steps[step].process],
            golden->steps[step].text);
}

// The causes of `step` of `golden`; `in_other` says where the other trace has each.
static void print_causes(FILE *out, const struct golden *golden, size_t step,
                         const size_t *in_other, const char *name, const char *other_name)
{
    size_t cause = find_cause(golden, step);

    if (cause == NO_STEP)
        return;
    fprintf(out, "  what led to it in %s:\n", name);
    for (int i = 0; i < MOST_CAUSES && cause != NO_STEP; i++) {
        print_step(out, golden, cause);
        if (i == 0)
            fprintf(out, "      (%s has that %s)\n", other_name,
                    in_other[cause] != NO_STEP ? "too" : "not");
        cause = find_cause(golden, cause);
    }
}

static void print_first(FILE *out, const struct golden_diff *diff)
{
    const struct golden_change *first = &diff->changes[0];

    fprintf(out, "they part in %s:\n", label_of(diff, first));
    if (first->a != NO_STEP)
        fprintf(out, "    %s: %s\n", diff->a_name, diff->a->steps[first->a].text);
    if (first->kind == CHANGE_MOVED)
        fprintf(out, "    %s: elsewhere\n", diff->b_name);
    else if (first->b != NO_STEP)
        fprintf(out, "    %s: %s\n", diff->b_name, diff->b->steps[first->b].text);
    if (first->a != NO_STEP)
        print_causes(out, diff->a, first->a, diff->in_b, diff->a_name, diff->b_name);
    else
        print_causes(out, diff->b, first->b, diff->in_a, diff->b_name, diff->a_name);
}

void golden_diff_print_heads(FILE *out, const struct golden_diff *diff)
{
    for (size_t i = 0; i < GOLDEN_HEAD_COUNT; i++)
        if (golden_diff_head_differs(diff, (enum golden_head)i))
            fprintf(out, "%s: %s in %s, %s in %s\n", golden_head_name((enum golden_head)i),
                    diff->a->head[i], diff->a_name, diff->b->head[i], diff->b_name);
}

void golden_diff_print_changes(FILE *out, const struct golden_diff *diff, size_t most)
{
    size_t count = diff->change_count < most ? diff->change_count : most;

    for (size_t i = 0; i < count; i++)
        print_change(out, diff, &diff->changes[i]);
    if (count < diff->change_count)
        fprintf(out, "... and %zu more\n", diff->change_count - count);
    if (diff->change_count > 0)
        print_first(out, diff);
    golden_diff_print_heads(out, diff);
}

// ---- all lines

static int label_columns(const struct golden_diff *diff)
{
    enum { MOST_COLUMNS = 32 };
    size_t columns = 0;

    for (size_t i = 0; i < diff->a->process_count; i++) {
        size_t length = strlen(diff->a->processes[i]);

        if (length > columns && length <= MOST_COLUMNS)
            columns = length;
    }
    return (int)columns;
}

static bool is_equal_row(const struct golden_row *row)
{
    return row->a != NO_STEP && row->b != NO_STEP;
}

static void print_row(FILE *out, const struct golden_diff *diff, const struct golden_row *row,
                      int columns)
{
    const struct golden *golden = row->a != NO_STEP ? diff->a : diff->b;
    const struct golden_step *step = &golden->steps[row->a != NO_STEP ? row->a : row->b];
    const char *mark = is_equal_row(row) ? " " : row->a != NO_STEP ? "-" : "+";

    fprintf(out, "%s %-*s  %s\n", mark, columns, golden->processes[step->process], step->text);
}

// Whether a row stands so near to one that is not equal that it is shown.
static bool is_near_change(const struct golden_rows *rows, size_t row)
{
    size_t first = row > CONTEXT ? row - CONTEXT : 0;

    for (size_t i = first; i < rows->count && i <= row + CONTEXT; i++)
        if (!is_equal_row(&rows->row[i]))
            return true;
    return false;
}

static void print_fold(FILE *out, size_t *folded)
{
    if (*folded > 0)
        fprintf(out, "@@ %zu event%s the same @@\n", *folded, *folded == 1 ? " is" : "s are");
    *folded = 0;
}

void golden_diff_print_lines(FILE *out, const struct golden_diff *diff, size_t most)
{
    int columns = label_columns(diff);
    struct golden_rows rows;
    size_t folded = 0;
    size_t printed = 0;
    size_t row = 0;

    golden_rows_open(&rows, diff);
    fprintf(out, "--- %s\n+++ %s\n", diff->a_name, diff->b_name);
    for (; row < rows.count && printed < most; row++) {
        if (!is_near_change(&rows, row)) {
            folded++;
            continue;
        }
        print_fold(out, &folded);
        print_row(out, diff, &rows.row[row], columns);
        printed++;
    }
    print_fold(out, &folded);
    if (row < rows.count)
        fprintf(out, "@@ %zu more lines @@\n", rows.count - row);
    golden_rows_close(&rows);
}
