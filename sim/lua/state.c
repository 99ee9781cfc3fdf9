// SPDX-License-Identifier: Apache-2.0 OR MIT
// A Lua state: its memory, its time, what is loaded into it.
#include <assert.h>
#include <stdlib.h>

#include "../machine/world.h"
#include "finally.h"
#include "lua_host.h"
#include "use.h"

struct script *script_of(lua_State *L)
{
    struct script *const *place = lua_getextraspace(L);

    return *place;
}

// Nobody asks Lua for the position of an error of memory, so it is noted here. It is that
// of the main thread, which is always there.
static void note_exhaustion(struct script *script)
{
    if (script->main)
        script->memory_line = script_line(script->main);
}

// The state itself comes first; at the second request its seed is set but not yet used.
static void note_state(struct script *script, void *block)
{
    if (!script->state) {
        script->state = block;
        return;
    }
    if (!script->is_seeded)
        seed_fix(script->state, script->program->seed_offset);
    script->is_seeded = true;
}

static void *reallocate(void *user, void *block, size_t old_size, size_t new_size)
{
    struct script *script = user;
    void *result = heap_realloc(&script->heap, block, block ? old_size : 0, new_size);

    if (!script->is_seeded)
        note_state(script, result);
    if (new_size > 0 && !result)
        note_exhaustion(script);
    if (script->app)
        script->app->memory_used = (size_t)(script->heap.end - script->app->memory);
    return result;
}

// The top level has a bound on instructions. Once over it, every single one raises the
// error anew, or a pcall in a loop would go on for ever.
static void bound_top_level(lua_State *L, struct script *script)
{
    lua_Hook hook = lua_gethook(L);

    script->instructions += (uint64_t)lua_gethookcount(L);
    if (script->instructions <= script->most_instructions)
        return;
    lua_sethook(L, hook, LUA_MASKCOUNT, 1);
    lua_sethook(script->main, hook, LUA_MASKCOUNT, 1);
    if (script->over)
        script_error(L, "finally() does not end: more than %llu instructions",
                     (unsigned long long)script->most_instructions);
    script_error(L,
                 "the top level does not end: %d instructions so far. Loops that wait "
                 "belong inside of a process",
                 SCRIPT_TOP_LEVEL_INSTRUCTIONS);
}

static void count_instructions(lua_State *L, lua_Debug *activation)
{
    struct script *script = script_of(L);

    (void)activation;
    if (script->is_in_process)
        script_charge(L, SCRIPT_CHARGE_INSTRUCTIONS);
    else
        bound_top_level(L, script);
}

// An instruction is never free: an endless loop has to get to the end of its timeslice.
void script_charge(lua_State *L, uint64_t instructions)
{
    struct script *script = script_of(L);

    if (!script->is_in_process)
        return;
    uint64_t cost = script->app->world->board.cost.instruction;
    app_work_cycles(script->app, instructions * (cost > 0 ? cost : 1));
}

static void start_counting(lua_State *L)
{
    lua_sethook(L, count_instructions, LUA_MASKCOUNT, SCRIPT_CHARGE_INSTRUCTIONS);
}

// Counts from 0 on: what the top level did must not show in the time of a process.
void script_enter_process(lua_State *L)
{
    script_of(L)->is_in_process = true;
    start_counting(L);
}

static int stop_at_our_mistake(lua_State *L)
{
    (void)L;
    assert(false && "an error outside of any lua_pcall");
    return 0;
}

struct script *script_new(void *memory, size_t size, const struct scenario *scenario)
{
    struct script *script = memory;
    const size_t room = (sizeof *script + 15) & ~(size_t)15;

    if (size < room)
        return NULL;
    *script = (struct script){.scenario = scenario,
                              .program = scenario->program,
                              .most_instructions = SCRIPT_TOP_LEVEL_INSTRUCTIONS};
    heap_init(&script->heap, (unsigned char *)memory + room, size - room);
    lua_State *L = lua_newstate(reallocate, script);
    if (!L)
        return NULL;
    *(struct script **)lua_getextraspace(L) = script;
    lua_atpanic(L, stop_at_our_mistake);
    start_counting(L);
    script->main = script->running = L;
    return script;
}

static void load(lua_State *L, const struct bytes *chunk, const char *name)
{
    if (luaL_loadbufferx(L, chunk->start, chunk->length, name, "b") != LUA_OK)
        lua_error(L);
}

void script_run_top_level(lua_State *L)
{
    const struct program *program = script_of(L)->program;

    sandbox_open(L);
    header_open(L);
    outside_open(L);
    finally_open(L);
    use_open(L);
    sys_open(L);
    mem_open(L);
    load(L, &program->prelude, "=prelude");
    private_open(L);
    lua_call(L, 1, 0);
    sandbox_close(L);
    load(L, &program->script, program->chunk_name);
    lua_call(L, 0, 0);
}

static int append_code(lua_State *L, const void *bytes, size_t size, void *user)
{
    (void)L;
    bytes_add(user, bytes, size);
    return 0;
}

void script_compile(lua_State *L, const char *chunk_name, const char *text, size_t size, bool strip,
                    struct bytes *chunk)
{
    if (luaL_loadbufferx(L, text, size, chunk_name, "t") != LUA_OK)
        lua_error(L);
    (void)lua_dump(L, append_code, chunk, strip);
    lua_pop(L, 1);
}

struct syscall_return script_syscall(lua_State *L, uint32_t class, uint32_t r0, uint32_t r1,
                                     uint32_t r2, uint32_t r3)
{
    struct script *script = script_in_process(L);

    script->running = L;
    return app_syscall(script->app, class, r0, r1, r2, r3);
}
