// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "scheduler.h"

const struct scheduler_ops *scheduler_ops(enum scheduler_kind kind)
{
    switch (kind) {
    case SCHEDULER_COOPERATIVE:
        return &cooperative_ops;
    case SCHEDULER_PRIORITY:
        return &priority_ops;
    case SCHEDULER_MLFQ:
        return &mlfq_ops;
    case SCHEDULER_ROUND_ROBIN:
        break;
    }
    return &round_robin_ops;
}
