// SPDX-License-Identifier: Apache-2.0 OR MIT
// Going through a table in an order that means something. Lua's own order follows from
// addresses and from the time when the program was started.
#include <string.h>

#include "lua_host.h"

enum { RANK_NUMBER, RANK_STRING, RANK_BOOLEAN };

static int rank_of(lua_State *L, int index)
{
    switch (lua_type(L, index)) {
    case LUA_TNUMBER:
        return RANK_NUMBER;
    case LUA_TSTRING:
        return RANK_STRING;
    case LUA_TBOOLEAN:
        return RANK_BOOLEAN;
    default:
        script_error(L,
                     "going through a table needs keys that have an order: numbers, texts, "
                     "booleans; this one has %s as a key",
                     script_kind(L, index));
    }
}

static bool text_is_less(lua_State *L, int a, int b)
{
    size_t a_length, b_length;
    const char *a_text = lua_tolstring(L, a, &a_length);
    const char *b_text = lua_tolstring(L, b, &b_length);
    int order = memcmp(a_text, b_text, a_length < b_length ? a_length : b_length);

    return order != 0 ? order < 0 : a_length < b_length;
}

static bool key_is_less(lua_State *L, int a, int b)
{
    int a_rank = rank_of(L, a);
    int b_rank = rank_of(L, b);

    if (a_rank != b_rank)
        return a_rank < b_rank;
    if (a_rank == RANK_NUMBER)
        return lua_compare(L, a, b, LUA_OPLT);
    if (a_rank == RANK_STRING)
        return text_is_less(L, a, b);
    return lua_toboolean(L, a) < lua_toboolean(L, b);
}

int ordered_next(lua_State *L)
{
    enum { TABLE = 1, BEFORE, BEST, KEY };
    uint64_t count = 0;

    luaL_checktype(L, TABLE, LUA_TTABLE);
    lua_settop(L, BEFORE);
    lua_pushnil(L);
    for (lua_pushnil(L); lua_next(L, TABLE); count++) {
        lua_pop(L, 1);
        rank_of(L, KEY);
        if (!lua_isnil(L, BEFORE) && !key_is_less(L, BEFORE, KEY))
            continue;
        if (lua_isnil(L, BEST) || key_is_less(L, KEY, BEST))
            lua_copy(L, KEY, BEST);
    }
    script_charge(L, count);
    if (lua_isnil(L, BEST))
        return 1;
    lua_pushvalue(L, BEST);
    lua_rawget(L, TABLE);
    return 2;
}

// Whether element `a` of the array on top is less than element `b`.
static bool element_is_less(lua_State *L, lua_Integer a, lua_Integer b)
{
    lua_rawgeti(L, -1, a);
    lua_rawgeti(L, -2, b);
    bool is_less = key_is_less(L, lua_absindex(L, -2), lua_absindex(L, -1));
    lua_pop(L, 2);
    return is_less;
}

static void swap_elements(lua_State *L, lua_Integer a, lua_Integer b)
{
    lua_rawgeti(L, -1, a);
    lua_rawgeti(L, -2, b);
    lua_rawseti(L, -3, a);
    lua_rawseti(L, -2, b);
}

// Lets element `root` of the heap of `count` elements sink to its place.
static void sift_down(lua_State *L, lua_Integer root, lua_Integer count)
{
    for (lua_Integer child; (child = 2 * root) <= count; root = child) {
        if (child < count && element_is_less(L, child, child + 1))
            child++;
        if (!element_is_less(L, root, child))
            return;
        swap_elements(L, root, child);
    }
}

// Sorts the array of `count` keys on top. Heapsort: no recursion, no memory, no bad case.
static void sort_keys(lua_State *L, lua_Integer count)
{
    for (lua_Integer root = count / 2; root >= 1; root--)
        sift_down(L, root, count);
    for (lua_Integer last = count; last > 1; last--) {
        swap_elements(L, 1, last);
        sift_down(L, 1, last - 1);
    }
}

// Pushes an array of the keys of the table at 1.
static lua_Integer push_keys(lua_State *L)
{
    lua_Integer count = 0;

    lua_newtable(L);
    for (lua_pushnil(L); lua_next(L, 1);) {
        lua_pop(L, 1);
        rank_of(L, lua_gettop(L));
        lua_pushvalue(L, -1);
        lua_rawseti(L, -3, ++count);
    }
    return count;
}

// The iterator: upvalue 1 is the array of keys, 2 how many of them are done. Keys that
// lost their value since are left out.
static int next_key(lua_State *L)
{
    lua_Integer done = lua_tointeger(L, lua_upvalueindex(2));

    for (;;) {
        lua_settop(L, 1);
        if (lua_rawgeti(L, lua_upvalueindex(1), ++done) == LUA_TNIL)
            return 1;
        lua_pushvalue(L, -1);
        if (lua_rawget(L, 1) != LUA_TNIL)
            break;
    }
    lua_pushinteger(L, done);
    lua_replace(L, lua_upvalueindex(2));
    return 2;
}

int ordered_pairs(lua_State *L)
{
    luaL_checkany(L, 1);
    lua_settop(L, 1);
    if (luaL_getmetafield(L, 1, "__pairs") != LUA_TNIL) {
        lua_pushvalue(L, 1);
        lua_call(L, 1, 3);
        return 3;
    }
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_Integer count = push_keys(L);
    sort_keys(L, count);
    script_charge(L, (uint64_t)count);
    lua_pushinteger(L, 0);
    lua_pushcclosure(L, next_key, 2);
    lua_pushvalue(L, 1);
    return 2;
}
