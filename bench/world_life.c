// SPDX-License-Identifier: Apache-2.0 OR MIT
// What exploration pays per branch: a world of 4 Lua processes is created, copied, restored and
// destroyed. Created means that each process stands in its script, waiting.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../sim/base/allocate.h"
#include "../sim/machine/snapshot.h"
#include "bench.h"
#include "script.h"
#include "work.h"

enum { READY_STEPS = 200, BRANCH_STEPS = 20 };

static const double create_goal_us = 400;
static const double restore_goal_us = 20;
static const double restore_goal = 2; // times a bare memcpy of as many bytes

// Three ask a fourth, and go on asking.
static const char script[] =
    "-- Three processes ask a fourth without end, for measurements.\n"
    "scenario { about = 'asks and answers without end' }\n"
    "process('service', function()\n"
    "  expect(ipc.register_service(function(from, length, address)\n"
    "    local buffer = mem.view(address, length)\n"
    "    buffer:set_u8(0, (buffer:u8(0) + 1) & 255)\n"
    "    ipc.notify_client(from)\n"
    "  end))\n"
    "  while true do yield() end\n"
    "end)\n"
    "for c = 1, 3 do\n"
    "  process('client' .. c, function()\n"
    "    local service = expect(ipc.discover('service'))\n"
    "    local buffer = mem.alloc(64, 64)\n"
    "    local answers, questions = 0, 0\n"
    "    expect(ipc.register_client(service, function() answers = answers + 1 end))\n"
    "    expect(ipc.share(service, buffer))\n"
    "    delay_us(1000) -- until the service is there\n"
    "    while true do\n"
    "      questions = questions + 1\n"
    "      ipc.notify_service(service)\n"
    "      while answers < questions do yield() end\n"
    "    end\n"
    "  end)\n"
    "end\n";

// A world to go back to, and where its copy is.
struct branch {
    struct scenario *scenario;
    struct world *world;
    void *copy;
    void *other; // a second copy, for the reference
    size_t size;
};

// ---- life and death

static bool is_ready(const struct world *world)
{
    for (uint32_t i = 0; i < world->process_count; i++)
        if (world->processes[i].state != PROCESS_YIELDED)
            return false;
    return true;
}

// Runs until every process waits for the first time.
static bool get_ready(struct world *world)
{
    for (int i = 0; i < READY_STEPS && world_step(world) == WORLD_RUNNING; i++)
        if (is_ready(world))
            return true;
    return false;
}

struct life {
    double new_ns;
    double ready_ns;
    double free_ns;
};

static bool live(const struct branch *branch, struct life *life)
{
    struct message error;
    double start = measure_now_ns();
    struct world *world = script_world_new(branch->scenario, 1, &error);
    double made = measure_now_ns();
    bool is_fine = world && get_ready(world);
    double ready = measure_now_ns();

    if (world)
        world_free(world);
    life->new_ns += made - start;
    life->ready_ns += ready - start;
    life->free_ns += measure_now_ns() - ready;
    return is_fine;
}

static bool live_often(const struct branch *branch, uint64_t times, struct life *life)
{
    *life = (struct life){0};
    for (uint64_t i = 0; i < times; i++)
        if (!live(branch, life))
            return false;
    return true;
}

static double sample_new(void *context, uint64_t times)
{
    struct life life;

    return live_often(context, times, &life) ? life.new_ns : (double)NAN;
}

static double sample_create(void *context, uint64_t times)
{
    struct life life;

    return live_often(context, times, &life) ? life.ready_ns : (double)NAN;
}

static double sample_destroy(void *context, uint64_t times)
{
    struct life life;

    return live_often(context, times, &life) ? life.free_ns : (double)NAN;
}

// ---- there and back

// What a branch of an exploration does to memory between a copy and its return.
static bool run_on(struct world *world)
{
    for (int i = 0; i < BRANCH_STEPS; i++)
        if (world_step(world) != WORLD_RUNNING)
            return false;
    return true;
}

static double sample_memcpy(void *context, uint64_t times)
{
    const struct branch *branch = context;
    double ns = 0;

    for (uint64_t i = 0; i < times; i++) {
        if (!run_on(branch->world))
            return (double)NAN;
        double start = measure_now_ns();
        memcpy(branch->other, branch->copy, branch->size);
        ns += measure_now_ns() - start;
        snapshot_restore(branch->world, branch->copy);
    }
    return ns;
}

static double sample_snapshot(void *context, uint64_t times)
{
    const struct branch *branch = context;
    double ns = 0;

    for (uint64_t i = 0; i < times; i++) {
        if (!run_on(branch->world))
            return (double)NAN;
        snapshot_restore(branch->world, branch->copy);
        double start = measure_now_ns();
        if (snapshot_take(branch->world, branch->other, branch->size) == 0)
            return (double)NAN;
        ns += measure_now_ns() - start;
    }
    return ns;
}

static double sample_restore(void *context, uint64_t times)
{
    const struct branch *branch = context;
    double ns = 0;

    for (uint64_t i = 0; i < times; i++) {
        if (!run_on(branch->world))
            return (double)NAN;
        double start = measure_now_ns();
        snapshot_restore(branch->world, branch->copy);
        ns += measure_now_ns() - start;
    }
    return ns;
}

// ---- all together

static bool branch_open(struct branch *branch, struct message *error)
{
    *branch = (struct branch){.scenario = script_open(script, NULL, NULL, error)};
    if (!branch->scenario)
        return false;
    branch->world = script_world_new(branch->scenario, 0, error);
    if (!branch->world)
        return false;
    message_set(error, "its processes do not get ready: %s", branch->world->verdict.text);
    if (!get_ready(branch->world) || !run_on(branch->world))
        return false;
    message_set(error, "its world cannot be copied");
    branch->size = snapshot_size(branch->world);
    branch->copy = allocate(1, branch->size);
    branch->other = allocate(1, branch->size);
    return snapshot_take(branch->world, branch->copy, branch->size) == branch->size;
}

static void branch_close(struct branch *branch)
{
    free(branch->copy);
    free(branch->other);
    if (branch->world)
        world_free(branch->world);
    if (branch->scenario)
        scenario_close(branch->scenario);
}

static void add_us(struct figures *figures, const char *name, const struct measured *measured,
                   double goal_us)
{
    figures_add(figures,
                &(struct figure){.unit = "us",
                                 .value = measured->ns / 1000,
                                 .reference = FIGURE_NONE,
                                 .ratio = FIGURE_NONE,
                                 .goal = goal_us},
                "world/%s", name);
}

static bool compare(struct branch *branch, struct figures *figures, const struct effort *effort)
{
    enum { MEMCPY, NEW, CREATE, SNAPSHOT, RESTORE, DESTROY, SUBJECTS };
    const struct subject subjects[SUBJECTS] = {
        [MEMCPY] = {sample_memcpy, branch},   [NEW] = {sample_new, branch},
        [CREATE] = {sample_create, branch},   [SNAPSHOT] = {sample_snapshot, branch},
        [RESTORE] = {sample_restore, branch}, [DESTROY] = {sample_destroy, branch},
    };
    // Between two restores, a world runs on for ten times as long.
    const struct effort shorter = {.rounds = effort->rounds, .sample_ns = effort->sample_ns / 10};
    struct measured measured[SUBJECTS];

    if (!measure(subjects, SUBJECTS, &shorter, measured))
        return false;
    add_us(figures, "new", &measured[NEW], FIGURE_NONE);
    add_us(figures, "create", &measured[CREATE], create_goal_us);
    add_us(figures, "snapshot", &measured[SNAPSHOT], FIGURE_NONE);
    add_us(figures, "restore", &measured[RESTORE], restore_goal_us);
    figures_add(figures,
                &(struct figure){.unit = "us",
                                 .value = measured[RESTORE].ns / 1000,
                                 .reference = measured[MEMCPY].ns / 1000,
                                 .ratio = measured[RESTORE].ratio,
                                 .goal = restore_goal},
                "world/restore_copy");
    add_us(figures, "destroy", &measured[DESTROY], FIGURE_NONE);
    figures_add(figures,
                &(struct figure){.unit = "bytes",
                                 .value = (double)branch->size,
                                 .reference = FIGURE_NONE,
                                 .ratio = FIGURE_NONE,
                                 .goal = FIGURE_NONE},
                "world/size");
    return true;
}

bool bench_world(struct figures *figures, const struct effort *effort, struct message *error)
{
    struct branch branch;
    bool is_fine = branch_open(&branch, error);

    if (is_fine && !compare(&branch, figures, effort)) {
        message_set(error, "the world stopped by itself");
        is_fine = false;
    }
    branch_close(&branch);
    return is_fine;
}

uint64_t work_create(uint64_t times, struct message *error)
{
    struct branch branch;
    struct life life;
    bool is_fine = branch_open(&branch, error);

    if (is_fine) {
        message_set(error, "a world does not get ready");
        is_fine = live_often(&branch, times, &life);
    }
    branch_close(&branch);
    return is_fine ? times : 0;
}

// As often as asked from the same place: how far a world went does not change what is copied.
uint64_t work_restore(uint64_t times, struct message *error)
{
    struct branch branch;
    bool is_fine = branch_open(&branch, error);

    for (uint64_t i = 0; is_fine && i < times; i++)
        snapshot_restore(branch.world, branch.copy);
    branch_close(&branch);
    return is_fine ? times : 0;
}
