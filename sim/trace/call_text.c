// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "call_text.h"

#include <inttypes.h>

#include "../../core/capsule_abi.h"
#include "../../core/ipc.h"
#include "../base/count_of.h"

// ---- calls

struct command {
    uint32_t driver;
    uint32_t number;
    const char *name;
    uint32_t arguments; // how many of the two it uses
};

static const struct command commands[] = {
#define X(NAME, number, name) {IPC_DRIVER_NUM, (number), #name, (number) > IPC_COMMAND_DISCOVER},
    IPC_COMMANDS(X)
#undef X
#define X(NAME, number, name, arguments) {ALARM_DRIVER_NUM, (number), #name, (arguments)},
        ALARM_COMMANDS(X)
#undef X
#define X(NAME, number, name, arguments) {CONSOLE_DRIVER_NUM, (number), #name, (arguments)},
            CONSOLE_COMMANDS(X)
#undef X
};

static const struct command *find_command(uint32_t driver, uint32_t number)
{
    for (size_t i = 0; i < COUNT_OF(commands); i++)
        if (commands[i].driver == driver && commands[i].number == number)
            return &commands[i];
    return NULL;
}

// Whether the first argument is a point in time.
static bool begins_at_time(const struct command *command)
{
    return command->driver == ALARM_DRIVER_NUM && command->number == ALARM_SET_ABSOLUTE;
}

static void put_command(struct line *line, const uint32_t r[4])
{
    const struct command *command = find_command(r[0], r[1]);

    line_put(line, "command ");
    line_put_driver(line, r[0]);
    if (!command) {
        line_put(line, ".%" PRIu32 "(%" PRIu32 ", %" PRIu32 ")", r[1], r[2], r[3]);
        return;
    }
    line_put(line, ".%s(", command->name);
    if (command->driver == IPC_DRIVER_NUM && command->arguments > 0) {
        line_put(line, "to=");
        line_put_process(line, r[2]);
    } else {
        for (uint32_t i = 0; i < command->arguments && i < 2; i++) {
            line_put(line, i > 0 ? ", " : "");
            if (line->is_lasting && begins_at_time(command) && i == 0)
                line_put(line, "*");
            else
                line_put(line, "%" PRIu32, r[2 + i]);
        }
    }
    line_put(line, ")");
}

static void put_subscribe(struct line *line, const uint32_t r[4])
{
    line_put(line, "subscribe ");
    line_put_driver(line, r[0]);
    line_put(line, "[%" PRIu32 "] fn=", r[1]);
    line_put_function(line, r[0], r[1], r[2]);
    line_put(line, " userdata=%" PRIu32, r[3]);
}

static void put_allow(struct line *line, uint32_t class, const uint32_t r[4])
{
    line_put(line, "%s ", field_value_name(FIELD_TYPE_syscall_class, class));
    line_put_driver(line, r[0]);
    line_put(line, "[%" PRIu32 "] ", r[1]);
    line_put_buffer(line, r[2], r[3]);
}

static void put_memop_of_address(struct line *line, const char *name, uaddr address)
{
    line_put(line, "%s(", name);
    line_put_address(line, address);
    line_put(line, ")");
}

static void put_memop(struct line *line, const uint32_t r[4])
{
    static const char *const names[] = {
#define X(NAME, number, name) [number] = #name,
        MEMOPS(X)
#undef X
    };

    line_put(line, "memop ");
    if (r[0] >= COUNT_OF(names))
        line_put(line, "%" PRIu32 "(%" PRIu32 ")", r[0], r[1]);
    else if (r[0] == MEMOP_SBRK)
        line_put(line, "sbrk(%+" PRId32 ")", (int32_t)r[1]);
    else if (r[0] >= MEMOP_RAM_START && r[0] <= MEMOP_FLASH_REGIONS)
        line_put(line, "%s()", names[r[0]]);
    else
        put_memop_of_address(line, names[r[0]], r[1]);
}

static void put_yield(struct line *line, const uint32_t r[4])
{
    switch (r[0]) {
    case YIELD_NO_WAIT:
        line_put(line, "yield-no-wait");
        break;
    case YIELD_WAIT:
        line_put(line, "yield-wait");
        break;
    default:
        line_put(line, "yield %" PRIu32, r[0]);
    }
    if (r[0] == YIELD_NO_WAIT && r[1] != 0) {
        line_put(line, " flag=");
        line_put_address(line, r[1]);
    }
}

static void put_exit(struct line *line, const uint32_t r[4])
{
    switch (r[0]) {
    case EXIT_TERMINATE:
        line_put(line, "exit-terminate(%" PRIu32 ")", r[1]);
        break;
    case EXIT_RESTART:
        line_put(line, "exit-restart(%" PRIu32 ")", r[1]);
        break;
    default:
        line_put(line, "exit %" PRIu32 "(%" PRIu32 ")", r[0], r[1]);
    }
}

void call_put(struct line *line, const struct event *call)
{
    const uint32_t r[4] = {call->syscall.r0, call->syscall.r1, call->syscall.r2, call->syscall.r3};

    switch (call->syscall.class) {
    case SYSCALL_YIELD:
        put_yield(line, r);
        break;
    case SYSCALL_SUBSCRIBE:
        put_subscribe(line, r);
        break;
    case SYSCALL_COMMAND:
        put_command(line, r);
        break;
    case SYSCALL_ALLOW_RW:
    case SYSCALL_ALLOW_RO:
    case SYSCALL_ALLOW_UR:
        put_allow(line, call->syscall.class, r);
        break;
    case SYSCALL_MEMOP:
        put_memop(line, r);
        break;
    case SYSCALL_EXIT:
        put_exit(line, r);
        break;
    default:
        line_put(line, "system call of class %" PRIu32, call->syscall.class);
    }
}

bool call_has_answer(const struct event *call)
{
    switch (call->syscall.class) {
    case SYSCALL_YIELD:
        return false;
    case SYSCALL_EXIT:
        return call->syscall.r0 > EXIT_RESTART;
    default:
        return call->syscall.class <= SYSCALL_ALLOW_UR;
    }
}

// ---- their answers

static bool is_of_class(const struct event *call, enum syscall_class class)
{
    return call && call->syscall.class == class;
}

static bool is_allow(const struct event *call)
{
    return is_of_class(call, SYSCALL_ALLOW_RW) || is_of_class(call, SYSCALL_ALLOW_RO) ||
           is_of_class(call, SYSCALL_ALLOW_UR);
}

static bool is_discover(const struct event *call)
{
    return is_of_class(call, SYSCALL_COMMAND) && call->syscall.r0 == IPC_DRIVER_NUM &&
           call->syscall.r1 == IPC_COMMAND_DISCOVER;
}

// Whether it is answered by a point in time.
static bool is_alarm_time(const struct event *call)
{
    return is_of_class(call, SYSCALL_COMMAND) && call->syscall.r0 == ALARM_DRIVER_NUM &&
           call->syscall.r1 != ALARM_FREQUENCY;
}

static void put_words(struct line *line, const struct event *answer, uint32_t first)
{
    static const struct {
        uint32_t variant;
        uint32_t words;
    } variants[] = {
#define X(name, number, words) {RETURN_##name, (words)},
        RETURN_VARIANTS(X)
#undef X
    };
    const uint32_t word[] = {answer->syscall_return.w1, answer->syscall_return.w2,
                             answer->syscall_return.w3};

    for (size_t i = 0; i < COUNT_OF(variants); i++)
        if (variants[i].variant == answer->syscall_return.variant)
            for (uint32_t w = first; w < variants[i].words; w++)
                line_put(line, " %" PRIu32, word[w]);
}

static void put_failure(struct line *line, const struct event *call, const struct event *answer)
{
    line_put(line, " ");
    line_put_value(line, FIELD_TYPE_error, answer->syscall_return.w1);
    // These give their own arguments back.
    if (!is_of_class(call, SYSCALL_SUBSCRIBE) && !is_allow(call))
        put_words(line, answer, 1);
}

// Whether the library only goes on with what is its own: what it held before says how often it
// was called, and no more.
static bool is_among_library(const struct line *line, uaddr now, uaddr before)
{
    return line_is_library(line, now) && (before == 0 || line_is_library(line, before));
}

// What the slot held before, which subscribe and allow give back.
static void put_old_pair(struct line *line, const struct event *call, const struct event *answer)
{
    uint32_t first = answer->syscall_return.w1;
    uint32_t second = answer->syscall_return.w2;

    if (is_among_library(line, call->syscall.r2, first))
        return;
    line_put(line, " (was ");
    if (is_allow(call) || (first == 0 && second == 0)) {
        line_put_buffer(line, first, second);
    } else {
        line_put(line, "fn=");
        line_put_function(line, call->syscall.r0, call->syscall.r1, first);
        line_put(line, " userdata=%" PRIu32, second);
    }
    line_put(line, ")");
}

void call_put_answer(struct line *line, const struct event *call, const struct event *answer)
{
    uint32_t variant = answer->syscall_return.variant;

    line_put_value(line, FIELD_TYPE_variant, variant);
    if (variant < RETURN_Success) {
        put_failure(line, call, answer);
    } else if (variant == RETURN_SuccessU32U32 &&
               (is_of_class(call, SYSCALL_SUBSCRIBE) || is_allow(call))) {
        put_old_pair(line, call, answer);
    } else if (variant == RETURN_SuccessU32 && is_discover(call)) {
        line_put(line, " ");
        line_put_process(line, answer->syscall_return.w1);
    } else if (variant == RETURN_SuccessU32 && is_of_class(call, SYSCALL_MEMOP)) {
        line_put(line, " ");
        line_put_address(line, answer->syscall_return.w1);
    } else if (variant == RETURN_SuccessU32 && line->is_lasting && is_alarm_time(call)) {
        line_put(line, " *");
    } else {
        put_words(line, answer, 0);
    }
}
