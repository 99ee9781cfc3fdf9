// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "command.h"

#include <stdio.h>

enum exit_status command_refuse(const char *sentence)
{
    fprintf(stderr, "ipcsim: %s\n", sentence);
    return STATUS_USAGE;
}
