// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "allocate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "status.h"

_Noreturn void allocate_failed(void)
{
    fputs("ipcsim: the host has no memory left\n", stderr);
    exit(STATUS_HOST);
}

static void *check(void *memory)
{
    if (!memory)
        allocate_failed();
    return memory;
}

void *allocate(size_t count, size_t size)
{
    return check(calloc(count > 0 ? count : 1, size));
}

void *allocate_again(void *old, size_t size)
{
    return check(realloc(old, size));
}

char *allocate_text(const char *text, size_t length)
{
    char *copy = allocate(length + 1, 1);

    memcpy(copy, text, length);
    return copy;
}
