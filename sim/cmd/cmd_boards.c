// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "../fit/fit.h"
#include "../host/output.h"
#include "../lua/board_open.h"
#include "../session/command.h"
#include "../session/options.h"

static const char *const unit_texts[] = {
#define X(NAME, name, text) text,
    PROTECTION_UNITS(X)
#undef X
};

// How many buffers of others a process can have mapped at once, as the driver says: "6",
// "any", or "-" on a board that has no room for two processes.
static void write_room(char text[16], const struct board *board)
{
    struct fit fit;

    if (fit_load(&fit, board) != FIT_READY) {
        snprintf(text, 16, "-");
        return;
    }
    uint32_t room = fit_capacity(&fit.receiver);
    if (room == UINT32_MAX)
        snprintf(text, 16, "any");
    else
        snprintf(text, 16, "%" PRIu32, room);
}

// ---- all of them

static void print_line(FILE *out, const struct board *board)
{
    char room[16];

    write_room(room, board);
    fprintf(out, "%-15s %-7s ", board->name, board_unit_name(board->unit));
    if (board->unit == UNIT_NONE)
        fprintf(out, "%7s %10s", "-", "-");
    else
        fprintf(out, "%7" PRIu32 " %10" PRIu32, board->regions, board->min_region_size);
    fprintf(out, " %11s %9" PRIu32 " %11" PRIu32 "  %s\n", room, board->ram_size / 1024,
            board->flash_size / 1024, board->about);
}

static void print_list(FILE *out)
{
    size_t count;
    const struct board *boards = board_list(&count);

    fprintf(out, "%-15s %-7s %7s %10s %11s %9s %11s\n", "board", "unit", "regions", "min. bytes",
            "IPC buffers", "RAM (KiB)", "flash (KiB)");
    for (size_t i = 0; i < count; i++)
        print_line(out, &boards[i]);
}

// ---- one in detail

static void print_unit(FILE *out, const struct board *board)
{
    const struct kernel_rules rules = board_rules(board, &kernel_rules_2_1);
    char room[16];

    write_room(room, board);
    fprintf(out, "  unit              %s, %s\n", board_unit_name(board->unit),
            unit_texts[board->unit]);
    if (board->unit != UNIT_NONE)
        fprintf(out,
                "  regions           %" PRIu32 "%s\n"
                "  min_region_size   %" PRIu32 " bytes\n",
                board->regions,
                board->unit == UNIT_PMP  ? " pairs of PMP entries"
                : rules.ram_regions == 2 ? ", two of them for the process's own RAM"
                                         : "",
                board->min_region_size);
    fprintf(out, "  IPC buffers       %s%s\n", room,
            room[0] == '-'             ? ", there is no room for two processes"
            : board->unit == UNIT_NONE ? " number, of any size at any address"
                                       : " of others in a process at once");
}

static void print_range(FILE *out, const char *name, uaddr start, uint32_t size)
{
    fprintf(out, "  %-17s 0x%08" PRIx32 "..0x%08" PRIx32 ", %" PRIu32 " bytes\n", name, start,
            start + (size - 1), size);
}

static void print_board(FILE *out, const struct board *board)
{
    const struct kernel_sizes *sizes = &board->sizes;
    const struct cost_model *cost = &board->cost;

    fprintf(out, "%s%s%s\n", board->name, board->about[0] != '\0' ? ": " : "", board->about);
    print_unit(out, board);
    print_range(out, "RAM", board->ram_start, board->ram_size);
    print_range(out, "flash", board->flash_start, board->flash_size);
    fprintf(out,
            "  in process memory %" PRIu32 " bytes a task, %" PRIu32 " the process struct; %" PRIu32
            " the app's at first\n",
            sizes->task, sizes->process_struct, sizes->initial_app_brk);
    fprintf(out,
            "  cost in cycles    syscall %" PRIu32 ", context switch %" PRIu32 ", upcall %" PRIu32
            ", Lua instruction %" PRIu32 "; %" PRIu32 " cycles a microsecond\n",
            cost->syscall, cost->context_switch, cost->upcall, cost->instruction,
            cost->cycles_per_us);
}

static enum exit_status run(const struct options *options, struct output *output)
{
    struct message error;
    struct board board;

    if (options->operand_count == 0)
        print_list(output->file);
    for (size_t i = 0; i < options->operand_count; i++) {
        if (!board_open(options->operands[i], "", &board, &error)) {
            (void)output_flush(output);
            return command_refuse(error.text);
        }
        print_board(output->file, &board);
    }
    return STATUS_PASSED;
}

static const struct status_text statuses[] = {
    {STATUS_PASSED, "all that was asked for is shown"},
    {STATUS_USAGE, "asked wrongly: there is no such board, or a mistake in its file"},
    {STATUS_HOST, "the host failed: the answer cannot be written"},
    {STATUS_PASSED, NULL},
};

const struct command cmd_boards = {
    .name = "boards",
    .operands = "[NAME|FILE...]",
    .about = "the boards that --board knows, or one of them in detail",
    .details = "IPC buffers: how many of others a process can have mapped at once, which its\n"
               "own RAM and flash leave of the regions. docs/boards.md says where the numbers\n"
               "come from, and how to write a board of your own.\n"
               "\n"
               "  ipcsim boards\n"
               "  ipcsim boards cortex-m0p\n"
               "  ipcsim boards ./myboard.lua\n",
    .statuses = statuses,
    .run = run,
};
