// SPDX-License-Identifier: Apache-2.0 OR MIT
// Loops of libuv, for the files of this room alone.
#pragma once

#include <uv.h>

// Asks every handle of a loop to close, which lets the loop come to its end.
void loop_close_handles(uv_loop_t *loop);

// Closes a loop that nobody runs any more, or ever did, with all of its handles.
void loop_close(uv_loop_t *loop);
