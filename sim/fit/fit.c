// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "fit.h"

#include <string.h>

#include "../base/count_of.h"
#include "../machine/body.h"
#include "size.h"

static const char *const verdict_names[] = {
#define X(NAME, name, text) #name,
    FIT_VERDICTS(X)
#undef X
};

static const char *const verdict_texts[] = {
#define X(NAME, name, text) text,
    FIT_VERDICTS(X)
#undef X
};

static const char *const result_texts[] = {
#define X(NAME, text) text,
    FIT_RESULTS(X)
#undef X
};

const char *fit_verdict_name(enum fit_verdict verdict)
{
    return verdict_names[verdict];
}

const char *fit_verdict_text(enum fit_verdict verdict)
{
    return verdict_texts[verdict];
}

const char *fit_result_text(enum fit_result result)
{
    return result_texts[result];
}

// ---- receivers

void fit_take_process(struct fit_receiver *receiver, const struct world *world, uint32_t index)
{
    const struct process *process = &world->processes[index];

    *receiver = (struct fit_receiver){.protection = world->protection,
                                      .config = process->mpu_config,
                                      .own_start = process->memory_start,
                                      .own_size = process->memory_size};
}

static void reset_body(struct app *app)
{
    app->memory_used = 0;
}

static void run_body(struct app *app)
{
    (void)app;
}

static void take_upcall(struct app *app, uaddr pc, const uint32_t argument[4])
{
    (void)app;
    (void)pc;
    (void)argument;
}

// Processes that are loaded and never run.
static struct world *load_world(const struct board *board, uint32_t ram_size)
{
    static const struct body body = {
        .name = "idle", .reset = reset_body, .run = run_body, .upcall = take_upcall};
    const struct world_setup setup = {
        .board = board,
        .process_slots = FIT_RECEIVERS,
        .keep_partial = true,
        .drivers = devices_board_drivers(FIT_RECEIVERS),
        .until_us = 1,
    };
    struct world_process processes[FIT_RECEIVERS];
    uint32_t flash_size = 4096;
    enum world_result ignored;

    while (flash_size != 0 && flash_size < board->min_region_size)
        flash_size *= 2;
    for (size_t i = 0; i < FIT_RECEIVERS; i++)
        processes[i] = (struct world_process){.name = "p",
                                              .name_length = 1,
                                              .ram_size = ram_size,
                                              .flash_size = flash_size,
                                              .body = &body};
    return world_new(&setup, processes, FIT_RECEIVERS, &ignored, NULL);
}

static void take_processes(struct fit *fit, const struct world *world)
{
    fit->receiver_count = world->process_count;
    for (uint32_t i = 0; i < world->process_count; i++)
        fit_take_process(&fit->receivers[i], world, i);
    fit->receiver = fit->receivers[0];
    fit->sharer_start = fit->receivers[1].own_start;
}

// The first size is what a scenario's process has; the others are for small boards.
enum fit_result fit_load(struct fit *fit, const struct board *board)
{
    static const uint32_t ram_sizes[] = {4096, 1024, 128};

    *fit = (struct fit){.board = *board};
    for (size_t i = 0; i < COUNT_OF(ram_sizes); i++) {
        struct world *world = load_world(board, ram_sizes[i]);

        if (!world)
            return FIT_NO_HOST;
        if (world->process_count >= 2)
            take_processes(fit, world);
        world_free(world);
        if (fit->receiver_count >= 2)
            return FIT_READY;
    }
    return FIT_TOO_SMALL;
}

static bool touches(uaddr start, uint64_t size, uaddr other_start, uint64_t other_size)
{
    return start < other_start + other_size && other_start < start + size;
}

bool fit_is_apart(const struct fit_receiver *receiver, const struct fit_buffer *buffers,
                  size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (touches(buffers[i].start, buffers[i].size, receiver->own_start, receiver->own_size))
            return false;
    return true;
}

bool fit_choose_receiver(struct fit *fit, const struct fit_buffer *buffers, size_t count)
{
    for (size_t i = 0; i < fit->receiver_count; i++)
        if (fit_is_apart(&fit->receivers[i], buffers, count)) {
            fit->receiver = fit->receivers[i];
            return true;
        }
    return false;
}

// ---- the two questions: to the driver, to the silicon

// As process_add_mpu_region asks.
static enum mpu_result ask_driver(const struct fit_receiver *receiver, struct mpu_config *config,
                                  struct fit_buffer buffer, struct mpu_region *given)
{
    const struct mpu *mpu = &receiver->protection.mpu;

    return mpu->driver->allocate_region(mpu, config, buffer.start, buffer.size, buffer.size,
                                        MPU_READ_WRITE, given);
}

// The unit while the receiver runs under this configuration, and nobody ran before it.
static struct mpu_hw program(const struct fit_receiver *receiver, const struct mpu_config *config)
{
    struct protection protection = receiver->protection;

    protection.mpu.driver->write(&protection.mpu, config);
    protection.mpu.driver->enable(&protection.mpu);
    return protection.hw;
}

// Bytes of [start, end) that a process may write to.
static uint64_t open_bytes(const struct mpu_hw *hw, uint64_t start, uint64_t end)
{
    uint64_t open = 0;

    while (start < end) {
        uint32_t lo;
        uint32_t hi;

        mpu_hw_span(hw, (uaddr)start, MPU_OP_WRITE, false, &lo, &hi);
        uint64_t next = (uint64_t)hi + 1 < end ? (uint64_t)hi + 1 : end;
        if (mpu_hw_check(hw, (uaddr)start, 1, MPU_OP_WRITE, false).fault == MPU_FAULT_NONE)
            open += next - start;
        start = next;
    }
    return open;
}

static uint32_t open_of(const struct mpu_hw *hw, struct fit_buffer buffer)
{
    return (uint32_t)open_bytes(hw, buffer.start, (uint64_t)buffer.start + buffer.size);
}

// What opened around the buffer when the registers went from `before` to `after`.
static uint64_t opened_beyond(const struct mpu_hw *before, const struct mpu_hw *after,
                              struct fit_buffer buffer, const struct mpu_region *region)
{
    uint64_t buffer_end = (uint64_t)buffer.start + buffer.size;
    uint64_t start = size_least(buffer.start, size_least(region->start, region->base));
    uint64_t end = size_most(buffer_end, size_most((uint64_t)region->start + region->size,
                                                   (uint64_t)region->base + region->span));

    end = size_least(end, UINT64_C(1) << 32);
    return open_bytes(after, start, buffer.start) + open_bytes(after, buffer_end, end) -
           open_bytes(before, start, buffer.start) - open_bytes(before, buffer_end, end);
}

bool fit_can_share(const struct fit_receiver *receiver, struct fit_buffer buffer)
{
    struct mpu_config config = receiver->config;
    struct mpu_region given;

    if (ask_driver(receiver, &config, buffer, &given) != MPU_OK)
        return false;
    struct mpu_hw hw = program(receiver, &config);
    return open_of(&hw, buffer) == buffer.size;
}

// ---- buffers, one after another

static uint32_t new_region(const struct mpu_config *before, const struct mpu_config *after)
{
    for (uint32_t i = 0; i < MPU_MAX_REGIONS; i++)
        if (!before->regions[i].used && after->regions[i].used)
            return i;
    return MPU_NO_REGION;
}

// The first of the `count` earlier buffers beside which the driver refuses this one.
static uint32_t find_in_the_way(const struct fit_receiver *receiver,
                                const struct fit_buffer *buffers, size_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        struct mpu_config config = receiver->config;
        struct mpu_region given;

        if (ask_driver(receiver, &config, buffers[i], &given) == MPU_OK &&
            ask_driver(receiver, &config, buffers[count], &given) != MPU_OK)
            return i;
    }
    return FIT_NO_BUFFER;
}

// Why the driver refused the last of these.
static void explain_refusal(const struct fit_receiver *receiver, const struct fit_buffer *buffers,
                            size_t count, struct fit_answer *answer)
{
    struct mpu_config alone = receiver->config;
    struct mpu_region given;

    if (ask_driver(receiver, &alone, buffers[count], &given) != MPU_OK) {
        answer->verdict = fit_capacity(receiver) == 0 ? FIT_FULL : FIT_NO_REGION;
        return;
    }
    answer->in_the_way = find_in_the_way(receiver, buffers, count);
    answer->verdict = answer->in_the_way == FIT_NO_BUFFER ? FIT_FULL : FIT_OVERLAPS;
}

// Adds buffers[count] to a receiver that has the `count` before it.
static struct fit_answer add(const struct fit_receiver *receiver, struct mpu_config *config,
                             const struct fit_buffer *buffers, size_t count)
{
    struct fit_answer answer = {.region_number = MPU_NO_REGION, .in_the_way = FIT_NO_BUFFER};
    struct mpu_config before = *config;
    enum mpu_result result = ask_driver(receiver, config, buffers[count], &answer.region);

    if (result == MPU_PANIC) {
        answer.verdict = FIT_PANICS;
    } else if (result != MPU_OK) {
        explain_refusal(receiver, buffers, count, &answer);
    } else {
        struct mpu_hw closed = program(receiver, &before);
        struct mpu_hw hw = program(receiver, config);

        answer.has_region = true;
        answer.region_number = new_region(&before, config);
        answer.beyond = opened_beyond(&closed, &hw, buffers[count], &answer.region);
    }
    return answer;
}

// What counts is what the receiver may touch in the end: the region of an earlier buffer may
// hold a later one that was refused, and two regions may get into each other's way.
static void look_at_bytes(const struct mpu_hw *hw, struct fit_buffer buffer,
                          struct fit_answer *answer)
{
    answer->open = open_of(hw, buffer);
    if (answer->verdict == FIT_PANICS)
        return;
    if (answer->open == buffer.size)
        answer->verdict = FIT_FITS;
    else if (answer->has_region)
        answer->verdict = FIT_PARTLY;
}

void fit_ask_all(const struct fit_receiver *receiver, const struct fit_buffer *buffers,
                 size_t count, struct fit_answer *answers)
{
    struct mpu_config config = receiver->config;

    for (size_t i = 0; i < count; i++)
        answers[i] = add(receiver, &config, buffers, i);
    struct mpu_hw hw = program(receiver, &config);
    for (size_t i = 0; i < count; i++)
        look_at_bytes(&hw, buffers[i], &answers[i]);
}

struct fit_answer fit_ask(const struct fit_receiver *receiver, struct fit_buffer buffer)
{
    struct fit_answer answer;

    fit_ask_all(receiver, &buffer, 1, &answer);
    return answer;
}

// ---- how many

// Large buffers far apart, at multiples of their size: a driver that refuses one of these has
// no region left, or meets the receiver's own. There are more tries than a unit has regions.
uint32_t fit_capacity(const struct fit_receiver *receiver)
{
    struct mpu_config config = receiver->config;
    uint32_t size =
        size_ceil_power((uint32_t)size_most(4096, receiver->protection.mpu.min_region_size));
    uint64_t start = size_round_up(receiver->own_start, size);
    uint32_t count = 0;

    for (uint32_t tries = 0; tries < 4 * MPU_MAX_REGIONS; tries++) {
        struct mpu_region given;
        uaddr place = (uaddr)(start + 2 * (uint64_t)size * tries);

        if (ask_driver(receiver, &config, (struct fit_buffer){place, size}, &given) == MPU_OK)
            count++;
    }
    return count > MPU_MAX_REGIONS ? UINT32_MAX : count;
}
