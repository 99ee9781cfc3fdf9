// SPDX-License-Identifier: Apache-2.0 OR MIT
// The whole program as a person starts it, from fork to exit, for the classic scenario.
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../sim/base/path.h"
#include "bench.h"

extern char **environ;

#define SCENARIO "scenarios/rot13.lua"

static const double goal_ms = 10;
static const double goal = 3; // times the program that does nothing

struct program {
    const char *path;
    char *const *arguments;
    posix_spawn_file_actions_t *actions;
};

static bool run(const struct program *program)
{
    int status;
    pid_t child;

    if (posix_spawnp(&child, program->path, program->actions, NULL, program->arguments, environ) !=
        0)
        return false;
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            return false;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static double sample(void *context, uint64_t times)
{
    double start = measure_now_ns();

    for (uint64_t i = 0; i < times; i++)
        if (!run(context))
            return (double)NAN;
    return measure_now_ns() - start;
}

// Output goes nowhere.
static bool silence(posix_spawn_file_actions_t *actions)
{
    return posix_spawn_file_actions_init(actions) == 0 &&
           posix_spawn_file_actions_addopen(actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0) ==
               0 &&
           posix_spawn_file_actions_addopen(actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0) == 0;
}

// Where the scenario is: in the folder where the program was called, or beside the build folder
// that it is in. False: not there.
static bool find_scenario(const char *self, char *path, size_t size)
{
    int folder_length = (int)(path_base(self) - self);

    snprintf(path, size, "%s", SCENARIO);
    if (access(path, R_OK) == 0)
        return true;
    snprintf(path, size, "%.*s../%s", folder_length, self, SCENARIO);
    return access(path, R_OK) == 0;
}

static void add_ms(struct figures *figures, const char *name, const struct measured *reference,
                   const struct measured *measured, double bound)
{
    figures_add(figures,
                &(struct figure){.unit = "ms",
                                 .value = measured->ns / 1e6,
                                 .reference = reference ? reference->ns / 1e6 : FIGURE_NONE,
                                 .ratio = reference ? measured->ratio : FIGURE_NONE,
                                 .goal = bound},
                "%s", name);
}

static char *argument(const char *text)
{
    return (char *)(uintptr_t)text; // which posix_spawn does not change
}

// Without the sqlite3 shell, nothing is compared with it.
static bool compare(const char *self, const char *path, posix_spawn_file_actions_t *actions,
                    struct figures *figures, const struct effort *effort)
{
    enum { NOTHING, ROT13, SQLITE, SUBJECTS };
    char *const nothing_arguments[] = {argument("ipcsim"), argument("--version"), NULL};
    char *const rot13_arguments[] = {argument("ipcsim"), argument("run"), argument(path),
                                     argument("--no-db"), NULL};
    char *const sqlite_arguments[] = {argument("sqlite3"), argument(":memory:"),
                                      argument("select 1"), NULL};
    struct program programs[SUBJECTS] = {[NOTHING] = {self, nothing_arguments, actions},
                                         [ROT13] = {self, rot13_arguments, actions},
                                         [SQLITE] = {"sqlite3", sqlite_arguments, actions}};
    const struct subject subjects[SUBJECTS] = {
        {sample, &programs[NOTHING]}, {sample, &programs[ROT13]}, {sample, &programs[SQLITE]}};
    struct measured measured[SUBJECTS];
    bool has_sqlite = run(&programs[SQLITE]);

    if (!measure(subjects, has_sqlite ? SUBJECTS : SQLITE, effort, measured))
        return false;
    add_ms(figures, "startup", NULL, &measured[ROT13], goal_ms);
    add_ms(figures, "startup/version", &measured[NOTHING], &measured[ROT13], goal);
    if (has_sqlite) {
        measured[ROT13].ratio /= measured[SQLITE].ratio;
        add_ms(figures, "startup/sqlite3", &measured[SQLITE], &measured[ROT13], FIGURE_NONE);
    }
    return true;
}

bool bench_startup(struct figures *figures, const struct effort *effort, struct message *error)
{
    posix_spawn_file_actions_t actions;
    char self[4096];
    char path[4200];
    ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);

    if (length < 0 || !silence(&actions)) {
        message_set(error, "cannot start the program again: %s", strerror(errno));
        return false;
    }
    self[length] = '\0';
    message_set(error, "cannot run %s", SCENARIO);
    bool is_fine =
        find_scenario(self, path, sizeof path) && compare(self, path, &actions, figures, effort);
    (void)posix_spawn_file_actions_destroy(&actions);
    return is_fine;
}
