// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "board_open.h"

#include <stdio.h>
#include <string.h>

#include "board_file.h"

static bool is_file(const char *name)
{
    size_t length = strlen(name);

    return strchr(name, '/') != NULL || (length > 4 && strcmp(name + length - 4, ".lua") == 0);
}

static bool open_file(const char *name, const char *folder, struct board *board,
                      struct message *error)
{
    char path[2 * BOARD_NAME_SIZE + 4096];
    bool is_inside = folder != NULL && folder[0] != '\0' && name[0] != '/';

    if (strlen(name) >= sizeof board->name) {
        message_set(error, "%.64s...: the path of a board file may have at most %d bytes", name,
                    BOARD_NAME_SIZE - 1);
        return false;
    }
    if (snprintf(path, sizeof path, "%s%s%s", is_inside ? folder : "", is_inside ? "/" : "",
                 name) >= (int)sizeof path) {
        message_set(error, "%.64s: the path of this board file is too long", name);
        return false;
    }
    if (!board_read_file(path, board, error))
        return false;
    (void)snprintf(board->name, sizeof board->name, "%s", name);
    return true;
}

bool board_open(const char *name, const char *folder, struct board *board, struct message *error)
{
    const struct board *found = board_find(name);

    if (found != NULL) {
        *board = *found;
        return true;
    }
    if (is_file(name))
        return open_file(name, folder, board, error);
    board_refuse_name(name, error);
    return false;
}
