// SPDX-License-Identifier: Apache-2.0 OR MIT
// Words for people about a run that did not go well.
#pragma once

#include <stdio.h>

#include "../trace/recent.h"
#include "run.h"

// Why the run failed: what was expected and where, the last events of the processes
// involved, what was lost, and what report_fault says. After run_judge.
void report_failure(FILE *out, const struct run *run, const struct recent *recent);

// The first fault of the run: what was refused and why, whose memory it was, the
// memory map and the protection unit's regions of the process at that moment. Prints
// nothing if no process broke a rule of the machine.
void report_fault(FILE *out, const struct run *run, const struct recent *recent);
