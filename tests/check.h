// SPDX-License-Identifier: Apache-2.0 OR MIT
// The one door to cmocka, whose header needs these others before it.
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
