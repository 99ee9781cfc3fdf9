// SPDX-License-Identifier: Apache-2.0 OR MIT
// How many things there are in an array, which must be one and no pointer.
#pragma once

#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])
