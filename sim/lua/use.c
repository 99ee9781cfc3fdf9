// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "use.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/list.h"
#include "../base/path.h"
#include "program.h"

// In the registry, what each file returned, by its path; true while it is being run.
#define REGISTRY_USED "ipcsim.used"

const struct program *use_find(const struct program *program, const char *chunk_name)
{
    if (strcmp(program->chunk_name, chunk_name) == 0)
        return program;
    for (size_t i = 0; i < program->used_count; i++)
        if (strcmp(program->used[i]->chunk_name, chunk_name) == 0)
            return program->used[i];
    return NULL;
}

// ---- which file

static bool is_plain(const char *name)
{
    size_t length =
        strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-");

    return length > 0 && length <= 64 && name[length] == '\0';
}

// Pushes the path of NAME.lua beside the scenario.
static const char *push_path(lua_State *L, const struct program *program)
{
    const char *name = lua_type(L, 1) == LUA_TSTRING ? lua_tostring(L, 1) : "";

    if (!is_plain(name) || strlen(name) != lua_rawlen(L, 1))
        script_error(L,
                     "use: takes the name of a Lua file beside the scenario without its .lua: at "
                     "most 64 letters, digits, _ and -");
    char *folder = path_folder(program->path);
    lua_pushfstring(L, "%s%s.lua", folder, name);
    free(folder);
    return lua_tostring(L, -1);
}

static struct program *find(const struct program *program, const char *path)
{
    for (size_t i = 0; i < program->used_count; i++)
        if (strcmp(program->used[i]->path, path) == 0)
            return program->used[i];
    return NULL;
}

// ---- reading it, when the scenario is opened

// Arguments: the file. Raises a syntax error as text with position.
static int compile(lua_State *L)
{
    struct program *used = lua_touserdata(L, 1);

    script_compile(L, used->chunk_name, used->source, used->source_size, false, &used->script);
    return 0;
}

// "short_name:line: syntax error: ..." of what the compiler said, which is on top.
static void raise_syntax_error(lua_State *L, const struct program *used)
{
    size_t length = strlen(used->short_name);
    const char *text = lua_isstring(L, -1) ? lua_tostring(L, -1) : "";
    const char *colon =
        strncmp(text, used->short_name, length) == 0 ? strchr(text + length + 1, ':') : NULL;

    if (!colon)
        lua_error(L);
    lua_pushlstring(L, text, (size_t)(colon - text));
    lua_pushfstring(L, ": syntax error%s", colon);
    lua_concat(L, 2);
    lua_error(L);
}

// It is part of the scenario from here on, whatever comes of it.
static struct program *open_used(lua_State *L, struct program *program, const char *path)
{
    struct message error;
    struct program *used = program_open(path, "file to use", &error);

    if (!used)
        script_error(L, "use: %s", error.text);
    *LIST_ADD(program->used, program->used_count) = used;
    program_find_short_name(L, used);
    lua_pushcfunction(L, compile);
    lua_pushlightuserdata(L, used);
    if (lua_pcall(L, 1, 0, 0) != LUA_OK)
        raise_syntax_error(L, used);
    return used;
}

static struct program *find_or_open(lua_State *L, const char *path)
{
    struct script *script = script_of(L);
    struct program *used = find(script->program, path);

    if (!used && script->opening)
        used = open_used(L, script->opening->program, path);
    if (!used)
        script_error(L, "use: %s was not used when the scenario was opened", path);
    return used;
}

// ---- running it

// Runs the file and leaves what it returned, true for nothing.
static void run(lua_State *L, const struct program *used)
{
    if (luaL_loadbufferx(L, used->script.start, used->script.length, used->chunk_name, "b") !=
        LUA_OK)
        lua_error(L);
    lua_call(L, 0, 1);
    if (!lua_isnil(L, -1))
        return;
    lua_pop(L, 1);
    lua_pushboolean(L, true);
}

// use(name): what NAME.lua beside the scenario returns; it runs once in each state.
static int use(lua_State *L)
{
    struct script *script = script_at_top_level(L, "use()");
    const char *path = push_path(L, script->program);

    luaL_getsubtable(L, LUA_REGISTRYINDEX, REGISTRY_USED);
    if (lua_getfield(L, -1, path) != LUA_TNIL) {
        if (lua_islightuserdata(L, -1))
            script_error(L, "use: %s is being used already: the two use each other", path);
        return 1;
    }
    lua_pop(L, 1);
    struct program *used = find_or_open(L, path);
    lua_pushlightuserdata(L, used);
    lua_setfield(L, -2, path);
    run(L, used);
    lua_pushvalue(L, -1);
    lua_setfield(L, -3, path);
    return 1;
}

void use_open(lua_State *L)
{
    lua_register(L, "use", use);
}
