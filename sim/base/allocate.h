// SPDX-License-Identifier: Apache-2.0 OR MIT
// Host memory for the program around a world. A host that has none left ends the
// program with a sentence and exit status 3: nobody could do better.
#pragma once

#include <stddef.h>

// Zeroed room for `count` things of `size` bytes. Free it with free().
void *allocate(size_t count, size_t size);

// Makes the block at `old` (NULL: none yet) `size` bytes large. Free it with free().
void *allocate_again(void *old, size_t size);

// The first `length` bytes of `text`, and a NUL. Free it with free().
char *allocate_text(const char *text, size_t length);

// Ends the program as all of these do, for who gets memory of the host in another way.
_Noreturn void allocate_failed(void);
