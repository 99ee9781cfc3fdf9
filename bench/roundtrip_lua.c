// SPDX-License-Identifier: Apache-2.0 OR MIT
// A round trip between two Lua processes, against the same script as two plain Lua coroutines.
//
// The script of both is one text. For the reference, what it calls is a few lines of Lua and C
// that do nothing but what its results need: a call that would go to the kernel is a
// coroutine.yield, a buffer is bytes of the host, nothing is checked.
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <math.h>
#include <string.h>

#include "bench.h"
#include "pair.h"
#include "script.h"
#include "work.h"

static const double goal = 3;

static const char script[] =
    "-- Two processes ask and answer without end, for measurements.\n"
    "scenario { about = 'asks and answers without end' }\n"
    "process('client', function()\n"
    "  local service = expect(ipc.discover('service'))\n"
    "  local buffer = mem.alloc(64, 64)\n"
    "  local answers = 0\n"
    "  expect(ipc.register_client(service, function() answers = answers + 1 end))\n"
    "  expect(ipc.share(service, buffer))\n"
    "  local questions = 0\n"
    "  while true do\n"
    "    questions = questions + 1\n"
    "    ipc.notify_service(service)\n"
    "    while answers < questions do yield() end\n"
    "  end\n"
    "end)\n"
    "process('service', function()\n"
    "  expect(ipc.register_service(function(from, length, address)\n"
    "    local buffer = mem.view(address, length)\n"
    "    buffer:set_u8(0, (buffer:u8(0) + 1) & 255)\n"
    "    ipc.notify_client(from)\n"
    "  end))\n"
    "  while true do yield() end\n"
    "end)\n";

// Runs before the script: what it calls. Each notification is one switch out of the coroutine,
// each yield another.
static const char reference_before[] =
    "local switch = coroutine.yield\n"
    "local bodies, upcalls, shared = {}, {}, nil\n"
    "function scenario() end\n"
    "function expect(value) return value end\n"
    "function process(_, body) bodies[#bodies + 1] = body end\n"
    "function yield() local upcall, from, length, address = switch()\n"
    "  upcall(from, length, address) end\n"
    "mem = { alloc = function(size) return new_buffer(size) end,\n"
    "        view = function(address, size) return new_view(address, size) end }\n"
    "ipc = { discover = function() return 1 end,\n"
    "        register_client = function(_, upcall) upcalls[1] = upcall return true end,\n"
    "        register_service = function(upcall) upcalls[2] = upcall return true end,\n"
    "        share = function(_, buffer) shared = buffer return true end,\n"
    "        notify_service = function(index) return switch(index) end,\n"
    "        notify_client = function(index) return switch(index) end }\n";

// Runs after it and returns a function that makes so many round trips.
static const char reference_after[] =
    "local create, resume = coroutine.create, coroutine.resume\n"
    "local client, service = create(bodies[1]), create(bodies[2])\n"
    "resume(service)\n"
    "resume(client)\n"
    "local address, size = shared:addr(), shared:size()\n"
    "return function(trips)\n"
    "  for _ = 1, trips do\n"
    "    resume(client, true)\n"
    "    resume(service, upcalls[2], 0, size, address)\n"
    "    resume(service, true)\n"
    "    resume(client, upcalls[1], 1, 0, 0)\n"
    "  end\n"
    "end\n";

// ---- buffers of the reference

#define VIEW "view"

struct memory_view {
    unsigned char *bytes;
    size_t size;
};

static int new_view(lua_State *L)
{
    struct memory_view *view = lua_newuserdatauv(L, sizeof *view, 0);

    *view = (struct memory_view){lua_touserdata(L, 1), (size_t)lua_tointeger(L, 2)};
    luaL_setmetatable(L, VIEW);
    return 1;
}

// The bytes live as long as the state: nobody collects what the registry refers to.
static int new_buffer(lua_State *L)
{
    size_t size = (size_t)luaL_checkinteger(L, 1);
    unsigned char *bytes = lua_newuserdatauv(L, size, 0);
    struct memory_view *view = lua_newuserdatauv(L, sizeof *view, 0);

    memset(bytes, 0, size);
    *view = (struct memory_view){bytes, size};
    luaL_setmetatable(L, VIEW);
    lua_pushvalue(L, -2);
    luaL_ref(L, LUA_REGISTRYINDEX);
    return 1;
}

static int view_u8(lua_State *L)
{
    const struct memory_view *view = luaL_checkudata(L, 1, VIEW);

    lua_pushinteger(L, view->bytes[luaL_checkinteger(L, 2)]);
    return 1;
}

static int view_set_u8(lua_State *L)
{
    const struct memory_view *view = luaL_checkudata(L, 1, VIEW);

    view->bytes[luaL_checkinteger(L, 2)] = (unsigned char)luaL_checkinteger(L, 3);
    return 0;
}

static int view_addr(lua_State *L)
{
    lua_pushlightuserdata(L, ((struct memory_view *)luaL_checkudata(L, 1, VIEW))->bytes);
    return 1;
}

static int view_size(lua_State *L)
{
    lua_pushinteger(L, (lua_Integer)((struct memory_view *)luaL_checkudata(L, 1, VIEW))->size);
    return 1;
}

static void open_buffers(lua_State *L)
{
    static const luaL_Reg methods[] = {{"u8", view_u8},
                                       {"set_u8", view_set_u8},
                                       {"addr", view_addr},
                                       {"size", view_size},
                                       {NULL, NULL}};

    luaL_newmetatable(L, VIEW);
    luaL_newlib(L, methods);
    lua_setfield(L, -2, "__index");
    lua_pop(L, 1);
    lua_register(L, "new_view", new_view);
    lua_register(L, "new_buffer", new_buffer);
}

// ---- the reference

// NULL, with `error` set: it does not run. The function that makes round trips is on its stack.
static lua_State *reference_new(struct message *error)
{
    char text[sizeof reference_before + sizeof script + sizeof reference_after];
    lua_State *L = luaL_newstate();

    if (!L) {
        message_set(error, "no memory for a Lua state");
        return NULL;
    }
    luaL_openlibs(L);
    open_buffers(L);
    snprintf(text, sizeof text, "%s%s%s", reference_before, script, reference_after);
    if (luaL_dostring(L, text) == LUA_OK)
        return L;
    message_set(error, "the reference: %s", lua_tostring(L, -1));
    lua_close(L);
    return NULL;
}

static double sample_reference(void *context, uint64_t trips)
{
    lua_State *L = context;
    double start = measure_now_ns();

    lua_pushvalue(L, -1);
    lua_pushinteger(L, (lua_Integer)trips);
    if (lua_pcall(L, 1, 0, 0) != LUA_OK)
        return (double)NAN;
    return measure_now_ns() - start;
}

// ---- comparing

static bool compare(lua_State *L, struct world *world, struct figures *figures,
                    const struct effort *effort, struct message *error)
{
    const struct subject subjects[] = {{sample_reference, L}, {pair_sample, world}};
    struct measured measured[2];

    if (!pair_start(world, error))
        return false;
    if (!measure(subjects, 2, effort, measured)) {
        message_set(error, "the client gets no answers any more");
        return false;
    }
    figures_add(figures,
                &(struct figure){.unit = "ns",
                                 .value = measured[1].ns,
                                 .reference = measured[0].ns,
                                 .ratio = measured[1].ratio,
                                 .goal = goal},
                "roundtrip_lua");
    return true;
}

static bool compare_with_world(const struct scenario *scenario, struct figures *figures,
                               const struct effort *effort, struct message *error)
{
    struct world *world = script_world_new(scenario, 0, error);
    lua_State *L;
    bool is_fine = false;

    if (!world)
        return false;
    L = reference_new(error);
    if (L) {
        is_fine = compare(L, world, figures, effort, error);
        lua_close(L);
    }
    world_free(world);
    return is_fine;
}

bool bench_roundtrip_lua(struct figures *figures, const struct effort *effort,
                         struct message *error)
{
    struct scenario *scenario = script_open(script, NULL, NULL, error);
    bool is_fine;

    if (!scenario)
        return false;
    is_fine = compare_with_world(scenario, figures, effort, error);
    scenario_close(scenario);
    return is_fine;
}

uint64_t work_roundtrip_lua(uint64_t times, struct message *error)
{
    struct scenario *scenario = script_open(script, NULL, NULL, error);
    struct world *world;
    uint64_t done = 0;

    if (!scenario)
        return 0;
    world = script_world_new(scenario, 0, error);
    if (world) {
        done = pair_start(world, error) ? pair_run(world, times) : 0;
        world_free(world);
    }
    scenario_close(scenario);
    return done;
}
