// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "review.h"

#include <stdio.h>

#include "../host/output.h"
#include "accept.h"
#include "check_text.h"

enum answer { ANSWER_ACCEPT, ANSWER_LEAVE, ANSWER_ACCEPT_ALL, ANSWER_QUIT };

static enum answer ask(struct output *output)
{
    char line[64];

    for (;;) {
        fputs("accept this trace? [y]es, [n]o, [a]ll from here on, [q]uit: ", output->file);
        if (!output_flush(output) || !fgets(line, sizeof line, stdin))
            return ANSWER_QUIT;
        switch (line[0]) {
        case 'y':
            return ANSWER_ACCEPT;
        case 'n':
            return ANSWER_LEAVE;
        case 'a':
            return ANSWER_ACCEPT_ALL;
        case 'q':
            return ANSWER_QUIT;
        default:
            break;
        }
    }
}

void review_results(struct check_results *results, struct output *output)
{
    enum answer answer = ANSWER_LEAVE;

    for (size_t i = 0; i < results->count && answer != ANSWER_QUIT; i++) {
        struct check_result *result = &results->list[i];

        if (!accept_is_possible(result))
            continue;
        if (answer != ANSWER_ACCEPT_ALL) {
            check_text_print(output, result, true);
            answer = ask(output);
        }
        if (answer == ANSWER_ACCEPT || answer == ANSWER_ACCEPT_ALL) {
            accept_result(result);
            check_text_print(output, result, true);
        }
    }
}
