// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "progress.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "environment.h"
#include "terminal.h"

void progress_init(struct progress *progress, bool is_busy)
{
    *progress = (struct progress){
        .is_on = !is_busy && !host_is_ci() && host_is_terminal(STDERR_FILENO),
    };
}

void progress_show(struct progress *progress, const char *format, ...)
{
    char line[512];
    va_list arguments;

    if (!progress->is_on)
        return;
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    fprintf(stderr, "\r\033[K%.*s", host_terminal_width(STDERR_FILENO) - 1, line);
    progress->is_shown = true;
}

void progress_clear(struct progress *progress)
{
    if (progress->is_shown)
        fputs("\r\033[K", stderr);
    progress->is_shown = false;
}
