// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "diff_source.h"

#include <ctype.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "../base/allocate.h"
#include "../base/file.h"
#include "../base/nearest_path.h"
#include "../golden/golden_sink.h"
#include "../record/record_read.h"
#include "../trace/jsonl_read.h"

static enum exit_status read_database(struct golden *golden, const char *path, int64_t run_id,
                                      struct message *error)
{
    struct golden_sink sink;
    enum record_reading result;

    golden_sink_init(&sink);
    result = record_read(path, run_id, &sink.sink, error);
    golden_sink_take(&sink, golden);
    golden_sink_close(&sink);
    if (result == RECORD_READ_OK)
        return STATUS_PASSED;
    return result == RECORD_READ_NO_RUN ? STATUS_USAGE : STATUS_HOST;
}

static enum exit_status read_jsonl(struct golden *golden, const char *name, const char *text,
                                   struct message *error)
{
    struct golden_sink sink;
    bool is_read;

    golden_sink_init(&sink);
    is_read = jsonl_read(name, text, &sink.sink, error);
    golden_sink_take(&sink, golden);
    golden_sink_close(&sink);
    return is_read ? STATUS_PASSED : STATUS_USAGE;
}

static enum exit_status read_text(struct golden *golden, const char *path, struct message *error)
{
    struct message why;
    char *text = file_read(path, SIZE_MAX, NULL, &why);
    enum exit_status status;

    if (!text) {
        message_set(error, "cannot read %s: %s", path, why.text);
        return STATUS_HOST;
    }
    if (text[0] == '{')
        status = read_jsonl(golden, path, text, error);
    else if (golden_read(golden, path, text, error) == GOLDEN_READ_OK)
        status = STATUS_PASSED;
    else
        status = STATUS_USAGE;
    if (status == STATUS_USAGE && text[0] != '{' && strncmp(text, golden_magic, 6) != 0)
        message_set(error, "%s is no database, golden trace or JSON lines of ipcsim", path);
    free(text);
    return status;
}

// The number behind the last colon, 0: there is none.
static int64_t split(char *path)
{
    char *colon = strrchr(path, ':');
    char *end;
    long long run_id;

    if (!colon || !isdigit((unsigned char)colon[1]))
        return 0;
    errno = 0;
    run_id = strtoll(colon + 1, &end, 10);
    if (*end != '\0' || errno != 0 || run_id < 1)
        return 0;
    *colon = '\0';
    return run_id;
}

static enum exit_status read_run(struct golden *golden, const char *name, struct message *error)
{
    char *path = allocate_text(name, strlen(name));
    int64_t run_id = split(path);
    struct stat status;
    enum exit_status result = STATUS_USAGE;

    if (stat(path, &status) != 0) {
        message_set(error, "%s: %s", path, strerror(errno));
        nearest_path_suggest(error, path, NULL, name + strlen(path));
    } else if (run_id == 0 || !record_is_database(path)) {
        message_set(error, "%s: only a database has runs to choose from", name);
    } else {
        result = read_database(golden, path, run_id, error);
    }
    free(path);
    return result;
}

enum exit_status diff_source_read(struct golden *golden, const char *name, struct message *error)
{
    struct stat status;

    if (stat(name, &status) != 0)
        return read_run(golden, name, error);
    if (!S_ISREG(status.st_mode)) {
        message_set(error, "%s is no file", name);
        return STATUS_USAGE;
    }
    if (record_is_database(name))
        return read_database(golden, name, 0, error);
    return read_text(golden, name, error);
}
