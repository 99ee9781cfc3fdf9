// SPDX-License-Identifier: Apache-2.0 OR MIT
// What the host asks the program on the emulated chip, and what it answers.
//
// A file of requests goes in, a file of as many answers comes out, both in the byte order that
// all of these machines share (little-endian). The chip's program does not know what the model
// says; it only reports what happened.
#pragma once

#include <stdint.h>

enum probe_kind {
    PROBE_PROCESS, // addr: where a process may execute; value: top of a stack of its own
    PROBE_WRITE,   // addr: a register of the unit; value: for it
    PROBE_READ,    // addr: a register of the unit
    PROBE_LOAD,    // addr: where; value: 1, 2 or 4 bytes
    PROBE_STORE,   // the same; what is stored is what was there
    PROBE_FETCH,   // addr: an instruction of `value` bytes, 2 or 4, that traps once it is fetched
};

struct request {
    uint32_t kind; // enum probe_kind
    uint32_t addr;
    uint32_t value;
    uint32_t is_privileged; // the processor's mode for a load, store or fetch
};

// After a load, store or fetch: how the process came back to its kernel.
struct answer {
    uint32_t trap;       // exception number (Arm), mcause (RISC-V)
    uint32_t status;     // CFSR; 0 on RISC-V
    uint32_t fault_addr; // MMFAR if that is valid, else BFAR; mtval
    uint32_t value;      // where it was when it trapped; after PROBE_READ the register
};
