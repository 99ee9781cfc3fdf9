// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "bytes.h"

#include <stdlib.h>
#include <string.h>

#include "allocate.h"

void bytes_add(struct bytes *bytes, const void *more, size_t length)
{
    size_t needed = bytes->length + length + 1;

    if (needed > bytes->capacity) {
        bytes->capacity = 2 * needed;
        bytes->start = allocate_again(bytes->start, bytes->capacity);
    }
    if (length > 0)
        memcpy(bytes->start + bytes->length, more, length);
    bytes->length += length;
    bytes->start[bytes->length] = '\0';
}

void bytes_free(struct bytes *bytes)
{
    free(bytes->start);
    *bytes = (struct bytes){0};
}
