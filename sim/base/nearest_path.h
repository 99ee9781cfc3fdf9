// SPDX-License-Identifier: Apache-2.0 OR MIT
// Which file or folder a person may have meant by a path that names none.
#pragma once

#include "message.h"

// The path of something that is there and differs from `path` by a slip of the finger, in any of
// its parts, or by the suffix that was left out. `suffix` (".lua") is what files that can be meant
// end in, NULL: anything. Hidden files are never meant, nor names that are no plain text.
// NULL: there is nothing near. Free it with free().
char *nearest_path_find(const char *path, const char *suffix);

// Adds "; did you mean 'ring.lua'?" to a sentence that says that `path` is not there, if something
// else is. `tail` follows the path in it.
void nearest_path_suggest(struct message *error, const char *path, const char *suffix,
                          const char *tail);
