// SPDX-License-Identifier: Apache-2.0 OR MIT
// What a person is told: where in the script, and what is wrong there.
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lua_host.h"
#include "use.h"

const struct program *script_place(lua_State *L, uint32_t *line)
{
    const struct program *program = script_of(L)->program;
    lua_Debug frame;

    *line = 0;
    for (int level = 0; lua_getstack(L, level, &frame); level++) {
        lua_getinfo(L, "Sl", &frame);
        const struct program *file = frame.currentline > 0 ? use_find(program, frame.source) : NULL;
        if (!file)
            continue;
        *line = (uint32_t)frame.currentline;
        return file;
    }
    return program;
}

uint32_t script_line(lua_State *L)
{
    const struct program *program = script_of(L)->program;
    uint32_t line;
    lua_Debug frame;

    for (int level = 0; lua_getstack(L, level, &frame); level++) {
        lua_getinfo(L, "Sl", &frame);
        if (frame.currentline > 0 && strcmp(frame.source, program->chunk_name) == 0)
            return (uint32_t)frame.currentline;
    }
    if (program->used_count == 0)
        return 0;
    script_place(L, &line);
    return line;
}

// Pushes "path:line: ", or "path: " where no line of the script is being run.
static void push_position(lua_State *L)
{
    uint32_t line;
    const struct program *file = script_place(L, &line);

    if (line > 0)
        lua_pushfstring(L, "%s:%d: ", file->short_name, (int)line);
    else
        lua_pushfstring(L, "%s: ", file->short_name);
}

void script_error(lua_State *L, const char *format, ...)
{
    char text[512];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    luaL_checkstack(L, 4, NULL);
    push_position(L);
    lua_pushstring(L, text);
    lua_concat(L, 2);
    lua_error(L);
    abort(); // lua_error does not return, but does not say so
}

static bool begins_with(const char *text, const struct program *file)
{
    size_t length = strlen(file->short_name);

    return strncmp(text, file->short_name, length) == 0 && text[length] == ':';
}

// The file of the script where a message says already that it comes from, NULL: it says none.
static const struct program *find_position(const struct program *program, const char *text)
{
    if (begins_with(text, program))
        return program;
    for (size_t i = 0; i < program->used_count; i++)
        if (begins_with(text, program->used[i]))
            return program->used[i];
    return NULL;
}

// Behind the position that `text` begins with, if another one follows: each coroutine
// that an error goes through puts its own in front, and the last says where it began.
static const char *skip_outer_positions(const struct program *program, const char *text)
{
    const struct program *file;

    while ((file = find_position(program, text))) {
        const char *next = text + strlen(file->short_name) + 1;

        next += strspn(next, "0123456789");
        if (strncmp(next, ": ", 2) != 0 || !find_position(program, next + 2))
            break;
        text = next + 2;
    }
    return text;
}

// The prelude carries no lines: Lua calls a place in it "?:-1:" or "?:".
static const char *skip_nowhere(const char *text)
{
    if (strncmp(text, "?:-1: ", 6) == 0)
        return text + 6;
    return strncmp(text, "?: ", 3) == 0 ? text + 3 : text;
}

int script_explain(lua_State *L)
{
    const struct program *program = script_of(L)->program;

    luaL_checkstack(L, 4, NULL);
    if (!lua_isstring(L, 1)) {
        push_position(L);
        lua_pushfstring(L, "the script raised an error that is no text but %s", script_kind(L, 1));
        lua_concat(L, 2);
        return 1;
    }
    const char *text = lua_tostring(L, 1);
    if (find_position(program, text))
        return 1;
    push_position(L);
    lua_pushstring(L, skip_nowhere(text));
    lua_concat(L, 2);
    return 1;
}

static void explain_exhaustion(const struct script *script, struct message *message)
{
    const char *path = script->program->path;
    const char *words = "out of memory: a script may use %d KiB. It grows without end, or "
                        "calls itself without end";
    char text[160];

    snprintf(text, sizeof text, words,
             (int)((script->heap.limit - (const unsigned char *)script) / 1024));
    if (script->memory_line > 0)
        message_set(message, "%s:%u: %s", path, (unsigned)script->memory_line, text);
    else
        message_set(message, "%s: %s", path, text);
}

void script_failure(lua_State *L, int status, struct message *message)
{
    struct script *script = script_of(L);
    const struct program *program = script->program;
    const char *text = lua_isstring(L, -1) ? lua_tostring(L, -1) : "an error in an error";

    text = skip_outer_positions(program, text);
    const struct program *file = find_position(program, text);
    if (status == LUA_ERRMEM)
        explain_exhaustion(script, message);
    else if (file)
        message_set(message, "%s%s", file->path, text + strlen(file->short_name));
    else
        message_set(message, "%s: %s", program->path, text);
}

// How the script calls the function of ours that it is in.
static const char *called_name(lua_State *L, lua_Debug *frame)
{
    const struct program *program = script_of(L)->program;
    const char *name = NULL;

    for (int level = 0; lua_getstack(L, level, frame); level++) {
        lua_getinfo(L, "nS", frame);
        if (use_find(program, frame->source))
            break;
        name = frame->name;
    }
    return name ? name : "this";
}

struct script *script_at_top_level(lua_State *L, const char *name)
{
    struct script *script = script_of(L);

    if (script->is_in_process)
        script_error(L, "%s belongs to the top level of the scenario, not inside of a process",
                     name);
    if (script->over)
        script_error(L, "%s belongs to the top level of the scenario, not inside of finally()",
                     name);
    return script;
}

struct script *script_in_process(lua_State *L)
{
    struct script *script = script_of(L);
    lua_Debug frame;

    if (script->over)
        script_error(L, "%s() works inside of a process only: in finally() all of them are over",
                     called_name(L, &frame));
    if (!script->is_in_process)
        script_error(L,
                     "%s() works inside of a process only: the top level of a scenario says "
                     "which processes there are, it is none itself",
                     called_name(L, &frame));
    return script;
}

void script_refuse_argument(lua_State *L, int arg)
{
    lua_Debug frame;

    script_error(L, "%s() takes no such argument: %s", called_name(L, &frame),
                 script_push_text(L, arg));
}

const char *script_kind(lua_State *L, int index)
{
    static const char *const kinds[] = {
        [LUA_TNIL] = "nil",
        [LUA_TBOOLEAN] = "a boolean",
        [LUA_TNUMBER] = "a number",
        [LUA_TSTRING] = "a text",
        [LUA_TTABLE] = "a table",
        [LUA_TFUNCTION] = "a function",
        [LUA_TTHREAD] = "a coroutine",
        [LUA_TUSERDATA] = "a buffer",
    };
    int type = lua_type(L, index);

    return type >= 0 && kinds[type] ? kinds[type] : "nothing";
}

uint32_t script_word(lua_State *L, int arg)
{
    int is_integer;
    lua_Integer value = lua_tointegerx(L, arg, &is_integer);
    lua_Debug frame;

    if (!is_integer || lua_type(L, arg) != LUA_TNUMBER)
        script_error(L, "%s(): argument %d must be a whole number, not %s", called_name(L, &frame),
                     arg, script_kind(L, arg));
    if (value < INT32_MIN || value > UINT32_MAX)
        script_error(L, "%s(): argument %d is " LUA_INTEGER_FMT ", which does not fit into 32 bits",
                     called_name(L, &frame), arg, (LUAI_UACINT)value);
    return (uint32_t)value;
}

uint32_t script_optional_word(lua_State *L, int arg)
{
    return lua_isnoneornil(L, arg) ? 0 : script_word(L, arg);
}
