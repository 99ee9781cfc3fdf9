// SPDX-License-Identifier: Apache-2.0 OR MIT
// What a program that waits for ever has not come to: whether an expectation lies ahead of it.
//
// Looked at is each function that it is in, from the line that it is at onwards, in whichever
// way its bytecode can go on. A loop that it cannot leave is what a server does for ever: what
// stands in there may have been run as often as it was wanted, and is not ahead. What stands
// behind such a loop and can be reached only through it never will be, and is.
#include <string.h>

#include "../machine/app.h"
#include "bytecode.h"
#include "lua_host.h"
#include "reach.h"

// Marks of an instruction, as seen from the call that a function is in.
enum {
    MARK_AFTER = 1,   // it may come after the call
    MARK_BEFORE = 2,  // the call may come after it
    MARK_BESIDE = 4,  // it is reached without the call
    MARK_LINE = 8,    // stands in the line that the function is at
    MARK_WANTED = 16, // leads to an expectation
    MARK_SPARED = 32, // is not ahead, seen from at least one of the calls in that line
};

// One function that the program is in.
struct frame {
    lua_State *L;
    lua_Debug activation; // its function stands at `place`
    int place;
    struct bytecode function;
    uint8_t *marks; // one for each instruction; a value of the state
    size_t *list;   // room for a walk; the same
};

// ---- ways through a function

static void mark(struct frame *frame, size_t *count, size_t i, uint8_t how)
{
    if (i >= frame->function.count || (frame->marks[i] & how))
        return;
    frame->marks[i] |= how;
    frame->list[(*count)++] = i;
}

// Marks what may come after the `count` instructions in the list, but not through `barrier`.
static void walk(struct frame *frame, size_t count, uint8_t how, size_t barrier)
{
    while (count > 0) {
        size_t i = frame->list[--count];
        size_t next[2];
        size_t ways = i == barrier ? 0 : bytecode_next(&frame->function, i, next);

        while (ways-- > 0)
            mark(frame, &count, next[ways], how);
    }
}

static void mark_after(struct frame *frame, size_t call)
{
    size_t next[2];
    size_t count = 0;

    for (size_t ways = bytecode_next(&frame->function, call, next); ways-- > 0;)
        mark(frame, &count, next[ways], MARK_AFTER);
    walk(frame, count, MARK_AFTER, SIZE_MAX);
}

static void mark_beside(struct frame *frame, size_t call)
{
    size_t count = 0;

    mark(frame, &count, 0, MARK_BESIDE);
    walk(frame, count, MARK_BESIDE, call);
}

static bool leads_to_before(const struct frame *frame, size_t i)
{
    size_t next[2];

    for (size_t ways = bytecode_next(&frame->function, i, next); ways-- > 0;)
        if (next[ways] < frame->function.count && (frame->marks[next[ways]] & MARK_BEFORE))
            return true;
    return false;
}

static void mark_before(struct frame *frame, size_t call)
{
    bool has_changed = true;

    frame->marks[call] |= MARK_BEFORE;
    while (has_changed) {
        has_changed = false;
        for (size_t i = frame->function.count; i-- > 0;) {
            if ((frame->marks[i] & MARK_BEFORE) || !leads_to_before(frame, i))
                continue;
            frame->marks[i] |= MARK_BEFORE;
            has_changed = true;
        }
    }
}

// Whether every way from the call leads back to it.
static bool is_endless(const struct frame *frame)
{
    for (size_t i = 0; i < frame->function.count; i++)
        if ((frame->marks[i] & (MARK_AFTER | MARK_BEFORE)) == MARK_AFTER)
            return false;
    return true;
}

// ---- what leads to an expectation

// Reaches the value on top, or its field that instruction `i` asks for if it does; pops it.
static bool is_wanted_value(struct frame *frame, size_t i, uint32_t held_in)
{
    uint32_t next = i + 1 < frame->function.count ? bytecode_at(&frame->function, i + 1) : 0;
    uint32_t op = bytecode_op(next);

    if (lua_istable(frame->L, -1) && (op == BYTECODE_GETFIELD || op == BYTECODE_SELF) &&
        bytecode_b(next) == held_in) {
        struct bytecode_text name = bytecode_constant(&frame->function, bytecode_c(next));

        lua_pushlstring(frame->L, name.bytes, name.length);
        lua_rawget(frame->L, -2);
        lua_remove(frame->L, -2);
    }
    return reach_finds(frame->L, REACH_EXPECTATIONS);
}

// A field of an upvalue: of the globals, most of all.
static bool is_wanted_global(struct frame *frame, size_t i, uint32_t instruction)
{
    struct bytecode_text name = bytecode_constant(&frame->function, bytecode_c(instruction));

    if (!lua_getupvalue(frame->L, frame->place, (int)bytecode_b(instruction) + 1))
        return false;
    if (!lua_istable(frame->L, -1)) {
        lua_pop(frame->L, 1);
        return false;
    }
    lua_pushlstring(frame->L, name.bytes, name.length);
    lua_rawget(frame->L, -2);
    lua_remove(frame->L, -2);
    return is_wanted_value(frame, i, bytecode_a(instruction));
}

static bool is_wanted_upvalue(struct frame *frame, size_t i, uint32_t instruction)
{
    return lua_getupvalue(frame->L, frame->place, (int)bytecode_b(instruction) + 1) &&
           is_wanted_value(frame, i, bytecode_a(instruction));
}

// A local variable that is there now; `i` is the instruction before one that asks for a field.
static bool is_wanted_local(struct frame *frame, size_t i, uint32_t local, uint32_t held_in)
{
    const char *name = lua_getlocal(frame->L, &frame->activation, (int)local + 1);

    if (name && name[0] == '(') { // a value that is no variable
        lua_pop(frame->L, 1);
        return false;
    }
    return name && is_wanted_value(frame, i, held_in);
}

static bool is_wanted_closure(struct frame *frame, uint32_t instruction)
{
    const unsigned char *inner = frame->function.nested;
    struct bytecode skipped;

    for (uint32_t i = bytecode_bx(instruction); i > 0; i--)
        inner = bytecode_read(&skipped, inner);
    return reach_finds_from_code(frame->L, inner, REACH_EXPECTATIONS);
}

static bool is_wanted(struct frame *frame, size_t i)
{
    uint32_t instruction = bytecode_at(&frame->function, i);

    switch (bytecode_op(instruction)) {
    case BYTECODE_GETTABUP:
        return is_wanted_global(frame, i, instruction);
    case BYTECODE_GETUPVAL:
        return is_wanted_upvalue(frame, i, instruction);
    case BYTECODE_MOVE:
        return is_wanted_local(frame, i, bytecode_b(instruction), bytecode_a(instruction));
    case BYTECODE_GETFIELD:
    case BYTECODE_SELF:
        return i > 0 &&
               is_wanted_local(frame, i - 1, bytecode_b(instruction), bytecode_b(instruction));
    case BYTECODE_CLOSURE:
        return is_wanted_closure(frame, instruction);
    default:
        return false;
    }
}

// ---- where it is

static bool is_call(const struct frame *frame, size_t i)
{
    uint32_t op = bytecode_op(bytecode_at(&frame->function, i));

    return op == BYTECODE_CALL || op == BYTECODE_TAILCALL;
}

// Whether what is called there was loaded by an instruction that is wanted: expectations wait
// for nothing.
static bool calls_wanted(const struct frame *frame, size_t call)
{
    uint32_t held_in = bytecode_a(bytecode_at(&frame->function, call));

    for (size_t i = call; i-- > 0;)
        if (bytecode_a(bytecode_at(&frame->function, i)) == held_in)
            return bytecode_op(bytecode_at(&frame->function, i)) == BYTECODE_GETTABUP &&
                   (frame->marks[i] & MARK_WANTED);
    return false;
}

static void mark_line(struct frame *frame)
{
    const struct bytecode *function = &frame->function;
    int line = (int)function->first_line;

    for (size_t i = 0; i < function->count && i < function->line_count; i++) {
        line = bytecode_line(function, i, line);
        if (line == frame->activation.currentline)
            frame->marks[i] |= MARK_LINE;
    }
}

// Of the line that the function is at, leaves the marks of those alone that may be waiting:
// calls, if there are any.
static void narrow_line(struct frame *frame)
{
    size_t calls = 0;

    for (size_t i = 0; i < frame->function.count; i++)
        calls += (frame->marks[i] & MARK_LINE) && is_call(frame, i) && !calls_wanted(frame, i);
    for (size_t i = 0; i < frame->function.count && calls > 0; i++)
        if (!is_call(frame, i) || calls_wanted(frame, i))
            frame->marks[i] &= (uint8_t)~MARK_LINE;
}

// ---- the verdict

static bool is_ahead(uint8_t marks, bool never_returns)
{
    bool is_in_loop = (marks & MARK_AFTER) && (marks & MARK_BEFORE);

    return never_returns ? !(marks & MARK_BESIDE) && !is_in_loop : (marks & MARK_AFTER) != 0;
}

// Seen from one call that the function may be in. Adds to `*never_returns` whether it never
// does.
static void look_from(struct frame *frame, size_t call, bool is_above_endless, bool *never_returns)
{
    for (size_t i = 0; i < frame->function.count; i++)
        frame->marks[i] &= MARK_LINE | MARK_WANTED | MARK_SPARED;
    mark_after(frame, call);
    mark_before(frame, call);
    mark_beside(frame, call);

    bool is_for_ever = is_above_endless || is_endless(frame);
    for (size_t i = 0; i < frame->function.count; i++)
        if (!is_ahead(frame->marks[i], is_for_ever))
            frame->marks[i] |= MARK_SPARED;
    *never_returns = *never_returns && is_for_ever;
}

// What is ahead is so from wherever in its line the function is. `*is_endless` is whether what
// it called never returns, then whether it does not either.
static bool look_around(struct frame *frame, bool *is_endless)
{
    bool never_returns = true;
    bool is_found = false;

    mark_line(frame);
    for (size_t i = 0; i < frame->function.count; i++)
        if (is_wanted(frame, i))
            frame->marks[i] |= MARK_WANTED;
    narrow_line(frame);
    for (size_t i = 0; i < frame->function.count; i++)
        if (frame->marks[i] & MARK_LINE)
            look_from(frame, i, *is_endless, &never_returns);
    for (size_t i = 0; i < frame->function.count; i++)
        is_found = is_found || (frame->marks[i] & (MARK_WANTED | MARK_SPARED)) == MARK_WANTED;
    *is_endless = never_returns;
    return is_found;
}

// Whether there is a function of the script at `level`; pushes it.
static bool open_frame(lua_State *L, struct frame *frame)
{
    *frame = (struct frame){.L = L, .activation = frame->activation};
    lua_getinfo(L, "Slf", &frame->activation);
    if (strcmp(frame->activation.what, "C") == 0 || !reach_is_of_script(L))
        return false;
    frame->place = lua_gettop(L);
    bytecode_push(L);
    bytecode_read(&frame->function, bytecode_begin(lua_tostring(L, -1)));
    frame->marks = lua_newuserdatauv(L, frame->function.count, 0);
    frame->list = lua_newuserdatauv(L, frame->function.count * sizeof(size_t), 0);
    memset(frame->marks, 0, frame->function.count);
    return true;
}

// The line of the script itself that the function at `level`, or the nearest below it, is at:
// it may stand in a file that the script uses.
static int line_in_script(lua_State *L, int level)
{
    const char *own = script_of(L)->program->chunk_name;
    int line = 0;
    lua_Debug frame;

    for (; lua_getstack(L, level, &frame); level++) {
        lua_getinfo(L, "Sl", &frame);
        if (strcmp(frame.source, own) == 0)
            return frame.currentline;
        if (line == 0 && frame.currentline > 0)
            line = frame.currentline;
    }
    return line;
}

// Argument: whether what this Lua thread called never returns. Results: the line before what
// is ahead, 0: nothing is; whether the thread never returns.
static int look(lua_State *L)
{
    bool is_endless = lua_toboolean(L, 1);
    bool is_found = false;
    struct frame frame;
    int level;

    for (level = 1; !is_found && lua_getstack(L, level, &frame.activation); level++) {
        luaL_checkstack(L, 3 * LUA_MINSTACK, NULL);
        if (open_frame(L, &frame))
            is_found = look_around(&frame, &is_endless);
        lua_settop(L, 1);
    }
    lua_pushinteger(L, is_found ? line_in_script(L, level - 1) : 0);
    lua_pushboolean(L, is_endless);
    return 2;
}

// In one Lua thread. Without the memory to look, nothing is found.
static uint32_t look_in(lua_State *L, bool *is_endless)
{
    lua_Integer line;

    if (!lua_checkstack(L, LUA_MINSTACK))
        return 0;
    lua_pushcfunction(L, look);
    lua_pushboolean(L, *is_endless);
    if (lua_pcall(L, 1, 2, 0) != LUA_OK) {
        lua_pop(L, 1);
        return 0;
    }
    line = lua_tointeger(L, -2);
    *is_endless = lua_toboolean(L, -1);
    lua_pop(L, 2);
    return (uint32_t)line;
}

uint32_t script_stuck_at(const struct app *app)
{
    const struct script *script = app->state;
    bool is_endless = false;
    uint32_t line = 0;

    if (script && script->running)
        line = look_in(script->running, &is_endless);
    if (line == 0 && script && script->running && script->main != script->running)
        line = look_in(script->main, &is_endless);
    return line;
}
