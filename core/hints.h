// SPDX-License-Identifier: Apache-2.0 OR MIT
// What a compiler cannot know: which functions a run calls all the time, and which seldom; how
// a condition mostly turns out where its guess is wrong. They change speed, never what happens.
#pragma once

// Seldom: it, and whatever only leads to it, is kept out of the way.
#define COLD __attribute__((cold, noinline))

// All the time: whatever it calls becomes part of it, but for what is COLD, what is called
// through a pointer and, without link-time optimization, what is in another file. For the few
// functions at the root of such calls.
#define FLAT __attribute__((flatten))

// Mostly true, mostly false.
#define LIKELY(condition)   __builtin_expect((condition) != 0, 1)
#define UNLIKELY(condition) __builtin_expect((condition) != 0, 0)
