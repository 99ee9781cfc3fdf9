// SPDX-License-Identifier: Apache-2.0 OR MIT
// Whether buffers can be shared on a board: the question is put to the protection unit's own
// driver, as the kernel puts it when a notification is converted, and what comes of it is read
// off the hardware model. No rule of any unit is known here.
//
// A receiver is a process as it is loaded, with regions for its flash and its RAM: the one that
// others share their buffers with.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../../mpu_model/protection.h"
#include "../base/message.h"
#include "../machine/board.h"
#include "../machine/world.h"

struct fit_receiver {
    struct protection protection; // unit and driver
    struct mpu_config config;     // flash and RAM of the process
    uaddr own_start;              // its RAM block
    uint32_t own_size;
};

enum { FIT_RECEIVERS = 8 };

// A board with processes loaded on it.
struct fit {
    struct board board;
    struct fit_receiver receivers[FIT_RECEIVERS];
    size_t receiver_count;
    struct fit_receiver receiver; // the one that is asked about
    uaddr sharer_start;           // where the RAM of the second process begins
};

struct fit_buffer {
    uaddr start;
    uint32_t size; // at least 1
};

// X(NAME, name, what it means)
#define FIT_VERDICTS(X)                                                                            \
    X(FITS, fits, "the receiver may touch every byte of it")                                       \
    X(SOMETIMES, sometimes, "mapped at some addresses of this alignment, not at others")           \
    X(PARTLY, partly, "mapped, but the receiver may not touch all of its bytes")                   \
    X(NO_REGION, no_region, "refused: the driver can make no region for it")                       \
    X(OVERLAPS, overlaps, "refused: it shares bytes with a region that is in use")                 \
    X(FULL, full, "refused: no region is left")                                                    \
    X(PANICS, panics, "the driver divides by zero, and the kernel panics")

enum fit_verdict {
#define X(NAME, name, text) FIT_##NAME,
    FIT_VERDICTS(X)
#undef X
};

#define FIT_NO_BUFFER UINT32_MAX

struct fit_answer {
    enum fit_verdict verdict;
    bool has_region;          // the driver made one
    uint32_t region_number;   // its place in the unit
    struct mpu_region region; // as the driver made it
    uint32_t open;            // bytes of the buffer that the receiver may touch
    uint64_t beyond;          // bytes outside of it that the region opens as well
    uint32_t in_the_way;      // the earlier buffer whose region holds bytes of it, or FIT_NO_BUFFER
};

// X(NAME, why there is no receiver)
#define FIT_RESULTS(X)                                                                             \
    X(READY, "ready")                                                                              \
    X(TOO_SMALL, "the board has no room for two processes")                                        \
    X(NO_HOST, "the host cannot give a world its memory")

enum fit_result {
#define X(NAME, text) FIT_##NAME,
    FIT_RESULTS(X)
#undef X
};

// Loads processes on the board, as a world does. The first is the receiver, the second the
// one that +OFFSET counts from.
enum fit_result fit_load(struct fit *fit, const struct board *board);

// Takes as receiver a process that none of the `count` buffers touches. False, and nothing
// changed: there is none.
bool fit_choose_receiver(struct fit *fit, const struct fit_buffer *buffers, size_t count);

// The process at `index` of a world that was just made, as receiver.
void fit_take_process(struct fit_receiver *receiver, const struct world *world, uint32_t index);

// Whether none of the `count` buffers touches the receiver's own memory.
bool fit_is_apart(const struct fit_receiver *receiver, const struct fit_buffer *buffers,
                  size_t count);

// Whether the receiver may touch every byte of a buffer, with nothing else shared.
bool fit_can_share(const struct fit_receiver *receiver, struct fit_buffer buffer);

// One buffer, with nothing else shared.
struct fit_answer fit_ask(const struct fit_receiver *receiver, struct fit_buffer buffer);

// All of them, one after another, as notifications bring them.
void fit_ask_all(const struct fit_receiver *receiver, const struct fit_buffer *buffers,
                 size_t count, struct fit_answer *answers);

// How many buffers a receiver can have mapped at once; UINT32_MAX: any number.
uint32_t fit_capacity(const struct fit_receiver *receiver);

const char *fit_verdict_name(enum fit_verdict verdict);
const char *fit_verdict_text(enum fit_verdict verdict);
const char *fit_result_text(enum fit_result result);
