// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "finally.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/allocate.h"
#include "../trace/event_names.h"
#include "../trace/event_text.h"
#include "program.h"

extern const char finally_lua[];
extern const size_t finally_lua_size;

enum {
    MEMORY_BYTES = 64 << 20, // for lists of what happened
    INSTRUCTIONS_PER_EVENT = 2000,
};

// ---- finally(function)

static int finally(lua_State *L)
{
    struct script *script = script_at_top_level(L, "finally()");

    if (!lua_isfunction(L, 1))
        script_error(L, "finally: takes a function, not %s", script_kind(L, 1));
    if (script->opening && script->opening->finally_line > 0)
        script_error(L, "finally() stands here for the second time, after line %u",
                     (unsigned)script->opening->finally_line);
    if (script->opening)
        script->opening->finally_line = script_line(L);
    lua_settop(L, 1);
    lua_setfield(L, LUA_REGISTRYINDEX, REGISTRY_FINALLY);
    return 0;
}

void finally_open(lua_State *L)
{
    lua_register(L, "finally", finally);
}

// ---- events as tables

static const struct scenario_run *run_of(lua_State *L)
{
    return script_of(L)->over;
}

static void set_number(lua_State *L, const char *name, uint64_t number)
{
    lua_pushinteger(L, (lua_Integer)number);
    lua_setfield(L, -2, name);
}

static void set_text(lua_State *L, const char *name, const char *text)
{
    lua_pushstring(L, text);
    lua_setfield(L, -2, name);
}

// Under `name` the index of a process, under `name`_name its name.
static void set_process(lua_State *L, const char *name, uint32_t index)
{
    const struct view_process *process = view_process(run_of(L)->view, index);

    if (!process)
        return;
    set_number(L, name, index);
    lua_pushfstring(L, "%s_name", name);
    lua_pushlstring(L, process->name, process->name_length);
    lua_rawset(L, -3);
}

static void set_field(lua_State *L, const struct event_field *field, uint32_t value)
{
    const char *word = field_value_name(field->type, value);

    if (field->type == FIELD_TYPE_process) {
        set_process(L, field->name, value);
    } else if (word) {
        set_text(L, field->name, word);
    } else if (field->type == FIELD_TYPE_bool) {
        lua_pushboolean(L, value != 0);
        lua_setfield(L, -2, field->name);
    } else if (!field_value_is_none(field->type, value)) {
        set_number(L, field->name, value);
    }
}

// Why a notification came to nothing here, in the words of the record.
static const char *reason_of(const struct event *event)
{
    if (event->kind == EVENT_task_dropped)
        return field_value_about(FIELD_TYPE_drop_reason, event->task_dropped.reason);
    if (event->kind != EVENT_ipc_converted || !event_is_lost(event))
        return NULL;
    if (event->ipc_converted.result != GRANT_OK)
        return field_value_about(FIELD_TYPE_ipc_result, event->ipc_converted.result);
    return field_value_about(FIELD_TYPE_schedule_result, event->ipc_converted.scheduled);
}

// What stands in no field.
static void set_more(lua_State *L, const struct event *event)
{
    const char *reason = reason_of(event);

    if (reason)
        set_text(L, "lost", reason);
    if (event->kind != EVENT_print)
        return;
    lua_pushlstring(L, run_of(L)->printed + event->print.start, event->print.size);
    lua_setfield(L, -2, "text");
}

static void push_event(lua_State *L, const struct event *event)
{
    uint32_t count;
    const struct event_field *fields = event_fields(event->kind, &count);

    lua_createtable(L, 0, (int)count + 6);
    set_number(L, "seq", event->seq);
    set_number(L, "time_us", event->time_us);
    set_text(L, "kind", event_name(event->kind));
    if (event->process != NO_PROCESS)
        set_process(L, "process", event->process);
    for (uint32_t i = 0; i < count; i++)
        if (event->kind != EVENT_print || fields[i].type != FIELD_TYPE_address)
            set_field(L, &fields[i], event->word[i]);
    set_more(L, event);
}

// event(i, [kind]): nil behind the last one, false for one of another kind.
static int push_asked(lua_State *L)
{
    const struct scenario_run *over = run_of(L);
    lua_Integer i = lua_isinteger(L, 1) ? lua_tointeger(L, 1) : 0;
    const char *kind = lua_tostring(L, 2);

    if (i < 1 || (uint64_t)i > over->event_count)
        lua_pushnil(L);
    else if (kind && strcmp(kind, event_name(over->events[i - 1].kind)) != 0)
        lua_pushboolean(L, false);
    else
        push_event(L, &over->events[i - 1]);
    return 1;
}

static int is_kind(lua_State *L)
{
    uint16_t kind;

    lua_pushboolean(L, lua_type(L, 1) == LUA_TSTRING && event_find_kind(lua_tostring(L, 1), &kind));
    return 1;
}

// ---- the run as a table

static void push_process(lua_State *L, const struct scenario_run *over, uint32_t i)
{
    const struct process_end *end = &over->processes[i];
    const struct view_process *process = view_process(over->view, i);

    lua_createtable(L, 0, 8);
    lua_pushlstring(L, process->name, process->name_length);
    lua_setfield(L, -2, "name");
    set_number(L, "index", i);
    set_text(L, "state", field_value_name(FIELD_TYPE_state, end->state));
    set_number(L, "restarts", end->restarts);
    set_number(L, "dropped_upcalls", end->dropped_upcalls);
    set_number(L, "timeslice_expirations", end->timeslice_expirations);
    set_number(L, "syscalls", end->syscalls);
}

static int raise(lua_State *L)
{
    script_error(L, "%s", luaL_checkstring(L, 1));
}

static void push_private(lua_State *L, const struct scenario_run *over)
{
    static const luaL_Reg functions[] = {
        {"event", push_asked}, {"is_kind", is_kind}, {"raise", raise}, {NULL, NULL}};

    luaL_newlib(L, functions);
    set_text(L, "outcome", over->outcome);
    set_number(L, "time_us", over->time_us);
    set_number(L, "count", over->event_count);
    lua_newtable(L);
    for (uint32_t i = 0; i < over->view->process_count; i++) {
        push_process(L, over, i);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    lua_setfield(L, -2, "processes");
}

static void push_run(lua_State *L, const struct scenario_run *over)
{
    struct bytes chunk = {0};

    script_compile(L, "=finally", finally_lua, finally_lua_size, true, &chunk);
    luaL_loadbufferx(L, chunk.start, chunk.length, "=finally", "b");
    bytes_free(&chunk);
    push_private(L, over);
    lua_call(L, 1, 1);
}

// ---- calling it

static int conclude(lua_State *L)
{
    const struct scenario_run *over = lua_touserdata(L, 1);
    struct script *script = script_of(L);

    script_run_top_level(L);
    script->over = over;
    script->instructions = 0;
    script->most_instructions += INSTRUCTIONS_PER_EVENT * (uint64_t)over->event_count;
    lua_getfield(L, LUA_REGISTRYINDEX, REGISTRY_FINALLY);
    push_run(L, over);
    lua_call(L, 1, 0);
    return 0;
}

void scenario_finally(const struct scenario *scenario, const struct scenario_run *over,
                      struct scenario_finding *finding)
{
    void *memory = allocate(1, MEMORY_BYTES);
    struct script *script = script_new(memory, MEMORY_BYTES, scenario);
    struct message error;

    *finding = (struct scenario_finding){.has_failed = false};
    script->index = UINT32_MAX; // of no process
    script->finding = finding;
    if (!script_call(script->main, conclude, (void *)over, script_explain, &error) &&
        !finding->has_failed) {
        finding->has_failed = true;
        finding->is_error = true;
        finding->text = error;
    }
    free(memory);
}
