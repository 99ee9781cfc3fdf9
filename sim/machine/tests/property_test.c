// SPDX-License-Identifier: Apache-2.0 OR MIT
// Random scenarios, and what must hold in each.
//
//   property_test [COUNT [FIRST_SEED [trace]]]
//
// Runs COUNT scenarios (2000), with seeds from FIRST_SEED (1) on; `trace` shows their
// events as JSON lines on stderr. A failure says which command runs that scenario alone.
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../../tests/check.h"
#include "../../trace/sinks.h"
#include "../snapshot.h"
#include "../world.h"
#include "invariants.h"
#include "random_scenario.h"

#if ARENA_HAS_ASAN
#include <sanitizer/common_interface_defs.h>
#endif

enum { MAX_STEPS = 4000, MAX_SECONDS = 60 };

// What a run came to. Two runs of one scenario come to the same.
struct outcome {
    uint64_t hash;
    uint64_t events;
    uint64_t now;
    uint64_t memory; // a hash of RAM
    enum world_state state;
};

struct property {
    const char *program;
    uint64_t count;
    uint64_t first_seed;
    bool shows_trace;
    uint64_t done; // what the scenarios so far came to:
    uint64_t events;
    uint64_t upcalls;
    uint64_t panics;
    uint64_t intact; // in which no kernel memory was overwritten
    struct reached reached;
};

// ---- saying how to repeat it

// For handlers of a crash, which are given nothing: the command that repeats it.
static char replay[400];

static void say_replay(void)
{
    (void)!write(STDERR_FILENO, replay, strlen(replay));
}

static void say_replay_at_signal(int number)
{
    say_replay();
    (void)signal(number, SIG_DFL);
    (void)raise(number);
}

static void say_replay_at_death(void)
{
    (void)signal(SIGALRM, say_replay_at_signal);
    (void)signal(SIGABRT, say_replay_at_signal);
#if ARENA_HAS_ASAN
    __sanitizer_set_death_callback(say_replay);
#endif
}

// A scenario that takes so long would never end.
static void note_replay(const struct property *property, uint64_t seed)
{
    (void)alarm(MAX_SECONDS);
    snprintf(replay, sizeof replay, "repeat it with: %s 1 %" PRIu64 " trace\n", property->program,
             seed);
}

// ---- one run

static uint64_t hash_of_ram(const struct world *world)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);

    for (uint32_t i = 0; i + 8 <= world->board.ram_size; i += 8) {
        uint64_t word;

        memcpy(&word, world->ram + i, sizeof word);
        hash = (hash ^ word) * UINT64_C(0x100000001b3);
        hash ^= hash >> 32;
    }
    return hash;
}

static struct world *new_world(const struct random_scenario *scenario)
{
    enum world_result result;
    struct world *world =
        world_new(&scenario->setup, scenario->processes, scenario->count, &result, NULL);

    assert_int_equal(result, WORLD_OK);
    assert_non_null(world);
    return world;
}

// Runs from step `from` on to its end, or as far as step `to`. `invariants` may be NULL.
static void run(struct world *world, struct invariants *invariants, uint32_t from, uint32_t to)
{
    for (uint32_t step = from; step < to; step++) {
        if (world_step(world) != WORLD_RUNNING)
            break;
        if (invariants)
            invariants_check(invariants);
    }
}

// A sink for nothing but the hash, from now on.
static void start_hash(struct hash_sink *hash, struct world *world)
{
    hash_sink_init(hash);
    hash->sink.begin(&hash->sink, NULL);
    world_add_sink(world, &hash->sink);
}

static struct outcome outcome_of(const struct world *world, const struct hash_sink *hash)
{
    return (struct outcome){.hash = hash->hash,
                            .events = hash->events,
                            .now = world->clock.now,
                            .memory = hash_of_ram(world),
                            .state = world->state};
}

static struct outcome run_watched(const struct property *property,
                                  const struct random_scenario *scenario,
                                  struct invariants *invariants)
{
    struct world *world = new_world(scenario);
    struct hash_sink hash;
    struct jsonl_sink jsonl;
    struct outcome outcome;

    start_hash(&hash, world);
    invariants_follow(invariants, world);
    if (property->shows_trace) {
        jsonl_sink_init(&jsonl, stderr);
        world_add_sink(world, &jsonl.sink);
    }
    run(world, invariants, 0, MAX_STEPS);
    outcome = outcome_of(world, &hash);
    world_free(world);
    return outcome;
}

// Twice from the middle on: `outcomes` are those of the whole run, and of a run that went
// back to a copy of the world.
static void run_twice(const struct random_scenario *scenario, struct outcome outcomes[2])
{
    const uint32_t middle = (uint32_t)(scenario->seed % 32);
    struct world *world = new_world(scenario);
    struct hash_sink hash;
    struct hash_sink hash_then;
    size_t size;
    void *copy;

    start_hash(&hash, world);
    run(world, NULL, 0, middle);
    hash_then = hash;
    size = snapshot_size(world);
    copy = malloc(size);
    assert_non_null(copy);
    assert_int_equal(snapshot_take(world, copy, size), size);
    run(world, NULL, middle, MAX_STEPS);
    outcomes[0] = outcome_of(world, &hash);
    snapshot_restore(world, copy);
    hash = hash_then;
    run(world, NULL, middle, MAX_STEPS);
    outcomes[1] = outcome_of(world, &hash);
    free(copy);
    world_free(world);
}

static bool is_same(const struct outcome *a, const struct outcome *b)
{
    return a->hash == b->hash && a->events == b->events && a->now == b->now &&
           a->memory == b->memory && a->state == b->state;
}

// ---- one scenario

static void count_what_happened(struct property *property, const struct invariants *invariants)
{
    const struct reached *reached = &invariants->reached;

    property->done++;
    property->events += invariants->events;
    property->upcalls += invariants->upcalls;
    property->panics += invariants->has_panicked;
    property->intact += invariants->is_intact;
    property->reached.kinds |= reached->kinds;
    property->reached.panics |= reached->panics;
    property->reached.faults |= reached->faults;
    property->reached.ipc_results |= reached->ipc_results;
    property->reached.scheduled |= reached->scheduled;
    property->reached.stops |= reached->stops;
    property->reached.drops |= reached->drops;
}

// Says what went wrong, NULL if nothing did. `text` has room for `size` bytes.
static const char *try_scenario(struct property *property, uint64_t seed, char *text, size_t size)
{
    static struct random_scenario scenario; // large
    static struct invariants invariants;
    struct outcome first;
    struct outcome again[2];

    random_scenario_make(&scenario, seed, &invariants);
    random_scenario_describe(&scenario, text, size);
    first = run_watched(property, &scenario, &invariants);
    count_what_happened(property, &invariants);
    if (invariants.failure[0])
        return invariants.failure;
    random_scenario_make(&scenario, seed, NULL);
    run_twice(&scenario, again);
    if (!is_same(&first, &again[0]))
        return "the second run was another";
    // A broken grant may lie in flash, which is no part of a copy.
    if (invariants.is_intact && !is_same(&first, &again[1]))
        return "a run from a copy of the world was another";
    return NULL;
}

static void say_what_happened(const struct property *property)
{
    print_message("%" PRIu64 " scenarios, %" PRIu64 " events, %" PRIu64 " upcalls, %" PRIu64
                  " panics, %" PRIu64 " with kernel memory overwritten\n",
                  property->done, property->events, property->upcalls, property->panics,
                  property->done - property->intact);
}

static void every_random_scenario_keeps_what_must_hold(void **state)
{
    struct property *property = *state;
    char description[160];

    for (uint64_t seed = property->first_seed; seed < property->first_seed + property->count;
         seed++) {
        const char *failure;

        note_replay(property, seed);
        failure = try_scenario(property, seed, description, sizeof description);
        if (failure) {
            print_error("seed %" PRIu64 " (%s): %s\n%s", seed, description, failure, replay);
            fail();
        }
    }
    say_what_happened(property);
}

#define BIT_OF(value) (1u << (value))

// Scenarios in which little happens would hold too.
static void random_scenarios_reach_what_they_are_for(void **state)
{
    const struct property *property = *state;
    const struct reached *reached = &property->reached;

    if (property->done < 2000)
        skip();
    assert_int_equal(reached->kinds, (EVENT_BIT(EVENT_KINDS) - 1));
    assert_int_equal(reached->panics, BIT_OF(PANIC_GRANT_REENTERED) | BIT_OF(PANIC_PROCESS_FAULT) |
                                          BIT_OF(PANIC_DIVIDE_BY_ZERO) | BIT_OF(PANIC_BAD_GRANT));
    assert_int_equal(reached->faults, BIT_OF(FAULT_CAUSE_OPERATOR + 1) - 1);
    assert_int_equal(reached->ipc_results, BIT_OF(GRANT_INACTIVE_APP + 1) - 1);
    assert_int_equal(reached->scheduled, BIT_OF(SCHEDULE_QUEUED) | BIT_OF(SCHEDULE_NULL_UPCALL) |
                                             BIT_OF(SCHEDULE_NO_SUCH_UPCALL) |
                                             BIT_OF(SCHEDULE_NOT_TRIED));
    assert_int_equal(reached->stops, BIT_OF(STOP_NO_WORK_LEFT) | BIT_OF(STOP_TIMESLICE_EXPIRED) |
                                         BIT_OF(STOP_STOPPED) | BIT_OF(STOP_KERNEL_PREEMPTION));
    assert_int_equal(reached->drops, BIT_OF(DROP_FAULTED + 1) - 1);
    assert_true(property->intact > property->done / 2);
}

int main(int argc, char **argv)
{
    struct property property = {
        .program = argv[0],
        .count = argc > 1 ? strtoull(argv[1], NULL, 10) : 2000,
        .first_seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1,
        .shows_trace = argc > 3,
    };
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_prestate(every_random_scenario_keeps_what_must_hold, &property),
        cmocka_unit_test_prestate(random_scenarios_reach_what_they_are_for, &property),
    };

    say_replay_at_death();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
