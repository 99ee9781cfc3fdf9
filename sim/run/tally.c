// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "tally.h"

static void begin(struct sink *sink, const struct run_info *info)
{
    (void)sink;
    (void)info;
}

static void take(struct sink *sink, const struct event *event)
{
    struct tally *tally = (struct tally *)sink;

    if (event->fault.cause == FAULT_CAUSE_OPERATOR) // none of the program's
        return;
    if (tally->faults[event->process]++ == 0)
        tally->first_cause[event->process] = (enum fault_cause)event->fault.cause;
}

static void end(struct sink *sink, const struct run_result *result)
{
    (void)sink;
    (void)result;
}

void tally_init(struct tally *tally)
{
    *tally = (struct tally){
        .sink = {.wanted = EVENT_BIT(EVENT_fault), .begin = begin, .take = take, .end = end}};
}
