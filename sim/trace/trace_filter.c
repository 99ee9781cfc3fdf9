// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "trace_filter.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../core/ipc.h"
#include "../base/allocate.h"
#include "../base/nearest.h"
#include "event_names.h"
#include "line.h"

static const char notify_word[] = "notify";
static const char kernel_word[] = "kernel";

// ---- lists

// Adds one word of a list to the filter.
typedef bool add_word(struct trace_filter *filter, const struct view *view, const char *word,
                      struct message *error);

static bool add_list(struct trace_filter *filter, const struct view *view, const char *list,
                     add_word *add, struct message *error)
{
    bool is_fine = true;

    for (bool is_last = false; is_fine && !is_last;) {
        size_t length = strcspn(list, ",");
        char *word = allocate_text(list, length);

        is_fine = add(filter, view, word, error);
        free(word);
        is_last = list[length] == '\0';
        list += length + !is_last;
    }
    return is_fine;
}

// ---- kinds

static bool add_event(struct trace_filter *filter, const struct view *view, const char *word,
                      struct message *error)
{
    const char *names[EVENT_KINDS + 1];
    uint16_t kind;

    (void)view;
    if (strcmp(word, notify_word) == 0) {
        filter->has_notify = true;
        return true;
    }
    if (event_find_kind(word, &kind)) {
        filter->kinds |= EVENT_BIT(kind);
        return true;
    }
    for (uint32_t i = 0; i < EVENT_KINDS; i++)
        names[i] = event_name(i);
    names[EVENT_KINDS] = notify_word;
    nearest_refuse(error, "event", word, names, EVENT_KINDS + 1);
    return false;
}

bool trace_filter_add_events(struct trace_filter *filter, const char *list, struct message *error)
{
    return add_list(filter, NULL, list, add_event, error);
}

// ---- processes

static bool is_named(const struct view_process *process, const char *word)
{
    return strlen(word) == process->name_length &&
           memcmp(process->name, word, process->name_length) == 0;
}

// Whether the word is the index of a process.
static bool is_index(const struct view *view, const char *word, uint32_t *index)
{
    char *end;
    unsigned long value = strtoul(word, &end, 10);

    *index = (uint32_t)value;
    return isdigit((unsigned char)word[0]) && *end == '\0' && value < view->process_count;
}

static void refuse_process(const struct view *view, const char *word, struct message *error)
{
    const char **names = allocate(view->process_count + 1, sizeof *names);
    char name[LINE_NAME_SIZE];

    for (uint32_t i = 0; i < view->process_count; i++) {
        line_name_of(view, i, name);
        names[i] = allocate_text(name, strlen(name));
    }
    nearest_refuse(error, "process", word, names, view->process_count);
    for (uint32_t i = 0; i < view->process_count; i++)
        free((void *)(uintptr_t)names[i]);
    free(names);
}

static bool add_process(struct trace_filter *filter, const struct view *view, const char *word,
                        struct message *error)
{
    bool is_there = strcmp(word, kernel_word) == 0;
    uint32_t index;

    filter->has_kernel = filter->has_kernel || is_there;
    for (uint32_t i = 0; i < view->process_count; i++) {
        if (!is_named(&view->processes[i], word))
            continue;
        is_there = filter->processes[i] = true;
    }
    if (!is_there && is_index(view, word, &index))
        is_there = filter->processes[index] = true;
    if (!is_there)
        refuse_process(view, word, error);
    return is_there;
}

bool trace_filter_add_processes(struct trace_filter *filter, const struct view *view,
                                const char *list, struct message *error)
{
    if (!filter->processes)
        filter->processes = allocate(view->process_count, sizeof *filter->processes);
    return add_list(filter, view, list, add_process, error);
}

void trace_filter_close(struct trace_filter *filter)
{
    free(filter->processes);
    filter->processes = NULL;
}

// ---- asking

bool trace_filter_names(const struct trace_filter *filter, uint32_t kind)
{
    return filter && (filter->kinds & EVENT_BIT(kind)) != 0;
}

static bool takes_process(const struct trace_filter *filter, uint32_t process)
{
    if (!filter->processes)
        return true;
    return process == NO_PROCESS ? filter->has_kernel : filter->processes[process];
}

static bool is_notify_call(const struct event *event)
{
    return event->kind == EVENT_syscall && event->syscall.class == SYSCALL_COMMAND &&
           event->syscall.r0 == IPC_DRIVER_NUM &&
           (event->syscall.r1 == IPC_COMMAND_NOTIFY_SERVICE ||
            event->syscall.r1 == IPC_COMMAND_NOTIFY_CLIENT);
}

// Whether it is part of a notify: the call, what that queued, the answer.
static bool is_of_notify(struct trace_filter *filter, const struct event *event)
{
    if (is_notify_call(event)) {
        filter->notify_seq = event->seq;
        return true;
    }
    return event->kind == EVENT_ipc_queued || (event->kind == EVENT_syscall_return &&
                                               event->syscall_return.cause == filter->notify_seq);
}

static bool takes_kind(struct trace_filter *filter, const struct event *event)
{
    if (filter->kinds == 0 && !filter->has_notify)
        return true;
    return trace_filter_names(filter, event->kind) ||
           (filter->has_notify && is_of_notify(filter, event));
}

bool trace_filter_takes(struct trace_filter *filter, const struct event *event)
{
    return !filter || (takes_process(filter, event->process) && takes_kind(filter, event));
}
