// SPDX-License-Identifier: Apache-2.0 OR MIT
// Bytes that grow at their end. {0} is none.
#pragma once

#include <stddef.h>

struct bytes {
    char *start; // owned; NULL: there never was one. A NUL stands behind the last
    size_t length;
    size_t capacity;
};

void bytes_add(struct bytes *bytes, const void *more, size_t length);

// Leaves none.
void bytes_free(struct bytes *bytes);
