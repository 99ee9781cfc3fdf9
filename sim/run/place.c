// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "place.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "run.h"

static uint32_t line_of_reason(const struct run *run)
{
    const char *path = run->plan.scenario->path;
    const char *rest = run->reason.text;
    size_t length = strlen(path);

    if (strncmp(rest, path, length) != 0 || rest[length] != ':' ||
        !isdigit((unsigned char)rest[length + 1]))
        return 0;
    return (uint32_t)strtoul(rest + length + 1, NULL, 10);
}

static bool waits(const struct app *app)
{
    return app->expects_done && !app->done && app->body->line &&
           process_is_active(app_process(app));
}

uint32_t run_place_line(const struct run *run)
{
    const struct world *world = run->world;
    uint32_t line = line_of_reason(run);

    for (uint32_t i = 0; i < world->process_count && line == 0; i++)
        if (waits(&world->apps[i]))
            line = world->apps[i].body->line(&world->apps[i]);
    return line;
}
