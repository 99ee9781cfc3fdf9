// SPDX-License-Identifier: Apache-2.0 OR MIT
// One line on the terminal that says how far something is, and goes away again.
#pragma once

#include <stdbool.h>

struct progress {
    bool is_on;
    bool is_shown;
};

// On only where stderr is a terminal that a person looks at: not in CI, and not if
// `is_busy`, when results go to that terminal all the time.
void progress_init(struct progress *progress, bool is_busy);

// Shows the line in place of the one before, cut to the terminal's width.
__attribute__((format(printf, 2, 3))) void progress_show(struct progress *progress,
                                                         const char *format, ...);

// Takes the line away. Needed before anything else is printed.
void progress_clear(struct progress *progress);
