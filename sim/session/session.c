// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "session.h"

#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#include "../base/text_stream.h"
#include "../host/output.h"
#include "../host/progress.h"
#include "../host/terminal.h"
#include "../host/watch.h"
#include "../record/record.h"
#include "../run/report.h"
#include "../run/run.h"
#include "../trace/recent.h"
#include "../trace/sinks.h"
#include "opening.h"
#include "option_print.h"

struct session {
    const struct options *options;
    struct output *output;
    enum trace_format trace;
    struct session_guest *guest; // NULL: a person asked
    FILE *words;                 // borrowed
    struct message error;        // why it could not run
    struct host_watch *watch;
    char *last_words; // of the program, if it has to end by force; owned
    const struct scenario *scenario;
    struct scenario *opened; // it, if nobody had opened it; owned
    struct record *record;   // NULL: nothing is recorded
    struct progress progress;
    bool run_is_open;
    struct run run;
    struct recent recent;
    struct trace_filter filter;
    struct text_sink text;
    struct jsonl_sink jsonl;
    struct hash_sink hash;
};

const char *session_word(enum exit_status status)
{
    switch (status) {
    case STATUS_PASSED:
        return "passed";
    case STATUS_FAILED:
        return "failed";
    case STATUS_BOUND:
        return "bound";
    case STATUS_INTERRUPTED:
        return "stopped";
    case STATUS_USAGE:
    case STATUS_HOST:
        break;
    }
    return "error";
}

void session_print_result(FILE *out, bool color, enum exit_status status, const char *word,
                          const char *path, const char *details)
{
    const char *paint = status == STATUS_PASSED ? "\033[32m" : "\033[1;31m";

    fprintf(out, "%s%-7s%s %s  (%s)\n", color ? paint : "", word, color ? "\033[0m" : "", path,
            details);
}

bool session_can_record(const struct options *options, struct message *error)
{
    struct record *record;

    if (!options->db)
        return true;
    record = record_open(options->db, error);
    return record && !record_close(record, error);
}

// A trace that is for a program has the output to itself.
static FILE *result_file(const struct session *session)
{
    return session->trace == TRACE_JSONL ? stderr : session->output->file;
}

// ---- getting there. Each step is PASSED, or has said in session->error what is wrong.

// Of a guest's options only those that change the run: its record is its own matter.
static void print_replay(FILE *out, const struct session *session, const char *path)
{
    fputs("replay: ", out);
    if (session->guest)
        options_print_command(out, session->options, "run", path);
    else
        options_print_replay(out, session->options, path);
}

static void write_last_words(struct session *session, const char *path)
{
    struct text_stream stream;
    FILE *text = text_stream_open(&stream);

    fprintf(text, "%s: did not stop when asked to; ended by force\n", path);
    if (session->options->db)
        fprintf(text, "%s: what is on record of this run is whole, and `unfinished`\n",
                session->options->db);
    print_replay(text, session, path);
    session->last_words = text_stream_close(&stream);
}

static enum exit_status watch(struct session *session, const char *path)
{
    write_last_words(session, path);
    session->watch = host_watch_start(HOST_STOPS_FIRST, session->options->timeout_seconds,
                                      session->last_words, &session->error);
    session->output->watch = session->watch;
    return session->watch ? STATUS_PASSED : STATUS_HOST;
}

static enum exit_status read_scenario(struct session *session, const char *path)
{
    const struct options *options = session->options;

    if (!session->scenario)
        session->scenario = session->opened = opening_scenario(options, path, &session->error);
    return session->scenario ? STATUS_PASSED : STATUS_USAGE;
}

static enum exit_status open_record(struct session *session)
{
    if (!session->options->db)
        return STATUS_PASSED;
    session->record = record_open(session->options->db, &session->error);
    return session->record ? STATUS_PASSED : STATUS_HOST;
}

static enum exit_status open_run(struct session *session)
{
    struct run_plan plan = run_plan_make(session->scenario, &session->options->request);

    switch (
        run_open(&session->run, &plan, host_watch_stop_request(session->watch), &session->error)) {
    case RUN_OPEN_READY:
        session->run_is_open = true;
        return STATUS_PASSED;
    case RUN_OPEN_REFUSED:
        return STATUS_USAGE;
    case RUN_OPEN_NO_HOST:
        break;
    }
    return STATUS_HOST;
}

// Of the processes that there are.
static enum exit_status choose_events(struct session *session)
{
    const struct options *options = session->options;
    struct message why;

    session->filter = options->filter;
    for (size_t i = 0; i < options->only_count; i++) {
        if (trace_filter_add_processes(&session->filter, &session->run.world->view,
                                       options->only[i], &why))
            continue;
        message_set(&session->error, "%s: --only: %s", session->scenario->path, why.text);
        return STATUS_USAGE;
    }
    return STATUS_PASSED;
}

static void add_sinks(struct session *session)
{
    struct run *run = &session->run;

    recent_open(&session->recent, run->world->process_count);
    run_add_sink(run, &session->recent.sink);
    if (session->trace == TRACE_TEXT) {
        text_sink_init(&session->text, session->output->file, session->output->color);
        text_sink_choose(&session->text, &session->filter, session->options->unfold);
        run_add_sink(run, &session->text.sink);
    } else if (session->trace == TRACE_JSONL) {
        jsonl_sink_init(&session->jsonl, session->output->file);
        jsonl_sink_choose(&session->jsonl, &session->filter);
        run_add_sink(run, &session->jsonl.sink);
    }
    if (session->guest)
        run_add_sink(run, session->guest->sink);
    // A hash of all events costs time, and only the record wants it.
    if (session->record) {
        hash_sink_init(&session->hash);
        run_add_sink(run, &session->hash.sink);
        run_add_sink(run, record_sink(session->record));
    }
}

static enum exit_status prepare(struct session *session, const char *path)
{
    enum exit_status status = read_scenario(session, path);

    if (status == STATUS_PASSED)
        status = watch(session, path);
    if (status == STATUS_PASSED)
        status = open_run(session);
    if (status == STATUS_PASSED)
        status = choose_events(session);
    if (status == STATUS_PASSED)
        status = open_record(session);
    if (status == STATUS_PASSED)
        add_sinks(session);
    return status;
}

// ---- running

static void show_progress(struct session *session)
{
    progress_show(&session->progress, "%s: %.3f s simulated, %" PRIu64 " events",
                  session->run.info.scenario, (double)world_now_us(session->run.world) / 1e6,
                  run_event_count(&session->run));
}

static enum run_stop stop_of(const struct session *session)
{
    if (output_failed(session->output))
        return RUN_STOP_OUTPUT;
    switch (host_watch_cause(session->watch)) {
    case HOST_INTERRUPTED:
        return RUN_STOP_INTERRUPT;
    case HOST_TIMED_OUT:
        return RUN_STOP_TIMEOUT;
    case HOST_GOES_ON:
        break;
    }
    return RUN_NOT_STOPPED;
}

static void run_to_end(struct session *session)
{
    struct run *run = &session->run;

    while (run_advance(run))
        if (host_watch_tick(session->watch))
            show_progress(session);
    progress_clear(&session->progress);
    run_judge(run, stop_of(session)); // which may call what the scenario asks of the whole run
    host_watch_relax(session->watch);
    if (session->record)
        run->trace_hash = session->hash.hash;
    run_end_sinks(run);
}

// ---- saying what came of it

static void print_result(const struct session *session)
{
    const struct run *run = &session->run;
    enum exit_status status = run_outcome_status(run->outcome);
    const char *outcome = run_outcome_name(run->outcome);
    bool says_more = run->outcome != RUN_PASSED && run->outcome != RUN_FAILED;
    char details[160];

    snprintf(details, sizeof details, "%s%s%" PRIu64 " events, %" PRIu64 " us simulated",
             says_more ? outcome : "", says_more ? ", " : "", run_event_count(run),
             world_now_us(run->world));
    session_print_result(result_file(session), session->output->color, status, session_word(status),
                         run->info.scenario, details);
}

static void print_words(const struct session *session)
{
    const struct run *run = &session->run;
    enum run_outcome outcome = run->outcome;

    if (outcome == RUN_INTERRUPTED || outcome == RUN_STOPPED)
        return;
    if (outcome == RUN_PASSED) {
        // A declared fault is what such a scenario is about.
        if (session->trace == TRACE_TEXT && run->plan.scenario->ends[ENDS_FAULT].is_declared)
            report_fault(session->words, run, &session->recent);
        return;
    }
    report_failure(session->words, run, &session->recent);
    fputc('\n', session->words);
    print_replay(session->words, session, run->info.scenario);
}

// Closes the record. What went wrong with it counts even if all else passed.
static enum exit_status close_record(struct session *session)
{
    struct message error;

    if (!session->record)
        return STATUS_PASSED;
    const char *why = record_close(session->record, &error);
    session->record = NULL;
    if (!why)
        return STATUS_PASSED;
    fprintf(session->words, "ipcsim: %s\n", why);
    return STATUS_HOST;
}

static enum exit_status finish(struct session *session)
{
    enum exit_status status = run_outcome_status(session->run.outcome);

    if (session->guest)
        session->guest->ended(session->guest, &session->run,
                              session->record ? record_run_id(session->record) : 0);
    else
        print_result(session);
    if (!output_flush(session->output))
        status = status_worse(status, STATUS_HOST);
    status = status_worse(status, close_record(session));
    print_words(session);
    return status;
}

static void refuse(const struct session *session, enum exit_status status, const char *path)
{
    if (session->options->is_worker && !session->guest)
        session_print_result(result_file(session), session->output->color, status,
                             session_word(status), path, "did not run");
    (void)output_flush(session->output);
    fprintf(session->words, "%s%s\n", status == STATUS_HOST ? "ipcsim: " : "", session->error.text);
}

static void close_all(struct session *session)
{
    (void)close_record(session);
    if (session->run_is_open) {
        recent_close(&session->recent);
        run_close(&session->run);
    }
    if (session->trace == TRACE_TEXT && session->run_is_open)
        text_sink_close(&session->text);
    trace_filter_close(&session->filter);
    scenario_close(session->opened);
    session->output->watch = NULL;
    host_watch_end(session->watch);
    free(session->last_words);
}

static enum exit_status run_session(struct session *session, const char *path)
{
    enum exit_status status = prepare(session, path);

    if (status == STATUS_PASSED) {
        run_to_end(session);
        status = finish(session);
    } else {
        refuse(session, status, path);
    }
    close_all(session);
    return status;
}

enum exit_status session_run(const struct options *options, const char *path,
                             enum trace_format trace, struct output *output)
{
    struct session session = {
        .options = options, .output = output, .trace = trace, .words = stderr};

    progress_init(&session.progress,
                  options->is_worker || (trace != TRACE_NONE && host_is_terminal(STDOUT_FILENO)));
    return run_session(&session, path);
}

enum exit_status session_run_for(struct session_guest *guest, const struct options *options,
                                 const struct scenario *scenario, struct output *output)
{
    struct session session = {.options = options,
                              .scenario = scenario,
                              .output = output,
                              .trace = TRACE_NONE,
                              .guest = guest,
                              .words = guest->words};

    progress_init(&session.progress, options->is_worker);
    return run_session(&session, scenario->path);
}
