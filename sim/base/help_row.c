// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "help_row.h"

#include <string.h>

enum { GAP = 2 };

static void break_line(FILE *out, size_t column)
{
    fprintf(out, "\n%*s", (int)column, "");
}

static void print_head(FILE *out, const char *head, size_t column)
{
    int length = fprintf(out, "%s", head);

    if ((size_t)length + GAP > column)
        break_line(out, column);
    else
        fprintf(out, "%*s", (int)column - length, "");
}

void help_row_print(FILE *out, const char *head, size_t column, const char *text)
{
    size_t at = column;

    print_head(out, head, column);
    for (text += strspn(text, " \n"); *text != '\0'; text += strspn(text, " \n")) {
        size_t length = strcspn(text, " \n");

        if (at > column && at + 1 + length > HELP_WIDTH) {
            break_line(out, column);
            at = column;
        }
        at += (size_t)fprintf(out, "%s%.*s", at > column ? " " : "", (int)length, text);
        text += length;
    }
    fputc('\n', out);
}
