// SPDX-License-Identifier: Apache-2.0 OR MIT
// Does a process ever say done()? Found in the bytecode of its function: which globals
// it names, it and the functions inside of it, and from there on wherever these lead.
//
// The layout of a dump is that of Lua 5.4 (its ldump.c); done() is found even where a
// script calls it through a helper, a table or a local of another name.
#include <assert.h>
#include <string.h>

#include "lua_host.h"

static_assert(LUA_VERSION_NUM == 504, "the layout of bytecode is that of Lua 5.4");

enum {
    HEADER_BYTES = 31 + 1, // and one for the number of upvalues
    OP_GETTABUP = 11,      // A B C: a field of an upvalue; C is the constant with its name
    OPCODE_BITS = 7,
    ARGUMENT_B_SHIFT = 16,
    ARGUMENT_C_SHIFT = 24,
    LAST_SHORT_CONSTANT = 255, // later ones are loaded on their own
    TYPE_FLOAT = 0x13,
    TYPE_INTEGER = 0x03,
    TYPE_SHORT_TEXT = 0x04,
    TYPE_LONG_TEXT = 0x14,
    MAX_UPVALUES = 255,
};

struct text {
    const char *bytes;
    size_t length;
};

// Reads a dump from front to back; it is our own and whole.
struct reader {
    lua_State *L; // whose list below is filled
    const unsigned char *at;
};

static size_t read_size(struct reader *reader)
{
    size_t size = 0;
    unsigned char byte;

    do {
        byte = *reader->at++;
        size = size << 7 | (byte & 0x7f);
    } while (!(byte & 0x80));
    return size;
}

static struct text read_text(struct reader *reader)
{
    size_t size = read_size(reader);
    struct text text = {(const char *)reader->at, size > 0 ? size - 1 : 0};

    reader->at += text.length;
    return text;
}

// Reads one constant; what is no text gives an empty one.
static struct text read_constant(struct reader *reader)
{
    unsigned char type = *reader->at++;

    if (type == TYPE_SHORT_TEXT || type == TYPE_LONG_TEXT)
        return read_text(reader);
    if (type == TYPE_FLOAT)
        reader->at += sizeof(lua_Number);
    else if (type == TYPE_INTEGER)
        reader->at += sizeof(lua_Integer);
    return (struct text){"", 0};
}

static struct text find_constant(struct reader constants, size_t index)
{
    struct text text = {"", 0};

    for (size_t i = 0; i <= index; i++)
        text = read_constant(&constants);
    return text;
}

// ---- The list of what is still to be looked at, at stack index 1; at 2 what was seen ----

enum { WAITING = 1, SEEN = 2 };

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

static void add_global(lua_State *L, struct text name)
{
    lua_pushglobaltable(L);
    lua_pushlstring(L, name.bytes, name.length);
    lua_rawget(L, -2);
    add_value(L);
    lua_pop(L, 1);
}

// ---- One function of a dump, and those inside of it ----

static bool is_environment(struct text upvalue)
{
    return upvalue.length == 4 && memcmp(upvalue.bytes, "_ENV", 4) == 0;
}

static void skip_debug_before_upvalues(struct reader *reader)
{
    reader->at += read_size(reader); // lines
    for (size_t i = read_size(reader); i > 0; i--) {
        read_size(reader);
        read_size(reader);
    }
    for (size_t i = read_size(reader); i > 0; i--) { // locals
        read_text(reader);
        read_size(reader);
        read_size(reader);
    }
}

// Adds the globals that `count` instructions at `code` name.
static void add_named(lua_State *L, const unsigned char *code, size_t count,
                      struct reader constants, const bool *is_env)
{
    for (size_t i = 0; i < count; i++) {
        uint32_t instruction;

        memcpy(&instruction, code + i * sizeof instruction, sizeof instruction);
        if ((instruction & ((1u << OPCODE_BITS) - 1)) == OP_GETTABUP &&
            is_env[instruction >> ARGUMENT_B_SHIFT & 0xff])
            add_global(L, find_constant(constants, instruction >> ARGUMENT_C_SHIFT));
    }
}

// In a function of very many constants the name of a global may be loaded on its own.
static void add_late_constants(lua_State *L, struct reader constants, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct text text = read_constant(&constants);

        if (i > LAST_SHORT_CONSTANT && text.length > 0)
            add_global(L, text);
    }
}

static void read_function(struct reader *reader)
{
    bool is_env[MAX_UPVALUES + 1] = {false};

    read_text(reader); // source
    read_size(reader);
    read_size(reader);
    reader->at += 3; // parameters, vararg, stack size
    size_t code_count = read_size(reader);
    const unsigned char *code = reader->at;
    reader->at += code_count * sizeof(uint32_t);
    size_t constant_count = read_size(reader);
    struct reader constants = *reader;
    for (size_t i = 0; i < constant_count; i++)
        read_constant(reader);
    reader->at += read_size(reader) * 3; // upvalues
    for (size_t i = read_size(reader); i > 0; i--)
        read_function(reader);
    skip_debug_before_upvalues(reader);
    size_t upvalue_count = read_size(reader);
    for (size_t i = 0; i < upvalue_count; i++)
        is_env[i & MAX_UPVALUES] = is_environment(read_text(reader));

    add_named(reader->L, code, code_count, constants, is_env);
    add_late_constants(reader->L, constants, constant_count);
}

// ---- From value to value ----

struct writer {
    bool is_ready;
    luaL_Buffer buffer;
};

// Readied only here: lua_dump wants the function on top when it begins.
static int append(lua_State *L, const void *bytes, size_t size, void *user)
{
    struct writer *writer = user;

    if (!writer->is_ready) {
        luaL_buffinit(L, &writer->buffer);
        writer->is_ready = true;
    }
    luaL_addlstring(&writer->buffer, bytes, size);
    return 0;
}

// Adds the globals that the function on top names.
static void add_globals(lua_State *L)
{
    struct writer writer = {.is_ready = false};

    lua_dump(L, append, &writer, false);
    luaL_pushresult(&writer.buffer);
    struct reader reader = {L, (const unsigned char *)lua_tostring(L, -1) + HEADER_BYTES};
    read_function(&reader);
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

// The prelude carries no source. What it calls is not what the script says.
static bool is_of_script(lua_State *L)
{
    lua_Debug function;

    lua_pushvalue(L, -1);
    lua_getinfo(L, ">S", &function);
    return strcmp(function.what, "C") != 0 && strcmp(function.source, "=?") != 0;
}

// The value on top leads to these; whether it is done() itself.
static bool follow(lua_State *L)
{
    lua_getfield(L, LUA_REGISTRYINDEX, REGISTRY_DONE);
    bool is_done = lua_rawequal(L, -1, -2);
    lua_pop(L, 1);
    lua_pushglobaltable(L);
    bool is_globals = lua_rawequal(L, -1, -2);
    lua_pop(L, 1);

    if (lua_istable(L, -1) && !is_globals) {
        add_fields(L);
    } else if (lua_isfunction(L, -1) && is_of_script(L)) {
        add_globals(L);
        add_upvalues(L);
    }
    return is_done;
}

static int search(lua_State *L)
{
    bool found = false;

    lua_newtable(L);
    lua_newtable(L);
    lua_rotate(L, 1, 2);
    add_value(L);
    for (lua_Integer next = 1; !found && lua_rawgeti(L, WAITING, next) != LUA_TNIL; next++) {
        found = follow(L);
        lua_pop(L, 1);
    }
    lua_pushboolean(L, found);
    return 1;
}

bool reaches_done(lua_State *L)
{
    lua_pushcfunction(L, search);
    lua_insert(L, -2);
    lua_call(L, 1, 1);
    bool found = lua_toboolean(L, -1);
    lua_pop(L, 1);
    return found;
}
