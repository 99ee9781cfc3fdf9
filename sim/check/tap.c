// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "tap.h"

#include <inttypes.h>
#include <string.h>

enum { NAME_SIZE = 1024 };

// A description: "#" begins a directive unless it is escaped.
static void put_description(FILE *out, const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == '#' || *text == '\\')
            (void)fputc('\\', out);
        (void)fputc(*text == '\n' ? ' ' : *text, out);
    }
}

// A text as a YAML string on one line.
static void put_string(FILE *out, const char *text)
{
    (void)fputc('"', out);
    for (; *text != '\0'; text++) {
        unsigned char byte = (unsigned char)*text;

        if (byte == '"' || byte == '\\')
            (void)fprintf(out, "\\%c", byte);
        else if (byte < 0x20 || byte == 0x7f)
            (void)fprintf(out, "\\x%02x", byte);
        else
            (void)fputc(byte, out);
    }
    (void)fputs("\"\n", out);
}

// Lines as a block of YAML, indented.
static void put_block(FILE *out, const char *text)
{
    (void)fputs("  details: |2\n", out);
    while (*text != '\0') {
        size_t length = strcspn(text, "\n");

        (void)fprintf(out, "%s%.*s\n", length > 0 ? "    " : "", (int)length, text);
        text += length + (text[length] == '\n');
    }
}

static void put_diagnostics(FILE *out, const struct check_result *result)
{
    (void)fprintf(out, "  ---\n  verdict: %s\n  message: ", check_verdict_name(result->verdict));
    put_string(out, result->headline);
    (void)fputs("  file: ", out);
    put_string(out, result->scenario);
    (void)fprintf(out, "  line: %" PRIu32 "\n", result->line);
    if (result->accept[0] != '\0') {
        (void)fputs("  accept: ", out);
        put_string(out, result->accept);
    }
    if (result->details[0] != '\0')
        put_block(out, result->details);
    (void)fputs("  ...\n", out);
}

// A known failure fails, and its directive says that it counts as passed.
static void put_result(FILE *out, const struct check_result *result, size_t number)
{
    bool is_known = result->verdict == CHECK_KNOWN;
    bool is_ok = check_verdict_status(result->verdict) == STATUS_PASSED && !is_known;
    char name[NAME_SIZE];

    (void)fprintf(out, "%s %zu - ", is_ok ? "ok" : "not ok", number);
    put_description(out, check_result_name(result, name, sizeof name));
    if (is_known) {
        (void)fputs(" # todo ", out);
        put_description(out, result->known_issue);
    } else if (result->verdict == CHECK_PENDING) {
        (void)fputs(" # skip no golden trace yet", out);
    }
    (void)fputc('\n', out);
    if (!is_ok)
        put_diagnostics(out, result);
}

void tap_print(FILE *out, const struct check_results *results)
{
    (void)fprintf(out, "TAP version 14\n1..%zu\n", results->count);
    for (size_t i = 0; i < results->count; i++)
        put_result(out, &results->list[i], i + 1);
}
