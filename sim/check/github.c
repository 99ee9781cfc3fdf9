// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "github.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "../base/allocate.h"
#include "../base/escape.h"
#include "../base/path.h"
#include "../base/text_stream.h"

// GitHub takes 1 MiB for one step and refuses the whole of more.
enum { NAME_SIZE = 1024, MOST_SUMMARY_BYTES = 900 * 1024, MOST_ANNOTATION_LINES = 20 };

bool github_is_here(void)
{
    const char *value = getenv("GITHUB_ACTIONS");

    return value && strcmp(value, "true") == 0;
}

// ---- annotations

// The path from the root of the repository, where the runner looks for it. Free it.
static char *path_in_workspace(const char *path)
{
    const char *workspace = getenv("GITHUB_WORKSPACE");
    char *root = workspace ? path_real(workspace) : NULL;
    char *full = path_real(path);
    size_t length = root ? strlen(root) : 0;
    const char *found = path;
    char *copy;

    if (root && full && strncmp(full, root, length) == 0 && full[length] == '/')
        found = full + length + 1;
    copy = allocate_text(found, strlen(found));
    free(root);
    free(full);
    return copy;
}

static const char *level_of(const struct check_result *result)
{
    if (check_verdict_status(result->verdict) != STATUS_PASSED)
        return "error";
    return result->verdict == CHECK_PENDING ? "warning" : "notice";
}

// The first lines of a text, each behind a line break.
static void put_lines(FILE *out, const char *text)
{
    for (int i = 0; i < MOST_ANNOTATION_LINES && *text != '\0'; i++) {
        size_t length = strcspn(text, "\n");
        char *line = allocate_text(text, length);

        fputs("%0A", out);
        escape_github_message(out, line);
        free(line);
        text += length + (text[length] == '\n');
    }
}

// What a report begins with may be the headline, which is said.
static const char *skip_headline(const struct check_result *result)
{
    size_t length = strlen(result->headline);

    if (strncmp(result->details, result->headline, length) == 0 && result->details[length] == '\n')
        return result->details + length + 1;
    return result->details;
}

static void annotate(FILE *out, const struct check_result *result)
{
    char *path = path_in_workspace(result->scenario);
    char name[NAME_SIZE];

    fprintf(out, "::%s file=", level_of(result));
    escape_github_property(out, path);
    fprintf(out, ",line=%" PRIu32 ",title=%s ", result->line, check_verdict_name(result->verdict));
    escape_github_property(out, check_result_name(result, name, sizeof name));
    fputs("::", out);
    escape_github_message(out, result->headline);
    put_lines(out, skip_headline(result));
    fputc('\n', out);
    free(path);
}

void github_annotate(FILE *out, const struct check_results *results)
{
    for (size_t i = 0; i < results->count; i++) {
        const struct check_result *result = &results->list[i];

        if (result->verdict != CHECK_PASSED && result->verdict != CHECK_ACCEPTED)
            annotate(out, result);
    }
}

// ---- the summary

static size_t count_status(const struct check_results *results, enum exit_status status)
{
    size_t count = 0;

    for (size_t i = 0; i < results->count; i++)
        count += check_verdict_status(results->list[i].verdict) == status;
    return count;
}

static void put_row(FILE *out, const struct check_result *result)
{
    char name[NAME_SIZE];

    fprintf(out, "| %s | ", check_verdict_name(result->verdict));
    escape_markdown(out, check_result_name(result, name, sizeof name));
    fputs(" | ", out);
    escape_markdown(out, result->headline);
    fputs(" |\n", out);
}

// A fence longer than any in the text.
static void put_fence(FILE *out, const char *text)
{
    size_t longest = 2;

    for (; *text != '\0'; text++) {
        size_t length = strspn(text, "`");

        if (length > longest)
            longest = length;
        text += length > 0 ? length - 1 : 0;
    }
    for (size_t i = 0; i <= longest; i++)
        fputc('`', out);
}

static void put_details(FILE *out, const struct check_result *result)
{
    char name[NAME_SIZE];

    fputs("\n<details><summary>", out);
    escape_markdown(out, check_result_name(result, name, sizeof name));
    fputs("</summary>\n\n", out);
    put_fence(out, result->details);
    fputs("diff\n", out);
    escape_lines(out, result->details, "");
    if (result->accept[0] != '\0')
        fprintf(out, "accept: %s\n", result->accept);
    put_fence(out, result->details);
    fputs("\n\n</details>\n", out);
}

static bool is_news(const struct check_result *result)
{
    return result->verdict != CHECK_PASSED && result->verdict != CHECK_ACCEPTED;
}

static void put_summary(FILE *out, const struct check_results *results)
{
    size_t passed = count_status(results, STATUS_PASSED);
    size_t news = 0;

    fprintf(out, "### ipcsim: %zu passed, %zu failed\n", passed, results->count - passed);
    for (size_t i = 0; i < results->count; i++) {
        if (!is_news(&results->list[i]))
            continue;
        if (news++ == 0)
            fputs("\n| result | scenario | |\n|---|---|---|\n", out);
        put_row(out, &results->list[i]);
    }
    for (size_t i = 0; i < results->count; i++) {
        if (!is_news(&results->list[i]) || results->list[i].details[0] == '\0')
            continue;
        if (ftell(out) + (long)strlen(results->list[i].details) > MOST_SUMMARY_BYTES) {
            fputs("\nMore differences than fit here: see the log.\n", out);
            break;
        }
        put_details(out, &results->list[i]);
    }
}

// Made in memory first: how long it is decides what goes in.
static char *summary_of(const struct check_results *results)
{
    struct text_stream stream;

    put_summary(text_stream_open(&stream), results);
    return text_stream_close(&stream);
}

bool github_summarize(const struct check_results *results, struct message *error)
{
    const char *path = getenv("GITHUB_STEP_SUMMARY");
    bool is_written = true;
    char *text;
    FILE *out;

    if (!path || path[0] == '\0')
        return true;
    text = summary_of(results);
    out = fopen(path, "a");
    if (out)
        is_written = fputs(text, out) >= 0;
    if (!out || fclose(out) != 0 || !is_written) {
        message_set(error, "cannot write GITHUB_STEP_SUMMARY, %s: %s", path, strerror(errno));
        is_written = false;
    }
    free(text);
    return is_written;
}
