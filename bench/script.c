// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "script.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "machine.h"

// A scenario is a file: this one has no name.
static FILE *write_file(const char *text, struct message *error)
{
    FILE *file = tmpfile();

    if (file && fputs(text, file) >= 0 && fflush(file) == 0)
        return file;
    message_set(error, "no temporary file for a script: %s", strerror(errno));
    if (file)
        (void)fclose(file);
    return NULL;
}

struct scenario *script_open(const char *text, const char *name, const char *value,
                             struct message *error)
{
    const struct param_setting setting = {.name = name, .value = value};
    struct scenario *scenario;
    char path[64];
    FILE *file = write_file(text, error);

    if (!file)
        return NULL;
    snprintf(path, sizeof path, "/proc/self/fd/%d", fileno(file));
    scenario = scenario_open(path, &setting, name ? 1 : 0, error);
    (void)fclose(file);
    return scenario;
}

struct world *script_world_new(const struct scenario *scenario, uint32_t arena_slot,
                               struct message *error)
{
    struct world_process processes[MAX_PROCESSES];
    const struct world_setup setup = {
        .board = board_find("cortex-m4"),
        .fault_policy = {.kind = FAULT_POLICY_STOP},
        .process_slots = (uint32_t)scenario->process_count,
        .drivers = devices_board_drivers((uint32_t)scenario->process_count),
        .until_us = UINT64_MAX,
        .arena_slot = arena_slot,
    };
    enum world_result result;
    struct world *world;

    for (size_t i = 0; i < scenario->process_count; i++)
        scenario_process_setup(scenario, i, setup.seed, &processes[i]);
    world = world_new(&setup, processes, scenario->process_count, &result, NULL);
    if (!world)
        machine_explain(result, error);
    return world;
}
