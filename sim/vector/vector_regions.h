// SPDX-License-Identifier: Apache-2.0 OR MIT
// The regions that the registers of a protection unit hold, as the vectors have them.
#pragma once

#include <stdio.h>

#include "../../mpu_model/mpu_hw.h"

// `,"mpu":[[number,start,size,"rwx",disabled subregions],...]` of all that is on.
void vector_write_regions(FILE *out, const struct mpu_hw *hw);
