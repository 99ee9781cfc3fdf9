// SPDX-License-Identifier: Apache-2.0 OR MIT
// Opening a scenario: reading its file, compiling it, running its top level once.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "../names.h"
#include "lua_host.h"

enum { MAX_SOURCE_BYTES = 1 << 20, DEFAULT_UNTIL_US = 10 * 1000 * 1000 };

extern const char prelude_lua[];
extern const size_t prelude_lua_size;

// ---- The file ----

// Reads the whole of `file`. NULL with `error` set: it cannot be, or is no source text.
static char *read_source(const char *path, FILE *file, size_t *size, struct message *error)
{
    char *source = calloc(1, MAX_SOURCE_BYTES + 2);

    if (!source) {
        message_set(error, "%s: the host has no memory left", path);
        return NULL;
    }
    *size = fread(source, 1, MAX_SOURCE_BYTES + 1, file);
    const char *problem = NULL;
    if (ferror(file))
        problem = strerror(errno);
    else if (*size > MAX_SOURCE_BYTES)
        problem = "this is larger than 1 MiB; a scenario is a short Lua script";
    else if (memchr(source, '\0', *size) || source[0] == LUA_SIGNATURE[0])
        problem = "this is no text; a scenario is a Lua script";
    if (!problem)
        return source;
    message_set(error, "%s: %s", path, problem);
    free(source);
    return NULL;
}

static char *read_file(const char *path, size_t *size, struct message *error)
{
    struct stat status;
    FILE *file = NULL;
    char *source = NULL;

    if (stat(path, &status) != 0)
        message_set(error, "%s: %s", path,
                    errno == ENOENT ? "there is no such file" : strerror(errno));
    else if (S_ISDIR(status.st_mode))
        message_set(error, "%s: this is a directory; name a scenario in it", path);
    else if (!S_ISREG(status.st_mode))
        message_set(error, "%s: this is no regular file", path);
    else if (!(file = fopen(path, "r")))
        message_set(error, "%s: %s", path, strerror(errno));
    else
        source = read_source(path, file, size, error);
    if (file)
        fclose(file);
    return source;
}

// A first line for the shell becomes a comment, a byte order mark white space.
static void blank_first_line(char *source)
{
    if (memcmp(source, "\xEF\xBB\xBF", 3) == 0)
        memset(source, ' ', 3);
    if (source[0] == '#')
        memcpy(source, source[1] == '\n' ? " " : "--", source[1] == '\n' ? 1 : 2);
}

// ---- Compiling ----

// Lua's own words, except that the sentence says what kind of mistake it is.
static int explain_syntax(lua_State *L)
{
    const struct program *program = script_of(L)->program;
    size_t name_length = strlen(program->short_name);
    const char *text = lua_isstring(L, 1) ? lua_tostring(L, 1) : "";
    const char *colon = strncmp(text, program->short_name, name_length) == 0
                            ? strchr(text + name_length + 1, ':')
                            : NULL;

    if (!colon)
        return script_explain(L);
    lua_pushlstring(L, text, (size_t)(colon - text));
    lua_pushfstring(L, ": syntax error%s", colon);
    lua_concat(L, 2);
    return 1;
}

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
        scenario->processes[i].expects_done = reaches_done(L);
        lua_pop(L, 1);
    }
    return 0;
}

// Calls `function` with `argument`, errors go through `handler`.
static bool call(lua_State *L, lua_CFunction function, void *argument, lua_CFunction handler,
                 struct message *error)
{
    lua_pushcfunction(L, handler);
    lua_pushcfunction(L, function);
    lua_pushlightuserdata(L, argument);
    int status = lua_pcall(L, 1, 0, 1);
    if (status != LUA_OK)
        script_failure(L, status, error);
    lua_settop(L, 0);
    return status == LUA_OK;
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
            names_refuse(&text, "parameter", settings[i].name, names, scenario->param_count);
        message_set(error, "%s: -P %s=%s: %s", scenario->path, settings[i].name, settings[i].value,
                    text.text);
        return false;
    }
    return true;
}

// Lua's short form of the chunk's name, which begins each of its messages.
static void find_short_name(lua_State *L, struct program *program)
{
    lua_Debug function;

    luaL_loadbufferx(L, "", 0, program->chunk_name, "t");
    lua_getinfo(L, ">S", &function);
    snprintf(program->short_name, sizeof program->short_name, "%s", function.short_src);
}

static bool run_script(struct scenario *scenario, void *memory,
                       const struct param_setting *settings, size_t count, struct message *error)
{
    struct program *program = scenario->program;
    struct script *script = script_new(memory, SCRIPT_MEMORY_BYTES, scenario);

    script->opening = scenario;
    script->settings = settings;
    script->setting_count = count;
    find_short_name(script->main, program);
    return call(script->main, compile, program, explain_syntax, error) &&
           call(script->main, open_top_level, NULL, script_explain, error);
}

static bool load_scenario(struct scenario *scenario, const struct param_setting *settings,
                          size_t count, struct message *error)
{
    void *memory = malloc(SCRIPT_MEMORY_BYTES);

    if (!memory) {
        message_set(error, "%s: the host has no memory left", scenario->path);
        return false;
    }
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
    return loaded;
}

// ---- The scenario ----

static struct program *new_program(const char *path, struct message *error)
{
    struct program *program = calloc(1, sizeof *program);
    size_t length = strlen(path);

    if (!program)
        return NULL;
    program->source = read_file(path, &program->source_size, error);
    program->path = malloc(length + 1);
    program->chunk_name = malloc(length + 2);
    if (!program->source || !program->path || !program->chunk_name)
        return program;
    blank_first_line(program->source);
    snprintf(program->path, length + 1, "%s", path);
    snprintf(program->chunk_name, length + 2, "@%s", path);
    return program;
}

static bool make_arguments(struct scenario *scenario)
{
    struct program *program = scenario->program;

    program->arguments = calloc(scenario->process_count, sizeof *program->arguments);
    for (size_t i = 0; program->arguments && i < scenario->process_count; i++)
        program->arguments[i] = (struct script_argument){scenario, (uint32_t)i};
    return program->arguments != NULL;
}

// False with `error` set. What was made is in `scenario` in any case.
static bool open_scenario(struct scenario *scenario, const char *path,
                          const struct param_setting *settings, size_t count, struct message *error)
{
    message_set(error, "%s: the host has no memory left", path);
    struct program *program = new_program(path, error);

    scenario->program = program;
    if (!program || !program->source || !program->path || !program->chunk_name)
        return false;
    program->seed_offset = seed_find_offset();
    scenario->path = program->path;
    scenario->until_us = DEFAULT_UNTIL_US;
    return load_scenario(scenario, settings, count, error) && make_arguments(scenario);
}

struct scenario *scenario_open(const char *path, const struct param_setting *settings, size_t count,
                               struct message *error)
{
    struct scenario *scenario = calloc(1, sizeof *scenario);

    if (!scenario) {
        message_set(error, "%s: the host has no memory left", path);
        return NULL;
    }
    if (open_scenario(scenario, path, settings, count, error))
        return scenario;
    scenario_close(scenario);
    return NULL;
}

void scenario_close(struct scenario *scenario)
{
    struct program *program = scenario ? scenario->program : NULL;

    if (program) {
        free(program->path);
        free(program->chunk_name);
        free(program->source);
        free(program->prelude.code);
        free(program->script.code);
        free(program->arguments);
        free(program);
    }
    if (scenario) {
        free(scenario->processes);
        for (size_t i = 0; i < scenario->golden_count; i++)
            free(scenario->goldens[i].settings);
        free(scenario->goldens);
    }
    free(scenario);
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
