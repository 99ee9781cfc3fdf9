// SPDX-License-Identifier: Apache-2.0 OR MIT
// A process whose program is a Lua script.
#include <stdio.h>

#include "../machine/bus.h"
#include "../machine/world.h"
#include "lua_host.h"

static void reset(struct app *app)
{
    app->state = NULL;
    app->memory_used = 0;
}

static bool would_restart(const struct process *process)
{
    switch (process->fault_policy.kind) {
    case FAULT_POLICY_RESTART:
    case FAULT_POLICY_THRESHOLD:
    case FAULT_POLICY_THRESHOLD_PANIC:
        return true;
    case FAULT_POLICY_PANIC:
    case FAULT_POLICY_STOP:
        break;
    }
    return false;
}

// A mistake of the script happens again in every life: none begins.
void script_break_down(struct script *script, bool is_error, const struct message *message)
{
    struct app *app = script->app;

    world_fail(app->world, script->index, is_error, message->text);
    if (would_restart(app_process(app)))
        world_stop(app->world);
    app_fault(app, FAULT_CAUSE_BODY);
}

// The top level runs in the process as the part of loading that costs it nothing; its
// function is the program.
static int live(lua_State *L)
{
    script_run_top_level(L);
    script_enter_process(L);
    lua_getfield(L, LUA_REGISTRYINDEX, REGISTRY_MAIN);
    lua_call(L, 0, 1);
    if (lua_isinteger(L, -1))
        script_of(L)->returned = (uint32_t)lua_tointeger(L, -1);
    return 0;
}

// Not inline: upcalls nest, and the message would be in the frame of each.
_Noreturn __attribute__((noinline)) static void fail(struct script *script, lua_State *L,
                                                     int status)
{
    struct message message;

    script_failure(L, status, &message);
    script_break_down(script, true, &message);
}

// Calls the C function below its arguments, `count` of them, on top of `L`.
static void call_protected(struct script *script, lua_State *L, int count)
{
    int handler = lua_gettop(L) - count;

    lua_pushcfunction(L, script_explain);
    lua_insert(L, handler);
    int status = lua_pcall(L, count, 0, handler);
    if (status != LUA_OK)
        fail(script, L, status);
    lua_pop(L, 1);
}

// As libtock-c's crt0 does, since 2024: exit(main(...)).
static void leave(struct app *app, uint32_t code)
{
    app->returned = true;
    app_syscall(app, SYSCALL_EXIT, EXIT_TERMINATE, code, 0, 0);
}

static void run(struct app *app)
{
    const struct script_argument *argument = app->argument;
    struct script *script = script_new(app->memory, app->memory_size, argument->scenario);

    script->app = app;
    script->index = argument->index;
    app->state = script;
    lua_pushcfunction(script->main, live);
    call_protected(script, script->main, 0);
    script->running = script->main;
    if (!script->scenario->processes[script->index].waits_at_return)
        leave(app, script->returned);
}

// A function pointer that leads nowhere, which the kernel took as it lies in the process's
// flash. A fault as on the chip, no error of the script: it may be what it wants to show.
_Noreturn static void jump_nowhere(struct script *script, uaddr address)
{
    struct world *world = script->app->world;
    bool is_first = !world->fault.happened;

    world_note_fault(world, script->index, FAULT_CAUSE_BODY, ACCESS_FETCH, address, 2);
    if (is_first)
        snprintf(world->fault.text, sizeof world->fault.text,
                 "%s: an upcall to 0x%08x, where this process has no function",
                 script->program->path, (unsigned)address);
    app_fault(script->app, FAULT_CAUSE_BODY);
}

int upcall_run(lua_State *L)
{
    uaddr address = (uaddr)lua_tointeger(L, 1);

    if (!upcall_push_function(L, address))
        jump_nowhere(script_of(L), address);
    lua_replace(L, 1);
    lua_call(L, 4, 0);
    return 0;
}

// Runs on top of whatever called the kernel, in whichever Lua thread that did.
static void upcall(struct app *app, uaddr pc, const uint32_t argument[4])
{
    struct script *script = app->state;
    lua_State *L = script->running;

    if (!lua_checkstack(L, LUA_MINSTACK))
        fail(script, L, LUA_ERRMEM);
    lua_pushcfunction(L, alarms_share_upcall(script, &app->call) ? alarms_upcall : upcall_run);
    lua_pushinteger(L, pc);
    for (int i = 0; i < 4; i++)
        lua_pushinteger(L, argument[i]);
    call_protected(script, L, 5);
    script->running = L;
}

static uint32_t line(const struct app *app)
{
    const struct script *script = app->state;

    return script && script->running ? script_line(script->running) : 0;
}

// The prelude's function for alarms.
static bool hands_on(const struct app *app, uaddr pc)
{
    const struct script *script = app->state;

    return script && script->waiting.fn == pc;
}

const struct body script_body = {
    .name = "lua",
    .reset = reset,
    .run = run,
    .upcall = upcall,
    .hands_on = hands_on,
    .line = line,
    .stuck_at = script_stuck_at,
    .place = naming_find,
};
