// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "environment.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <unistd.h>
#include <uv.h>

void host_prepare(void)
{
    // A descriptor that was closed gets one that refuses what it is used for.
    for (int fd = 0; fd <= 2; fd++)
        if (fcntl(fd, F_GETFD) == -1 && errno == EBADF)
            (void)open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY);
    (void)signal(SIGPIPE, SIG_IGN);
}

// uv_exepath asks /proc too, and so fails where it is needed.
const char *host_program_file(void)
{
    static const char running[] = "/proc/self/exe";

    if (access(running, X_OK) == 0)
        return running;
    return (const char *)getauxval(AT_EXECFN);
}

void host_end_with_parent(void)
{
    (void)prctl(PR_SET_PDEATHSIG, SIGTERM);
}

bool host_is_ci(void)
{
    const char *ci = getenv("CI");

    return ci && ci[0] != '\0' && strcmp(ci, "0") != 0 && strcmp(ci, "false") != 0;
}

uint64_t host_clock_us(void)
{
    return uv_hrtime() / 1000;
}
