// SPDX-License-Identifier: Apache-2.0 OR MIT
// The time of the host, for people.
#pragma once

enum { UTC_SIZE = 32 };

// Now as "2026-01-31T23:59:59Z". Where the environment says SOURCE_DATE_EPOCH, seconds since 1970,
// that is now, so that what is made twice is made alike; a value that is no such number is none.
void utc_now(char text[UTC_SIZE]);
