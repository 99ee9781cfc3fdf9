// SPDX-License-Identifier: Apache-2.0 OR MIT
// Puts what a person asks on the command line to the boards that they name.
#pragma once

#include "../base/message.h"
#include "../base/status.h"
#include "fit_answers.h"

struct options;

// The buffers that the operands are; with no --board, to every built-in one. Unless PASSED,
// `error` says why there is no answer.
enum exit_status fit_ask_buffers(struct fit_answers *answers, const struct options *options,
                                 struct message *error);

// The buffers that the scenario shares which the one operand is, on each --board or its own.
enum exit_status fit_ask_scenario(struct fit_answers *answers, const struct options *options,
                                  struct message *error);
