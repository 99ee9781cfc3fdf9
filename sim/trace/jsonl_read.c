// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "jsonl_read.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../core/scheduler.h"
#include "../base/allocate.h"
#include "event_names.h"
#include "json_line.h"
#include "view_builder.h"

// ---- values

// The word of a field that has no value.
static uint32_t none_of(enum field_type type)
{
    if (type == FIELD_TYPE_process)
        return NO_PROCESS;
    if (type == FIELD_TYPE_level)
        return NO_LEVEL;
    return type == FIELD_TYPE_us ? NO_TIMESLICE : 0;
}

static bool find_word(enum field_type type, const char *name, uint32_t *word)
{
    size_t count;
    const struct named_value *values = field_type_values(type, &count);

    for (size_t i = 0; i < count; i++) {
        if (strcmp(values[i].name, name) != 0)
            continue;
        *word = values[i].value;
        return true;
    }
    return false;
}

static bool read_word(const struct json_value *value, enum field_type type, uint32_t *word)
{
    switch (value->type) {
    case JSON_NULL:
        *word = none_of(type);
        return true;
    case JSON_STRING:
        return find_word(type, value->text, word);
    case JSON_BOOL:
    case JSON_NUMBER:
        break;
    }
    *word = (uint32_t)value->number;
    return value->number <= UINT32_MAX;
}

// ---- events

static const struct json_value *find_typed(const struct json_line *line, const char *key,
                                           enum json_type type)
{
    const struct json_value *value = json_line_find(line, key);

    return value && value->type == type ? value : NULL;
}

static bool read_fields(const struct json_line *line, struct event *event)
{
    uint32_t count;
    const struct event_field *fields = event_fields(event->kind, &count);

    for (uint32_t i = 0; i < count; i++) {
        const struct json_value *value = json_line_find(line, fields[i].name);

        if (!value || !read_word(value, fields[i].type, &event->word[i]))
            return false;
    }
    return true;
}

static bool read_event(const struct json_line *line, struct event *event)
{
    const struct json_value *seq = find_typed(line, "seq", JSON_NUMBER);
    const struct json_value *time_us = find_typed(line, "time_us", JSON_NUMBER);
    const struct json_value *process = json_line_find(line, "process");
    const struct json_value *name = find_typed(line, "event", JSON_STRING);

    *event = (struct event){.process = NO_PROCESS};
    if (!seq || seq->number > UINT32_MAX || !time_us || !process ||
        !event_find_kind(name ? name->text : NULL, &event->kind))
        return false;
    event->seq = (uint32_t)seq->number;
    event->time_us = time_us->number;
    if (process->type == JSON_NUMBER && process->number < NO_PROCESS)
        event->process = (uint16_t)process->number;
    return read_fields(line, event);
}

// ---- lines

struct reading {
    struct sink *sink;
    struct view_builder builder;
    bool has_begun;
};

// Everything that is loaded comes before everything else.
static void begin(struct reading *reading)
{
    const struct run_info info = {
        .scenario = "", .about = "", .params = "", .view = &reading->builder.view};

    if (!reading->has_begun)
        reading->sink->begin(reading->sink, &info);
    reading->has_begun = true;
}

// A process goes by its name; in a trace without names, by its index.
static bool take_loaded(struct reading *reading, const struct json_line *line,
                        const struct event *event)
{
    const struct json_value *name = find_typed(line, "name", JSON_STRING);
    uint32_t index = reading->builder.view.process_count;

    if (reading->has_begun || index == MAX_PROCESSES || event->process != index || !name)
        return false;
    view_builder_add(&reading->builder,
                     &(struct view_process){.name = name->text,
                                            .name_length = (uint32_t)name->length,
                                            .id = event->loaded.id,
                                            .memory_start = event->loaded.memory_start,
                                            .memory_size = event->loaded.memory_size,
                                            .flash_start = event->loaded.flash_start,
                                            .flash_size = event->loaded.flash_size});
    return true;
}

// What the system call of this line hands to the kernel, if it has a name.
static void take_place(struct reading *reading, const struct json_line *line)
{
    const struct json_value *kind = find_typed(line, "place", JSON_STRING);
    const struct json_value *name = find_typed(line, "place_name", JSON_STRING);
    const struct json_value *start = find_typed(line, "place_start", JSON_NUMBER);
    const struct json_value *size = find_typed(line, "place_size", JSON_NUMBER);
    struct view_place place = {.size = 0};
    bool has_one = name && start && size && place_kind_find(kind ? kind->text : NULL, &place.kind);

    if (has_one) {
        place.start = (uaddr)start->number;
        place.size = (uint32_t)size->number;
        snprintf(place.name, sizeof place.name, "%s", name->text);
    }
    view_builder_set_place(&reading->builder, has_one ? &place : NULL);
}

static bool take_line(struct reading *reading, const struct json_line *line)
{
    const struct json_value *text = find_typed(line, "text", JSON_STRING);
    struct event event;

    if (!read_event(line, &event))
        return false;
    if (event.kind == EVENT_loaded)
        return take_loaded(reading, line, &event);
    begin(reading);
    if (event.kind == EVENT_print)
        view_builder_set_printed(&reading->builder, event.print.start, text ? text->text : "",
                                 text ? text->length : 0);
    if (event.kind == EVENT_note)
        view_builder_set_note(&reading->builder, text ? text->text : "", text ? text->length : 0);
    if (event.kind == EVENT_syscall)
        take_place(reading, line);
    if (reading->sink->wanted & EVENT_BIT(event.kind))
        reading->sink->take(reading->sink, &event);
    return true;
}

static bool read_lines(struct reading *reading, const char *name, const char *text,
                       struct message *error)
{
    struct json_line *line = allocate(1, sizeof *line);
    bool is_fine = true;

    for (unsigned number = 1; *text != '\0' && is_fine; number++) {
        const char *end = strchr(text, '\n');

        // The last line has an end, or it was cut off.
        is_fine = end && json_line_read(line, text) && take_line(reading, line);
        if (!is_fine)
            message_set(error, "%s:%u: not an event of a trace that `run --trace jsonl` printed",
                        name, number);
        json_line_free(line);
        text = end ? end + 1 : "";
    }
    free(line);
    return is_fine;
}

bool jsonl_read(const char *name, const char *text, struct sink *sink, struct message *error)
{
    const struct run_result result = {.outcome = "", .reason = ""};
    struct reading *reading = allocate(1, sizeof *reading);
    bool is_fine;

    reading->sink = sink;
    view_builder_open(&reading->builder);
    is_fine = read_lines(reading, name, text, error);
    if (is_fine) {
        begin(reading);
        sink->end(sink, &result);
    }
    view_builder_close(&reading->builder);
    free(reading);
    return is_fine;
}
