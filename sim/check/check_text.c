// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "check_text.h"

#include <string.h>

#include "../base/count_of.h"
#include "../host/output.h"
#include "../host/paint.h"
#include "../session/session.h"

enum { NAME_SIZE = 1024, TRACE_LINES = 12 };

// The beginning of a trace that is not there yet.
static void print_trace(FILE *out, const struct check_result *result)
{
    const char *line = result->trace;

    for (int i = 0; i < TRACE_LINES && *line != '\0'; i++) {
        size_t length = strcspn(line, "\n");

        fprintf(out, "%s%.*s\n", length > 0 ? "  + " : "  +", (int)length, line);
        line += length + (line[length] == '\n');
    }
    if (*line != '\0')
        fputs("  + ...\n", out);
}

// ---- results

static bool is_absent(const struct check_result *result)
{
    return result->verdict == CHECK_PENDING || result->verdict == CHECK_MISSING;
}

static void print_more(FILE *out, bool color, const struct check_result *result)
{
    paint_diff(out, result->details, color, "  ");
    if (is_absent(result))
        print_trace(out, result);
    if (result->accept[0] != '\0')
        fprintf(out, "  accept: %s\n", result->accept);
    if (result->details[0] != '\0' || result->accept[0] != '\0')
        fputc('\n', out);
}

void check_text_print(struct output *output, const struct check_result *result, bool shows_passed)
{
    const char *details = result->headline[0] != '\0' ? result->headline : result->golden_path;
    char name[NAME_SIZE];

    if (result->verdict == CHECK_PASSED && !shows_passed)
        return;
    session_print_result(output->file, output->color, check_verdict_status(result->verdict),
                         check_verdict_name(result->verdict),
                         check_result_name(result, name, sizeof name), details);
    if (!check_verdict_is_error(result->verdict)) {
        print_more(output->file, output->color, result);
        return;
    }
    (void)output_flush(output);
    fputs(result->details, stderr);
    if (result->accept[0] != '\0')
        fprintf(stderr, "accept: %s\n", result->accept);
}

// ---- totals

static size_t count_verdicts(const struct check_results *results, enum check_verdict verdict)
{
    size_t count = 0;

    for (size_t i = 0; i < results->count; i++)
        count += results->list[i].verdict == verdict;
    return count;
}

// Failed is what was found wrong; without an answer, what nothing is known about.
void check_text_print_totals(FILE *out, const struct check_results *results, size_t left)
{
    static const enum check_verdict named[] = {CHECK_KNOWN, CHECK_PENDING, CHECK_ACCEPTED,
                                               CHECK_UNREFERENCED};
    size_t passed = 0;
    size_t failed = 0;
    const char *separator = "; ";

    for (size_t i = 0; i < results->count; i++) {
        enum exit_status status = check_verdict_status(results->list[i].verdict);

        passed += status == STATUS_PASSED;
        failed += status == STATUS_FAILED;
    }
    fprintf(out, "%zu passed, %zu failed", passed, failed);
    if (results->count > passed + failed)
        fprintf(out, ", %zu without an answer", results->count - passed - failed);
    if (left > 0)
        fprintf(out, ", %zu did not run", left);
    for (size_t i = 0; i < COUNT_OF(named); i++) {
        size_t count = count_verdicts(results, named[i]);

        if (count == 0)
            continue;
        fprintf(out, "%s%zu %s", separator, count, check_verdict_name(named[i]));
        separator = ", ";
    }
    fputc('\n', out);
}
