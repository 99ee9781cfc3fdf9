// SPDX-License-Identifier: Apache-2.0 OR MIT
// The part of <string.h> that a compiler expects of any target, also of one without
// a C library. Whoever links the kernel into a firmware image brings the functions.
#pragma once

#include <stddef.h>

void *memcpy(void *restrict to, const void *restrict from, size_t size);
void *memmove(void *to, const void *from, size_t size);
void *memset(void *to, int byte, size_t size);
int memcmp(const void *a, const void *b, size_t size);
