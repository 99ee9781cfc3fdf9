// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "option_print.h"

#include <string.h>

#include "../base/escape.h"
#include "options.h"

enum { HELP_COLUMN = 28 };

static void print_help_of(FILE *out, const struct option_spec *spec)
{
    char head[64];
    const char *line = spec->help;
    int length = snprintf(head, sizeof head, "  %c%c%s%s%s%s", spec->letter ? '-' : ' ',
                          spec->letter ? spec->letter : ' ', spec->letter ? ", " : "  ", spec->flag,
                          spec->argument ? " " : "", spec->argument ? spec->argument : "");

    fprintf(out, "%s%*s", head, length < HELP_COLUMN ? HELP_COLUMN - length : 1, "");
    for (const char *end; (end = strchr(line, '\n')) != NULL; line = end + 1)
        fprintf(out, "%.*s\n%*s", (int)(end - line), line, HELP_COLUMN, "");
    fprintf(out, "%s\n", line);
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
