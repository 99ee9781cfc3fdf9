// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "loop.h"

#include <assert.h>
#include <stddef.h>

static void close_handle(uv_handle_t *handle, void *unused)
{
    (void)unused;
    if (!uv_is_closing(handle))
        uv_close(handle, NULL);
}

void loop_close_handles(uv_loop_t *loop)
{
    uv_walk(loop, close_handle, NULL);
}

void loop_close(uv_loop_t *loop)
{
    loop_close_handles(loop);
    (void)uv_run(loop, UV_RUN_DEFAULT);
    int result = uv_loop_close(loop);
    assert(result == 0);
    (void)result;
}
