// SPDX-License-Identifier: Apache-2.0 OR MIT
// Text made safe for where it goes. It is any bytes up to a NUL.
//
// Where people read it, a control character, what changes the direction of a line, and a byte that
// is no UTF-8 are shown as \x1b. (A string of JSON, and so one of YAML in quotes: json.h.)
#pragma once

#include <stddef.h>
#include <stdio.h>

// For a line of a trace, ASCII alone: "caf\xc3\xa9\n". Writes what fits into `size` bytes with a
// NUL behind it; returns how many bytes that is.
size_t escape_bytes(char *text, size_t size, const char *bytes, size_t length);

// XML 1.0, between tags and in an attribute.
void escape_xml_text(FILE *out, const char *text);
void escape_xml_attribute(FILE *out, const char *text);

// Lines for a block of YAML or Markdown, each that is not empty behind `indent`.
void escape_lines(FILE *out, const char *text, const char *indent);

// On one line: the description of a test in TAP, a cell of a table in Markdown.
void escape_tap(FILE *out, const char *text);
void escape_markdown(FILE *out, const char *text);

// A workflow command of GitHub: its message, and the value of a property.
void escape_github_message(FILE *out, const char *text);
void escape_github_property(FILE *out, const char *text);

// A word of a command, as a shell reads it back.
void escape_shell_word(FILE *out, const char *word);

// A part of a file's name: "n=5,of=a%2Fb". Free it with free().
char *escape_file_name(const char *text);
