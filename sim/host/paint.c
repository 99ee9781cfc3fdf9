// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "paint.h"

#include <string.h>

static const char *color_of(char mark)
{
    switch (mark) {
    case '-':
        return "\033[31m";
    case '+':
        return "\033[32m";
    case '@':
        return "\033[36m";
    default:
        return "";
    }
}

void paint_diff(FILE *out, const char *text, bool color, const char *indent)
{
    bool is_in_diff = false;

    while (*text != '\0') {
        size_t length = strcspn(text, "\n");

        is_in_diff = is_in_diff || strncmp(text, "--- ", 4) == 0;
        const char *paint = color && is_in_diff ? color_of(text[0]) : "";
        fprintf(out, "%s%s%.*s%s\n", length > 0 ? indent : "", paint, (int)length, text,
                paint[0] != '\0' ? "\033[0m" : "");
        text += length + (text[length] == '\n');
    }
}
