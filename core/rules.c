// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "rules.h"

const struct kernel_rules kernel_rules_2_1 = {.release = "2.1",
#define X(type, name, in_2_1, about, change) .name = (in_2_1),
                                              KERNEL_DIFFERENCES(X)
#undef X
};
