// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "checking.h"

#include <stdio.h>
#include <stdlib.h>

#include "../base/bytes.h"
#include "../host/output.h"
#include "../host/pool.h"
#include "../host/progress.h"
#include "../session/command.h"
#include "../session/options.h"
#include "../session/scenario_files.h"
#include "../session/session.h"
#include "accept.h"
#include "check_result.h"
#include "check_text.h"
#include "github.h"
#include "junit.h"
#include "review.h"
#include "tap.h"
#include "unreferenced.h"

struct checking {
    const struct options *options;
    const struct check_options *asked;
    const struct scenario_files *files;
    struct output *output;
    struct progress progress;
    struct check_results results;
    struct bytes streams[2]; // what the worker whose turn it is has said, by host_stream
    size_t ended;
    enum exit_status status; // of what is not a result
};

// ---- the pool of workers

static char **arguments_of(void *context, size_t n)
{
    const struct checking *checking = context;

    return options_worker_arguments(checking->options, "check", checking->files->paths[n], false);
}

static void show_progress(void *context, size_t n)
{
    struct checking *checking = context;

    progress_show(&checking->progress, "[%zu/%zu] %s", checking->ended, checking->files->count,
                  checking->files->paths[n]);
}

static bool take_output(void *context, size_t n, enum host_stream stream, const char *bytes,
                        size_t length)
{
    (void)n;
    bytes_add(&((struct checking *)context)->streams[stream], bytes, length);
    return true;
}

// A worker that ended by force has its status; anything else that cut one short is a crash.
static enum check_verdict verdict_of(const struct host_exit *how)
{
    if (how->error)
        return CHECK_ERROR;
    if (how->signal != 0)
        return how->was_asked ? CHECK_STOPPED : CHECK_CRASHED;
    if (how->status == STATUS_INTERRUPTED)
        return CHECK_STOPPED;
    return how->status == STATUS_BOUND ? CHECK_BOUND : CHECK_CRASHED;
}

static void explain(const struct host_exit *how, char *text, size_t size)
{
    if (how->error)
        snprintf(text, size, "not started: %s", how->error);
    else if (verdict_of(how) != CHECK_CRASHED)
        snprintf(text, size, "ended by force");
    else if (how->signal != 0)
        snprintf(text, size, "signal %d, %s", how->signal, host_signal_name(how->signal));
    else
        snprintf(text, size, "exit status %d", how->status);
}

// A worker that could not say how its scenario fared, or not to the end.
static void add_death(struct checking *checking, const char *path, const struct host_exit *how)
{
    const struct bytes *words = &checking->streams[HOST_STDERR];
    struct check_result *result = check_add_result(&checking->results);
    char text[160];

    explain(how, text, sizeof text);
    result->verdict = verdict_of(how);
    result->line = 1;
    check_set_text(&result->scenario, path);
    check_set_text(&result->headline, text);
    check_set_text(&result->details, words->length > 0 ? words->start : "");
}

// Passed ones are news only where there is nothing else.
static void print_result(const struct checking *checking, const struct check_result *result)
{
    if (checking->asked->tap || (checking->asked->review && accept_is_possible(result)))
        return;
    check_text_print(checking->output, result, checking->files->count == 1);
}

static void take_results(struct checking *checking, size_t n, const struct host_exit *how)
{
    const struct bytes *said = &checking->streams[HOST_STDOUT];
    size_t before = checking->results.count;

    if (said->length > 0)
        check_read_results(&checking->results, said->start, said->length);
    if (how->error || how->signal != 0 || checking->results.count == before)
        add_death(checking, checking->files->paths[n], how);
    for (size_t i = before; i < checking->results.count; i++) {
        struct check_result *result = &checking->results.list[i];

        if (checking->asked->update && accept_is_possible(result))
            accept_result(result);
        print_result(checking, result);
    }
}

static bool take_end(void *context, size_t n, const struct host_exit *how)
{
    struct checking *checking = context;

    progress_clear(&checking->progress);
    checking->ended++;
    take_results(checking, n, how);
    checking->streams[HOST_STDOUT].length = 0;
    checking->streams[HOST_STDERR].length = 0;
    return output_flush(checking->output) && how->status != STATUS_INTERRUPTED;
}

// False: it has said why nothing ran.
static bool run_all(struct checking *checking)
{
    const struct host_pool pool = {
        .count = checking->files->count,
        .at_once = checking->options->jobs,
        .context = checking,
        .arguments = arguments_of,
        .output = take_output,
        .ended = take_end,
        .started = show_progress,
    };
    struct message error;
    bool was_interrupted;
    bool has_run;

    progress_init(&checking->progress, false);
    has_run = session_can_record(checking->options, &error) &&
              host_run_pool(&pool, &was_interrupted, &error);
    progress_clear(&checking->progress);
    if (!has_run) {
        fprintf(stderr, "ipcsim: %s\n", error.text);
        checking->status = STATUS_HOST;
    } else if (was_interrupted) {
        checking->status = STATUS_INTERRUPTED;
    }
    return has_run;
}

// ---- afterwards

static void find_unreferenced(struct checking *checking, const char *const *operands, size_t count)
{
    const struct check_options *asked = checking->asked;
    FILE *out = asked->tap ? stderr : checking->output->file;
    size_t before = checking->results.count;

    checking->status =
        status_worse(checking->status,
                     unreferenced_find(operands, count, &checking->results, asked->update, out));
    for (size_t i = before; i < checking->results.count; i++)
        print_result(checking, &checking->results.list[i]);
}

static void print_all(struct checking *checking)
{
    const struct check_options *asked = checking->asked;
    struct message error;

    if (asked->tap)
        tap_print(checking->output->file, &checking->results);
    else
        check_text_print_totals(checking->output->file, &checking->results,
                                checking->files->count - checking->ended);
    if (github_is_here())
        github_annotate(asked->tap ? stderr : checking->output->file, &checking->results);
    if (!github_summarize(&checking->results, &error) ||
        (asked->junit && !junit_write(asked->junit, &checking->results, &error))) {
        fprintf(stderr, "ipcsim: %s\n", error.text);
        checking->status = status_worse(checking->status, STATUS_HOST);
    }
}

static enum exit_status status_of(const struct checking *checking)
{
    enum exit_status status = checking->status;

    for (size_t i = 0; i < checking->results.count; i++)
        status = status_worse(status, check_verdict_status(checking->results.list[i].verdict));
    return status;
}

static enum exit_status check_files(struct checking *checking, const char *const *operands,
                                    size_t count)
{
    const struct check_options *asked = checking->asked;

    if (run_all(checking)) {
        if (asked->review && checking->status == STATUS_PASSED)
            review_results(&checking->results, checking->output);
        if (asked->unreferenced && checking->ended == checking->files->count)
            find_unreferenced(checking, operands, count);
        print_all(checking);
    }
    return status_of(checking);
}

enum exit_status checking_run(const struct options *options, const char *const *operands,
                              size_t count, struct output *output)
{
    struct scenario_files files;
    struct checking checking = {
        .options = options, .asked = options->own, .files = &files, .output = output};
    enum exit_status status;
    struct message error;

    if (find_scenarios(&files, operands, count, &error))
        status = check_files(&checking, operands, count);
    else
        status = command_refuse(error.text);
    find_free(&files);
    check_results_free(&checking.results);
    bytes_free(&checking.streams[HOST_STDOUT]);
    bytes_free(&checking.streams[HOST_STDERR]);
    return status;
}
