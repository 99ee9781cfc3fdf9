// SPDX-License-Identifier: Apache-2.0 OR MIT
// What a board can be: what its protection unit, its memory and the kernel bear.
#include <stdio.h>

#include "../base/count_of.h"
#include "board.h"

static bool refuse(const char **field, const char *name)
{
    *field = name;
    return false;
}

static bool has_unit(const struct board *board, uint32_t regions)
{
    struct board asked = *board;
    struct protection protection;

    asked.regions = regions;
    struct protection_setup setup = board_protection(&asked, &kernel_rules_2_1);
    return protection_init(&protection, &setup);
}

// A process's own RAM and flash take one region each.
enum { LEAST_REGIONS = 2 };

// "8 or 16", "2 to 16".
static void list_region_counts(const struct board *board, char *text, size_t size)
{
    uint32_t counts[MPU_MAX_REGIONS + 1] = {0};
    size_t count = 0;
    size_t used = 0;

    text[0] = '\0';
    for (uint32_t regions = LEAST_REGIONS; regions <= MPU_MAX_REGIONS; regions++)
        if (has_unit(board, regions))
            counts[count++] = regions;
    if (count > 2 && counts[count - 1] - counts[0] == count - 1) {
        snprintf(text, size, "%u to %u", (unsigned)counts[0], (unsigned)counts[count - 1]);
        return;
    }
    for (size_t i = 0; i < count && used < size; i++)
        used += (size_t)snprintf(text + used, size - used, "%s%u",
                                 i == 0           ? ""
                                 : i == count - 1 ? " or "
                                                  : ", ",
                                 (unsigned)counts[i]);
}

static bool check_regions(const struct board *board, const char **field, struct message *error)
{
    char counts[128];

    if (board->unit == UNIT_NONE && board->regions == 0)
        return true;
    if (board->unit == UNIT_NONE) {
        message_set(error, "must be 0 without a protection unit, not %u", (unsigned)board->regions);
        return refuse(field, "regions");
    }
    if (board->regions >= LEAST_REGIONS && has_unit(board, board->regions))
        return true;
    list_region_counts(board, counts, sizeof counts);
    message_set(error, "there is no %s unit with %u of them, only with %s",
                board_unit_name(board->unit), (unsigned)board->regions, counts);
    return refuse(field, "regions");
}

// The smallest region of the silicon; where it is the only size that the driver rounds
// to, also the largest.
struct grain {
    uint32_t least;
    uint32_t most;
};

static bool check_min_region_size(const struct board *board, const char **field,
                                  struct message *error)
{
    static const struct grain grains[] = {
        [UNIT_NONE] = {0, UINT32_MAX},
        [UNIT_ARMV7M] = {32, UINT32_MAX},
        [UNIT_ARMV6M] = {256, UINT32_MAX},
        [UNIT_ARMV8M] = {32, 32},
        [UNIT_PMP] = {4, 4},
    };
    const struct grain *grain = &grains[board->unit];
    uint32_t size = board->min_region_size;

    if (board->unit == UNIT_NONE)
        return true;
    if (size == 0 || (size & (size - 1)) != 0)
        message_set(error, "must be a power of two, not %u", (unsigned)size);
    else if (size >= grain->least && size <= grain->most)
        return true;
    else
        message_set(error, "must be %s%u on %s, not %u",
                    grain->most > grain->least ? "at least " : "", (unsigned)grain->least,
                    board_unit_name(board->unit), (unsigned)size);
    return refuse(field, "min_region_size");
}

static bool check_ram_regions(const struct board *board, const char **field, struct message *error)
{
    bool is_cortex_m = board->unit == UNIT_ARMV7M || board->unit == UNIT_ARMV6M;

    if (board->ram_regions <= 1 || (board->ram_regions == 2 && is_cortex_m))
        return true;
    if (is_cortex_m)
        message_set(error, "must be 1 or 2, not %u", (unsigned)board->ram_regions);
    else
        message_set(error, "must be 1 on %s, not %u", board_unit_name(board->unit),
                    (unsigned)board->ram_regions);
    return refuse(field, "ram_regions");
}

static bool check_range(uaddr start, uint32_t size, const char *name, const char **field,
                        struct message *error)
{
    if (size > 0 && (uint64_t)start + size <= UINT64_C(1) << 32)
        return true;
    if (size == 0)
        message_set(error, "must be at least 1 byte");
    else
        message_set(error,
                    "0x%08x and %u bytes reach beyond the 32-bit address space, which ends at "
                    "0xffffffff",
                    (unsigned)start, (unsigned)size);
    return refuse(field, name);
}

static bool check_memory(const struct board *board, const char **field, struct message *error)
{
    if (!check_range(board->ram_start, board->ram_size, "ram.size", field, error) ||
        !check_range(board->flash_start, board->flash_size, "flash.size", field, error))
        return false;
    if (board->ram_start >= (uint64_t)board->flash_start + board->flash_size ||
        board->flash_start >= (uint64_t)board->ram_start + board->ram_size)
        return true;
    message_set(error, "the flash at 0x%08x, %u bytes, and the RAM at 0x%08x, %u bytes, overlap",
                (unsigned)board->flash_start, (unsigned)board->flash_size,
                (unsigned)board->ram_start, (unsigned)board->ram_size);
    return refuse(field, "flash.start");
}

struct limit {
    const char *field;
    uint32_t value;
    uint32_t least;
    uint32_t most;
    uint32_t unit; // of which it is a multiple
};

static bool check_limits(const struct limit *limits, size_t count, const char **field,
                         struct message *error)
{
    for (size_t i = 0; i < count; i++) {
        const struct limit *limit = &limits[i];

        if (limit->value >= limit->least && limit->value <= limit->most &&
            limit->value % limit->unit == 0)
            continue;
        if (limit->value % limit->unit != 0)
            message_set(error, "must be a multiple of %u, not %u", (unsigned)limit->unit,
                        (unsigned)limit->value);
        else
            message_set(error, "must be from %u to %u, not %u", (unsigned)limit->least,
                        (unsigned)limit->most, (unsigned)limit->value);
        return refuse(field, limit->field);
    }
    return true;
}

// A word is 4 bytes; everything that the kernel keeps in process memory is made of them.
static bool check_numbers(const struct board *board, const char **field, struct message *error)
{
    enum { WORD = 4, MOST_BYTES = 1 << 16, MOST_CYCLES = 1000000, MOST_MHZ = 10000 };
    const struct kernel_sizes *sizes = &board->sizes;
    const struct cost_model *cost = &board->cost;
    const struct limit limits[] = {
        {"sizes.task", sizes->task, WORD, MOST_BYTES, WORD},
        {"sizes.process_struct", sizes->process_struct, WORD, MOST_BYTES, WORD},
        {"sizes.initial_app_brk", sizes->initial_app_brk, 0, MOST_BYTES, WORD},
        {"cost.cycles_per_us", cost->cycles_per_us, 1, MOST_MHZ, 1},
        {"cost.syscall", cost->syscall, 0, MOST_CYCLES, 1},
        {"cost.context_switch", cost->context_switch, 0, MOST_CYCLES, 1},
        {"cost.upcall", cost->upcall, 0, MOST_CYCLES, 1},
        {"cost.instruction", cost->instruction, 0, MOST_CYCLES, 1},
    };

    return check_limits(limits, COUNT_OF(limits), field, error);
}

bool board_check(const struct board *board, const char **field, struct message *error)
{
    return check_min_region_size(board, field, error) && check_regions(board, field, error) &&
           check_ram_regions(board, field, error) && check_memory(board, field, error) &&
           check_numbers(board, field, error);
}
