// SPDX-License-Identifier: Apache-2.0 OR MIT
// A folder of its own for each test of the record, and the sqlite3 shell, which is asked
// what is in the database as a person would.
#pragma once

#include <stdbool.h>

#include "../../../tests/check.h"
#include "../record.h"

enum { PLACE_PATH_SIZE = 128, PLACE_TEXT_SIZE = 4096 };

struct place {
    char folder[64];              // $DIR to the shell
    char path[PLACE_PATH_SIZE];   // of the database, $DB to the shell
    char answer[PLACE_TEXT_SIZE]; // of the last query
    struct message error;
};

int place_set_up(void **state);
int place_tear_down(void **state);

#define IN_PLACE(test) cmocka_unit_test_setup_teardown(test, place_set_up, place_tear_down)

// Runs a command of the host, which must succeed.
void shell(const char *command);

bool exists(const char *path);

// The answer to a query without its last newline: columns apart by |, rows by newlines.
const char *ask(struct place *place, const char *sql);
void assert_answer(struct place *place, const char *sql, const char *answer);

struct record *open_record(struct place *place);
void close_record(struct place *place, struct record *record);

// A run of one notification, converted and, if `deliver`, delivered.
void record_one_run(struct record *record, bool deliver);
