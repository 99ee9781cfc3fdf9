// SPDX-License-Identifier: Apache-2.0 OR MIT
// mem: a process's own RAM, taken from the start of its memory upwards with brk, and
// views of any address. Every access goes over the bus: a refused one is a fault.
#include <inttypes.h>
#include <stdio.h>

#include "../machine/bus.h"
#include "../machine/world.h"
#include "../trace/line.h"
#include "lua_host.h"

#define VIEW "buffer"

struct memory_view {
    uaddr address;
    uint32_t size;
};

// ---- Taking memory ----

// What brk is rounded up to, as the users of libtock's sbrk do: a PMP opens whole words, so
// behind a break inside of one the last bytes would be closed.
enum { WORD_BYTES = 4 };

// Moves app_brk up to `end`, or the next word, if it is below. False: the kernel refuses.
static bool reach(lua_State *L, uint64_t end)
{
    const struct process *process = app_process(script_of(L)->app);

    end = (end + WORD_BYTES - 1) & ~(uint64_t)(WORD_BYTES - 1);
    if (end <= process->app_brk)
        return true;
    if (end > UINT32_MAX)
        return false;
    naming_break(script_of(L), (uaddr)end);
    return script_syscall(L, SYSCALL_MEMOP, MEMOP_BRK, (uint32_t)end, 0, 0).word[0] ==
           RETURN_Success;
}

_Noreturn static void refuse(lua_State *L, uint32_t size, uint32_t alignment)
{
    const struct script *script = script_of(L);
    const struct process *process = app_process(script->app);
    char name[LINE_NAME_SIZE];

    script_error(L,
                 "not enough RAM: %" PRIu32 " more bytes, aligned to %" PRIu32
                 ", do not fit into the %" PRIu32 " bytes of process \"%s\", of which the "
                 "kernel uses %" PRIu32 " and it uses %" PRIu32 " itself; give process() a "
                 "larger ram",
                 size, alignment, process->memory_size,
                 line_name_of(&script->app->world->view, script->index, name),
                 process_memory_end(process) - process->kernel_brk,
                 process->app_brk - process->memory_start);
}

uaddr mem_reserved(lua_State *L)
{
    struct script *script = script_in_process(L);
    uaddr start = app_process(script->app)->memory_start;

    if (!reach(L, (uint64_t)start + SCRIPT_RESERVED_BYTES))
        refuse(L, SCRIPT_RESERVED_BYTES, 1);
    return start;
}

static uaddr take(lua_State *L, uint32_t size, uint32_t alignment)
{
    struct script *script = script_of(L);
    uaddr lowest = app_process(script->app)->memory_start + SCRIPT_RESERVED_BYTES;
    uint64_t start = script->next_free > lowest ? script->next_free : lowest;

    start = (start + alignment - 1) & ~((uint64_t)alignment - 1);
    if (!reach(L, start + size))
        refuse(L, size, alignment);
    script->next_free = script->buffers_end = (uaddr)(start + size);
    return (uaddr)start;
}

// What the kernel refuses anyway is left to it.
static void check_buffers_stay(lua_State *L, uaddr new_break)
{
    const struct script *script = script_of(L);

    if (new_break < script->buffers_end &&
        new_break >= app_process(script->app)->allow_high_water_mark)
        script_error(L,
                     "a break at 0x%08" PRIx32 " would cut off a buffer that mem.alloc handed "
                     "out (or print took), up to 0x%08" PRIx32 "; give back only what you took "
                     "with sys.memop yourself",
                     new_break, script->buffers_end);
}

struct syscall_return mem_move_break(lua_State *L, uint32_t op, uint32_t argument)
{
    struct script *script = script_in_process(L);
    const struct process *process = app_process(script->app);
    uaddr new_break = op == MEMOP_SBRK ? process->app_brk + argument : argument;
    struct syscall_return answer;

    check_buffers_stay(L, new_break);
    answer = script_syscall(L, SYSCALL_MEMOP, op, argument, 0, 0);
    if (process->app_brk == new_break)
        script->next_free = new_break;
    return answer;
}

// ---- Accesses ----

// An access that is about to be refused: what is known of the fault then includes the line.
static void note_refusal(lua_State *L, enum access_op op, uaddr address, uint32_t size)
{
    struct script *script = script_of(L);
    struct world *world = script->app->world;
    bool is_first = !world->fault.happened;
    uint32_t i = 0;

    while (i + 1 < size && bus_allows(world, script->index, address + i, 1, op))
        i++;
    world_note_fault(world, script->index, FAULT_CAUSE_MEMORY, (uint8_t)op, address + i, size);
    if (is_first)
        snprintf(world->fault.text, sizeof world->fault.text, "%s:%u", script->program->path,
                 (unsigned)script_line(L));
}

// The app whose access goes through, or faults right after this.
static struct app *check_access(lua_State *L, enum access_op op, uaddr address, uint32_t size)
{
    struct script *script = script_of(L);

    if (!bus_allows(script->app->world, script->index, address, size, op))
        note_refusal(L, op, address, size);
    return script->app;
}

// ---- Views ----

static void push_view(lua_State *L, uaddr address, uint32_t size)
{
    struct memory_view *view = lua_newuserdatauv(L, sizeof *view, 0);

    *view = (struct memory_view){address, size};
    luaL_setmetatable(L, VIEW);
}

// Argument `arg` as a number of bytes; no negative one. `what` names it.
static uint32_t check_bytes(lua_State *L, int arg, const char *what)
{
    uint32_t bytes = script_word(L, arg);
    lua_Integer said = lua_tointeger(L, arg);

    if (said < 0)
        script_error(L, "%s must be from 0 to 2^32 - 1 bytes, not " LUA_INTEGER_FMT, what,
                     (LUAI_UACINT)said);
    return bytes;
}

static uint32_t check_alignment(lua_State *L, int arg)
{
    uint32_t alignment = lua_isnoneornil(L, arg) ? 4 : script_word(L, arg);
    lua_Integer said = lua_tointeger(L, arg);

    if (said < 0 || alignment == 0 || (alignment & (alignment - 1)) != 0)
        script_error(L, "mem.alloc: the alignment must be a power of two, not " LUA_INTEGER_FMT,
                     (LUAI_UACINT)said);
    return alignment;
}

// mem.alloc(size, [alignment])
static int alloc(lua_State *L)
{
    script_in_process(L);
    uint32_t size = check_bytes(L, 1, "mem.alloc: the size");
    uint32_t alignment = check_alignment(L, 2);
    uaddr start = take(L, size, alignment);

    naming_keep_buffer(L, start, size, NULL);
    push_view(L, start, size);
    return 1;
}

static int alloc_for_library(lua_State *L, const char *name)
{
    uint32_t size = check_bytes(L, 1, name);
    uaddr start = take(L, size, 4);

    naming_keep_buffer(L, start, size, name);
    push_view(L, start, size);
    return 1;
}

int mem_alloc_name(lua_State *L)
{
    return alloc_for_library(L, "ipc.name");
}

int mem_alloc_line(lua_State *L)
{
    return alloc_for_library(L, "print.line");
}

// mem.view(address, size)
static int new_view(lua_State *L)
{
    script_in_process(L);
    uaddr address = script_word(L, 1);
    uint32_t size = check_bytes(L, 2, "mem.view: the size");

    push_view(L, address, size);
    return 1;
}

static struct memory_view *check_view(lua_State *L)
{
    struct memory_view *view = luaL_testudata(L, 1, VIEW);

    script_in_process(L);
    if (!view)
        script_error(L, "call this with a colon on a buffer, as in buf:u8(0), not on %s",
                     script_kind(L, 1));
    return view;
}

// The address of `size` bytes at the offset that is argument 2.
static uaddr check_offset(lua_State *L, const struct memory_view *view, uint64_t size)
{
    int is_integer;
    lua_Integer offset = lua_tointegerx(L, 2, &is_integer);

    if (!is_integer)
        script_error(L, "the offset must be a whole number, not %s", script_kind(L, 2));
    if (offset < 0 || (uint64_t)offset + size > view->size)
        script_error(L,
                     "%" PRIu64 " bytes at offset " LUA_INTEGER_FMT " are not inside of this "
                     "buffer of %" PRIu32 " bytes (offsets start at 0)",
                     size, (LUAI_UACINT)offset, view->size);
    return view->address + (uaddr)offset;
}

// Argument `arg`: what is stored must be all there afterwards.
static uint32_t check_value(lua_State *L, int arg, uint32_t size)
{
    uint32_t value = script_word(L, arg);
    lua_Integer said = lua_tointeger(L, arg);
    lua_Integer most = ((lua_Integer)1 << (8 * size)) - 1;

    if (said < 0 || said > most)
        script_error(L,
                     "what is stored in %" PRIu32 " byte%s must be from 0 to " LUA_INTEGER_FMT
                     ", not " LUA_INTEGER_FMT,
                     size, size == 1 ? "" : "s", (LUAI_UACINT)most, (LUAI_UACINT)said);
    return value;
}

static int view_load(lua_State *L, uint32_t size)
{
    const struct memory_view *view = check_view(L);
    uaddr address = check_offset(L, view, size);

    lua_pushinteger(L, app_load(check_access(L, ACCESS_LOAD, address, size), address, size));
    return 1;
}

static int view_store(lua_State *L, uint32_t size)
{
    const struct memory_view *view = check_view(L);
    uaddr address = check_offset(L, view, size);
    uint32_t value = check_value(L, 3, size);

    app_store(check_access(L, ACCESS_STORE, address, size), address, size, value);
    return 0;
}

static int view_u8(lua_State *L)
{
    return view_load(L, 1);
}

static int view_u16(lua_State *L)
{
    return view_load(L, 2);
}

static int view_u32(lua_State *L)
{
    return view_load(L, 4);
}

static int view_set_u8(lua_State *L)
{
    return view_store(L, 1);
}

static int view_set_u16(lua_State *L)
{
    return view_store(L, 2);
}

static int view_set_u32(lua_State *L)
{
    return view_store(L, 4);
}

// view:read(offset, length)
static int view_read(lua_State *L)
{
    const struct memory_view *view = check_view(L);
    uint32_t length = check_bytes(L, 3, "buf:read: the length");
    uaddr address = check_offset(L, view, length);
    luaL_Buffer buffer;

    char *bytes = luaL_buffinitsize(L, &buffer, length);
    if (length > 0)
        app_read(check_access(L, ACCESS_LOAD, address, length), address, bytes, length);
    luaL_pushresultsize(&buffer, length);
    return 1;
}

// view:write(offset, text)
static int view_write(lua_State *L)
{
    const struct memory_view *view = check_view(L);
    size_t length;

    if (lua_type(L, 3) != LUA_TSTRING)
        script_error(L, "what is written must be a text, not %s", script_kind(L, 3));
    const char *bytes = lua_tolstring(L, 3, &length);
    uaddr address = check_offset(L, view, length);
    if (length > 0)
        app_write(check_access(L, ACCESS_STORE, address, (uint32_t)length), address, bytes,
                  (uint32_t)length);
    return 0;
}

static int view_addr(lua_State *L)
{
    lua_pushinteger(L, check_view(L)->address);
    return 1;
}

static int view_size(lua_State *L)
{
    lua_pushinteger(L, check_view(L)->size);
    return 1;
}

// ---- Any address ----

static uint32_t check_access_size(lua_State *L, int arg)
{
    uint32_t size = script_word(L, arg);

    if (size != 1 && size != 2 && size != 4)
        script_error(L, "an access has 1, 2 or 4 bytes, not " LUA_INTEGER_FMT,
                     (LUAI_UACINT)lua_tointeger(L, arg));
    return size;
}

// mem.peek(address, size)
static int peek(lua_State *L)
{
    script_in_process(L);
    uaddr address = script_word(L, 1);
    uint32_t size = check_access_size(L, 2);

    lua_pushinteger(L, app_load(check_access(L, ACCESS_LOAD, address, size), address, size));
    return 1;
}

// mem.poke(address, size, value)
static int poke(lua_State *L)
{
    script_in_process(L);
    uaddr address = script_word(L, 1);
    uint32_t size = check_access_size(L, 2);
    uint32_t value = check_value(L, 3, size);

    app_store(check_access(L, ACCESS_STORE, address, size), address, size, value);
    return 0;
}

static int refuse_method(lua_State *L)
{
    script_error(L,
                 "a buffer has no \"%s\": it has addr, size, u8, u16, u32, set_u8, set_u16, "
                 "set_u32, read, write",
                 script_push_text(L, 2));
}

static void open_views(lua_State *L)
{
    static const luaL_Reg methods[] = {
        {"addr", view_addr},
        {"size", view_size},
        {"u8", view_u8},
        {"u16", view_u16},
        {"u32", view_u32},
        {"set_u8", view_set_u8},
        {"set_u16", view_set_u16},
        {"set_u32", view_set_u32},
        {"read", view_read},
        {"write", view_write},
        {NULL, NULL},
    };

    luaL_newmetatable(L, VIEW);
    luaL_newlib(L, methods);
    lua_createtable(L, 0, 1);
    lua_pushcfunction(L, refuse_method);
    lua_setfield(L, -2, "__index");
    lua_setmetatable(L, -2);
    lua_setfield(L, -2, "__index");
    lua_pushboolean(L, false);
    lua_setfield(L, -2, "__metatable");
    lua_pop(L, 1);
}

void mem_open(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"alloc", alloc}, {"view", new_view}, {"peek", peek}, {"poke", poke}, {NULL, NULL},
    };

    open_views(L);
    luaL_newlib(L, functions);
    lua_setglobal(L, "mem");
}
