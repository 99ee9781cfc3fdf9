// SPDX-License-Identifier: Apache-2.0 OR MIT
// operator(function): what somebody does to the processes from outside, and when.
//
// An operator's function runs once, when the scenario is opened and all processes are known. What
// it calls makes the list of steps that a world then goes through (see machine/operator.h); it
// cannot look into the run.
#include "../base/count_of.h"
#include "../base/list.h"
#include "lua_host.h"

#define REGISTRY_OPERATORS "ipcsim.operators" // their functions, when opening

enum { MOST_US = 1 << 30 };

static const char *const verbs[] = {
#define X(NAME, name) #name,
    OPERATOR_VERBS(X)
#undef X
};

// ---- what an operator's function calls

static struct scenario_operator *inside_operator(lua_State *L, const char *name)
{
    const struct script *script = script_of(L);

    if (!script->in_operator)
        script_error(L, "%s belongs inside of operator(function() ... end)", name);
    return script->in_operator;
}

static void add_step(lua_State *L, struct scenario_operator *actor, struct operator_step step)
{
    step.line = script_line(L);
    *LIST_ADD(actor->steps, actor->count) = step;
}

static uint64_t check_us(lua_State *L, const char *what)
{
    int is_integer;
    lua_Integer us = lua_tointegerx(L, 1, &is_integer);

    if (!is_integer || us < 0 || us > MOST_US)
        script_error(L, "%s: takes 0 to %d microseconds, not %s", what, MOST_US,
                     is_integer ? lua_tostring(L, 1) : script_kind(L, 1));
    return (uint64_t)us;
}

// at(us): what follows is done at that time of the run.
static int at(lua_State *L)
{
    struct scenario_operator *actor = inside_operator(L, "at()");
    uint64_t us = check_us(L, "at");

    if (us < actor->reached_us)
        script_error(L, "at(%u): it is %u us by then; an operator does one thing after the other",
                     (unsigned)us, (unsigned)actor->reached_us);
    actor->reached_us = us;
    add_step(L, actor, (struct operator_step){.kind = OPERATOR_AT, .us = us});
    return 0;
}

// after(us): what follows is done so much later.
static int after(lua_State *L)
{
    struct scenario_operator *actor = inside_operator(L, "after()");
    uint64_t us = check_us(L, "after");

    actor->reached_us += us;
    add_step(L, actor, (struct operator_step){.kind = OPERATOR_AFTER, .us = us});
    return 0;
}

_Noreturn static void refuse_name(lua_State *L, const char *what, const char *name)
{
    struct message text;

    scenario_refuse_process(script_of(L)->opening, name, &text);
    script_error(L, "%s: %s", what, text.text);
}

// The next process, from `*from` on, that the argument names: by its index, or by its name, which
// several may have. False: there is none more.
static bool next_process(lua_State *L, const char *what, size_t *from)
{
    const struct scenario *scenario = script_of(L)->opening;
    size_t length;
    const char *name;

    if (lua_isinteger(L, 1)) {
        lua_Integer index = lua_tointeger(L, 1);

        if (index < 0 || (size_t)index >= scenario->process_count)
            script_error(L, "%s: there is no process with index " LUA_INTEGER_FMT, what,
                         (LUAI_UACINT)index);
        return (size_t)index >= *from && (*from = (size_t)index, true);
    }
    if (lua_type(L, 1) != LUA_TSTRING)
        script_error(L, "%s: which process? Its name or its index, not %s", what,
                     script_kind(L, 1));
    name = lua_tolstring(L, 1, &length);
    *from = scenario_find_process(scenario, name, length, *from);
    return *from < scenario->process_count;
}

// process.stop(who) and the like: as the process console does, to all of that name.
static int act(lua_State *L)
{
    uint8_t verb = (uint8_t)lua_tointeger(L, lua_upvalueindex(1));

    lua_settop(L, 1);
    const char *what = lua_pushfstring(L, "process.%s", verbs[verb]);
    struct scenario_operator *actor = inside_operator(L, what);
    size_t index = 0;

    if (!next_process(L, what, &index))
        refuse_name(L, what, lua_tostring(L, 1));
    do {
        add_step(
            L, actor,
            (struct operator_step){.kind = OPERATOR_ACT, .verb = verb, .process = (uint16_t)index});
        index++;
    } while (next_process(L, what, &index));
    return 0;
}

static uint32_t check_number(lua_State *L, int arg, const char *what)
{
    if (!lua_isinteger(L, arg))
        script_error(L,
                     "during: %s must be a number, such as during(\"client\", 0x10000, 2), not %s",
                     what, script_kind(L, arg));
    return script_word(L, arg);
}

// during(who, driver, command): what follows is done from inside of that command.
static int during(lua_State *L)
{
    struct scenario_operator *actor = inside_operator(L, "during()");
    struct operator_step step = {.kind = OPERATOR_DURING};
    size_t index = 0;

    if (!next_process(L, "during", &index))
        refuse_name(L, "during", lua_tostring(L, 1));
    step.process = (uint16_t)index++;
    step.driver = check_number(L, 2, "the driver");
    step.command = check_number(L, 3, "the command");
    if (lua_type(L, 1) == LUA_TSTRING && next_process(L, "during", &index))
        script_error(L, "during: there are several processes \"%s\"; say which by its index",
                     lua_tostring(L, 1));
    add_step(L, actor, step);
    return 0;
}

// ---- operator(function)

static int declare(lua_State *L)
{
    struct scenario *scenario = script_at_top_level(L, "operator()")->opening;

    if (!lua_isfunction(L, 1))
        script_error(L, "operator: what somebody does must be a function, not %s",
                     script_kind(L, 1));
    if (!scenario)
        return 0;
    if (scenario->operator_count == OPERATORS_MAX)
        script_error(L, "operator: this is number %d, and a scenario may have at most %d",
                     OPERATORS_MAX + 1, OPERATORS_MAX);
    scenario->operator_count++;
    luaL_getsubtable(L, LUA_REGISTRYINDEX, REGISTRY_OPERATORS);
    lua_pushvalue(L, 1);
    lua_rawseti(L, -2, (lua_Integer)scenario->operator_count);
    return 0;
}

void outside_run(lua_State *L)
{
    struct script *script = script_of(L);

    luaL_getsubtable(L, LUA_REGISTRYINDEX, REGISTRY_OPERATORS);
    for (uint32_t i = 0; i < script->opening->operator_count; i++) {
        script->in_operator = &script->opening->operators[i];
        lua_rawgeti(L, -1, (lua_Integer)i + 1);
        lua_call(L, 0, 0);
    }
    script->in_operator = NULL;
    lua_pop(L, 1);
}

// process is a function, and what it is called with follows it; its fields are what can be done to
// a process.
static void make_process_callable(lua_State *L)
{
    lua_newtable(L);
    for (size_t i = 0; i < COUNT_OF(verbs); i++) {
        lua_pushinteger(L, (lua_Integer)i);
        lua_pushcclosure(L, act, 1);
        lua_setfield(L, -2, verbs[i]);
    }
    lua_newtable(L);
    lua_getglobal(L, "process");
    lua_setfield(L, -2, "__call");
    lua_setmetatable(L, -2);
    lua_setglobal(L, "process");
}

void outside_open(lua_State *L)
{
    lua_register(L, "operator", declare);
    lua_register(L, "at", at);
    lua_register(L, "after", after);
    lua_register(L, "during", during);
    make_process_callable(L);
}
