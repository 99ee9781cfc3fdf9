// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "../base/allocate.h"
#include "../base/escape.h"
#include "../trace/line.h"
#include "fit_sheet.h"

enum { CELL_SIZE = 64, SUBREGIONS = 8, VERDICT_WIDTH = 9 };

// "no region" for no_region.
static void put_verdict(struct line *line, enum fit_verdict verdict)
{
    for (const char *at = fit_verdict_name(verdict); *at != '\0'; at++)
        line_put(line, "%c", *at == '_' ? ' ' : *at);
}

static void put_capacity(struct line *line, uint32_t capacity)
{
    if (capacity == UINT32_MAX)
        line_put(line, "any number");
    else
        line_put(line, "%" PRIu32, capacity);
}

static size_t most(size_t a, size_t b)
{
    return a > b ? a : b;
}

static int label_width(const struct fit_sheet *sheet)
{
    size_t width = strlen("buffer");

    for (size_t i = 0; i < sheet->count; i++)
        width = most(width, strlen(sheet->rows[i].label));
    return (int)width;
}

// ---- one board

void fit_sheet_print_receiver(FILE *out, const char *before, const struct fit_sheet *sheet)
{
    char name[LINE_NAME_SIZE];

    if (sheet->receiver[0] == '\0')
        return;
    (void)escape_bytes(name, sizeof name, sheet->receiver, strlen(sheet->receiver));
    fprintf(out, "%sshared with %s", before, name);
}

static void print_head(FILE *out, const struct fit_sheet *sheet)
{
    const struct board *board = &sheet->fit.board;
    char text[CELL_SIZE];
    struct line line = line_start(text, sizeof text);

    put_capacity(&line, sheet->capacity);
    fprintf(out, "%s", board->name);
    fit_sheet_print_receiver(out, ", ", sheet);
    if (board->unit == UNIT_NONE)
        fprintf(out, ": no protection unit, %s of buffers can be shared\n", text);
    else
        fprintf(out, ": %s, %" PRIu32 " regions, room for %s buffers of others\n",
                board_unit_name(board->unit), board->regions, text);
}

// Which eighths are off: "0, 4-7", "-" for none.
static void put_disabled(struct line *line, uint8_t disabled)
{
    const char *between = "";

    if (disabled == 0)
        line_put(line, "-");
    for (unsigned i = 0; i < SUBREGIONS; i++) {
        unsigned last = i;

        if ((disabled >> i & 1) == 0)
            continue;
        while (last + 1 < SUBREGIONS && (disabled >> (last + 1) & 1) != 0)
            last++;
        line_put(line, last > i ? "%s%u-%u" : "%s%u", between, i, last);
        between = ",";
        i = last;
    }
}

static void print_region(FILE *out, const struct fit_answer *answer)
{
    const struct mpu_region *region = &answer->region;
    char off[CELL_SIZE];
    struct line line = line_start(off, sizeof off);

    put_disabled(&line, region->disabled);
    if (answer->region_number == MPU_NO_REGION)
        fprintf(out, "  %6s", "-");
    else
        fprintf(out, "  %6" PRIu32, answer->region_number);
    fprintf(out,
            "  0x%08" PRIx32 " %9" PRIu32 "  %-9s  0x%08" PRIx32 "..0x%08" PRIx32 "  %6" PRIu64,
            region->base, region->span, off, region->start, region->start + region->size - 1,
            answer->beyond);
}

// A row without a region ends with its verdict, and no spaces behind it.
static void print_row(FILE *out, size_t number, int width, const struct fit_row *row)
{
    char verdict[CELL_SIZE];
    struct line line = line_start(verdict, sizeof verdict);

    put_verdict(&line, row->answer.verdict);
    bool is_short = !row->answer.has_region && row->answer.verdict != FIT_FITS;
    fprintf(out, "  %2zu  %-*s  0x%08" PRIx32 "  %-*s", number, width, row->label,
            row->buffer.start, is_short ? 0 : VERDICT_WIDTH, verdict);
    if (row->answer.has_region)
        print_region(out, &row->answer);
    else if (row->answer.verdict == FIT_FITS && row->answer.in_the_way != FIT_NO_BUFFER)
        fprintf(out, "  in the region of buffer %" PRIu32, row->answer.in_the_way + 1);
    fputc('\n', out);
}

// ---- why not, and what instead

static void print_reason(FILE *out, const struct fit_sheet *sheet, const struct fit_row *row)
{
    const struct fit_answer *answer = &row->answer;

    switch (answer->verdict) {
    case FIT_SOMETIMES:
        fprintf(out, "it fits at 0x%08" PRIx32 ", and not at 0x%08" PRIx32 "\n",
                row->census.fitting, row->census.failing);
        return;
    case FIT_PARTLY:
        fprintf(out, "the receiver may touch %" PRIu32 " of its %" PRIu32 " bytes\n", answer->open,
                row->buffer.size);
        return;
    case FIT_OVERLAPS:
        fprintf(out, "refused: it shares bytes with the region of buffer %" PRIu32 " (%s)\n",
                answer->in_the_way + 1, sheet->rows[answer->in_the_way].label);
        return;
    case FIT_FULL:
    case FIT_NO_REGION:
    case FIT_PANICS:
    case FIT_FITS:
        break;
    }
    fprintf(out, "%s\n", fit_verdict_text(answer->verdict));
}

static void print_advice(FILE *out, const struct fit_row *row)
{
    const struct fit_advice *advice = &row->advice;
    uint32_t size = row->buffer.size;

    if (row->alignment == 0 && advice->next_start > 0)
        fprintf(out, "      %" PRIu32 " bytes fit at 0x%08" PRIx32 ", %" PRIu32 " further on\n",
                size, advice->next_start, advice->next_start - row->buffer.start);
    if (row->alignment == 0 && advice->padded_size > 0)
        fprintf(out, "      %" PRIu32 " bytes fit at this address, %" PRIu32 " more\n",
                advice->padded_size, advice->padded_size - size);
    if (advice->alignment == 1)
        fprintf(out, "      %" PRIu32 " bytes fit everywhere\n", advice->aligned_size);
    else if (advice->alignment > 0)
        fprintf(out, "      %" PRIu32 " bytes fit everywhere if aligned to %" PRIu32 "\n",
                advice->aligned_size, advice->alignment);
}

static void print_misfit(FILE *out, const struct fit_sheet *sheet, size_t n)
{
    const struct fit_row *row = &sheet->rows[n];

    fprintf(out, "\n  %2zu  %s: ", n + 1, row->label);
    print_reason(out, sheet, row);
    print_advice(out, row);
}

// Whether a row says of its buffer what the one before it said of its own.
static bool is_repeated(const struct fit_sheet *sheet, size_t n)
{
    const struct fit_row *row = &sheet->rows[n];

    if (n == 0 || row->answer.verdict != row[-1].answer.verdict)
        return false;
    return row->answer.verdict == FIT_FULL ||
           (row->alignment > 0 && strcmp(row->label, row[-1].label) == 0);
}

void fit_sheet_print(FILE *out, const struct fit_sheet *sheet)
{
    int width = label_width(sheet);

    print_head(out, sheet);
    fprintf(out, "\n      %-*s  %-10s  %-9s  %6s  %-10s %9s  %-9s  %-22s  %6s\n", width, "buffer",
            "address", "answer", "region", "base", "size", "off", "opens", "beyond");
    for (size_t i = 0; i < sheet->count; i++)
        print_row(out, i + 1, width, &sheet->rows[i]);
    for (size_t i = 0; i < sheet->count; i++)
        if (sheet->rows[i].answer.verdict != FIT_FITS && !is_repeated(sheet, i))
            print_misfit(out, sheet, i);
    fprintf(out, "\n%zu of %zu fit\n", sheet->fitting, sheet->count);
}

// ---- several boards side by side

// What a cell says: the verdict, and what would do everywhere, as fit itself reads it.
static void write_cell(char text[CELL_SIZE], const struct fit_row *row)
{
    struct line line = line_start(text, CELL_SIZE);

    put_verdict(&line, row->answer.verdict);
    if (row->answer.verdict != FIT_FITS && row->advice.alignment > 0)
        line_put(&line, " -> %" PRIu32 ":%" PRIu32, row->advice.aligned_size,
                 row->advice.alignment);
}

static int column_width(const struct fit_sheet *sheet)
{
    size_t width = most(strlen(sheet->fit.board.name), strlen("any number"));
    char text[CELL_SIZE];

    for (size_t i = 0; i < sheet->count; i++) {
        write_cell(text, &sheet->rows[i]);
        width = most(width, strlen(text));
    }
    return (int)width;
}

struct table {
    const struct fit_sheet *const *sheets; // a column each
    size_t count;
    const struct fit_sheet *longest;
    int label_width;
    int *widths; // of the columns
};

static void print_cell(FILE *out, const struct table *table, size_t column, const char *text)
{
    bool is_last = column + 1 == table->count;

    fprintf(out, "  %-*s", is_last ? 0 : table->widths[column], text);
}

// The sheet that has all of the rows.
static const struct fit_sheet *longest(const struct fit_sheet *const *sheets, size_t count)
{
    const struct fit_sheet *best = sheets[0];

    for (size_t i = 1; i < count; i++)
        if (sheets[i]->count > best->count)
            best = sheets[i];
    return best;
}

static void print_compared_row(FILE *out, const struct table *table, size_t row)
{
    const char *label = table->longest->rows[row].label;
    char text[CELL_SIZE];

    fprintf(out, "%-*s", table->label_width, label);
    for (size_t i = 0; i < table->count; i++) {
        const struct fit_sheet *sheet = table->sheets[i];

        if (row < sheet->count && strcmp(sheet->rows[row].label, label) == 0)
            write_cell(text, &sheet->rows[row]);
        else
            snprintf(text, sizeof text, "-");
        print_cell(out, table, i, text);
    }
    fputc('\n', out);
}

static void print_totals(FILE *out, const struct table *table)
{
    char text[CELL_SIZE];

    fprintf(out, "\n%-*s", table->label_width, "fit");
    for (size_t i = 0; i < table->count; i++) {
        snprintf(text, sizeof text, "%zu of %zu", table->sheets[i]->fitting,
                 table->sheets[i]->count);
        print_cell(out, table, i, text);
    }
    fprintf(out, "\n%-*s", table->label_width, "room");
    for (size_t i = 0; i < table->count; i++) {
        struct line line = line_start(text, sizeof text);

        put_capacity(&line, table->sheets[i]->capacity);
        print_cell(out, table, i, text);
    }
    fputc('\n', out);
}

void fit_sheets_compare(FILE *out, const struct fit_sheet *const *sheets, size_t count)
{
    struct table table = {.sheets = sheets,
                          .count = count,
                          .longest = longest(sheets, count),
                          .widths = allocate(count, sizeof *table.widths)};

    table.label_width = label_width(table.longest);
    fprintf(out, "%-*s", table.label_width, "buffer");
    for (size_t i = 0; i < count; i++) {
        table.widths[i] = column_width(sheets[i]);
        print_cell(out, &table, i, sheets[i]->fit.board.name);
    }
    fputc('\n', out);
    for (size_t row = 0; row < table.longest->count; row++)
        print_compared_row(out, &table, row);
    print_totals(out, &table);
    free(table.widths);
}
