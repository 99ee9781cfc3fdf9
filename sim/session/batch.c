// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "batch.h"

#include <stdio.h>

#include "../host/output.h"
#include "../host/pool.h"
#include "../host/progress.h"
#include "option_print.h"
#include "options.h"
#include "scenario_files.h"
#include "session.h"

struct batch {
    const struct options *options;
    const struct scenario_files *files;
    struct output *output;
    struct progress progress;
    enum exit_status status;
    size_t ended;
    size_t passed;
    size_t failed;
};

// A trace that is for a program has the output to itself.
static FILE *result_file(const struct batch *batch)
{
    return batch->options->trace == TRACE_JSONL ? stderr : batch->output->file;
}

static char **arguments_of(void *context, size_t n)
{
    const struct batch *batch = context;

    return options_worker_arguments(batch->options, "run", batch->files->paths[n],
                                    batch->output->color);
}

static void show_progress(void *context, size_t n)
{
    struct batch *batch = context;

    progress_show(&batch->progress, "[%zu/%zu] %s", batch->ended, batch->files->count,
                  batch->files->paths[n]);
}

static bool print_output(void *context, size_t n, enum host_stream stream, const char *bytes,
                         size_t length)
{
    struct batch *batch = context;

    (void)n;
    progress_clear(&batch->progress);
    if (stream == HOST_STDERR) {
        (void)output_flush(batch->output);
        fwrite(bytes, 1, length, stderr);
        return true;
    }
    fwrite(bytes, 1, length, batch->output->file);
    return !output_failed(batch->output);
}

// Whether the worker has said itself how its scenario fared.
static bool has_reported(const struct host_exit *how)
{
    return !how->error && how->signal == 0 && status_is_known(how->status - STATUS_REPORTED);
}

// A worker that ended by force has its status; anything else that cut one short is a crash.
static enum exit_status status_of(const struct host_exit *how)
{
    if (has_reported(how))
        return (enum exit_status)(how->status - STATUS_REPORTED);
    if (how->signal != 0 && how->was_asked)
        return STATUS_INTERRUPTED;
    if (how->signal == 0 && (how->status == STATUS_BOUND || how->status == STATUS_INTERRUPTED))
        return (enum exit_status)how->status;
    return STATUS_HOST;
}

static void explain(const struct host_exit *how, char *text, size_t size)
{
    if (how->error)
        snprintf(text, size, "not started: %s", how->error);
    else if (status_of(how) != STATUS_HOST)
        snprintf(text, size, "ended by force");
    else if (how->signal != 0)
        snprintf(text, size, "signal %d, %s", how->signal, host_signal_name(how->signal));
    else
        snprintf(text, size, "exit status %d", how->status);
}

// For a worker that could not.
static void report_for(const struct batch *batch, size_t n, const struct host_exit *how)
{
    const char *path = batch->files->paths[n];
    enum exit_status status = status_of(how);
    char why[128];

    explain(how, why, sizeof why);
    bool has_crashed = status == STATUS_HOST && !how->error;
    session_print_result(result_file(batch), batch->output->color, status,
                         has_crashed ? "crashed" : session_word(status), path, why);
    (void)output_flush(batch->output);
    if (how->error)
        fprintf(stderr, "ipcsim: cannot start a worker for %s: %s\n", path, how->error);
    if (!has_crashed)
        return;
    fprintf(stderr, "%s: the simulator crashed (%s) in this scenario\nreplay: ", path, why);
    options_print_replay(stderr, batch->options, path);
}

static bool take_end(void *context, size_t n, const struct host_exit *how)
{
    struct batch *batch = context;
    enum exit_status status = status_of(how);

    progress_clear(&batch->progress);
    batch->ended++;
    batch->passed += status == STATUS_PASSED;
    batch->failed += status == STATUS_FAILED;
    batch->status = status_worse(batch->status, status);
    if (!has_reported(how))
        report_for(batch, n, how);
    (void)output_flush(batch->output);
    return status != STATUS_INTERRUPTED && !output_failed(batch->output);
}

static void print_totals(const struct batch *batch)
{
    FILE *out = result_file(batch);
    size_t unanswered = batch->ended - batch->passed - batch->failed;
    size_t left = batch->files->count - batch->ended;

    fprintf(out, "%zu passed, %zu failed", batch->passed, batch->failed);
    if (unanswered > 0)
        fprintf(out, ", %zu without an answer", unanswered);
    if (left > 0)
        fprintf(out, ", %zu did not run", left);
    fputc('\n', out);
}

enum exit_status batch_run(const struct options *options, const struct scenario_files *files,
                           struct output *output)
{
    struct batch batch = {.options = options, .files = files, .output = output};
    const struct host_pool pool = {
        .count = files->count,
        .at_once = options->jobs,
        .context = &batch,
        .arguments = arguments_of,
        .output = print_output,
        .ended = take_end,
        .started = show_progress,
    };
    bool was_interrupted;
    struct message error;

    progress_init(&batch.progress, false);
    if (!session_can_record(options, &error) || !host_run_pool(&pool, &was_interrupted, &error)) {
        fprintf(stderr, "ipcsim: %s\n", error.text);
        return STATUS_HOST;
    }
    progress_clear(&batch.progress);
    print_totals(&batch);
    if (was_interrupted)
        return STATUS_INTERRUPTED;
    return batch.status;
}
