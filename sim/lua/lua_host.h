// SPDX-License-Identifier: Apache-2.0 OR MIT
// Scenario scripts in Lua: what the files of this folder share. The one file of the
// project that includes Lua's headers.
//
// A script runs in a Lua state of its own in each process, and once more in none, when
// the scenario is opened. All that a state needs lies in one piece of memory, `struct
// script` first, its Lua heap behind it.
#pragma once

#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../base/bytes.h"
#include "../base/message.h"
#include "../machine/app.h"
#include "heap.h"
#include "scenario.h"

enum {
    SCRIPT_MEMORY_BYTES = 1 << 20, // for a state, everything included
    // Lua stops at 200 nested C calls; the hungriest (gsub calling gsub) take 415 KiB then.
    SCRIPT_STACK_BYTES = 512 * 1024,
    SCRIPT_CHARGE_INSTRUCTIONS = 100,         // how often a script pays for its time
    SCRIPT_TOP_LEVEL_INSTRUCTIONS = 20000000, // what its top level may use
};

// Bytes of a process's own memory that mem.alloc never gives out: the flag of
// yield-no-wait first, then room for a short name (see prelude.lua).
enum { SCRIPT_RESERVED_BYTES = 32, SCRIPT_SHORT_NAME_OFFSET = 4 };

// In the flash of a process, for each function that is an upcall.
enum { UPCALL_SLOT_BYTES = 4 };

// A function of the prelude that the kernel calls, and what traces call it.
struct library_function {
    const void *function; // as lua_topointer has it
    char name[24];
};

enum { SCRIPT_LIBRARY_FUNCTIONS = 8 };

struct named_buffer; // see naming.c

// What a system call hands to the kernel, as traces may want to name it.
struct handed {
    enum { HANDED_NOTHING, HANDED_FUNCTION, HANDED_BUFFER, HANDED_BREAK } what;
    uaddr address;
    const struct program *file; // that defines the function: the script, or one that it uses
    int line;                   // there; 0: it is none of theirs
    const char *name; // of a function of the prelude; NULL: none; borrowed during the call
};

// What the world hands to the body of one process.
struct script_argument {
    const struct scenario *scenario;
    uint32_t index;
};

// A script, compiled: that of a scenario, or a board file. Host memory, read only while a
// world runs.
struct program {
    char *path;                  // as given; owned
    char *chunk_name;            // "@path", as Lua knows it; owned
    char short_name[LUA_IDSIZE]; // how Lua's messages begin, before ":line:"
    char *source;                // owned
    size_t source_size;
    struct program **used; // files that it uses, in the order in which it did; owned
    size_t used_count;
    struct bytes prelude;              // bytecode
    struct bytes script;               //
    struct script_argument *arguments; // one per process; owned
    size_t seed_offset;                // see seed_find_offset
    size_t count_offset;               // see refund_find_offset
};

// One of the two that share the kernel's alarm; see alarms.c.
struct virtual_alarm {
    uaddr fn; // 0: none
    uint32_t userdata;
    bool is_set;
    uint32_t reference; // ticks
    uint32_t dt;        // ticks, from there on
};

// One run of a script in one Lua state.
struct script {
    struct heap heap;
    lua_State *main;
    lua_State *running; // the Lua thread that last called the kernel: upcalls run on top of it
    const struct program *program;
    const struct scenario *scenario;

    void *state;        // the first block of the heap: Lua's own state
    bool is_seeded;     // and its seed is ours
    struct app *app;    // NULL in the run that opens the scenario
    uint32_t index;     // of its process
    bool is_in_process; // the top level is over, the process's function runs
    uint32_t returned;  // what that returned, as main does: its completion code
    uint32_t process_calls;
    uint64_t instructions; // of the top level so far
    uint64_t most_instructions;
    uint32_t memory_line; // where memory last ran out, 0: it did not

    uaddr next_free;       // of the process's own memory, for mem.alloc; 0: nothing taken yet
    uaddr buffers_end;     // of the last buffer that it handed out, 0: none
    uint32_t upcall_slots; // words of its flash that have stood for a function

    struct virtual_alarm waiting;   // of delay_us and yield_for
    struct virtual_alarm own_alarm; // what the script sets by sys.command

    // In finally() only; the first once the run is looked at:
    const struct scenario_run *over;
    struct scenario_finding *finding;
    struct handed handed; // in the next system call
    struct library_function library[SCRIPT_LIBRARY_FUNCTIONS];
    uint32_t library_count;
    struct named_buffer *buffers; // all that were allocated; of Lua's memory
    uint32_t buffer_count;
    uint32_t buffer_room;

    // In the run that opens the scenario only:
    struct scenario *opening; // filled in by the top level
    const struct param_setting *settings;
    size_t setting_count;
    uint32_t scenario_line;                // of scenario{}, 0: none so far
    struct scenario_operator *in_operator; // whose function runs; NULL: none does
};

// Makes a state in `memory`, a multiple of 16, which it takes over; never freed singly.
// NULL: too small for a Lua state.
struct script *script_new(void *memory, size_t size, const struct scenario *scenario);

struct script *script_of(lua_State *L);

// Opens what scripts may use and runs the script's top level. Raises what that raises.
void script_run_top_level(lua_State *L);

// The top level is over: from now on the script is the program of its process and takes
// simulated time.
void script_enter_process(lua_State *L);

// Compiles `size` bytes of `text` under the name `chunk_name` into `chunk`. Raises a
// syntax error as text with position.
void script_compile(lua_State *L, const char *chunk_name, const char *text, size_t size, bool strip,
                    struct bytes *chunk);

// The line of the script itself that is being run on `L`, whatever it called; of a file that
// it uses where nothing of its own is; 0: none.
uint32_t script_line(lua_State *L);

// The file of the script, its own or one that it uses, that is being run on `L` innermost, and
// the line in it; its own and 0: none.
const struct program *script_place(lua_State *L, uint32_t *line);

// Raises an error at that line.
_Noreturn __attribute__((format(printf, 2, 3))) void script_error(lua_State *L, const char *format,
                                                                  ...);

// Message handler for lua_pcall: turns any error into a text with position.
int script_explain(lua_State *L);

// What lua_pcall left on top of `L`, as "path:line: sentence".
void script_failure(lua_State *L, int status, struct message *message);

// The script of the process that calls; raises when none does: at the top level.
struct script *script_in_process(lua_State *L);

// The script whose top level calls `name`; raises when it is over.
struct script *script_at_top_level(lua_State *L, const char *name);

// Charges the process for work that counts no instructions.
void script_charge(lua_State *L, uint64_t instructions);

// Calls the kernel for the code that runs on `L`.
struct syscall_return script_syscall(lua_State *L, uint32_t class, uint32_t r0, uint32_t r1,
                                     uint32_t r2, uint32_t r3);

// Pushes what the kernel answered: the name of the variant, then its words. How many that are.
int script_push_answer(lua_State *L, const struct syscall_return *answer);

// What the value at `index` is, in a sentence: "a table", "nil", "nothing".
const char *script_kind(lua_State *L, int index);

// Argument `arg` of a C function as a 32-bit word; negative numbers wrap. Raises for
// what is none. The second takes nil for 0. Never two in one expression: which of them
// raises would be up to the compiler.
uint32_t script_word(lua_State *L, int arg);
uint32_t script_optional_word(lua_State *L, int arg);

// Raises: the C function takes no argument `arg`.
_Noreturn void script_refuse_argument(lua_State *L, int arg);

// Raises where it got more than `most` of them; nil counts for none.
static inline void script_refuse_more(lua_State *L, int most)
{
    if (!lua_isnoneornil(L, most + 1))
        script_refuse_argument(L, most + 1);
}

// Ends the process: the script broke down, by an error or as an expectation was not met;
// `message` says where and why. For good: where the
// fault policy would start it anew, the run is over.
_Noreturn void script_break_down(struct script *script, bool is_error,
                                 const struct message *message);

// See struct body.
uint32_t script_stuck_at(const struct app *app);

// The body of processes whose program is a script.
extern const struct body script_body;

// Each of these fills in a part of the globals.
void sandbox_open(lua_State *L);  // Lua's own libraries, without what is not for scenarios
void sandbox_close(lua_State *L); // from now on unknown names are errors
void header_open(lua_State *L);   // param, scenario, process
void outside_open(lua_State *L);  // operator, and what belongs into one; after header_open
void sys_open(lua_State *L);      // sys
void mem_open(lua_State *L);      // mem
void private_open(lua_State *L);  // leaves a table of what only the prelude may call

// Runs the functions of all operators, once the top level has said which processes there are.
void outside_run(lua_State *L);

// What done() is, and what of the prelude's functions only its expectations call.
int private_done(lua_State *L);
int private_met(lua_State *L);

// Lua's next and pairs, in an order that means something: numbers, then strings, then
// booleans, each ascending.
int ordered_next(lua_State *L);
int ordered_pairs(lua_State *L);

// Pushes the value at `index` as text that shows no address. Raises what __tostring raises.
const char *script_push_text(lua_State *L, int index);

// The name of an error code, "NOMEM" and the like, NULL: it has none; whether a word is one.
const char *sys_error_name(uint32_t number);
bool sys_is_error_name(const char *word);

// Whether this is the name of a return variant that says that a call failed.
bool sys_is_failure(const char *word);

// Checks that the process's first SCRIPT_RESERVED_BYTES are its own; their address.
uaddr mem_reserved(lua_State *L);

// The script moves the break itself, by brk or sbrk: what lies below is its own from then on, and
// mem.alloc goes on from there. Raises where that would cut off a buffer of mem.alloc.
struct syscall_return mem_move_break(lua_State *L, uint32_t op, uint32_t argument);

// mem.alloc(size) for the prelude: a name to look for, a line to print.
int mem_alloc_name(lua_State *L);
int mem_alloc_line(lua_State *L);

// The address that stands for the Lua function at `index` in this process: in its own
// flash, so that the kernel's checks of it are real. Raises when the flash is full.
uaddr upcall_address(lua_State *L, int index);

// The kernel took `address` for (driver, subscribe_num).
void upcall_subscribed(lua_State *L, uint32_t driver, uint32_t subscribe_num, uaddr address);

// Pushes the function that `address` stands for. False, with nothing pushed: none.
bool upcall_push_function(lua_State *L, uaddr address);

// For Lua to call with (address, and the four arguments of the upcall): runs that function; a
// fault of the process where there is none.
int upcall_run(lua_State *L);

// Whether a call that the script makes sets, stops or subscribes to the alarm, which then goes
// through alarms_syscall: its answer is that of the call, others may follow.
bool alarms_take(uint32_t class, const uint32_t *r);
struct syscall_return alarms_syscall(lua_State *L, uint32_t class, const uint32_t *r);

// Whether alarms_upcall is to run in place of upcall_run, with the same arguments.
bool alarms_share_upcall(struct script *script, const struct function_call *call);
int alarms_upcall(lua_State *L);

// Leaves a table of the prelude's calls of the alarm driver.
void alarms_push(lua_State *L);

// What the next system call hands to the kernel, for traces: the function at `index`, which
// `address` stands for; the buffer that `address` is in, if it is in one; the end of what is being
// allocated; nothing that has a name.
void naming_function(lua_State *L, int index, uaddr address);
void naming_buffer(struct script *script, uaddr address);
void naming_break(struct script *script, uaddr end);
void naming_forget(struct script *script);

// [start, start + size) is a buffer now, of the script line that runs, or of the prelude, for what
// `library` says (NULL: the script's; a literal). The function at `index` is one of the prelude,
// called `name`.
void naming_keep_buffer(lua_State *L, uaddr start, uint32_t size, const char *library);
void naming_library_function(lua_State *L, int index, const char *name);

// As the body's `place`.
bool naming_find(const struct app *app, uaddr address, struct view_place *place);

// Where in its first block Lua keeps the seed of its hashes, in bytes; 0: not found, the
// order of things inside of tables then differs from run to run. See seed.c.
size_t seed_find_offset(void);

// Sets the seed of the state that begins at `state`, to be called before Lua uses it.
void seed_fix(void *state, size_t offset);

// Where in a state, from its pointer on, Lua counts down to the next call of its hook, in bytes;
// 0: not found, notes then take time. See refund.c.
size_t refund_find_offset(void);

// The function of ours that was called with one argument has taken no time.
void refund_call(lua_State *L);

// The names under which the state keeps things in its registry.
#define REGISTRY_MAIN  "ipcsim.main"  // the process's function
#define REGISTRY_MAINS "ipcsim.mains" // of all processes, when opening
