// SPDX-License-Identifier: Apache-2.0 OR MIT
// ends = "fault", ends = { fault = "service", deadlock = true }: how a scenario says that its
// run is to end.
#include <stdlib.h>
#include <string.h>

#include "../base/count_of.h"
#include "../base/list.h"
#include "../base/nearest.h"
#include "ends.h"
#include "lua_host.h"
#include "program.h"

static const char *const names[] = {
#define X(NAME, name) #name,
    SCENARIO_ENDS(X)
#undef X
        "normally", // by none of these
};

enum { MOST_TIMES = 1000000 };

// Raises that `word` is no way to end.
_Noreturn static void refuse(lua_State *L, const char *word)
{
    struct message text;

    if (strcmp(word, "normally") == 0)
        script_error(L, "scenario: ends = \"normally\" stands alone: it is none of these");
    nearest_refuse(&text, "way for a scenario to end", word, names, COUNT_OF(names));
    script_error(L, "%s", text.text);
}

// ---- who, and how often

static struct scenario_name *find(const struct scenario_end *end, const char *name, size_t length)
{
    for (size_t i = 0; i < end->count; i++)
        if (end->named[i].length == length && memcmp(end->named[i].name, name, length) == 0)
            return &end->named[i];
    return NULL;
}

// The name at `index`, so often more.
static void add(lua_State *L, struct scenario_end *end, int index, lua_Integer times)
{
    size_t length;
    const char *name = lua_tolstring(L, index, &length);
    struct scenario_name *found = find(end, name, length);

    if (length >= sizeof found->name)
        script_error(L, "scenario: ends: no process has so long a name");
    if (!found) {
        found = LIST_ADD(end->named, end->count);
        *found = (struct scenario_name){.length = (uint32_t)length};
        memcpy(found->name, name, length);
    }
    found->times += (uint32_t)times;
}

// Takes the key and the value on top: { "a", "b" } or { a = 2 }.
static void take_entry(lua_State *L, enum scenario_end_kind kind, struct scenario_end *end)
{
    lua_Integer times = lua_isinteger(L, -1) ? lua_tointeger(L, -1) : 0;

    if (lua_isinteger(L, -2) && lua_type(L, -1) == LUA_TSTRING)
        add(L, end, lua_gettop(L), 1);
    else if (kind == ENDS_FAULT && lua_type(L, -2) == LUA_TSTRING && times >= 1 &&
             times <= MOST_TIMES)
        add(L, end, lua_gettop(L) - 1, times);
    else if (kind == ENDS_FAULT)
        script_error(L, "scenario: ends: fault is the name of a process, a list of them, or how "
                        "often each does: { service = 2 }");
    else
        script_error(L, "scenario: ends: %s is true, the name of a process or a list of them",
                     names[kind]);
}

// Takes the value on top.
static void take_who(lua_State *L, enum scenario_end_kind kind, struct scenario_end *end)
{
    end->is_declared = !lua_isboolean(L, -1) || lua_toboolean(L, -1);
    if (lua_isboolean(L, -1))
        return;
    if (lua_type(L, -1) == LUA_TSTRING)
        add(L, end, lua_gettop(L), 1);
    else if (!lua_istable(L, -1))
        script_error(L,
                     "scenario: ends: %s is true, the name of a process or a list of them, not "
                     "%s",
                     names[kind], script_kind(L, -1));
    else
        for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1))
            take_entry(L, kind, end);
    if (end->count == 0)
        script_error(L, "scenario: ends: %s names nobody", names[kind]);
}

// ---- the whole

// Each of these ends the run: there is no second one.
static void refuse_quarrel(lua_State *L, const struct scenario *scenario)
{
    const char *first = NULL;

    for (size_t kind = 0; kind < ENDS_KINDS; kind++) {
        if (kind == ENDS_FAULT || !scenario->ends[kind].is_declared)
            continue;
        if (first)
            script_error(L, "scenario: ends: a run that ends by %s does not end by %s", first,
                         names[kind]);
        first = names[kind];
    }
}

static void take_word(lua_State *L, struct scenario *scenario)
{
    const char *word = lua_tostring(L, -1);
    size_t kind = 0;

    while (kind < COUNT_OF(names) && strcmp(names[kind], word) != 0)
        kind++;
    if (kind == COUNT_OF(names))
        refuse(L, word);
    if (kind < ENDS_KINDS)
        scenario->ends[kind].is_declared = true;
}

static void take_table(lua_State *L, struct scenario *scenario)
{
    const char *unknown = script_unknown_key(L, lua_gettop(L), names, ENDS_KINDS);

    if (lua_rawlen(L, -1) > 0)
        script_error(L, "scenario: ends: say who of each way: ends = { fault = \"service\" }");
    if (unknown)
        refuse(L, unknown);
    for (size_t kind = 0; kind < ENDS_KINDS; kind++) {
        if (lua_getfield(L, -1, names[kind]) != LUA_TNIL)
            take_who(L, (enum scenario_end_kind)kind, &scenario->ends[kind]);
        lua_pop(L, 1);
    }
    refuse_quarrel(L, scenario);
}

void ends_take(lua_State *L, struct scenario *scenario)
{
    int type = lua_getfield(L, 1, "ends");

    if (type == LUA_TSTRING)
        take_word(L, scenario);
    else if (type == LUA_TTABLE)
        take_table(L, scenario);
    else if (type != LUA_TNIL)
        script_error(L, "scenario: ends must be a text or a table, not %s", script_kind(L, -1));
    lua_pop(L, 1);
}

// ---- once all processes are known

bool ends_check(const struct scenario *scenario, struct message *error)
{
    for (size_t kind = 0; kind < ENDS_KINDS; kind++) {
        const struct scenario_end *end = &scenario->ends[kind];

        for (size_t i = 0; i < end->count; i++) {
            const struct scenario_name *named = &end->named[i];
            struct message text;

            if (scenario_find_process(scenario, named->name, named->length, 0) <
                scenario->process_count)
                continue;
            scenario_refuse_process(scenario, named->name, &text);
            message_set(error, "%s:%u: ends: %s", scenario->path, (unsigned)scenario->line,
                        text.text);
            return false;
        }
    }
    return true;
}

void ends_free(struct scenario *scenario)
{
    for (size_t kind = 0; kind < ENDS_KINDS; kind++)
        free(scenario->ends[kind].named);
}
