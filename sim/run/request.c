// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "request.h"

#include "../machine/setting_words.h"

bool run_request_sched(struct run_request *request, const char *word, struct message *error)
{
    if (!setting_find_scheduler(word, &request->scheduler, error))
        return false;
    request->sched = word;
    return true;
}

bool run_request_fault(struct run_request *request, const char *word, struct message *error)
{
    if (!setting_find_fault_policy(word, &request->fault_policy, error))
        return false;
    request->fault = word;
    return true;
}
