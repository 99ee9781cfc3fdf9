// SPDX-License-Identifier: Apache-2.0 OR MIT
// sys: the system call ABI as it is, one function per class. Each returns the name of
// the return variant and then its words.
#include <string.h>

#include "lua_host.h"

static void push_words(lua_State *L, const struct syscall_return *answer, int count)
{
    for (int i = 1; i <= count; i++)
        lua_pushinteger(L, answer->word[i]);
}

int script_push_answer(lua_State *L, const struct syscall_return *answer)
{
    switch (answer->word[0]) {
#define X(name, number, words)                                                                     \
    case number:                                                                                   \
        lua_pushstring(L, #name);                                                                  \
        push_words(L, answer, words);                                                              \
        return 1 + (words);
        RETURN_VARIANTS(X)
#undef X
    default:
        lua_pushinteger(L, answer->word[0]);
        push_words(L, answer, 3);
        return 4;
    }
}

// r0 to r3
struct words {
    uint32_t r[4];
};

// The arguments from `first` on as `count` words; those behind `needed` may be left out.
static struct words take_words(lua_State *L, int first, int needed, int count)
{
    struct words words = {{0}};

    script_in_process(L);
    for (int i = 0; i < count; i++)
        words.r[i] = i < needed ? script_word(L, first + i) : script_optional_word(L, first + i);
    return words;
}

// All the arguments there may be.
static struct words take_all_words(lua_State *L, int needed, int count)
{
    script_refuse_more(L, count);
    return take_words(L, 1, needed, count);
}

// sbrk by nothing only asks where the break is.
static bool moves_break(uint32_t class, const uint32_t *r)
{
    return class == SYSCALL_MEMOP && (r[0] == MEMOP_BRK || (r[0] == MEMOP_SBRK && r[1] != 0));
}

static struct syscall_return call_kernel(lua_State *L, uint32_t class, const uint32_t *r)
{
    if (moves_break(class, r))
        return mem_move_break(L, r[0], r[1]);
    if (alarms_take(class, r))
        return alarms_syscall(L, class, r);
    return script_syscall(L, class, r[0], r[1], r[2], r[3]);
}

// A number says only where a buffer is, and nothing of a function.
static void note_place(lua_State *L, uint32_t class, const uint32_t *r)
{
    switch (class) {
    case SYSCALL_ALLOW_RW:
    case SYSCALL_ALLOW_RO:
    case SYSCALL_ALLOW_UR:
        naming_buffer(script_of(L), r[2]);
        break;
    case SYSCALL_SUBSCRIBE:
    case SYSCALL_MEMOP:
        naming_forget(script_of(L));
        break;
    default:
        break;
    }
}

static int call(lua_State *L, uint32_t class, struct words words)
{
    note_place(L, class, words.r);
    struct syscall_return answer = call_kernel(L, class, words.r);

    return script_push_answer(L, &answer);
}

// sys.yield_wait([address of the flag])
static int yield_wait(lua_State *L)
{
    uaddr flag = take_all_words(L, 0, 1).r[0];

    script_syscall(L, SYSCALL_YIELD, YIELD_WAIT, flag, 0, 0);
    return 0;
}

// sys.yield_no_wait([address of the flag]). Without an address the flag is the first byte
// of the process's memory, and its value the result: whether an upcall ran.
static int yield_no_wait(lua_State *L)
{
    struct script *script = script_in_process(L);
    bool is_own = lua_isnoneornil(L, 1);

    script_refuse_more(L, 1);
    uaddr flag = is_own ? mem_reserved(L) : script_word(L, 1);

    script_syscall(L, SYSCALL_YIELD, YIELD_NO_WAIT, flag, 0, 0);
    if (!is_own)
        return 0;
    lua_pushboolean(L, app_load(script->app, flag, 1) != 0);
    return 1;
}

static uaddr check_upcall(lua_State *L, int arg)
{
    naming_forget(script_of(L));
    if (lua_isnoneornil(L, arg))
        return 0;
    if (!lua_isfunction(L, arg))
        return script_word(L, arg);
    uaddr address = upcall_address(L, arg);
    naming_function(L, arg, address);
    return address;
}

// sys.subscribe(driver, num, fn_or_nil, userdata); a number for fn is passed as it is.
static int subscribe(lua_State *L)
{
    script_refuse_more(L, 4);
    struct words words = take_words(L, 1, 2, 2);

    words.r[2] = check_upcall(L, 3);
    words.r[3] = script_optional_word(L, 4);
    struct syscall_return answer = call_kernel(L, SYSCALL_SUBSCRIBE, words.r);
    if (answer.word[0] == RETURN_SuccessU32U32)
        upcall_subscribed(L, words.r[0], words.r[1], words.r[2]);
    return script_push_answer(L, &answer);
}

// sys.command(driver, cmd, a, b)
static int command(lua_State *L)
{
    return call(L, SYSCALL_COMMAND, take_all_words(L, 2, 4));
}

// The three allows: (driver, num, addr, len)
static int allow_rw(lua_State *L)
{
    return call(L, SYSCALL_ALLOW_RW, take_all_words(L, 2, 4));
}

static int allow_ro(lua_State *L)
{
    return call(L, SYSCALL_ALLOW_RO, take_all_words(L, 2, 4));
}

static int allow_ur(lua_State *L)
{
    return call(L, SYSCALL_ALLOW_UR, take_all_words(L, 2, 4));
}

// sys.memop(op, arg)
static int call_memop(lua_State *L)
{
    return call(L, SYSCALL_MEMOP, take_all_words(L, 1, 2));
}

static int call_exit(lua_State *L, uint32_t which)
{
    uint32_t code = take_all_words(L, 0, 1).r[0];

    return call(L, SYSCALL_EXIT, (struct words){{which, code}});
}

static int exit_terminate(lua_State *L)
{
    return call_exit(L, EXIT_TERMINATE);
}

static int exit_restart(lua_State *L)
{
    return call_exit(L, EXIT_RESTART);
}

// sys.call(class, r0, r1, r2, r3): any number. Yield answers nothing.
static int call_any(lua_State *L)
{
    script_refuse_more(L, 5);
    uint32_t class = take_words(L, 1, 1, 1).r[0];
    int results = call(L, class, take_words(L, 2, 0, 4));

    return class == SYSCALL_YIELD ? 0 : results;
}

const char *sys_error_name(uint32_t number)
{
    switch (number) {
#define X(name, number, text)                                                                      \
    case number:                                                                                   \
        return #name;
        ERROR_CODES(X)
#undef X
    default:
        return NULL;
    }
}

bool sys_is_error_name(const char *word)
{
#define X(name, number, text)                                                                      \
    if (strcmp(word, #name) == 0)                                                                  \
        return true;
    ERROR_CODES(X)
#undef X
    return false;
}

bool sys_is_failure(const char *word)
{
#define X(name, number, words)                                                                     \
    if ((number) < RETURN_Success && strcmp(word, #name) == 0)                                     \
        return true;
    RETURN_VARIANTS(X)
#undef X
    return false;
}

// sys.error_name(number): "NOMEM" and the like; nil for a number that is none.
static int error_name(lua_State *L)
{
    script_refuse_more(L, 1);
    lua_pushstring(L, sys_error_name(script_word(L, 1)));
    return 1;
}

void sys_open(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"yield_wait", yield_wait},
        {"yield_no_wait", yield_no_wait},
        {"subscribe", subscribe},
        {"command", command},
        {"allow_rw", allow_rw},
        {"allow_ro", allow_ro},
        {"allow_ur", allow_ur},
        {"memop", call_memop},
        {"exit_terminate", exit_terminate},
        {"exit_restart", exit_restart},
        {"call", call_any},
        {"error_name", error_name},
        {NULL, NULL},
    };

    luaL_newlib(L, functions);
    lua_setglobal(L, "sys");
}
