// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "status.h"

bool status_is_known(int number)
{
#define X(NAME, value, text)                                                                       \
    if (number == STATUS_##NAME)                                                                   \
        return true;
    EXIT_STATUSES(X)
#undef X
    return false;
}

static int rank(enum exit_status status)
{
    switch (status) {
    case STATUS_PASSED:
        return 0;
    case STATUS_BOUND:
        return 1;
    case STATUS_FAILED:
        return 2;
    case STATUS_USAGE:
        return 3;
    case STATUS_HOST:
        return 4;
    case STATUS_INTERRUPTED:
        return 5;
    }
    return 4;
}

enum exit_status status_worse(enum exit_status a, enum exit_status b)
{
    return rank(b) > rank(a) ? b : a;
}
