// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "check_result.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "../base/allocate.h"
#include "../base/list.h"

static const struct {
    const char *name;
    enum exit_status status;
} verdicts[] = {
#define X(NAME, name, status, text) {#name, STATUS_##status},
    CHECK_VERDICTS(X)
#undef X
};

const char *check_verdict_name(enum check_verdict verdict)
{
    return verdicts[verdict].name;
}

enum exit_status check_verdict_status(enum check_verdict verdict)
{
    return verdicts[verdict].status;
}

bool check_verdict_is_failure(enum check_verdict verdict)
{
    return verdicts[verdict].status == STATUS_FAILED || verdicts[verdict].status == STATUS_BOUND;
}

bool check_verdict_is_error(enum check_verdict verdict)
{
    return verdicts[verdict].status != STATUS_PASSED && !check_verdict_is_failure(verdict);
}

const char *check_result_name(const struct check_result *result, char *text, size_t size)
{
    snprintf(text, size, "%s%s%s", result->scenario, result->variant[0] != '\0' ? " " : "",
             result->variant);
    return text;
}

void check_set_text(char **place, const char *text)
{
    free(*place);
    *place = allocate_text(text, strlen(text));
}

struct check_result *check_add_result(struct check_results *results)
{
    struct check_result *result = LIST_ADD(results->list, results->count);

    *result = (struct check_result){.verdict = CHECK_PASSED};
#define X(name) check_set_text(&result->name, "");
    CHECK_TEXTS(X)
#undef X
    return result;
}

static void check_result_free(struct check_result *result)
{
#define X(name) free(result->name);
    CHECK_TEXTS(X)
#undef X
}

void check_results_free(struct check_results *results)
{
    for (size_t i = 0; i < results->count; i++)
        check_result_free(&results->list[i]);
    free(results->list);
}

// ---- between a worker and who started it: a line of numbers, then each text after a
// line with its length

void check_write_result(FILE *out, const struct check_result *result)
{
    fprintf(out, "result %d %" PRIu32 " %" PRIu64 "\n", (int)result->verdict, result->line,
            result->duration_us);
#define X(name) fprintf(out, "%zu\n%s\n", strlen(result->name), result->name);
    CHECK_TEXTS(X)
#undef X
}

struct reader {
    const char *next;
    size_t left;
};

// A line of `reader`, its end replaced by a NUL in `text`.
static bool read_line(struct reader *reader, char *text, size_t size)
{
    const char *end = memchr(reader->next, '\n', reader->left);
    size_t length = end ? (size_t)(end - reader->next) : 0;

    if (!end || length >= size)
        return false;
    memcpy(text, reader->next, length);
    text[length] = '\0';
    reader->next += length + 1;
    reader->left -= length + 1;
    return true;
}

static bool read_text(struct reader *reader, char **text)
{
    char line[32];
    size_t length;

    if (!read_line(reader, line, sizeof line))
        return false;
    length = strtoul(line, NULL, 10);
    if (length >= reader->left)
        return false;
    free(*text);
    *text = allocate_text(reader->next, length);
    reader->next += length + 1;
    reader->left -= length + 1;
    return true;
}

static bool read_result(struct reader *reader, struct check_result *result)
{
    char line[96];
    int verdict;

    if (!read_line(reader, line, sizeof line) ||
        sscanf(line, "result %d %" SCNu32 " %" SCNu64, &verdict, &result->line,
               &result->duration_us) != 3 ||
        verdict < 0 || verdict >= CHECK_VERDICT_COUNT)
        return false;
    result->verdict = (enum check_verdict)verdict;
#define X(name)                                                                                    \
    if (!read_text(reader, &result->name))                                                         \
        return false;
    CHECK_TEXTS(X)
#undef X
    return true;
}

void check_read_results(struct check_results *results, const char *bytes, size_t length)
{
    struct reader reader = {.next = bytes, .left = length};

    while (reader.left > 0) {
        struct check_result *result = check_add_result(results);

        if (read_result(&reader, result))
            continue;
        check_result_free(result);
        results->count--;
        return;
    }
}
