// SPDX-License-Identifier: Apache-2.0 OR MIT
// Which scenarios files and folders stand for.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "../base/message.h"

struct scenario_files {
    char **paths; // owned
    size_t count;
};

// A file stands for itself, whatever its name; a folder for every *.lua in it and in
// the folders below, sorted by path, byte by byte. Hidden files and folders are left
// out, so are boards (*.board.lua) and files that others use (see used_files.h); links to
// folders are not followed.
// False, with `error` set: no such file, or a folder without scenarios. Free it in
// any case.
bool find_scenarios(struct scenario_files *files, const char *const *operands, size_t count,
                    struct message *error);

// Adds every file in this folder, and if `goes_down` in those below, whose name ends like
// this, in the same order and with the same exceptions. False, with `error` set: it
// cannot be read.
bool find_files(struct scenario_files *files, const char *folder, const char *suffix,
                bool goes_down, struct message *error);

void find_free(struct scenario_files *files);
