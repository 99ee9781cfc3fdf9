// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "record_file.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "../base/allocate.h"
#include "../base/nearest_path.h"
#include "../base/path.h"
#include "record.h"
#include "schema.h"

// ---- asking it

// Why the host refused: SQLite keeps it in one place or the other.
static const char *host_reason(sqlite3 *db)
{
    int number = sqlite3_system_errno(db);

    if (number == 0)
        (void)sqlite3_file_control(db, NULL, SQLITE_FCNTL_LAST_ERRNO, &number);
    return number != 0 ? strerror(number) : sqlite3_errmsg(db);
}

void record_file_explain(const struct record_file *file, struct message *error)
{
    sqlite3 *db = file->db;
    const char *path = file->path;

    switch (sqlite3_errcode(db)) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        message_set(error,
                    "database %s is locked by another program (waited %u ms): end that one, or "
                    "record into another file with --db",
                    path, file->lock_wait_ms);
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

bool record_file_run(struct record_file *file, const char *sql)
{
    return sqlite3_exec(file->db, sql, NULL, NULL, NULL) == SQLITE_OK;
}

// The number that a statement answers with. False: SQLite refuses, or there is no answer.
static bool read_number(struct record_file *file, const char *sql, int64_t *number)
{
    sqlite3_stmt *statement;
    bool is_there;

    if (sqlite3_prepare_v2(file->db, sql, -1, &statement, NULL) != SQLITE_OK)
        return false;
    is_there = sqlite3_step(statement) == SQLITE_ROW;
    if (is_there)
        *number = sqlite3_column_int64(statement, 0);
    return sqlite3_finalize(statement) == SQLITE_OK && is_there;
}

// ---- the path

static bool check_folder(const char *path, const char *folder, struct message *error)
{
    struct stat status;

    if (stat(folder, &status) != 0 || !S_ISDIR(status.st_mode)) {
        message_set(error, "cannot make database %s: there is no folder %s", path, folder);
        nearest_path_suggest(error, folder, "/", "");
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
    char *folder = path_folder(path);
    bool is_fine = check_folder(path, folder[0] != '\0' ? folder : ".", error);

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

// ---- whose it is

// Others hold the file for some milliseconds at a time; asking often gets a fair turn.
static int wait_for_lock(void *argument, int times)
{
    const struct record_file *file = argument;
    const struct timespec a_millisecond = {.tv_nsec = 1000000};

    if ((unsigned)times >= file->lock_wait_ms)
        return 0;
    (void)nanosleep(&a_millisecond, NULL);
    return 1;
}

// Looks whose file this is. True with `*is_empty`: nobody's yet. Call it inside of a
// transaction, or another process may make the schema between two looks.
static bool check_identity(struct record_file *file, bool *is_empty, struct message *error)
{
    int64_t application;
    int64_t version;
    int64_t things;

    if (!read_number(file, "pragma application_id", &application) ||
        !read_number(file, "pragma user_version", &version) ||
        !read_number(file, "select count(*) from sqlite_schema", &things)) {
        record_file_explain(file, error);
        return false;
    }
    *is_empty = application == 0 && version == 0 && things == 0;
    if (*is_empty)
        return true;
    if (application != RECORD_APPLICATION_ID) {
        message_set(error, "%s is a database of another program: give another file with --db",
                    file->path);
        return false;
    }
    if (version != RECORD_SCHEMA_VERSION) {
        message_set(error,
                    "database %s has schema version %" PRId64 ", this ipcsim knows version %d "
                    "only: use the ipcsim that wrote it, or give another file with --db",
                    file->path, version, RECORD_SCHEMA_VERSION);
        return false;
    }
    return true;
}

static bool fill(struct record_file *file, struct message *error)
{
    char *text = schema_text();
    bool is_made = record_file_run(file, text);

    sqlite3_free(text);
    if (!is_made)
        record_file_explain(file, error);
    return is_made;
}

// `begin` starts the transaction: to look only, or to fill a file that is empty.
static bool look(struct record_file *file, const char *begin, bool may_fill, bool *is_empty,
                 struct message *error)
{
    bool is_fine;

    if (!record_file_run(file, begin)) {
        record_file_explain(file, error);
        return false;
    }
    is_fine =
        check_identity(file, is_empty, error) && (!*is_empty || !may_fill || fill(file, error));
    if (is_fine && !record_file_run(file, "commit")) {
        record_file_explain(file, error);
        is_fine = false;
    }
    if (!sqlite3_get_autocommit(file->db))
        (void)record_file_run(file, "rollback");
    return is_fine;
}

// Another process may be faster at making the schema: that is found out by looking
// again with the file locked.
static bool open_schema(struct record_file *file, struct message *error)
{
    bool is_empty;

    return look(file, "begin", false, &is_empty, error) &&
           (!is_empty || look(file, "begin immediate", true, &is_empty, error));
}

// ---- opening

// SQLite would take such a name for a URI.
static char *plain_path(const char *path)
{
    const char *prefix = strncmp(path, "file:", 5) == 0 ? "./" : "";
    size_t size = strlen(prefix) + strlen(path) + 1;
    char *plain = allocate(size, 1);

    snprintf(plain, size, "%s%s", prefix, path);
    return plain;
}

// A new file that came to nothing goes, unless somebody else is about to fill it, who
// would hold it locked. Locking a file that is empty needs room, too.
static void remove_if_empty(struct record_file *file)
{
    struct stat status;

    sqlite3_busy_handler(file->db, NULL, NULL);
    if (!record_file_run(file, "begin exclusive") && sqlite3_errcode(file->db) != SQLITE_FULL)
        return;
    if (stat(file->path, &status) == 0 && status.st_size == 0)
        (void)unlink(file->path);
    (void)record_file_run(file, "rollback");
}

// Whether the open file is, or now becomes, a record that can be written.
static bool set_up(struct record_file *file, struct message *error)
{
    sqlite3_busy_handler(file->db, wait_for_lock, file);
    // Before the schema is made, which would wait for the disk.
    if (!record_file_run(file, "pragma synchronous = off")) {
        record_file_explain(file, error);
        return false;
    }
    return open_schema(file, error);
}

bool record_file_open(struct record_file *file, const char *path, unsigned lock_wait_ms,
                      struct message *error)
{
    // One thread at a time touches the connection: it needs no lock of its own.
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
    bool is_new;

    if (path[0] == '\0') {
        message_set(error, "the database has no name: give a file with --db");
        return false;
    }
    if (!check_path(path, &is_new, error))
        return false;
    *file = (struct record_file){.path = plain_path(path), .lock_wait_ms = lock_wait_ms};
    if (sqlite3_open_v2(file->path, &file->db, flags, NULL) != SQLITE_OK)
        record_file_explain(file, error);
    else if (set_up(file, error))
        return true;
    if (is_new && file->db)
        remove_if_empty(file);
    record_file_close(file);
    return false;
}

bool record_file_open_to_read(struct record_file *file, const char *path, unsigned lock_wait_ms)
{
    *file = (struct record_file){.path = plain_path(path), .lock_wait_ms = lock_wait_ms};
    if (sqlite3_open_v2(file->path, &file->db, SQLITE_OPEN_READONLY, NULL) != SQLITE_OK)
        return false;
    (void)sqlite3_busy_timeout(file->db, (int)lock_wait_ms);
    return true;
}

void record_file_close(struct record_file *file)
{
    sqlite3_close(file->db);
    free(file->path);
}
