// SPDX-License-Identifier: Apache-2.0 OR MIT
// A scripted kernel vector (`.scn`): a board, and for each process the operations that
// it does, line by line. docs/fidelity.md says where the vectors come from.
//
//   nprocs 4                    directives, before the first process
//   proc "cl" ram=4096          a process
//     brk +2048                 its operations
//     cmd 2 1 0
//   again                       the operations of its next life; the last list repeats
//   # to the end of the line    is a comment
//
// All of it is host memory that a run only reads.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../../core/process.h"
#include "../../core/scheduler.h"
#include "../base/message.h"
#include "../machine/board.h"

// What a value is counted from.
enum vector_base {
    VECTOR_ABSOLUTE,
    VECTOR_MEMORY_START, // M: the process's own
    VECTOR_FLASH_START,  // F: the process's own
    VECTOR_APP_BRK,      // B: the process's own, as it stands
    VECTOR_KERNEL_BRK,   // K: the process's own, as it stands
    VECTOR_MEMORY_END,   // E: the process's own
    VECTOR_OTHER_MEMORY, // Pi: memory start of process i
    VECTOR_UPCALL,       // Ui: argument i of the last function call
    VECTOR_ANSWER,       // Ri: word i of the last answer of a system call
};

// `number` more than the base, modulo 2^32.
struct vector_value {
    uint8_t base;  // enum vector_base
    uint8_t index; // of P, U and R
    uint32_t number;
};

enum vector_op_kind {
    VECTOR_SYSCALL, // value: class, r0, r1, r2, r3
    VECTOR_STORE,   // value: address; bytes
    VECTOR_LOAD,    // value: address, size
    VECTOR_FAULT,
    VECTOR_BURN, // value: microseconds
    VECTOR_INTERRUPT,
    VECTOR_NOP,
};

enum { VECTOR_OP_VALUES = 5 };

struct vector_op {
    uint8_t kind; // enum vector_op_kind
    uint32_t line;
    struct vector_value value[VECTOR_OP_VALUES];
    uint32_t bytes; // place in vector.bytes
    uint32_t size;
};

// A stretch of vector.ops.
struct vector_life {
    uint32_t first;
    uint32_t count;
};

struct vector_process {
    uint32_t name; // place in vector.bytes
    uint32_t name_length;
    uint32_t ram_size;
    uint32_t flash_size;
    bool has_fault_policy;
    struct fault_policy fault_policy;
    uint32_t first_life; // place in vector.lives
    uint32_t life_count; // at least 1
};

struct vector {
    uint32_t num_procs;
    uint32_t slots;
    enum protection_unit unit; // UNIT_ARMV7M, UNIT_NONE or UNIT_PMP
    enum scheduler_kind scheduler;
    enum scheduler_order order;
    struct fault_policy fault_policy;
    uaddr ram_start;
    uint32_t ram_size;
    uaddr flash_start;
    uint32_t flash_size;
    uint32_t steps; // limit: operations, turns of the kernel loop and restarts together
    uint32_t dummy; // 1: there is the second driver
    uint32_t unused_grants;
    uint32_t syscall_us;
    uint32_t stack_check; // 1: the Cortex-M boundary checks the stack pointer

    struct vector_process *processes;
    size_t process_count; // at least 1; those beyond `slots` find no place
    struct vector_life *lives;
    size_t life_count;
    struct vector_op *ops;
    size_t op_count;
    uint8_t *bytes;
    size_t byte_count;
};

// Reads a vector from `text`, to be closed with vector_close. NULL: a mistake of the
// person who wrote it; `error` says "path:line: what to do".
struct vector *vector_parse(const char *path, const char *text, size_t size, struct message *error);

// The same from a file; NULL too where the file cannot be read.
struct vector *vector_open(const char *path, struct message *error);

void vector_close(struct vector *vector);

// The list of operations of life `life` of a process: its own, or the last there is.
const struct vector_life *vector_life(const struct vector *vector,
                                      const struct vector_process *process, uint32_t life);

// The name of a unit as `mpu` has it.
const char *vector_unit_name(enum protection_unit unit);
