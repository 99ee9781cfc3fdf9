// SPDX-License-Identifier: Apache-2.0 OR MIT
// Paths of files as text.
#pragma once

#include <stdbool.h>

// What stands behind the last slash. Borrowed from `path`.
const char *path_base(const char *path);

// The folder with its last slash, "" where the path names none. Free it with free().
char *path_folder(const char *path);

// The two one behind the other; `folder` has its slash. Free it with free().
char *path_join(const char *folder, const char *name);

// The path without links, from the root. NULL: there is nothing there. Free it with free().
char *path_real(const char *path);

bool path_is_folder(const char *path);

// Whether nothing has this name.
bool path_is_absent(const char *path);

// Whether both name the same file, however they are written.
bool path_is_same(const char *a, const char *b);
