// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "fit_question.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Below it an app has its stack; mem.alloc of scenarios starts there too.
enum { FIRST_OFFSET = 32 };

// ---- reading

// A number at `*at`, decimal or 0x, with k for 1024 of them; goes on behind it. False: there is
// none, or it does not fit into 32 bits.
static bool read_number(const char **at, uint32_t *number)
{
    const char *start = *at;
    bool is_hex = start[0] == '0' && (start[1] == 'x' || start[1] == 'X');
    uint64_t value;
    char *end;

    if (is_hex ? !isxdigit((unsigned char)start[2]) : !isdigit((unsigned char)start[0]))
        return false;
    errno = 0;
    value = strtoull(start, &end, is_hex ? 16 : 10);
    if (*end == 'k' || *end == 'K') {
        value = value > UINT32_MAX ? value : value * 1024;
        end++;
    }
    if (errno != 0 || value > UINT32_MAX)
        return false;
    *number = (uint32_t)value;
    *at = end;
    return true;
}

// N and "x", if they stand here.
static void read_count(const char **at, uint32_t *count)
{
    const char *behind = *at;
    uint32_t number;

    if (!read_number(&behind, &number) || *behind != 'x')
        return;
    *count = number;
    *at = behind + 1;
}

static bool read_place(const char **at, struct fit_question *question)
{
    question->value = 1;
    if (**at == ':') {
        ++*at;
        return read_number(at, &question->value);
    }
    if (**at != '@')
        return true;
    ++*at;
    question->place = **at == '+' ? FIT_AT_OFFSET : FIT_AT_ADDRESS;
    *at += **at == '+';
    return read_number(at, &question->value);
}

static bool check(const char *word, const struct fit_question *question, struct message *error)
{
    bool is_power = question->value != 0 && (question->value & (question->value - 1)) == 0;

    if (question->size == 0)
        message_set(error, "'%.64s': a buffer has at least 1 byte", word);
    else if (question->count == 0 || question->count > FIT_MOST_BUFFERS)
        message_set(error, "'%.64s': from 1 to %d buffers", word, FIT_MOST_BUFFERS);
    else if (question->place == FIT_AT_ALIGNED && !is_power)
        message_set(error, "'%.64s': an alignment is a power of two, not %" PRIu32, word,
                    question->value);
    else
        return true;
    return false;
}

bool fit_question_read(const char *word, struct fit_question *question, struct message *error)
{
    const char *at = word;

    *question = (struct fit_question){.count = 1, .place = FIT_AT_ALIGNED};
    read_count(&at, &question->count);
    snprintf(question->label, sizeof question->label, "%s", at);
    if (read_number(&at, &question->size) && read_place(&at, question) && *at == '\0')
        return check(word, question, error);
    message_set(error,
                "'%.64s' is no buffer; say SIZE, SIZE:ALIGNMENT, SIZE@ADDRESS or SIZE@+OFFSET, "
                "such as 96, 64:64, 96@0x20002100 or 96@+256, or name a scenario (*.lua)",
                word);
    return false;
}

// ---- placing

uint64_t fit_first_place(const struct fit *fit)
{
    return (uint64_t)fit->sharer_start + FIRST_OFFSET;
}

static uint64_t start_of(const struct fit_question *question, const struct fit *fit, uint64_t next)
{
    switch (question->place) {
    case FIT_AT_ADDRESS:
        return question->value;
    case FIT_AT_OFFSET:
        return (uint64_t)fit->sharer_start + question->value;
    case FIT_AT_ALIGNED:
        break;
    }
    return (next + question->value - 1) / question->value * question->value;
}

bool fit_question_place(const struct fit_question *question, const struct fit *fit, uint64_t *next,
                        struct fit_buffer *buffer, struct message *error)
{
    uint64_t ram_start = fit->board.ram_start;
    uint64_t ram_end = ram_start + fit->board.ram_size;
    uint64_t start = start_of(question, fit, *next);

    if (start < ram_start || start + question->size > ram_end) {
        message_set(error,
                    "%s: 0x%08" PRIx64 " and %" PRIu32 " bytes do not lie in the RAM of %s, "
                    "0x%08" PRIx64 " to 0x%08" PRIx64 "%s",
                    question->label, start, question->size, fit->board.name, ram_start, ram_end - 1,
                    question->place == FIT_AT_ADDRESS
                        ? "; SIZE@+OFFSET is a place in the memory of a process"
                        : "");
        return false;
    }
    *buffer = (struct fit_buffer){(uaddr)start, question->size};
    if (question->place == FIT_AT_ALIGNED)
        *next = start + question->size;
    return true;
}
