// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "board_open.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/path.h"
#include "board_file.h"

static bool is_file(const char *name)
{
    size_t length = strlen(name);

    return strchr(name, '/') || (length > 4 && strcmp(name + length - 4, ".lua") == 0);
}

static bool open_file(const char *name, const char *folder, struct board *board,
                      struct message *error)
{
    char *path;
    bool is_read;

    if (strlen(name) >= sizeof board->name) {
        message_set(error, "%.64s...: the path of a board file may have at most %d bytes", name,
                    BOARD_NAME_SIZE - 1);
        return false;
    }
    path = path_join(name[0] != '/' ? folder : "", name);
    is_read = board_read_file(path, board, error);
    free(path);
    if (is_read)
        snprintf(board->name, sizeof board->name, "%s", name);
    return is_read;
}

bool board_open(const char *name, const char *folder, struct board *board, struct message *error)
{
    const struct board *found = board_find(name);

    if (found) {
        *board = *found;
        return true;
    }
    if (is_file(name))
        return open_file(name, folder, board, error);
    board_refuse_name(name, error);
    return false;
}
