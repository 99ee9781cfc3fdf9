// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "subscriptions.h"

#include <inttypes.h>
#include <stdlib.h>

#include "../base/allocate.h"
#include "../base/list.h"
#include "line.h"

void subscriptions_open(struct subscriptions *subscriptions, uint32_t process_count)
{
    *subscriptions = (struct subscriptions){
        .processes = allocate(process_count, sizeof *subscriptions->processes),
        .process_count = process_count};
}

void subscriptions_close(struct subscriptions *subscriptions)
{
    for (uint32_t i = 0; i < subscriptions->process_count; i++)
        free(subscriptions->processes[i].list);
    free(subscriptions->processes);
    *subscriptions = (struct subscriptions){.processes = NULL};
}

static struct subscription *find(const struct subscription_list *list, uint32_t driver,
                                 uint32_t number)
{
    for (size_t i = 0; i < list->count; i++)
        if (list->list[i].driver == driver && list->list[i].number == number)
            return &list->list[i];
    return NULL;
}

// The system call gave the kernel a function. The same one again is no other.
static void subscribe(struct subscription_list *list, const struct event *call)
{
    struct subscription *known = find(list, call->syscall.r0, call->syscall.r1);
    const struct subscription given = {.driver = call->syscall.r0,
                                       .number = call->syscall.r1,
                                       .fn = call->syscall.r2,
                                       .userdata = call->syscall.r3,
                                       .seq = call->seq,
                                       .time_us = call->time_us,
                                       .is_another = known != NULL};

    if (!known)
        *LIST_ADD(list->list, list->count) = given;
    else if (known->fn != given.fn || known->userdata != given.userdata)
        *known = given;
}

void subscriptions_note(struct subscriptions *subscriptions, const struct event *event)
{
    const struct event *call = &subscriptions->call;

    if (event->process >= subscriptions->process_count)
        return;
    switch (event->kind) {
    case EVENT_syscall:
        subscriptions->call = *event;
        break;
    case EVENT_syscall_return:
        if (event->syscall_return.cause == call->seq && call->kind == EVENT_syscall &&
            call->syscall.class == SYSCALL_SUBSCRIBE && call->syscall.r2 != 0 &&
            event->syscall_return.variant >= RETURN_Success)
            subscribe(&subscriptions->processes[event->process], call);
        break;
    case EVENT_restarted:
        subscriptions->processes[event->process].count = 0;
        break;
    default:
        break;
    }
}

const struct subscription *subscriptions_newer(const struct subscriptions *subscriptions,
                                               const struct event *upcall)
{
    const struct subscription *subscription;

    if (upcall->kind != EVENT_upcall || upcall->process >= subscriptions->process_count)
        return NULL;
    subscription = find(&subscriptions->processes[upcall->process], upcall->upcall.driver,
                        upcall->upcall.subscribe_num);
    if (!subscription || !subscription->is_another || upcall->upcall.cause == 0 ||
        upcall->upcall.cause > subscription->seq)
        return NULL;
    return subscription;
}

void subscription_put(struct line *line, const struct subscription *newer)
{
    if (newer)
        line_put(line, ", older than the subscribe at %" PRIu64 " us", newer->time_us);
}
