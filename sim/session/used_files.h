// SPDX-License-Identifier: Apache-2.0 OR MIT
// Lua files in a folder of scenarios that are none themselves: others use() them.
#pragma once

#include <stddef.h>

struct scenario_files;

// Leaves out of `files`, from `first` on, every file without a scenario{} that another one of
// the same folder there uses by its name: use("name"). Only the text is looked at.
void leave_out_used(struct scenario_files *files, size_t first);
