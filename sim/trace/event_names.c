// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "event_names.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "../../core/kernel.h"
#include "../base/count_of.h"

// ---- events and their fields

static const char *const names[] = {
#define BARE_EVENT(name, text)    #name,
#define EVENT(name, text, fields) #name,
#include "../../core/event.def"
#undef EVENT
#undef BARE_EVENT
};

static const char *const abouts[] = {
#define BARE_EVENT(name, text)    text,
#define EVENT(name, text, fields) text,
#include "../../core/event.def"
#undef EVENT
#undef BARE_EVENT
};

#define FIELD(name, type) {#name, FIELD_TYPE_##type},
#define BARE_EVENT(name, text)
#define EVENT(name, text, fields) static const struct event_field fields_of_##name[] = {fields};
#include "../../core/event.def"
#undef EVENT
#undef BARE_EVENT
#undef FIELD

static const struct {
    const struct event_field *fields;
    uint32_t count;
} shapes[] = {
#define BARE_EVENT(name, text)    {NULL, 0},
#define EVENT(name, text, fields) {fields_of_##name, COUNT_OF(fields_of_##name)},
#include "../../core/event.def"
#undef EVENT
#undef BARE_EVENT
};

const char *event_name(uint32_t kind)
{
    return names[kind];
}

const char *event_about(uint32_t kind)
{
    return abouts[kind];
}

bool event_find_kind(const char *name, uint16_t *kind)
{
    for (*kind = 0; *kind < EVENT_KINDS; ++*kind)
        if (name && strcmp(names[*kind], name) == 0)
            return true;
    return false;
}

const struct event_field *event_fields(uint32_t kind, uint32_t *count)
{
    *count = shapes[kind].count;
    return shapes[kind].fields;
}

// ---- values of enums, each table expanded from the list of its enum

#define X(NAME, number, name, words) {SYSCALL_##NAME, #name, #name},
static const struct named_value syscall_class_values[] = {SYSCALL_CLASSES(X)};
#undef X

#define X(name, number, words) {RETURN_##name, #name, #name},
static const struct named_value variant_values[] = {RETURN_VARIANTS(X)};
#undef X

#define X(name, number, text) {ERROR_##name, #name, text},
static const struct named_value error_values[] = {ERROR_CODES(X)};
#undef X

static const struct named_value task_values[] = {
    {TASK_FUNCTION_CALL, "function_call", "function call"},
    {TASK_IPC, "ipc", "notification"},
};

static const struct named_value ipc_type_values[] = {
    {IPC_SERVICE, "service", "a client notifies its service"},
    {IPC_CLIENT, "client", "a service notifies its client"},
};

// What opening the two grants of a notification came to. Its receiver is running, so
// only its sender can be gone.
#define ABOUT_OK            "converted"
#define ABOUT_NO_SUCH_APP   "sender restarted (NoSuchApp)"
#define ABOUT_OUT_OF_MEMORY "out of memory for a grant (OutOfMemory)"
#define ABOUT_INACTIVE_APP  "sender ended (InactiveApp)"
#define ABOUT_PANICKED      "kernel panicked"
#define X(NAME, name)       {GRANT_##NAME, #name, ABOUT_##NAME},
static const struct named_value ipc_result_values[] = {GRANT_RESULTS(X)};
#undef X

#define X(NAME, text) {SCHEDULE_##NAME, #NAME, text},
static const struct named_value schedule_result_values[] = {SCHEDULE_RESULTS(X)};
#undef X

#define X(NAME, name) {PROCESS_##NAME, #name, #name},
static const struct named_value state_values[] = {PROCESS_STATES(X)};
#undef X

#define X(NAME, name) {STOP_##NAME, #name, #name},
static const struct named_value stop_reason_values[] = {STOP_REASONS(X)};
#undef X

#define X(NAME, text) {FAULT_CAUSE_##NAME, #NAME, text},
static const struct named_value fault_cause_values[] = {FAULT_CAUSES(X)};
#undef X

#define X(NAME, name) {FAULT_ACTION_##NAME, #name, #name},
static const struct named_value fault_action_values[] = {FAULT_ACTIONS(X)};
#undef X

#define X(NAME, text) {PANIC_##NAME, #NAME, text},
static const struct named_value panic_reason_values[] = {PANIC_REASONS(X)};
#undef X

#define X(NAME, text) {DROP_##NAME, #NAME, text},
static const struct named_value drop_reason_values[] = {DROP_REASONS(X)};
#undef X

#define X(NAME, name, text) {MPU_##NAME, #name, text},
static const struct named_value mpu_result_values[] = {MPU_RESULTS(X)};
#undef X

#define X(NAME, name, letters) {MPU_##NAME, #name, letters},
static const struct named_value permissions_values[] = {MPU_PERMISSIONS(X)};
#undef X

#define X(NAME, name) {ACCESS_##NAME, #name, #name},
static const struct named_value access_values[] = {ACCESS_OPS(X)};
#undef X

static const struct named_value source_values[] = {
    {SOURCE_KERNEL, "kernel", "init function"},
    {SOURCE_DRIVER, "driver", "upcall"},
};

#define X(NAME, name) {INTERRUPT_##NAME, #name, #name},
static const struct named_value interrupt_values[] = {INTERRUPTS(X)};
#undef X

#define X(NAME, name) {OPERATOR_##NAME, #name, #name},
static const struct named_value operator_verb_values[] = {OPERATOR_VERBS(X)};
#undef X

static const struct {
    const char *name;
    const struct named_value *values;
    size_t count;
} types[FIELD_TYPE_COUNT] = {
#define PLAIN(type) [FIELD_TYPE_##type] = {#type, NULL, 0},
#define NAMED(type) [FIELD_TYPE_##type] = {#type, type##_values, COUNT_OF(type##_values)},
    FIELD_TYPES(PLAIN, NAMED)
#undef NAMED
#undef PLAIN
};

const char *field_type_name(enum field_type type)
{
    return types[type].name;
}

const struct named_value *field_type_values(enum field_type type, size_t *count)
{
    *count = types[type].count;
    return types[type].values;
}

static const struct named_value *find_value(enum field_type type, uint32_t value)
{
    for (size_t i = 0; i < types[type].count; i++)
        if (types[type].values[i].value == value)
            return &types[type].values[i];
    return NULL;
}

const char *field_value_name(enum field_type type, uint32_t value)
{
    const struct named_value *named = find_value(type, value);

    return named ? named->name : NULL;
}

const char *field_value_about(enum field_type type, uint32_t value)
{
    const struct named_value *named = find_value(type, value);

    return named ? named->about : NULL;
}

bool field_value_is_none(enum field_type type, uint32_t value)
{
    return (type == FIELD_TYPE_process && value == NO_PROCESS) ||
           (type == FIELD_TYPE_us && value == NO_TIMESLICE) ||
           (type == FIELD_TYPE_level && value == NO_LEVEL) ||
           (type == FIELD_TYPE_seq && value == 0);
}

void field_value_text(enum field_type type, uint32_t value, char *text, size_t size)
{
    const char *name = field_value_name(type, value);

    if (name)
        snprintf(text, size, "%s", name);
    else if (type == FIELD_TYPE_bool)
        snprintf(text, size, "%s", value ? "true" : "false");
    else if (type == FIELD_TYPE_address)
        snprintf(text, size, "0x%08" PRIx32, value);
    else if (field_value_is_none(type, value))
        snprintf(text, size, "none");
    else
        snprintf(text, size, "%" PRIu32, value);
}
