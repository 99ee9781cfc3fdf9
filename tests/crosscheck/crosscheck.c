// SPDX-License-Identifier: Apache-2.0 OR MIT
// Compares the models of the protection units with QEMU's.
//
//   crosscheck ask MACHINE FILE SCENARIO[:SEED]...     writes the requests for the machine
//   crosscheck judge MACHINE FILE SCENARIO[:SEED]...   reads its answers and compares
//
// Both run the scenarios, on every board that the machine's unit stands for, and stop at each
// switch to a process under registers not seen before. Runs repeat exactly, so requests and
// answers meet in order. Exit status: 0 no differences, 1 some, 2 asked wrongly, 3 a file that
// cannot be read or written.
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../sim/run/run.h"
#include "../../sim/trace/line.h"
#include "edges.h"
#include "machine.h"
#include "script.h"

enum {
    SETS_OF_RUN_MAX = 24, // sets of registers that one scenario adds on one board
    SETS_MAX = 1024,
    BUFFERS_MAX = 64,
    SHOWN_MAX = 5,
};

struct buffer {
    uaddr start;
    uint32_t size;
};

struct crosscheck {
    struct script script; // first: gets itself back
    struct sink sink;
    bool is_judging;
    FILE *file;
    const char *path;

    // What runs now.
    const char *board;
    const char *scenario;
    const struct world *world;
    uint32_t process;
    uint32_t buffer_count;
    struct buffer buffers[BUFFERS_MAX]; // that the driver was asked to map, the first few
    struct edges edges;

    uint32_t sets_of_run;
    uint32_t sets;
    struct mpu_hw units[SETS_MAX]; // all registers that were asked about
    uint64_t reads;                // registers compared
    uint64_t probes;               // accesses compared
    uint64_t faults;               // of these
    uint64_t differences;
};

_Noreturn static void fail(int status, const char *text, const char *what)
{
    fprintf(stderr, "crosscheck: %s: %s\n", what, text);
    exit(status);
}

// ---- differences

static enum mpu_op op_of(const struct request *request)
{
    switch (request->kind) {
    case PROBE_STORE:
        return MPU_OP_WRITE;
    case PROBE_FETCH:
        return MPU_OP_FETCH;
    default:
        return MPU_OP_READ;
    }
}

static void show_request(const struct request *request)
{
    static const char *const words[] = {
        [PROBE_LOAD] = "load", [PROBE_STORE] = "store", [PROBE_FETCH] = "fetch"};

    if (request->kind == PROBE_READ)
        printf("  register 0x%" PRIx32 "\n", request->addr);
    else
        printf("  %s %s of %" PRIu32 " bytes at 0x%08" PRIx32 "\n",
               request->is_privileged ? "privileged" : "unprivileged", words[request->kind],
               request->value, request->addr);
}

static void show_regions(const struct mpu_hw *unit)
{
    for (uint32_t i = 0; i < unit->regions; i++) {
        struct mpu_hw_region region;

        if (mpu_hw_decode_region(unit, i, &region))
            printf("  region %2" PRIu32 ": 0x%08" PRIx64 "..0x%08" PRIx64
                   " disabled 0x%02x rights %d unprivileged, %d privileged\n",
                   i, region.first, region.last, region.disabled_subregions,
                   region.unprivileged_rights, region.privileged_rights);
    }
}

// Counts a difference; the first few are shown whole.
static void differ(struct crosscheck *check, const struct request *request,
                   const struct answer *answer, const char *expected)
{
    char name[LINE_NAME_SIZE];

    if (++check->differences > SHOWN_MAX)
        return;
    printf("%s, %s at %" PRIu64 " us, process %s\n", check->board, check->scenario,
           world_now_us(check->world), line_name_of(&check->world->view, check->process, name));
    show_request(request);
    printf("  the model:    %s\n", expected);
    printf("  the emulator: trap %" PRIu32 ", status 0x%" PRIx32 ", fault address 0x%08" PRIx32
           ", value 0x%08" PRIx32 "\n",
           answer->trap, answer->status, answer->fault_addr, answer->value);
    show_regions(&check->script.unit);
}

static void judge_register(struct crosscheck *check, const struct request *request,
                           const struct answer *answer)
{
    uint32_t value = 0;
    bool is_there = mpu_hw_read(&check->script.unit, request->addr, &value);
    char expected[32];

    check->reads++;
    if (is_there && value == answer->value)
        return;
    snprintf(expected, sizeof expected, "0x%08" PRIx32, value);
    differ(check, request, answer, expected);
}

// Armv6-M has no MMFAR, the core that stands in for it has.
static bool is_equal(enum mpu_kind kind, const struct mpu_answer *expected,
                     const struct observation *seen)
{
    if (!seen->is_understood || seen->fault != expected->fault)
        return false;
    if (expected->fault == MPU_FAULT_NONE || kind == MPU_KIND_ARMV6M)
        return true;
    return seen->is_addr_recorded == expected->is_addr_recorded &&
           (!seen->is_addr_recorded || seen->fault_addr == expected->fault_addr);
}

static void judge_access(struct crosscheck *check, const struct request *request,
                         const struct answer *answer)
{
    struct mpu_answer expected = mpu_hw_check(&check->script.unit, request->addr, request->value,
                                              op_of(request), request->is_privileged != 0);
    struct observation seen = machine_observe(check->script.machine, request, answer);
    char text[160];

    check->probes++;
    check->faults += expected.fault != MPU_FAULT_NONE;
    if (is_equal(check->script.unit.kind, &expected, &seen))
        return;
    snprintf(text, sizeof text, "%s at 0x%08" PRIx32 ", region %" PRIu32 ": %s",
             mpu_fault_name(expected.fault), expected.fault_addr, expected.region,
             mpu_rule_text(expected.rule));
    differ(check, request, answer, text);
}

// ---- requests and answers

static void judge_next(struct crosscheck *check, const struct request *request)
{
    struct answer answer;

    if (fread(&answer, sizeof answer, 1, check->file) != 1)
        fail(3, "there are fewer answers than requests", check->path);
    switch (request->kind) {
    case PROBE_PROCESS:
    case PROBE_WRITE:
        break;
    case PROBE_READ:
        judge_register(check, request, &answer);
        break;
    default:
        judge_access(check, request, &answer);
        break;
    }
}

static void take_request(struct script *script, const struct request *request)
{
    struct crosscheck *check = (struct crosscheck *)script;

    if (check->is_judging)
        judge_next(check, request);
    else if (fwrite(request, sizeof *request, 1, check->file) != 1)
        fail(3, "cannot write", check->path);
}

// ---- runs

static struct crosscheck *of_sink(struct sink *sink)
{
    return (struct crosscheck *)(void *)((char *)sink - offsetof(struct crosscheck, sink));
}

// Keeps registers that were not asked about before. False: they were, or this is enough.
static bool keep_unit(struct crosscheck *check, const struct mpu_hw *unit)
{
    for (uint32_t i = 0; i < check->sets; i++)
        if (mpu_hw_is_same(&check->units[i], unit))
            return false;
    if (check->sets_of_run == SETS_OF_RUN_MAX || check->sets == SETS_MAX)
        return false;
    check->units[check->sets++] = *unit;
    check->sets_of_run++;
    return true;
}

static void ask_about(struct crosscheck *check, uint32_t process)
{
    check->process = process;
    check->edges.count = 0;
    edges_add_world(&check->edges, check->world, process);
    for (uint32_t i = 0; i < check->buffer_count; i++)
        edges_add(&check->edges, check->buffers[i].start, check->buffers[i].size);
    edges_sort(&check->edges);
    script_run(&check->script, check->world, process, &check->edges);
}

static void begin(struct sink *sink, const struct run_info *info)
{
    struct crosscheck *check = of_sink(sink);

    (void)info;
    check->buffer_count = 0;
    check->sets_of_run = 0;
}

static void take_event(struct sink *sink, const struct event *event)
{
    struct crosscheck *check = of_sink(sink);

    if (event->kind == EVENT_region_added) {
        if (check->buffer_count < BUFFERS_MAX)
            check->buffers[check->buffer_count++] =
                (struct buffer){event->region_added.start, event->region_added.size};
        return;
    }
    if (keep_unit(check, &check->world->protection.hw))
        ask_about(check, event->process);
}

static void end(struct sink *sink, const struct run_result *result)
{
    (void)sink;
    (void)result;
}

static void run(struct crosscheck *check, const char *path, const char *board, uint64_t seed)
{
    struct run_request request = {.board = board_find(board), .seed = seed};
    struct message error;
    struct board moved = machine_board(check->script.machine, board_find(board));
    struct run_plan plan;
    struct run run;
    struct scenario *scenario = scenario_open(path, NULL, 0, &error);

    if (!scenario)
        fail(2, error.text, "scenario");
    plan = run_plan_make(scenario, &request);
    plan.board = moved;
    switch (run_open(&run, &plan, NULL, &error)) {
    case RUN_OPEN_READY:
        break;
    case RUN_OPEN_REFUSED:
        fprintf(stderr, "crosscheck: left out: %s\n", error.text);
        scenario_close(scenario);
        return;
    case RUN_OPEN_NO_HOST:
        fail(3, error.text, "world");
    }
    check->board = board;
    check->scenario = path;
    check->world = run.world;
    run_add_sink(&run, &check->sink);
    while (run_advance(&run)) {
    }
    run_close(&run);
    scenario_close(scenario);
}

// SCENARIO[:SEED]
static void run_operand(struct crosscheck *check, const char *operand, const char *board)
{
    char path[FILENAME_MAX];
    char *colon;

    snprintf(path, sizeof path, "%s", operand);
    colon = strrchr(path, ':');
    if (colon)
        *colon = '\0';
    run(check, path, board, colon ? strtoull(colon + 1, NULL, 10) : 0);
}

static void run_all(struct crosscheck *check, char **operands)
{
    for (int b = 0; b < MACHINE_BOARDS && check->script.machine->boards[b]; b++)
        for (char **operand = operands; *operand; operand++)
            run_operand(check, *operand, check->script.machine->boards[b]);
}

static int report(const struct crosscheck *check)
{
    printf("%s: %" PRIu64 " accesses (%" PRIu64 " faults) and %" PRIu64
           " registers compared under %" PRIu32 " sets of registers, %" PRIu64 " differences\n",
           check->script.machine->name, check->probes, check->faults, check->reads, check->sets,
           check->differences);
    return check->differences != 0;
}

static const struct crosscheck initial = {
    .script.take = take_request,
    .sink = {.wanted = EVENT_BIT(EVENT_context_switch) | EVENT_BIT(EVENT_region_added),
             .begin = begin,
             .take = take_event,
             .end = end},
};

int main(int argc, char **argv)
{
    static struct crosscheck check; // some 400 KiB

    if (argc < 5 || (strcmp(argv[1], "ask") != 0 && strcmp(argv[1], "judge") != 0))
        fail(2, "ask|judge MACHINE FILE SCENARIO[:SEED]...", "usage");
    check = initial;
    check.is_judging = strcmp(argv[1], "judge") == 0;
    check.script.machine = machine_find(argv[2]);
    if (!check.script.machine)
        fail(2, "no such machine", argv[2]);
    check.path = argv[3];
    check.file = fopen(check.path, check.is_judging ? "rb" : "wb");
    if (!check.file)
        fail(3, "cannot open", check.path);

    run_all(&check, argv + 4);
    if (check.is_judging && fgetc(check.file) != EOF)
        fail(3, "there are more answers than requests", check.path);
    if (fclose(check.file) != 0)
        fail(3, "cannot write", check.path);
    return check.is_judging ? report(&check) : 0;
}
