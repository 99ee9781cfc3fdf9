// SPDX-License-Identifier: Apache-2.0 OR MIT
// ipcsim check: scenarios against their golden traces. Each scenario is checked in a
// worker process; here results are collected, accepted, and told.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../base/allocate.h"
#include "../check/check.h"
#include "../check/check_text.h"
#include "../check/github.h"
#include "../check/junit.h"
#include "../check/tap.h"
#include "../check/unreferenced.h"
#include "../golden/golden_file.h"
#include "../host/output.h"
#include "../host/progress.h"
#include "../host/watch.h"
#include "../record/record.h"
#include "../session/command.h"
#include "../session/options.h"
#include "../session/scenario_files.h"

struct check_options {
    bool update;       // accept what differs
    bool review;       // ... or ask about each
    bool unreferenced; // look for golden traces that nothing asks for
    bool tap;          // results as TAP
    const char *junit; // a file for results as JUnit XML, NULL: none
};

struct bytes {
    char *bytes; // owned
    size_t length;
};

struct checking {
    const struct options *options;
    const struct check_options *own;
    const struct scenario_files *files;
    struct output *output;
    struct progress progress;
    struct check_results results;
    struct bytes streams[2]; // what the worker whose turn it is has said, by host_stream
    size_t ended;
    enum exit_status status; // of what is not a result
};

// ---- in a worker

static enum exit_status run_worker(const struct options *options, struct output *output)
{
    struct check_results results = {.list = NULL};
    enum exit_status status = STATUS_PASSED;

    check_scenario(options, options->operands[0], output, &results);
    for (size_t i = 0; i < results.count; i++) {
        status = status_worse(status, check_verdict_status(results.list[i].verdict));
        check_write_result(output->file, &results.list[i]);
    }
    check_results_free(&results);
    return status;
}

// ---- accepting

static void note_accepted(struct check_result *result, const struct message *error, bool is_saved)
{
    result->verdict = is_saved ? CHECK_ACCEPTED : CHECK_ERROR;
    if (!is_saved)
        (void)fprintf(stderr, "ipcsim: %s\n", error->text);
    check_set_text(&result->details, "");
    check_set_text(&result->headline, is_saved ? result->golden_path : "not accepted");
    check_set_text(&result->accept, "");
    check_set_text(&result->trace, "");
}

// Writes the golden trace of a result that there is something to accept about.
static void accept_result(struct check_result *result)
{
    struct message error;
    bool is_saved = golden_file_save(result->golden_path, result->trace, &error);

    note_accepted(result, &error, is_saved);
}

static bool is_acceptable(const struct check_result *result)
{
    return result->trace[0] != '\0';
}

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
    struct bytes *kept = &((struct checking *)context)->streams[stream];

    (void)n;
    kept->bytes = allocate_again(kept->bytes, kept->length + length + 1);
    memcpy(kept->bytes + kept->length, bytes, length);
    kept->length += length;
    kept->bytes[kept->length] = '\0';
    return true;
}

// A worker that could not say how its scenario fared, or not to the end.
static void add_death(struct checking *checking, const char *path, const struct host_exit *how)
{
    const struct bytes *words = &checking->streams[HOST_STDERR];
    struct check_result *result = check_add_result(&checking->results);
    char text[160];

    if (how->error != NULL)
        (void)snprintf(text, sizeof text, "no worker for it: %s", how->error);
    else if (how->signal != 0)
        (void)snprintf(text, sizeof text, "signal %d, %s", how->signal,
                       host_signal_name(how->signal));
    else
        (void)snprintf(text, sizeof text, "exit status %d", how->status);
    result->verdict = how->status == STATUS_INTERRUPTED ? CHECK_STOPPED
                      : how->status == STATUS_BOUND     ? CHECK_BOUND
                                                        : CHECK_CRASHED;
    result->line = 1;
    check_set_text(&result->scenario, path);
    check_set_text(&result->headline, text);
    check_set_text(&result->details, words->length > 0 ? words->bytes : "");
}

static bool prints_as_it_goes(const struct checking *checking)
{
    return !checking->own->tap;
}

// Passed ones are news only where there is nothing else.
static void print_result(const struct checking *checking, const struct check_result *result)
{
    if (!prints_as_it_goes(checking) || (checking->own->review && is_acceptable(result)))
        return;
    check_text_print(checking->output, result, checking->files->count == 1);
}

static void take_results(struct checking *checking, size_t n, const struct host_exit *how)
{
    const struct bytes *said = &checking->streams[HOST_STDOUT];
    size_t before = checking->results.count;

    if (said->length > 0)
        check_read_results(&checking->results, said->bytes, said->length);
    if (how->error != NULL || how->signal != 0 || checking->results.count == before)
        add_death(checking, checking->files->paths[n], how);
    for (size_t i = before; i < checking->results.count; i++) {
        struct check_result *result = &checking->results.list[i];

        if (checking->own->update && is_acceptable(result))
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

// Better to say once that there can be no record than once for each scenario.
static bool try_record(const struct options *options, struct message *error)
{
    struct record *record;

    if (options->db == NULL)
        return true;
    record = record_open(options->db, error);
    return record != NULL && record_close(record, error) == NULL;
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
    enum host_stop stop;
    bool has_run;

    progress_init(&checking->progress, false);
    has_run = try_record(checking->options, &error) && host_run_pool(&pool, &stop, &error);
    progress_clear(&checking->progress);
    if (!has_run) {
        (void)fprintf(stderr, "ipcsim: %s\n", error.text);
        checking->status = STATUS_HOST;
    } else if (stop == HOST_INTERRUPTED) {
        checking->status = STATUS_INTERRUPTED;
    }
    return has_run;
}

// ---- reviewing

enum answer { ANSWER_ACCEPT, ANSWER_LEAVE, ANSWER_ACCEPT_ALL, ANSWER_QUIT };

static enum answer ask(const struct checking *checking)
{
    char line[64];

    for (;;) {
        (void)fputs("accept this trace? [y]es, [n]o, [a]ll from here on, [q]uit: ",
                    checking->output->file);
        if (!output_flush(checking->output) || fgets(line, sizeof line, stdin) == NULL)
            return ANSWER_QUIT;
        switch (line[0]) {
        case 'y':
            return ANSWER_ACCEPT;
        case 'n':
            return ANSWER_LEAVE;
        case 'a':
            return ANSWER_ACCEPT_ALL;
        case 'q':
            return ANSWER_QUIT;
        default:
            break;
        }
    }
}

static void review_all(struct checking *checking)
{
    enum answer answer = ANSWER_LEAVE;

    for (size_t i = 0; i < checking->results.count && answer != ANSWER_QUIT; i++) {
        struct check_result *result = &checking->results.list[i];

        if (!is_acceptable(result))
            continue;
        if (answer != ANSWER_ACCEPT_ALL) {
            check_text_print(checking->output, result, true);
            answer = ask(checking);
        }
        if (answer == ANSWER_ACCEPT || answer == ANSWER_ACCEPT_ALL) {
            accept_result(result);
            check_text_print(checking->output, result, true);
        }
    }
}

// ---- golden traces that nothing asks for

static void take_unreferenced(struct checking *checking, const char *path)
{
    FILE *out = prints_as_it_goes(checking) ? checking->output->file : stderr;
    bool is_removed = checking->own->update && unlink(path) == 0;

    if (is_removed) {
        (void)fprintf(out, "removed %s  (no scenario asks for it)\n", path);
    } else if (checking->own->update) {
        (void)fprintf(stderr, "ipcsim: cannot remove %s: %s\n", path, strerror(errno));
        checking->status = status_worse(checking->status, STATUS_HOST);
    } else {
        (void)fprintf(out, "unreferenced %s  (no scenario asks for it)\n", path);
        checking->status = status_worse(checking->status, STATUS_FAILED);
    }
}

static void find_unreferenced(struct checking *checking, const char *const *operands, size_t count)
{
    struct scenario_files found;
    struct message error;

    if (!unreferenced_find(&found, operands, count, &checking->results, &error)) {
        (void)fprintf(stderr, "ipcsim: %s\n", error.text);
        checking->status = status_worse(checking->status, STATUS_HOST);
    }
    for (size_t i = 0; i < found.count; i++)
        take_unreferenced(checking, found.paths[i]);
    find_free(&found);
}

// ---- telling

static void print_all(struct checking *checking)
{
    const struct check_options *own = checking->own;
    struct message error;

    if (own->tap)
        tap_print(checking->output->file, &checking->results);
    else
        check_text_print_totals(checking->output->file, &checking->results,
                                checking->files->count - checking->ended);
    if (github_is_here())
        github_annotate(own->tap ? stderr : checking->output->file, &checking->results);
    if (!github_summarize(&checking->results, &error) ||
        (own->junit != NULL && !junit_write(own->junit, &checking->results, &error))) {
        (void)fprintf(stderr, "ipcsim: %s\n", error.text);
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

static enum exit_status check_files(const struct options *options,
                                    const struct scenario_files *files, const char *const *operands,
                                    size_t operand_count, struct output *output)
{
    const struct check_options *own = options->own;
    struct checking checking = {.options = options, .own = own, .files = files, .output = output};
    enum exit_status status;

    if (run_all(&checking)) {
        if (own->review && checking.status == STATUS_PASSED)
            review_all(&checking);
        if (own->unreferenced && checking.ended == files->count)
            find_unreferenced(&checking, operands, operand_count);
        print_all(&checking);
    }
    status = status_of(&checking);
    check_results_free(&checking.results);
    free(checking.streams[HOST_STDOUT].bytes);
    free(checking.streams[HOST_STDERR].bytes);
    return status;
}

// ---- what was asked

static bool apply_junit(struct options *options, const char *value, struct message *error)
{
    struct check_options *own = options->own;

    if (value[0] == '\0') {
        message_set(error, "give the name of a file");
        return false;
    }
    own->junit = value;
    return true;
}

static const struct option_spec own_options[] = {
    {.flag = "--update",
     .for_parent = true,
     .help = "accept what differs: write the golden traces anew",
     .switches_on = offsetof(struct check_options, update),
     .is_own = true},
    {.flag = "--review",
     .for_parent = true,
     .help = "ask about each difference, on a terminal",
     .switches_on = offsetof(struct check_options, review),
     .is_own = true},
    {.flag = "--unreferenced",
     .for_parent = true,
     .help = "report golden traces that no scenario asks for;\nwith --update, remove them",
     .switches_on = offsetof(struct check_options, unreferenced),
     .is_own = true},
    {.flag = "--junit",
     .argument = "FILE",
     .for_parent = true,
     .help = "write the results to this file as JUnit XML, too",
     .apply = apply_junit},
    {.flag = "--tap",
     .for_parent = true,
     .help = "print the results as TAP, version 14",
     .switches_on = offsetof(struct check_options, tap),
     .is_own = true},
    {.flag = NULL},
};

// Why the options do not go together, NULL: they do.
static const char *find_quarrel(const struct options *options)
{
    const struct check_options *own = options->own;

    if (own->review && own->update)
        return "--review asks, --update does not: give one of them";
    if (own->review && own->tap)
        return "--review prints questions, which are no TAP: give one of them";
    if (own->review && !(host_is_terminal(STDIN_FILENO) && host_is_terminal(STDOUT_FILENO)))
        return "--review asks on a terminal, and there is none: see the differences without it, "
               "accept all of them with --update";
    if (own->unreferenced && options_change_run(options))
        return "--unreferenced needs the runs that the scenarios themselves ask for: leave out "
               "what changes them";
    return NULL;
}

static enum exit_status run(const struct options *options, struct output *output)
{
    static const char *const usual[] = {"scenarios"};
    bool is_given = options->operand_count > 0;
    const char *const *operands = is_given ? options->operands : usual;
    size_t count = is_given ? options->operand_count : 1;
    enum exit_status status;
    struct scenario_files files;
    struct message error;

    if (options->is_worker && is_given)
        return run_worker(options, output);
    if (find_quarrel(options) != NULL)
        return command_refuse(find_quarrel(options));
    if (find_scenarios(&files, operands, count, &error))
        status = check_files(options, &files, operands, count, output);
    else
        status = command_refuse(error.text);
    find_free(&files);
    return status;
}

const struct command cmd_check = {
    .name = "check",
    .operands = "[FILE|DIR]...",
    .about = "run scenarios and compare with their golden traces",
    .details =
        "Beside scenarios/rot13.lua stands scenarios/rot13.trace: what each process asked\n"
        "of the kernel and was answered, the upcalls that reached it, what was lost and\n"
        "why, how it ended; no times. Without FILE or DIR it checks the folder scenarios.\n"
        "\n"
        "A scenario can ask for several golden traces in its header:\n"
        "golden = { { clients = 1 }, { clients = 8 } }, names being those of parameters, or\n"
        "board, sched, fault, seed, num_procs. Options that change the run check that one\n"
        "run instead. --cost-scale is none of them: a golden trace does not depend on it.\n"
        "\n"
        "A golden trace that is not there is pending, and a failure where the environment\n"
        "says CI=true. A scenario with known_issue = \"...\" in its header is expected to\n"
        "fail, needs no golden trace, and fails when it passes. With GITHUB_ACTIONS=true\n"
        "results become annotations; GITHUB_STEP_SUMMARY gets a summary.\n"
        "\n"
        "  ipcsim check -j2\n"
        "  ipcsim check --update scenarios/rot13.lua    accept what is different\n"
        "  ipcsim check --review                        ask about each difference\n"
        "  ipcsim check --junit results.xml --unreferenced\n",
    .lists_statuses = true,
    .options.tables = {options_machine, options_running, options_workers, options_timeout,
                       options_color, own_options},
    .options.own_size = sizeof(struct check_options),
    .run = run,
};
