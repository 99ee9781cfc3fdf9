// SPDX-License-Identifier: Apache-2.0 OR MIT
// What only the prelude may call: the script's position, its verdicts, its time.
#include <string.h>

#include "../machine/world.h"
#include "lua_host.h"
#include "program.h"

enum { QUOTE_BYTES = 100 };

// raise(text): an error at the script's own line.
static int raise(lua_State *L)
{
    script_error(L, "%s", luaL_checkstring(L, 1));
}

// enter([surplus]): raises unless a process calls, and where it gave an argument too many.
static int enter(lua_State *L)
{
    script_in_process(L);
    script_refuse_more(L, 0);
    return 0;
}

static int call_limited(lua_State *L)
{
    script_refuse_more(L, (int)lua_tointeger(L, lua_upvalueindex(2)));
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_insert(L, 1);
    lua_call(L, lua_gettop(L) - 1, LUA_MULTRET);
    return lua_gettop(L);
}

// limit(function, most): that function, refusing more arguments. A function of Lua cannot tell.
static int limit(lua_State *L)
{
    lua_settop(L, 2);
    lua_pushcclosure(L, call_limited, 2);
    return 1;
}

// span(buffer, nil): its address and size.
static int span(lua_State *L)
{
    if (!lua_isnil(L, 2))
        script_error(L, "ipc.share: a buffer is shared as a whole; for a part of it, give an "
                        "address and a length: buf:addr(), length");
    lua_getfield(L, 1, "addr");
    lua_pushvalue(L, 1);
    lua_call(L, 1, 1);
    lua_getfield(L, 1, "size");
    lua_pushvalue(L, 1);
    lua_call(L, 1, 1);
    return 2;
}

// The script that may expect something: in a process, and in finally().
static struct script *script_that_expects(lua_State *L)
{
    struct script *script = script_of(L);

    return script->over ? script : script_in_process(L);
}

// check(): raises where nothing can be expected.
static int check(lua_State *L)
{
    script_that_expects(L);
    return 0;
}

static int pid(lua_State *L)
{
    script_refuse_more(L, 0);
    lua_pushinteger(L, script_in_process(L)->index);
    return 1;
}

static int name(lua_State *L)
{
    script_refuse_more(L, 0);
    const struct process *process = app_process(script_in_process(L)->app);

    lua_pushlstring(L, process->name, process->name_length);
    return 1;
}

static int reserved(lua_State *L)
{
    lua_pushinteger(L, mem_reserved(L));
    return 1;
}

// work_us(us)
static int work_us(lua_State *L)
{
    struct script *script = script_in_process(L);
    lua_Integer us = luaL_checkinteger(L, 1);

    script_refuse_more(L, 1);

    if (us < 0 || us > UINT32_MAX)
        script_error(L, "work_us: from 0 to 2^32 - 1 microseconds");
    app_work_us(script->app, (uint64_t)us);
    return 0;
}

// quote(): the line of the script that is being run, trimmed.
static int quote(lua_State *L)
{
    uint32_t number;
    const struct program *file = script_place(L, &number);
    size_t length;
    const char *line = program_line(file, number, &length);
    size_t indent = strspn(line, " \t");

    line += indent;
    length -= indent;
    if (length > QUOTE_BYTES)
        lua_pushfstring(L, "%s...", lua_pushlstring(L, line, QUOTE_BYTES));
    else
        lua_pushlstring(L, line, length);
    return 1;
}

// The first failure stays, whatever catches the error.
_Noreturn static void miss_after_run(lua_State *L, const struct message *message)
{
    struct scenario_finding *finding = script_of(L)->finding;

    finding->checked++;
    if (!finding->has_failed)
        finding->text = *message;
    finding->has_failed = true;
    script_error(L, "an expectation was not met");
}

// An expectation did not hold. The end of the process.
_Noreturn static void miss(lua_State *L, const char *text)
{
    struct script *script = script_that_expects(L);
    struct message message;
    uint32_t line;
    const struct program *file = script_place(L, &line);

    message_set(&message, "%s:%u: %s", file->path, (unsigned)line, text);
    if (script->over)
        miss_after_run(L, &message);
    app_expect(script->app, script_line(L), false);
    script_break_down(script, false, &message);
}

// missed(text)
static int missed(lua_State *L)
{
    miss(L, luaL_checkstring(L, 1));
}

// ---- A failure that is no nil ----

// The first of the values that a call answered, behind what pcall puts in front of them.
static int skip_calls(lua_State *L)
{
    int first = 1;

    while (lua_isboolean(L, first) && lua_toboolean(L, first) && first < lua_gettop(L))
        first++;
    return first;
}

// What went wrong, of a variant and its words or of nil and a word from `first` on, by its
// name. NULL: nothing.
static const char *find_failure(lua_State *L, int first)
{
    const char *word = lua_type(L, first) == LUA_TSTRING ? lua_tostring(L, first) : "";
    const char *code = lua_type(L, first + 1) == LUA_TSTRING ? lua_tostring(L, first + 1) : "";

    if (lua_isnil(L, first))
        return sys_is_error_name(code) ? code : NULL;
    if (!sys_is_failure(word))
        return NULL;
    if (!lua_isinteger(L, first + 1)) // the variant alone is what it was given
        return first == 1 ? word : NULL;
    const char *name = sys_error_name((uint32_t)lua_tointeger(L, first + 1));
    return name ? name : word;
}

// Pushes what its caller was given behind its parameters.
static void push_rest(lua_State *L)
{
    lua_Debug caller;

    lua_getstack(L, 1, &caller);
    for (int i = 1; lua_getlocal(L, &caller, -i); i++)
        luaL_checkstack(L, LUA_MINSTACK, NULL);
}

// met([value, why]): an expectation held, unless what it was given is a failure.
// Pushes " (took 4242)" of expect(call, "took", 4242), else "".
static const char *push_said(lua_State *L)
{
    if (lua_type(L, 1) != LUA_TSTRING || lua_type(L, 2) != LUA_TSTRING)
        return lua_pushliteral(L, "");
    int first = lua_gettop(L) + 1;
    push_rest(L);
    int last = lua_gettop(L);
    lua_pushfstring(L, " (%s", lua_tostring(L, 2));
    for (int i = first; i <= last; i++) {
        script_push_text(L, i);
        lua_pushfstring(L, "%s %s", lua_tostring(L, -2), lua_tostring(L, -1));
        lua_replace(L, -3);
        lua_pop(L, 1);
    }
    return lua_pushfstring(L, "%s)", lua_tostring(L, -1));
}

int private_met(lua_State *L)
{
    struct script *script = script_that_expects(L);

    if (lua_isboolean(L, 1))
        push_rest(L);
    const char *failure = find_failure(L, skip_calls(L));
    if (failure) {
        const char *said = push_said(L);

        quote(L);
        miss(L, lua_pushfstring(L, "expected success, got %s%s, in: %s", failure, said,
                                lua_tostring(L, -1)));
    }
    if (script->over)
        script->finding->checked++;
    else
        app_expect(script->app, script_line(L), true);
    return 0;
}

// name_function(fn, name): what traces call a function of the prelude.
static int name_function(lua_State *L)
{
    naming_library_function(L, 1, luaL_checkstring(L, 2));
    return 0;
}

int private_done(lua_State *L)
{
    script_refuse_more(L, 0);
    struct script *script = script_in_process(L);

    app_done(script->app, script_line(L));
    return 0;
}

// note(text): for whoever reads the trace.
static int note(lua_State *L)
{
    struct script *script = script_in_process(L);
    size_t size;

    if (lua_gettop(L) != 1)
        script_error(L, "note: takes one text, not %d of them", lua_gettop(L));
    script_push_text(L, 1);
    const char *text = lua_tolstring(L, -1, &size);
    app_note(script->app, script_line(L), text, (uint32_t)size);
    refund_call(L);
    return 0;
}

void private_open(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"raise", raise},
        {"enter", enter},
        {"check", check},
        {"reserved", reserved},
        {"met", private_met},
        {"quote", quote},
        {"missed", missed},
        {"name_function", name_function},
        {"alloc_name", mem_alloc_name},
        {"alloc_line", mem_alloc_line},
        {"limit", limit},
        {"span", span},
        {NULL, NULL},
    };

    lua_register(L, "pid", pid);
    lua_register(L, "name", name);
    lua_register(L, "work_us", work_us);
    lua_register(L, "note", note);
    lua_register(L, "done", private_done);
    luaL_newlib(L, functions);
    alarms_push(L);
    lua_setfield(L, -2, "alarm");
}
