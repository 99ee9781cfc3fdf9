// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "options.h"

#include <assert.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/allocate.h"
#include "../base/nearest.h"
#include "../lua/scenario.h"
#include "option_table.h"

// What getopt_long wants to know: a long option's value is its place in the command's set plus
// FIRST_LONG.
enum { FIRST_LONG = 256, MOST_OPTIONS = 40 };

struct parser {
    const struct option_set *set;
    const char *names[MOST_OPTIONS]; // of those that help shows
    size_t name_count;
    struct option table[MOST_OPTIONS + 1];
    char letters[2 * MOST_OPTIONS + 2];
};

static void add_letter(struct parser *parser, const struct option_spec *spec)
{
    size_t length = strlen(parser->letters);

    if (spec->letter == '\0')
        return;
    parser->letters[length++] = spec->letter;
    if (spec->argument)
        parser->letters[length++] = ':';
    parser->letters[length] = '\0';
}

static void parser_init(struct parser *parser, const struct option_set *set)
{
    const struct option_spec *spec;

    *parser = (struct parser){.set = set, .letters = ":"};
    for (size_t i = 0; (spec = option_at(set, i)) != NULL; i++) {
        assert(i < MOST_OPTIONS);
        if (spec->help)
            parser->names[parser->name_count++] = spec->flag + 2;
        parser->table[i] =
            (struct option){.name = spec->flag + 2,
                            .has_arg = spec->argument ? required_argument : no_argument,
                            .val = FIRST_LONG + (int)i};
        add_letter(parser, spec);
    }
}

// The spec that a value of getopt_long stands for, NULL: none.
static const struct option_spec *find_spec(const struct parser *parser, int value)
{
    const struct option_spec *spec;

    if (value >= FIRST_LONG)
        return option_at(parser->set, (size_t)(value - FIRST_LONG));
    for (size_t i = 0; (spec = option_at(parser->set, i)) != NULL; i++)
        if (value != 0 && spec->letter == value)
            return spec;
    return NULL;
}

static void refuse_unknown(const struct parser *parser, const char *word, struct message *error)
{
    char bare[64];
    const char *start = word + strspn(word, "-");

    snprintf(bare, sizeof bare, "%.*s", (int)strcspn(start, "="), start);
    const char *nearest = nearest_find(bare, parser->names, parser->name_count);
    if (nearest)
        message_set(error, "unknown option '--%s'; did you mean '--%s'?", bare, nearest);
    else
        message_set(error, "unknown option '--%s'; --help lists them", bare);
}

// getopt_long answered ':' (a value is missing) or '?' (anything else is wrong).
static void refuse_option(const struct parser *parser, int answer, char **argv,
                          struct message *error)
{
    const struct option_spec *spec = find_spec(parser, optopt);

    if (answer == ':' && spec)
        message_set(error, "option %s needs a value: %s", spec->flag, spec->argument);
    else if (spec)
        message_set(error, "option %s takes no value", spec->flag);
    else if (optopt != 0)
        message_set(error, "unknown option '-%c'; --help lists them", optopt);
    else
        refuse_unknown(parser, argv[optind - 1], error);
}

static void switch_on(struct options *options, const struct option_spec *spec)
{
    char *values = spec->is_own ? options->own : (char *)options;

    *(bool *)(values + spec->switches_on) = true;
}

static bool take_option(struct options *options, const struct option_spec *spec, const char *value,
                        struct message *error)
{
    struct message why;

    options->given[options->given_count++] = (struct given_option){.spec = spec, .value = value};
    if (!spec->apply) {
        switch_on(options, spec);
        return true;
    }
    if (spec->apply(options, value, &why))
        return true;
    message_set(error, "%s: %s", spec->flag, why.text);
    return false;
}

static void set_defaults(struct options *options, const char *program, size_t own_size, size_t argc)
{
    *options = (struct options){.program = program, .db = "ipcsim.db", .trace = TRACE_UNSAID};
    options->jobs = 1;
    options->own = allocate(1, own_size);
    options->settings = allocate(argc, sizeof *options->settings);
    options->boards = allocate(argc, sizeof *options->boards);
    options->only = allocate(argc, sizeof *options->only);
    options->given = allocate(argc, sizeof *options->given);
}

bool options_parse(struct options *options, const char *program, const struct option_set *set,
                   int argc, char **argv, struct message *error)
{
    struct parser parser;
    int answer;

    parser_init(&parser, set);
    set_defaults(options, program, set->own_size, (size_t)argc);
    optind = 0; // getopt_long starts anew
    opterr = 0;
    while ((answer = getopt_long(argc, argv, parser.letters, parser.table, NULL)) != -1) {
        const struct option_spec *spec = find_spec(&parser, answer);

        if (!spec) {
            refuse_option(&parser, answer, argv, error);
            return false;
        }
        if (!take_option(options, spec, optarg, error))
            return false;
        if (options->help)
            break;
    }
    options->operands = (const char *const *)argv + optind;
    options->operand_count = (size_t)(argc - optind);
    return true;
}

// ---- more than what was given

bool options_change_run(const struct options *options)
{
    const struct run_request *request = &options->request;

    return options->setting_count > 0 || request->board || request->sched || request->fault ||
           request->num_procs != 0 || request->until_us != 0 || request->seed != 0;
}

void options_copy(struct options *copy, const struct options *original)
{
    *copy = *original;
    copy->own = NULL;
    copy->settings = allocate(original->setting_count + OPTIONS_MORE, sizeof *copy->settings);
    copy->boards = allocate(OPTIONS_MORE, sizeof *copy->boards);
    copy->board_count = 0;
    copy->only = NULL; // no trace is shown of what a copy is made for
    copy->only_count = 0;
    copy->given = allocate(original->given_count + OPTIONS_MORE, sizeof *copy->given);
    memcpy(copy->given, original->given, original->given_count * sizeof *copy->given);
    for (size_t i = 0; i < original->setting_count; i++) {
        const struct param_setting *setting = &original->settings[i];

        copy->settings[i] = (struct param_setting){
            .name = allocate_text(setting->name, strlen(setting->name)), .value = setting->value};
    }
}

bool options_give(struct options *options, const char *flag, const char *value,
                  struct message *error)
{
    return take_option(options, option_named(options_machine, flag), value, error);
}

void options_free(struct options *options)
{
    for (size_t i = 0; i < options->setting_count; i++)
        free((void *)(uintptr_t)options->settings[i].name);
    free(options->settings);
    for (size_t i = 0; i < options->board_count; i++)
        free(options->boards[i]);
    free(options->boards);
    free(options->only);
    free(options->given);
    free(options->own);
}

// Getopt wants char *, and changes nothing.
static char *argument(const char *text)
{
    return (char *)(uintptr_t)text;
}

char **options_worker_arguments(const struct options *options, const char *command,
                                const char *path, bool color)
{
    char **list = allocate(7 + 2 * options->given_count, sizeof *list);
    size_t n = 0;

    list[n++] = argument(options->program);
    list[n++] = argument(command);
    list[n++] = argument("--worker");
    list[n++] = argument(color ? "--color=always" : "--color=never");
    for (size_t i = 0; i < options->given_count; i++) {
        const struct given_option *given = &options->given[i];

        if (given->spec->for_parent)
            continue;
        list[n++] = argument(given->spec->flag);
        if (given->value)
            list[n++] = argument(given->value);
    }
    list[n++] = argument("--");
    list[n++] = argument(path);
    return list;
}
