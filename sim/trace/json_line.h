// SPDX-License-Identifier: Apache-2.0 OR MIT
// One line of JSON as `--trace jsonl` writes it: an object of strings, whole numbers,
// true, false and null; nothing nested.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum json_type { JSON_NULL, JSON_BOOL, JSON_NUMBER, JSON_STRING };

struct json_value {
    enum json_type type;
    uint64_t number; // a bool: 0 or 1
    char *text;      // bytes, with a NUL behind them; owned
    size_t length;
};

enum { JSON_MOST_MEMBERS = 24, JSON_MOST_KEY = 32 };

struct json_line {
    char keys[JSON_MOST_MEMBERS][JSON_MOST_KEY];
    struct json_value values[JSON_MOST_MEMBERS];
    size_t count;
};

// Reads one line, which ends at a newline or NUL. False: it is not such an object. Free
// it in any case.
bool json_line_read(struct json_line *line, const char *text);
void json_line_free(struct json_line *line);

// The value of a key, NULL if there is none.
const struct json_value *json_line_find(const struct json_line *line, const char *key);
