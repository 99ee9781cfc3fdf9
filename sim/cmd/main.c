// SPDX-License-Identifier: Apache-2.0 OR MIT
// The program: which commands there are, and what comes before and after each.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../base/count_of.h"
#include "../base/help_row.h"
#include "../base/nearest.h"
#include "../base/version.h"
#include "../host/environment.h"
#include "../host/output.h"
#include "../host/terminal.h"
#include "../session/command.h"
#include "../session/option_print.h"
#include "../session/options.h"

// X(name): each is a file, cmd_NAME.c. In the order of the help.
#define COMMANDS(X)                                                                                \
    X(run)                                                                                         \
    X(check)                                                                                       \
    X(diff)                                                                                        \
    X(list)                                                                                        \
    X(boards)                                                                                      \
    X(fit)                                                                                         \
    X(bench)                                                                                       \
    X(vector)

#define X(name) extern const struct command cmd_##name;
COMMANDS(X)
#undef X

static const struct command *const commands[] = {
#define X(name) &cmd_##name,
    COMMANDS(X)
#undef X
};

static const struct command *find_command(const char *name)
{
    for (size_t i = 0; i < COUNT_OF(commands); i++)
        if (strcmp(name, commands[i]->name) == 0)
            return commands[i];
    return NULL;
}

// ---- help

enum { STATUS_COLUMN = 7 };

static void print_status(FILE *out, enum exit_status status, const char *text)
{
    char head[16];

    snprintf(head, sizeof head, "  %d", (int)status);
    help_row_print(out, head, STATUS_COLUMN, text);
}

static void print_all_statuses(FILE *out)
{
    fputs("\nexit status:\n", out);
#define X(NAME, number, text) print_status(out, STATUS_##NAME, text);
    EXIT_STATUSES(X)
#undef X
}

static void print_statuses(FILE *out, const struct status_text *statuses)
{
    fputs("\nexit status:\n", out);
    for (; statuses->text; statuses++)
        print_status(out, statuses->status, statuses->text);
}

static size_t longest(size_t a, const char *text)
{
    size_t b = strlen(text);

    return a > b ? a : b;
}

static void print_commands(FILE *out)
{
    char head[HELP_WIDTH];
    size_t name = 0;
    size_t operands = 0;

    for (size_t i = 0; i < COUNT_OF(commands); i++) {
        name = longest(name, commands[i]->name);
        operands = longest(operands, commands[i]->operands);
    }
    for (size_t i = 0; i < COUNT_OF(commands); i++) {
        snprintf(head, sizeof head, "  %-*s  %s", (int)name, commands[i]->name,
                 commands[i]->operands);
        help_row_print(out, head, 2 + name + 2 + operands + 2, commands[i]->about);
    }
}

static void print_help(FILE *out)
{
    fputs("Runs the IPC mechanism of the Tock operating system: real kernel code,\n"
          "simulated processes, a modelled memory protection unit, every upcall on record.\n"
          "\n"
          "usage: ipcsim COMMAND [OPTION...] ...\n"
          "\n",
          out);
    print_commands(out);
    fputs("\n"
          "  ipcsim COMMAND --help   more about one of them, and its options;\n"
          "                          the same as ipcsim help COMMAND\n"
          "  ipcsim --version        which version this is\n",
          out);
    print_all_statuses(out);
}

static void print_command_help(FILE *out, const struct command *command)
{
    fprintf(out, "%s\n\nusage: ipcsim %s [OPTION...]%s%s\n\n%s\noptions:\n", command->about,
            command->name, command->operands[0] != '\0' ? " " : "", command->operands,
            command->details);
    options_print_help(out, &command->options);
    print_statuses(out, command->statuses);
}

// ---- words for people

static enum exit_status refuse_command(const char *name)
{
    const char *names[COUNT_OF(commands)];
    struct message error;

    for (size_t i = 0; i < COUNT_OF(commands); i++)
        names[i] = commands[i]->name;
    nearest_refuse(&error, name[0] == '-' ? "option" : "command", name, names, COUNT_OF(names));
    return command_refuse(error.text);
}

// ---- running one

static bool wants_color(enum color_mode mode)
{
    const char *no_color = getenv("NO_COLOR");
    const char *terminal = getenv("TERM");

    if (mode != COLOR_AUTO)
        return mode == COLOR_ALWAYS;
    return (!no_color || no_color[0] == '\0') && (!terminal || strcmp(terminal, "dumb") != 0) &&
           host_is_terminal(STDOUT_FILENO);
}

static int run_command(const struct command *command, const char *program, int argc, char **argv,
                       struct output *output)
{
    struct options options;
    struct message error;
    int status = STATUS_PASSED;

    if (!options_parse(&options, program, &command->options, argc, argv, &error)) {
        fprintf(stderr, "ipcsim %s: %s\n", command->name, error.text);
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

    if (!about || about[0] == '-') {
        print_help(output->file);
        return STATUS_PASSED;
    }
    command = find_command(about);
    if (!command)
        return (int)refuse_command(about);
    print_command_help(output->file, command);
    return STATUS_PASSED;
}

static int dispatch(int argc, char **argv, struct output *output)
{
    const char *name = argc > 1 ? argv[1] : "";
    const struct command *command = find_command(name);

    if (command)
        return run_command(command, argv[0], argc - 1, argv + 1, output);
    if (strcmp(name, "--version") == 0) {
        fprintf(output->file, "ipcsim %s\n", IPCSIM_VERSION);
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

    if (output_error(output, text, sizeof text))
        fprintf(stderr, "ipcsim: %s\n", text);
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
