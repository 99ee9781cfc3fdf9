// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "record.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/allocate.h"
#include "../base/list.h"
#include "../base/utc.h"
#include "../base/version.h"
#include "../trace/event_names.h"
#include "batch.h"
#include "record_file.h"

// How many events make a transaction. Others who write the file get their turn between
// two of them, some milliseconds.
enum { BATCH_EVENTS = 8192 };

// What a process printed or noted, not yet written.
struct printed {
    struct event event;
    char *bytes; // owned
};

// What the address in a system call is called, not yet written.
struct named {
    struct event call;
    struct view_place place;
};

// X(name, what it says to SQLite)
#define STATEMENTS(X)                                                                              \
    X(begin, "begin immediate")                                                                    \
    X(commit, "commit")                                                                            \
    X(insert_run, "insert into runs (scenario, about, params, board, sched, fault, seed, "         \
                  "num_procs, until_us, version, source_hash, made_at, outcome) "                  \
                  "values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, 'unfinished')")      \
    X(insert_param, "insert into run_parameters (run_id, name, value, type) "                      \
                    "values (?1, ?2, ?3, ?4)")                                                     \
    X(insert_process, "insert into processes (run_id, idx, name, id, memory_start, memory_size, "  \
                      "flash_start, flash_size) values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")          \
    X(insert_events, "insert or rollback into events select * from batch")                         \
    X(insert_print, "insert or rollback into prints (run_id, seq, time_us, process, text) "        \
                    "values (?1, ?2, ?3, ?4, ?5)")                                                 \
    X(insert_note, "insert or rollback into notes (run_id, seq, time_us, process, text, line) "    \
                   "values (?1, ?2, ?3, ?4, ?5, ?6)")                                              \
    X(insert_place,                                                                                \
      "insert or rollback into places (run_id, seq, process, kind, name, start, size) "            \
      "values (?1, ?2, ?3, ?4, ?5, ?6, ?7)")                                                       \
    X(finish_run, "update runs set outcome = ?2, reason = ?3, trace_hash = ?4, events = ?5, "      \
                  "time_us = ?6 where id = ?1")                                                    \
    X(finish_process, "update processes set state = ?3, restarts = ?4, dropped_upcalls = ?5, "     \
                      "timeslice_expirations = ?6, syscalls = ?7 where run_id = ?1 and idx = ?2")

struct record {
    struct sink sink; // first
    struct record_file file;
    bool has_failed;
    struct message error;

    bool run_is_open;
    const struct view *view;        // of the open run
    const struct process_end *ends; // while that run ends
    struct batch batch;             // events not yet written, up to BATCH_EVENTS; owned
    struct printed *prints;         // not yet written; owned
    size_t print_count;
    struct named *places; // not yet written; owned
    size_t place_count;

#define X(name, sql) sqlite3_stmt *name;
    STATEMENTS(X)
#undef X
};

// ---- opening and closing

static bool prepare(struct record *record, sqlite3_stmt **statement, const char *sql)
{
    return sqlite3_prepare_v3(record->file.db, sql, -1, SQLITE_PREPARE_PERSISTENT, statement,
                              NULL) == SQLITE_OK;
}

static bool prepare_all(struct record *record)
{
#define X(name, sql) prepare(record, &record->name, sql) &&
    return STATEMENTS(X) true;
#undef X
}

static bool set_up(struct record *record, struct message *error)
{
    if (batch_register(record->file.db, &record->batch) && prepare_all(record))
        return true;
    record_file_explain(&record->file, error);
    return false;
}

static void forget_prints(struct record *record)
{
    for (size_t i = 0; i < record->print_count; i++)
        free(record->prints[i].bytes);
    record->print_count = 0;
}

static void close_file(struct record *record)
{
#define X(name, sql) sqlite3_finalize(record->name);
    STATEMENTS(X)
#undef X
    record_file_close(&record->file);
}

static void discard(struct record *record)
{
    forget_prints(record);
    free(record->prints);
    free(record->places);
    free(record->batch.events);
    free(record);
}

static void begin(struct sink *sink, const struct run_info *info);
static void take(struct sink *sink, const struct event *event);
static void end(struct sink *sink, const struct run_result *result);

static struct record *record_new(void)
{
    struct record *record = allocate(1, sizeof *record);

    record->sink = (struct sink){
        .wanted = ALL_EVENTS & ~EVENT_BIT(EVENT_poll), .begin = begin, .take = take, .end = end};
    record->batch.events = allocate(BATCH_EVENTS, sizeof *record->batch.events);
    return record;
}

struct record *record_open_patient(const char *path, unsigned lock_wait_ms, struct message *error)
{
    struct record *record = record_new();

    if (record_file_open(&record->file, path, lock_wait_ms, error)) {
        if (set_up(record, error))
            return record;
        close_file(record);
    }
    discard(record);
    return NULL;
}

struct record *record_open(const char *path, struct message *error)
{
    return record_open_patient(path, RECORD_LOCK_WAIT_MS, error);
}

// ---- writing

static void fail(struct record *record)
{
    if (record->has_failed)
        return;
    record->has_failed = true;
    record_file_explain(&record->file, &record->error);
    if (!sqlite3_get_autocommit(record->file.db))
        (void)record_file_run(&record->file, "rollback");
}

// Runs a statement that answers nothing.
static bool step(sqlite3_stmt *statement)
{
    (void)sqlite3_step(statement);
    return sqlite3_reset(statement) == SQLITE_OK;
}

static void bind_text(sqlite3_stmt *statement, int place, const char *text)
{
    sqlite3_bind_text(statement, place, text, -1, SQLITE_STATIC);
}

// A number above 2^63 - 1 goes in as text, in full.
static void bind_number(sqlite3_stmt *statement, int place, uint64_t number)
{
    char text[24];

    if (number <= INT64_MAX) {
        sqlite3_bind_int64(statement, place, (sqlite3_int64)number);
        return;
    }
    snprintf(text, sizeof text, "%" PRIu64, number);
    sqlite3_bind_text(statement, place, text, -1, SQLITE_TRANSIENT);
}

static bool insert_run(struct record *record, const struct run_info *info)
{
    sqlite3_stmt *statement = record->insert_run;
    char hash[24];
    char now[UTC_SIZE];

    utc_now(now);
    bind_text(statement, 1, info->scenario);
    bind_text(statement, 2, info->about);
    bind_text(statement, 3, info->params);
    bind_text(statement, 4, info->board);
    bind_text(statement, 5, info->sched);
    bind_text(statement, 6, info->fault);
    bind_number(statement, 7, info->seed);
    bind_number(statement, 8, info->num_procs);
    if (info->until_us == UINT64_MAX)
        sqlite3_bind_null(statement, 9);
    else
        bind_number(statement, 9, info->until_us);
    bind_text(statement, 10, IPCSIM_VERSION);
    snprintf(hash, sizeof hash, "%016" PRIx64, info->source_hash);
    bind_text(statement, 11, hash);
    bind_text(statement, 12, now);
    return step(statement);
}

static const char *const param_types[] = {
#define X(NAME, name) #name,
    RUN_PARAM_TYPES(X)
#undef X
};

static void bind_value(sqlite3_stmt *statement, int place, const struct run_param *param)
{
    switch (param->type) {
    case RUN_PARAM_INTEGER:
        sqlite3_bind_int64(statement, place, strtoll(param->value, NULL, 10));
        break;
    case RUN_PARAM_NUMBER:
        sqlite3_bind_double(statement, place, strtod(param->value, NULL));
        break;
    case RUN_PARAM_STRING:
        bind_text(statement, place, param->value);
        break;
    case RUN_PARAM_BOOLEAN:
        sqlite3_bind_int64(statement, place, strcmp(param->value, "true") == 0);
        break;
    }
}

static bool insert_params(struct record *record, const struct run_info *info)
{
    sqlite3_stmt *statement = record->insert_param;
    bool is_written = true;

    for (size_t i = 0; i < info->param_count && is_written; i++) {
        const struct run_param *param = &info->param_list[i];

        sqlite3_bind_int64(statement, 1, record->batch.run_id);
        bind_text(statement, 2, param->name);
        bind_value(statement, 3, param);
        bind_text(statement, 4, param_types[param->type]);
        is_written = step(statement);
    }
    return is_written;
}

static bool insert_process(struct record *record, uint32_t index)
{
    const struct view_process *process = &record->view->processes[index];
    sqlite3_stmt *statement = record->insert_process;

    sqlite3_bind_int64(statement, 1, record->batch.run_id);
    sqlite3_bind_int64(statement, 2, index);
    sqlite3_bind_text(statement, 3, process->name, (int)process->name_length, SQLITE_STATIC);
    sqlite3_bind_int64(statement, 4, process->id);
    sqlite3_bind_int64(statement, 5, process->memory_start);
    sqlite3_bind_int64(statement, 6, process->memory_size);
    sqlite3_bind_int64(statement, 7, process->flash_start);
    sqlite3_bind_int64(statement, 8, process->flash_size);
    return step(statement);
}

static bool finish_process(struct record *record, uint32_t index)
{
    const struct process_end *process = &record->ends[index];
    sqlite3_stmt *statement = record->finish_process;

    sqlite3_bind_int64(statement, 1, record->batch.run_id);
    sqlite3_bind_int64(statement, 2, index);
    bind_text(statement, 3, field_value_name(FIELD_TYPE_state, process->state));
    sqlite3_bind_int64(statement, 4, process->restarts);
    sqlite3_bind_int64(statement, 5, process->dropped_upcalls);
    sqlite3_bind_int64(statement, 6, process->timeslice_expirations);
    sqlite3_bind_int64(statement, 7, process->syscalls);
    return step(statement);
}

static bool finish_run(struct record *record, const struct run_result *result)
{
    sqlite3_stmt *statement = record->finish_run;
    char hash[24];

    snprintf(hash, sizeof hash, "%016" PRIx64, result->trace_hash);
    sqlite3_bind_int64(statement, 1, record->batch.run_id);
    bind_text(statement, 2, result->outcome);
    bind_text(statement, 3, result->reason);
    bind_text(statement, 4, hash);
    bind_number(statement, 5, result->events);
    bind_number(statement, 6, result->time_us);
    return step(statement);
}

static bool for_each_process(struct record *record, bool (*write)(struct record *, uint32_t))
{
    for (uint32_t i = 0; i < record->view->process_count; i++)
        if (!write(record, i))
            return false;
    return true;
}

static uint32_t size_of_text(const struct event *event)
{
    return event->kind == EVENT_note ? event->note.size : event->print.size;
}

static bool insert_print(struct record *record, const struct printed *printed)
{
    bool is_note = printed->event.kind == EVENT_note;
    sqlite3_stmt *statement = is_note ? record->insert_note : record->insert_print;

    sqlite3_bind_int64(statement, 1, record->batch.run_id);
    sqlite3_bind_int64(statement, 2, printed->event.seq);
    bind_number(statement, 3, printed->event.time_us);
    sqlite3_bind_int64(statement, 4, printed->event.process);
    sqlite3_bind_text(statement, 5, printed->bytes, (int)size_of_text(&printed->event),
                      SQLITE_STATIC);
    if (is_note)
        sqlite3_bind_int64(statement, 6, printed->event.note.line);
    return step(statement);
}

static bool insert_prints(struct record *record)
{
    bool is_written = true;

    for (size_t i = 0; i < record->print_count && is_written; i++)
        is_written = insert_print(record, &record->prints[i]);
    forget_prints(record);
    return is_written;
}

static bool insert_place(struct record *record, const struct named *named)
{
    sqlite3_stmt *statement = record->insert_place;

    sqlite3_bind_int64(statement, 1, record->batch.run_id);
    sqlite3_bind_int64(statement, 2, named->call.seq);
    sqlite3_bind_int64(statement, 3, named->call.process);
    bind_text(statement, 4, place_kind_name(named->place.kind));
    bind_text(statement, 5, named->place.name);
    sqlite3_bind_int64(statement, 6, named->place.start);
    sqlite3_bind_int64(statement, 7, named->place.size);
    return step(statement);
}

static bool insert_places(struct record *record)
{
    bool is_written = true;

    for (size_t i = 0; i < record->place_count && is_written; i++)
        is_written = insert_place(record, &record->places[i]);
    record->place_count = 0;
    return is_written;
}

static bool insert_events(struct record *record)
{
    bool is_written = record->batch.count == 0 || step(record->insert_events);

    record->batch.count = 0;
    return is_written && insert_prints(record) && insert_places(record);
}

static void flush(struct record *record)
{
    if (record->batch.count > 0 &&
        !(step(record->begin) && insert_events(record) && step(record->commit)))
        fail(record);
}

// ---- the sink

// The run is known, as "unfinished", before anything happens in it.
static void begin(struct sink *sink, const struct run_info *info)
{
    struct record *record = (struct record *)sink;

    if (record->has_failed)
        return;
    flush(record);
    record->view = info->view;
    if (!step(record->begin) || !insert_run(record, info)) {
        fail(record);
        return;
    }
    record->batch.run_id = sqlite3_last_insert_rowid(record->file.db);
    record->run_is_open = true;
    if (!insert_params(record, info) || !for_each_process(record, insert_process) ||
        !step(record->commit))
        fail(record);
}

// What is printed or noted is in memory now, and may be gone when it is written.
static void keep_text(struct record *record, const struct event *event)
{
    const char *bytes = event->kind == EVENT_note ? record->view->note
                                                  : (const char *)view_printed(record->view, event);

    if (!bytes)
        return;
    *LIST_ADD(record->prints, record->print_count) =
        (struct printed){.event = *event, .bytes = allocate_text(bytes, size_of_text(event))};
}

static void keep_place(struct record *record, const struct event *call)
{
    struct view_place place;

    if (view_place_of_call(record->view, call, &place))
        *LIST_ADD(record->places, record->place_count) =
            (struct named){.call = *call, .place = place};
}

static void take(struct sink *sink, const struct event *event)
{
    struct record *record = (struct record *)sink;

    if (record->has_failed)
        return;
    if (event->kind == EVENT_print || event->kind == EVENT_note)
        keep_text(record, event);
    if (event->kind == EVENT_syscall)
        keep_place(record, event);
    record->batch.events[record->batch.count++] = *event;
    if (record->batch.count == BATCH_EVENTS)
        flush(record);
}

// The last events and the outcome are one transaction.
static void end(struct sink *sink, const struct run_result *result)
{
    struct record *record = (struct record *)sink;

    if (record->has_failed || !record->run_is_open)
        return;
    record->run_is_open = false;
    record->ends = result->processes;
    if (!step(record->begin) || !insert_events(record) ||
        (record->ends && !for_each_process(record, finish_process)) ||
        !finish_run(record, result) || !step(record->commit))
        fail(record);
}

struct sink *record_sink(struct record *record)
{
    return &record->sink;
}

int64_t record_run_id(const struct record *record)
{
    return record->batch.run_id;
}

const char *record_close(struct record *record, struct message *error)
{
    bool has_failed;

    if (!record->has_failed)
        flush(record);
    has_failed = record->has_failed;
    if (has_failed)
        *error = record->error;
    close_file(record);
    discard(record);
    return has_failed ? error->text : NULL;
}
