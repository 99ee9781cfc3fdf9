// SPDX-License-Identifier: Apache-2.0 OR MIT
// Names that people type: what each stands for, and which one they may have meant.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "../../core/process.h"
#include "../../core/scheduler.h"
#include "message.h"

enum { NAMES_MAX = 64 };

// The one of `names` that `word` most likely meant: the fewest letters to insert,
// delete, replace or swap with a neighbour. NULL: none is near enough to suggest.
const char *names_nearest(const char *word, const char *const *names, size_t count);

// Sets `error` to a sentence that there is no such `kind` ("option", "board"): it
// suggests the nearest of `names`, or lists them all.
void names_refuse(struct message *error, const char *kind, const char *word,
                  const char *const *names, size_t count);

// The value of --sched. False, with `error` set and `kind` untouched: unknown.
bool names_find_scheduler(const char *name, enum scheduler_kind *kind, struct message *error);
const char *names_of_scheduler(enum scheduler_kind kind);

// The value of --fault: panic, stop, restart, or restart:N for at most N + 1 restarts
// before a stop. False, with `error` set and `policy` untouched: unknown.
bool names_find_fault_policy(const char *name, struct fault_policy *policy, struct message *error);
