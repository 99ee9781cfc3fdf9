// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "golden.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "../base/allocate.h"
#include "../base/list.h"

enum { MOST_LABEL_COLUMNS = 32, HEAD_COLUMNS = 10 };

const char golden_magic[] = "ipcsim golden trace, format ";
const char golden_outcome[] = "outcome";

static const char *const head_names[] = {
#define X(NAME, name) #name,
    GOLDEN_HEADS(X)
#undef X
};

// ---- the document

const char *golden_head_name(enum golden_head head)
{
    return head_names[head];
}

void golden_set_head(struct golden *golden, enum golden_head head, const char *text)
{
    free(golden->head[head]);
    golden->head[head] = allocate_text(text, strlen(text));
}

static bool is_label(const char *label, const char *text, size_t length)
{
    return strncmp(label, text, length) == 0 && label[length] == '\0';
}

uint32_t golden_process(struct golden *golden, const char *label, size_t length)
{
    for (size_t i = 0; i < golden->process_count; i++)
        if (is_label(golden->processes[i], label, length))
            return (uint32_t)i;
    *LIST_ADD(golden->processes, golden->process_count) = allocate_text(label, length);
    return (uint32_t)golden->process_count - 1;
}

void golden_add(struct golden *golden, uint32_t process, char *text)
{
    *LIST_ADD(golden->steps, golden->step_count) =
        (struct golden_step){.process = process, .text = text};
}

void golden_free(struct golden *golden)
{
    for (size_t i = 0; i < GOLDEN_HEAD_COUNT; i++)
        free(golden->head[i]);
    for (size_t i = 0; i < golden->process_count; i++)
        free(golden->processes[i]);
    for (size_t i = 0; i < golden->step_count; i++)
        free(golden->steps[i].text);
    free(golden->processes);
    free(golden->steps);
    *golden = (struct golden){.processes = NULL};
}

// It is the last line, as far as there is one.
bool golden_has_outcome(const struct golden *golden)
{
    const struct golden_step *last;

    if (golden->step_count == 0)
        return false;
    last = &golden->steps[golden->step_count - 1];
    return strcmp(golden->processes[last->process], golden_outcome) == 0;
}

void golden_remove_outcome(struct golden *golden)
{
    if (golden_has_outcome(golden))
        free(golden->steps[--golden->step_count].text);
}

// ---- writing

// Wide enough for all labels but the longest ones.
static int label_columns(const struct golden *golden)
{
    size_t columns = 0;

    for (size_t i = 0; i < golden->step_count; i++) {
        size_t length = strlen(golden->processes[golden->steps[i].process]);

        if (length > columns && length <= MOST_LABEL_COLUMNS)
            columns = length;
    }
    return (int)columns;
}

void golden_write(const struct golden *golden, FILE *out)
{
    int columns = label_columns(golden);

    fprintf(out, "%s%d\n", golden_magic, GOLDEN_FORMAT);
    for (size_t i = 0; i < GOLDEN_HEAD_COUNT; i++)
        if (golden->head[i] && golden->head[i][0] != '\0')
            fprintf(out, "%-*s%s\n", HEAD_COLUMNS, head_names[i], golden->head[i]);
    fputc('\n', out);
    for (size_t i = 0; i < golden->step_count; i++) {
        const struct golden_step *step = &golden->steps[i];

        fprintf(out, "%-*s  %s\n", columns, golden->processes[step->process], step->text);
    }
}

// ---- reading

// A text, a line at a time.
struct reader {
    const char *name;
    const char *next; // the rest
    const char *line; // not terminated
    size_t length;    // without its end, nor a carriage return before that
    uint32_t number;  // of the line, from 1
};

static bool next_line(struct reader *reader)
{
    const char *end;

    if (*reader->next == '\0')
        return false;
    end = strchr(reader->next, '\n');
    reader->line = reader->next;
    reader->length = end ? (size_t)(end - reader->line) : strlen(reader->line);
    reader->next = reader->line + reader->length + (end != NULL);
    if (reader->length > 0 && reader->line[reader->length - 1] == '\r')
        reader->length--;
    reader->number++;
    return true;
}

static bool begins_with(const struct reader *reader, const char *prefix)
{
    size_t length = strlen(prefix);

    return reader->length >= length && memcmp(reader->line, prefix, length) == 0;
}

bool golden_is_replaceable(enum golden_reading reading)
{
    static const bool replaceable[] = {
#define X(NAME, is_replaceable) is_replaceable,
        GOLDEN_READINGS(X)
#undef X
    };

    return replaceable[reading];
}

static enum golden_reading read_format(struct reader *reader, struct message *error)
{
    char *end;

    if (!next_line(reader) || !begins_with(reader, golden_magic)) {
        message_set(error, "%s is not a golden trace of ipcsim: move it away", reader->name);
        return GOLDEN_READ_NOT_ONE;
    }
    long format = strtol(reader->line + strlen(golden_magic), &end, 10);
    if (format == GOLDEN_FORMAT)
        return GOLDEN_READ_OK;
    if (format > GOLDEN_FORMAT) {
        message_set(error, "%s has format %ld, this ipcsim knows formats up to %d: use a newer one",
                    reader->name, format, GOLDEN_FORMAT);
        return GOLDEN_READ_NEWER_FORMAT;
    }
    message_set(error,
                "%s has format %ld, which this ipcsim does not read any more: make it anew "
                "with --update",
                reader->name, format);
    return GOLDEN_READ_OLDER_FORMAT;
}

static enum golden_reading refuse_line(const struct reader *reader, const char *what,
                                       struct message *error)
{
    message_set(error, "%s:%" PRIu32 ": %s", reader->name, reader->number, what);
    return GOLDEN_READ_DAMAGED;
}

// "params    clients=1 rounds=2". Names that are not known are those of a later version
// of the same format.
static void take_head(struct golden *golden, const struct reader *reader)
{
    size_t name = 0;
    size_t start;
    char *text;

    while (name < reader->length && reader->line[name] != ' ')
        name++;
    start = name;
    while (start < reader->length && reader->line[start] == ' ')
        start++;
    for (size_t i = 0; i < GOLDEN_HEAD_COUNT; i++) {
        if (!is_label(head_names[i], reader->line, name))
            continue;
        text = allocate_text(reader->line + start, reader->length - start);
        golden_set_head(golden, (enum golden_head)i, text);
        free(text);
    }
}

// How long the label is that a line begins with: up to two spaces, which a label in
// quotes may hold. 0: there is none.
static size_t label_length(const struct reader *reader)
{
    const char *line = reader->line;
    size_t i = 0;

    if (reader->length > 0 && line[0] == '"')
        for (i = 1; i < reader->length && line[i] != '"'; i++)
            i += line[i] == '\\';
    for (; i + 1 < reader->length; i++)
        if (line[i] == ' ' && line[i + 1] == ' ')
            return i;
    return 0;
}

static bool is_conflict(const struct reader *reader)
{
    return begins_with(reader, "<<<<<<<") || begins_with(reader, "=======") ||
           begins_with(reader, ">>>>>>>") || begins_with(reader, "|||||||");
}

static enum golden_reading take_step(struct golden *golden, const struct reader *reader,
                                     struct message *error)
{
    size_t label = label_length(reader);
    size_t start = label;

    if (is_conflict(reader))
        return refuse_line(reader,
                           "a merge left its marks here: resolve it, or make the file anew with "
                           "--update",
                           error);
    if (label == 0)
        return refuse_line(reader, "not an event: a process, two spaces, what happened", error);
    while (start < reader->length && reader->line[start] == ' ')
        start++;
    golden_add(golden, golden_process(golden, reader->line, label),
               allocate_text(reader->line + start, reader->length - start));
    return GOLDEN_READ_OK;
}

enum golden_reading golden_read(struct golden *golden, const char *name, const char *text,
                                struct message *error)
{
    struct reader reader = {.name = name, .next = text};
    enum golden_reading reading = read_format(&reader, error);
    bool is_in_head = true;

    while (reading == GOLDEN_READ_OK && next_line(&reader)) {
        if (reader.length == 0)
            is_in_head = false;
        else if (reader.line[0] == '#')
            continue;
        else if (is_conflict(&reader) || !is_in_head)
            reading = take_step(golden, &reader, error);
        else
            take_head(golden, &reader);
    }
    return reading;
}
