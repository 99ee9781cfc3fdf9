// SPDX-License-Identifier: Apache-2.0 OR MIT
// A board profile as a person writes it: a Lua table, in a file of its own or in the header
// of a scenario (docs/boards.md).
#include "board_file.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/allocate.h"
#include "../base/count_of.h"
#include "../base/nearest.h"
#include "board_table.h"
#include "program.h"

// ---- Where a field stands ----

// A table does not know its lines, so the source is looked through for `field =`.
struct reader {
    const char *at; // ends with a NUL
    uint32_t line;
};

static void step(struct reader *reader)
{
    reader->line += *reader->at == '\n';
    reader->at++;
}

// The level of the long bracket that begins here ("[[" 0, "[=[" 1), -1: none does.
static int long_bracket(const char *at)
{
    int level = (int)strspn(at + 1, "=");

    return at[0] == '[' && at[1 + level] == '[' ? level : -1;
}

static void skip_long(struct reader *reader, int level)
{
    for (; *reader->at != '\0'; step(reader))
        if (reader->at[0] == ']' && (int)strspn(reader->at + 1, "=") == level &&
            reader->at[1 + level] == ']')
            break;
    for (int i = 0; i < level + 2 && *reader->at != '\0'; i++)
        step(reader);
}

static void skip_quoted(struct reader *reader, char quote)
{
    for (step(reader); *reader->at != '\0' && *reader->at != quote; step(reader))
        if (reader->at[0] == '\\' && reader->at[1] != '\0')
            step(reader);
    if (*reader->at != '\0')
        step(reader);
}

static void skip_comment(struct reader *reader)
{
    int level;

    reader->at += 2;
    level = long_bracket(reader->at);
    if (level >= 0)
        skip_long(reader, level);
    else
        while (*reader->at != '\0' && *reader->at != '\n')
            step(reader);
}

// Behind what is no word: a comment, a text, any other character.
static void skip_other(struct reader *reader)
{
    int level = long_bracket(reader->at);

    if (strncmp(reader->at, "--", 2) == 0)
        skip_comment(reader);
    else if (*reader->at == '"' || *reader->at == '\'')
        skip_quoted(reader, *reader->at);
    else if (level >= 0)
        skip_long(reader, level);
    else
        step(reader);
}

static bool is_assigned(const char *at)
{
    at += strspn(at, " \t\r\n");
    return at[0] == '=' && at[1] != '=';
}

// Goes on to behind the next `name =`; its line, 0: there is none.
static uint32_t find_assigned(struct reader *reader, const char *name, size_t length)
{
    while (*reader->at != '\0') {
        const char *word = reader->at;
        size_t size = 0;

        while (isalnum((unsigned char)word[size]) || word[size] == '_')
            size++;
        if (size == 0) {
            skip_other(reader);
            continue;
        }
        reader->at += size;
        if (size == length && memcmp(word, name, size) == 0 && is_assigned(reader->at))
            return reader->line;
    }
    return 0;
}

// A table in a script, and the board that it is to become.
struct table {
    lua_State *L;
    int index; // of the table on the stack
    const char *source;
    uint32_t line;   // from where on it stands
    const char *key; // under which it stands there; NULL: it is the file
    struct board *board;
};

static void go_to_line(struct reader *reader, uint32_t line)
{
    while (*reader->at != '\0' && reader->line < line)
        step(reader);
}

// The line of a field such as "regions" or "ram.size"; where it is not found, that of the
// nearest thing around it that is.
static uint32_t line_of(const struct table *table, const char *field)
{
    struct reader reader = {table->source, 1};
    const char *dot = strchr(field, '.');
    uint32_t best = table->key ? table->line : 0;
    uint32_t line;

    go_to_line(&reader, table->line);
    if (table->key && find_assigned(&reader, table->key, strlen(table->key)) == 0)
        return best;
    line = find_assigned(&reader, field, dot ? (size_t)(dot - field) : strlen(field));
    if (line == 0)
        return best;
    best = line;
    line = dot ? find_assigned(&reader, dot + 1, strlen(dot + 1)) : 0;
    return line > 0 ? line : best;
}

__attribute__((format(printf, 3, 4))) static _Noreturn void
refuse(const struct table *table, const char *field, const char *format, ...)
{
    const char *name = script_of(table->L)->program->short_name;
    uint32_t line = line_of(table, field);
    char text[512];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (line > 0)
        lua_pushfstring(table->L, "%s:%d: %s", name, (int)line, text);
    else
        lua_pushfstring(table->L, "%s: %s", name, text);
    lua_error(table->L);
    abort(); // lua_error does not return, but does not say so
}

// ---- Fields ----

// X(field, where it goes): those that are numbers.
#define NUMBER_FIELDS(X)                                                                           \
    X("regions", regions)                                                                          \
    X("min_region_size", min_region_size)                                                          \
    X("ram_regions", ram_regions)                                                                  \
    X("ram.start", ram_start)                                                                      \
    X("ram.size", ram_size)                                                                        \
    X("flash.start", flash_start)                                                                  \
    X("flash.size", flash_size)                                                                    \
    X("sizes.task", sizes.task)                                                                    \
    X("sizes.process_struct", sizes.process_struct)                                                \
    X("sizes.initial_app_brk", sizes.initial_app_brk)                                              \
    X("cost.cycles_per_us", cost.cycles_per_us)                                                    \
    X("cost.syscall", cost.syscall)                                                                \
    X("cost.context_switch", cost.context_switch)                                                  \
    X("cost.upcall", cost.upcall)                                                                  \
    X("cost.instruction", cost.instruction)

struct number_field {
    const char *name;
    size_t offset; // of a uint32_t in struct board
};

static const struct number_field number_fields[] = {
#define X(name, member) {name, offsetof(struct board, member)},
    NUMBER_FIELDS(X)
#undef X
};

static const char *const top_fields[] = {"about",           "base", "cost",        "flash",
                                         "min_region_size", "ram",  "ram_regions", "regions",
                                         "sizes",           "unit"};

// A field that has fields of its own, and an example.
struct group {
    const char *name;
    const char *example;
};

static const struct group groups[] = {
    {"ram", "{ start = 0x20000000, size = 65536 }"},
    {"flash", "{ start = 0x40000, size = 524288 }"},
    {"sizes", "{ process_struct = 880 }"},
    {"cost", "{ cycles_per_us = 64 }"},
};

// Pushes the value of a field, nil if it is not given. Groups are tables already.
static void push_field(const struct table *table, const char *field)
{
    const char *dot = strchr(field, '.');
    lua_State *L = table->L;

    if (!dot) {
        lua_getfield(L, table->index, field);
        return;
    }
    lua_pushlstring(L, field, (size_t)(dot - field));
    if (lua_gettable(L, table->index) == LUA_TTABLE) {
        lua_getfield(L, -1, dot + 1);
        lua_remove(L, -2);
    }
}

static bool has_field(const struct table *table, const char *field)
{
    push_field(table, field);
    bool is_given = !lua_isnil(table->L, -1);
    lua_pop(table->L, 1);
    return is_given;
}

static void check_group_fields(const struct table *table, const struct group *group)
{
    const char *names[COUNT_OF(number_fields)];
    size_t length = strlen(group->name);
    size_t count = 0;
    char kind[64];
    char field[128];
    struct message text;

    for (size_t i = 0; i < COUNT_OF(number_fields); i++)
        if (strncmp(number_fields[i].name, group->name, length) == 0 &&
            number_fields[i].name[length] == '.')
            names[count++] = number_fields[i].name + length + 1;
    const char *unknown = script_unknown_key(table->L, lua_gettop(table->L), names, count);
    if (!unknown)
        return;
    snprintf(kind, sizeof kind, "field of %s", group->name);
    snprintf(field, sizeof field, "%s.%.64s", group->name, unknown);
    nearest_refuse(&text, kind, unknown, names, count);
    refuse(table, field, "%s", text.text);
}

static void check_group(const struct table *table, const struct group *group)
{
    lua_State *L = table->L;

    lua_getfield(L, table->index, group->name);
    if (!lua_isnil(L, -1) && !lua_istable(L, -1))
        refuse(table, group->name, "%s: must be a table such as %s, not %s", group->name,
               group->example, script_kind(L, -1));
    if (lua_istable(L, -1))
        check_group_fields(table, group);
    lua_pop(L, 1);
}

static void check_fields(const struct table *table)
{
    const char *unknown =
        script_unknown_key(table->L, table->index, top_fields, COUNT_OF(top_fields));
    struct message text;

    if (unknown) {
        nearest_refuse(&text, "board field", unknown, top_fields, COUNT_OF(top_fields));
        refuse(table, unknown, "%s", text.text);
    }
    for (size_t i = 0; i < COUNT_OF(groups); i++)
        check_group(table, &groups[i]);
}

// The text under `field`, left on the stack; NULL, with nil there: it is not given.
static const char *push_text(const struct table *table, const char *field)
{
    push_field(table, field);
    if (!lua_isnil(table->L, -1) && lua_type(table->L, -1) != LUA_TSTRING)
        refuse(table, field, "%s: must be a text, not %s", field, script_kind(table->L, -1));
    return lua_tostring(table->L, -1);
}

static void take_number(const struct table *table, const struct number_field *field)
{
    lua_State *L = table->L;
    uint32_t *number = (uint32_t *)((char *)table->board + field->offset);
    int is_integer;
    lua_Integer value;

    push_field(table, field->name);
    if (lua_isnil(L, -1)) {
        lua_pop(L, 1);
        return;
    }
    value = lua_tointegerx(L, -1, &is_integer);
    if (lua_type(L, -1) != LUA_TNUMBER)
        refuse(table, field->name, "%s: must be a whole number, not %s", field->name,
               script_kind(L, -1));
    if (!is_integer)
        refuse(table, field->name, "%s: must be a whole number, not %s", field->name,
               lua_tostring(L, -1));
    if (value < 0 || value > UINT32_MAX)
        refuse(table, field->name,
               "%s: " LUA_INTEGER_FMT " does not fit into 32 bits, it must be from 0 to 4294967295",
               field->name, (LUAI_UACINT)value);
    *number = (uint32_t)value;
    lua_pop(L, 1);
}

// ---- The whole ----

static void take_base(const struct table *table)
{
    const char *name = push_text(table, "base");
    char own_name[BOARD_NAME_SIZE];
    const struct board *base;
    struct message error;

    if (!name) {
        lua_pop(table->L, 1);
        return;
    }
    base = board_find(name);
    if (!base) {
        board_refuse_name(name, &error);
        refuse(table, "base", "base: %s", error.text);
    }
    memcpy(own_name, table->board->name, sizeof own_name);
    *table->board = *base;
    memcpy(table->board->name, own_name, sizeof own_name);
    snprintf(table->board->about, sizeof table->board->about, "like %s", base->name);
    lua_pop(table->L, 1);
}

// Without a base, all that makes a unit and a memory must be there; the sizes and costs are
// those of a built-in board with that unit.
static void check_required(const struct table *table)
{
    static const char *const required[] = {
        "unit", "regions", "min_region_size", "ram.start", "ram.size", "flash.start", "flash.size"};
    bool needs_regions = table->board->unit != UNIT_NONE;

    for (size_t i = 0; i < COUNT_OF(required); i++) {
        bool is_needed = needs_regions || (i != 1 && i != 2);

        if (is_needed && !has_field(table, required[i]))
            refuse(table, required[i],
                   "%s: is missing; give it, or a board to take it from: base = \"cortex-m4\"",
                   required[i]);
    }
}

static void take_unit(const struct table *table, bool has_base)
{
    const char *name = push_text(table, "unit");
    struct board *board = table->board;
    struct message error;

    if (name && !board_find_unit(name, &board->unit, &error))
        refuse(table, "unit", "unit: %s", error.text);
    lua_pop(table->L, 1);
    if (has_base && name && board->unit == UNIT_NONE)
        board->regions = 0; // of the base, which has a unit
    if (has_base || !name)
        return;
    board->sizes = board_with_unit(board->unit)->sizes;
    board->cost = board_with_unit(board->unit)->cost;
}

static void take_about(const struct table *table)
{
    struct board *board = table->board;
    const char *about = push_text(table, "about");

    if (about && strlen(about) >= sizeof board->about)
        refuse(table, "about", "about: may have at most %d bytes", BOARD_ABOUT_SIZE - 1);
    if (about)
        snprintf(board->about, sizeof board->about, "%s", about);
    lua_pop(table->L, 1);
}

// RAM and flash that overlap: the mistake is in the one that stands here.
static void check_board(const struct table *table)
{
    const char *field;
    struct message error;

    if (board_check(table->board, &field, &error))
        return;
    if (strcmp(field, "flash.start") == 0 && !has_field(table, "flash") && has_field(table, "ram"))
        field = "ram.start";
    refuse(table, field, "%s: %s", field, error.text);
}

void board_take_table(lua_State *L, int index, uint32_t line, const char *key, struct board *board)
{
    const struct table table = {.L = L,
                                .index = index,
                                .source = script_of(L)->program->source,
                                .line = line,
                                .key = key,
                                .board = board};
    bool has_base;

    luaL_checkstack(L, 8, NULL);
    check_fields(&table);
    has_base = has_field(&table, "base");
    take_base(&table);
    take_unit(&table, has_base);
    if (!has_base)
        check_required(&table);
    take_about(&table);
    for (size_t i = 0; i < COUNT_OF(number_fields); i++)
        take_number(&table, &number_fields[i]);
    check_board(&table);
}

static int compile(lua_State *L)
{
    struct program *program = lua_touserdata(L, 1);

    script_compile(L, program->chunk_name, program->source, program->source_size, false,
                   &program->script);
    return 0;
}

static int run(lua_State *L)
{
    const struct program *program = script_of(L)->program;
    struct board *board = lua_touserdata(L, 1);

    sandbox_open(L);
    sandbox_close(L);
    if (luaL_loadbufferx(L, program->script.start, program->script.length, program->chunk_name,
                         "b") != LUA_OK)
        lua_error(L);
    lua_call(L, 0, 1);
    if (!lua_istable(L, -1))
        script_error(L, "a board file returns a table, not %s: return { base = \"cortex-m4\" }",
                     script_kind(L, -1));
    board_take_table(L, lua_gettop(L), 1, NULL, board);
    return 0;
}

static bool run_file(struct program *program, void *memory, struct board *board,
                     struct message *error)
{
    const struct scenario scenario = {.path = program->path, .program = program};
    struct script *script = script_new(memory, SCRIPT_MEMORY_BYTES, &scenario);

    program_find_short_name(script->main, program);
    return script_call(script->main, compile, program, script_explain_syntax, error) &&
           script_call(script->main, run, board, script_explain, error);
}

bool board_read_file(const char *path, struct board *board, struct message *error)
{
    struct program *program = program_open(path, "board file", error);
    void *memory = allocate(1, SCRIPT_MEMORY_BYTES);
    bool went_well = false;

    *board = (struct board){.name = ""};
    if (program)
        went_well = run_file(program, memory, board, error);
    free(memory);
    program_close(program);
    return went_well;
}
