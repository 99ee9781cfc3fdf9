// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "report_events.h"

#include <inttypes.h>
#include <string.h>

#include "../trace/event_text.h"
#include "../trace/line.h"

enum { LINE_SIZE = 1024 };

const char report_kernel_name[] = "kernel";

// ---- one line

void report_involve(struct involved *involved, const struct world *world, uint32_t process)
{
    char name[LINE_NAME_SIZE];

    if (process >= world->process_count || involved->count == MOST_INVOLVED)
        return;
    for (uint32_t i = 0; i < involved->count; i++)
        if (involved->process[i] == process)
            return;
    involved->process[involved->count++] = process;
    int width = (int)strlen(line_name_of(&world->view, process, name));
    if (width > involved->name_width)
        involved->name_width = width;
}

// `newer`: see subscription_put.
static void print_event(FILE *out, const struct world *world, int name_width,
                        const struct event *event, const struct subscription *newer)
{
    char name[LINE_NAME_SIZE];
    char text[LINE_SIZE];
    struct line line = line_start_of(text, sizeof text, &world->view);

    event_put(&line, event);
    subscription_put(&line, newer);
    fprintf(out, "  %8" PRIu64 " us  %-*s  %s\n", event->time_us, name_width,
            event->process == NO_PROCESS ? report_kernel_name
                                         : line_name_of(&world->view, event->process, name),
            text);
}

void report_event(FILE *out, const struct world *world, int name_width, const struct event *event)
{
    print_event(out, world, name_width, event, NULL);
}

// `newer` NULL, or one of each event.
static void print_events(FILE *out, const struct run *run, const struct event *events,
                         uint32_t count, const struct subscription *newer)
{
    struct involved involved = {0};

    for (uint32_t i = 0; i < count; i++)
        report_involve(&involved, run->world, events[i].process);
    for (uint32_t i = 0; i < count; i++)
        print_event(out, run->world, involved.name_width, &events[i], newer ? &newer[i] : NULL);
}

// ---- what led to what

bool report_is_part(const struct origin *part, const struct origin *whole)
{
    for (uint32_t i = 0; part->count > 0 && i < whole->count; i++)
        if (whole->events[i].seq == part->events[part->count - 1].seq)
            return true;
    return false;
}

static const char *thing_of(const struct event *event)
{
    switch (event->kind) {
    case EVENT_fault:
        return "fault";
    case EVENT_panic:
        return "panic of the kernel";
    case EVENT_expect:
        return "expectation that was not met";
    case EVENT_region_added:
        return "region that was refused";
    default:
        return "notification that was lost";
    }
}

void report_origin(FILE *out, const struct run *run, const struct origin *origin)
{
    if (origin->count == 0)
        return;
    fprintf(out, "\nwhat led to the first %s:\n", thing_of(&origin->events[origin->count - 1]));
    print_events(out, run, origin->events, origin->count, NULL);
}

// ---- what happened more than once

static void print_first(FILE *out, const struct run *run, const struct recent_first *first,
                        const char *title, const struct subscription *newer)
{
    uint32_t length = recent_first_length(first);

    if (length == 0)
        return;
    fprintf(out, "\n%s", title);
    if (first->count > length)
        fprintf(out, " (the first %" PRIu32 " of %" PRIu32 ")", length, first->count);
    fputs(":\n", out);
    print_events(out, run, first->events, length, newer);
}

// What such an upcall keeps outside of itself, the one on top of it has changed.
void report_entered_again(FILE *out, const struct run *run, const struct recent *recent)
{
    print_first(out, run, &recent->entered_again, "upcalls entered again before they returned",
                NULL);
}

// They were meant for another function.
void report_older(FILE *out, const struct run *run, const struct recent *recent)
{
    print_first(out, run, &recent->older, "upcalls older than the subscribe that they ran under",
                recent->newer);
}

void report_stale(FILE *out, const struct run *run, const struct recent *recent)
{
    print_first(out, run, &recent->stale, "accesses to buffers that were no longer shared", NULL);
}

// "all: NOMEM", or "200 NOMEM, 31 no upcall subscribed".
static void print_reasons(FILE *out, const struct recent *recent)
{
    for (size_t i = 0; i < RECENT_REASONS && recent->reasons[i].count > 0; i++) {
        const struct recent_reason *reason = &recent->reasons[i];
        const char *text = reason->type == FIELD_TYPE_error
                               ? field_value_name(reason->type, reason->value)
                               : field_value_about(reason->type, reason->value);

        if (reason->count == recent->lost.count)
            fputs("all: ", out);
        else
            fprintf(out, "%s%" PRIu32 " ", i > 0 ? ", " : "", reason->count);
        fputs(text ? text : "?", out);
    }
}

void report_lost(FILE *out, const struct run *run, const struct recent *recent)
{
    const struct recent_first *lost = &recent->lost;
    uint32_t length = recent_first_length(lost);

    if (length == 0)
        return;
    fputs("\nnotifications that never became an upcall", out);
    if (lost->count > length) {
        fprintf(out, " (the first %" PRIu32 " of %" PRIu32 " lost, ", length, lost->count);
        print_reasons(out, recent);
        fputc(')', out);
    }
    fputs(":\n", out);
    print_events(out, run, lost->events, length, NULL);
}
