// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <inttypes.h>
#include <string.h>

#include "../base/json.h"
#include "fit_sheet.h"

static void print_region(FILE *out, const struct fit_answer *answer)
{
    const struct mpu_region *region = &answer->region;

    if (!answer->has_region) {
        fputs("null", out);
        return;
    }
    fputs("{\"number\":", out);
    if (answer->region_number == MPU_NO_REGION)
        fputs("null", out);
    else
        fprintf(out, "%" PRIu32, answer->region_number);
    fprintf(out,
            ",\"base\":%" PRIu32 ",\"size\":%" PRIu32 ",\"subregions_off\":%u,\"start\":%" PRIu32
            ",\"length\":%" PRIu32 "}",
            region->base, region->span, (unsigned)region->disabled, region->start, region->size);
}

// 0 stands for nothing.
static void print_number(FILE *out, const char *name, uint32_t number)
{
    if (number == 0)
        fprintf(out, "\"%s\":null", name);
    else
        fprintf(out, "\"%s\":%" PRIu32, name, number);
}

static void print_advice(FILE *out, const struct fit_advice *advice)
{
    fputc('{', out);
    print_number(out, "next_address", advice->next_start);
    fputc(',', out);
    print_number(out, "padded_size", advice->padded_size);
    fputc(',', out);
    print_number(out, "aligned_size", advice->aligned_size);
    fputc(',', out);
    print_number(out, "alignment", advice->alignment);
    fputc('}', out);
}

static void print_row(FILE *out, const struct fit_row *row)
{
    const struct fit_answer *answer = &row->answer;

    fputs("{\"buffer\":", out);
    json_put_string(out, row->label, strlen(row->label));
    fprintf(out, ",\"size\":%" PRIu32 ",\"address\":%" PRIu32 ",", row->buffer.size,
            row->buffer.start);
    print_number(out, "alignment", row->alignment);
    fprintf(out, ",\"verdict\":\"%s\",\"open\":%" PRIu32 ",\"beyond\":%" PRIu64,
            fit_verdict_name(answer->verdict), answer->open, answer->beyond);
    fputs(",\"region\":", out);
    print_region(out, answer);
    if (answer->in_the_way != FIT_NO_BUFFER)
        fprintf(out, ",\"in_the_way\":%" PRIu32, answer->in_the_way);
    if (answer->verdict == FIT_SOMETIMES)
        fprintf(out, ",\"fits_at\":%" PRIu32 ",\"fails_at\":%" PRIu32, row->census.fitting,
                row->census.failing);
    fputs(",\"advice\":", out);
    print_advice(out, &row->advice);
    fputc('}', out);
}

static void print_sheet(FILE *out, const struct fit_sheet *sheet)
{
    const struct board *board = &sheet->fit.board;

    fputs("{\"board\":", out);
    json_put_string(out, board->name, strlen(board->name));
    fprintf(out, ",\"unit\":\"%s\",\"regions\":%" PRIu32, board_unit_name(board->unit),
            board->regions);
    fputs(",\"receiver\":", out);
    if (sheet->receiver[0] == '\0')
        fputs("null", out);
    else
        json_put_string(out, sheet->receiver, strlen(sheet->receiver));
    if (sheet->capacity == UINT32_MAX)
        fputs(",\"room\":null", out);
    else
        fprintf(out, ",\"room\":%" PRIu32, sheet->capacity);
    fprintf(out, ",\"fit\":%zu,\"buffers\":[", sheet->fitting);
    for (size_t i = 0; i < sheet->count; i++) {
        fputs(i > 0 ? ",\n  " : "\n  ", out);
        print_row(out, &sheet->rows[i]);
    }
    fputs("]}", out);
}

void fit_sheets_print_json(FILE *out, const struct fit_sheet *sheets, size_t count)
{
    fputc('[', out);
    for (size_t i = 0; i < count; i++) {
        fputs(i > 0 ? ",\n " : "", out);
        print_sheet(out, &sheets[i]);
    }
    fputs("]\n", out);
}
