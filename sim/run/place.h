// SPDX-License-Identifier: Apache-2.0 OR MIT
// Where in its scenario a run went wrong.
#pragma once

#include <stdint.h>

struct run;

// The line that the reason of a run that did not pass begins with, "x.lua:3: ..."; else that at
// which the first process waits that is not done. 0: neither is known. After run_judge.
uint32_t run_place_line(const struct run *run);
