// SPDX-License-Identifier: Apache-2.0 OR MIT
#define _DEFAULT_SOURCE 1 // mkdtemp

#include "record_place.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "../../trace/tests/made_run.h"

int place_set_up(void **state)
{
    struct place *place = calloc(1, sizeof *place);

    strcpy(place->folder, "/tmp/record_test.XXXXXX");
    assert_non_null(mkdtemp(place->folder));
    snprintf(place->path, sizeof place->path, "%s/runs.db", place->folder);
    setenv("DIR", place->folder, 1);
    setenv("DB", place->path, 1);
    *state = place;
    return 0;
}

void shell(const char *command)
{
    assert_int_equal(system(command), 0);
}

int place_tear_down(void **state)
{
    struct place *place = *state;

    shell("umount $DIR 2>/dev/null; rm -rf $DIR"); // whatever a test has mounted
    free(place);
    return 0;
}

const char *ask(struct place *place, const char *sql)
{
    char command[PLACE_TEXT_SIZE];
    FILE *pipe;
    size_t length;

    snprintf(command, sizeof command, "sqlite3 %s \"%s\" 2>&1", place->path, sql);
    pipe = popen(command, "r");
    assert_non_null(pipe);
    length = fread(place->answer, 1, sizeof place->answer - 1, pipe);
    pclose(pipe);
    place->answer[length > 0 ? length - 1 : 0] = '\0';
    return place->answer;
}

void assert_answer(struct place *place, const char *sql, const char *answer)
{
    assert_string_equal(ask(place, sql), answer);
}

struct record *open_record(struct place *place)
{
    struct record *record = record_open(place->path, &place->error);

    if (!record)
        fail_msg("%s", place->error.text);
    return record;
}

void close_record(struct place *place, struct record *record)
{
    assert_null(record_close(record, &place->error));
}

bool exists(const char *path)
{
    struct stat status;

    return stat(path, &status) == 0;
}

void record_one_run(struct record *record, bool deliver)
{
    struct made_run made;
    uint32_t notified;

    made_run_begin(&made, record_sink(record));
    notified = made_notify(&made, ERROR_NONE);
    made_convert(&made, notified);
    if (deliver)
        made_deliver(&made, notified);
    made_run_end(&made, "passed");
}
