// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "tap.h"

#include <inttypes.h>
#include <string.h>

#include "../base/escape.h"
#include "../base/json.h"

enum { NAME_SIZE = 1024 };

// A member of a block of YAML, to which every string of JSON is one of its own.
static void put_member(FILE *out, const char *name, const char *value)
{
    fprintf(out, "  %s: ", name);
    json_put_string(out, value, strlen(value));
    fputc('\n', out);
}

static void put_diagnostics(FILE *out, const struct check_result *result)
{
    fprintf(out, "  ---\n  verdict: %s\n", check_verdict_name(result->verdict));
    put_member(out, "message", result->headline);
    put_member(out, "file", result->scenario);
    fprintf(out, "  line: %" PRIu32 "\n", result->line);
    if (result->accept[0] != '\0')
        put_member(out, "accept", result->accept);
    if (result->details[0] != '\0') {
        fputs("  details: |2\n", out);
        escape_lines(out, result->details, "    ");
    }
    fputs("  ...\n", out);
}

// A known failure fails, and its directive says that it counts as passed.
static void put_result(FILE *out, const struct check_result *result, size_t number)
{
    bool is_known = result->verdict == CHECK_KNOWN;
    bool is_ok = check_verdict_status(result->verdict) == STATUS_PASSED && !is_known;
    char name[NAME_SIZE];

    fprintf(out, "%s %zu - ", is_ok ? "ok" : "not ok", number);
    escape_tap(out, check_result_name(result, name, sizeof name));
    if (is_known) {
        fputs(" # todo ", out);
        escape_tap(out, result->known_issue);
    } else if (result->verdict == CHECK_PENDING) {
        fputs(" # skip no golden trace yet", out);
    }
    fputc('\n', out);
    if (!is_ok)
        put_diagnostics(out, result);
}

void tap_print(FILE *out, const struct check_results *results)
{
    fprintf(out, "TAP version 14\n1..%zu\n", results->count);
    for (size_t i = 0; i < results->count; i++)
        put_result(out, &results->list[i], i + 1);
}
