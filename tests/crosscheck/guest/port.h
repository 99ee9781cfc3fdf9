// SPDX-License-Identifier: Apache-2.0 OR MIT
// What the program needs of the core that it runs on: one assembler file each.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "../protocol.h"

// A short life of a process.
struct life {
    uint32_t pc;
    uint32_t sp;
    uint32_t is_privileged;
    uint32_t argument[2]; // in its first two registers
};

// A register of the protection unit, by its number in mpu_model.
uint32_t port_read_register(uint32_t reg);
void port_write_register(uint32_t reg, uint32_t value);

// Lets privileged code write everywhere until it is called again with false.
void port_suspend_unit(bool is_suspended);

// Runs a process until it traps, and says how.
void port_run(const struct life *life, struct answer *answer);

// Asks the emulator for a service of semihosting.
uint32_t port_semihost(uint32_t service, const void *argument);

enum { STUB_BYTES = 8, STUBS = 6 };

// Code for a process, STUB_BYTES each: loads of 1, 2, 4 bytes from the address in its first
// argument, then stores of the second one there; each ends in a call of the kernel.
extern const uint8_t port_stubs[STUBS * STUB_BYTES];

// Undefined instructions of 2 and 4 bytes.
extern const uint8_t port_undefined_2[2];
extern const uint8_t port_undefined_4[4];
