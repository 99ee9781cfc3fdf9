// SPDX-License-Identifier: Apache-2.0 OR MIT
// What an app binary begins with: the header of the Tock Binary Format, version 2 (Tock 2.1,
// libraries/tock-tbf). The loader walks flash by it, and the process can read it.
#pragma once

#include <stdint.h>

struct app_header {
    uint32_t total_size; // of the whole image, bytes
    uint32_t ram_size;   // that the app asks for, bytes
    const char *name;    // of the package; borrowed
    uint32_t name_length;
};

// How many bytes the header of an app with so long a name takes: a multiple of 4.
uint32_t app_header_size(uint32_t name_length);

// Writes it; `bytes` has room for app_header_size().
void app_header_write(const struct app_header *header, uint8_t *bytes);
