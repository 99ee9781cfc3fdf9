// SPDX-License-Identifier: Apache-2.0 OR MIT
// The program: one table of subcommands, and what comes before and after each.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../base/nearest.h"
#include "../base/version.h"
#include "../host/watch.h"
#include "../session/command.h"
#include "../session/option_print.h"

#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])

static const struct command commands[] = {
    {
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
        .lists_statuses = true,
        .options = {{options_machine, options_running, options_tracing, options_workers,
                     options_timeout, options_color}},
        .run = cmd_run,
    },
    {
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
        .options = {{options_machine, options_running, options_workers, options_timeout,
                     options_color, options_checking}},
        .run = cmd_check,
    },
    {
        .name = "diff",
        .operands = "A B",
        .about = "where two recorded runs part ways",
        .details =
            "A and B are each a run in a database (ipcsim.db:7, or ipcsim.db for its last run),\n"
            "a golden trace, or what `ipcsim run --trace jsonl` printed. Compared is what a\n"
            "golden trace holds: what each process did, not when.\n"
            "\n"
            "  ipcsim diff ipcsim.db:6 ipcsim.db:7\n"
            "  ipcsim diff scenarios/rot13.trace ipcsim.db\n",
        .lists_statuses = true,
        .options = {{options_color}},
        .run = cmd_diff,
    },
    {
        .name = "list",
        .operands = "[FILE|DIR...]",
        .about = "scenarios and their parameters",
        .details =
            "Lists the scenarios in the folder scenarios, or in what is given. With --json,\n"
            "an object a line; its `goldens` are the runs that have golden traces, by what\n"
            "they set.\n",
        .options = {{options_json}},
        .run = cmd_list,
    },
    {
        .name = "boards",
        .operands = "[NAME|FILE...]",
        .about = "the boards that --board knows, or one of them in detail",
        .details = "IPC buffers: how many of others a process can have mapped at once, which its\n"
                   "own RAM and flash leave of the regions. docs/boards.md says where the numbers\n"
                   "come from, and how to write a board of your own.\n"
                   "\n"
                   "  ipcsim boards\n"
                   "  ipcsim boards cortex-m0p\n"
                   "  ipcsim boards ./myboard.lua\n",
        .run = cmd_boards,
    },
    {
        .name = "fit",
        .operands = "BUFFER...|FILE.lua",
        .about = "which buffers can be shared, with which region, and what would work instead",
        .details =
            "A buffer is [COUNTx]SIZE, then where it is:\n"
            "\n"
            "  96            anywhere: it fits if it does at every address\n"
            "  96:32         at any multiple of 32, as an alignment in a program makes it\n"
            "  96@0x20002100 at this address\n"
            "  96@+0x100     so far from the start of a process's memory\n"
            "  7x64:64       seven of them\n"
            "\n"
            "Numbers are decimal or 0x, and k is 1024. All buffers are shared with one process,\n"
            "in the order given; or take a scenario, and the buffers are those that it shares.\n"
            "The answers are those of the board's own driver and protection unit. Several\n"
            "--board stand side by side; without any, buffers are tried on all built-in ones.\n"
            "\n"
            "  beyond   bytes outside of the buffer that the region opens as well\n"
            "  off      eighths of the region that are switched off\n"
            "  -> N:A   N bytes aligned to A would fit everywhere\n"
            "\n"
            "  ipcsim fit --board cortex-m4 96@+0x20 96@+0x100 100:4\n"
            "  ipcsim fit --board cortex-m4 --board cortex-m0p --board rv32-pmp 7x64:64\n"
            "  ipcsim fit 64:64\n"
            "  ipcsim fit scenarios/rot13.lua -P clients=7 --board rv32-pmp\n"
            "  ipcsim fit --json 1k:1k | jq '.[] | {board, fit}'\n"
            "\n"
            "Exit status 0: all fit; 1: some do not; 2: asked wrongly.\n",
        .options = {{options_machine, options_timeout, options_json}},
        .run = cmd_fit,
    },
    {
        .name = "bench",
        .operands = "[NAME...]",
        .about = "the built-in measurements",
        .details =
            "Measures what is named, or everything. Each figure that has a reference is\n"
            "measured in turns with it. Names: roundtrip, roundtrip_lua, processes, ring,\n"
            "record, mpu, world, startup, memory. docs/performance.md says what they mean.\n",
        .options = {{options_bench, options_json}},
        .run = cmd_bench,
    },
    {
        .name = "vector",
        .operands = "FILE.scn...",
        .about = "what the kernel does with scripted kernel vectors",
        .details =
            "Prints one JSON line per event of each vector, as the real kernel's own\n"
            "traces have them. With several files, a line `# FILE` stands before each trace.\n",
        .run = cmd_vector,
    },
};

static const struct command *find_command(const char *name)
{
    for (size_t i = 0; i < COUNT_OF(commands); i++)
        if (strcmp(name, commands[i].name) == 0)
            return &commands[i];
    return NULL;
}

// --- Help

static void print_statuses(FILE *out)
{
    (void)fputs("\nexit status:\n", out);
#define X(NAME, number, text) (void)fprintf(out, "  %-4d%s\n", (number), (text));
    EXIT_STATUSES(X)
#undef X
}

static void print_help(FILE *out)
{
    (void)fputs("Runs the IPC mechanism of the Tock operating system: real kernel code,\n"
                "simulated processes, a modelled memory protection unit, every upcall on record.\n"
                "\n"
                "usage: ipcsim COMMAND [OPTION...] ...\n"
                "\n",
                out);
    for (size_t i = 0; i < COUNT_OF(commands); i++)
        (void)fprintf(out, "  %-8s%-15s%s\n", commands[i].name, commands[i].operands,
                      commands[i].about);
    (void)fputs("\n"
                "  ipcsim COMMAND --help   more about one of them, and its options;\n"
                "                          the same as ipcsim help COMMAND\n"
                "  ipcsim --version        which version this is\n",
                out);
    print_statuses(out);
}

static void print_command_help(FILE *out, const struct command *command)
{
    (void)fprintf(out, "%s\n\nusage: ipcsim %s [OPTION...]%s%s\n\n%s\noptions:\n", command->about,
                  command->name, command->operands[0] != '\0' ? " " : "", command->operands,
                  command->details);
    options_print_help(out, &command->options);
    if (command->lists_statuses)
        print_statuses(out);
}

// --- Words for people

enum exit_status command_refuse(const char *sentence)
{
    (void)fprintf(stderr, "ipcsim: %s\n", sentence);
    return STATUS_USAGE;
}

static enum exit_status refuse_command(const char *name)
{
    const char *names[COUNT_OF(commands)];
    struct message error;

    for (size_t i = 0; i < COUNT_OF(commands); i++)
        names[i] = commands[i].name;
    nearest_refuse(&error, name[0] == '-' ? "option" : "command", name, names, COUNT_OF(names));
    return command_refuse(error.text);
}

// --- Running one

static bool wants_color(enum color_mode mode)
{
    const char *no_color = getenv("NO_COLOR");
    const char *terminal = getenv("TERM");

    if (mode != COLOR_AUTO)
        return mode == COLOR_ALWAYS;
    return (no_color == NULL || no_color[0] == '\0') &&
           (terminal == NULL || strcmp(terminal, "dumb") != 0) && host_is_terminal(STDOUT_FILENO);
}

static int run_command(const struct command *command, const char *program, int argc, char **argv,
                       struct output *output)
{
    struct options options;
    struct message error;
    int status = STATUS_PASSED;

    if (!options_parse(&options, program, &command->options, argc, argv, &error)) {
        (void)fprintf(stderr, "ipcsim %s: %s\n", command->name, error.text);
        status = STATUS_USAGE;
    } else if (options.help) {
        print_command_help(output->file, command);
    } else {
        output->color = wants_color(options.color);
        if (options.is_worker)
            host_end_with_parent();
        status = (int)command->run(&options, output);
        if (options.is_worker && output_flush(output))
            status += STATUS_REPORTED;
    }
    options_free(&options);
    return status;
}

// "ipcsim help", with the word behind it or NULL.
static int explain(const char *about, struct output *output)
{
    const struct command *command;

    if (about == NULL || about[0] == '-') {
        print_help(output->file);
        return STATUS_PASSED;
    }
    command = find_command(about);
    if (command == NULL)
        return (int)refuse_command(about);
    print_command_help(output->file, command);
    return STATUS_PASSED;
}

static int dispatch(int argc, char **argv, struct output *output)
{
    const char *name = argc > 1 ? argv[1] : "";
    const struct command *command = find_command(name);

    if (command != NULL)
        return run_command(command, argv[0], argc - 1, argv + 1, output);
    if (strcmp(name, "--version") == 0) {
        (void)fprintf(output->file, "ipcsim %s\n", IPCSIM_VERSION);
        return STATUS_PASSED;
    }
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0)
        return explain(NULL, output);
    if (strcmp(name, "help") == 0)
        return explain(argv[2], output);
    if (name[0] != '\0')
        return (int)refuse_command(name);
    print_help(stderr);
    return STATUS_USAGE;
}

// Whether all results have reached their reader.
static bool close_output(struct output *output)
{
    char text[160];
    bool went_well = output_close(output);

    if (output_error(output, text, sizeof text) != NULL)
        (void)fprintf(stderr, "ipcsim: %s\n", text);
    return went_well;
}

int main(int argc, char **argv)
{
    struct output output;
    int status;

    host_prepare();
    if (!output_open(&output)) {
        perror("ipcsim");
        return STATUS_HOST;
    }
    status = dispatch(argc, argv, &output);
    if (!close_output(&output))
        status = (int)status_worse((enum exit_status)status, STATUS_HOST);
    return status;
}
