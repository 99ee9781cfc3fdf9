// SPDX-License-Identifier: Apache-2.0 OR MIT
// Pieces of the lines that the kernel vectors are made of: JSON objects as the real kernel's own
// traces have them, byte for byte.
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "../../core/process.h"

// The line of an event, with the process that it is of.
void vector_begin_line(FILE *out, const char *event);
void vector_begin_process_line(FILE *out, const char *event, uint32_t process);
void vector_end_line(FILE *out);

// Its name, to stand between quotes.
void vector_write_name(FILE *out, const struct process *process);

// `,"key":[...]`
void vector_write_words(FILE *out, const char *key, const uint32_t *words, uint32_t count);

// `,"key":[start,size]`, or null.
void vector_write_range(FILE *out, const char *key, bool is_there, uaddr start, uint32_t size);

// `,"key":N`, or null for NO_TIMESLICE.
void vector_write_us(FILE *out, const char *key, uint32_t us);
