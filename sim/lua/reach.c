// SPDX-License-Identifier: Apache-2.0 OR MIT
// Found in the bytecode of a function: which globals it names, it and the functions inside
// of it, and from there on wherever these lead. So done() is found even where a script calls
// it through a helper, a table or a local of another name.
#include <string.h>

#include "bytecode.h"
#include "reach.h"

enum { LAST_SHORT_CONSTANT = 255 }; // later ones are loaded on their own

// ---- The list of what is still to be looked at, at stack index 1; at 2 what was seen,
// ---- at 3 what is looked for ----

enum { WAITING = 1, SEEN = 2, WANTED = 3 };

// Adds the value on top, if it can lead anywhere and is new; pops it.
static void add_value(lua_State *L)
{
    int type = lua_type(L, -1);

    if (type == LUA_TFUNCTION || type == LUA_TTABLE) {
        lua_pushvalue(L, -1);
        if (lua_rawget(L, SEEN) == LUA_TNIL) {
            lua_pushvalue(L, -2);
            lua_pushboolean(L, true);
            lua_rawset(L, SEEN);
            lua_pushvalue(L, -2);
            lua_rawseti(L, WAITING, (lua_Integer)lua_rawlen(L, WAITING) + 1);
        }
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
}

static void add_global(lua_State *L, struct bytecode_text name)
{
    lua_pushglobaltable(L);
    lua_pushlstring(L, name.bytes, name.length);
    lua_rawget(L, -2);
    add_value(L);
    lua_pop(L, 1);
}

// ---- One function of a dump, and those inside of it ----

// Adds the globals that it names.
static void add_named(lua_State *L, const struct bytecode *function)
{
    for (size_t i = 0; i < function->count; i++) {
        uint32_t instruction = bytecode_at(function, i);

        if (bytecode_op(instruction) == BYTECODE_GETTABUP &&
            function->is_env[bytecode_b(instruction)])
            add_global(L, bytecode_constant(function, bytecode_c(instruction)));
    }
}

// In a function of very many constants the name of a global may be loaded on its own.
static void add_late_constants(lua_State *L, const struct bytecode *function)
{
    for (size_t i = LAST_SHORT_CONSTANT + 1; i < function->constant_count; i++) {
        struct bytecode_text text = bytecode_constant(function, i);

        if (text.length > 0)
            add_global(L, text);
    }
}

// Adds what the function at `at` and those inside of it name; where it ends.
static const unsigned char *add_all(lua_State *L, const unsigned char *at)
{
    struct bytecode function;
    const unsigned char *end = bytecode_read(&function, at);
    const unsigned char *inner = function.nested;

    add_named(L, &function);
    add_late_constants(L, &function);
    for (size_t i = 0; i < function.nested_count; i++)
        inner = add_all(L, inner);
    return end;
}

// ---- From value to value ----

// Adds the globals that the function on top names.
static void add_globals(lua_State *L)
{
    bytecode_push(L);
    add_all(L, bytecode_begin(lua_tostring(L, -1)));
    lua_pop(L, 1);
}

static void add_upvalues(lua_State *L)
{
    const char *name;

    for (int i = 1; (name = lua_getupvalue(L, -1, i)) != NULL; i++) {
        if (strcmp(name, "_ENV") == 0)
            lua_pop(L, 1);
        else
            add_value(L);
    }
}

static void add_fields(lua_State *L)
{
    for (lua_pushnil(L); lua_next(L, -2);)
        add_value(L);
}

bool reach_is_of_script(lua_State *L)
{
    lua_Debug function;

    lua_pushvalue(L, -1);
    lua_getinfo(L, ">S", &function);
    return strcmp(function.what, "C") != 0 && strcmp(function.source, "=?") != 0;
}

// A function of the prelude is an expectation if it calls met().
static bool calls_met(lua_State *L)
{
    bool is_found = false;

    for (int i = 1; !is_found && lua_getupvalue(L, -1, i); i++) {
        is_found = lua_tocfunction(L, -1) == private_met;
        lua_pop(L, 1);
    }
    return is_found;
}

static bool is_wanted(lua_State *L)
{
    if (lua_tointeger(L, WANTED) == REACH_DONE)
        return lua_tocfunction(L, -1) == private_done;
    return lua_isfunction(L, -1) && !lua_iscfunction(L, -1) && !reach_is_of_script(L) &&
           calls_met(L);
}

// The value on top leads to these; whether it is one of those that are looked for.
static bool follow(lua_State *L)
{
    bool is_found = is_wanted(L);

    lua_pushglobaltable(L);
    bool is_globals = lua_rawequal(L, -1, -2);
    lua_pop(L, 1);

    if (lua_istable(L, -1) && !is_globals) {
        add_fields(L);
    } else if (lua_isfunction(L, -1) && reach_is_of_script(L)) {
        add_globals(L);
        add_upvalues(L);
    }
    return is_found;
}

// Of what stands in the list; the end of a search.
static int follow_all(lua_State *L)
{
    bool found = false;

    for (lua_Integer next = 1; !found && lua_rawgeti(L, WAITING, next) != LUA_TNIL; next++) {
        found = follow(L);
        lua_pop(L, 1);
    }
    lua_pushboolean(L, found);
    return 1;
}

// Arguments: where to begin, what is looked for.
static int search(lua_State *L)
{
    lua_newtable(L);
    lua_newtable(L);
    lua_rotate(L, 1, 2);
    lua_insert(L, WANTED);
    add_value(L);
    return follow_all(L);
}

// Arguments: a function in a dump, what is looked for.
static int search_code(lua_State *L)
{
    const unsigned char *at = lua_touserdata(L, 1);

    lua_newtable(L);
    lua_newtable(L);
    lua_rotate(L, 1, 2);
    lua_insert(L, WANTED);
    lua_pop(L, 1);
    add_all(L, at);
    return follow_all(L);
}

// Takes the argument on top.
static bool call_search(lua_State *L, lua_CFunction function, enum reach_wanted wanted)
{
    lua_pushcfunction(L, function);
    lua_insert(L, -2);
    lua_pushinteger(L, wanted);
    lua_call(L, 2, 1);
    bool found = lua_toboolean(L, -1);
    lua_pop(L, 1);
    return found;
}

bool reach_finds(lua_State *L, enum reach_wanted wanted)
{
    return call_search(L, search, wanted);
}

bool reach_finds_from_code(lua_State *L, const unsigned char *function, enum reach_wanted wanted)
{
    lua_pushlightuserdata(L, (void *)function);
    return call_search(L, search_code, wanted);
}
