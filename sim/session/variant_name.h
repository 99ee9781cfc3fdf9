// SPDX-License-Identifier: Apache-2.0 OR MIT
// What a run of a scenario is called, where there are several: by what was asked for.
#pragma once

#include <stddef.h>

struct golden_setting;
struct run_request;
struct scenario;

// How a run differs from what the scenario says without being asked: parameters in their
// order, then the machine; what takes how long is not in it. `request` is what the command
// line said. `list` has room for SCENARIO_MAX_GOLDEN_SETTINGS; returns how many there are.
size_t variant_settings(const struct scenario *scenario, const struct run_request *request,
                        struct golden_setting *list);

// The same as text: "", or "clients=8,board=cortex-m0p". Free it with free().
char *variant_name(const struct scenario *scenario, const struct run_request *request);
