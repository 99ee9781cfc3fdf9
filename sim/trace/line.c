// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "line.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "../base/escape.h"
struct line line_start(char *text, size_t size)
{
    text[0] = '\0';
    return (struct line){.text = text, .size = size};
}

struct line line_start_of(char *text, size_t size, const struct view *view)
{
    text[0] = '\0';
    return (struct line){.text = text, .size = size, .view = view};
}

struct line line_start_lasting(char *text, size_t size, const struct view *view,
                               const struct places *places, uint32_t process)
{
    struct line line = line_start_of(text, size, view);

    line.is_lasting = true;
    line.places = places;
    line.process = process;
    return line;
}

void line_put(struct line *line, const char *format, ...)
{
    size_t room = line->size - line->length;
    va_list arguments;
    int length;

    va_start(arguments, format);
    length = vsnprintf(line->text + line->length, room, format, arguments);
    va_end(arguments);
    if (length > 0)
        line->length += (size_t)length < room ? (size_t)length : room - 1;
}

void line_put_escaped(struct line *line, const char *bytes, size_t length)
{
    line->length +=
        escape_bytes(line->text + line->length, line->size - line->length, bytes, length);
}

void line_put_value(struct line *line, enum field_type type, uint32_t value)
{
    char text[64];

    field_value_text(type, value, text, sizeof text);
    line_put(line, "%s", text);
}

void line_put_about(struct line *line, enum field_type type, uint32_t value)
{
    const char *about = field_value_about(type, value);

    if (about)
        line_put(line, "%s", about);
    else
        line_put(line, "%" PRIu32, value);
}

// ---- processes

// Whether a name needs no quotes: no number, none of what stands for something else.
static bool is_plain(const struct view_process *process)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_";
    static const char others[] = "0123456789.-";
    const char *name = process->name;
    uint32_t length = process->name_length;

    if (length == 0 || !memchr(letters, name[0], sizeof letters - 1))
        return false;
    for (uint32_t i = 0; i < length; i++)
        if (!memchr(letters, name[i], sizeof letters - 1) &&
            !memchr(others, name[i], sizeof others - 1))
            return false;
    return !(length == 6 && memcmp(name, "kernel", 6) == 0) &&
           !(length == 7 && memcmp(name, "outcome", 7) == 0);
}

// How many of the processes up to this one have its name.
static uint32_t count_of_name(const struct view *view, uint32_t index)
{
    const struct view_process *process = &view->processes[index];
    uint32_t count = 1;

    for (uint32_t i = 0; i < index; i++)
        if (view->processes[i].name_length == process->name_length &&
            memcmp(view->processes[i].name, process->name, process->name_length) == 0)
            count++;
    return count;
}

void line_put_label(struct line *line, uint32_t index)
{
    const struct view_process *process = view_process(line->view, index);

    if (!process) {
        line_put_value(line, FIELD_TYPE_process, index);
        return;
    }
    if (!is_plain(process))
        line_put(line, "\"");
    line_put_escaped(line, process->name, process->name_length);
    if (!is_plain(process))
        line_put(line, "\"");
    if (count_of_name(line->view, index) > 1)
        line_put(line, "#%" PRIu32, count_of_name(line->view, index));
}

const char *line_name_of(const struct view *view, uint32_t index, char text[LINE_NAME_SIZE])
{
    const struct view_process *process = view_process(view, index);
    struct line line = line_start(text, LINE_NAME_SIZE);

    if (process)
        line_put_escaped(&line, process->name, process->name_length);
    else
        line_put(&line, "process %" PRIu32, index);
    return text;
}

void line_put_process(struct line *line, uint32_t index)
{
    const struct view_process *process = view_process(line->view, index);

    if (line->is_lasting) {
        line_put_label(line, index);
        return;
    }
    line_put_value(line, FIELD_TYPE_process, index);
    if (!process)
        return;
    line_put(line, " \"");
    line_put_escaped(line, process->name, process->name_length);
    line_put(line, "\"");
}

void line_put_driver(struct line *line, uint32_t number)
{
    const char *name = view_driver_name(line->view, number);

    if (name)
        line_put(line, "%s", name);
    else
        line_put(line, "driver 0x%" PRIx32, number);
}

// ---- addresses

// Puts `address` if it is in [start, start + size).
static bool put_within(struct line *line, const char *part, uaddr start, uint32_t size,
                       uaddr address)
{
    if (address - start < size)
        line_put(line, "%s+0x%" PRIx32, part, address - start);
    return address - start < size;
}

static void put_occurrence(struct line *line, const struct place *place)
{
    bool is_unnamed = place->name[0] == '\0';

    if (is_unnamed || place->occurrence > 1)
        line_put(line, "#%" PRIu32, place->occurrence);
}

static void put_place_name(struct line *line, const struct place *place)
{
    if (place->name[0] != '\0') {
        line_put(line, "%s", place->name);
    } else {
        line_put_driver(line, place->driver);
        line_put(line, "[%" PRIu32 "]", place->number);
    }
    put_occurrence(line, place);
}

// Puts what `index` calls `address`, if it has a name for it.
static bool put_place(struct line *line, uint32_t index, uaddr address)
{
    const struct place *place = places_find(line->places, index, address);

    if (!place)
        return false;
    if (index != line->process) {
        line_put_label(line, index);
        line_put(line, ".");
    }
    put_place_name(line, place);
    if (address != place->start)
        line_put(line, "+%" PRIu32, address - place->start);
    return true;
}

static bool put_own(struct line *line, uaddr address)
{
    const struct view_process *process = view_process(line->view, line->process);

    return process &&
           (put_place(line, line->process, address) ||
            put_within(line, "ram", process->memory_start, process->memory_size, address) ||
            put_within(line, "flash", process->flash_start, process->flash_size, address));
}

static bool put_others(struct line *line, uaddr address)
{
    for (uint32_t i = 0; i < line->view->process_count; i++) {
        const struct view_process *process = &line->view->processes[i];

        if (address - process->memory_start >= process->memory_size &&
            address - process->flash_start >= process->flash_size)
            continue;
        if (put_place(line, i, address))
            return true;
        line_put_label(line, i);
        return put_within(line, "", process->memory_start, process->memory_size, address) ||
               put_within(line, ".flash", process->flash_start, process->flash_size, address);
    }
    return false;
}

void line_put_address(struct line *line, uaddr address)
{
    if (line->is_lasting && address == 0)
        line_put(line, "0");
    else if (!line->is_lasting || !(put_own(line, address) || put_others(line, address)))
        line_put(line, "0x%08" PRIx32, address);
}

// What the process whose lasting line it is has there; NULL: nothing that has a name.
static const struct place *find_own(const struct line *line, uaddr address)
{
    bool has_places = line->is_lasting && view_process(line->view, line->process);

    return has_places ? places_find(line->places, line->process, address) : NULL;
}

bool line_is_library(const struct line *line, uaddr address)
{
    const struct place *place = find_own(line, address);

    return place && place->kind == PLACE_LIBRARY;
}

void line_put_function(struct line *line, uint32_t driver, uint32_t number, uaddr address)
{
    const struct place *place = find_own(line, address);

    if (place && place->kind == PLACE_FUNCTION && place->name[0] == '\0' &&
        place->driver == driver && place->number == number)
        put_occurrence(line, place);
    else
        line_put_address(line, address);
}

void line_put_buffer(struct line *line, uaddr start, uint32_t size)
{
    if (start == 0 && size == 0) {
        line_put(line, "none");
    } else if (line->is_lasting) {
        line_put(line, "%" PRIu32 " byte%s at ", size, size == 1 ? "" : "s");
        line_put_address(line, start);
    } else {
        line_put(line, "0x%08" PRIx32 "+%" PRIu32, start, size);
    }
}
