// SPDX-License-Identifier: Apache-2.0 OR MIT
// What came of checking one run of a scenario, and how a worker tells it to the program
// that started it.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "../base/status.h"

// X(NAME, name, exit status, what it means)
#define CHECK_VERDICTS(X)                                                                          \
    X(PASSED, passed, PASSED, "it passed, as its golden trace says")                               \
    X(KNOWN, known, PASSED, "it fails, as its known_issue says")                                   \
    X(PENDING, pending, PASSED, "it passed, and has no golden trace yet")                          \
    X(ACCEPTED, accepted, PASSED, "it passed, and its golden trace was written anew")              \
    X(DIFFERS, differs, FAILED, "it passed, but not as its golden trace says")                     \
    X(MISSING, missing, FAILED, "it passed, but a golden trace has to be there in CI")             \
    X(FAILED, failed, FAILED, "the run itself failed")                                             \
    X(FIXED, fixed, FAILED, "it passed, which its known_issue does not expect")                    \
    X(UNREFERENCED, unreferenced, FAILED, "a golden trace, in place of a run, that none asks for") \
    X(BOUND, bound, BOUND, "a bound was hit before an answer")                                     \
    X(MISTAKE, error, USAGE, "a mistake in the scenario, or a golden trace that is none")          \
    X(ERROR, error, HOST, "the simulator or the host failed")                                      \
    X(CRASHED, crashed, HOST, "the simulator crashed")                                             \
    X(STOPPED, stopped, INTERRUPTED, "a person stopped it")

enum check_verdict {
#define X(NAME, name, status, text) CHECK_##NAME,
    CHECK_VERDICTS(X)
#undef X
        CHECK_VERDICT_COUNT
};

// X(name): the texts of a result; all owned, none NULL once it was read.
#define CHECK_TEXTS(X)                                                                             \
    X(scenario)    /* path as given; that of an unreferenced golden trace */                       \
    X(variant)     /* see variant_name.h */                                                        \
    X(golden_path) /* "": not known */                                                             \
    X(known_issue) /* "": none */                                                                  \
    X(headline)    /* what is wrong, in a line; "" if nothing is */                                \
    X(details)     /* lines: words, differences, what to do next; each ends with a newline */      \
    X(accept)      /* the command that accepts this trace, "": there is nothing to accept */       \
    X(trace)       /* the trace that would be accepted */

struct check_result {
    enum check_verdict verdict;
    uint32_t line; // of the scenario: where it failed, else that of its header
    uint64_t duration_us;
#define X(name) char *name;
    CHECK_TEXTS(X)
#undef X
};

struct check_results {
    struct check_result *list; // owned
    size_t count;
};

const char *check_verdict_name(enum check_verdict verdict);
enum exit_status check_verdict_status(enum check_verdict verdict);

// Whether a report shows it as a failure or as an error.
bool check_verdict_is_failure(enum check_verdict verdict);
bool check_verdict_is_error(enum check_verdict verdict);

// "scenarios/rot13.lua" or "scenarios/rot13.lua clients=8". Cut to `size` bytes.
const char *check_result_name(const struct check_result *result, char *text, size_t size);

// Puts a copy of `text` in place of one of a result's texts.
void check_set_text(char **place, const char *text);

// Writes a result for check_read_results, which adds all that are whole.
void check_write_result(FILE *out, const struct check_result *result);
void check_read_results(struct check_results *results, const char *bytes, size_t length);

// Adds an empty result; the pointer holds until the next one is added.
struct check_result *check_add_result(struct check_results *results);

void check_results_free(struct check_results *results);
