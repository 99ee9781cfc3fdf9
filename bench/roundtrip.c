// SPDX-License-Identifier: Apache-2.0 OR MIT
// A round trip between two C processes, against the switches alone that it needs.
#include "../sim/machine/coroutine.h"
#include "bench.h"
#include "pair.h"
#include "work.h"

// Each system call switches to the kernel and back: a resume and a suspend of the coroutine.
enum { CALLS_PER_TRIP_AND_SIDE = 2, STACK_BYTES = 64 * 1024 };
enum { PAIR_SLOT, SWITCHES_SLOT };

static const double goal = 4; // times the switches

// The other goal: 4 million round trips a second where a switch there and back takes 12 ns.
static const double rate_of_goal = 4e6;
static const double switch_of_goal_ns = 12;

struct switches {
    struct arena *arena;
    struct coroutine *sides[2];
};

static void call_forever(void *argument)
{
    for (;;)
        coroutine_suspend(argument, 0);
}

static bool take_side(struct switches *switches, int number)
{
    struct coroutine *side = arena_take(switches->arena, sizeof *side, _Alignof(struct coroutine));
    void *guard = arena_guard(switches->arena, COROUTINE_GUARD_BYTES);
    void *stack = arena_take(switches->arena, STACK_BYTES, 64);

    if (!side || !guard || !stack)
        return false;
    coroutine_init(side, stack, STACK_BYTES, COROUTINE_GUARD_BYTES, call_forever, side);
    switches->sides[number] = side;
    return true;
}

static bool switches_open(struct switches *switches, struct message *error)
{
    enum arena_result result = arena_open(SWITCHES_SLOT, 1 << 20, &switches->arena);

    if (result == ARENA_OK && take_side(switches, 0) && take_side(switches, 1))
        return true;
    if (result == ARENA_OK)
        arena_close(switches->arena);
    message_set(error, "no stacks for the reference: %s", arena_result_text(result));
    return false;
}

static double sample_switches(void *context, uint64_t trips)
{
    struct switches *switches = context;
    double start = measure_now_ns();

    for (uint64_t i = 0; i < trips; i++)
        for (int side = 0; side < 2; side++)
            for (int call = 0; call < CALLS_PER_TRIP_AND_SIDE; call++)
                coroutine_resume(switches->sides[side]);
    return measure_now_ns() - start;
}

static void report(struct figures *figures, const struct measured *switches,
                   const struct measured *trip)
{
    figures_add(figures,
                &(struct figure){.unit = "ns",
                                 .value = trip->ns,
                                 .reference = switches->ns,
                                 .ratio = trip->ratio,
                                 .goal = goal},
                "roundtrip");
    // That goal on a machine with the switches of this one.
    double switch_ns = switches->ns / (2 * CALLS_PER_TRIP_AND_SIDE);
    double rate_here = rate_of_goal * switch_of_goal_ns / switch_ns;
    figures_add(figures,
                &(struct figure){.unit = "trips/s",
                                 .value = 1e9 / trip->ns,
                                 .reference = rate_here,
                                 .ratio = 1e9 / (switches->ns * trip->ratio) / rate_here,
                                 .goal = 1},
                "roundtrip/rate");
}

static bool compare(struct switches *switches, struct world *pair, struct figures *figures,
                    const struct effort *effort)
{
    const struct subject subjects[] = {{sample_switches, switches}, {pair_sample, pair}};
    struct measured measured[2];

    if (!measure(subjects, 2, effort, measured))
        return false;
    report(figures, &measured[0], &measured[1]);
    return true;
}

bool bench_roundtrip(struct figures *figures, const struct effort *effort, struct message *error)
{
    struct switches switches;
    struct world *pair = pair_new(2, PAIR_SLOT, error);
    bool is_fine = false;

    if (!pair)
        return false;
    if (switches_open(&switches, error)) {
        is_fine = compare(&switches, pair, figures, effort);
        if (!is_fine)
            message_set(error, "the client gets no answers any more");
        arena_close(switches.arena);
    }
    world_free(pair);
    return is_fine;
}

uint64_t work_roundtrip(uint64_t times, struct message *error)
{
    struct world *pair = pair_new(2, PAIR_SLOT, error);
    uint64_t done;

    if (!pair)
        return 0;
    done = pair_run(pair, times);
    world_free(pair);
    return done;
}
