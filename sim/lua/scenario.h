// SPDX-License-Identifier: Apache-2.0 OR MIT
// A scenario: a Lua script that says which processes there are and what each does.
//
// Opening one runs its top level once, in a Lua state that belongs to no process, to
// learn its header, parameters and processes. Each process later runs the same top
// level again in its own state, to get at its own function.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../base/message.h"
#include "../machine/body.h"
#include "../machine/world.h"
#include "../trace/sink.h"

enum { SCENARIO_MAX_PARAMS = 32, SCENARIO_MAX_GOLDEN_SETTINGS = SCENARIO_MAX_PARAMS + 8 };

// The name of a board that stands as a table in a scenario's own header.
#define SCENARIO_INLINE_BOARD "inline"

enum param_type { PARAM_INTEGER, PARAM_NUMBER, PARAM_STRING, PARAM_BOOLEAN };

struct param {
    char name[32];
    enum param_type type; // that of its default
    char value[64];       // as text: what -P gave, or the default
    char fallback[64];    // the default
    char min[32];         // "": there is no such bound
    char max[32];
    char help[96]; // "" if the script says nothing
};

// -P name=value, in the order given.
struct param_setting {
    const char *name;
    const char *value;
};

// X(NAME, name as in `ends = "..."`): ways for a run to end that a scenario can declare. All
// but a fault end it there and then.
#define SCENARIO_ENDS(X)                                                                           \
    X(FAULT, fault)                                                                                \
    X(KERNEL_PANIC, kernel_panic)                                                                  \
    X(DEADLOCK, deadlock)                                                                          \
    X(TIME_UP, time_up)

enum scenario_end_kind {
#define X(NAME, name) ENDS_##NAME,
    SCENARIO_ENDS(X)
#undef X
        ENDS_KINDS
};

struct scenario_name {
    char name[256]; // of a process
    uint32_t length;
    uint32_t times; // that it is to fault
};

struct scenario_end {
    bool is_declared;
    struct scenario_name *named; // who it is about; owned. None: whoever it is
    size_t count;
};

// One of the runs that a golden trace is kept of: what it sets, by name. Names are those
// of parameters, or board, sched, fault, seed, num_procs.
struct scenario_golden {
    struct golden_setting *settings; // owned
    size_t count;
};

struct golden_setting {
    char name[32];
    char value[256]; // as text
};

struct scenario_process {
    char name[256];
    uint32_t name_length;
    uint32_t ram_size;
    uint32_t flash_size;
    bool has_fault_policy;
    struct fault_policy fault_policy;
    bool expects_done;
    bool waits_at_return; // a return of its program is no exit
    bool is_server;       // waits for ever, and says so
    uint32_t line;        // of its process() call
};

// What somebody outside does, and when: a list of steps, owned.
struct scenario_operator {
    struct operator_step *steps;
    size_t count;
    uint64_t reached_us; // by then, at the earliest
};

struct scenario {
    const char *path; // as given
    char about[160];
    uint64_t until_us;
    struct scenario_end ends[ENDS_KINDS];
    char board[BOARD_NAME_SIZE];   // "" where the script leaves the choice to the command line
    struct board profile;          // what that stands for
    char sched[32];                // "" as above
    enum scheduler_kind scheduler; // what that stands for
    char fault[32];                // "" as above
    struct fault_policy fault_policy;
    char known_issue[64];
    char known_failure[160];         // its outcome, or words of its reason; "": it does not say
    struct scenario_golden *goldens; // owned; none: one of the scenario as it is
    size_t golden_count;
    uint32_t line;         // of scenario{}, 0: there is none
    uint32_t finally_line; // of finally(), 0: there is none
    uint32_t num_procs;    // 0: as many as there are processes
    struct param params[SCENARIO_MAX_PARAMS];
    size_t param_count;
    struct scenario_process *processes;
    size_t process_count; // 1 to 255
    struct scenario_operator operators[OPERATORS_MAX];
    uint32_t operator_count;
    void *program; // compiled; private to lua/
};

// NULL: the person who wrote or called the scenario made a mistake; `error` says
// "file:line: what to do". Close what was opened.
struct scenario *scenario_open(const char *path, const struct param_setting *settings, size_t count,
                               struct message *error);
void scenario_close(struct scenario *scenario);

// Equal for two scenarios that are the same text, as are the files that they use.
uint64_t scenario_source_hash(const struct scenario *scenario);

// The first process at or behind index `from` that has this name; process_count: none has.
size_t scenario_find_process(const struct scenario *scenario, const char *name, size_t length,
                             size_t from);

// Sets `error` to a sentence that no process has this name, with the nearest that one has.
void scenario_refuse_process(const struct scenario *scenario, const char *name,
                             struct message *error);

// What the world needs of the operators; borrowed from the scenario.
struct operator_list scenario_operators(const struct scenario *scenario);

// The path of each file that the scenario uses, in the order in which it did; NULL: there are
// fewer. Borrowed.
const char *scenario_used_file(const struct scenario *scenario, size_t i);

// Fills in what the world needs of process `index`: name, sizes, body, argument.
void scenario_process_setup(const struct scenario *scenario, size_t index, uint64_t seed,
                            struct world_process *process);

// A run that is over, for finally(). All borrowed.
struct scenario_run {
    const char *outcome; // so far
    uint64_t time_us;
    const struct event *events; // all but polls; of a print, `start` is a place in `printed`
    size_t event_count;
    const char *printed;
    const struct view *view;
    const struct process_end *processes; // by index
};

struct scenario_finding {
    bool has_failed;
    bool is_error;       // of the script: no expectation
    uint64_t checked;    // how many expectations there were
    struct message text; // "file:line: what was expected"
};

// Calls what the scenario gave to finally(); only if it has a finally_line.
void scenario_finally(const struct scenario *scenario, const struct scenario_run *over,
                      struct scenario_finding *finding);
