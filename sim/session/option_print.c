// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "option_print.h"

#include "../base/escape.h"
#include "../base/help_row.h"
#include "options.h"

enum { HELP_COLUMN = 28 };

static void print_help_of(FILE *out, const struct option_spec *spec)
{
    char head[64];

    snprintf(head, sizeof head, "  %c%c%s%s%s%s", spec->letter ? '-' : ' ',
             spec->letter ? spec->letter : ' ', spec->letter ? ", " : "  ", spec->flag,
             spec->argument ? " " : "", spec->argument ? spec->argument : "");
    help_row_print(out, head, HELP_COLUMN, spec->help);
}

void options_print_help(FILE *out, const struct option_set *set)
{
    const struct option_spec *spec;

    for (size_t i = 0; (spec = option_at(set, i)) != NULL; i++)
        if (spec->help)
            print_help_of(out, spec);
}

static void print_command(FILE *out, const struct options *options, const char *command,
                          const char *path)
{
    escape_shell_word(out, options->program);
    fprintf(out, " %s ", command);
    if (path[0] == '-')
        fputs("./", out);
    escape_shell_word(out, path);
    for (size_t i = 0; i < options->given_count; i++) {
        const struct given_option *given = &options->given[i];

        if (!given->spec->changes_run)
            continue;
        if (given->spec->letter != '\0')
            fprintf(out, " -%c ", given->spec->letter);
        else
            fprintf(out, " %s ", given->spec->flag);
        escape_shell_word(out, given->value);
    }
}

void options_print_command(FILE *out, const struct options *options, const char *command,
                           const char *path)
{
    print_command(out, options, command, path);
    fputc('\n', out);
}

void options_print_replay(FILE *out, const struct options *options, const char *path)
{
    print_command(out, options, "run", path);
    fprintf(out, "%s\n", !options->db ? " --no-db" : "");
}
