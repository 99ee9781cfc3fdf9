// SPDX-License-Identifier: Apache-2.0 OR MIT
// ipcsim check: scenarios against their golden traces.
#include <unistd.h>

#include "../check/check.h"
#include "../check/checking.h"
#include "../host/output.h"
#include "../host/terminal.h"
#include "../session/command.h"
#include "../session/options.h"

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
     .help = "report golden traces that no scenario asks for; with --update, remove them",
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

// One scenario, for checking_run.
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

static enum exit_status run(const struct options *options, struct output *output)
{
    static const char *const usual[] = {"scenarios"};
    bool is_given = options->operand_count > 0;
    const char *quarrel;

    if (options->is_worker && is_given)
        return run_worker(options, output);
    quarrel = find_quarrel(options);
    if (quarrel)
        return command_refuse(quarrel);
    return checking_run(options, is_given ? options->operands : usual,
                        is_given ? options->operand_count : 1, output);
}

static const struct status_text statuses[] = {
    {STATUS_PASSED,
     "each run passed as its golden trace says, has none yet, or failed as its known_issue says"},
    {STATUS_FAILED, "a run failed or is not as its golden trace says; in CI, its golden trace is "
                    "missing; --unreferenced found some"},
    {STATUS_USAGE,
     "asked wrongly: an option, a mistake in a scenario, or a golden trace that is none"},
    {STATUS_HOST, "the simulator or the host failed: disk full, a worker crashed"},
    {STATUS_BOUND, "a bound was hit before an answer: simulated time, --timeout"},
    {STATUS_INTERRUPTED, "interrupted"},
    {STATUS_PASSED, NULL},
};

const struct command cmd_check = {
    .name = "check",
    .operands = "[FILE|DIR]...",
    .about = "run scenarios and compare with their golden traces",
    .details = "Beside scenarios/rot13.lua stands scenarios/rot13.trace: what each process asked\n"
               "of the kernel and was answered, the upcalls that reached it, what was lost and\n"
               "why, how it ended; no times. Without FILE or DIR it checks the folder scenarios.\n"
               "\n"
               "A scenario can ask for several golden traces in its header:\n"
               "golden = { { clients = 1 }, { clients = 8 } }, names being those of parameters,\n"
               "or board, sched, fault, seed, num_procs. Options that change the run check that\n"
               "one run instead. --cost-scale is none of them: a golden trace does not depend on\n"
               "it.\n"
               "\n"
               "A golden trace that is not there is pending, and a failure where the environment\n"
               "says CI=true. A scenario with\n"
               "known_issue = { \"tock#4410\", failure = \"deadlock\" } in its header is expected\n"
               "to fail that way, needs no golden trace, and fails when it passes, or fails\n"
               "otherwise. With GITHUB_ACTIONS=true results become annotations;\n"
               "GITHUB_STEP_SUMMARY gets a summary.\n"
               "\n"
               "  ipcsim check -j2\n"
               "  ipcsim check --update scenarios/rot13.lua    accept what is different\n"
               "  ipcsim check --review                        ask about each difference\n"
               "  ipcsim check --junit results.xml --unreferenced\n",
    .statuses = statuses,
    .options.tables = {options_machine, options_running, options_workers, options_timeout,
                       options_color, own_options},
    .options.own_size = sizeof(struct check_options),
    .run = run,
};
