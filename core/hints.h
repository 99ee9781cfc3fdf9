// SPDX-License-Identifier: Apache-2.0 OR MIT
// What a compiler cannot know: which functions a run calls all the time, and which seldom.
#pragma once

// Seldom: it, and whatever only leads to it, is kept out of the way.
#define COLD __attribute__((cold, noinline))

// All the time: whatever it calls becomes part of it, but for what is COLD and what is called
// through a pointer. For the few functions at the root of such calls.
#define FLAT __attribute__((flatten))
