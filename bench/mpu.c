// SPDX-License-Identifier: Apache-2.0 OR MIT
// Decisions of the hardware models, one unit after another, as the drivers program them for a
// process with its RAM, its flash and a buffer of another process.
#include "../mpu_model/protection.h"
#include "bench.h"
#include "pair.h"

enum { BOARDS_MAX = 16, ACCESSES = 8, START_STEPS = 100 };

static const double goal_checks_per_second = 1e6;

struct access {
    uint32_t address;
    uint32_t size;
    enum mpu_op op;
};

struct checks {
    const struct board *board;
    struct protection protection;
    struct access accesses[ACCESSES];
    uint64_t refused; // keeps the compiler from leaving checks out
};

static double sample(void *context, uint64_t count)
{
    struct checks *checks = context;
    double start = measure_now_ns();

    for (uint64_t i = 0; i < count; i++) {
        const struct access *access = &checks->accesses[i % ACCESSES];

        checks->refused +=
            mpu_hw_check(&checks->protection.hw, access->address, access->size, access->op, false)
                .fault != MPU_FAULT_NONE;
    }
    return measure_now_ns() - start;
}

// What a process does: most of it in its own memory, some in a buffer, a little astray.
static void list_accesses(struct checks *checks, const struct process *own,
                          const struct process *other)
{
    const struct access accesses[ACCESSES] = {
        {own->flash_start + own->flash_protected_size, 4, MPU_OP_FETCH},
        {own->memory_start, 4, MPU_OP_READ},
        {own->flash_start + own->flash_protected_size + 64, 2, MPU_OP_FETCH},
        {own->memory_start + 16, 4, MPU_OP_WRITE},
        {other->memory_start + 256, 64, MPU_OP_READ},
        {own->flash_start + own->flash_size - 4, 4, MPU_OP_READ},
        {other->memory_start + 256, 1, MPU_OP_WRITE},
        {process_memory_end(own) - 4, 4, MPU_OP_READ},
    };

    for (uint32_t i = 0; i < ACCESSES; i++)
        checks->accesses[i] = accesses[i];
}

// Leaves the unit as it is while the service runs.
static bool prepare(struct checks *checks, const struct board *board, struct message *error)
{
    const struct machine machine = {.board = board->name, .count = 2, .body_of = pair_body_of};
    struct world *world = machine_new(&machine, error);
    struct process *service;
    struct mpu *mpu = &checks->protection.mpu;

    if (!world)
        return false;
    machine_run(world, START_STEPS);
    service = &world->processes[1];
    checks->board = board;
    checks->refused = 0;
    checks->protection = world->protection;
    mpu_configure(mpu, &service->mpu_config, service->id.identifier);
    mpu->driver->enable(mpu);
    list_accesses(checks, service, &world->processes[0]);
    world_free(world);
    return true;
}

static void report(struct figures *figures, const struct checks *checks,
                   const struct measured *measured)
{
    figures_add(figures,
                &(struct figure){.unit = "checks/s",
                                 .value = 1e9 / measured->ns,
                                 .reference = FIGURE_NONE,
                                 .ratio = FIGURE_NONE,
                                 .goal = goal_checks_per_second},
                "mpu/%s", checks->board->name);
}

bool bench_mpu(struct figures *figures, const struct effort *effort, struct message *error)
{
    struct checks checks[BOARDS_MAX];
    struct subject subjects[BOARDS_MAX];
    struct measured measured[BOARDS_MAX];
    size_t count;
    const struct board *boards = board_list(&count);

    for (size_t i = 0; i < count; i++) {
        if (!prepare(&checks[i], &boards[i], error))
            return false;
        subjects[i] = (struct subject){sample, &checks[i]};
    }
    measure(subjects, count, effort, measured);
    for (size_t i = 0; i < count; i++)
        report(figures, &checks[i], &measured[i]);
    return true;
}
