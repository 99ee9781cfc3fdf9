// SPDX-License-Identifier: Apache-2.0 OR MIT
// The buffers that a scenario shares: it runs, and what the kernel asks of the driver is noted.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "../base/message.h"
#include "../run/run.h"
#include "fit_sheet.h"

struct fit_shares {
    struct fit_sheet *sheets; // one for each process that got a buffer, not asked yet
    size_t count;
    enum run_outcome outcome; // of the run
};

// Runs `scenario` as `request` says. `stop_request` (may be NULL) as for run_open. False, with
// `error` and `*status` set: it cannot run. Free it in any case.
bool fit_run_scenario(struct fit_shares *shares, const struct scenario *scenario,
                      const struct run_request *request, const volatile int *stop_request,
                      enum exit_status *status, struct message *error);
void fit_free_shares(struct fit_shares *shares);
