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

#include "../../tests/check.h"
#include "../trace.h"
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
    uint64_t done;
    uint64_t counts[WATCHED_KINDS]; // events that happened, by kind
    uint64_t intact;                // scenarios in which no kernel memory was overwritten
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
    (void)snprintf(replay, sizeof replay, "repeat it with: %s 1 %" PRIu64 " trace\n",
                   property->program, seed);
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

// Runs to its end, or for so many steps. `invariants` may be NULL.
static void run(struct world *world, struct invariants *invariants)
{
    for (uint32_t steps = 0; steps < MAX_STEPS; steps++) {
        if (world_step(world) != WORLD_RUNNING)
            break;
        if (invariants && invariants->failure[0])
            break;
        if (invariants)
            invariants_check(invariants);
    }
}

static struct outcome run_scenario(const struct property *property,
                                   const struct random_scenario *scenario,
                                   struct invariants *invariants)
{
    struct world *world = new_world(scenario);
    struct hash_sink hash;
    struct jsonl_sink jsonl;
    struct outcome outcome;

    hash_sink_init(&hash);
    hash.sink.begin(&hash.sink, NULL);
    world_add_sink(world, &hash.sink);
    if (invariants)
        invariants_follow(invariants, world);
    if (invariants && property->shows_trace) {
        jsonl_sink_init(&jsonl, stderr);
        world_add_sink(world, &jsonl.sink);
    }
    run(world, invariants);
    outcome = (struct outcome){.hash = hash.hash,
                               .events = hash.events,
                               .now = world->clock.now,
                               .memory = hash_of_ram(world),
                               .state = world->state};
    world_free(world);
    return outcome;
}

static bool is_same(const struct outcome *a, const struct outcome *b)
{
    return a->hash == b->hash && a->events == b->events && a->now == b->now &&
           a->memory == b->memory && a->state == b->state;
}

// ---- one scenario

static void count_what_happened(struct property *property, const struct invariants *invariants)
{
    for (uint32_t i = 0; i < WATCHED_KINDS; i++)
        property->counts[i] += invariants->counts[i];
    property->intact += invariants->is_intact;
    property->done++;
}

// Says what went wrong, NULL if nothing did. `text` has room for `size` bytes.
static const char *try_scenario(struct property *property, uint64_t seed, char *text, size_t size)
{
    static struct random_scenario scenario; // large
    static struct invariants invariants;
    struct outcome first;
    struct outcome second;

    random_scenario_make(&scenario, seed, &invariants);
    first = run_scenario(property, &scenario, &invariants);
    count_what_happened(property, &invariants);
    random_scenario_describe(&scenario, text, size);
    if (invariants.failure[0])
        return invariants.failure;
    random_scenario_make(&scenario, seed, NULL);
    second = run_scenario(property, &scenario, NULL);
    return is_same(&first, &second) ? NULL : "the second run was another";
}

static void say_what_happened(const struct property *property)
{
    uint64_t events = 0;

    for (uint32_t i = 0; i < WATCHED_KINDS; i++)
        events += property->counts[i];
    print_message("%" PRIu64 " scenarios, %" PRIu64 " events, %" PRIu64 " upcalls, %" PRIu64
                  " faults, %" PRIu64 " panics, %" PRIu64 " with kernel memory overwritten\n",
                  property->done, events, property->counts[EVENT_upcall],
                  property->counts[EVENT_fault], property->counts[EVENT_panic],
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
            print_error("seed %" PRIu64 " (%s): %s\n", seed, description, failure);
            fail();
        }
    }
    say_what_happened(property);
}

// Scenarios in which nothing happens would hold too.
static void random_scenarios_reach_what_they_are_for(void **state)
{
    static const enum event_kind kinds[] = {
        EVENT_ipc_queued,     EVENT_ipc_converted, EVENT_region_added,    EVENT_upcall,
        EVENT_upcall_removed, EVENT_task_dropped,  EVENT_grant_allocated, EVENT_brk,
        EVENT_access,         EVENT_interrupt,     EVENT_fault,           EVENT_restarted,
        EVENT_ended,          EVENT_kernel_work,   EVENT_sleep,           EVENT_panic,
        EVENT_print,          EVENT_stale_access,
    };
    const struct property *property = *state;

    if (property->done < 1000)
        skip();
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        assert_true(property->counts[kinds[i]] > 0);
    assert_true(property->intact > property->done / 4);
    assert_true(property->intact < property->done);
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
