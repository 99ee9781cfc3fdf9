// SPDX-License-Identifier: Apache-2.0 OR MIT
// What a process can ask of the capsules that a board has beside IPC: their driver numbers
// and commands (Tock 2.1, capsules/src/alarm.rs and console.rs).
#pragma once

// X(NAME, number, name)
#define CAPSULES(X)                                                                                \
    X(ALARM, 0, alarm)                                                                             \
    X(CONSOLE, 1, console)

enum {
#define X(NAME, number, name) NAME##_DRIVER_NUM = (number),
    CAPSULES(X)
#undef X
};

// X(NAME, number, name, how many arguments it uses). Points in time are ticks of the alarm.
#define ALARM_COMMANDS(X)                                                                          \
    X(EXISTS, 0, exists, 0)                                                                        \
    X(FREQUENCY, 1, frequency, 0)                                                                  \
    X(NOW, 2, now, 0)                                                                              \
    X(STOP, 3, stop, 0)                                                                            \
    X(SET_RELATIVE, 5, set_relative, 1) /* ticks from now on */                                    \
    X(SET_ABSOLUTE, 6, set_absolute, 2) /* a point in time, ticks from there on */

enum alarm_command {
#define X(NAME, number, name, arguments) ALARM_##NAME = (number),
    ALARM_COMMANDS(X)
#undef X
};

// X(NAME, number, name, how many arguments it uses)
#define CONSOLE_COMMANDS(X)                                                                        \
    X(EXISTS, 0, exists, 0)                                                                        \
    X(WRITE, 1, write, 1) /* bytes, of the buffer that is shared read-only as number 1 */          \
    X(READ, 2, read, 1)                                                                            \
    X(ABORT, 3, abort, 0)

enum console_command {
#define X(NAME, number, name, arguments) CONSOLE_##NAME = (number),
    CONSOLE_COMMANDS(X)
#undef X
};
