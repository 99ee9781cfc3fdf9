// SPDX-License-Identifier: Apache-2.0 OR MIT
// Lists that grow by one thing at a time: a pointer, NULL at first, and how many things it has.
// There is no third number: room is made for the next power of two.
#pragma once

#include <stddef.h>

// Adds a thing to `list`, of which there are `count`, and points at it; it holds anything. What is
// assigned to it says nothing of the list, which may have moved. Free the list with free().
#define LIST_ADD(list, count)                                                                      \
    ((list) = list_room((list), (count), sizeof *(list)), &(list)[(count)++])

// Room for `count` things of `size` bytes and one more, behind which `list` grows. It must come
// from here, and never have been counted to more than was added.
void *list_room(void *list, size_t count, size_t size);
