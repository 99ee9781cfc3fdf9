// SPDX-License-Identifier: Apache-2.0 OR MIT
// The file that a record is: who may write it, what is no record, what a crash leaves.
#define _DEFAULT_SOURCE 1 // setgid and others

#include "../../../tests/check.h"
#include "../../base/count_of.h"
#include "../../trace/tests/made_run.h"
#include "../record.h"
#include "record_place.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void assert_refused(struct place *place, const char *path, const char *sentence)
{
    assert_null(record_open_patient(path, 20, &place->error));
    if (!strstr(place->error.text, sentence))
        fail_msg("\"%s\" does not say \"%s\"", place->error.text, sentence);
}

// ---- the file

static void nothing_lies_beside_the_file_after_a_close(void **state)
{
    struct place *place = *state;
    struct record *record = open_record(place);

    record_one_run(record, true);
    close_record(place, record);

    shell("test $(ls -A $DIR | wc -l) = 1");
}

static void the_same_runs_make_the_same_bytes(void **state)
{
    struct place *place = *state;

    setenv("SOURCE_DATE_EPOCH", "1000000000", 1); // else made_at is the time of day
    for (int i = 0; i < 2; i++) {
        struct record *record = open_record(place);

        record_one_run(record, true);
        record_one_run(record, false);
        close_record(place, record);
        if (i == 0)
            shell("cd $DIR && mv runs.db first.db");
    }

    unsetenv("SOURCE_DATE_EPOCH");
    shell("cd $DIR && cmp runs.db first.db");
}

static void runs_are_added_to_what_is_there(void **state)
{
    struct place *place = *state;

    for (int i = 0; i < 3; i++) {
        struct record *record = open_record(place);

        record_one_run(record, true);
        assert_int_equal(record_run_id(record), i + 1);
        close_record(place, record);
    }

    assert_answer(place, "select run_id, delivered from upcalls", "1|1\n2|1\n3|1");
}

static void a_deleted_run_takes_its_rows_along_and_its_id_is_not_used_again(void **state)
{
    struct place *place = *state;
    struct record *record = open_record(place);

    record_one_run(record, true);
    record_one_run(record, true);
    ask(place, "delete from runs where id = 2");
    record_one_run(record, true);
    close_record(place, record);

    assert_answer(place, "select distinct run_id from events", "1\n3");
    assert_answer(place, "select distinct run_id from processes", "1\n3");
}

// A stretch of a run with as many events as a run of some seconds has.
static void record_many_events(struct made_run *made, uint32_t count)
{
    for (uint32_t i = 0; i < count / 2; i++) {
        MADE(made, 0, work, .us = 3);
        MADE(made, 0, context_switch, .id = 0);
    }
}

static void a_long_run_is_there_as_it_goes_and_unfinished_until_it_ends(void **state)
{
    struct place *place = *state;
    struct record *record = open_record(place);
    struct made_run made;

    made_run_begin(&made, record_sink(record));
    assert_answer(place, "select outcome from runs", "unfinished");
    record_many_events(&made, 100000);
    assert_answer(place, "select outcome, (select count(*) > 50000 from events) from runs",
                  "unfinished|1");
    made_run_end(&made, "passed");
    close_record(place, record);

    assert_answer(place, "select outcome, (select count(*) from events) from runs",
                  "passed|100000");
}

static void a_run_that_is_closed_before_its_end_stays_unfinished(void **state)
{
    struct place *place = *state;
    struct record *record = open_record(place);
    struct made_run made;

    made_run_begin(&made, record_sink(record));
    made_notify(&made, ERROR_NONE);
    close_record(place, record);

    assert_answer(place, "select outcome, (select count(*) from events) from runs", "unfinished|3");
}

// A body that never calls the kernel must not fill memory: whole batches are written
// while it runs.
static void whole_batches_are_written_while_a_body_runs(void **state)
{
    struct place *place = *state;
    struct record *record = open_record(place);
    struct made_run made;

    made_run_begin(&made, record_sink(record));
    for (int i = 0; i < 50000; i++)
        MADE(&made, 0, work, .us = 1);

    assert_answer(place, "select count(*) from events", "49152"); // 6 of 8192
    made_run_end(&made, "passed");
    close_record(place, record);
    assert_answer(place, "select count(*) from events", "50000");
}

// ---- being killed, and not being alone

// Records runs of 20,000 events until it is killed.
static void record_for_ever(const char *path)
{
    struct message error;
    struct record *record = record_open(path, &error);
    struct made_run made;

    while (record) {
        made_run_begin(&made, record_sink(record));
        record_many_events(&made, 20000);
        made_run_end(&made, "passed");
    }
    _exit(1);
}

static void sleep_ms(long ms)
{
    const struct timespec time = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};

    nanosleep(&time, NULL);
}

static void a_kill_at_any_moment_leaves_whole_runs_or_unfinished_ones(void **state)
{
    // The last life is long enough for a whole run on a busy machine.
    static const int lives_ms[] = {0, 1, 19, 26, 33, 40, 47, 54, 61, 68, 75, 2500};
    struct place *place = *state;

    for (size_t i = 0; i < COUNT_OF(lives_ms); i++) {
        pid_t child = fork();

        if (child == 0)
            record_for_ever(place->path);
        sleep_ms(lives_ms[i]);
        kill(child, SIGKILL);
        waitpid(child, NULL, 0);

        if (exists(place->path))
            assert_answer(place, "pragma integrity_check", "ok");
    }

    close_record(place, open_record(place));
    assert_answer(place, "select count(*) > 0 from runs where outcome = 'passed'", "1");
    assert_answer(place,
                  "select count(*) from runs where outcome <> 'unfinished' and "
                  "(select count(*) from events where run_id = id) <> 20000",
                  "0");
}

static void several_processes_record_into_one_file(void **state)
{
    enum { CHILDREN = 4, RUNS = 6 };
    struct place *place = *state;
    pid_t children[CHILDREN];

    for (int i = 0; i < CHILDREN; i++) {
        children[i] = fork();
        if (children[i] != 0)
            continue;
        struct record *record = record_open(place->path, &place->error);
        struct made_run made;

        for (int run = 0; record && run < RUNS; run++) {
            made_run_begin(&made, record_sink(record));
            record_many_events(&made, 20000);
            made_run_end(&made, "passed");
        }
        if (record && !record_close(record, &place->error))
            _exit(0);
        print_error("%s\n", place->error.text);
        _exit(1);
    }
    for (int i = 0; i < CHILDREN; i++) {
        int status;

        waitpid(children[i], &status, 0);
        assert_int_equal(status, 0);
    }

    assert_answer(place, "select count(*), min(outcome), max(outcome) from runs",
                  "24|passed|passed");
    assert_answer(place,
                  "select distinct n from (select count(*) as n from events group by "
                  "run_id)",
                  "20000");
    assert_answer(place, "pragma integrity_check", "ok");
}

// ---- refusals

static void a_missing_folder_is_named(void **state)
{
    struct place *place = *state;
    char path[PLACE_PATH_SIZE + 16];

    snprintf(path, sizeof path, "%s/no/such/x.db", place->folder);
    assert_refused(place, path, "there is no folder ");
    assert_refused(place, "", "has no name");
}

static void a_folder_or_a_device_is_no_database(void **state)
{
    struct place *place = *state;

    assert_refused(place, place->folder, "is a folder, not a database");
    assert_refused(place, "/dev/null", "is not a file, not a database");
}

static void a_file_that_is_no_database_stays_as_it_is(void **state)
{
    struct place *place = *state;

    shell("yes 'not a database, but long enough for one' | head -c 8192 > $DB");
    shell("cp $DB $DB.before");
    assert_refused(place, place->path, "is not a database");

    shell("cmp $DB $DB.before");
}

static void a_database_of_another_program_stays_as_it_is(void **state)
{
    struct place *place = *state;

    ask(place, "create table mine (a)");
    shell("cp $DB $DB.before");
    assert_refused(place, place->path, "is a database of another program");

    shell("cmp $DB $DB.before");
}

static void another_schema_version_is_named_and_refused(void **state)
{
    struct place *place = *state;

    close_record(place, open_record(place));
    ask(place, "pragma user_version = 99");
    shell("cp $DB $DB.before");
    assert_refused(place, place->path, "has schema version 99");

    shell("cmp $DB $DB.before");
}

static void a_damaged_database_is_refused(void **state)
{
    struct place *place = *state;
    struct record *record = open_record(place);

    record_one_run(record, true);
    close_record(place, record);
    shell("printf '\\377\\377\\377\\377' | dd of=$DB bs=1 seek=100 conv=notrunc 2>/dev/null");

    assert_refused(place, place->path, "is damaged");
}

static void an_empty_file_becomes_a_database(void **state)
{
    struct place *place = *state;

    shell(": > $DB");
    struct record *record = open_record(place);
    record_one_run(record, true);
    close_record(place, record);

    assert_answer(place, "select count(*) from upcalls", "1");
}

// Runs `test` as somebody without root's rights; true if it returned true.
static bool as_nobody(bool (*test)(struct place *place), struct place *place)
{
    pid_t child = fork();
    int status;

    if (child == 0) {
        if (geteuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0))
            _exit(1);
        _exit(test(place) ? 0 : 1);
    }
    waitpid(child, &status, 0);
    return status == 0;
}

static bool is_refused_for_its_folder(struct place *place)
{
    return !record_open(place->path, &place->error) && strstr(place->error.text, "cannot write") &&
           strstr(place->error.text, "Permission denied");
}

static void a_read_only_folder_is_refused(void **state)
{
    struct place *place = *state;

    shell("chmod 555 $DIR");
    assert_true(as_nobody(is_refused_for_its_folder, place));
    assert_false(exists(place->path));

    shell("chmod 755 $DIR");
    close_record(place, open_record(place));
    shell("chmod 777 $DB");
    shell("chmod 555 $DIR");
    assert_true(as_nobody(is_refused_for_its_folder, place));

    shell("chmod 755 $DIR");
    shell("chmod 444 $DB");
    assert_true(as_nobody(is_refused_for_its_folder, place));
}

// Locks the database as another program does that writes it, until pclose.
static FILE *lock_database(struct place *place)
{
    char command[PLACE_PATH_SIZE + 16];
    char marker[PLACE_PATH_SIZE + 16];
    FILE *pipe;

    snprintf(command, sizeof command, "sqlite3 %s", place->path);
    snprintf(marker, sizeof marker, "%s.locked", place->path);
    pipe = popen(command, "w");
    assert_non_null(pipe);
    fprintf(pipe, "begin exclusive;\n.shell touch %s\n", marker);
    fflush(pipe);
    for (int i = 0; i < 1000 && !exists(marker); i++)
        sleep_ms(5);
    assert_true(exists(marker));
    return pipe;
}

static void a_locked_database_is_refused_after_a_while(void **state)
{
    struct place *place = *state;

    close_record(place, open_record(place));
    FILE *lock = lock_database(place);
    assert_refused(place, place->path, "is locked by another program");
    pclose(lock);

    close_record(place, open_record(place));
}

static void a_lock_in_the_middle_ends_the_recording_not_the_run(void **state)
{
    struct place *place = *state;
    struct record *record = record_open_patient(place->path, 20, &place->error);
    struct made_run made;

    assert_non_null(record);
    made_run_begin(&made, record_sink(record));
    made_notify(&made, ERROR_NONE);
    FILE *lock = lock_database(place);
    made_run_end(&made, "passed");
    pclose(lock);
    record_one_run(record, true);
    assert_string_equal(record_close(record, &place->error), place->error.text);
    assert_non_null(strstr(place->error.text, "is locked by another program"));

    assert_non_null(strstr(place->error.text, "is locked by another program"));
    assert_answer(place, "select outcome, (select count(*) from events) from runs", "unfinished|0");
}

// Fills up what room there is; the sentence it ends with goes to `text`, in a pipe.
static void record_until_it_fails(struct place *place, char *text, size_t size, rlim_t limit)
{
    int ends[2];
    pid_t child;

    assert_int_equal(pipe(ends), 0);
    child = fork();
    if (child == 0) {
        const struct rlimit file_size = {limit, limit};
        struct made_run made;

        signal(SIGXFSZ, SIG_IGN);
        setrlimit(RLIMIT_FSIZE, &file_size);
        struct record *record = record_open(place->path, &place->error);
        for (int i = 0; record && i < 100; i++) {
            made_run_begin(&made, record_sink(record));
            record_many_events(&made, 20000);
            made_run_end(&made, "passed");
        }
        if (record)
            record_close(record, &place->error);
        (void)!write(ends[1], place->error.text, strlen(place->error.text) + 1);
        _exit(0);
    }
    close(ends[1]);
    assert_true(read(ends[0], text, size) > 0);
    close(ends[0]);
    waitpid(child, NULL, 0);
}

static void assert_whole_runs_only(struct place *place)
{
    assert_answer(place, "pragma integrity_check", "ok");
    assert_answer(place, "select count(*) > 0 from runs where outcome = 'passed'", "1");
    assert_answer(place,
                  "select count(*) from runs where outcome = 'passed' and "
                  "(select count(*) from events where run_id = id) <> 20000",
                  "0");
}

static void a_file_that_may_not_grow_keeps_what_was_recorded(void **state)
{
    struct place *place = *state;
    char text[sizeof place->error.text];

    record_until_it_fails(place, text, sizeof text, 3000000);

    assert_non_null(strstr(text, "cannot write database"));
    assert_non_null(strstr(text, "File too large"));
    assert_whole_runs_only(place);
}

// Gives the folder a disk of its own. False: not allowed here.
static bool mount_disk(struct place *place, const char *size)
{
    char command[256];

    snprintf(command, sizeof command, "mount -t tmpfs -o size=%s none %s 2>/dev/null", size,
             place->folder);
    return system(command) == 0;
}

static void a_full_disk_keeps_what_was_recorded(void **state)
{
    struct place *place = *state;
    char text[sizeof place->error.text];

    if (!mount_disk(place, "3m"))
        skip();
    record_until_it_fails(place, text, sizeof text, RLIM_INFINITY);

    assert_non_null(strstr(text, "no room left for database"));
    assert_whole_runs_only(place);
}

static void a_disk_that_was_full_before_is_left_without_a_file(void **state)
{
    struct place *place = *state;

    if (!mount_disk(place, "64k"))
        skip();
    shell("dd if=/dev/zero of=$DIR/full bs=4k 2>/dev/null || true");
    assert_refused(place, place->path, "no room left for database");

    shell("test $(ls -A $DIR | wc -l) = 1");
}

static void a_name_that_looks_like_a_uri_is_a_file(void **state)
{
    struct place *place = *state;
    struct record *record;

    assert_int_equal(chdir(place->folder), 0);
    record = record_open("file:x.db?mode=memory", &place->error);
    assert_non_null(record);
    close_record(place, record);

    assert_true(exists("./file:x.db?mode=memory"));
    assert_int_equal(chdir("/"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_PLACE(nothing_lies_beside_the_file_after_a_close),
        IN_PLACE(the_same_runs_make_the_same_bytes),
        IN_PLACE(runs_are_added_to_what_is_there),
        IN_PLACE(a_deleted_run_takes_its_rows_along_and_its_id_is_not_used_again),
        IN_PLACE(a_long_run_is_there_as_it_goes_and_unfinished_until_it_ends),
        IN_PLACE(a_run_that_is_closed_before_its_end_stays_unfinished),
        IN_PLACE(whole_batches_are_written_while_a_body_runs),
        IN_PLACE(a_kill_at_any_moment_leaves_whole_runs_or_unfinished_ones),
        IN_PLACE(several_processes_record_into_one_file),
        IN_PLACE(a_missing_folder_is_named),
        IN_PLACE(a_folder_or_a_device_is_no_database),
        IN_PLACE(a_file_that_is_no_database_stays_as_it_is),
        IN_PLACE(a_database_of_another_program_stays_as_it_is),
        IN_PLACE(another_schema_version_is_named_and_refused),
        IN_PLACE(a_damaged_database_is_refused),
        IN_PLACE(an_empty_file_becomes_a_database),
        IN_PLACE(a_read_only_folder_is_refused),
        IN_PLACE(a_locked_database_is_refused_after_a_while),
        IN_PLACE(a_lock_in_the_middle_ends_the_recording_not_the_run),
        IN_PLACE(a_file_that_may_not_grow_keeps_what_was_recorded),
        IN_PLACE(a_full_disk_keeps_what_was_recorded),
        IN_PLACE(a_disk_that_was_full_before_is_left_without_a_file),
        IN_PLACE(a_name_that_looks_like_a_uri_is_a_file),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
