// SPDX-License-Identifier: Apache-2.0 OR MIT
// fopencookie, in glibc and musl; it leaves the reason of a failed write where it can be
// found, and the run that made it is stopped at once.
#define _GNU_SOURCE
#include "output.h"

#include <errno.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include "terminal.h"
#include "watch.h"

// The write of a cookie: it says 0, not -1, when it failed.
static ssize_t write_bytes(void *cookie, const char *bytes, size_t size)
{
    struct output *output = cookie;
    size_t written = 0;

    while (written < size && output->error == 0) {
        ssize_t result = write(STDOUT_FILENO, bytes + written, size - written);

        if (result >= 0)
            written += (size_t)result;
        else if (errno != EINTR)
            output->error = errno;
    }
    if (output->error != 0 && output->watch)
        host_watch_request_stop(output->watch);
    return output->error != 0 ? 0 : (ssize_t)written;
}

bool output_open(struct output *output)
{
    *output = (struct output){.error = 0};
    output->file = fopencookie(output, "w", (cookie_io_functions_t){.write = write_bytes});
    if (!output->file)
        return false;
    if (host_is_terminal(STDOUT_FILENO))
        (void)setvbuf(output->file, NULL, _IOLBF, BUFSIZ);
    return true;
}

bool output_failed(const struct output *output)
{
    return output->error != 0;
}

bool output_flush(struct output *output)
{
    fflush(output->file);
    return output->error == 0;
}

bool output_close(struct output *output)
{
    (void)fclose(output->file);
    return output->error == 0;
}

const char *output_error(const struct output *output, char *text, size_t size)
{
    if (output->error == 0 || output->error == EPIPE)
        return NULL;
    snprintf(text, size, "cannot write to standard output: %s", strerror(output->error));
    return text;
}
