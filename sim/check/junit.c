// SPDX-License-Identifier: Apache-2.0 OR MIT
// Elements and attributes are those of Jenkins's schema (junit-10.xsd), and `file` and
// `line` of a testcase, which GitLab and others show.
#include "junit.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "../base/escape.h"
#include "../base/nearest_path.h"
#include "../base/path.h"

enum { NAME_SIZE = 1024 };

// ---- attributes

static void put_attribute(FILE *out, const char *name, const char *value)
{
    fprintf(out, " %s=\"", name);
    escape_xml_attribute(out, value);
    fputc('"', out);
}

static void put_time(FILE *out, uint64_t duration_us)
{
    fprintf(out, " time=\"%" PRIu64 ".%06" PRIu64 "\"", duration_us / 1000000,
            duration_us % 1000000);
}

// ---- one result

// The length of the folder of a path, without its last slash.
static size_t folder_length(const char *path)
{
    size_t length = (size_t)(path_base(path) - path);

    return length > 0 ? length - 1 : 0;
}

static bool is_in_folder_of(const struct check_result *result, const struct check_result *other)
{
    size_t length = folder_length(result->scenario);

    return length == folder_length(other->scenario) &&
           strncmp(result->scenario, other->scenario, length) == 0;
}

// The folder of a result's scenario, "." where its path names none.
static const char *folder_name(const struct check_result *result, char text[NAME_SIZE])
{
    size_t length = folder_length(result->scenario);

    snprintf(text, NAME_SIZE, "%.*s", (int)length, result->scenario);
    return length > 0 ? text : ".";
}

// Folders as a class has packages: "scenarios.deep".
static const char *class_name(const struct check_result *result, char text[NAME_SIZE])
{
    const char *folder = folder_name(result, text);

    if (folder != text)
        return "scenarios";
    for (char *c = text; *c != '\0'; c++)
        if (*c == '/')
            *c = '.';
    return text;
}

// "rot13", or "rot13[clients=8]".
static const char *case_name(const struct check_result *result, char text[NAME_SIZE])
{
    const char *name = path_base(result->scenario);
    size_t length = strlen(name);

    if (length > 4 && strcmp(name + length - 4, ".lua") == 0)
        length -= 4;
    snprintf(text, NAME_SIZE, "%.*s%s%s%s", (int)length, name,
             result->variant[0] != '\0' ? "[" : "", result->variant,
             result->variant[0] != '\0' ? "]" : "");
    return text;
}

// What is inside of the testcase, NULL: nothing.
static const char *element_of(const struct check_result *result)
{
    if (check_verdict_is_failure(result->verdict))
        return "failure";
    if (check_verdict_is_error(result->verdict))
        return "error";
    if (result->verdict == CHECK_KNOWN || result->verdict == CHECK_PENDING)
        return "skipped";
    return NULL;
}

static void put_case(FILE *out, const struct check_result *result)
{
    const char *element = element_of(result);
    char text[NAME_SIZE];

    fputs("    <testcase", out);
    put_attribute(out, "classname", class_name(result, text));
    put_attribute(out, "name", case_name(result, text));
    put_attribute(out, "file", result->scenario);
    fprintf(out, " line=\"%" PRIu32 "\"", result->line);
    put_time(out, result->duration_us);
    if (!element) {
        fputs("/>\n", out);
        return;
    }
    fprintf(out, ">\n      <%s", element);
    put_attribute(out, "type", check_verdict_name(result->verdict));
    put_attribute(out, "message", result->headline);
    fputs(">", out);
    escape_xml_text(out, result->details);
    if (result->accept[0] != '\0')
        fputs("accept: ", out);
    escape_xml_text(out, result->accept);
    fprintf(out, "</%s>\n    </testcase>\n", element);
}

// ---- folders

struct sums {
    size_t tests;
    size_t failures;
    size_t errors;
    size_t skipped;
    uint64_t duration_us;
};

static void add(struct sums *sums, const struct check_result *result)
{
    const char *element = element_of(result);

    sums->tests++;
    sums->failures += element && strcmp(element, "failure") == 0;
    sums->errors += element && strcmp(element, "error") == 0;
    sums->skipped += element && strcmp(element, "skipped") == 0;
    sums->duration_us += result->duration_us;
}

static void put_sums(FILE *out, const struct sums *sums)
{
    fprintf(out, " tests=\"%zu\" failures=\"%zu\" errors=\"%zu\"", sums->tests, sums->failures,
            sums->errors);
    put_time(out, sums->duration_us);
}

// All results of one folder, which `results->list[first]` is the first of.
static void put_suite(FILE *out, const struct check_results *results, size_t first)
{
    const struct check_result *result = &results->list[first];
    struct sums sums = {.tests = 0};
    char text[NAME_SIZE];

    for (size_t i = first; i < results->count; i++)
        if (is_in_folder_of(&results->list[i], result))
            add(&sums, &results->list[i]);
    fputs("  <testsuite", out);
    put_attribute(out, "name", folder_name(result, text));
    put_sums(out, &sums);
    fprintf(out, " skipped=\"%zu\">\n", sums.skipped);
    for (size_t i = first; i < results->count; i++)
        if (is_in_folder_of(&results->list[i], result))
            put_case(out, &results->list[i]);
    fputs("  </testsuite>\n", out);
}

static bool is_first_of_folder(const struct check_results *results, size_t place)
{
    for (size_t i = 0; i < place; i++)
        if (is_in_folder_of(&results->list[i], &results->list[place]))
            return false;
    return true;
}

static void put_all(FILE *out, const struct check_results *results)
{
    struct sums sums = {.tests = 0};

    for (size_t i = 0; i < results->count; i++)
        add(&sums, &results->list[i]);
    fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"ipcsim\"", out);
    put_sums(out, &sums);
    fputs(">\n", out);
    for (size_t i = 0; i < results->count; i++)
        if (is_first_of_folder(results, i))
            put_suite(out, results, i);
    fputs("</testsuites>\n", out);
}

static void suggest_folder(struct message *error, const char *path)
{
    char *folder = path_folder(path);

    nearest_path_suggest(error, folder, "/", "");
    free(folder);
}

bool junit_write(const char *path, const struct check_results *results, struct message *error)
{
    FILE *out = fopen(path, "w");
    bool is_written = out != NULL;

    if (out) {
        put_all(out, results);
        is_written = !ferror(out);
        is_written = fclose(out) == 0 && is_written;
    }
    if (!is_written) {
        message_set(error, "cannot write %s: %s", path, strerror(errno));
        suggest_folder(error, path);
    }
    return is_written;
}
