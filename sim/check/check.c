// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "check.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "../base/escape.h"
#include "../base/text_stream.h"
#include "../golden/golden_diff.h"
#include "../golden/golden_file.h"
#include "../golden/golden_sink.h"
#include "../host/environment.h"
#include "../run/place.h"
#include "../run/run.h"
#include "../session/option_print.h"
#include "../session/options.h"
#include "../session/session.h"
#include "../session/variant_name.h"
#include "../session/variants.h"

// What is shown of a difference; ipcsim diff shows all.
enum { MOST_CHANGES = 8, MOST_LINES = 60 };

// One run of a scenario.
struct check {
    struct session_guest guest; // first
    const struct options *options;
    struct check_result *result;
    struct golden_sink sink;
    bool has_ended;
    enum run_outcome outcome;
    struct message reason; // of the outcome
    bool is_error;         // of the script
    const char *known_failure;
    uint32_t line; // to show it at, 0: none
    char *golden_path;
    int64_t run_id;
    struct text_stream stream; // of its words
    char *words;               // of the run
};

// ---- words

// What was written to the stream, in place of what was there.
static void set_from(char **place, struct text_stream *stream)
{
    free(*place);
    *place = text_stream_close(stream);
}

static void print_command(FILE *out, const struct check *check, const char *label,
                          const char *command)
{
    fprintf(out, "%s: ", label);
    options_print_command(out, check->options, command, check->result->scenario);
}

static void set_accept(struct check *check)
{
    struct text_stream stream;
    FILE *out = text_stream_open(&stream);

    options_print_command(out, check->options, "check --update", check->result->scenario);
    set_from(&check->result->accept, &stream);
    check->result->accept[strcspn(check->result->accept, "\n")] = '\0';
}

static void set_trace(struct check *check)
{
    struct text_stream stream;

    golden_write(&check->sink.golden, text_stream_open(&stream));
    set_from(&check->result->trace, &stream);
}

// Where to see all of a difference.
static void print_more(FILE *out, const struct check *check)
{
    if (check->run_id == 0)
        return;
    fputs("all of it: ", out);
    escape_shell_word(out, check->options->program);
    fputs(" diff ", out);
    escape_shell_word(out, check->result->golden_path);
    fputc(' ', out);
    escape_shell_word(out, check->options->db);
    fprintf(out, ":%" PRId64 "\n", check->run_id);
}

static void print_difference(FILE *out, const struct golden_diff *diff)
{
    golden_diff_print_changes(out, diff, MOST_CHANGES);
    if (diff->change_count > 0)
        golden_diff_print_lines(out, diff, MOST_LINES);
}

// What differs, and how to see more of it.
static void describe(struct check *check, const struct golden_diff *diff)
{
    struct text_stream stream;
    FILE *out = text_stream_open(&stream);

    golden_diff_print_count(out, diff);
    set_from(&check->result->headline, &stream);
    out = text_stream_open(&stream);
    print_difference(out, diff);
    print_more(out, check);
    print_command(out, check, "replay", "run");
    set_from(&check->result->details, &stream);
}

// What the run itself says comes first: how it differs from when it passed may tell why.
static void describe_failed(struct check *check, const struct golden_diff *diff)
{
    struct text_stream stream;
    FILE *out = text_stream_open(&stream);

    fprintf(out, "%s\nwhat is not as its golden trace says: ", check->words);
    golden_diff_print_count(out, diff);
    fputc('\n', out);
    print_difference(out, diff);
    print_more(out, check);
    set_from(&check->result->details, &stream);
}

// "x.lua:3: expected 1, got 2", and of what is no expectation its outcome: "deadlock: ...".
static void summarize(struct check *check)
{
    const char *outcome = run_outcome_name(check->outcome);
    const char *reason = check->reason.text;
    bool says_outcome =
        check->outcome == RUN_FAILED || strncmp(reason, outcome, strlen(outcome)) == 0;
    struct message headline;

    message_set(&headline, "%s%s%s", says_outcome ? "" : outcome, says_outcome ? "" : ": ", reason);
    check_set_text(&check->result->headline, headline.text);
    if (check->line > 0)
        check->result->line = check->line;
}

// ---- verdicts

static void set_words(struct check_result *result, const char *sentence)
{
    struct message line;

    message_set(&line, "%s\n", sentence);
    check_set_text(&result->details, line.text);
}

static void decide(struct check_result *result, enum check_verdict verdict, const char *headline)
{
    result->verdict = verdict;
    if (headline)
        check_set_text(&result->headline, headline);
}

static void note_difference(struct check *check, const struct golden_diff *diff)
{
    if (check->outcome != RUN_PASSED) {
        describe_failed(check, diff);
        return;
    }
    describe(check, diff);
    decide(check->result, CHECK_DIFFERS, NULL);
    set_accept(check);
    set_trace(check);
}

static void compare(struct check *check, const struct golden *golden)
{
    struct golden_diff diff;

    golden_diff_make(&diff, golden, &check->sink.golden, check->result->golden_path, "this run");
    if (!golden_diff_is_equal(&diff) || diff.heads_differ)
        note_difference(check, &diff);
    golden_diff_free(&diff);
}

static void note_absent(struct check *check)
{
    decide(check->result, host_is_ci() ? CHECK_MISSING : CHECK_PENDING, "no golden trace");
    set_accept(check);
    set_trace(check);
}

static void refuse_golden(struct check *check, enum golden_file_result found, const char *why)
{
    decide(check->result, found == GOLDEN_FILE_NO_HOST ? CHECK_ERROR : CHECK_MISTAKE,
           "its golden trace cannot be read");
    set_words(check->result, why);
    if (found == GOLDEN_FILE_REPLACEABLE) {
        set_accept(check);
        set_trace(check);
    }
}

static void compare_with_file(struct check *check)
{
    struct golden golden = {.processes = NULL};
    struct message error;
    enum golden_file_result found =
        golden_file_load(&golden, check->result->golden_path, check->result->scenario, &error);

    if (found == GOLDEN_FILE_OK)
        compare(check, &golden);
    else if (found == GOLDEN_FILE_ABSENT)
        note_absent(check);
    else
        refuse_golden(check, found, error.text);
    golden_free(&golden);
}

static enum check_verdict verdict_of(enum exit_status status)
{
    switch (status) {
    case STATUS_PASSED:
        return CHECK_PASSED;
    case STATUS_FAILED:
        return CHECK_FAILED;
    case STATUS_BOUND:
        return CHECK_BOUND;
    case STATUS_USAGE:
        return CHECK_MISTAKE;
    case STATUS_INTERRUPTED:
        return CHECK_STOPPED;
    case STATUS_HOST:
        break;
    }
    return CHECK_ERROR;
}

// How a run that failed differs from what it did when it passed tells why.
static void compare_failed(struct check *check)
{
    struct golden golden = {.processes = NULL};
    struct message ignored;

    if (golden_file_load(&golden, check->result->golden_path, check->result->scenario, &ignored) ==
        GOLDEN_FILE_OK)
        compare(check, &golden);
    golden_free(&golden);
}

// The run did not pass, or was not recorded.
static void note_failure(struct check *check, enum exit_status status)
{
    struct check_result *result = check->result;

    decide(result, verdict_of(status), NULL);
    check_set_text(&result->details, check->words);
    if (!check->has_ended || check->outcome == RUN_PASSED)
        return;
    summarize(check);
    // Others did not come to their end.
    if (status == STATUS_FAILED || check->outcome == RUN_TIME_UP)
        compare_failed(check);
}

// ---- known issues

// A known failure is one of the run or of its golden trace, which need not be there.
static bool has_failed(const struct check_result *result)
{
    return result->verdict == CHECK_FAILED || result->verdict == CHECK_DIFFERS ||
           result->verdict == CHECK_BOUND;
}

static bool has_passed(const struct check_result *result)
{
    return result->verdict == CHECK_PASSED || result->verdict == CHECK_PENDING ||
           result->verdict == CHECK_MISSING;
}

// The word for what failed.
static const char *failure_word(const struct check *check)
{
    return check->result->verdict == CHECK_DIFFERS ? check_verdict_name(CHECK_DIFFERS)
                                                   : run_outcome_name(check->outcome);
}

// Whether it is the failure that the header names: by its word, or by some of its words. What
// is wrong with the script itself never is.
static bool is_known(const struct check *check)
{
    const char *named = check->known_failure;
    const char *words =
        check->result->verdict == CHECK_DIFFERS ? check->result->headline : check->reason.text;

    if (named[0] == '\0' || !check->has_ended || check->is_error)
        return false;
    return strcmp(named, failure_word(check)) == 0 || strstr(words, named);
}

// Why a failure is not the known one, below what is said of it.
static void explain_unknown(const struct check *check)
{
    struct check_result *result = check->result;
    struct text_stream stream;
    FILE *out = text_stream_open(&stream);

    fprintf(out, "%s\n", result->details);
    if (check->is_error)
        fprintf(out, "known_issue %s is no excuse for an error in the script\n",
                result->known_issue);
    else if (check->known_failure[0] == '\0')
        fprintf(out,
                "known_issue does not say which failure it knows: known_issue = { \"%s\", "
                "failure = \"%s\" }\n",
                result->known_issue, failure_word(check));
    else
        fprintf(out, "known_issue %s is another failure: \"%s\"\n", result->known_issue,
                check->known_failure);
    set_from(&result->details, &stream);
}

static void note_known(struct check_result *result)
{
    char text[200];

    snprintf(text, sizeof text, "%s%s%s", result->known_issue,
             result->headline[0] != '\0' ? ": " : "", result->headline);
    decide(result, CHECK_KNOWN, text);
}

static void note_fixed(struct check_result *result)
{
    char text[200];

    snprintf(text, sizeof text, "%s does not happen any more: take known_issue away",
             result->known_issue);
    decide(result, CHECK_FIXED, text);
}

static void apply_known_issue(const struct check *check)
{
    struct check_result *result = check->result;

    if (result->known_issue[0] == '\0' || !(has_failed(result) || has_passed(result)))
        return;
    if (has_failed(result) && !is_known(check)) {
        explain_unknown(check);
        return;
    }
    if (has_failed(result))
        note_known(result);
    else
        note_fixed(result);
    check_set_text(&result->accept, "");
    check_set_text(&result->trace, "");
}

// ---- running

static void run_ended(struct session_guest *guest, const struct run *run, int64_t run_id)
{
    struct check *check = (struct check *)guest;

    check->has_ended = true;
    check->outcome = run->outcome;
    check->reason = run->reason;
    check->is_error = run->world->verdict.is_error || run->finding.is_error;
    check->line = run_place_line(run);
    check->run_id = run_id;
}

static void run_check(struct check *check, const struct scenario *scenario, struct output *output)
{
    enum exit_status status;
    uint64_t start_us = host_clock_us();

    golden_sink_init(&check->sink);
    check->guest = (struct session_guest){.sink = &check->sink.sink, .ended = run_ended};
    check->guest.words = text_stream_open(&check->stream);
    status = session_run_for(&check->guest, check->options, scenario, output);
    check->words = text_stream_close(&check->stream);
    if (status == STATUS_PASSED)
        compare_with_file(check);
    else
        note_failure(check, status);
    apply_known_issue(check);
    check->result->duration_us = host_clock_us() - start_us;
    golden_sink_close(&check->sink);
    free(check->words);
}

// ---- all runs of a scenario

struct checks {
    struct output *output;
    struct check_results *results;
};

static void check_variant(void *context, const struct variant *variant)
{
    struct checks *checks = context;
    struct check_result *result = check_add_result(checks->results);
    struct check check = {.options = variant->options, .result = result, .known_failure = ""};

    result->line = variant->line;
    check_set_text(&result->scenario, variant->path);
    if (!variant->scenario) {
        decide(result, CHECK_MISTAKE, "did not run");
        set_words(result, variant->error);
        return;
    }
    check_set_text(&result->known_issue, variant->scenario->known_issue);
    check.known_failure = variant->scenario->known_failure;
    free(result->variant);
    result->variant = variant_name(variant->scenario, &variant->options->request);
    free(result->golden_path);
    result->golden_path = golden_file_path(variant->path, result->variant);
    run_check(&check, variant->scenario, checks->output);
}

void check_scenario(const struct options *options, const char *path, struct output *output,
                    struct check_results *results)
{
    struct checks checks = {.output = output, .results = results};

    variants_of_file(options, path, &checks, check_variant);
}
