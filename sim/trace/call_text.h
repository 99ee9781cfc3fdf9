// SPDX-License-Identifier: Apache-2.0 OR MIT
// System calls and their answers as text for people.
#pragma once

#include <stdbool.h>

#include "line.h"

// Whether the kernel answers the system call `call` at all: not a yield, nor an exit of
// a kind that there is, nor a class that is a fault.
bool call_has_answer(const struct event *call);

// command ipc.notify_service(to=1 "org.tockos.examples.rot13")
void call_put(struct line *line, const struct event *call);

// Success, and what is in it. `call` is what was asked; NULL: not known.
void call_put_answer(struct line *line, const struct event *call, const struct event *answer);
