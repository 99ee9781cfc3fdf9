// SPDX-License-Identifier: Apache-2.0 OR MIT
// A line of text that is put together piece by piece, and what traces put into it. What
// does not fit is cut; there is always a NUL.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "event_names.h"

struct world;

struct line {
    char *text; // borrowed
    size_t size;
    size_t length;
};

// An empty line in `size` bytes (at least 1) of room at `text`.
struct line line_start(char *text, size_t size);

__attribute__((format(printf, 2, 3))) void line_put(struct line *line, const char *format, ...);

// Bytes with everything but printable ASCII escaped: "caf\xc3\xa9\n".
void line_put_escaped(struct line *line, const char *bytes, size_t length);

// A value as field_value_text has it; or the sentence about it, if it has one.
void line_put_value(struct line *line, enum field_type type, uint32_t value);
void line_put_about(struct line *line, enum field_type type, uint32_t value);

// 1 "org.tockos.examples.rot13"
void line_put_process(struct line *line, const struct world *world, uint32_t index);

// The driver's name, "driver 0x90000" if it has none.
void line_put_driver(struct line *line, const struct world *world, uint32_t number);

// 0x20000100+64, "none" for address and size 0.
void line_put_buffer(struct line *line, uint32_t start, uint32_t size);
