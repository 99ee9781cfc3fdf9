// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "utc.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

// Years of more than four digits are no ISO 8601.
static const long long latest = 253402300799;

static bool read_epoch(const char *text, time_t *seconds)
{
    char *end;
    long long value;

    if (!text || !isdigit((unsigned char)text[0]))
        return false;
    errno = 0;
    value = strtoll(text, &end, 10);
    if (*end != '\0' || errno != 0 || value > latest)
        return false;
    *seconds = (time_t)value;
    return true;
}

void utc_now(char text[UTC_SIZE])
{
    time_t seconds;
    struct tm now;

    if (!read_epoch(getenv("SOURCE_DATE_EPOCH"), &seconds))
        seconds = time(NULL);
    if (!gmtime_r(&seconds, &now) || strftime(text, UTC_SIZE, "%Y-%m-%dT%H:%M:%SZ", &now) == 0)
        snprintf(text, UTC_SIZE, "1970-01-01T00:00:00Z");
}
