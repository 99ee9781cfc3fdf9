// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "vector_body.h"

#include <string.h>

#include "../../core/recording.h"
#include "../machine/app.h"
#include "../machine/bus.h"

// Lives in app->memory, over restarts. Steps are those of the whole run: the first
// process keeps them for all.
struct vector_state {
    uint32_t steps;
    int is_limit_reached;
    uint32_t lives;   // begun so far
    uint32_t next;    // place in the list of this life
    uint32_t burn_us; // processor time still to be used before that operation
    uint32_t upcall[4];
    uint32_t answer[4];
    bool is_idle;
};

const size_t vector_body_memory_size = sizeof(struct vector_state);

static struct vector_state *state_of(const struct app *app)
{
    return (struct vector_state *)(void *)app->memory;
}

static const struct vector *vector_of(const struct app *app)
{
    return app->argument;
}

bool vector_count_step(struct world *world)
{
    struct vector_state *state = state_of(&world->apps[0]);

    if (++state->steps <= vector_of(&world->apps[0])->steps)
        return true;
    state->is_limit_reached = 1;
    world_stop(world);
    return false;
}

uint32_t vector_steps(const struct world *world)
{
    return state_of(&world->apps[0])->steps;
}

const volatile int *vector_limit_reached(const struct world *world)
{
    return &state_of(&world->apps[0])->is_limit_reached;
}

bool vector_is_idle(const struct world *world, uint32_t process)
{
    return state_of(&world->apps[process])->is_idle;
}

// ---- values

static uint32_t base_value(const struct app *app, const struct vector_value *value)
{
    const struct vector_state *state = state_of(app);
    const struct process *process = app_process(app);
    const struct world *world = app->world;

    switch ((enum vector_base)value->base) {
    case VECTOR_MEMORY_START:
        return process->memory_start;
    case VECTOR_FLASH_START:
        return process->flash_start;
    case VECTOR_APP_BRK:
        return process->app_brk;
    case VECTOR_KERNEL_BRK:
        return process->kernel_brk;
    case VECTOR_MEMORY_END:
        return process_memory_end(process);
    case VECTOR_OTHER_MEMORY:
        return value->index < world->process_count ? world->processes[value->index].memory_start
                                                   : 0;
    case VECTOR_UPCALL:
        return state->upcall[value->index];
    case VECTOR_ANSWER:
        return state->answer[value->index];
    case VECTOR_ABSOLUTE:
        break;
    }
    return 0;
}

static uint32_t value_of(const struct app *app, const struct vector_value *value)
{
    return base_value(app, value) + value->number;
}

// ---- operations

uint32_t vector_answer_words(uint32_t variant)
{
    switch (variant) {
#define X(name, number, words)                                                                     \
    case number:                                                                                   \
        return words;
        RETURN_VARIANTS(X)
#undef X
    default:
        return 3;
    }
}

// Keeps what the kernel answered; words that the variant does not have count as 0.
static void keep_answer(struct app *app, const struct syscall_return *answer)
{
    uint32_t words = vector_answer_words(answer->word[0]);

    for (uint32_t i = 0; i < 4; i++)
        state_of(app)->answer[i] = i <= words ? answer->word[i] : 0;
}

static void call_kernel(struct app *app, const struct vector_op *op)
{
    uint32_t word[VECTOR_OP_VALUES];
    struct syscall_return answer;

    for (uint32_t i = 0; i < VECTOR_OP_VALUES; i++)
        word[i] = value_of(app, &op->value[i]);
    answer = app_syscall(app, word[0], word[1], word[2], word[3], word[4]);
    if (word[0] != SYSCALL_YIELD)
        keep_answer(app, &answer);
}

static bool is_within(uaddr address, uint32_t size, uaddr start, uint32_t length)
{
    return address >= start && size <= length && address - start <= length - size;
}

// Without a protection unit any access would do. The machine that the vectors were
// recorded on refused there what the kernel had not promised the process.
static bool is_promised(const struct process *process, uaddr address, uint32_t size,
                        enum access_op op)
{
    if (process_owns_memory(process, address, size))
        return true;
    if (op == ACCESS_LOAD && is_within(address, size, process->flash_start, process->flash_size))
        return true;
    for (uint32_t i = 0; i < IPC_REGION_SLOTS; i++) {
        const struct region_slot *slot = &process->regions[i];

        if (slot->used && is_within(address, size, slot->start, slot->size))
            return true;
    }
    return false;
}

static bool may_access(struct app *app, uaddr address, uint32_t size, enum access_op op)
{
    if (size == 0)
        return true;
    if (app->world->board.unit == UNIT_NONE && !is_promised(app_process(app), address, size, op))
        return false;
    return bus_allows(app->world, app->index, address, size, op);
}

static void record_access(struct app *app, enum access_op op, uaddr address, uint32_t size,
                          bool allowed)
{
    RECORD(app_kernel(app), app->index, access, .op = op, .address = address, .size = size,
           .allowed = allowed);
    if (!allowed)
        app_fault(app, FAULT_CAUSE_MEMORY);
}

static void store(struct app *app, const struct vector_op *op)
{
    const uint8_t *bytes = vector_of(app)->bytes + op->bytes;
    uaddr address = value_of(app, &op->value[0]);
    bool allowed = may_access(app, address, op->size, ACCESS_STORE);

    if (allowed && op->size > 0)
        allowed = bus_write(app->world, app->index, address, bytes, op->size, NULL);
    record_access(app, ACCESS_STORE, address, op->size, allowed);
}

// Nobody uses what was read: the trace alone shows it.
static void load(struct app *app, const struct vector_op *op)
{
    uaddr address = value_of(app, &op->value[0]);
    uint32_t size = value_of(app, &op->value[1]);

    record_access(app, ACCESS_LOAD, address, size, may_access(app, address, size, ACCESS_LOAD));
}

static void do_op(struct app *app, const struct vector_op *op)
{
    switch ((enum vector_op_kind)op->kind) {
    case VECTOR_SYSCALL:
        call_kernel(app, op);
        break;
    case VECTOR_STORE:
        store(app, op);
        break;
    case VECTOR_LOAD:
        load(app, op);
        break;
    case VECTOR_FAULT:
        app_fault(app, FAULT_CAUSE_EXPLICIT);
    case VECTOR_BURN:
        state_of(app)->burn_us = value_of(app, &op->value[0]);
        RECORD(app_kernel(app), app->index, work, .us = state_of(app)->burn_us);
        break;
    case VECTOR_INTERRUPT:
        app_interrupt(app);
        break;
    case VECTOR_NOP:
        break;
    }
}

// ---- the life of a process

// At its limit the run ends before the step that would be one too many: using
// processor time is where a process notices.
static void count_step(struct app *app)
{
    while (!vector_count_step(app->world))
        app_work_cycles(app, 1);
}

// How much processor time is left until the timeslice ends; the kernel lets nobody run
// with none.
static uint64_t slice_left_us(const struct world *world)
{
    return world->clock.timer_end - world->clock.now;
}

// Counts the next operation. Processor time that was asked for passes after that, and
// each timeslice whose end it reaches makes the operation count once more.
static void begin_op(struct app *app)
{
    struct vector_state *state = state_of(app);
    uint64_t left_us;

    count_step(app);
    while (state->burn_us > 0 && (left_us = slice_left_us(app->world)) <= state->burn_us) {
        state->burn_us -= (uint32_t)left_us;
        app_work_cycles(app, left_us);
        count_step(app);
    }
    app_work_cycles(app, state->burn_us);
    state->burn_us = 0;
}

static void run(struct app *app)
{
    const struct vector *vector = vector_of(app);
    struct vector_state *state = state_of(app);
    const struct vector_life *life =
        vector_life(vector, &vector->processes[app->index], state->lives - 1);

    memcpy(state->upcall, app->init, sizeof state->upcall);
    while (state->next < life->count) {
        begin_op(app);
        do_op(app, &vector->ops[life->first + state->next++]);
    }
    state->is_idle = true;
    for (;;) {
        begin_op(app);
        app_syscall(app, SYSCALL_YIELD, YIELD_WAIT, 0, 0, 0);
    }
}

static void upcall(struct app *app, uaddr pc, const uint32_t argument[4])
{
    (void)pc;
    memcpy(state_of(app)->upcall, argument, sizeof state_of(app)->upcall);
}

static void reset(struct app *app)
{
    struct vector_state *state = state_of(app);

    state->lives++;
    state->next = 0;
    state->burn_us = 0;
    state->is_idle = false;
    memset(state->upcall, 0, sizeof state->upcall);
    memset(state->answer, 0, sizeof state->answer);
    app->memory_used = sizeof *state;
    if (state->lives > 1)
        (void)vector_count_step(app->world);
}

const struct body vector_body = {.name = "vector", .reset = reset, .run = run, .upcall = upcall};
