// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "fit_answers.h"

#include <stdlib.h>
#include <string.h>

#include "../base/allocate.h"
#include "../base/list.h"

struct fit_sheet *fit_answers_add(struct fit_answers *answers)
{
    struct fit_sheet *sheet = LIST_ADD(answers->sheets, answers->count);

    *sheet = (struct fit_sheet){.rows = NULL};
    return sheet;
}

bool fit_answers_all_fit(const struct fit_answers *answers)
{
    for (size_t i = 0; i < answers->count; i++)
        if (answers->sheets[i].fitting < answers->sheets[i].count)
            return false;
    return true;
}

void fit_answers_free(struct fit_answers *answers)
{
    for (size_t i = 0; i < answers->count; i++)
        free(answers->sheets[i].rows);
    free(answers->sheets);
}

// ---- for people

static bool is_first_of_receiver(const struct fit_answers *answers, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(answers->sheets[i].receiver, answers->sheets[n].receiver) == 0)
            return false;
    return true;
}

// Side by side what several boards say of the same receiver.
static void compare(FILE *out, const struct fit_answers *answers, size_t n)
{
    const struct fit_sheet **same = allocate(answers->count, sizeof *same);
    size_t count = 0;

    for (size_t i = n; i < answers->count; i++)
        if (strcmp(answers->sheets[i].receiver, answers->sheets[n].receiver) == 0)
            same[count++] = &answers->sheets[i];
    if (answers->sheets[n].receiver[0] != '\0') {
        fit_sheet_print_receiver(out, "", &answers->sheets[n]);
        fputs(":\n\n", out);
    }
    fit_sheets_compare(out, same, count);
    fputc('\n', out);
    free(same);
}

void fit_answers_print(FILE *out, const struct fit_answers *answers, size_t board_count)
{
    bool is_of_scenario = answers->count > 0 && answers->sheets[0].receiver[0] != '\0';
    bool has_details = is_of_scenario || board_count > 0;
    bool has_several_boards = board_count > 1 || !has_details;

    for (size_t i = 0; has_several_boards && i < answers->count; i++)
        if (is_first_of_receiver(answers, i))
            compare(out, answers, i);
    if (!has_details) {
        fputs("--board NAME says more about one of them\n", out);
        return;
    }
    for (size_t i = 0; i < answers->count; i++) {
        if (i > 0)
            fputc('\n', out);
        fit_sheet_print(out, &answers->sheets[i]);
    }
}
