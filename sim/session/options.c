// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "options.h"

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../base/allocate.h"
#include "../base/nearest.h"
#include "../lua/board_open.h"
#include "../lua/scenario.h"

enum { MOST_JOBS = 256, HELP_COLUMN = 28 };

#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])

struct option_spec {
    const char *flag;     // its long form
    char letter;          // 0: none
    const char *argument; // as help shows it, NULL: takes none
    unsigned groups;
    bool changes_run; // belongs into a replay
    bool for_parent;  // a worker does without
    const char *help; // NULL: not shown; a new line starts after \n
    // Sets what it is for. False with `error` set: a wrong value. NULL: it only switches
    // on the bool at `switches_on`.
    bool (*apply)(struct options *options, const char *value, struct message *error);
    size_t switches_on;
};

static bool read_number(const char *text, uint64_t least, uint64_t most, uint64_t *number,
                        struct message *error)
{
    char *end;

    errno = 0;
    unsigned long long value = strtoull(text, &end, 10);
    if (!isdigit((unsigned char)text[0]) || *end != '\0' || errno != 0 || value < least ||
        value > most) {
        message_set(error, "'%.64s' is not a whole number from %llu to %llu", text,
                    (unsigned long long)least, (unsigned long long)most);
        return false;
    }
    *number = value;
    return true;
}

// The place of `value` in `names`.
static bool read_name(const char *kind, const char *value, const char *const *names, size_t count,
                      size_t *place, struct message *error)
{
    for (*place = 0; *place < count; ++*place)
        if (strcmp(value, names[*place]) == 0)
            return true;
    nearest_refuse(error, kind, value, names, count);
    return false;
}

static bool apply_param(struct options *options, const char *value, struct message *error)
{
    const char *equals = strchr(value, '=');

    if (equals == NULL || equals == value) {
        message_set(error, "'%.64s' is not name=value", value);
        return false;
    }
    options->settings[options->setting_count++] = (struct param_setting){
        .name = allocate_text(value, (size_t)(equals - value)),
        .value = equals + 1,
    };
    return true;
}

static bool apply_num_procs(struct options *options, const char *value, struct message *error)
{
    uint64_t number;

    if (!read_number(value, 1, MAX_PROCESSES, &number, error))
        return false;
    options->request.num_procs = (uint32_t)number;
    return true;
}

static bool apply_board(struct options *options, const char *value, struct message *error)
{
    struct board *board = allocate(1, sizeof *board);

    options->boards[options->board_count++] = board;
    options->request.board = board;
    return board_open(value, NULL, board, error);
}

static bool apply_sched(struct options *options, const char *value, struct message *error)
{
    return run_request_sched(&options->request, value, error);
}

static bool apply_fault(struct options *options, const char *value, struct message *error)
{
    return run_request_fault(&options->request, value, error);
}

static bool apply_seed(struct options *options, const char *value, struct message *error)
{
    return read_number(value, 0, UINT64_MAX, &options->request.seed, error);
}

static bool apply_until(struct options *options, const char *value, struct message *error)
{
    return read_number(value, 1, RUN_MOST_US, &options->request.until_us, error);
}

static bool apply_cost_scale(struct options *options, const char *value, struct message *error)
{
    char *end;
    double scale = strtod(value, &end);

    if (end == value || *end != '\0' || !isfinite(scale) || scale < 0.01 || scale > 100) {
        message_set(error, "'%.64s' is not a number from 0.01 to 100", value);
        return false;
    }
    options->request.cost_scale = scale;
    return true;
}

static bool apply_timeout(struct options *options, const char *value, struct message *error)
{
    char *end;
    double seconds = strtod(value, &end);

    if (end == value || *end != '\0' || !isfinite(seconds) || seconds < 0.001 || seconds > 1e6) {
        message_set(error, "'%.64s' is not a number of seconds from 0.001 to 1000000", value);
        return false;
    }
    options->timeout_seconds = seconds;
    return true;
}

static bool apply_db(struct options *options, const char *value, struct message *error)
{
    if (value[0] == '\0') {
        message_set(error, "give the name of a file");
        return false;
    }
    if (strcmp(value, ":memory:") == 0) {
        message_set(error, "a record in memory would be gone with the run; give the name of a "
                           "file, or --no-db");
        return false;
    }
    options->db = value;
    return true;
}

static bool apply_no_db(struct options *options, const char *value, struct message *error)
{
    (void)value;
    (void)error;
    options->db = NULL;
    return true;
}

static bool apply_junit(struct options *options, const char *value, struct message *error)
{
    if (value[0] == '\0') {
        message_set(error, "give the name of a file");
        return false;
    }
    options->junit = value;
    return true;
}

static bool apply_trace(struct options *options, const char *value, struct message *error)
{
    static const char *const names[] = {
#define X(NAME, name) #name,
        TRACE_FORMATS(X)
#undef X
    };
    size_t place;

    if (!read_name("trace format", value, names, COUNT_OF(names), &place, error))
        return false;
    options->trace = (enum trace_format)place;
    return true;
}

static bool apply_jobs(struct options *options, const char *value, struct message *error)
{
    uint64_t number;

    if (!read_number(value, 1, MOST_JOBS, &number, error))
        return false;
    options->jobs = (uint32_t)number;
    return true;
}

static bool apply_color(struct options *options, const char *value, struct message *error)
{
    static const char *const names[] = {
#define X(NAME, name) #name,
        COLOR_MODES(X)
#undef X
    };
    size_t place;

    if (!read_name("colour mode", value, names, COUNT_OF(names), &place, error))
        return false;
    options->color = (enum color_mode)place;
    return true;
}

static const struct option_spec specs[] = {
    {.flag = "--param",
     .letter = 'P',
     .argument = "NAME=VALUE",
     .groups = OPTIONS_RUNNING | OPTIONS_FIT,
     .changes_run = true,
     .help = "set a parameter of the scenario; repeatable",
     .apply = apply_param},
    {.flag = "--num-procs",
     .argument = "N",
     .groups = OPTIONS_RUNNING | OPTIONS_FIT,
     .changes_run = true,
     .help = "the kernel's NUM_PROCS, 1 to 255; default: as many as\nthe scenario has processes",
     .apply = apply_num_procs},
    {.flag = "--board",
     .argument = "NAME|FILE",
     .groups = OPTIONS_RUNNING | OPTIONS_FIT,
     .changes_run = true,
     .help = "default: " RUN_DEFAULT_BOARD "; `ipcsim boards` lists them; or a\n"
             "file with one of your own, such as ./myboard.lua",
     .apply = apply_board},
    {.flag = "--sched",
     .argument = "NAME",
     .groups = OPTIONS_RUNNING | OPTIONS_FIT,
     .changes_run = true,
     .help = "round_robin (default), cooperative, priority or mlfq",
     .apply = apply_sched},
    {.flag = "--fault",
     .argument = "POLICY",
     .groups = OPTIONS_RUNNING | OPTIONS_FIT,
     .changes_run = true,
     .help = "what a fault of a process leads to: stop (default),\n"
             "restart, restart:N (N + 1 times, then stop) or panic.\n"
             "Tock's boards panic; here the others run on, so that\n"
             "what a fault does to them shows",
     .apply = apply_fault},
    {.flag = "--seed",
     .argument = "N",
     .groups = OPTIONS_RUNNING | OPTIONS_FIT,
     .changes_run = true,
     .help = "for everything random; default: 0",
     .apply = apply_seed},
    {.flag = "--until",
     .argument = "US",
     .groups = OPTIONS_RUNNING | OPTIONS_FIT,
     .changes_run = true,
     .help = "end at this simulated time, in microseconds",
     .apply = apply_until},
    {.flag = "--cost-scale",
     .argument = "N",
     .groups = OPTIONS_RUNNING,
     .changes_run = true,
     .help = "the kernel and scripts take N times the board's simulated\n"
             "time, 0.01 to 100: a slower or a faster chip",
     .apply = apply_cost_scale},
    {.flag = "--db",
     .argument = "FILE",
     .groups = OPTIONS_RUNNING,
     .help = "record into this SQLite database; default: ipcsim.db",
     .apply = apply_db},
    {.flag = "--no-db", .groups = OPTIONS_RUNNING, .help = "do not record", .apply = apply_no_db},
    {.flag = "--trace",
     .argument = "FORMAT",
     .groups = OPTIONS_TRACING,
     .help = "text (default for one scenario), jsonl, or none\n(default for several)",
     .apply = apply_trace},
    {.flag = "--jobs",
     .letter = 'j',
     .argument = "N",
     .groups = OPTIONS_RUNNING,
     .for_parent = true,
     .help = "run up to N scenarios at once; default: 1",
     .apply = apply_jobs},
    {.flag = "--timeout",
     .argument = "SECONDS",
     .groups = OPTIONS_RUNNING | OPTIONS_FIT,
     .help = "stop a scenario after this much wall-clock time",
     .apply = apply_timeout},
    {.flag = "--color",
     .argument = "WHEN",
     .groups = OPTIONS_RUNNING | OPTIONS_COLOR,
     .for_parent = true,
     .help = "auto (default: on a terminal, unless NO_COLOR is set),\nalways or never",
     .apply = apply_color},
    {.flag = "--update",
     .groups = OPTIONS_CHECKING,
     .for_parent = true,
     .help = "accept what differs: write the golden traces anew",
     .switches_on = offsetof(struct options, update)},
    {.flag = "--review",
     .groups = OPTIONS_CHECKING,
     .for_parent = true,
     .help = "ask about each difference, on a terminal",
     .switches_on = offsetof(struct options, review)},
    {.flag = "--unreferenced",
     .groups = OPTIONS_CHECKING,
     .for_parent = true,
     .help = "report golden traces that no scenario asks for;\nwith --update, remove them",
     .switches_on = offsetof(struct options, unreferenced)},
    {.flag = "--junit",
     .argument = "FILE",
     .groups = OPTIONS_CHECKING,
     .for_parent = true,
     .help = "write the results to this file as JUnit XML, too",
     .apply = apply_junit},
    {.flag = "--tap",
     .groups = OPTIONS_CHECKING,
     .for_parent = true,
     .help = "print the results as TAP, version 14",
     .switches_on = offsetof(struct options, tap)},
    {.flag = "--worker",
     .groups = OPTIONS_RUNNING,
     .for_parent = true,
     .switches_on = offsetof(struct options, is_worker)},
    {.flag = "--quick",
     .groups = OPTIONS_BENCH,
     .help = "measure less, and fail if a ratio is far from its goal",
     .switches_on = offsetof(struct options, quick)},
    {.flag = "--json",
     .groups = OPTIONS_BENCH | OPTIONS_LISTING | OPTIONS_FIT,
     .help = "print it as JSON, for programs",
     .switches_on = offsetof(struct options, json)},
    {.flag = "--help",
     .letter = 'h',
     .groups = OPTIONS_ALL,
     .help = "show this help",
     .switches_on = offsetof(struct options, help)},
};

// What getopt_long wants to know: `chosen` are the specs of the command's groups, and
// a long option's value is its place among them plus FIRST_LONG.
enum { FIRST_LONG = 256 };

struct parser {
    const struct option_spec *chosen[COUNT_OF(specs)];
    const char *names[COUNT_OF(specs)]; // of those that help shows
    size_t count;
    size_t name_count;
    struct option table[COUNT_OF(specs) + 1];
    char letters[2 * COUNT_OF(specs) + 2];
};

static void add_letter(struct parser *parser, const struct option_spec *spec)
{
    size_t length = strlen(parser->letters);

    if (spec->letter == '\0')
        return;
    parser->letters[length++] = spec->letter;
    if (spec->argument != NULL)
        parser->letters[length++] = ':';
    parser->letters[length] = '\0';
}

static void parser_init(struct parser *parser, unsigned groups)
{
    *parser = (struct parser){.letters = ":"};
    for (size_t i = 0; i < COUNT_OF(specs); i++) {
        const struct option_spec *spec = &specs[i];

        if ((spec->groups & groups) == 0)
            continue;
        if (spec->help != NULL)
            parser->names[parser->name_count++] = spec->flag + 2;
        parser->table[parser->count] =
            (struct option){.name = spec->flag + 2,
                            .has_arg = spec->argument ? required_argument : no_argument,
                            .val = FIRST_LONG + (int)parser->count};
        parser->chosen[parser->count++] = spec;
        add_letter(parser, spec);
    }
}

// The spec that a value of getopt_long stands for, NULL: none.
static const struct option_spec *find_spec(const struct parser *parser, int value)
{
    if (value >= FIRST_LONG)
        return parser->chosen[value - FIRST_LONG];
    for (size_t i = 0; i < parser->count; i++)
        if (value != 0 && parser->chosen[i]->letter == value)
            return parser->chosen[i];
    return NULL;
}

static void refuse_unknown(const struct parser *parser, const char *word, struct message *error)
{
    char bare[64];
    const char *start = word + strspn(word, "-");

    (void)snprintf(bare, sizeof bare, "%.*s", (int)strcspn(start, "="), start);
    const char *nearest = nearest_find(bare, parser->names, parser->name_count);
    if (nearest != NULL)
        message_set(error, "unknown option '--%s'; did you mean '--%s'?", bare, nearest);
    else
        message_set(error, "unknown option '--%s'; --help lists them", bare);
}

// getopt_long answered ':' (a value is missing) or '?' (anything else is wrong).
static void refuse_option(const struct parser *parser, int answer, char **argv,
                          struct message *error)
{
    const struct option_spec *spec = find_spec(parser, optopt);

    if (answer == ':' && spec != NULL)
        message_set(error, "option %s needs a value: %s", spec->flag, spec->argument);
    else if (spec != NULL)
        message_set(error, "option %s takes no value", spec->flag);
    else if (optopt != 0)
        message_set(error, "unknown option '-%c'; --help lists them", optopt);
    else
        refuse_unknown(parser, argv[optind - 1], error);
}

static bool take_option(struct options *options, const struct option_spec *spec, const char *value,
                        struct message *error)
{
    struct message why;

    options->given[options->given_count++] = (struct given_option){.spec = spec, .value = value};
    if (spec->apply == NULL) {
        *((bool *)((char *)options + spec->switches_on)) = true;
        return true;
    }
    if (spec->apply(options, value, &why))
        return true;
    message_set(error, "%s: %s", spec->flag, why.text);
    return false;
}

static void set_defaults(struct options *options, const char *program, size_t argc)
{
    *options = (struct options){.program = program, .db = "ipcsim.db", .trace = TRACE_UNSAID};
    options->jobs = 1;
    options->settings = allocate(argc, sizeof *options->settings);
    options->boards = allocate(argc, sizeof *options->boards);
    options->given = allocate(argc, sizeof *options->given);
}

bool options_parse(struct options *options, const char *program, unsigned groups, int argc,
                   char **argv, struct message *error)
{
    struct parser parser;
    int answer;

    parser_init(&parser, groups | OPTIONS_ALL);
    set_defaults(options, program, (size_t)argc);
    optind = 0; // getopt_long starts anew
    opterr = 0;
    while ((answer = getopt_long(argc, argv, parser.letters, parser.table, NULL)) != -1) {
        const struct option_spec *spec = find_spec(&parser, answer);

        if (spec == NULL) {
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

    return options->setting_count > 0 || request->board != NULL || request->sched != NULL ||
           request->fault != NULL || request->num_procs != 0 || request->until_us != 0 ||
           request->seed != 0;
}

void options_copy(struct options *copy, const struct options *original)
{
    *copy = *original;
    copy->settings = allocate(original->setting_count + OPTIONS_MORE, sizeof *copy->settings);
    copy->boards = allocate(OPTIONS_MORE, sizeof *copy->boards);
    copy->board_count = 0;
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
    size_t i = 0;

    while (strcmp(specs[i].flag, flag) != 0)
        i++;
    return take_option(options, &specs[i], value, error);
}

void options_free(struct options *options)
{
    for (size_t i = 0; i < options->setting_count; i++)
        free((void *)(uintptr_t)options->settings[i].name);
    free(options->settings);
    for (size_t i = 0; i < options->board_count; i++)
        free(options->boards[i]);
    free(options->boards);
    free(options->given);
}

static void print_help_of(FILE *out, const struct option_spec *spec)
{
    char head[64];
    const char *line = spec->help;
    int length = snprintf(head, sizeof head, "  %c%c%s%s%s%s", spec->letter ? '-' : ' ',
                          spec->letter ? spec->letter : ' ', spec->letter ? ", " : "  ", spec->flag,
                          spec->argument ? " " : "", spec->argument ? spec->argument : "");

    (void)fprintf(out, "%s%*s", head, length < HELP_COLUMN ? HELP_COLUMN - length : 1, "");
    for (const char *end; (end = strchr(line, '\n')) != NULL; line = end + 1)
        (void)fprintf(out, "%.*s\n%*s", (int)(end - line), line, HELP_COLUMN, "");
    (void)fprintf(out, "%s\n", line);
}

void options_print_help(FILE *out, unsigned groups)
{
    for (size_t i = 0; i < COUNT_OF(specs); i++)
        if ((specs[i].groups & groups) != 0 && specs[i].help != NULL)
            print_help_of(out, &specs[i]);
}

void options_print_quoted(FILE *out, const char *word)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "_@%+=:,./-";

    if (word[0] != '\0' && word[strspn(word, plain)] == '\0') {
        (void)fputs(word, out);
        return;
    }
    (void)fputc('\'', out);
    for (; *word != '\0'; word++)
        (void)fputs(*word == '\'' ? "'\\''" : (char[]){*word, '\0'}, out);
    (void)fputc('\'', out);
}

static void print_command(FILE *out, const struct options *options, const char *command,
                          const char *path)
{
    options_print_quoted(out, options->program);
    (void)fprintf(out, " %s ", command);
    if (path[0] == '-')
        (void)fputs("./", out);
    options_print_quoted(out, path);
    for (size_t i = 0; i < options->given_count; i++) {
        const struct given_option *given = &options->given[i];

        if (!given->spec->changes_run)
            continue;
        if (given->spec->letter != '\0')
            (void)fprintf(out, " -%c ", given->spec->letter);
        else
            (void)fprintf(out, " %s ", given->spec->flag);
        options_print_quoted(out, given->value);
    }
}

void options_print_command(FILE *out, const struct options *options, const char *command,
                           const char *path)
{
    print_command(out, options, command, path);
    (void)fputc('\n', out);
}

void options_print_replay(FILE *out, const struct options *options, const char *path)
{
    print_command(out, options, "run", path);
    (void)fprintf(out, "%s\n", options->db == NULL ? " --no-db" : "");
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
        if (given->value != NULL)
            list[n++] = argument(given->value);
    }
    list[n++] = argument("--");
    list[n++] = argument(path);
    return list;
}
