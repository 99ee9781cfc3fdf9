// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "../host/output.h"
#include "../session/batch.h"
#include "../session/command.h"
#include "../session/options.h"
#include "../session/scenario_files.h"
#include "../session/session.h"

static bool chooses_events(const struct options *options)
{
    return options->only_count > 0 || options->filter.kinds != 0 || options->filter.has_notify ||
           options->unfold;
}

// One scenario runs here, under the eyes of whoever asked; several do in workers.
static enum exit_status run_files(const struct options *options, const struct scenario_files *files,
                                  struct output *output)
{
    enum trace_format trace = options->trace;

    if (chooses_events(options) &&
        (trace == TRACE_NONE || (trace == TRACE_UNSAID && files->count > 1)))
        return command_refuse("--only, --events and --unfold say what a trace shows, and there is "
                              "none: add --trace text");
    if (files->count > 1)
        return batch_run(options, files, output);
    if (trace == TRACE_UNSAID)
        trace = options->is_worker ? TRACE_NONE : TRACE_TEXT;
    return session_run(options, files->paths[0], trace, output);
}

static enum exit_status run(const struct options *options, struct output *output)
{
    struct scenario_files files;
    struct message error;
    enum exit_status status;

    if (options->operand_count == 0)
        return command_refuse("say what to run: ipcsim run FILE|DIR...");
    if (find_scenarios(&files, options->operands, options->operand_count, &error))
        status = run_files(options, &files, output);
    else
        status = command_refuse(error.text);
    find_free(&files);
    return status;
}

static const struct status_text statuses[] = {
    {STATUS_PASSED, "every scenario passed"},
    {STATUS_FAILED, "an expectation failed, or a run did not end as declared"},
    {STATUS_USAGE, "asked wrongly: an option, or a mistake in a scenario"},
    {STATUS_HOST, "the simulator or the host failed: disk full, a worker crashed"},
    {STATUS_BOUND, "a bound was hit before an answer: simulated time, --timeout"},
    {STATUS_INTERRUPTED, "interrupted"},
    {STATUS_PASSED, NULL},
};

const struct command cmd_run = {
    .name = "run",
    .operands = "FILE|DIR...",
    .about = "run scenarios, print the trace, record it in SQLite",
    .details =
        "A folder stands for every *.lua in it and below, sorted by path. Options go\n"
        "before the scenario's own header. Several scenarios run in worker processes;\n"
        "results come in order whatever -j says, and the exit status is the worst:\n"
        "130, then 3, 2, 1, 4, 0.\n"
        "\n"
        "  ipcsim run scenarios/rot13.lua\n"
        "  ipcsim run scenarios/rot13.lua -P clients=8 --sched mlfq\n"
        "  ipcsim run scenarios -j2 --no-db\n"
        "  ipcsim run scenarios/ring.lua --trace jsonl | jq 'select(.event == \"upcall\")'\n",
    .statuses = statuses,
    .options.tables = {options_machine, options_running, options_tracing, options_workers,
                       options_timeout, options_color},
    .run = run,
};
