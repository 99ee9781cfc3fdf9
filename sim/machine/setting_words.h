// SPDX-License-Identifier: Apache-2.0 OR MIT
// The words that a person chooses a scheduler and a fault policy with, on the command line and
// in scenarios.
#pragma once

#include <stdbool.h>

#include "../../core/process.h"
#include "../../core/scheduler.h"
#include "../base/message.h"

// The value of --sched. False, with `error` set and `kind` untouched: unknown.
bool setting_find_scheduler(const char *word, enum scheduler_kind *kind, struct message *error);
const char *setting_scheduler_word(enum scheduler_kind kind);

// The value of --fault: panic, stop, restart, or restart:N for at most N + 1 restarts
// before a stop. False, with `error` set and `policy` untouched: unknown.
bool setting_find_fault_policy(const char *word, struct fault_policy *policy,
                               struct message *error);
