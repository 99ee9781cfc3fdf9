// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "vector_line.h"

#include <inttypes.h>

#include "../../core/scheduler.h"

// Well-formed names are UTF-8 and stay as they are.
static void write_escaped(FILE *out, const char *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char)bytes[i];

        if (c == '"' || c == '\\')
            fprintf(out, "\\%c", c);
        else if (c == '\n')
            fputs("\\n", out);
        else if (c < ' ')
            fprintf(out, "\\u%04x", c);
        else
            fputc(c, out);
    }
}

void vector_write_name(FILE *out, const struct process *process)
{
    write_escaped(out, process->name, process->name_length);
}

void vector_write_words(FILE *out, const char *key, const uint32_t *words, uint32_t count)
{
    fprintf(out, ",\"%s\":[", key);
    for (uint32_t i = 0; i < count; i++)
        fprintf(out, "%s%" PRIu32, i ? "," : "", words[i]);
    fputs("]", out);
}

void vector_write_range(FILE *out, const char *key, bool is_there, uaddr start, uint32_t size)
{
    if (is_there)
        fprintf(out, ",\"%s\":[%" PRIu32 ",%" PRIu32 "]", key, start, size);
    else
        fprintf(out, ",\"%s\":null", key);
}

void vector_write_us(FILE *out, const char *key, uint32_t us)
{
    if (us == NO_TIMESLICE)
        fprintf(out, ",\"%s\":null", key);
    else
        fprintf(out, ",\"%s\":%" PRIu32, key, us);
}

void vector_begin_line(FILE *out, const char *event)
{
    fprintf(out, "{\"ev\":\"%s\"", event);
}

void vector_begin_process_line(FILE *out, const char *event, uint32_t process)
{
    fprintf(out, "{\"ev\":\"%s\",\"p\":%" PRIu32, event, process);
}

void vector_end_line(FILE *out)
{
    fputs("}\n", out);
}
