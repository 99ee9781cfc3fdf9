// SPDX-License-Identifier: Apache-2.0 OR MIT
// Events as text for people, one line each.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "../../core/event.h"

struct line;
struct view;

// What a line is to a person: its colour.
enum tone { TONE_PLAIN, TONE_DIM, TONE_RED, TONE_GREEN };

// An event of any kind, without time and process, no newline, cut to `size` bytes. A
// system call and its answer are two events here.
void event_text(const struct view *view, const struct event *event, char *text, size_t size);
void event_put(struct line *line, const struct event *event);

// The tone of the kind; of an event that is unremarkable it may say too much.
enum tone event_tone(const struct event *event);

// Whether this ipc_converted is a notification that came to nothing.
bool event_is_lost(const struct event *converted);
