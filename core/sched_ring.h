// SPDX-License-Identifier: Apache-2.0 OR MIT
// The list of round robin and cooperative scheduling. Tock moves the head of a linked
// list to its tail; nothing else ever changes the order, so the list is a ring and its
// head a position on it, here the index of a process.
#pragma once

#include <stdint.h>

struct kernel;

void ring_init(struct kernel *kernel);

// Turns the ring until a ready process is at its head and returns its index. Some
// process must be ready.
uint32_t ring_turn_to_ready(struct kernel *kernel);

// Moves the head to the tail.
void ring_turn(struct kernel *kernel);
