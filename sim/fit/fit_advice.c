// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "fit_advice.h"

#include "size.h"

enum { WORD = 4 };

// ---- every address of an alignment

// A unit that works in powers of two puts a buffer at one of few places of a block some times
// its size; this holds each of them more than once.
static uint64_t stretch_of(const struct fit *fit, uint32_t size)
{
    uint64_t stretch = size_most(64 * 1024, 16 * (uint64_t)size_ceil_power(size));

    return size_least(stretch, fit->board.ram_size);
}

static bool is_free(const struct fit *fit, struct fit_buffer buffer)
{
    return fit_is_apart(&fit->receiver, &buffer, 1);
}

// Until both an address where they fit and one where they do not are known; or the latter
// alone, where `is_hasty`.
static struct fit_census take_census(const struct fit *fit, uint32_t size, uint32_t alignment,
                                     bool is_hasty)
{
    uint64_t start = size_round_up(fit->board.ram_start, alignment);
    uint64_t ram_end = (uint64_t)fit->board.ram_start + fit->board.ram_size;
    uint64_t last = size_least(start + stretch_of(fit, size), ram_end - size_least(size, ram_end));
    struct fit_census census = {.fits_somewhere = false};

    for (; start <= last; start += alignment) {
        const struct fit_buffer buffer = {(uaddr)start, size};

        if (!is_free(fit, buffer))
            continue;
        if (!fit_can_share(&fit->receiver, buffer)) {
            census.failing = census.fails_somewhere ? census.failing : buffer.start;
            census.fails_somewhere = true;
        } else {
            census.fitting = census.fits_somewhere ? census.fitting : buffer.start;
            census.fits_somewhere = true;
        }
        if (census.fails_somewhere && (census.fits_somewhere || is_hasty))
            break;
    }
    return census;
}

struct fit_census fit_take_census(const struct fit *fit, uint32_t size, uint32_t alignment)
{
    return take_census(fit, size, alignment, false);
}

// ---- what would work instead

// How far to look for a larger size, and in what steps: words, coarser for large buffers.
struct search {
    uint64_t last;
    uint32_t step;
};

static struct search search_sizes(const struct fit *fit, uint32_t size)
{
    uint64_t last = 2 * size_most(size_ceil_power(size), fit->board.min_region_size);
    uint32_t step = WORD;

    while (last / step > 4096)
        step *= 2;
    return (struct search){size_least(last, fit->board.ram_size), step};
}

static uint32_t find_padded_size(const struct fit *fit, struct fit_buffer buffer)
{
    struct search search = search_sizes(fit, buffer.size);
    uint64_t room = (uint64_t)fit->board.ram_start + fit->board.ram_size - buffer.start;
    uint64_t size = size_round_up((uint64_t)buffer.size + 1, search.step);

    for (; size <= size_least(search.last, room); size += search.step) {
        const struct fit_buffer padded = {buffer.start, (uint32_t)size};

        if (is_free(fit, padded) && fit_can_share(&fit->receiver, padded))
            return padded.size;
    }
    return 0;
}

static uaddr find_next_start(const struct fit *fit, struct fit_buffer buffer)
{
    uint64_t ram_end = (uint64_t)fit->board.ram_start + fit->board.ram_size;
    uint64_t start = size_round_up((uint64_t)buffer.start + 1, WORD);
    uint64_t last = size_least(start + stretch_of(fit, buffer.size), ram_end);

    for (; start + buffer.size <= last; start += WORD) {
        const struct fit_buffer moved = {(uaddr)start, buffer.size};

        if (is_free(fit, moved) && fit_can_share(&fit->receiver, moved))
            return moved.start;
    }
    return 0;
}

// The smallest alignment at which this size always fits; 0: none.
static uint32_t find_alignment(const struct fit *fit, uint32_t size)
{
    uint64_t largest = stretch_of(fit, size) / 4;

    for (uint64_t alignment = 1; alignment <= largest; alignment *= 2) {
        struct fit_census census = take_census(fit, size, (uint32_t)alignment, true);

        if (census.fits_somewhere && !census.fails_somewhere)
            return (uint32_t)alignment;
    }
    return 0;
}

static void find_aligned(const struct fit *fit, uint32_t size, struct fit_advice *advice)
{
    struct search search = search_sizes(fit, size);
    uint64_t padded = size;

    for (; padded <= search.last; padded = size_round_up(padded + 1, search.step)) {
        advice->alignment = find_alignment(fit, (uint32_t)padded);
        if (advice->alignment > 0) {
            advice->aligned_size = (uint32_t)padded;
            return;
        }
    }
}

struct fit_advice fit_advise(const struct fit *fit, struct fit_buffer buffer)
{
    struct fit_advice advice = {0};

    advice.padded_size = find_padded_size(fit, buffer);
    advice.next_start = find_next_start(fit, buffer);
    find_aligned(fit, buffer.size, &advice);
    return advice;
}
