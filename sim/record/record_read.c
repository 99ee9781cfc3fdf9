// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "record_read.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../core/scheduler.h"
#include "../base/allocate.h"
#include "../trace/event_names.h"
#include "../trace/view_builder.h"
#include "record.h"
#include "record_file.h"

struct reading {
    struct record_file file;
    const char *path; // as given
    struct sink *sink;
    struct view_builder builder;
    struct run_info info;
    struct run_result result;
    char *texts[8]; // that info and result borrow; owned
    size_t text_count;
    int64_t run_id;
    struct message *error;
};

bool record_is_database(const char *path)
{
    static const char magic[16] = "SQLite format 3";
    char bytes[sizeof magic];
    FILE *file = fopen(path, "rb");
    bool is_one;

    if (!file)
        return false;
    is_one = fread(bytes, 1, sizeof bytes, file) == sizeof bytes &&
             memcmp(bytes, magic, sizeof magic) == 0;
    (void)fclose(file);
    return is_one;
}

// ---- errors

static enum record_reading refuse(struct reading *reading)
{
    switch (sqlite3_errcode(reading->file.db)) {
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
        message_set(reading->error, "database %s is damaged: it may have been cut off",
                    reading->path);
        break;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        message_set(reading->error, "database %s is locked by another program", reading->path);
        break;
    default:
        message_set(reading->error, "cannot read database %s: %s", reading->path,
                    sqlite3_errmsg(reading->file.db));
    }
    return RECORD_READ_NO_HOST;
}

// ---- queries

// A statement with the run's id bound to ?1. NULL: the database refuses.
static sqlite3_stmt *prepare(struct reading *reading, const char *sql)
{
    sqlite3_stmt *statement;

    if (sqlite3_prepare_v2(reading->file.db, sql, -1, &statement, NULL) != SQLITE_OK)
        return NULL;
    if (sqlite3_bind_parameter_count(statement) > 0)
        (void)sqlite3_bind_int64(statement, 1, reading->run_id);
    return statement;
}

// Calls `take` for each row. False: the database refuses.
static bool for_each_row(struct reading *reading, const char *sql,
                         void (*take)(struct reading *reading, sqlite3_stmt *row))
{
    sqlite3_stmt *statement = prepare(reading, sql);
    int answer;

    if (!statement)
        return false;
    while ((answer = sqlite3_step(statement)) == SQLITE_ROW)
        take(reading, statement);
    // Its result is that of the last step, which db keeps.
    return sqlite3_finalize(statement) == SQLITE_OK && answer == SQLITE_DONE;
}

// The number that a statement answers with, `none` where it has no answer.
static bool read_number(struct reading *reading, const char *sql, int64_t none, int64_t *number)
{
    sqlite3_stmt *statement = prepare(reading, sql);

    if (!statement)
        return false;
    *number = sqlite3_step(statement) == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : none;
    return sqlite3_finalize(statement) == SQLITE_OK;
}

static const char *keep_text(struct reading *reading, sqlite3_stmt *row, int column)
{
    const char *text = (const char *)sqlite3_column_text(row, column);

    if (!text)
        return "";
    reading->texts[reading->text_count] = allocate_text(text, strlen(text));
    return reading->texts[reading->text_count++];
}

// ---- the run

static enum record_reading check_version(struct reading *reading)
{
    int64_t application;
    int64_t version;

    if (!read_number(reading, "pragma application_id", 0, &application) ||
        !read_number(reading, "pragma user_version", 0, &version))
        return refuse(reading);
    if (application != RECORD_APPLICATION_ID) {
        message_set(reading->error, "%s is a database of another program", reading->path);
        return RECORD_READ_NO_HOST;
    }
    if (version != RECORD_SCHEMA_VERSION) {
        message_set(reading->error,
                    "database %s has schema version %" PRId64 ", this ipcsim knows version %d "
                    "only: use the ipcsim that wrote it",
                    reading->path, version, RECORD_SCHEMA_VERSION);
        return RECORD_READ_NO_HOST;
    }
    return RECORD_READ_OK;
}

static enum record_reading find_run(struct reading *reading)
{
    int64_t asked = reading->run_id;
    int64_t first;
    int64_t last;
    int64_t found;

    if (!read_number(reading, "select id from runs where id = ?1", 0, &found) ||
        !read_number(reading, "select min(id) from runs", 0, &first) ||
        !read_number(reading, "select max(id) from runs", 0, &last))
        return refuse(reading);
    if (asked == 0)
        found = reading->run_id = last;
    if (found != 0)
        return RECORD_READ_OK;
    if (last == 0)
        message_set(reading->error, "database %s has no runs", reading->path);
    else
        message_set(reading->error,
                    "database %s has no run %" PRId64 ": its runs are %" PRId64 " to %" PRId64,
                    reading->path, asked, first, last);
    return RECORD_READ_NO_RUN;
}

static void take_run(struct reading *reading, sqlite3_stmt *row)
{
    bool is_endless = sqlite3_column_type(row, 7) == SQLITE_NULL;

    reading->info = (struct run_info){
        .scenario = keep_text(reading, row, 0),
        .about = "",
        .params = keep_text(reading, row, 1),
        .board = keep_text(reading, row, 2),
        .sched = keep_text(reading, row, 3),
        .fault = keep_text(reading, row, 4),
        .num_procs = (uint32_t)sqlite3_column_int64(row, 6),
        .until_us = is_endless ? UINT64_MAX : (uint64_t)sqlite3_column_int64(row, 7),
        .view = &reading->builder.view,
    };
    // Text where it is above 2^63 - 1.
    const char *seed = (const char *)sqlite3_column_text(row, 5);
    reading->info.seed = seed ? strtoull(seed, NULL, 10) : 0;
    reading->result = (struct run_result){.outcome = keep_text(reading, row, 8), .reason = ""};
}

static void take_process(struct reading *reading, sqlite3_stmt *row)
{
    const char *name = (const char *)sqlite3_column_text(row, 0);
    const struct view_process process = {
        .name = name ? name : "",
        .name_length = (uint32_t)sqlite3_column_bytes(row, 0),
        .memory_start = (uaddr)sqlite3_column_int64(row, 1),
        .memory_size = (uint32_t)sqlite3_column_int64(row, 2),
        .flash_start = (uaddr)sqlite3_column_int64(row, 3),
        .flash_size = (uint32_t)sqlite3_column_int64(row, 4),
    };

    if (reading->builder.view.process_count < MAX_PROCESSES)
        view_builder_add(&reading->builder, &process);
}

// ---- its events

enum event_column {
    COLUMN_SEQ,
    COLUMN_TIME_US,
    COLUMN_PROCESS,
    COLUMN_KIND,
    COLUMN_CAUSE,
    COLUMN_TEXT,
    COLUMN_PLACE_KIND,
    COLUMN_PLACE_NAME,
    COLUMN_PLACE_START,
    COLUMN_PLACE_SIZE,
    COLUMN_WORDS,
};

// The last field of a kind that has a cause is the cause; it has its own column.
static void take_words(sqlite3_stmt *row, struct event *event)
{
    uint32_t count;
    const struct event_field *fields = event_fields(event->kind, &count);

    for (uint32_t i = 0; i < count; i++) {
        bool is_cause = i + 1 == count && fields[i].type == FIELD_TYPE_seq;

        event->word[i] =
            (uint32_t)sqlite3_column_int64(row, is_cause ? COLUMN_CAUSE : (int)(COLUMN_WORDS + i));
    }
}

static void take_text(struct reading *reading, sqlite3_stmt *row, const struct event *event)
{
    const char *text = (const char *)sqlite3_column_text(row, COLUMN_TEXT);
    size_t size = (size_t)sqlite3_column_bytes(row, COLUMN_TEXT);

    if (event->kind == EVENT_print)
        view_builder_set_printed(&reading->builder, event->print.start, text ? text : "", size);
    if (event->kind == EVENT_note)
        view_builder_set_note(&reading->builder, text ? text : "", size);
}

// What the system call hands to the kernel, if it has a name.
static void take_place(struct reading *reading, sqlite3_stmt *row)
{
    const char *kind = (const char *)sqlite3_column_text(row, COLUMN_PLACE_KIND);
    const char *name = (const char *)sqlite3_column_text(row, COLUMN_PLACE_NAME);
    struct view_place place = {
        .start = (uaddr)sqlite3_column_int64(row, COLUMN_PLACE_START),
        .size = (uint32_t)sqlite3_column_int64(row, COLUMN_PLACE_SIZE),
    };

    snprintf(place.name, sizeof place.name, "%s", name ? name : "");
    view_builder_set_place(&reading->builder, place_kind_find(kind, &place.kind) ? &place : NULL);
}

static void take_event(struct reading *reading, sqlite3_stmt *row)
{
    struct event event = {
        .seq = (uint32_t)sqlite3_column_int64(row, COLUMN_SEQ),
        .time_us = (uint64_t)sqlite3_column_int64(row, COLUMN_TIME_US),
        .process = NO_PROCESS,
    };

    if (!event_find_kind((const char *)sqlite3_column_text(row, COLUMN_KIND), &event.kind) ||
        (reading->sink->wanted & EVENT_BIT(event.kind)) == 0)
        return;
    if (sqlite3_column_type(row, COLUMN_PROCESS) != SQLITE_NULL)
        event.process = (uint16_t)sqlite3_column_int64(row, COLUMN_PROCESS);
    take_words(row, &event);
    take_text(reading, row, &event);
    if (event.kind == EVENT_syscall)
        take_place(reading, row);
    reading->sink->take(reading->sink, &event);
}

static bool replay(struct reading *reading)
{
    if (!for_each_row(reading,
                      "select scenario, params, board, sched, fault, seed, num_procs, until_us, "
                      "outcome from runs where id = ?1",
                      take_run) ||
        !for_each_row(reading,
                      "select name, memory_start, memory_size, flash_start, flash_size "
                      "from processes where run_id = ?1 order by idx",
                      take_process))
        return false;
    reading->sink->begin(reading->sink, &reading->info);
    if (!for_each_row(
            reading,
            "select e.seq, e.time_us, e.process, e.kind, e.cause, "
            "case e.kind when 'print' then (select text from prints p "
            "where p.run_id = e.run_id and p.seq = e.seq) "
            "when 'note' then (select text from notes n "
            "where n.run_id = e.run_id and n.seq = e.seq) end, l.kind, l.name, l.start, l.size, "
            "w0, w1, w2, w3, w4, w5, w6, w7 from events e "
            "left join places l on l.run_id = e.run_id and l.seq = e.seq "
            "and e.kind = 'syscall' where e.run_id = ?1 order by e.seq",
            take_event))
        return false;
    reading->sink->end(reading->sink, &reading->result);
    return true;
}

// ---- all of it

static enum record_reading read_all(struct reading *reading)
{
    enum record_reading result;

    // A transaction: a run that is being recorded does not grow between two queries.
    if (sqlite3_exec(reading->file.db, "begin", NULL, NULL, NULL) != SQLITE_OK)
        return refuse(reading);
    result = check_version(reading);
    if (result == RECORD_READ_OK)
        result = find_run(reading);
    if (result == RECORD_READ_OK && !replay(reading))
        result = refuse(reading);
    return result;
}

enum record_reading record_read(const char *path, int64_t run_id, struct sink *sink,
                                struct message *error)
{
    struct reading *reading = allocate(1, sizeof *reading);
    enum record_reading result;

    reading->path = path;
    reading->run_id = run_id;
    reading->sink = sink;
    reading->error = error;
    view_builder_open(&reading->builder);
    result = record_file_open_to_read(&reading->file, path, RECORD_LOCK_WAIT_MS) ? read_all(reading)
                                                                                 : refuse(reading);
    record_file_close(&reading->file);
    view_builder_close(&reading->builder);
    for (size_t i = 0; i < reading->text_count; i++)
        free(reading->texts[i]);
    free(reading);
    return result;
}
