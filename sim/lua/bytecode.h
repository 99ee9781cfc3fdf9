// SPDX-License-Identifier: Apache-2.0 OR MIT
// Functions as bytecode: what lua_dump writes, taken apart. The layout is that of Lua 5.4 (its
// ldump.c).
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lua_host.h"

enum { BYTECODE_MOST_UPVALUES = 255 };

// X(NAME, number): the instructions that somebody here looks at (Lua's lopcodes.h).
#define BYTECODE_OPS(X)                                                                            \
    X(MOVE, 0)                                                                                     \
    X(LOADFALSE, 5)                                                                                \
    X(LFALSESKIP, 6)                                                                               \
    X(LOADNIL, 8)                                                                                  \
    X(GETUPVAL, 9)                                                                                 \
    X(GETTABUP, 11)                                                                                \
    X(GETFIELD, 14)                                                                                \
    X(SELF, 20)                                                                                    \
    X(JMP, 56)                                                                                     \
    X(EQ, 57)                                                                                      \
    X(TEST, 66)                                                                                    \
    X(TESTSET, 67)                                                                                 \
    X(CALL, 68)                                                                                    \
    X(TAILCALL, 69)                                                                                \
    X(RETURN, 70)                                                                                  \
    X(RETURN1, 72)                                                                                 \
    X(FORLOOP, 73)                                                                                 \
    X(FORPREP, 74)                                                                                 \
    X(TFORPREP, 75)                                                                                \
    X(TFORLOOP, 77)                                                                                \
    X(CLOSURE, 79)

enum bytecode_op {
#define X(NAME, number) BYTECODE_##NAME = (number),
    BYTECODE_OPS(X)
#undef X
};

struct bytecode_text {
    const char *bytes;
    size_t length;
};

// One function of a dump. All of it borrows from the dump.
struct bytecode {
    size_t first_line;
    const unsigned char *code;
    size_t count; // of instructions
    const unsigned char *constants;
    size_t constant_count;
    const unsigned char *nested; // functions inside of it, one behind the other
    size_t nested_count;
    const unsigned char *lines; // how many each instruction is from the one before
    size_t line_count;          // as many, or 0: stripped
    const unsigned char *jumps; // pairs of instruction and line, where they are too many
    size_t jump_count;
    bool is_env[BYTECODE_MOST_UPVALUES + 1]; // which upvalues are the globals
};

// Pushes a dump of the function on top, which stays.
void bytecode_push(lua_State *L);

// The function at the top of a dump; the one at `at`, and where it ends.
const unsigned char *bytecode_begin(const char *dump);
const unsigned char *bytecode_read(struct bytecode *function, const unsigned char *at);

// Constant `index`; empty where it is no text.
struct bytecode_text bytecode_constant(const struct bytecode *function, size_t index);

static inline uint32_t bytecode_at(const struct bytecode *function, size_t i)
{
    const unsigned char *b = function->code + i * sizeof(uint32_t);

    return (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
}

static inline uint32_t bytecode_op(uint32_t instruction)
{
    return instruction & 0x7f;
}

static inline uint32_t bytecode_a(uint32_t instruction)
{
    return instruction >> 7 & 0xff;
}

static inline uint32_t bytecode_b(uint32_t instruction)
{
    return instruction >> 16 & 0xff;
}

static inline uint32_t bytecode_c(uint32_t instruction)
{
    return instruction >> 24;
}

static inline uint32_t bytecode_bx(uint32_t instruction)
{
    return instruction >> 15;
}

// The line of instruction `i`, where `line` is that of the one before (first_line of none).
int bytecode_line(const struct bytecode *function, size_t i, int line);

// The instructions that may come after `i`; how many of them.
size_t bytecode_next(const struct bytecode *function, size_t i, size_t next[2]);
