// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <inttypes.h>

#include "board.h"
#include "command.h"

static const char *const unit_names[] = {
#define X(NAME, name, text) #name,
    PROTECTION_UNITS(X)
#undef X
};

// RAM and flash of the process itself take a region each.
enum { OWN_REGIONS = 2 };

static void print_board(FILE *out, const struct board *board)
{
    (void)fprintf(out, "%-15s %-7s ", board->name, unit_names[board->unit]);
    if (board->unit == UNIT_NONE)
        (void)fprintf(out, "%7s %10s %9" PRIu32 " %11s", "-", "-", board->ram_size / 1024, "any");
    else
        (void)fprintf(out, "%7" PRIu32 " %10" PRIu32 " %9" PRIu32 " %11" PRIu32, board->regions,
                      board->min_region_size, board->ram_size / 1024, board->regions - OWN_REGIONS);
    (void)fprintf(out, "  %s\n", board->about);
}

enum exit_status cmd_boards(const struct options *options, struct output *output)
{
    size_t count;
    const struct board *boards = board_list(&count);

    if (options->operand_count > 0)
        return command_refuse("boards takes no argument");
    (void)fprintf(output->file, "%-15s %-7s %7s %10s %9s %11s\n", "board", "unit", "regions",
                  "min. bytes", "RAM (KiB)", "IPC buffers");
    for (size_t i = 0; i < count; i++)
        print_board(output->file, &boards[i]);
    return STATUS_PASSED;
}
