// SPDX-License-Identifier: Apache-2.0 OR MIT
// Lua functions as upcalls: each gets an address in the flash of its process, one word
// per function, so that the kernel checks it as it checks any function pointer.

#include "lua_host.h"

// Three tables in the registry: address -> function, function -> address, and
// (driver, subscribe_num) -> address that the kernel has.
#define REGISTRY_FUNCTIONS  "ipcsim.functions"
#define REGISTRY_ADDRESSES  "ipcsim.addresses"
#define REGISTRY_SUBSCRIBED "ipcsim.subscribed"

// The first slot is where the init function would be.
static uaddr first_address(const struct script *script)
{
    return process_flash_app(app_process(script->app)) + UPCALL_SLOT_BYTES;
}

static bool is_subscribed(lua_State *L, uaddr address)
{
    bool found = false;

    luaL_getsubtable(L, LUA_REGISTRYINDEX, REGISTRY_SUBSCRIBED);
    for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1))
        found = found || lua_tointeger(L, -1) == (lua_Integer)address;
    lua_pop(L, 1);
    return found;
}

// The next address that no function ever had, else the first whose function the kernel
// does not have. 0: all in use.
static uaddr find_free(lua_State *L)
{
    struct script *script = script_of(L);
    uaddr end = process_flash_end(app_process(script->app));
    uaddr fresh = first_address(script) + script->upcall_slots * UPCALL_SLOT_BYTES;

    if (fresh < end) {
        script->upcall_slots++;
        return fresh;
    }
    for (uaddr address = first_address(script); address < end; address += UPCALL_SLOT_BYTES) {
        if (!is_subscribed(L, address))
            return address;
    }
    return 0;
}

// Takes `address` from the function that had it and gives it to the one at `index`.
static void assign(lua_State *L, int index, uaddr address)
{
    luaL_getsubtable(L, LUA_REGISTRYINDEX, REGISTRY_ADDRESSES);
    if (upcall_push_function(L, address)) {
        lua_pushnil(L);
        lua_rawset(L, -3);
    }
    lua_pushvalue(L, index);
    lua_pushinteger(L, address);
    lua_rawset(L, -3);
    luaL_getsubtable(L, LUA_REGISTRYINDEX, REGISTRY_FUNCTIONS);
    lua_pushvalue(L, index);
    lua_rawseti(L, -2, address);
    lua_pop(L, 2);
}

uaddr upcall_address(lua_State *L, int index)
{
    luaL_getsubtable(L, LUA_REGISTRYINDEX, REGISTRY_ADDRESSES);
    lua_pushvalue(L, index);
    lua_rawget(L, -2);
    uaddr address = (uaddr)lua_tointeger(L, -1);
    lua_pop(L, 2);
    if (address != 0)
        return address;

    address = find_free(L);
    if (address == 0)
        script_error(L,
                     "no flash left for one more upcall function: %u are subscribed; give "
                     "process() a larger flash",
                     (unsigned)script_of(L)->upcall_slots);
    assign(L, index, address);
    return address;
}

void upcall_subscribed(lua_State *L, uint32_t driver, uint32_t subscribe_num, uaddr address)
{
    luaL_getsubtable(L, LUA_REGISTRYINDEX, REGISTRY_SUBSCRIBED);
    if (address != 0)
        lua_pushinteger(L, address);
    else
        lua_pushnil(L);
    lua_rawseti(L, -2, (lua_Integer)((uint64_t)driver << 32 | subscribe_num));
    lua_pop(L, 1);
}

bool upcall_push_function(lua_State *L, uaddr address)
{
    luaL_getsubtable(L, LUA_REGISTRYINDEX, REGISTRY_FUNCTIONS);
    bool found = lua_rawgeti(L, -1, address) == LUA_TFUNCTION;

    lua_remove(L, -2);
    if (!found)
        lua_pop(L, 1);
    return found;
}
