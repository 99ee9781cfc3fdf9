// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <inttypes.h>
#include <string.h>

#include "../../core/scheduler.h"
#include "../base/json.h"
#include "event_names.h"
#include "sinks.h"

// Every name is a plain identifier: nothing to escape.
static void print_field(FILE *out, const struct event_field *field, uint32_t value)
{
    const char *name = field_value_name(field->type, value);

    fprintf(out, ",\"%s\":", field->name);
    if (name)
        fprintf(out, "\"%s\"", name);
    else if (field->type == FIELD_TYPE_bool)
        fputs(value ? "true" : "false", out);
    else if (field_value_is_none(field->type, value))
        fputs("null", out);
    else
        fprintf(out, "%" PRIu32, value);
}

static void print_name(FILE *out, const struct view *view, const struct event *event)
{
    const struct view_process *process = view_process(view, event->process);

    fputs(",\"name\":", out);
    json_put_string(out, process->name, process->name_length);
}

static void print_place(FILE *out, const struct view *view, const struct event *event)
{
    struct view_place place;

    if (!view_place_of_call(view, event, &place))
        return;
    fprintf(out, ",\"place\":\"%s\",\"place_name\":", place_kind_name(place.kind));
    json_put_string(out, place.name, strlen(place.name));
    fprintf(out, ",\"place_start\":%" PRIu32 ",\"place_size\":%" PRIu32, place.start, place.size);
}

// What a field cannot hold: a name, what was printed or noted, what an address is called.
static void print_text(FILE *out, const struct view *view, const struct event *event)
{
    if (event->kind == EVENT_loaded) {
        print_name(out, view, event);
    } else if (event->kind == EVENT_note) {
        print_name(out, view, event);
        fputs(",\"text\":", out);
        json_put_string(out, view->note, view->note ? event->note.size : 0);
    } else if (event->kind == EVENT_print) {
        const uint8_t *bytes = view_printed(view, event);

        fputs(",\"text\":", out);
        json_put_string(out, (const char *)bytes, bytes ? event->print.size : 0);
    } else if (event->kind == EVENT_syscall) {
        print_place(out, view, event);
    }
}

static void begin(struct sink *sink, const struct run_info *info)
{
    ((struct jsonl_sink *)sink)->view = info->view;
}

static void print_event(const struct jsonl_sink *self, const struct event *event)
{
    FILE *out = self->out;
    uint32_t count;
    const struct event_field *fields = event_fields(event->kind, &count);

    fprintf(out, "{\"seq\":%" PRIu32 ",\"time_us\":%" PRIu64 ",\"process\":", event->seq,
            event->time_us);
    if (event->process == NO_PROCESS)
        fputs("null", out);
    else
        fprintf(out, "%u", (unsigned)event->process);
    fprintf(out, ",\"event\":\"%s\"", event_name(event->kind));
    for (uint32_t i = 0; i < count; i++)
        print_field(out, &fields[i], event->word[i]);
    print_text(out, self->view, event);
    fputs("}\n", out);
}

static void take(struct sink *sink, const struct event *event)
{
    const struct jsonl_sink *self = (const struct jsonl_sink *)sink;

    if (trace_filter_takes(self->filter, event))
        print_event(self, event);
}

static void end(struct sink *sink, const struct run_result *result)
{
    (void)sink;
    (void)result;
}

void jsonl_sink_init(struct jsonl_sink *sink, FILE *out)
{
    *sink = (struct jsonl_sink){
        .sink = {.wanted = ALL_EVENTS & ~EVENT_BIT(EVENT_poll),
                 .begin = begin,
                 .take = take,
                 .end = end},
        .out = out,
    };
}

void jsonl_sink_choose(struct jsonl_sink *sink, struct trace_filter *filter)
{
    sink->filter = filter;
    sink->sink.wanted |= filter->kinds;
}
