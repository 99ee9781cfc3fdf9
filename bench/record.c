// SPDX-License-Identifier: Apache-2.0 OR MIT
// Events per second into a database on disk while the simulation that makes them runs, against
// a bare loop that inserts rows like them through one prepared statement in one transaction.
#include <errno.h>
#include <math.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../sim/base/allocate.h"
#include "../sim/record/record.h"
#include "../sim/trace/event_names.h"
#include "bench.h"
#include "pair.h"
#include "work.h"

// Transactions have to be of their usual size.
enum { LONGER_SAMPLES = 20 };

enum { ROWS = 4096, WORDS = 8, FIRST_WORD_PLACE = 7 };

static const double goal = 0.9;

// Rows as the record has them, for the reference.
struct rows {
    struct sink sink; // first
    size_t count;
    struct event events[ROWS];
};

struct recording {
    char folder[256];
    char path[300];
    struct rows rows;
    struct message error;
};

static const struct run_info info = {
    .scenario = "bench",
    .about = "asks and answers without end",
    .params = "",
    .board = "cortex-m4",
    .sched = "round_robin",
    .fault = "stop",
    .num_procs = 2,
    .until_us = UINT64_MAX,
};

static const struct run_result result = {.outcome = "passed", .reason = ""};

// ---- the record

static uint32_t events_of(const struct world *world)
{
    return world->kernel.event_seq;
}

// Runs until at least `count` more events have happened.
static bool run_events(struct world *world, uint64_t count)
{
    uint32_t start = events_of(world);

    while (events_of(world) - start < count)
        if (world_step(world) != WORLD_RUNNING)
            return false;
    return true;
}

// From the first event to the end of the last transaction.
static double record_events(struct world *world, struct record *record, uint64_t count)
{
    struct sink *sink = record_sink(record);
    struct run_info of_world = info;
    double start = measure_now_ns();

    of_world.view = &world->view;
    sink->begin(sink, &of_world);
    world_add_sink(world, sink);
    if (!run_events(world, count))
        return (double)NAN;
    sink->end(sink, &result);
    return measure_now_ns() - start;
}

// How many events are in the database: not all that happen are wanted there. NAN: cannot be read.
static double count_rows(const char *path)
{
    sqlite3 *db;
    sqlite3_stmt *select = NULL;
    double count = (double)NAN;

    if (sqlite3_open(path, &db) == SQLITE_OK &&
        sqlite3_prepare_v2(db, "select count(*) from events", -1, &select, NULL) == SQLITE_OK &&
        sqlite3_step(select) == SQLITE_ROW)
        count = sqlite3_column_double(select, 0);
    sqlite3_finalize(select);
    sqlite3_close(db);
    return count;
}

// A world into a new database, gone afterwards: how long it took, and how many rows it made. NAN:
// it failed.
static double record_world(struct recording *recording, uint64_t count, double *rows)
{
    struct world *world = pair_new(2, 0, &recording->error);
    struct record *record;
    double ns = (double)NAN;

    if (!world)
        return ns;
    record = record_open(recording->path, &recording->error);
    if (record) {
        ns = record_events(world, record, count);
        if (record_close(record, &recording->error))
            ns = (double)NAN;
        *rows = count_rows(recording->path);
        (void)unlink(recording->path);
    }
    world_free(world);
    return ns;
}

// The time is scaled to `count` rows.
static double sample_record(void *context, uint64_t count)
{
    double rows = (double)NAN;
    double ns = record_world(context, count, &rows);

    return ns * (double)count / rows;
}

// ---- the reference

static void take_row(struct sink *sink, const struct event *event)
{
    struct rows *rows = (struct rows *)sink;

    if (rows->count < ROWS)
        rows->events[rows->count++] = *event;
}

// A kind's cause is its last field, if it has one.
static void bind_fields(sqlite3_stmt *insert, const struct event *event)
{
    uint32_t count;
    const struct event_field *fields = event_fields(event->kind, &count);

    if (count > 0 && fields[count - 1].type == FIELD_TYPE_seq)
        sqlite3_bind_int64(insert, 6, event->word[--count]);
    else
        sqlite3_bind_null(insert, 6);
    for (uint32_t i = 0; i < WORDS; i++) {
        if (i < count)
            sqlite3_bind_int64(insert, FIRST_WORD_PLACE + (int)i, event->word[i]);
        else
            sqlite3_bind_null(insert, FIRST_WORD_PLACE + (int)i);
    }
}

static bool insert_row(sqlite3_stmt *insert, const struct event *event, uint64_t seq)
{
    sqlite3_bind_int64(insert, 1, 1);
    sqlite3_bind_int64(insert, 2, (sqlite3_int64)seq);
    sqlite3_bind_int64(insert, 3, (sqlite3_int64)event->time_us);
    if (event->process == NO_PROCESS)
        sqlite3_bind_null(insert, 4);
    else
        sqlite3_bind_int64(insert, 4, event->process);
    sqlite3_bind_text(insert, 5, event_name(event->kind), -1, SQLITE_STATIC);
    bind_fields(insert, event);
    return sqlite3_step(insert) == SQLITE_DONE && sqlite3_reset(insert) == SQLITE_OK;
}

static bool insert_rows(sqlite3 *db, sqlite3_stmt *insert, const struct rows *rows, uint64_t count)
{
    if (sqlite3_exec(db, "begin", NULL, NULL, NULL) != SQLITE_OK)
        return false;
    for (uint64_t i = 0; i < count; i++)
        if (!insert_row(insert, &rows->events[i % rows->count], i + 1))
            return false;
    return sqlite3_exec(db, "commit", NULL, NULL, NULL) == SQLITE_OK;
}

// The same file with the same schema and the same promises about the disk.
static bool open_bare(const char *path, sqlite3 **db, sqlite3_stmt **insert)
{
    const char *sql = "insert into events values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, "
                      "?12, ?13, ?14)";

    return sqlite3_open(path, db) == SQLITE_OK &&
           sqlite3_exec(*db, "pragma synchronous = off", NULL, NULL, NULL) == SQLITE_OK &&
           sqlite3_prepare_v2(*db, sql, -1, insert, NULL) == SQLITE_OK;
}

static double sample_bare(void *context, uint64_t count)
{
    struct recording *recording = context;
    struct record *record = record_open(recording->path, &recording->error);
    sqlite3 *db = NULL;
    sqlite3_stmt *insert = NULL;
    double ns = (double)NAN;

    if (!record || record_close(record, &recording->error))
        return ns;
    if (open_bare(recording->path, &db, &insert)) {
        double start = measure_now_ns();
        if (insert_rows(db, insert, &recording->rows, count))
            ns = measure_now_ns() - start;
    }
    if (isnan(ns))
        message_set(&recording->error, "the reference: %s", sqlite3_errmsg(db));
    sqlite3_finalize(insert);
    sqlite3_close(db);
    (void)unlink(recording->path);
    return ns;
}

// ---- comparing

static bool collect_rows(struct rows *rows, struct message *error)
{
    struct world *world = pair_new(2, 0, error);

    if (!world)
        return false;
    *rows =
        (struct rows){.sink = {.wanted = ALL_EVENTS & ~EVENT_BIT(EVENT_poll), .take = take_row}};
    world_add_sink(world, &rows->sink);
    while (rows->count < ROWS && world_step(world) == WORLD_RUNNING)
        continue;
    world_free(world);
    return rows->count == ROWS;
}

static bool make_folder(struct recording *recording, struct message *error)
{
    const char *where = getenv("TMPDIR");

    snprintf(recording->folder, sizeof recording->folder, "%s/ipcsim-bench-XXXXXX",
             where && where[0] != '\0' ? where : "/var/tmp");
    if (!mkdtemp(recording->folder)) {
        message_set(error, "cannot make a folder %s: %s", recording->folder, strerror(errno));
        return false;
    }
    snprintf(recording->path, sizeof recording->path, "%s/bench.db", recording->folder);
    return true;
}

static bool compare(struct recording *recording, struct figures *figures,
                    const struct effort *effort)
{
    const struct subject subjects[] = {{sample_bare, recording}, {sample_record, recording}};
    const struct effort longer = effort_of_longer_samples(effort, LONGER_SAMPLES);
    struct measured measured[2];

    if (!measure(subjects, 2, &longer, measured))
        return false;
    figures_add(figures,
                &(struct figure){.unit = "events/s",
                                 .value = 1e9 / measured[1].ns,
                                 .reference = 1e9 / measured[0].ns,
                                 .ratio = 1 / measured[1].ratio,
                                 .goal = goal},
                "record");
    return true;
}

static struct recording *recording_new(struct message *error)
{
    struct recording *recording = allocate(1, sizeof *recording);

    message_set(&recording->error, "the world stopped by itself");
    if (make_folder(recording, error))
        return recording;
    free(recording);
    return NULL;
}

static void recording_free(struct recording *recording)
{
    (void)rmdir(recording->folder);
    free(recording);
}

bool bench_record(struct figures *figures, const struct effort *effort, struct message *error)
{
    struct recording *recording = recording_new(error);
    bool is_fine = false;

    if (!recording)
        return false;
    if (collect_rows(&recording->rows, error)) {
        is_fine = compare(recording, figures, effort);
        if (!is_fine)
            *error = recording->error;
    }
    recording_free(recording);
    return is_fine;
}

uint64_t work_record(uint64_t times, struct message *error)
{
    struct recording *recording = recording_new(error);
    double rows = 0;

    if (!recording)
        return 0;
    if (isnan(record_world(recording, times, &rows)) || isnan(rows)) {
        *error = recording->error;
        rows = 0;
    }
    recording_free(recording);
    return (uint64_t)rows;
}
