// SPDX-License-Identifier: Apache-2.0 OR MIT
// A script's file: reading it, compiling it, calling into it.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "../base/allocate.h"
#include "../base/file.h"
#include "../base/nearest_path.h"
#include "program.h"

enum { MAX_SOURCE_BYTES = 1 << 20 };

// ---- The file ----

// Why these bytes are no script, after the path; NULL: they may be one.
static const char *find_problem(const char *source, size_t size, const char *kind, char text[96])
{
    if (size > MAX_SOURCE_BYTES)
        snprintf(text, 96, "this is larger than 1 MiB; a %s is a short Lua script", kind);
    else if (memchr(source, '\0', size) || source[0] == LUA_SIGNATURE[0])
        snprintf(text, 96, "this is no text; a %s is a Lua script", kind);
    else
        return NULL;
    return text;
}

// What keeps it from being read, NULL: nothing that is known.
static const char *find_obstacle(const char *path, const char *kind, char text[96])
{
    struct stat status;

    if (stat(path, &status) != 0)
        return errno == ENOENT ? "there is no such file" : strerror(errno);
    if (S_ISDIR(status.st_mode)) {
        snprintf(text, 96, "this is a directory; name a %s in it", kind);
        return text;
    }
    return S_ISREG(status.st_mode) ? NULL : "this is no regular file";
}

// NULL, with `error` set: it cannot be read, or is no source text.
static char *read_source(const char *path, const char *kind, size_t *size, struct message *error)
{
    char text[96];
    struct message why;
    const char *problem = find_obstacle(path, kind, text);
    char *source = NULL;

    if (!problem) {
        source = file_read(path, MAX_SOURCE_BYTES + 1, size, &why);
        problem = source ? find_problem(source, *size, kind, text) : why.text;
    }
    if (!problem)
        return source;
    message_set(error, "%s: %s", path, problem);
    nearest_path_suggest(error, path, ".lua", "");
    free(source);
    return NULL;
}

// A first line for the shell becomes a comment, a byte order mark white space.
static void blank_first_line(char *source)
{
    if (strncmp(source, "\xEF\xBB\xBF", 3) == 0)
        memset(source, ' ', 3);
    if (source[0] != '#')
        return;
    source[0] = source[1] == '\n' ? ' ' : '-';
    if (source[1] != '\n' && source[1] != '\0')
        source[1] = '-';
}

struct program *program_open(const char *path, const char *kind, struct message *error)
{
    size_t chunk_name_size = strlen(path) + 2;
    size_t source_size;
    char *source = read_source(path, kind, &source_size, error);
    struct program *program;

    if (!source)
        return NULL;
    blank_first_line(source);
    program = allocate(1, sizeof *program);
    program->source = source;
    program->source_size = source_size;
    program->path = allocate_text(path, strlen(path));
    program->chunk_name = allocate(chunk_name_size, 1);
    snprintf(program->chunk_name, chunk_name_size, "@%s", path);
    program->seed_offset = seed_find_offset();
    program->count_offset = refund_find_offset();
    return program;
}

void program_close(struct program *program)
{
    if (!program)
        return;
    for (size_t i = 0; i < program->used_count; i++)
        program_close(program->used[i]);
    free(program->used);
    free(program->path);
    free(program->chunk_name);
    free(program->source);
    bytes_free(&program->prelude);
    bytes_free(&program->script);
    free(program->arguments);
    free(program);
}

const char *program_line(const struct program *program, uint32_t number, size_t *length)
{
    const char *line = program->source;
    const char *end = program->source + program->source_size;

    for (uint32_t i = number; i > 1 && line < end; i--) {
        const char *newline = memchr(line, '\n', (size_t)(end - line));

        line = newline ? newline + 1 : end;
    }
    *length = strcspn(line, "\r\n");
    return line;
}

// ---- Calling into it ----

// Lua's short form of the chunk's name, which begins each of its messages.
void program_find_short_name(lua_State *L, struct program *program)
{
    lua_Debug function;

    luaL_loadbufferx(L, "", 0, program->chunk_name, "t");
    lua_getinfo(L, ">S", &function);
    snprintf(program->short_name, sizeof program->short_name, "%s", function.short_src);
}

int script_explain_syntax(lua_State *L)
{
    const struct program *program = script_of(L)->program;
    size_t name_length = strlen(program->short_name);
    const char *text = lua_isstring(L, 1) ? lua_tostring(L, 1) : "";
    const char *colon = strncmp(text, program->short_name, name_length) == 0
                            ? strchr(text + name_length + 1, ':')
                            : NULL;

    if (!colon)
        return script_explain(L);
    lua_pushlstring(L, text, (size_t)(colon - text));
    lua_pushfstring(L, ": syntax error%s", colon);
    lua_concat(L, 2);
    return 1;
}

bool script_call(lua_State *L, lua_CFunction function, void *argument, lua_CFunction handler,
                 struct message *error)
{
    lua_pushcfunction(L, handler);
    lua_pushcfunction(L, function);
    lua_pushlightuserdata(L, argument);
    int status = lua_pcall(L, 1, 0, 1);
    if (status != LUA_OK)
        script_failure(L, status, error);
    lua_settop(L, 0);
    return status == LUA_OK;
}

// ---- Keys of its tables ----

static bool is_one_of(const char *key, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(key, names[i]) == 0)
            return true;
    }
    return false;
}

const char *script_unknown_key(lua_State *L, int index, const char *const *names, size_t count)
{
    const char *unknown = NULL;

    for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1)) {
        bool is_name = lua_type(L, -2) == LUA_TSTRING;
        const char *key = is_name ? lua_tostring(L, -2) : "a key that is no name";

        if (!is_one_of(key, names, count) && (!unknown || strcmp(key, unknown) < 0))
            unknown = key;
    }
    return unknown;
}
