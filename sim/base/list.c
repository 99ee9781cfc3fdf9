// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "list.h"

#include "allocate.h"

void *list_room(void *list, size_t count, size_t size)
{
    if ((count & (count - 1)) != 0)
        return list;
    return allocate_again(list, (count > 0 ? 2 * count : 1) * size);
}
