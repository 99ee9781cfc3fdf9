// SPDX-License-Identifier: Apache-2.0 OR MIT
// The second driver of the kernel vectors: it schedules upcalls when told to, so that
// they mix with those of IPC.
#pragma once

#include "../../core/syscall_driver.h"

enum { DUMMY_DRIVER_NUM = 0x90000 };

struct syscall_driver dummy_driver(void);
