// SPDX-License-Identifier: Apache-2.0 OR MIT
// The results of `ipcsim check` as JUnit XML, as CI systems read it: a testsuite for
// each folder, a testcase for each golden trace.
#pragma once

#include <stdbool.h>

#include "../base/message.h"
#include "check_result.h"

// Writes the file at `path`. False, with `error` set: it cannot be written.
bool junit_write(const char *path, const struct check_results *results, struct message *error);
