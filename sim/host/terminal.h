// SPDX-License-Identifier: Apache-2.0 OR MIT
// The terminal that a descriptor may be.
#pragma once

#include <stdbool.h>

// Whether a descriptor (1 or 2) is a terminal, and how wide it is (80 if unknown).
bool host_is_terminal(int descriptor);
int host_terminal_width(int descriptor);
