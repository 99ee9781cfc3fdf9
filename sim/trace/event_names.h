// SPDX-License-Identifier: Apache-2.0 OR MIT
// Events as words: the names of event.def, of its fields, and of the values that a
// field of each type can have. Every sink takes them from here.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../../core/event.h"

// What a field of event.def can be; the list there says what each means. NAMED types
// are enums: their values have names.
#define FIELD_TYPES(PLAIN, NAMED)                                                                  \
    PLAIN(number)                                                                                  \
    PLAIN(process)                                                                                 \
    PLAIN(seq)                                                                                     \
    PLAIN(us)                                                                                      \
    PLAIN(level)                                                                                   \
    PLAIN(address)                                                                                 \
    PLAIN(id)                                                                                      \
    PLAIN(driver)                                                                                  \
    PLAIN(bool)                                                                                    \
    NAMED(syscall_class)                                                                           \
    NAMED(variant)                                                                                 \
    NAMED(error)                                                                                   \
    NAMED(task)                                                                                    \
    NAMED(ipc_type)                                                                                \
    NAMED(ipc_result)                                                                              \
    NAMED(schedule_result)                                                                         \
    NAMED(state)                                                                                   \
    NAMED(stop_reason)                                                                             \
    NAMED(fault_cause)                                                                             \
    NAMED(fault_action)                                                                            \
    NAMED(panic_reason)                                                                            \
    NAMED(drop_reason)                                                                             \
    NAMED(mpu_result)                                                                              \
    NAMED(permissions)                                                                             \
    NAMED(access)                                                                                  \
    NAMED(source)                                                                                  \
    NAMED(interrupt)                                                                               \
    NAMED(operator_verb)

enum field_type {
#define X(name) FIELD_TYPE_##name,
    FIELD_TYPES(X, X) FIELD_TYPE_COUNT
#undef X
};

struct event_field {
    const char *name;
    enum field_type type;
};

// A value that has a name: one of an enum.
struct named_value {
    uint32_t value;
    const char *name;  // short, for programs: "NOMEM", "NoSuchApp"
    const char *about; // for people; the name again where there is no more to say
};

// "syscall", and the sentence of event.def. `kind` is an enum event_kind.
const char *event_name(uint32_t kind);
const char *event_about(uint32_t kind);

// The kind with this name (may be NULL). False: there is none.
bool event_find_kind(const char *name, uint16_t *kind);

// The fields of this kind in the order of event.word, `*count` of them (0 to
// EVENT_WORDS). Only so many words of an event have a meaning, or even a value.
const struct event_field *event_fields(uint32_t kind, uint32_t *count);

// "syscall_class"
const char *field_type_name(enum field_type type);

// The named values of a type, `*count` of them; NULL for a type that is not an enum.
const struct named_value *field_type_values(enum field_type type, size_t *count);

// The name or the sentence of a value; NULL where it has none.
const char *field_value_name(enum field_type type, uint32_t value);
const char *field_value_about(enum field_type type, uint32_t value);

// Whether the value says that there is none: no process, timeslice, level or cause.
bool field_value_is_none(enum field_type type, uint32_t value);

// A value of any type as text for people: its name, a number, an address as
// 0x20000100, "none". Cut to `size` bytes.
void field_value_text(enum field_type type, uint32_t value, char *text, size_t size);
