// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "bytecode.h"

#include <assert.h>
#include <string.h>

static_assert(LUA_VERSION_NUM == 504, "the layout of bytecode is that of Lua 5.4");

enum {
    HEADER_BYTES = 31 + 1, // and one for the number of upvalues
    TYPE_FLOAT = 0x13,
    TYPE_INTEGER = 0x03,
    TYPE_SHORT_TEXT = 0x04,
    TYPE_LONG_TEXT = 0x14,
    JUMP_ZERO = (1 << 24) - 1, // a jump by nothing
};

// ---- a dump, from front to back: it is our own and whole

static size_t read_size(const unsigned char **at)
{
    size_t size = 0;
    unsigned char byte;

    do {
        byte = *(*at)++;
        size = size << 7 | (byte & 0x7f);
    } while (!(byte & 0x80));
    return size;
}

static struct bytecode_text read_text(const unsigned char **at)
{
    size_t size = read_size(at);
    struct bytecode_text text = {(const char *)*at, size > 0 ? size - 1 : 0};

    *at += text.length;
    return text;
}

// What is no text gives an empty one.
static struct bytecode_text read_constant(const unsigned char **at)
{
    unsigned char type = *(*at)++;

    if (type == TYPE_SHORT_TEXT || type == TYPE_LONG_TEXT)
        return read_text(at);
    if (type == TYPE_FLOAT)
        *at += sizeof(lua_Number);
    else if (type == TYPE_INTEGER)
        *at += sizeof(lua_Integer);
    return (struct bytecode_text){"", 0};
}

static bool is_environment(struct bytecode_text upvalue)
{
    return upvalue.length == 4 && memcmp(upvalue.bytes, "_ENV", 4) == 0;
}

static void read_code(struct bytecode *function, const unsigned char **at)
{
    read_text(at); // source
    function->first_line = read_size(at);
    read_size(at); // last line
    *at += 3;      // parameters, vararg, stack size
    function->count = read_size(at);
    function->code = *at;
    *at += function->count * sizeof(uint32_t);
    function->constant_count = read_size(at);
    function->constants = *at;
    for (size_t i = 0; i < function->constant_count; i++)
        read_constant(at);
    *at += read_size(at) * 3; // upvalues
}

static void read_debug(struct bytecode *function, const unsigned char **at)
{
    function->line_count = read_size(at);
    function->lines = *at;
    *at += function->line_count;
    function->jump_count = read_size(at);
    function->jumps = *at;
    for (size_t i = 0; i < 2 * function->jump_count; i++)
        read_size(at);
    for (size_t i = read_size(at); i > 0; i--) { // locals
        read_text(at);
        read_size(at);
        read_size(at);
    }
    size_t upvalue_count = read_size(at);
    for (size_t i = 0; i < upvalue_count; i++)
        function->is_env[i & BYTECODE_MOST_UPVALUES] = is_environment(read_text(at));
}

const unsigned char *bytecode_begin(const char *dump)
{
    return (const unsigned char *)dump + HEADER_BYTES;
}

const unsigned char *bytecode_read(struct bytecode *function, const unsigned char *at)
{
    struct bytecode inner;

    memset(function->is_env, 0, sizeof function->is_env);
    read_code(function, &at);
    function->nested_count = read_size(&at);
    function->nested = at;
    for (size_t i = 0; i < function->nested_count; i++)
        at = bytecode_read(&inner, at);
    read_debug(function, &at);
    return at;
}

struct bytecode_text bytecode_constant(const struct bytecode *function, size_t index)
{
    const unsigned char *at = function->constants;
    struct bytecode_text text = {"", 0};

    for (size_t i = 0; i <= index && i < function->constant_count; i++)
        text = read_constant(&at);
    return text;
}

// ---- lines

enum { LINE_IS_ELSEWHERE = 0x80 };

static int find_line(const struct bytecode *function, size_t i)
{
    const unsigned char *at = function->jumps;

    for (size_t n = 0; n < function->jump_count; n++) {
        size_t instruction = read_size(&at);
        size_t line = read_size(&at);

        if (instruction == i)
            return (int)line;
    }
    return 0;
}

int bytecode_line(const struct bytecode *function, size_t i, int line)
{
    if (function->lines[i] == LINE_IS_ELSEWHERE)
        return find_line(function, i);
    return line + (signed char)function->lines[i];
}

// ---- making one

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

void bytecode_push(lua_State *L)
{
    struct writer writer = {.is_ready = false};

    lua_dump(L, append, &writer, false);
    luaL_pushresult(&writer.buffer);
}

// ---- where it goes

static bool is_test(uint32_t op)
{
    return op >= BYTECODE_EQ && op <= BYTECODE_TESTSET;
}

// A test of what is false, as in `until false`: which of the two ways it goes is known.
static bool is_decided(const struct bytecode *function, size_t i)
{
    uint32_t before = i > 0 ? bytecode_at(function, i - 1) : 0;
    uint32_t test = bytecode_at(function, i);

    return i > 0 && bytecode_op(test) == BYTECODE_TEST &&
           (bytecode_op(before) == BYTECODE_LOADFALSE || bytecode_op(before) == BYTECODE_LOADNIL) &&
           bytecode_a(before) == bytecode_a(test);
}

static size_t find_target(const struct bytecode *function, size_t i)
{
    uint32_t instruction = bytecode_at(function, i);
    size_t by = bytecode_bx(instruction);

    switch (bytecode_op(instruction)) {
    case BYTECODE_JMP:
        return i + 1 + (instruction >> 7) - JUMP_ZERO;
    case BYTECODE_FORPREP:
        return i + 1 + by + 1;
    case BYTECODE_TFORPREP:
        return i + 1 + by;
    case BYTECODE_FORLOOP:
    case BYTECODE_TFORLOOP:
        return i + 1 - by;
    default: // it skips the next one
        return i + 2;
    }
}

size_t bytecode_next(const struct bytecode *function, size_t i, size_t next[2])
{
    uint32_t op = bytecode_op(bytecode_at(function, i));

    next[0] = i + 1;
    next[1] = find_target(function, i);
    if (op >= BYTECODE_RETURN && op <= BYTECODE_RETURN1)
        return 0;
    if (op == BYTECODE_JMP || op == BYTECODE_TFORPREP || op == BYTECODE_LFALSESKIP) {
        next[0] = next[1];
        return 1;
    }
    if (is_test(op) && is_decided(function, i)) // its k is bit 15: goes on where false is meant
        next[0] = (bytecode_at(function, i) >> 15 & 1) == 0 ? next[0] : next[1];
    else if (is_test(op) || (op >= BYTECODE_FORLOOP && op <= BYTECODE_FORPREP) ||
             op == BYTECODE_TFORLOOP)
        return 2;
    return 1;
}
