// SPDX-License-Identifier: Apache-2.0 OR MIT
// ipcsim diff: where two recorded runs part ways.
#include <stdio.h>
#include <stdlib.h>

#include "../base/text_stream.h"
#include "../golden/golden.h"
#include "../golden/golden_diff.h"
#include "../host/output.h"
#include "../host/paint.h"
#include "../session/command.h"
#include "../session/options.h"
#include "diff_source.h"

// All lines follow these.
enum { MOST_CHANGES = 20 };

static enum exit_status refuse(enum exit_status status, const struct message *error)
{
    fprintf(stderr, "ipcsim: %s\n", error->text);
    return status;
}

// What only one of the two can know is no difference.
static void forget_outcome(struct golden *golden, const struct golden *other)
{
    if (!golden_has_outcome(other))
        golden_remove_outcome(golden);
}

static void print_differences(const struct golden_diff *diff, struct output *output)
{
    struct text_stream stream;
    FILE *out = text_stream_open(&stream);
    char *text;

    golden_diff_print_changes(out, diff, MOST_CHANGES);
    golden_diff_print_lines(out, diff, SIZE_MAX);
    text = text_stream_close(&stream);
    paint_diff(output->file, text, output->color, "");
    free(text);
}

static enum exit_status compare(const struct golden *a, const struct golden *b,
                                const char *const *names, struct output *output)
{
    struct golden_diff diff;
    bool is_equal;

    golden_diff_make(&diff, a, b, names[0], names[1]);
    is_equal = golden_diff_is_equal(&diff);
    if (is_equal) {
        fprintf(output->file, "the same: %zu events\n", a->step_count);
        golden_diff_print_heads(output->file, &diff);
    } else {
        fprintf(output->file, "different: ");
        golden_diff_print_count(output->file, &diff);
        fputc('\n', output->file);
        print_differences(&diff, output);
    }
    golden_diff_free(&diff);
    return is_equal ? STATUS_PASSED : STATUS_FAILED;
}

static enum exit_status run(const struct options *options, struct output *output)
{
    struct golden a = {.processes = NULL};
    struct golden b = {.processes = NULL};
    enum exit_status status;
    struct message error;

    if (options->operand_count != 2)
        return command_refuse("say what to compare: ipcsim diff A B");
    status = diff_source_read(&a, options->operands[0], &error);
    if (status == STATUS_PASSED)
        status = diff_source_read(&b, options->operands[1], &error);
    if (status == STATUS_PASSED) {
        forget_outcome(&a, &b);
        forget_outcome(&b, &a);
        status = compare(&a, &b, options->operands, output);
    } else {
        status = refuse(status, &error);
    }
    golden_free(&a);
    golden_free(&b);
    return status;
}

static const struct status_text statuses[] = {
    {STATUS_PASSED, "the two are the same"},
    {STATUS_FAILED, "they are different"},
    {STATUS_USAGE, "asked wrongly: one of the two is not there, or is no run"},
    {STATUS_HOST, "the host failed: one of the two cannot be read"},
    {STATUS_PASSED, NULL},
};

const struct command cmd_diff = {
    .name = "diff",
    .operands = "A B",
    .about = "where two recorded runs part ways",
    .details = "A and B are each a run in a database (ipcsim.db:7, or ipcsim.db for its last\n"
               "run), a golden trace, or what `ipcsim run --trace jsonl` printed. Compared is\n"
               "what a golden trace holds: what each process did, not when.\n"
               "\n"
               "  ipcsim diff ipcsim.db:6 ipcsim.db:7\n"
               "  ipcsim diff scenarios/rot13.trace ipcsim.db\n",
    .statuses = statuses,
    .options.tables = {options_color},
    .run = run,
};
