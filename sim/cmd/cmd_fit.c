// SPDX-License-Identifier: Apache-2.0 OR MIT
// ipcsim fit: which buffers can be shared on a board.
#include <stdio.h>
#include <string.h>

#include "../fit/fit_answers.h"
#include "../fit/fit_ask.h"
#include "../host/output.h"
#include "../session/command.h"
#include "../session/options.h"

static bool is_scenario(const char *operand)
{
    size_t length = strlen(operand);

    return length > 4 && strcmp(operand + length - 4, ".lua") == 0;
}

static enum exit_status ask(struct fit_answers *answers, const struct options *options,
                            struct message *error)
{
    size_t scenarios = 0;

    for (size_t i = 0; i < options->operand_count; i++)
        scenarios += is_scenario(options->operands[i]);
    if (options->operand_count == 0)
        message_set(error, "say which buffers: SIZE[:ALIGNMENT|@ADDRESS|@+OFFSET]..., or a "
                           "scenario; --help has examples");
    else if (scenarios == 0)
        return fit_ask_buffers(answers, options, error);
    else if (options->operand_count == 1)
        return fit_ask_scenario(answers, options, error);
    else
        message_set(error, "give buffers, or one scenario, not both");
    return STATUS_USAGE;
}

static enum exit_status print(FILE *out, const struct fit_answers *answers,
                              const struct options *options)
{
    if (options->json)
        fit_sheets_print_json(out, answers->sheets, answers->count);
    else
        fit_answers_print(out, answers, options->board_count);
    return fit_answers_all_fit(answers) ? STATUS_PASSED : STATUS_FAILED;
}

static enum exit_status run(const struct options *options, struct output *output)
{
    struct fit_answers answers = {.count = 0};
    struct message error;
    enum exit_status status = ask(&answers, options, &error);

    if (status == STATUS_PASSED)
        status = print(output->file, &answers, options);
    else
        fprintf(stderr, "ipcsim fit: %s\n", error.text);
    fit_answers_free(&answers);
    return status;
}

static const struct status_text statuses[] = {
    {STATUS_PASSED, "all buffers fit"},
    {STATUS_FAILED, "some do not"},
    {STATUS_USAGE, "asked wrongly: an option, a buffer, or a mistake in the scenario"},
    {STATUS_HOST, "the simulator or the host failed: no memory"},
    {STATUS_BOUND, "the scenario was still running after --timeout"},
    {STATUS_INTERRUPTED, "interrupted"},
    {STATUS_PASSED, NULL},
};

const struct command cmd_fit = {
    .name = "fit",
    .operands = "BUFFER...|FILE.lua",
    .about = "which buffers can be shared, with which region, and what would work instead",
    .details = "A buffer is [COUNTx]SIZE, then where it is:\n"
               "\n"
               "  96            anywhere: it fits if it does at every address\n"
               "  96:32         at any multiple of 32, as an alignment in a program makes it\n"
               "  96@0x20002100 at this address\n"
               "  96@+0x100     so far from the start of a process's memory\n"
               "  7x64:64       seven of them\n"
               "\n"
               "Numbers are decimal or 0x, and k is 1024. All buffers are shared with one\n"
               "process, in the order given; or take a scenario, and the buffers are those that\n"
               "it shares. The answers are those of the board's own driver and protection unit.\n"
               "Several --board stand side by side; without any, buffers are tried on all\n"
               "built-in ones.\n"
               "\n"
               "  beyond   bytes outside of the buffer that the region opens as well\n"
               "  off      eighths of the region that are switched off\n"
               "  -> N:A   N bytes aligned to A would fit everywhere\n"
               "\n"
               "  ipcsim fit --board cortex-m4 96@+0x20 96@+0x100 100:4\n"
               "  ipcsim fit --board cortex-m4 --board cortex-m0p --board rv32-pmp 7x64:64\n"
               "  ipcsim fit 64:64\n"
               "  ipcsim fit scenarios/rot13.lua -P clients=7 --board rv32-pmp\n"
               "  ipcsim fit --json 1k:1k | jq '.[] | {board, fit}'\n",
    .statuses = statuses,
    .options.tables = {options_machine, options_timeout, options_json},
    .run = run,
};
