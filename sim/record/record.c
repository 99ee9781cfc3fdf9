// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "record.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "../../core/scheduler.h"
#include "../base/allocate.h"
#include "../base/version.h"
#include "../trace/event_names.h"
#include "sqlite_host.h"

extern const char schema_sql[]; // reports/schema.sql, made part of the program

// How many events make a transaction. Others who write the file get their turn between
// two of them, some milliseconds.
enum { BATCH_EVENTS = 8192 };

// What a process printed, not yet written.
struct printed {
    struct event event;
    char *bytes; // owned
};

struct record {
    struct sink sink; // first
    sqlite3 *db;
    char *path;
    unsigned lock_wait_ms;
    bool has_failed;
    struct message error;

    int64_t run_id;
    bool run_is_open;
    const struct view *view;        // of the open run
    const struct process_end *ends; // while that run ends
    struct event *events;           // not yet written, up to BATCH_EVENTS
    size_t count;
    struct printed *prints; // not yet written; owned
    size_t print_count;

    sqlite3_stmt *begin;
    sqlite3_stmt *commit;
    sqlite3_stmt *insert_run;
    sqlite3_stmt *insert_process;
    sqlite3_stmt *insert_events;
    sqlite3_stmt *insert_print;
    sqlite3_stmt *finish_run;
    sqlite3_stmt *finish_process;
};

// ---- errors

// Why the host refused: SQLite keeps it in one place or the other.
static const char *host_reason(sqlite3 *db)
{
    int number = sqlite3_system_errno(db);

    if (number == 0)
        (void)sqlite3_file_control(db, NULL, SQLITE_FCNTL_LAST_ERRNO, &number);
    return number != 0 ? strerror(number) : sqlite3_errmsg(db);
}

// Turns what SQLite just answered into a sentence.
static void explain(const struct record *record, struct message *error)
{
    sqlite3 *db = record->db;
    const char *path = record->path;

    switch (sqlite3_errcode(db)) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        message_set(error,
                    "database %s is locked by another program (waited %u ms): end that one, or "
                    "record into another file with --db",
                    path, record->lock_wait_ms);
        break;
    case SQLITE_FULL:
        message_set(error, "no room left for database %s: make room, or record elsewhere with --db",
                    path);
        break;
    case SQLITE_NOTADB:
        message_set(error, "%s is not a database: give another file with --db", path);
        break;
    case SQLITE_CORRUPT:
        message_set(error, "database %s is damaged: move it away, or give another file with --db",
                    path);
        break;
    case SQLITE_CANTOPEN:
    case SQLITE_IOERR:
    case SQLITE_PERM:
    case SQLITE_READONLY:
        message_set(error, "cannot write database %s: %s", path, host_reason(db));
        break;
    default:
        message_set(error, "database %s: %s", path, sqlite3_errmsg(db));
    }
}

static void fail(struct record *record)
{
    if (record->has_failed)
        return;
    record->has_failed = true;
    explain(record, &record->error);
    if (!sqlite3_get_autocommit(record->db))
        (void)sqlite3_exec(record->db, "rollback", NULL, NULL, NULL);
}

// ---- a batch of events as a table
//
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

struct batch {
    sqlite3_vtab base; // first
    const struct record *record;
};

struct batch_cursor {
    sqlite3_vtab_cursor base; // first
    size_t row;
};

static int batch_connect(sqlite3 *db, void *record, int argc, const char *const *argv,
                         sqlite3_vtab **table, char **error)
{
    struct batch *batch = allocate(1, sizeof *batch);

    (void)argc;
    (void)argv;
    (void)error;
    batch->record = record;
    *table = &batch->base;
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
    return ((struct batch_cursor *)cursor)->row >= ((struct batch *)cursor->pVtab)->record->count;
}

static int batch_rowid(sqlite3_vtab_cursor *cursor, sqlite3_int64 *rowid)
{
    *rowid = (sqlite3_int64)((struct batch_cursor *)cursor)->row;
    return SQLITE_OK;
}

// A kind's cause is its last field, if it has one; the fields before it are its words.
static bool has_cause(const struct event_field *fields, uint32_t count)
{
    return count > 0 && fields[count - 1].type == FIELD_TYPE_seq;
}

static void give_cause(sqlite3_context *context, const struct event *event)
{
    uint32_t count;
    const struct event_field *fields = event_fields(event->kind, &count);

    if (has_cause(fields, count) && event->word[count - 1] != 0)
        sqlite3_result_int64(context, event->word[count - 1]);
}

static void give_word(sqlite3_context *context, const struct event *event, uint32_t word)
{
    uint32_t count;
    const struct event_field *fields = event_fields(event->kind, &count);

    if (word < count - has_cause(fields, count))
        sqlite3_result_int64(context, event->word[word]);
}

// A column that is given nothing is null.
static int batch_column(sqlite3_vtab_cursor *cursor, sqlite3_context *context, int column)
{
    const struct record *record = ((struct batch *)cursor->pVtab)->record;
    const struct event *event = &record->events[((struct batch_cursor *)cursor)->row];

    switch (column) {
    case COLUMN_RUN_ID:
        sqlite3_result_int64(context, record->run_id);
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

// ---- the schema

// A field as a column of a view: "class", by its name rather than its number. `from`
// is a word of SQL, so it becomes from_process.
static void append_column(sqlite3_str *sql, const struct event_field *field, uint32_t word)
{
    const char *name = strcmp(field->name, "from") == 0 ? "from_process" : field->name;
    size_t count;

    if (field_type_values(field->type, &count))
        sqlite3_str_appendf(sql,
                            ", coalesce((select n.name from names n where n.type = %Q and "
                            "n.value = w%u), w%u) as \"%w\"",
                            field_type_name(field->type), word, word, name);
    else if (field->type == FIELD_TYPE_process)
        sqlite3_str_appendf(sql, ", nullif(w%u, %u) as \"%w\"", word, (unsigned)NO_PROCESS, name);
    else if (field->type == FIELD_TYPE_us)
        sqlite3_str_appendf(sql, ", nullif(w%u, %u) as \"%w\"", word, NO_TIMESLICE, name);
    else
        sqlite3_str_appendf(sql, ", w%u as \"%w\"", word, name);
}

// create view ev_syscall as select run_id, seq, ..., w0 as "id", ... from events where ...
static void append_event_view(sqlite3_str *sql, uint32_t kind)
{
    uint32_t count;
    const struct event_field *fields = event_fields(kind, &count);
    uint32_t words = count - has_cause(fields, count);

    sqlite3_str_appendf(sql, "create view ev_%s as -- %s\nselect run_id, seq, time_us, process",
                        event_name(kind), event_about(kind));
    for (uint32_t word = 0; word < words; word++)
        append_column(sql, &fields[word], word);
    if (words < count)
        sqlite3_str_appendf(sql, ", cause as \"%w\"", fields[count - 1].name);
    sqlite3_str_appendf(sql, "\nfrom events where kind = %Q;\n", event_name(kind));
}

static void append_names(sqlite3_str *sql, enum field_type type)
{
    size_t count;
    const struct named_value *values = field_type_values(type, &count);

    for (size_t i = 0; i < count; i++)
        sqlite3_str_appendf(sql, "%s(%Q, %u, %Q, %Q)", i == 0 ? "insert into names values " : ", ",
                            field_type_name(type), values[i].value, values[i].name,
                            values[i].about);
    sqlite3_str_appendall(sql, count > 0 ? ";\n" : "");
}

// Everything that makes an empty file a record.
static char *schema_text(void)
{
    sqlite3_str *sql = sqlite3_str_new(NULL);

    sqlite3_str_appendf(sql, "pragma application_id = %d;\npragma user_version = %d;\n%s",
                        RECORD_APPLICATION_ID, RECORD_SCHEMA_VERSION, schema_sql);
    for (uint32_t kind = 0; kind < EVENT_KINDS; kind++)
        append_event_view(sql, kind);
    for (int type = 0; type < FIELD_TYPE_COUNT; type++)
        append_names(sql, (enum field_type)type);
    return sqlite3_str_finish(sql);
}

uint32_t record_schema_fingerprint(void)
{
    uint32_t hash = 0x811c9dc5; // FNV-1a
    char *text = schema_text();

    for (const char *c = text; *c; c++)
        hash = (hash ^ (unsigned char)*c) * 0x01000193;
    sqlite3_free(text);
    return hash;
}

// ---- opening

static bool run_sql(struct record *record, const char *sql)
{
    return sqlite3_exec(record->db, sql, NULL, NULL, NULL) == SQLITE_OK;
}

// The number that a statement answers with.
static bool read_number(struct record *record, const char *sql, int64_t *number)
{
    sqlite3_stmt *statement;
    bool is_there;

    if (sqlite3_prepare_v2(record->db, sql, -1, &statement, NULL) != SQLITE_OK)
        return false;
    is_there = sqlite3_step(statement) == SQLITE_ROW;
    if (is_there)
        *number = sqlite3_column_int64(statement, 0);
    return sqlite3_finalize(statement) == SQLITE_OK && is_there;
}

// The folder of a path, with its last slash, or "." where it names none.
static char *folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? allocate_text(path, (size_t)(slash - path) + 1) : allocate_text(".", 1);
}

static bool check_folder(const char *path, const char *folder, struct message *error)
{
    struct stat status;

    if (stat(folder, &status) != 0 || !S_ISDIR(status.st_mode)) {
        message_set(error, "cannot make database %s: there is no folder %s", path, folder);
        return false;
    }
    if (access(folder, W_OK | X_OK) != 0) {
        message_set(error, "cannot write database %s: folder %s: %s", path, folder,
                    strerror(errno));
        return false;
    }
    return true;
}

// What SQLite would not say clearly, or would do in place of saying no. `is_new`: there
// is no such file yet.
static bool check_path(const char *path, bool *is_new, struct message *error)
{
    struct stat status;
    char *folder = folder_of(path);
    bool is_fine = check_folder(path, folder, error);

    free(folder);
    *is_new = stat(path, &status) != 0 && errno == ENOENT;
    if (!is_fine || *is_new)
        return is_fine;
    if (!S_ISREG(status.st_mode)) {
        message_set(error, "%s is %s, not a database: give a file with --db", path,
                    S_ISDIR(status.st_mode) ? "a folder" : "not a file");
        return false;
    }
    if (access(path, R_OK | W_OK) != 0) {
        message_set(error, "cannot write database %s: %s", path, strerror(errno));
        return false;
    }
    return true;
}

// Others hold the file for some milliseconds at a time; asking often gets a fair turn.
static int wait_for_lock(void *argument, int times)
{
    const struct record *record = argument;
    const struct timespec a_millisecond = {.tv_nsec = 1000000};

    if ((unsigned)times >= record->lock_wait_ms)
        return 0;
    (void)nanosleep(&a_millisecond, NULL);
    return 1;
}

// Looks whose file this is. True with `*is_empty`: nobody's yet. Call it inside of a
// transaction, or another process may make the schema between two looks.
static bool check_identity(struct record *record, bool *is_empty, struct message *error)
{
    int64_t application;
    int64_t version;
    int64_t things;

    if (!read_number(record, "pragma application_id", &application) ||
        !read_number(record, "pragma user_version", &version) ||
        !read_number(record, "select count(*) from sqlite_schema", &things)) {
        explain(record, error);
        return false;
    }
    *is_empty = application == 0 && version == 0 && things == 0;
    if (*is_empty)
        return true;
    if (application != RECORD_APPLICATION_ID) {
        message_set(error, "%s is a database of another program: give another file with --db",
                    record->path);
        return false;
    }
    if (version != RECORD_SCHEMA_VERSION) {
        message_set(error,
                    "database %s has schema version %" PRId64 ", this ipcsim knows version %d "
                    "only: use the ipcsim that wrote it, or give another file with --db",
                    record->path, version, RECORD_SCHEMA_VERSION);
        return false;
    }
    return true;
}

static bool fill(struct record *record, struct message *error)
{
    char *text = schema_text();
    bool is_made = run_sql(record, text);

    sqlite3_free(text);
    if (!is_made)
        explain(record, error);
    return is_made;
}

// `begin` starts the transaction: to look only, or to fill a file that is empty.
static bool look(struct record *record, const char *begin, bool may_fill, bool *is_empty,
                 struct message *error)
{
    bool is_fine;

    if (!run_sql(record, begin)) {
        explain(record, error);
        return false;
    }
    is_fine =
        check_identity(record, is_empty, error) && (!*is_empty || !may_fill || fill(record, error));
    if (is_fine && !run_sql(record, "commit")) {
        explain(record, error);
        is_fine = false;
    }
    if (!sqlite3_get_autocommit(record->db))
        (void)run_sql(record, "rollback");
    return is_fine;
}

// Another process may be faster at making the schema: that is found out by looking
// again with the file locked.
static bool open_schema(struct record *record, struct message *error)
{
    bool is_empty;

    return look(record, "begin", false, &is_empty, error) &&
           (!is_empty || look(record, "begin immediate", true, &is_empty, error));
}

static bool prepare(struct record *record, sqlite3_stmt **statement, const char *sql)
{
    return sqlite3_prepare_v3(record->db, sql, -1, SQLITE_PREPARE_PERSISTENT, statement, NULL) ==
           SQLITE_OK;
}

static bool prepare_all(struct record *record)
{
    return prepare(record, &record->begin, "begin immediate") &&
           prepare(record, &record->commit, "commit") &&
           prepare(record, &record->insert_run,
                   "insert into runs (scenario, about, params, board, sched, fault, seed, "
                   "num_procs, until_us, version, outcome) "
                   "values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, 'unfinished')") &&
           prepare(record, &record->insert_process,
                   "insert into processes (run_id, idx, name, id, memory_start, memory_size, "
                   "flash_start, flash_size) values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)") &&
           prepare(record, &record->insert_events,
                   "insert or rollback into events select * from batch") &&
           prepare(record, &record->insert_print,
                   "insert or rollback into prints (run_id, seq, time_us, process, text) "
                   "values (?1, ?2, ?3, ?4, ?5)") &&
           prepare(record, &record->finish_run,
                   "update runs set outcome = ?2, reason = ?3, trace_hash = ?4, events = ?5, "
                   "time_us = ?6 where id = ?1") &&
           prepare(record, &record->finish_process,
                   "update processes set state = ?3, restarts = ?4, dropped_upcalls = ?5, "
                   "timeslice_expirations = ?6, syscalls = ?7 where run_id = ?1 and idx = ?2");
}

// Whether the open file is, or now becomes, a record that can be written.
static bool set_up(struct record *record, struct message *error)
{
    sqlite3_busy_handler(record->db, wait_for_lock, record);
    // Before the schema is made, which would wait for the disk.
    if (!run_sql(record, "pragma synchronous = off")) {
        explain(record, error);
        return false;
    }
    if (!open_schema(record, error))
        return false;
    if (sqlite3_create_module(record->db, "batch", &batch_module, record) != SQLITE_OK ||
        !prepare_all(record)) {
        explain(record, error);
        return false;
    }
    return true;
}

static void forget_prints(struct record *record)
{
    for (size_t i = 0; i < record->print_count; i++)
        free(record->prints[i].bytes);
    record->print_count = 0;
}

static void discard(struct record *record)
{
    sqlite3_finalize(record->begin);
    sqlite3_finalize(record->commit);
    sqlite3_finalize(record->insert_run);
    sqlite3_finalize(record->insert_process);
    sqlite3_finalize(record->insert_events);
    sqlite3_finalize(record->insert_print);
    sqlite3_finalize(record->finish_run);
    sqlite3_finalize(record->finish_process);
    sqlite3_close(record->db);
    forget_prints(record);
    free(record->prints);
    free(record->events);
    free(record->path);
    free(record);
}

// A new file that came to nothing goes, unless somebody else is about to fill it, who
// would hold it locked. Locking a file that is empty needs room, too.
static void remove_if_empty(struct record *record)
{
    struct stat status;

    sqlite3_busy_handler(record->db, NULL, NULL);
    if (!run_sql(record, "begin exclusive") && sqlite3_errcode(record->db) != SQLITE_FULL)
        return;
    if (stat(record->path, &status) == 0 && status.st_size == 0)
        (void)unlink(record->path);
    (void)run_sql(record, "rollback");
}

static void begin(struct sink *sink, const struct run_info *info);
static void take(struct sink *sink, const struct event *event);
static void end(struct sink *sink, const struct run_result *result);

static struct record *record_new(const char *path, unsigned lock_wait_ms)
{
    // SQLite would take such a name for a URI.
    const char *prefix = strncmp(path, "file:", 5) == 0 ? "./" : "";
    struct record *record = allocate(1, sizeof *record);
    size_t length = strlen(prefix) + strlen(path);

    record->sink = (struct sink){
        .wanted = ALL_EVENTS & ~EVENT_BIT(EVENT_poll), .begin = begin, .take = take, .end = end};
    record->path = allocate(length + 1, 1);
    (void)snprintf(record->path, length + 1, "%s%s", prefix, path);
    record->lock_wait_ms = lock_wait_ms;
    record->events = allocate(BATCH_EVENTS, sizeof *record->events);
    return record;
}

struct record *record_open_patient(const char *path, unsigned lock_wait_ms, struct message *error)
{
    // One thread at a time touches the connection: it needs no lock of its own.
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
    struct record *record;
    bool is_new;

    if (path[0] == '\0') {
        message_set(error, "the database has no name: give a file with --db");
        return NULL;
    }
    if (!check_path(path, &is_new, error))
        return NULL;
    record = record_new(path, lock_wait_ms);
    if (sqlite3_open_v2(record->path, &record->db, flags, NULL) != SQLITE_OK) {
        explain(record, error);
    } else if (set_up(record, error)) {
        return record;
    }
    if (is_new)
        remove_if_empty(record);
    discard(record);
    return NULL;
}

struct record *record_open(const char *path, struct message *error)
{
    return record_open_patient(path, RECORD_LOCK_WAIT_MS, error);
}

// ---- writing

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
    (void)snprintf(text, sizeof text, "%" PRIu64, number);
    sqlite3_bind_text(statement, place, text, -1, SQLITE_TRANSIENT);
}

static bool insert_run(struct record *record, const struct run_info *info)
{
    sqlite3_stmt *statement = record->insert_run;

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
    return step(statement);
}

static bool insert_process(struct record *record, uint32_t index)
{
    const struct view_process *process = &record->view->processes[index];
    sqlite3_stmt *statement = record->insert_process;

    sqlite3_bind_int64(statement, 1, record->run_id);
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

    sqlite3_bind_int64(statement, 1, record->run_id);
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

    (void)snprintf(hash, sizeof hash, "%016" PRIx64, result->trace_hash);
    sqlite3_bind_int64(statement, 1, record->run_id);
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

static bool insert_print(struct record *record, const struct printed *printed)
{
    sqlite3_stmt *statement = record->insert_print;

    sqlite3_bind_int64(statement, 1, record->run_id);
    sqlite3_bind_int64(statement, 2, printed->event.seq);
    bind_number(statement, 3, printed->event.time_us);
    sqlite3_bind_int64(statement, 4, printed->event.process);
    sqlite3_bind_text(statement, 5, printed->bytes, (int)printed->event.print.size, SQLITE_STATIC);
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

static bool insert_events(struct record *record)
{
    bool is_written = record->count == 0 || step(record->insert_events);

    record->count = 0;
    return is_written && insert_prints(record);
}

static void flush(struct record *record)
{
    if (record->count > 0 &&
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
    record->run_id = sqlite3_last_insert_rowid(record->db);
    record->run_is_open = true;
    if (!for_each_process(record, insert_process) || !step(record->commit))
        fail(record);
}

// What is printed is in memory now, and may be gone when it is written.
static void keep_print(struct record *record, const struct event *event)
{
    const uint8_t *bytes = view_printed(record->view, event);

    if (bytes == NULL)
        return;
    record->prints =
        allocate_again(record->prints, (record->print_count + 1) * sizeof *record->prints);
    record->prints[record->print_count++] = (struct printed){
        .event = *event, .bytes = allocate_text((const char *)bytes, event->print.size)};
}

static void take(struct sink *sink, const struct event *event)
{
    struct record *record = (struct record *)sink;

    if (record->has_failed)
        return;
    if (event->kind == EVENT_print)
        keep_print(record, event);
    record->events[record->count++] = *event;
    if (record->count == BATCH_EVENTS)
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
    return record->run_id;
}

const char *record_error(const struct record *record)
{
    return record->has_failed ? record->error.text : NULL;
}

const char *record_close(struct record *record, struct message *error)
{
    bool has_failed;

    if (!record->has_failed)
        flush(record);
    has_failed = record->has_failed;
    if (has_failed)
        *error = record->error;
    discard(record);
    return has_failed ? error->text : NULL;
}
