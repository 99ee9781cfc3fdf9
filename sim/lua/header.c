// SPDX-License-Identifier: Apache-2.0 OR MIT
// What the top level of a script declares: param, scenario, process.
//
// When the scenario is opened they fill it in; in the run inside of a process they look
// up there what was decided then.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/count_of.h"
#include "../base/list.h"
#include "../base/nearest.h"
#include "../base/path.h"
#include "../machine/setting_words.h"
#include "board_open.h"
#include "board_table.h"
#include "ends.h"
#include "lua_host.h"
#include "program.h"

enum { DEFAULT_RAM_BYTES = 4096, DEFAULT_FLASH_BYTES = 4096, MIN_FLASH_BYTES = 512 };
enum { MAX_MEMORY_BYTES = 1 << 30 };

// Raises that `key` is none of the `count` names that `what` knows.
static void refuse_key(lua_State *L, const char *what, const char *key, const char *const *names,
                       size_t count)
{
    struct message text;

    nearest_refuse(&text, what, key, names, count);
    script_error(L, "%s", text.text);
}

// Raises unless every key of the table at `index` is one of `names`.
static void check_keys(lua_State *L, int index, const char *what, const char *const *names,
                       size_t count)
{
    const char *unknown = script_unknown_key(L, index, names, count);

    if (unknown)
        refuse_key(L, what, unknown, names, count);
}

// ---- param(name, default, help) ----

static const char *param_type_text(enum param_type type)
{
    static const char *const texts[] = {"a whole number", "a number", "a text", "true or false"};

    return texts[type];
}

static struct param *find_param(const struct scenario *scenario, const char *name)
{
    for (size_t i = 0; i < scenario->param_count; i++) {
        if (strcmp(scenario->params[i].name, name) == 0)
            return (struct param *)&scenario->params[i];
    }
    return NULL;
}

static enum param_type check_param_type(lua_State *L, int index)
{
    switch (lua_type(L, index)) {
    case LUA_TNUMBER:
        return lua_isinteger(L, index) ? PARAM_INTEGER : PARAM_NUMBER;
    case LUA_TSTRING:
        return PARAM_STRING;
    case LUA_TBOOLEAN:
        return PARAM_BOOLEAN;
    default:
        script_error(L,
                     "param: the default of \"%s\" must be a number, a text or a boolean, not "
                     "%s",
                     lua_tostring(L, 1), script_kind(L, index));
    }
}

// The shortest of two forms that reads back as the same number.
static void number_text(double number, char *text, size_t size)
{
    snprintf(text, size, "%.14g", number);
    if (strtod(text, NULL) != number)
        snprintf(text, size, "%.17g", number);
}

static void param_text(lua_State *L, int index, enum param_type type, char *text, size_t size)
{
    if (type == PARAM_INTEGER)
        snprintf(text, size, LUA_INTEGER_FMT, (LUAI_UACINT)lua_tointeger(L, index));
    else if (type == PARAM_NUMBER && !isfinite(lua_tonumber(L, index)))
        script_error(L, "param: the default of \"%s\" must be finite", lua_tostring(L, 1));
    else if (type == PARAM_NUMBER)
        number_text(lua_tonumber(L, index), text, size);
    else if (type == PARAM_BOOLEAN)
        snprintf(text, size, "%s", lua_toboolean(L, index) ? "true" : "false");
    else if (lua_rawlen(L, index) >= size || strlen(lua_tostring(L, index)) != lua_rawlen(L, index))
        script_error(L, "param: the default of \"%s\" must be at most %d bytes, none of them 0",
                     lua_tostring(L, 1), (int)size - 1);
    else
        snprintf(text, size, "%s", lua_tostring(L, index));
}

// Pushes `text` as a value of this type. False, with nothing pushed: it is none.
static bool push_param(lua_State *L, enum param_type type, const char *text)
{
    if (type == PARAM_STRING) {
        lua_pushstring(L, text);
        return true;
    }
    if (type == PARAM_BOOLEAN) {
        lua_pushboolean(L, strcmp(text, "true") == 0);
        return strcmp(text, "true") == 0 || strcmp(text, "false") == 0 || (lua_pop(L, 1), false);
    }
    if (lua_stringtonumber(L, text) == 0)
        return false;
    if (type == PARAM_NUMBER && isfinite(lua_tonumber(L, -1))) {
        lua_pushnumber(L, lua_tonumber(L, -1));
        lua_remove(L, -2);
        return true;
    }
    if (lua_isinteger(L, -1))
        return true;
    lua_pop(L, 1);
    return false;
}

// The last -P of this name holds.
static const char *setting_of(const struct script *script, const char *name)
{
    for (size_t i = script->setting_count; i > 0; i--) {
        if (strcmp(script->settings[i - 1].name, name) == 0)
            return script->settings[i - 1].value;
    }
    return NULL;
}

static const char *check_text(lua_State *L, int index, const char *what)
{
    if (lua_type(L, index) != LUA_TSTRING)
        script_error(L, "%s must be a text, not %s", what, script_kind(L, index));
    return lua_tostring(L, index);
}

// "from 1 to 254", "at least 1", "at most 254".
static const char *bounds_text(const struct param *param, char *text, size_t size)
{
    if (param->min[0] && param->max[0])
        snprintf(text, size, "from %s to %s", param->min, param->max);
    else
        snprintf(text, size, "at %s %s", param->min[0] ? "least" : "most",
                 param->min[0] ? param->min : param->max);
    return text;
}

// Whether the value on top is not before the bound of this name in the table at 3, or not behind
// it.
static bool is_within(lua_State *L, const char *bound, bool is_least)
{
    int value = lua_gettop(L);
    bool is_fine = lua_getfield(L, 3, bound) == LUA_TNIL ||
                   lua_compare(L, is_least ? -1 : value, is_least ? value : -1, LUA_OPLE);

    lua_pop(L, 1);
    return is_fine;
}

// Raises unless the value on top, which somebody gave as `how`, is within the bounds at 3.
static void check_bounds(lua_State *L, const struct param *param, const char *how)
{
    char text[96];

    if (is_within(L, "min", true) && is_within(L, "max", false))
        return;
    script_error(L, "%s: %s is %s", how, param->name, bounds_text(param, text, sizeof text));
}

static void set_param(lua_State *L, struct param *param, const char *value)
{
    struct message how;

    if (!push_param(L, param->type, value))
        script_error(L, "-P %s=%s: %s is %s, such as %s", param->name, value, param->name,
                     param_type_text(param->type), param->fallback);
    if (strlen(value) >= sizeof param->value)
        script_error(L, "-P %s: a value may have at most %d bytes", param->name,
                     (int)sizeof param->value - 1);
    message_set(&how, "-P %s=%s", param->name, value);
    check_bounds(L, param, how.text);
    lua_pop(L, 1);
    snprintf(param->value, sizeof param->value, "%s", value);
}

static void take_bound(lua_State *L, const struct param *param, const char *key, char *text,
                       size_t size)
{
    int type = lua_getfield(L, 3, key);
    bool is_number = type == LUA_TNUMBER && isfinite(lua_tonumber(L, -1));

    if (type != LUA_TNIL) {
        if (param->type != PARAM_INTEGER && param->type != PARAM_NUMBER)
            script_error(L, "param: \"%s\" is %s, which has no %s", param->name,
                         param_type_text(param->type), key);
        if (!is_number || (param->type == PARAM_INTEGER && !lua_isinteger(L, -1)))
            script_error(L, "param: the %s of \"%s\" must be %s, not %s", key, param->name,
                         param_type_text(param->type), script_kind(L, -1));
        param_text(L, lua_gettop(L), lua_isinteger(L, -1) ? PARAM_INTEGER : PARAM_NUMBER, text,
                   size);
    }
    lua_pop(L, 1);
}

// Takes the table at 3: what a value has to be within.
static void take_bounds(lua_State *L, struct param *param)
{
    take_bound(L, param, "min", param->min, sizeof param->min);
    take_bound(L, param, "max", param->max, sizeof param->max);
    lua_pushvalue(L, 2);
    check_bounds(L, param, "param: the default");
    lua_pop(L, 1);
}

static void check_param_name(lua_State *L, const struct scenario *scenario, const char *name)
{
    const size_t size = sizeof scenario->params->name;

    if (find_param(scenario, name))
        script_error(L, "param: there are two parameters \"%s\"", name);
    if (scenario->param_count == SCENARIO_MAX_PARAMS)
        script_error(L, "param: a scenario may have at most %d parameters", SCENARIO_MAX_PARAMS);
    if (name[0] == '\0' || strlen(name) >= size || strchr(name, '='))
        script_error(L, "param: \"%s\" must have 1 to %d bytes, none of them =", name,
                     (int)size - 1);
}

static void take_help(lua_State *L, struct param *param, const char *help)
{
    if (strlen(help) >= sizeof param->help)
        script_error(L, "param: the help of \"%s\" may have at most %d bytes", param->name,
                     (int)sizeof param->help - 1);
    snprintf(param->help, sizeof param->help, "%s", help);
}

static void declare_param(lua_State *L, struct script *script, const char *name, const char *help)
{
    struct scenario *scenario = script->opening;
    struct param *param = &scenario->params[scenario->param_count];

    check_param_name(L, scenario, name);
    *param = (struct param){.type = PARAM_INTEGER};
    snprintf(param->name, sizeof param->name, "%s", name);
    take_help(L, param, help);
    param->type = check_param_type(L, 2);
    param_text(L, 2, param->type, param->fallback, sizeof param->fallback);
    memcpy(param->value, param->fallback, sizeof param->value);
    take_bounds(L, param);
    if (setting_of(script, name))
        set_param(L, param, setting_of(script, name));
    scenario->param_count++;
}

// The help at 3, as a text or in a table { min = 1, max = 254, help = "..." }, which stands
// there then in any case.
static const char *take_options_of_param(lua_State *L)
{
    static const char *const keys[] = {"help", "max", "min"};

    lua_settop(L, 3);
    if (!lua_istable(L, 3)) {
        lua_newtable(L);
        if (!lua_isnil(L, 3))
            check_text(L, 3, "param: the help");
        lua_insert(L, 3);
        lua_setfield(L, 3, "help");
    }
    check_keys(L, 3, "key of a parameter", keys, COUNT_OF(keys));
    bool has_help = lua_getfield(L, 3, "help") != LUA_TNIL;
    const char *help = has_help ? check_text(L, -1, "param: the help") : "";
    lua_pop(L, 1); // stays in the table
    return help;
}

static int param(lua_State *L)
{
    struct script *script = script_at_top_level(L, "param()");
    const char *name = check_text(L, 1, "param: the name");
    const char *help = take_options_of_param(L);

    if (script->opening)
        declare_param(L, script, name, help);
    const struct param *found = find_param(script->scenario, name);
    if (!found || !push_param(L, found->type, found->value))
        script_error(L, "param: \"%s\" was not declared when the scenario was opened", name);
    return 1;
}

// ---- scenario { ... } ----

static void take_text(lua_State *L, const char *key, char *text, size_t size)
{
    if (lua_getfield(L, 1, key) != LUA_TNIL) {
        if (lua_type(L, -1) != LUA_TSTRING)
            script_error(L, "scenario: %s must be a text, not %s", key, script_kind(L, -1));
        if (lua_rawlen(L, -1) >= size)
            script_error(L, "scenario: %s may have at most %d bytes", key, (int)size - 1);
        snprintf(text, size, "%s", lua_tostring(L, -1));
    }
    lua_pop(L, 1);
}

// Sets `*number` to the whole number under `key` of the table at `index`, if it is there.
static void take_number(lua_State *L, int index, const char *what, const char *key,
                        lua_Integer least, lua_Integer most, lua_Integer *number)
{
    if (lua_getfield(L, index, key) != LUA_TNIL) {
        int is_integer;
        lua_Integer value = lua_tointegerx(L, -1, &is_integer);

        if (!is_integer || value < least || value > most)
            script_error(
                L, "%s: %s must be a whole number from " LUA_INTEGER_FMT " to " LUA_INTEGER_FMT,
                what, key, (LUAI_UACINT)least, (LUAI_UACINT)most);
        *number = value;
    }
    lua_pop(L, 1);
}

// ---- golden = { { clients = 1 }, { clients = 8 } }

// What the value at the top of the stack is on a command line.
static void golden_text(lua_State *L, char *text, size_t size)
{
    if (lua_isinteger(L, -1))
        snprintf(text, size, LUA_INTEGER_FMT, (LUAI_UACINT)lua_tointeger(L, -1));
    else if (lua_type(L, -1) == LUA_TNUMBER)
        number_text(lua_tonumber(L, -1), text, size);
    else if (lua_isboolean(L, -1))
        snprintf(text, size, "%s", lua_toboolean(L, -1) ? "true" : "false");
    else if (lua_type(L, -1) == LUA_TSTRING && lua_rawlen(L, -1) < size)
        snprintf(text, size, "%s", lua_tostring(L, -1));
    else
        script_error(L,
                     "scenario: golden: a value must be a number, a boolean or a text of at "
                     "most %d bytes, not %s",
                     (int)size - 1, script_kind(L, -1));
}

static int compare_settings(const void *a, const void *b)
{
    return strcmp(((const struct golden_setting *)a)->name,
                  ((const struct golden_setting *)b)->name);
}

// Takes the key and the value at the top of the stack.
static void take_golden_setting(lua_State *L, struct scenario_golden *golden)
{
    struct golden_setting setting = {.name = ""};

    if (golden->count == SCENARIO_MAX_GOLDEN_SETTINGS)
        script_error(L, "scenario: golden: an entry may set at most %d things",
                     SCENARIO_MAX_GOLDEN_SETTINGS);
    if (lua_type(L, -2) != LUA_TSTRING || lua_rawlen(L, -2) >= sizeof setting.name)
        script_error(L, "scenario: golden: each entry is a table such as { clients = 8 }");
    snprintf(setting.name, sizeof setting.name, "%s", lua_tostring(L, -2));
    golden_text(L, setting.value, sizeof setting.value);
    *LIST_ADD(golden->settings, golden->count) = setting;
}

// Takes the table at the top of the stack. Settings are sorted by name, as a table has
// no order.
static void take_golden(lua_State *L, struct scenario *scenario)
{
    struct scenario_golden *golden = LIST_ADD(scenario->goldens, scenario->golden_count);

    *golden = (struct scenario_golden){0};
    if (!lua_istable(L, -1))
        script_error(L, "scenario: golden: each entry is a table such as { clients = 8 }, not %s",
                     script_kind(L, -1));
    for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1))
        take_golden_setting(L, golden);
    if (golden->count > 1)
        qsort(golden->settings, golden->count, sizeof *golden->settings, compare_settings);
}

static void take_goldens(lua_State *L, struct scenario *scenario)
{
    if (lua_getfield(L, 1, "golden") != LUA_TNIL) {
        if (!lua_istable(L, -1) || lua_rawlen(L, -1) == 0)
            script_error(L, "scenario: golden is a list of the runs to keep golden traces of: "
                            "golden = { {}, { clients = 8 } }");
        for (lua_Integer i = 1; i <= (lua_Integer)lua_rawlen(L, -1); i++) {
            lua_rawgeti(L, -1, i);
            take_golden(L, scenario);
            lua_pop(L, 1);
        }
    }
    lua_pop(L, 1);
}

static void find_names(lua_State *L, struct scenario *scenario)
{
    struct message error;

    if (scenario->sched[0] &&
        !setting_find_scheduler(scenario->sched, &scenario->scheduler, &error))
        script_error(L, "%s", error.text);
    if (scenario->fault[0] &&
        !setting_find_fault_policy(scenario->fault, &scenario->fault_policy, &error))
        script_error(L, "%s", error.text);
}

// A board file that the header names is looked for beside the scenario.
static void open_board(lua_State *L, struct scenario *scenario)
{
    char *folder = path_folder(scenario->path);
    struct message error;
    bool opened = board_open(scenario->board, folder, &scenario->profile, &error);

    free(folder);
    if (!opened)
        script_error(L, "%s", error.text);
}

static void take_board(lua_State *L, struct scenario *scenario)
{
    int type = lua_getfield(L, 1, "board");
    bool is_table = type == LUA_TTABLE;

    if (type != LUA_TNIL && type != LUA_TSTRING && !is_table)
        script_error(L, "scenario: board must be the name of a board, a file or a table, not %s",
                     script_kind(L, -1));
    if (is_table) {
        snprintf(scenario->board, sizeof scenario->board, "%s", SCENARIO_INLINE_BOARD);
        snprintf(scenario->profile.name, sizeof scenario->profile.name, "%s", scenario->board);
        board_take_table(L, lua_gettop(L), script_line(L), "board", &scenario->profile);
    }
    lua_pop(L, 1);
    if (is_table)
        return;
    take_text(L, "board", scenario->board, sizeof scenario->board);
    if (scenario->board[0])
        open_board(L, scenario);
}

// The field on top, which it pops.
static void take_known_text(lua_State *L, char *text, size_t size)
{
    if (lua_type(L, -1) != LUA_TSTRING || lua_rawlen(L, -1) == 0 || lua_rawlen(L, -1) >= size)
        script_error(L,
                     "scenario: known_issue says which issue and which failure it is, each in at "
                     "most %d bytes: known_issue = { \"tock#4410\", failure = \"deadlock\" }",
                     (int)size - 1);
    snprintf(text, size, "%s", lua_tostring(L, -1));
    lua_pop(L, 1);
}

// "tock#4410", or { "tock#4410", failure = "deadlock" }
static void take_known_issue(lua_State *L, struct scenario *scenario)
{
    static const char *const keys[] = {"failure"};

    if (lua_getfield(L, 1, "known_issue") == LUA_TTABLE) {
        lua_geti(L, -1, 1);
        take_known_text(L, scenario->known_issue, sizeof scenario->known_issue);
        lua_getfield(L, -1, "failure");
        take_known_text(L, scenario->known_failure, sizeof scenario->known_failure);
        for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1))
            if (lua_type(L, -2) == LUA_TSTRING && strcmp(lua_tostring(L, -2), keys[0]) != 0)
                refuse_key(L, "key of known_issue", lua_tostring(L, -2), keys, COUNT_OF(keys));
        lua_pop(L, 1);
        return;
    }
    lua_pop(L, 1);
    take_text(L, "known_issue", scenario->known_issue, sizeof scenario->known_issue);
}

static void take_header(lua_State *L, struct scenario *scenario)
{
    lua_Integer until_us = (lua_Integer)scenario->until_us;
    lua_Integer num_procs = 0;

    take_text(L, "about", scenario->about, sizeof scenario->about);
    take_board(L, scenario);
    take_text(L, "sched", scenario->sched, sizeof scenario->sched);
    take_text(L, "fault", scenario->fault, sizeof scenario->fault);
    take_known_issue(L, scenario);
    take_number(L, 1, "scenario", "until_us", 1, INT64_MAX / 1000000, &until_us);
    take_number(L, 1, "scenario", "num_procs", 1, MAX_PROCESSES, &num_procs);
    ends_take(L, scenario);
    take_goldens(L, scenario);
    find_names(L, scenario);
    scenario->until_us = (uint64_t)until_us;
    scenario->num_procs = (uint32_t)num_procs;
}

static int scenario(lua_State *L)
{
    static const char *const keys[] = {"about",       "board",     "ends",  "fault",   "golden",
                                       "known_issue", "num_procs", "sched", "until_us"};
    struct script *script = script_at_top_level(L, "scenario{}");

    if (!script->opening)
        return 0;
    if (script->scenario_line > 0)
        script_error(L, "scenario{} stands here for the second time, after line %u",
                     (unsigned)script->scenario_line);
    if (!lua_istable(L, 1))
        script_error(L, "scenario takes a table: scenario { about = \"...\" }");
    check_keys(L, 1, "scenario key", keys, COUNT_OF(keys));
    script->scenario_line = script_line(L);
    script->opening->line = script->scenario_line;
    take_header(L, script->opening);
    return 0;
}

// ---- process(name, [options], function) ----

static void take_fault_policy(lua_State *L, struct scenario_process *process)
{
    struct message error;

    if (lua_getfield(L, 2, "fault") != LUA_TNIL) {
        const char *text = check_text(L, -1, "process: fault");

        if (!setting_find_fault_policy(text, &process->fault_policy, &error))
            script_error(L, "%s", error.text);
        process->has_fault_policy = true;
    }
    lua_pop(L, 1);
}

static void take_returns(lua_State *L, struct scenario_process *process)
{
    if (lua_getfield(L, 2, "returns") != LUA_TNIL) {
        const char *text = check_text(L, -1, "process: returns");

        process->waits_at_return = strcmp(text, "waits") == 0;
        if (!process->waits_at_return && strcmp(text, "exits") != 0)
            script_error(L, "process: returns must be \"exits\" or \"waits\", not \"%s\"", text);
    }
    lua_pop(L, 1);
}

static void take_server(lua_State *L, struct scenario_process *process)
{
    int type = lua_getfield(L, 2, "server");

    if (type != LUA_TNIL && type != LUA_TBOOLEAN)
        script_error(L, "process: server is true or false, not %s", script_kind(L, -1));
    process->is_server = lua_toboolean(L, -1);
    lua_pop(L, 1);
}

static void take_options(lua_State *L, struct scenario_process *process)
{
    static const char *const keys[] = {"fault", "flash", "ram", "returns", "server"};
    lua_Integer ram = DEFAULT_RAM_BYTES;
    lua_Integer flash = DEFAULT_FLASH_BYTES;

    if (!lua_isnil(L, 2)) {
        check_keys(L, 2, "process option", keys, COUNT_OF(keys));
        take_number(L, 2, "process", "ram", 1, MAX_MEMORY_BYTES, &ram);
        take_number(L, 2, "process", "flash", MIN_FLASH_BYTES, MAX_MEMORY_BYTES, &flash);
        take_fault_policy(L, process);
        take_returns(L, process);
        take_server(L, process);
    }
    process->ram_size = (uint32_t)ram;
    process->flash_size = (uint32_t)flash;
}

static void take_name(lua_State *L, struct scenario_process *process)
{
    size_t length;
    const char *name = lua_tolstring(L, 1, &length);

    if (length >= sizeof process->name)
        script_error(L, "process: a name may have at most %d bytes", (int)sizeof process->name - 1);
    memcpy(process->name, name, length);
    process->name_length = (uint32_t)length;
}

static void declare_process(lua_State *L, struct scenario *scenario)
{
    struct scenario_process process = {.line = script_line(L)};

    if (scenario->process_count == MAX_PROCESSES)
        script_error(L, "process: this is number %d, and a kernel has places for at most %d",
                     MAX_PROCESSES + 1, MAX_PROCESSES);
    take_name(L, &process);
    take_options(L, &process);
    *LIST_ADD(scenario->processes, scenario->process_count) = process;
    lua_getfield(L, LUA_REGISTRYINDEX, REGISTRY_MAINS);
    lua_pushvalue(L, 3);
    lua_rawseti(L, -2, (lua_Integer)scenario->process_count);
}

static int process(lua_State *L)
{
    struct script *script = script_at_top_level(L, "process()");

    lua_remove(L, 1);         // the table process, which is called
    if (lua_gettop(L) == 2) { // no options
        lua_pushnil(L);
        lua_insert(L, 2);
    }
    lua_settop(L, 3);
    check_text(L, 1, "process: the name");
    if (!lua_isnil(L, 2) && !lua_istable(L, 2))
        script_error(L, "process: options must be a table such as { ram = 4096 }, not %s",
                     script_kind(L, 2));
    if (!lua_isfunction(L, 3))
        script_error(L, "process: what it does must be a function, not %s", script_kind(L, 3));
    if (script->opening)
        declare_process(L, script->opening);
    else if (script->process_calls++ == script->index)
        lua_setfield(L, LUA_REGISTRYINDEX, REGISTRY_MAIN);
    return 0;
}

void header_open(lua_State *L)
{
    lua_register(L, "param", param);
    lua_register(L, "scenario", scenario);
    lua_register(L, "process", process);
    lua_newtable(L);
    lua_setfield(L, LUA_REGISTRYINDEX, REGISTRY_MAINS);
}
