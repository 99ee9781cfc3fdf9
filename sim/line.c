// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "line.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "world.h"

struct line line_start(char *text, size_t size)
{
    text[0] = '\0';
    return (struct line){.text = text, .size = size};
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
    for (size_t i = 0; i < length && line->length + 1 < line->size; i++) {
        unsigned char byte = (unsigned char)bytes[i];

        if (byte == '\n')
            line_put(line, "\\n");
        else if (byte == '"' || byte == '\\')
            line_put(line, "\\%c", byte);
        else if (byte >= 0x20 && byte < 0x7f)
            line_put(line, "%c", byte);
        else
            line_put(line, "\\x%02x", byte);
    }
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

void line_put_process(struct line *line, const struct world *world, uint32_t index)
{
    const struct process *process;

    line_put_value(line, FIELD_TYPE_process, index);
    if (index >= world->process_count)
        return;
    process = &world->processes[index];
    line_put(line, " \"");
    line_put_escaped(line, process->name, process->name_length);
    line_put(line, "\"");
}

void line_put_driver(struct line *line, const struct world *world, uint32_t number)
{
    const struct syscall_driver *driver = kernel_driver(&world->kernel, number);

    if (driver)
        line_put(line, "%s", driver->name);
    else
        line_put(line, "driver 0x%" PRIx32, number);
}

void line_put_buffer(struct line *line, uaddr start, uint32_t size)
{
    if (start == 0 && size == 0)
        line_put(line, "none");
    else
        line_put(line, "0x%08" PRIx32 "+%" PRIu32, start, size);
}
