// SPDX-License-Identifier: Apache-2.0 OR MIT
// Marks functions that a run seldom calls, where those that do are called all the time:
// the compiler then keeps them, and whatever only leads to them, out of the way.
#pragma once

#define COLD __attribute__((cold, noinline))
