// SPDX-License-Identifier: Apache-2.0 OR MIT
// Which of the names that there are a person may have meant.
#pragma once

#include <stddef.h>

#include "message.h"

// The one of `names` that `word` most likely meant: the fewest letters to insert,
// delete, replace or swap with a neighbour. NULL: none is near enough to suggest.
const char *nearest_find(const char *word, const char *const *names, size_t count);

// Sets `error` to a sentence that there is no such `kind` ("option", "board"): it
// suggests the nearest of `names`, or lists them all.
void nearest_refuse(struct message *error, const char *kind, const char *word,
                    const char *const *names, size_t count);
