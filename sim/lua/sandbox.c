// SPDX-License-Identifier: Apache-2.0 OR MIT
// Lua's own libraries as scenarios get them: nothing that reaches out of the simulated
// machine, and nothing that differs from run to run or from machine to machine.
#include <string.h>

#include "../base/count_of.h"
#include "../base/nearest.h"
#include "../machine/choice.h"
#include "lua_host.h"

// What Lua has and scenarios do not, by the table it would be in, and why.
struct missing {
    const char *table; // "_G": a global
    const char *name;
    const char *reason;
};

#define NO_HOST   "scenarios have no files, commands or clock"
#define NO_DEBUG  "scenarios cannot look into the machine that runs them"
#define NO_CODE   "scenarios are source text: use(\"name\") runs a file beside them"
#define NO_GC     "when memory is collected must not change what a scenario does"
#define NO_DIGITS "its last digits differ from machine to machine"
#define NO_SEED   "random numbers follow the run's seed (--seed)"

static const struct missing missing[] = {
    {"_G", "io", NO_HOST},       {"_G", "os", NO_HOST},           {"_G", "require", NO_CODE},
    {"_G", "package", NO_CODE},  {"_G", "dofile", NO_CODE},       {"_G", "loadfile", NO_CODE},
    {"_G", "debug", NO_DEBUG},   {"_G", "collectgarbage", NO_GC}, {"_G", "warn", "use print"},
    {"string", "dump", NO_CODE}, {"math", "randomseed", NO_SEED}, {"math", "sin", NO_DIGITS},
    {"math", "cos", NO_DIGITS},  {"math", "tan", NO_DIGITS},      {"math", "asin", NO_DIGITS},
    {"math", "acos", NO_DIGITS}, {"math", "atan", NO_DIGITS},     {"math", "exp", NO_DIGITS},
    {"math", "log", NO_DIGITS},
};

enum { MISSING_COUNT = COUNT_OF(missing) };

// ---- Names that are not there ----

enum { MAX_NAMES = 128 };

// The names in the table at 1, in alphabetical order, as Lua's own order may not show;
// of very many the first.
static size_t list_names(lua_State *L, const char *names[MAX_NAMES + 1])
{
    size_t count = 0;

    for (lua_pushnil(L); lua_next(L, 1); lua_pop(L, 1)) {
        if (lua_type(L, -2) != LUA_TSTRING)
            continue;
        const char *name = lua_tostring(L, -2);
        size_t place = count;
        for (; place > 0 && strcmp(names[place - 1], name) > 0; place--)
            names[place] = names[place - 1];
        names[place] = name;
        count += count < MAX_NAMES ? 1 : 0;
    }
    return count;
}

// __index of the globals and of each library; upvalue 1 is the name of the table.
static int refuse_name(lua_State *L)
{
    const char *table = lua_tostring(L, lua_upvalueindex(1));
    const char *name = script_push_text(L, 2);
    const char *names[MAX_NAMES + 1];
    bool is_global = strcmp(table, "_G") == 0;
    const char *prefix = is_global ? "" : table;
    const char *dot = is_global ? "" : ".";

    for (size_t i = 0; i < MISSING_COUNT; i++) {
        if (strcmp(missing[i].table, table) == 0 && strcmp(missing[i].name, name) == 0)
            script_error(L, "%s%s%s is not available: %s", prefix, dot, name, missing[i].reason);
    }
    const char *nearest = nearest_find(name, names, list_names(L, names));
    if (nearest)
        script_error(L, "%s%s%s is not defined; did you mean %s%s%s?", prefix, dot, name, prefix,
                     dot, nearest);
    script_error(L, "%s%s%s is not defined", prefix, dot, name);
}

// Makes unknown names in the table on top an error; pops it.
static void make_strict(lua_State *L, const char *name)
{
    lua_createtable(L, 0, 2);
    lua_pushstring(L, name);
    lua_pushcclosure(L, refuse_name, 1);
    lua_setfield(L, -2, "__index");
    lua_pushboolean(L, false);
    lua_setfield(L, -2, "__metatable");
    lua_setmetatable(L, -2);
    lua_pop(L, 1);
}

void sandbox_close(lua_State *L)
{
    static const char *const tables[] = {"string",    "table", "math", "utf8",
                                         "coroutine", "sys",   "mem",  "ipc"};

    for (size_t i = 0; i < COUNT_OF(tables); i++) {
        lua_getglobal(L, tables[i]);
        make_strict(L, tables[i]);
    }
    lua_pushglobaltable(L);
    make_strict(L, "_G");
}

// ---- Text without addresses ----

static bool has_address(lua_State *L, int index)
{
    int type = lua_type(L, index);

    return type == LUA_TTABLE || type == LUA_TFUNCTION || type == LUA_TTHREAD ||
           type == LUA_TUSERDATA || type == LUA_TLIGHTUSERDATA;
}

const char *script_push_text(lua_State *L, int index)
{
    index = lua_absindex(L, index);
    if (luaL_callmeta(L, index, "__tostring")) {
        if (!lua_isstring(L, -1))
            script_error(L, "__tostring must return a text, not %s", script_kind(L, -1));
        return lua_tostring(L, -1);
    }
    if (!has_address(L, index))
        return luaL_tolstring(L, index, NULL);
    if (luaL_getmetafield(L, index, "__name") != LUA_TSTRING)
        lua_pushstring(L, luaL_typename(L, index));
    return lua_tostring(L, -1);
}

static int tostring(lua_State *L)
{
    luaL_checkany(L, 1);
    script_push_text(L, 1);
    return 1;
}

// Where the conversion that begins after a % at `text` ends: at its letter.
static const char *skip_to_letter(const char *text)
{
    return text + strspn(text, "-+ #0123456789.");
}

// string.format, with the real one as upvalue 1: %s gets its text from us, and %p, which
// shows an address, is refused.
static int format(lua_State *L)
{
    const char *text = luaL_checkstring(L, 1);
    int arg = 1;

    while ((text = strchr(text, '%'))) {
        text = skip_to_letter(text + 1);
        if (*text == '\0')
            break;
        if (*text++ == '%')
            continue;
        arg++;
        if (text[-1] == 'p')
            script_error(L, "string.format: %%p would show an address");
        if (text[-1] == 's' && arg <= lua_gettop(L) && has_address(L, arg)) {
            script_push_text(L, arg);
            lua_replace(L, arg);
        }
    }
    // Not by lua_call: its messages would not know the name by which it was called.
    return lua_tocfunction(L, lua_upvalueindex(1))(L);
}

// ---- What would show when memory is collected ----

static void refuse_field(lua_State *L, const char *field)
{
    lua_pushstring(L, field);
    if (lua_rawget(L, 2) != LUA_TNIL)
        script_error(L, "setmetatable: %s is not available: " NO_GC, field);
    lua_pop(L, 1);
}

// setmetatable, with the real one as upvalue 1.
static int set_metatable(lua_State *L)
{
    if (lua_istable(L, 2)) {
        refuse_field(L, "__gc");
        refuse_field(L, "__mode");
    }
    return lua_tocfunction(L, lua_upvalueindex(1))(L);
}

// ---- load ----

static int load_text(lua_State *L)
{
    size_t size;

    if (lua_type(L, 1) != LUA_TSTRING)
        script_error(L, "load takes source text, not %s", script_kind(L, 1));
    const char *text = lua_tolstring(L, 1, &size);
    const char *name = luaL_optstring(L, 2, text);
    if (text[0] == LUA_SIGNATURE[0])
        script_error(L, "load takes source text; bytecode is not available");
    lua_settop(L, 4);
    if (luaL_loadbufferx(L, text, size, name, "t") != LUA_OK) {
        lua_pushnil(L);
        lua_insert(L, -2);
        return 2;
    }
    if (!lua_isnil(L, 4)) {
        lua_pushvalue(L, 4);
        if (!lua_setupvalue(L, -2, 1))
            lua_pop(L, 1);
    }
    return 1;
}

// ---- math.random ----

static double random_fraction(struct world *world)
{
    uint64_t high = choose(world, CHOICE_RANDOM, 1u << 26);
    uint64_t low = choose(world, CHOICE_RANDOM, 1u << 27);

    return (double)(high << 27 | low) / (double)((uint64_t)1 << 53);
}

// random() from 0 to below 1, random(n) from 1 to n, random(m, n) from m to n.
static int random_number(lua_State *L)
{
    struct script *script = script_in_process(L);
    bool has_two = lua_gettop(L) > 1;
    lua_Integer least = has_two ? luaL_checkinteger(L, 1) : 1;

    if (lua_gettop(L) == 0) {
        lua_pushnumber(L, random_fraction(script->app->world));
        return 1;
    }
    lua_Integer most = luaL_checkinteger(L, has_two ? 2 : 1);
    if (least > most)
        script_error(L,
                     "math.random: there is no number from " LUA_INTEGER_FMT " to " LUA_INTEGER_FMT,
                     (LUAI_UACINT)least, (LUAI_UACINT)most);
    uint64_t span = (uint64_t)most - (uint64_t)least;
    if (span >= UINT32_MAX)
        script_error(L, "math.random: more than 2^32 - 1 numbers to choose from");
    uint32_t choice = choose(script->app->world, CHOICE_RANDOM, (uint32_t)span + 1);
    lua_pushinteger(L, least + (lua_Integer)choice);
    return 1;
}

// ---- All together ----

// Puts `wrapper` in the place of field `name` of the table on top, which becomes its upvalue.
static void wrap(lua_State *L, const char *name, lua_CFunction wrapper)
{
    lua_getfield(L, -1, name);
    lua_pushcclosure(L, wrapper, 1);
    lua_setfield(L, -2, name);
}

static void replace(lua_State *L, const char *name, lua_CFunction function)
{
    lua_pushcfunction(L, function);
    lua_setfield(L, -2, name);
}

static void remove_missing(lua_State *L)
{
    for (size_t i = 0; i < MISSING_COUNT; i++) {
        lua_getglobal(L, missing[i].table);
        lua_pushnil(L);
        lua_setfield(L, -2, missing[i].name);
        lua_pop(L, 1);
    }
}

static void change_globals(lua_State *L)
{
    lua_pushglobaltable(L);
    replace(L, "tostring", tostring);
    replace(L, "next", ordered_next);
    replace(L, "pairs", ordered_pairs);
    replace(L, "load", load_text);
    wrap(L, "setmetatable", set_metatable);
    lua_pop(L, 1);
    lua_getglobal(L, "string");
    wrap(L, "format", format);
    lua_pop(L, 1);
    lua_getglobal(L, "math");
    replace(L, "random", random_number);
    lua_pop(L, 1);
}

void sandbox_open(lua_State *L)
{
    static const luaL_Reg libraries[] = {
        {"_G", luaopen_base},   {"string", luaopen_string}, {"table", luaopen_table},
        {"math", luaopen_math}, {"utf8", luaopen_utf8},     {"coroutine", luaopen_coroutine},
    };

    for (size_t i = 0; i < COUNT_OF(libraries); i++) {
        luaL_requiref(L, libraries[i].name, libraries[i].func, true);
        lua_pop(L, 1);
    }
    remove_missing(L);
    change_globals(L);
    // Lua looks here for the names of functions, and takes the first that it comes across.
    lua_pushnil(L);
    lua_setfield(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
}
