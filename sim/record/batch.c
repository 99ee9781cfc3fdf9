// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "batch.h"

#include <stdlib.h>

#include "../base/allocate.h"
#include "../trace/event_names.h"
#include "schema.h"

// To SQLite, the events not yet written are a table, which one statement copies into
// table events. That takes half the time of one bound insert after the other.

enum batch_column {
    COLUMN_RUN_ID,
    COLUMN_SEQ,
    COLUMN_TIME_US,
    COLUMN_PROCESS,
    COLUMN_KIND,
    COLUMN_CAUSE,
    COLUMN_WORDS,
};

struct batch_table {
    sqlite3_vtab base; // first
    const struct batch *batch;
};

struct batch_cursor {
    sqlite3_vtab_cursor base; // first
    size_t row;
};

static int batch_connect(sqlite3 *db, void *batch, int argc, const char *const *argv,
                         sqlite3_vtab **table, char **error)
{
    struct batch_table *made = allocate(1, sizeof *made);

    (void)argc;
    (void)argv;
    (void)error;
    made->batch = batch;
    *table = &made->base;
    return sqlite3_declare_vtab(db, "create table batch (run_id, seq, time_us, process, kind, "
                                    "cause, w0, w1, w2, w3, w4, w5, w6, w7)");
}

static int batch_disconnect(sqlite3_vtab *table)
{
    free(table);
    return SQLITE_OK;
}

static int batch_best_index(sqlite3_vtab *table, sqlite3_index_info *info)
{
    (void)table;
    (void)info;
    return SQLITE_OK;
}

static int batch_open(sqlite3_vtab *table, sqlite3_vtab_cursor **cursor)
{
    struct batch_cursor *opened = allocate(1, sizeof *opened);

    (void)table;
    *cursor = &opened->base;
    return SQLITE_OK;
}

static int batch_close(sqlite3_vtab_cursor *cursor)
{
    free(cursor);
    return SQLITE_OK;
}

static int batch_filter(sqlite3_vtab_cursor *cursor, int index, const char *index_name, int argc,
                        sqlite3_value **argv)
{
    (void)index;
    (void)index_name;
    (void)argc;
    (void)argv;
    ((struct batch_cursor *)cursor)->row = 0;
    return SQLITE_OK;
}

static int batch_next(sqlite3_vtab_cursor *cursor)
{
    ((struct batch_cursor *)cursor)->row++;
    return SQLITE_OK;
}

static int batch_eof(sqlite3_vtab_cursor *cursor)
{
    return ((struct batch_cursor *)cursor)->row >=
           ((struct batch_table *)cursor->pVtab)->batch->count;
}

static int batch_rowid(sqlite3_vtab_cursor *cursor, sqlite3_int64 *rowid)
{
    *rowid = (sqlite3_int64)((struct batch_cursor *)cursor)->row;
    return SQLITE_OK;
}

static void give_cause(sqlite3_context *context, const struct event *event)
{
    uint32_t count;
    const struct event_field *fields = event_fields(event->kind, &count);

    if (schema_has_cause(fields, count) && event->word[count - 1] != 0)
        sqlite3_result_int64(context, event->word[count - 1]);
}

static void give_word(sqlite3_context *context, const struct event *event, uint32_t word)
{
    uint32_t count;
    const struct event_field *fields = event_fields(event->kind, &count);

    if (word < count - schema_has_cause(fields, count))
        sqlite3_result_int64(context, event->word[word]);
}

// A column that is given nothing is null.
static int batch_column(sqlite3_vtab_cursor *cursor, sqlite3_context *context, int column)
{
    const struct batch *batch = ((struct batch_table *)cursor->pVtab)->batch;
    const struct event *event = &batch->events[((struct batch_cursor *)cursor)->row];

    switch (column) {
    case COLUMN_RUN_ID:
        sqlite3_result_int64(context, batch->run_id);
        break;
    case COLUMN_SEQ:
        sqlite3_result_int64(context, event->seq);
        break;
    case COLUMN_TIME_US:
        sqlite3_result_int64(context, (sqlite3_int64)event->time_us);
        break;
    case COLUMN_PROCESS:
        if (event->process != NO_PROCESS)
            sqlite3_result_int64(context, event->process);
        break;
    case COLUMN_KIND:
        sqlite3_result_text(context, event_name(event->kind), -1, SQLITE_STATIC);
        break;
    case COLUMN_CAUSE:
        give_cause(context, event);
        break;
    default:
        give_word(context, event, (uint32_t)column - COLUMN_WORDS);
    }
    return SQLITE_OK;
}

static const sqlite3_module batch_module = {
    .xConnect = batch_connect,
    .xBestIndex = batch_best_index,
    .xDisconnect = batch_disconnect,
    .xOpen = batch_open,
    .xClose = batch_close,
    .xFilter = batch_filter,
    .xNext = batch_next,
    .xEof = batch_eof,
    .xColumn = batch_column,
    .xRowid = batch_rowid,
};

bool batch_register(sqlite3 *db, struct batch *batch)
{
    return sqlite3_create_module(db, "batch", &batch_module, batch) == SQLITE_OK;
}
