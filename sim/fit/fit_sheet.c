// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "fit_sheet.h"

#include <stdlib.h>

#include "../base/allocate.h"

static bool is_same_question(const struct fit_row *a, const struct fit_row *b)
{
    return a->alignment > 0 && a->alignment == b->alignment && a->buffer.size == b->buffer.size;
}

// A buffer without an address has to fit wherever it comes to stand; the answer so far is about
// one such place.
static void take_census(const struct fit *fit, struct fit_row *row)
{
    row->census = fit_take_census(fit, row->buffer.size, row->alignment);
    if (!row->census.fails_somewhere)
        return;
    if (row->census.fits_somewhere)
        row->answer.verdict = FIT_SOMETIMES;
    else
        row->answer.verdict =
            fit_ask(&fit->receiver, (struct fit_buffer){row->census.failing, row->buffer.size})
                .verdict;
}

static bool needs_advice(enum fit_verdict verdict)
{
    return verdict != FIT_FITS && verdict != FIT_OVERLAPS && verdict != FIT_FULL;
}

static void finish_row(const struct fit *fit, struct fit_row *row)
{
    if (row->alignment > 0)
        take_census(fit, row);
    if (needs_advice(row->answer.verdict))
        row->advice = fit_advise(fit, row->buffer);
}

// The same for a row that asks what the one before it asked, if that does not fit anywhere or
// everywhere.
static bool copy_row(const struct fit_row *before, struct fit_row *row)
{
    if (!is_same_question(before, row))
        return false;
    row->census = before->census;
    row->advice = before->advice;
    if (before->census.fails_somewhere)
        row->answer.verdict = before->answer.verdict;
    return true;
}

void fit_sheet_ask(struct fit_sheet *sheet)
{
    struct fit_buffer *buffers = allocate(sheet->count, sizeof *buffers);
    struct fit_answer *answers = allocate(sheet->count, sizeof *answers);

    for (size_t i = 0; i < sheet->count; i++)
        buffers[i] = sheet->rows[i].buffer;
    fit_ask_all(&sheet->fit.receiver, buffers, sheet->count, answers);
    sheet->capacity = fit_capacity(&sheet->fit.receiver);
    sheet->fitting = 0;
    for (size_t i = 0; i < sheet->count; i++) {
        struct fit_row *row = &sheet->rows[i];

        row->answer = answers[i];
        if (i == 0 || !copy_row(&sheet->rows[i - 1], row))
            finish_row(&sheet->fit, row);
        sheet->fitting += row->answer.verdict == FIT_FITS;
    }
    free(buffers);
    free(answers);
}
