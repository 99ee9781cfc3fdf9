// SPDX-License-Identifier: Apache-2.0 OR MIT
// Opening a scenario for a person who may lose patience.
#pragma once

#include "../base/message.h"

struct options;
struct scenario;

// Opens the scenario at `path` with the parameters of `options`. Its top level is a script, and
// nothing looks at a stop request there. If it is not over after options->timeout_seconds, or
// somebody wants it to stop, the program ends with words that say so and exit status 4 or 130:
// nothing has run yet that could be lost. NULL, with `error` set: a mistake. Afterwards SIGINT
// and SIGTERM are blocked, as host_watch_end says.
struct scenario *opening_scenario(const struct options *options, const char *path,
                                  struct message *error);
