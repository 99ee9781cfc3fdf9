// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "terminal.h"

#include <sys/ioctl.h>
#include <uv.h>

bool host_is_terminal(int descriptor)
{
    return uv_guess_handle(descriptor) == UV_TTY;
}

// Not uv_tty_init, which would make the terminal non-blocking for everybody.
int host_terminal_width(int descriptor)
{
    struct winsize size;

    if (ioctl(descriptor, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
        return 80;
    return size.ws_col;
}
