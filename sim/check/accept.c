// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "accept.h"

#include <stdio.h>

#include "../golden/golden_file.h"

bool accept_is_possible(const struct check_result *result)
{
    return result->trace[0] != '\0';
}

void accept_result(struct check_result *result)
{
    struct message error;
    bool is_saved = golden_file_save(result->golden_path, result->trace, &error);

    result->verdict = is_saved ? CHECK_ACCEPTED : CHECK_ERROR;
    if (!is_saved)
        fprintf(stderr, "ipcsim: %s\n", error.text);
    check_set_text(&result->details, "");
    check_set_text(&result->headline, is_saved ? result->golden_path : "not accepted");
    check_set_text(&result->accept, "");
    check_set_text(&result->trace, "");
}
