// SPDX-License-Identifier: Apache-2.0 OR MIT
// What a script calls its functions and buffers, for traces: by the line of its source that makes
// them, which stays what it is however many others there are.
#include <assert.h>
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "../machine/world.h"
#include "lua_host.h"
#include "program.h"
#include "use.h"

enum { FIRST_BUFFERS = 4 };

// ---- the name in a line

struct span {
    const char *start;
    size_t length; // 0: there is none
};

static bool is_of_name(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

static const char *back_over_space(const char *line, const char *end)
{
    while (end > line && (end[-1] == ' ' || end[-1] == '\t'))
        end--;
    return end;
}

static const char *back_over_name(const char *line, const char *end)
{
    while (end > line && is_of_name(end[-1]))
        end--;
    return end;
}

// "[...]" and "<...>" say nothing of the name before them.
static const char *back_over_suffixes(const char *line, const char *end)
{
    end = back_over_space(line, end);
    while (end > line && (end[-1] == ']' || end[-1] == '>')) {
        char opening = end[-1] == ']' ? '[' : '<';

        while (end > line && *--end != opening)
            ;
        end = back_over_space(line, end);
    }
    return end;
}

static struct span name_from(const char *start, const char *end)
{
    bool is_name = end > start && !isdigit((unsigned char)*start);

    return (struct span){start, is_name ? (size_t)(end - start) : 0};
}

// Of "local a, b" the first; `last` unless the line is such a list up to it.
static struct span first_of_list(const char *line, struct span last)
{
    static const char in_lists[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_"
                                   "0123456789, \t";
    const char *start = line + strspn(line, " \t");
    const char *end;

    if (strspn(line, in_lists) < (size_t)(last.start - line))
        return last;
    if (strncmp(start, "local ", 6) == 0)
        start += 6 + strspn(start + 6, " \t");
    for (end = start; is_of_name(*end); end++)
        ;
    return name_from(start, end);
}

// The variable or field that is given the value which begins at `value`: "local a = ".
static struct span name_before(const char *line, const char *value)
{
    const char *end = back_over_space(line, value);

    if (end - line < 2 || end[-1] != '=' || strchr("=~<>", end[-2]))
        return (struct span){line, 0};
    end = back_over_suffixes(line, end - 1);
    return first_of_list(line, name_from(back_over_name(line, end), end));
}

// The last part of "a.b:c" at the start of `text`.
static struct span name_after(const char *text)
{
    for (;;) {
        const char *start = text + strspn(text, " \t");
        const char *end = start;

        while (is_of_name(*end))
            end++;
        if (*end != '.' && *end != ':')
            return name_from(start, end);
        text = end + 1;
    }
}

// Whether `word` stands at `at`, with nothing of a name on either side.
static bool is_word_at(const char *line, const char *at, const char *word, size_t length)
{
    return *at == *word && strncmp(at, word, length) == 0 && !is_of_name(at[length]) &&
           (at == line || !is_of_name(at[-1]));
}

// The one place in the line, up to a comment, where `word` stands; NULL: none, or several.
static const char *find_only(const char *line, const char *end, const char *word)
{
    size_t length = strlen(word);
    const char *found = NULL;

    for (const char *at = line; at < end && !(at[0] == '-' && at[1] == '-'); at++) {
        if (!is_word_at(line, at, word, length))
            continue;
        if (found)
            return NULL;
        found = at;
    }
    return found;
}

static void copy_name(char name[VIEW_PLACE_NAME], struct span span)
{
    snprintf(name, VIEW_PLACE_NAME, "%.*s", (int)span.length, span.start);
}

// "" if the line does not say it, or names several.
static void name_in_line(const struct program *program, int number, const char *word,
                         char name[VIEW_PLACE_NAME])
{
    size_t length;
    const char *line = program_line(program, (uint32_t)number, &length);
    const char *at = find_only(line, line + length, word);
    struct span found = {line, 0};

    if (at)
        found = name_before(line, at);
    if (at && found.length == 0 && strcmp(word, "function") == 0)
        found = name_after(at + strlen(word));
    copy_name(name, found);
}

// ---- functions

void naming_library_function(lua_State *L, int index, const char *name)
{
    struct script *script = script_of(L);
    struct library_function *added = &script->library[script->library_count++];

    assert(script->library_count <= SCRIPT_LIBRARY_FUNCTIONS);
    added->function = lua_topointer(L, index);
    snprintf(added->name, sizeof added->name, "%s", name);
}

// What the prelude calls the function on top of `L`; NULL: nothing.
static const char *find_in_library(lua_State *L)
{
    const struct script *script = script_of(L);
    const void *function = lua_topointer(L, -1);

    for (uint32_t i = 0; i < script->library_count; i++)
        if (script->library[i].function == function)
            return script->library[i].name;
    return NULL;
}

// The global that the function on top of `L` is, as print is; NULL: none.
static const char *find_in_globals(lua_State *L)
{
    const char *name = NULL;

    lua_pushglobaltable(L);
    for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1)) {
        if (!lua_rawequal(L, -1, -4) || lua_type(L, -2) != LUA_TSTRING)
            continue;
        name = lua_tostring(L, -2);
        lua_pop(L, 2);
        break;
    }
    lua_pop(L, 1);
    return name;
}

void naming_function(lua_State *L, int index, uaddr address)
{
    struct script *script = script_of(L);
    struct handed handed = {.what = HANDED_FUNCTION, .address = address};
    lua_Debug info;

    lua_pushvalue(L, index);
    lua_pushvalue(L, index);
    lua_getinfo(L, ">S", &info);
    handed.file = use_find(script->program, info.source);
    if (handed.file)
        handed.line = info.linedefined;
    else
        handed.name = find_in_library(L);
    if (handed.line == 0 && !handed.name)
        handed.name = find_in_globals(L);
    lua_pop(L, 1);
    script->handed = handed;
}

static void find_function(const struct script *script, struct view_place *place)
{
    const struct handed *handed = &script->handed;

    *place = (struct view_place){.kind = handed->name ? PLACE_LIBRARY : PLACE_FUNCTION,
                                 .start = handed->address,
                                 .size = UPCALL_SLOT_BYTES};
    if (handed->name)
        snprintf(place->name, sizeof place->name, "%s", handed->name);
    else if (handed->line > 0)
        name_in_line(handed->file, handed->line, "function", place->name);
}

// ---- buffers

// Named only when it is asked for: most buffers never are.
struct named_buffer {
    uaddr start;
    uint32_t size;
    const struct program *file; // that allocated it: the script, or one that it uses
    uint32_t line;              // there
    const char *library;        // what the prelude did for; NULL: the script did
};

// Room for one more, in the memory of the state.
static struct named_buffer *add_buffer(lua_State *L)
{
    struct script *script = script_of(L);
    uint32_t count = script->buffer_count;
    size_t size = sizeof *script->buffers;
    void *user;
    lua_Alloc reallocate = lua_getallocf(L, &user);

    if (count == script->buffer_room) {
        uint32_t room = count > 0 ? 2 * count : FIRST_BUFFERS;
        void *moved = reallocate(user, script->buffers, count * size, room * size);

        if (!moved)
            script_error(L, "out of memory: %u buffers", (unsigned)count);
        script->buffers = moved;
        script->buffer_room = room;
    }
    script->buffer_count++;
    return &script->buffers[count];
}

void naming_keep_buffer(lua_State *L, uaddr start, uint32_t size, const char *library)
{
    struct named_buffer buffer = {.start = start, .size = size, .library = library};

    buffer.file = script_place(L, &buffer.line);
    *add_buffer(L) = buffer;
}

static void name_buffer(const struct named_buffer *buffer, char name[VIEW_PLACE_NAME])
{
    name_in_line(buffer->file, (int)buffer->line, "mem.alloc", name);
}

static bool is_of_same_line(const struct named_buffer *a, const struct named_buffer *b)
{
    return a->file == b->file && a->line == b->line;
}

// Which one of its name the script's buffer `last` is, from 1.
static uint32_t number_of(const struct script *script, const struct named_buffer *last,
                          const char *name)
{
    const struct named_buffer *named = last;
    bool is_alike = true; // those of its line
    uint32_t number = 1;

    for (const struct named_buffer *buffer = script->buffers; buffer < last; buffer++) {
        char other[VIEW_PLACE_NAME];

        if (buffer->library)
            continue;
        if (!is_of_same_line(buffer, named)) {
            named = buffer;
            name_buffer(buffer, other);
            is_alike = strcmp(other, name) == 0;
        }
        number += is_alike;
    }
    return number;
}

// The second buffer of a name is buf#2; one without is mem.alloc#1.
static void put_buffer_name(const struct script *script, const struct named_buffer *buffer,
                            char *shown)
{
    char name[VIEW_PLACE_NAME];

    name_buffer(buffer, name);
    bool is_named = name[0] != '\0';
    uint32_t number = number_of(script, buffer, name);
    if (is_named && number == 1)
        snprintf(shown, VIEW_PLACE_NAME, "%s", name);
    else
        snprintf(shown, VIEW_PLACE_NAME, "%.*s#%" PRIu32, VIEW_PLACE_NAME - 12,
                 is_named ? name : "mem.alloc", number);
}

static void show_buffer(const struct script *script, const struct named_buffer *buffer,
                        struct view_place *place)
{
    *place = (struct view_place){.kind = buffer->library ? PLACE_LIBRARY : PLACE_BUFFER,
                                 .start = buffer->start,
                                 .size = buffer->size};
    if (buffer->library)
        snprintf(place->name, sizeof place->name, "%s", buffer->library);
    else
        put_buffer_name(script, buffer, place->name);
}

// Where the prelude puts the short names that it looks for.
static struct view_place reserved(const struct script *script)
{
    return (struct view_place){
        .kind = PLACE_LIBRARY,
        .start = app_process(script->app)->memory_start + SCRIPT_SHORT_NAME_OFFSET,
        .size = SCRIPT_RESERVED_BYTES - SCRIPT_SHORT_NAME_OFFSET,
        .name = "ipc.name",
    };
}

static void find_buffer(const struct script *script, struct view_place *place)
{
    *place = reserved(script);
    for (uint32_t i = script->buffer_count; i-- > 0;) {
        const struct named_buffer *buffer = &script->buffers[i];

        if (script->handed.address - buffer->start >= buffer->size)
            continue;
        show_buffer(script, buffer, place);
        return;
    }
}

void naming_buffer(struct script *script, uaddr address)
{
    script->handed = (struct handed){.what = HANDED_BUFFER, .address = address};
}

// ---- what is asked for

void naming_break(struct script *script, uaddr end)
{
    script->handed = (struct handed){.what = HANDED_BREAK, .address = end};
}

void naming_forget(struct script *script)
{
    script->handed.what = HANDED_NOTHING;
}

bool naming_find(const struct app *app, uaddr address, struct view_place *place)
{
    const struct script *script = app->state;

    if (!script || script->handed.what == HANDED_NOTHING || script->handed.address != address)
        return false;
    switch (script->handed.what) {
    case HANDED_FUNCTION:
        find_function(script, place);
        break;
    case HANDED_BUFFER:
        find_buffer(script, place);
        break;
    default:
        *place = (struct view_place){.kind = PLACE_BREAK, .start = address, .size = 1};
    }
    return address - place->start < place->size;
}
