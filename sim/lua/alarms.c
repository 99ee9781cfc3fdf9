// SPDX-License-Identifier: Apache-2.0 OR MIT
// Two virtual alarms above the one that the kernel has for a process, as libtock-c multiplexes
// any number: that of the prelude, which delay_us and yield_for wait for, and that of the script,
// which it sets with sys.command itself.
//
// Each call goes to the kernel as it is. Only while both are set do others follow, so that the
// kernel's alarm is that of the earlier, and the prelude's function, as the multiplexer's, is the
// one that the kernel calls. The prelude needs no more than one: of waits within waits the
// innermost ends first.
#include "../machine/devices.h"
#include "lua_host.h"

enum { ALARM_UPCALL = 0 };

// What keeps the prelude's function from losing its address; the driver has no such number.
enum { ALWAYS_SUBSCRIBED = -1 };

static struct syscall_return command(lua_State *L, uint32_t number, uint32_t argument0,
                                     uint32_t argument1)
{
    return script_syscall(L, SYSCALL_COMMAND, ALARM_DRIVER_NUM, number, argument0, argument1);
}

static uint32_t ticks_left(const struct virtual_alarm *alarm, uint32_t now)
{
    uint32_t passed = now - alarm->reference;

    return passed < alarm->dt ? alarm->dt - passed : 0;
}

// Sets the kernel's alarm to this one.
static void arm(lua_State *L, const struct virtual_alarm *alarm)
{
    command(L, ALARM_SET_ABSOLUTE, alarm->reference, alarm->dt);
}

// Sets the kernel's alarm to the earlier of those that are set.
static void arm_earlier(lua_State *L)
{
    const struct script *script = script_of(L);
    const struct virtual_alarm *waiting = &script->waiting;
    const struct virtual_alarm *own = &script->own_alarm;

    if (waiting->is_set && own->is_set) {
        uint32_t now = command(L, ALARM_NOW, 0, 0).word[1];

        arm(L, ticks_left(own, now) < ticks_left(waiting, now) ? own : waiting);
    } else if (waiting->is_set || own->is_set) {
        arm(L, waiting->is_set ? waiting : own);
    }
}

// ---- What the script does with its own

static struct syscall_return subscribe_own(lua_State *L, uaddr fn, uint32_t userdata)
{
    struct script *script = script_of(L);
    struct syscall_return answer =
        script_syscall(L, SYSCALL_SUBSCRIBE, ALARM_DRIVER_NUM, ALARM_UPCALL, fn, userdata);

    if (answer.word[0] != RETURN_SuccessU32U32)
        return answer;
    script->own_alarm.fn = fn == script->waiting.fn ? 0 : fn;
    script->own_alarm.userdata = userdata;
    if (script->waiting.is_set) { // subscribing has removed its upcall, if that was queued
        script_syscall(L, SYSCALL_SUBSCRIBE, ALARM_DRIVER_NUM, ALARM_UPCALL, script->waiting.fn, 0);
        arm_earlier(L);
    }
    return answer;
}

static struct syscall_return set(lua_State *L, struct virtual_alarm *alarm, uint32_t number,
                                 uint32_t argument0, uint32_t argument1)
{
    struct syscall_return answer = command(L, number, argument0, argument1);
    bool is_relative = number == ALARM_SET_RELATIVE;

    if (answer.word[0] == RETURN_SuccessU32) {
        alarm->is_set = true;
        alarm->dt = is_relative ? argument0 : argument1;
        alarm->reference = answer.word[1] - alarm->dt;
    }
    return answer;
}

static struct syscall_return set_own(lua_State *L, const uint32_t *r)
{
    struct script *script = script_of(L);
    struct syscall_return answer = set(L, &script->own_alarm, r[1], r[2], r[3]);

    if (script->waiting.is_set)
        arm_earlier(L);
    return answer;
}

// The kernel cannot tell whose alarm it has, so it is not asked where the script has none.
static struct syscall_return stop_own(lua_State *L)
{
    struct script *script = script_of(L);
    struct syscall_return answer;

    if (script->waiting.is_set && !script->own_alarm.is_set)
        return (struct syscall_return){{RETURN_Failure, ERROR_ALREADY}};
    answer = command(L, ALARM_STOP, 0, 0);
    if (answer.word[0] == RETURN_Success)
        script->own_alarm.is_set = false;
    if (script->waiting.is_set)
        arm_earlier(L);
    return answer;
}

bool alarms_take(uint32_t class, const uint32_t *r)
{
    if (r[0] != ALARM_DRIVER_NUM)
        return false;
    return class == SYSCALL_COMMAND ? r[1] >= ALARM_STOP && r[1] <= ALARM_SET_ABSOLUTE
                                    : class == SYSCALL_SUBSCRIBE && r[1] == ALARM_UPCALL;
}

struct syscall_return alarms_syscall(lua_State *L, uint32_t class, const uint32_t *r)
{
    if (class == SYSCALL_SUBSCRIBE)
        return subscribe_own(L, r[2], r[3]);
    return r[1] == ALARM_STOP ? stop_own(L) : set_own(L, r);
}

// ---- What the prelude does with its one: sys.subscribe and sys.command of the alarm driver

// (ALARM, 0, fn, 0)
static int subscribe_waiting(lua_State *L)
{
    struct script *script = script_in_process(L);
    uaddr fn = upcall_address(L, 3);

    naming_function(L, 3, fn);
    struct syscall_return answer =
        script_syscall(L, SYSCALL_SUBSCRIBE, ALARM_DRIVER_NUM, ALARM_UPCALL, fn, 0);

    if (answer.word[0] == RETURN_SuccessU32U32) {
        script->waiting.fn = fn;
        upcall_subscribed(L, ALARM_DRIVER_NUM, (uint32_t)ALWAYS_SUBSCRIBED, fn);
    }
    return script_push_answer(L, &answer);
}

static int set_waiting(lua_State *L, uint32_t us)
{
    struct script *script = script_of(L);
    struct virtual_alarm *waiting = &script->waiting;
    struct syscall_return answer = set(L, waiting, ALARM_SET_RELATIVE, us * ALARM_TICKS_PER_US, 0);

    if (script->own_alarm.is_set && waiting->is_set &&
        ticks_left(&script->own_alarm, waiting->reference) < waiting->dt)
        arm(L, &script->own_alarm);
    return script_push_answer(L, &answer);
}

static int stop_waiting(lua_State *L)
{
    struct script *script = script_of(L);
    bool was_set = script->waiting.is_set;

    script->waiting.is_set = false;
    if (was_set && script->own_alarm.is_set)
        arm(L, &script->own_alarm);
    else if (was_set)
        command(L, ALARM_STOP, 0, 0);
    return 0;
}

// (ALARM, 5 or 3, us, 0)
static int command_waiting(lua_State *L)
{
    script_in_process(L);
    return lua_tointeger(L, 2) == ALARM_STOP ? stop_waiting(L)
                                             : set_waiting(L, (uint32_t)lua_tointeger(L, 3));
}

void alarms_push(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"subscribe", subscribe_waiting},
        {"command", command_waiting},
        {NULL, NULL},
    };

    luaL_newlib(L, functions);
}

// ---- When the kernel's alarm has fired

bool alarms_share_upcall(struct script *script, const struct function_call *call)
{
    if (call->source != SOURCE_DRIVER || call->driver != ALARM_DRIVER_NUM)
        return false;
    if (call->pc == script->waiting.fn)
        return true;
    script->own_alarm.is_set = false;
    return false;
}

// Whether its time has come; it is then no longer set.
static bool expire(struct virtual_alarm *alarm, uint32_t now)
{
    bool has_expired = alarm->is_set && ticks_left(alarm, now) == 0;

    alarm->is_set = alarm->is_set && !has_expired;
    return has_expired;
}

static void run(lua_State *L, const struct virtual_alarm *alarm, uint32_t now)
{
    if (alarm->fn == 0)
        return;
    lua_pushcfunction(L, upcall_run);
    lua_pushinteger(L, alarm->fn);
    lua_pushinteger(L, now);
    lua_pushinteger(L, (uint32_t)(alarm->reference + alarm->dt));
    lua_pushinteger(L, 0);
    lua_pushinteger(L, alarm->userdata);
    lua_call(L, 5, 0);
}

int alarms_upcall(lua_State *L)
{
    struct script *script = script_of(L);
    uint32_t now = (uint32_t)lua_tointeger(L, 2);
    bool waiting_expired = expire(&script->waiting, now);
    bool own_expired = expire(&script->own_alarm, now);

    if (waiting_expired || own_expired)
        arm_earlier(L);
    if (waiting_expired)
        run(L, &script->waiting, now);
    if (own_expired)
        run(L, &script->own_alarm, now);
    return 0;
}
