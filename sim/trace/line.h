// SPDX-License-Identifier: Apache-2.0 OR MIT
// A line of text that is put together piece by piece, and what traces put into it. What
// does not fit is cut; there is always a NUL.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "event_names.h"
#include "places.h"
#include "view.h"

struct line {
    char *text; // borrowed
    size_t size;
    size_t length;
    const struct view *view;     // borrowed: whose processes and drivers it names; NULL: nobody's
    bool is_lasting;             // see line_start_lasting
    uint32_t process;            // whose line it is, if it is a lasting one
    const struct places *places; // borrowed: what it then calls addresses by
};

// An empty line in `size` bytes (at least 1) of room at `text`.
struct line line_start(char *text, size_t size);

// The same for a line about a run.
struct line line_start_of(char *text, size_t size, const struct view *view);

// The same for a line that is kept and compared later: it says nothing that depends on
// time, on costs, on how many events there were before, or on where in memory things happen
// to lie. Processes go by their names, addresses by those of `places`, else by whose memory they
// are in.
struct line line_start_lasting(char *text, size_t size, const struct view *view,
                               const struct places *places, uint32_t process);

__attribute__((format(printf, 2, 3))) void line_put(struct line *line, const char *format, ...);

// Bytes with everything but printable ASCII escaped: "caf\xc3\xa9\n".
void line_put_escaped(struct line *line, const char *bytes, size_t length);

// A value as field_value_text has it; or the sentence about it, if it has one.
void line_put_value(struct line *line, enum field_type type, uint32_t value);
void line_put_about(struct line *line, enum field_type type, uint32_t value);

// 1 "org.tockos.examples.rot13"; in a lasting line as line_put_label has it.
void line_put_process(struct line *line, uint32_t index);

// The name of a process for people, escaped; "process 7" where there is no such process.
// Returns `text`.
enum { LINE_NAME_SIZE = 1024 };
const char *line_name_of(const struct view *view, uint32_t index, char text[LINE_NAME_SIZE]);

// The name of a process, in quotes if it is not a plain word, with #2 behind it if it is
// the second of that name; its index where there is no such process.
void line_put_label(struct line *line, uint32_t index);

// 0x20000100; in a lasting line of the process whose line it is the name of a place, buf or
// buf+4, else ram+0x100 or flash+0x80; of another client1.buf, client1+0x100 or
// client1.flash+0x80. A second function on_reply is on_reply#2; one without a name is ipc[0]#1, the
// first of those that came there.
void line_put_address(struct line *line, uint32_t address);

// The function that is subscribed there: as an address; #1 in place of ipc[0]#1.
void line_put_function(struct line *line, uint32_t driver, uint32_t number, uint32_t address);

// Whether this is a lasting line, and its process has something of its library there.
bool line_is_library(const struct line *line, uint32_t address);

// The driver's name, "driver 0x90000" if it has none.
void line_put_driver(struct line *line, uint32_t number);

// 0x20000100+64, "none" for address and size 0; in a lasting line "64 bytes at ...".
void line_put_buffer(struct line *line, uint32_t start, uint32_t size);
