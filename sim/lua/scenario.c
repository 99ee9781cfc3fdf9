// SPDX-License-Identifier: Apache-2.0 OR MIT
// Opening a scenario: compiling it, running its top level once.
#include <stdlib.h>
#include <string.h>

#include "../base/allocate.h"
#include "../base/nearest.h"
#include "ends.h"
#include "lua_host.h"
#include "program.h"
#include "reach.h"

enum { DEFAULT_UNTIL_US = 10 * 1000 * 1000 };

extern const char prelude_lua[];
extern const size_t prelude_lua_size;

// ---- Compiling ----

static int compile(lua_State *L)
{
    struct program *program = lua_touserdata(L, 1);

    script_compile(L, "=prelude", prelude_lua, prelude_lua_size, true, &program->prelude);
    script_compile(L, program->chunk_name, program->source, program->source_size, false,
                   &program->script);
    return 0;
}

// ---- The run of the top level ----

static int open_top_level(lua_State *L)
{
    struct scenario *scenario = script_of(L)->opening;

    script_run_top_level(L);
    for (size_t i = 0; i < scenario->process_count; i++) {
        lua_getfield(L, LUA_REGISTRYINDEX, REGISTRY_MAINS);
        lua_rawgeti(L, -1, (lua_Integer)i + 1);
        scenario->processes[i].expects_done = reach_finds(L, REACH_DONE);
        lua_pop(L, 1);
    }
    outside_run(L);
    return 0;
}

static bool has_param(const struct scenario *scenario, const char *name)
{
    for (size_t i = 0; i < scenario->param_count; i++) {
        if (strcmp(scenario->params[i].name, name) == 0)
            return true;
    }
    return false;
}

static bool check_settings(const struct scenario *scenario, const struct param_setting *settings,
                           size_t count, struct message *error)
{
    const char *names[SCENARIO_MAX_PARAMS];
    struct message text;

    for (size_t i = 0; i < scenario->param_count; i++)
        names[i] = scenario->params[i].name;
    for (size_t i = 0; i < count; i++) {
        if (has_param(scenario, settings[i].name))
            continue;
        if (scenario->param_count == 0)
            message_set(&text, "this scenario has no parameters");
        else
            nearest_refuse(&text, "parameter", settings[i].name, names, scenario->param_count);
        message_set(error, "%s: -P %s=%s: %s", scenario->path, settings[i].name, settings[i].value,
                    text.text);
        return false;
    }
    return true;
}

static bool run_script(struct scenario *scenario, void *memory,
                       const struct param_setting *settings, size_t count, struct message *error)
{
    struct program *program = scenario->program;
    struct script *script = script_new(memory, SCRIPT_MEMORY_BYTES, scenario);

    script->opening = scenario;
    script->settings = settings;
    script->setting_count = count;
    program_find_short_name(script->main, program);
    return script_call(script->main, compile, program, script_explain_syntax, error) &&
           script_call(script->main, open_top_level, NULL, script_explain, error);
}

static bool load_scenario(struct scenario *scenario, const struct param_setting *settings,
                          size_t count, struct message *error)
{
    void *memory = allocate(1, SCRIPT_MEMORY_BYTES);
    bool loaded = run_script(scenario, memory, settings, count, error) &&
                  check_settings(scenario, settings, count, error);

    free(memory);
    if (loaded && scenario->process_count == 0) {
        message_set(error,
                    "%s: this scenario has no processes: its top level has to call "
                    "process(name, function) for each",
                    scenario->path);
        return false;
    }
    return loaded && ends_check(scenario, error);
}

// ---- The scenario ----

static void make_arguments(struct scenario *scenario)
{
    struct program *program = scenario->program;

    program->arguments = allocate(scenario->process_count, sizeof *program->arguments);
    for (size_t i = 0; i < scenario->process_count; i++)
        program->arguments[i] = (struct script_argument){scenario, (uint32_t)i};
}

// False with `error` set. What was made is in `scenario` in any case.
static bool open_scenario(struct scenario *scenario, const char *path,
                          const struct param_setting *settings, size_t count, struct message *error)
{
    struct program *program = program_open(path, "scenario", error);

    scenario->program = program;
    if (!program)
        return false;
    scenario->path = program->path;
    scenario->until_us = DEFAULT_UNTIL_US;
    if (!load_scenario(scenario, settings, count, error))
        return false;
    make_arguments(scenario);
    return true;
}

struct scenario *scenario_open(const char *path, const struct param_setting *settings, size_t count,
                               struct message *error)
{
    struct scenario *scenario = allocate(1, sizeof *scenario);

    if (open_scenario(scenario, path, settings, count, error))
        return scenario;
    scenario_close(scenario);
    return NULL;
}

void scenario_close(struct scenario *scenario)
{
    if (!scenario)
        return;
    program_close(scenario->program);
    free(scenario->processes);
    for (size_t i = 0; i < scenario->golden_count; i++)
        free(scenario->goldens[i].settings);
    free(scenario->goldens);
    for (uint32_t i = 0; i < scenario->operator_count; i++)
        free(scenario->operators[i].steps);
    ends_free(scenario);
    free(scenario);
}

size_t scenario_find_process(const struct scenario *scenario, const char *name, size_t length,
                             size_t from)
{
    size_t i = from;

    while (i < scenario->process_count && (scenario->processes[i].name_length != length ||
                                           memcmp(scenario->processes[i].name, name, length) != 0))
        i++;
    return i;
}

void scenario_refuse_process(const struct scenario *scenario, const char *name,
                             struct message *error)
{
    const char *names[MAX_PROCESSES];

    for (size_t i = 0; i < scenario->process_count; i++)
        names[i] = scenario->processes[i].name;
    nearest_refuse(error, "process", name, names, scenario->process_count);
}

struct operator_list scenario_operators(const struct scenario *scenario)
{
    struct operator_list list = {.count = scenario->operator_count};

    for (uint32_t i = 0; i < list.count; i++)
        list.list[i] = (struct operator_script){.steps = scenario->operators[i].steps,
                                                .count = (uint32_t)scenario->operators[i].count};
    return list;
}

// FNV-1a, with the length in front, so that no text goes over into the next.
static uint64_t add_to_hash(uint64_t hash, const struct program *program)
{
    const uint64_t prime = UINT64_C(0x100000001b3);

    hash = (hash ^ program->source_size) * prime;
    for (size_t i = 0; i < program->source_size; i++)
        hash = (hash ^ (unsigned char)program->source[i]) * prime;
    return hash;
}

uint64_t scenario_source_hash(const struct scenario *scenario)
{
    const struct program *program = scenario->program;
    uint64_t hash = add_to_hash(UINT64_C(0xcbf29ce484222325), program);

    for (size_t i = 0; i < program->used_count; i++)
        hash = add_to_hash(hash, program->used[i]);
    return hash;
}

const char *scenario_used_file(const struct scenario *scenario, size_t i)
{
    const struct program *program = scenario->program;

    return i < program->used_count ? program->used[i]->path : NULL;
}

void scenario_process_setup(const struct scenario *scenario, size_t index, uint64_t seed,
                            struct world_process *process)
{
    const struct scenario_process *described = &scenario->processes[index];
    const struct program *program = scenario->program;

    (void)seed; // scripts draw from the world's
    *process = (struct world_process){
        .name = described->name,
        .name_length = described->name_length,
        .ram_size = described->ram_size,
        .flash_size = described->flash_size,
        .fault_policy = described->has_fault_policy ? &described->fault_policy : NULL,
        .body = &script_body,
        .argument = &program->arguments[index],
        .stack_size = SCRIPT_STACK_BYTES,
        .memory_size = SCRIPT_MEMORY_BYTES,
        .expects_done = described->expects_done,
    };
}
