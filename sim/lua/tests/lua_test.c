// SPDX-License-Identifier: Apache-2.0 OR MIT
// Scripts as people write them, good and bad, run in whole worlds.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../../tests/check.h"
#include "../../base/count_of.h"
#include "../../machine/bus.h"
#include "../../machine/world.h"
#include "../../run/run.h"
#include "../../trace/sinks.h"
#include "../lua_host.h"

#define SCRIPT "s.lua" // in a folder of its own

enum { PRINTED_BYTES = 4096, MOST_SETTINGS = 4 };

// A sink that keeps what processes print.
struct printed {
    struct sink sink;
    struct world *world;
    char text[PRINTED_BYTES];
    size_t length;
};

// What came of a script. Everything is released already.
struct played {
    bool opened;
    char said[1024]; // what was wrong with it, or the outcome and its reason
    char printed[PRINTED_BYTES];
    uint64_t time_us;
    uint64_t hash;
    char fault_text[240];
    size_t heap_bytes; // of process 0 at the end, as are these
    enum process_state state;
    uint32_t completion_code;
    bool expects_done[8];
};

static void ignore_begin(struct sink *sink, const struct run_info *info)
{
    (void)sink;
    (void)info;
}

static void ignore_end(struct sink *sink, const struct run_result *result)
{
    (void)sink;
    (void)result;
}

static void take_print(struct sink *sink, const struct event *event)
{
    struct printed *printed = (struct printed *)sink;
    uint32_t size = event->print.size;
    const uint8_t *bytes = world_memory(printed->world, event->print.start, size);

    assert_true(printed->length + size < sizeof printed->text);
    memcpy(printed->text + printed->length, bytes, size);
    printed->length += size;
}

static void write_script(const char *source)
{
    FILE *file = fopen(SCRIPT, "w");

    assert_non_null(file);
    assert_int_equal(fwrite(source, 1, strlen(source), file), strlen(source));
    assert_int_equal(fclose(file), 0);
}

static void run_to_end(const struct scenario *scenario, const struct run_request *request,
                       struct played *played)
{
    struct printed printed = {
        .sink = {EVENT_BIT(EVENT_print), ignore_begin, take_print, ignore_end}};
    struct hash_sink hash;
    struct run_plan plan = run_plan_make(scenario, request);
    struct message error;
    struct run run;

    assert_int_equal(run_open(&run, &plan, NULL, &error), RUN_OPEN_READY);
    printed.world = run.world;
    hash_sink_init(&hash);
    run_add_sink(&run, &printed.sink);
    run_add_sink(&run, &hash.sink);
    while (run_advance(&run))
        continue;
    run_judge(&run, RUN_NOT_STOPPED);
    // What a script prints is what most of these tests look at: it needs no expectation.
    if (run.outcome == RUN_UNTESTED)
        snprintf(played->said, sizeof played->said, "%s", run_outcome_name(RUN_PASSED));
    else
        snprintf(played->said, sizeof played->said, "%s%s%s", run_outcome_name(run.outcome),
                 run.reason.text[0] ? ": " : "", run.reason.text);
    memcpy(played->printed, printed.text, printed.length + 1);
    memcpy(played->fault_text, run.world->fault.text, sizeof played->fault_text);
    played->time_us = world_now_us(run.world);
    played->hash = hash.hash;
    played->heap_bytes = run.world->apps[0].memory_used;
    played->state = run.world->processes[0].state;
    played->completion_code = run.world->processes[0].completion_code;
    run_close(&run);
}

static struct played play_with(const char *source, const struct run_request *request,
                               const struct param_setting *settings, size_t count)
{
    struct played played = {.opened = false};
    struct message error;

    write_script(source);
    struct scenario *scenario = scenario_open(SCRIPT, settings, count, &error);
    if (!scenario) {
        snprintf(played.said, sizeof played.said, "%s", error.text);
        return played;
    }
    played.opened = true;
    for (size_t i = 0; i < scenario->process_count && i < 8; i++)
        played.expects_done[i] = scenario->processes[i].expects_done;
    run_to_end(scenario, request, &played);
    scenario_close(scenario);
    return played;
}

static struct played play(const char *source)
{
    return play_with(source, &(struct run_request){.seed = 1}, NULL, 0);
}

// A process that does this, and nothing else.
static struct played play_process(const char *statements)
{
    char source[4096];

    snprintf(source, sizeof source, "process('p', function() %s end)", statements);
    return play(source);
}

static void assert_refused(const char *source, const char *said)
{
    struct played played = play(source);

    assert_string_equal(played.said, said);
    assert_false(played.opened);
}

static void assert_fails(const char *statements, const char *reason)
{
    struct played played = play_process(statements);
    char said[1024];

    snprintf(said, sizeof said, "failed: " SCRIPT ":1: %s", reason);
    assert_string_equal(played.said, said);
}

static void assert_prints(const char *statements, const char *printed)
{
    struct played played = play_process(statements);

    assert_string_equal(played.said, "passed");
    assert_string_equal(played.printed, printed);
}

static void assert_passes(const char *statements)
{
    assert_string_equal(play_process(statements).said, "passed");
}

// ---- The file

static void a_missing_file_is_refused(void **state)
{
    struct message error;

    (void)state;
    assert_null(scenario_open("missing.lua", NULL, 0, &error));
    assert_string_equal(error.text, "missing.lua: there is no such file");
}

static void a_directory_is_refused(void **state)
{
    struct message error;

    (void)state;
    assert_null(scenario_open(".", NULL, 0, &error));
    assert_string_equal(error.text, ".: this is a directory; name a scenario in it");
}

static void bytecode_is_refused(void **state)
{
    (void)state;
    assert_refused("\x1bLua", "s.lua: this is no text; a scenario is a Lua script");
}

static void a_syntax_error_has_its_line(void **state)
{
    (void)state;
    assert_refused("\n\nlocal x = = 1", "s.lua:3: syntax error: unexpected symbol near '='");
    assert_refused("process('a', function()\n",
                   "s.lua:2: syntax error: 'end' expected (to close 'function' at line 1) near "
                   "<eof>");
}

static void a_first_line_for_the_shell_is_no_lua(void **state)
{
    (void)state;
    assert_string_equal(play("#!/usr/bin/env ipcsim run\nprocess('a', function() end)").said,
                        "passed");
}

static void a_long_path_is_said_in_full(void **state)
{
    char path[200];
    struct message error;
    char expected[300];

    (void)state;
    memset(path, 'x', 150);
    memcpy(path + 150, ".lua", 5);
    FILE *file = fopen(path, "w");
    fputs("\nerror('no')", file);
    fclose(file);
    snprintf(expected, sizeof expected, "%s:2: no", path);

    assert_null(scenario_open(path, NULL, 0, &error));
    assert_string_equal(error.text, expected);
}

// ---- What the top level declares

#define TWO_PARAMS                                                                                 \
    "local n = param('clients', 1, 'how many') local s = param('text', 'x') "                      \
    "local f = param('factor', 0.5) local b = param('fast', false) "                               \
    "process('p', function() print(n, math.type(n), s, f, b) end)"

static struct played play_param(const char *name, const char *value)
{
    const struct param_setting setting = {name, value};

    return play_with(TWO_PARAMS, &(struct run_request){.seed = 1}, &setting, 1);
}

static void parameters_have_the_type_of_their_default(void **state)
{
    (void)state;
    assert_string_equal(play(TWO_PARAMS).printed, "1\tinteger\tx\t0.5\tfalse\n");
    assert_string_equal(play_param("clients", "8").printed, "8\tinteger\tx\t0.5\tfalse\n");
    assert_string_equal(play_param("text", "8").printed, "1\tinteger\t8\t0.5\tfalse\n");
    assert_string_equal(play_param("factor", "2").printed, "1\tinteger\tx\t2.0\tfalse\n");
    assert_string_equal(play_param("fast", "true").printed, "1\tinteger\tx\t0.5\ttrue\n");
}

static void a_parameter_of_the_wrong_type_is_refused(void **state)
{
    (void)state;
    assert_string_equal(play_param("clients", "many").said,
                        "s.lua:1: -P clients=many: clients is a whole number, such as 1");
    assert_string_equal(play_param("clients", "1.5").said,
                        "s.lua:1: -P clients=1.5: clients is a whole number, such as 1");
    assert_string_equal(play_param("factor", "inf").said,
                        "s.lua:1: -P factor=inf: factor is a number, such as 0.5");
    assert_string_equal(play_param("fast", "yes").said,
                        "s.lua:1: -P fast=yes: fast is true or false, such as false");
}

static void an_unknown_parameter_is_refused_with_the_nearest_one(void **state)
{
    (void)state;
    assert_string_equal(play_param("client", "8").said,
                        "s.lua: -P client=8: unknown parameter 'client'; did you mean 'clients'?");
}

static void mistakes_at_the_top_level_have_their_line(void **state)
{
    (void)state;
    assert_refused("local x = 1", "s.lua: this scenario has no processes: its top level has to "
                                  "call process(name, function) for each");
    assert_refused("for i = 1, 256 do process('p' .. i, function() end) end",
                   "s.lua:1: process: this is number 256, and a kernel has places for at most 255");
    assert_refused("\nscenario {}\nscenario {}",
                   "s.lua:3: scenario{} stands here for the second time, after line 2");
    assert_refused("scenario { abuot = 'x' }",
                   "s.lua:1: unknown scenario key 'abuot'; did you mean 'about'?");
    assert_refused("process('p', { rum = 1 }, function() end)",
                   "s.lua:1: unknown process option 'rum'; did you mean 'ram'?");
    assert_refused("process('p', { flash = 100 }, function() end)",
                   "s.lua:1: process: flash must be a whole number from 512 to 1073741824");
    assert_refused("process('p', 3)",
                   "s.lua:1: process: what it does must be a function, not a number");
    assert_refused("param('x', 1) param('x', 2)", "s.lua:1: param: there are two parameters \"x\"");
    assert_refused("param('x', {})", "s.lua:1: param: the default of \"x\" must be a number, a "
                                     "text or a boolean, not a table");
    assert_refused("yield()", "s.lua:1: yield() works inside of a process only: the top level of a "
                              "scenario says which processes there are, it is none itself");
    assert_fails("process('q', function() end)",
                 "process() belongs to the top level of the scenario, not inside of a process");
}

static void a_top_level_without_end_is_refused(void **state)
{
    (void)state;
    const char *said = "s.lua:1: the top level does not end: 20000000 instructions so far. Loops "
                       "that wait belong inside of a process";

    assert_refused("while true do end", said);
    assert_refused("while true do pcall(function() while true do end end) end", said);
    assert_refused("while true do pcall(coroutine.wrap(function() while true do end end)) end",
                   said);
}

static void a_top_level_that_eats_memory_is_refused(void **state)
{
    (void)state;
    assert_refused("local t = {}\nwhile true do t[#t + 1] = {} end",
                   "s.lua:2: out of memory: a script may use 1024 KiB. It grows without end, or "
                   "calls itself without end");
}

static void who_calls_done_is_found_in_the_script(void **state)
{
    (void)state;
    struct played played = play("local alias = done\n"
                                "local api = { deep = { finish = function() alias() end } }\n"
                                "function global_helper() done() end\n"
                                "local function wait() while true do yield() end end\n"
                                "process('named', function() if false then done() end end)\n"
                                "process('nested', function() return function() done() end end)\n"
                                "process('table', function() api.deep.finish() end)\n"
                                "process('global', function() if false then global_helper() end "
                                "end)\n"
                                "process('field', function() local t = {} t.done = 1 wait() end)\n"
                                "process('local', function(done) if done then done() end end)\n"
                                "process('text', function() local s = 'done' end)\n");

    assert_true(played.expects_done[0]);
    assert_true(played.expects_done[1]);
    assert_true(played.expects_done[2]);
    assert_true(played.expects_done[3]);
    assert_false(played.expects_done[4]);
    assert_false(played.expects_done[5]);
    assert_false(played.expects_done[6]);
}

// ---- What is not there

static void what_reaches_out_of_the_machine_is_not_available(void **state)
{
    (void)state;
    assert_fails("io.open('x')", "io is not available: scenarios have no files, commands or clock");
    assert_fails("os.time()", "os is not available: scenarios have no files, commands or clock");
    assert_fails("require 'x'", "require is not available: scenarios are source text: "
                                "use(\"name\") runs a file beside them");
    assert_fails("dofile('x')", "dofile is not available: scenarios are source text: use(\"name\") "
                                "runs a file beside them");
    assert_fails("debug.getinfo(1)",
                 "debug is not available: scenarios cannot look into the machine that runs them");
    assert_fails("load('\\27Lua')", "load takes source text; bytecode is not available");
    assert_fails("string.dump(print)", "string.dump is not available: scenarios are source text: "
                                       "use(\"name\") runs a file beside them");
    assert_fails("collectgarbage()", "collectgarbage is not available: when memory is collected "
                                     "must not change what a scenario does");
    assert_fails("setmetatable({}, { __gc = print })",
                 "setmetatable: __gc is not available: when memory is collected must not change "
                 "what a scenario does");
    assert_fails("math.sin(1)",
                 "math.sin is not available: its last digits differ from machine to machine");
}

static void unknown_names_are_refused_with_the_nearest_one(void **state)
{
    (void)state;
    assert_fails("expct(1)", "expct is not defined; did you mean expect?");
    assert_fails("zzzzzz()", "zzzzzz is not defined");
    assert_fails("ipc.notify_servise(1)",
                 "ipc.notify_servise is not defined; did you mean ipc.notify_service?");
}

static void no_text_shows_an_address(void **state)
{
    (void)state;
    assert_prints("print({}, print, coroutine.create(print), mem.alloc(1))",
                  "table\tfunction\tthread\tbuffer\n");
    assert_prints("print(string.format('%s %10s %d%%', {}, sys, 3), ('%s'):format(yield))",
                  "table      table 3%\tfunction\n");
    assert_prints("print(pcall(error, {}))", "false\ttable\n");
    assert_fails("string.format('%p', {})", "string.format: %p would show an address");
}

static void pairs_goes_up_through_numbers_then_texts_then_booleans(void **state)
{
    (void)state;
    assert_prints("local t = {z = 1, a = 1, A = 1, aa = 1, [10] = 1, [2] = 1, [2.5] = 1, [-1] = 1, "
                  "[true] = 1, [false] = 1} local s = {} "
                  "for k in pairs(t) do s[#s + 1] = tostring(k) end print(table.concat(s, ' '))",
                  "-1 2 2.5 10 A a aa z false true\n");
    assert_prints("local t, s = {b = 1, a = 2}, '' local k, v = next(t) "
                  "while k do s = s .. k .. v k, v = next(t, k) end print(s, next({}))",
                  "a2b1\tnil\n");
}

static void pairs_leaves_out_what_was_removed_meanwhile(void **state)
{
    (void)state;
    assert_prints("local t = {a = 1, b = 2, c = 3} local s = '' "
                  "for k in pairs(t) do s = s .. k t.b = nil end print(s)",
                  "ac\n");
}

static void pairs_refuses_keys_without_an_order(void **state)
{
    (void)state;
    assert_fails("for k in pairs({[{}] = 1}) do end",
                 "going through a table needs keys that have an order: numbers, texts, booleans; "
                 "this one has a table as a key");
}

static void sort_is_stable(void **state)
{
    (void)state;
    assert_passes("local t = {} for i = 1, 500 do t[i] = {math.random(1, 9), i} end "
                  "table.sort(t, function(a, b) return a[1] < b[1] end) "
                  "for i = 2, 500 do local a, b = t[i - 1], t[i] "
                  "if a[1] > b[1] or a[1] == b[1] and a[2] > b[2] then error('unsorted') end end "
                  "local u = {3, 1, 2} table.sort(u) expect_eq(table.concat(u), '123')");
    assert_fails("table.sort({1, 'x'})", "attempt to compare string with number");
}

static void random_numbers_follow_the_seed(void **state)
{
    (void)state;
    const char *source = "process('p', function() print(math.random(1000000), math.random()) end)";
    struct played one = play_with(source, &(struct run_request){.seed = 1}, NULL, 0);
    struct played again = play_with(source, &(struct run_request){.seed = 1}, NULL, 0);
    struct played other = play_with(source, &(struct run_request){.seed = 2}, NULL, 0);

    assert_string_equal(one.printed, again.printed);
    assert_string_not_equal(one.printed, other.printed);
    assert_refused("local x = math.random(3)",
                   "s.lua:1: random() works inside of a process only: the top level of a scenario "
                   "says which processes there are, it is none itself");
}

static void the_seed_of_the_hashes_is_found(void **state)
{
    (void)state;
    assert_int_not_equal(seed_find_offset(), 0);
}

// Where Lua's hashes would show: in the length of tables with holes and texts as keys.
static void the_same_run_twice_is_the_same_to_the_bit(void **state)
{
    (void)state;
    const char *source =
        "process('a', function() local h, x = 0, 7 "
        "local function r(n) x = (x * 1103515245 + 12345) & 0x7fffffff return (x >> 8) % n + 1 end "
        "for _ = 1, 100 do local t = {} for _ = 1, 60 do local k = r(4) "
        "if k == 1 then t['s' .. r(12)] = 1 elseif k == 2 then t['s' .. r(12)] = nil "
        "elseif k == 3 then t[r(16)] = 1 else t[r(16)] = nil end h = (h * 31 + #t) & 0xffff end "
        "end print(h, math.random(1000)) done() end)"
        "process('b', function() delay_us(1000) print('b') done() end)";
    struct played first = play(source);
    struct played second = play(source);

    assert_string_equal(first.said, "passed");
    assert_string_equal(first.printed, second.printed);
    assert_int_equal(first.hash, second.hash);
    assert_int_equal(first.heap_bytes, second.heap_bytes);
}

// ---- Time and memory

static void an_endless_loop_ends_with_its_time(void **state)
{
    (void)state;
    const char *said = "time_up: simulated time was up at 30000 us while still busy: p";

    assert_string_equal(
        play("scenario { until_us = 30000 } process('p', function() while true do end end)").said,
        said);
    assert_string_equal(play("scenario { until_us = 30000 } process('p', function() "
                             "coroutine.wrap(function() while true do pcall(error) end end)() end)")
                            .said,
                        said);
}

static void an_endless_loop_does_not_stop_the_others(void **state)
{
    (void)state;
    struct played played = play("scenario { until_us = 100000 } "
                                "process('b', function() print('here') end)"
                                "process('a', function() while true do end end)");

    assert_string_equal(played.printed, "here\n");
}

static void instructions_take_time(void **state)
{
    (void)state;
    assert_passes("local t = now_us() for i = 1, 100000 do end expect(now_us() - t > 1000)");
    assert_passes("local t = now_us() work_us(1234) local took = now_us() - t "
                  "expect(took >= 1234 and took < 1300)");
}

static void a_script_that_eats_memory_fails_with_its_line(void **state)
{
    (void)state;
    const char *said =
        "failed: s.lua:2: out of memory: a script may use 1024 KiB. It grows without end, or calls "
        "itself without end";

    assert_string_equal(
        play("process('p', function()\nlocal t = {} while true do t[#t + 1] = {} end end)").said,
        said);
    assert_string_equal(play("process('p', function()\nstring.rep('x', 1 << 30) end)").said, said);
    assert_string_equal(
        play("process('p', function()\nlocal function f() return 1 + f() end f() end)").said, said);
}

static void memory_that_ran_out_may_be_caught_by_the_script(void **state)
{
    (void)state;
    assert_prints("print(pcall(string.rep, 'x', 1 << 30))", "false\tnot enough memory\n");
}

static void deep_c_calls_fail_cleanly(void **state)
{
    (void)state;
    assert_fails("local function f() return (string.gsub('a', 'a', f)) end f()",
                 "C stack overflow");
    assert_fails("local function f() return coroutine.wrap(f)() end f()", "C stack overflow");
    assert_fails("local t t = setmetatable({}, {__index = function(_, k) return t[k] end}) "
                 "print(t.x)",
                 "C stack overflow");
}

static void an_idle_process_touches_little_memory(void **state)
{
    (void)state;
    struct played played = play_process("while true do yield() end");

    assert_true(played.heap_bytes > 0);
    assert_true(played.heap_bytes < (size_t)64 * 1024);
}

// ---- Errors

static void an_error_of_any_kind_has_file_and_line(void **state)
{
    (void)state;
    assert_fails("error('boom')", "boom");
    assert_fails("error('boom', 0)", "boom");
    assert_fails("error(42)", "42");
    assert_fails("error(nil)", "the script raised an error that is no text but nil");
    assert_fails("error({})", "the script raised an error that is no text but a table");
    assert_fails("error(setmetatable({}, {__tostring = error}))",
                 "the script raised an error that is no text but a table");
    assert_fails("local x = nil; x.y = 1", "attempt to index a nil value (local 'x')");
    assert_fails("coroutine.wrap(function() error('inner') end)()", "inner");
    assert_fails("string.rep()", "bad argument #1 to 'rep' (string expected, got no value)");
}

static void an_error_in_an_upcall_ends_the_process_through_any_pcall(void **state)
{
    (void)state;
    assert_fails("sys.subscribe(0, 0, function() error('in upcall') end, 0) "
                 "sys.command(0, 5, 10) pcall(yield) print('not here')",
                 "in upcall");
}

static void an_expectation_that_fails_says_what_it_got(void **state)
{
    (void)state;
    assert_fails("expect_eq(1 + 1, 3)", "expected 3, got 2");
    assert_fails("expect_eq('a\\nb', 'c')", "expected \"c\", got \"a\\nb\"");
    assert_fails("expect_eq({}, {})", "expected one table, got another: a table equals nothing but "
                                      "itself; compare what is in them");
    assert_fails("expect_eq(mem.alloc(8), mem.alloc(8))",
                 "expected one buffer, got another: a buffer equals nothing but itself; compare "
                 "what is in them");
    assert_fails("expect_eq(print, pcall)",
                 "expected one function, got another: a function equals nothing but itself");
    assert_fails("expect_eq({}, print)", "expected function, got table");
    assert_fails("expect(1 > 2, 'one above two')", "expected: one above two");
    assert_fails("expect(ipc.discover('nobody'))",
                 "expected success, got NODEVICE (no process is called \"nobody\"), in: "
                 "process('p', function() "
                 "expect(ipc.discover('nobody')) end)");
    assert_fails("pcall(expect, false)",
                 "expected a value, got false, in: process('p', function() pcall(expect, false) "
                 "end)");
}

static void an_expectation_that_holds_hands_its_values_on(void **state)
{
    (void)state;
    assert_prints("print(expect(1, nil, 3))", "1\tnil\t3\n");
    assert_prints("print(expect(true, nil, 3))", "true\tnil\t3\n");
    assert_prints("print(expect(true, 'Failure'))", "true\tFailure\n");
    assert_prints("print(expect(pcall(sys.memop, 2)))", "true\tSuccessU32\t536870912\n");
}

static void a_call_of_the_kernel_that_fails_does_not_meet_an_expectation(void **state)
{
    static const struct {
        const char *call;
        const char *error;
    } failures[] = {
        {"sys.command(0x10000, 2, 77)", "INVAL"},
        {"sys.command(0x12345, 0)", "NODEVICE"},
        {"sys.allow_rw(0x10000, 99, 4, 64)", "INVAL"},
        {"sys.allow_ro(0x10000, 0, 4, 64)", "INVAL"},
        {"sys.allow_ur(0x10000, 0, 4, 64)", "INVAL"},
        {"sys.subscribe(0x10000, 7, nil)", "INVAL"},
        {"sys.memop(99)", "NOSUPPORT"},
        {"sys.memop(0, 4)", "NOMEM"},
        {"sys.call(2, 0x10000, 9)", "NOSUPPORT"},
        {"pcall(sys.command, 0x10000, 9)", "NOSUPPORT"},
        {"pcall(pcall, sys.command, 0x10000, 9)", "NOSUPPORT"},
        {"pcall(ipc.notify_service, 77)", "INVAL"},
        {"coroutine.wrap(sys.command)(0x10000, 9)", "NOSUPPORT"},
        {"(sys.command(0x10000, 9))", "Failure"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(failures); i++) {
        char statement[120];
        char said[300];

        snprintf(statement, sizeof statement, "expect(%s)", failures[i].call);
        snprintf(said, sizeof said, "expected success, got %s, in: process('p', function() %s end)",
                 failures[i].error, statement);
        assert_fails(statement, said);
    }
}

// ---- The kernel

static void a_call_returns_its_variant_and_words(void **state)
{
    (void)state;
    assert_prints("print(sys.command(0x10000, 0))", "Success\n");
    assert_prints("print(sys.command(0x10000, 9))", "Failure\t10\n");
    assert_prints("print(sys.subscribe(0x10000, 7, nil, 5))", "FailureU32U32\t6\t0\t5\n");
    assert_prints("print(sys.memop(2))", "SuccessU32\t536870912\n");
    assert_prints("print(sys.call(2, 0x10000, 0), sys.error_name(9), sys.error_name(99))",
                  "Success\tNOMEM\tnil\n");
}

static void the_flash_of_a_process_begins_with_its_header(void **state)
{
    (void)state;
    assert_passes("local _, flash = sys.memop(4) "
                  "local header = mem.view(flash, 128) "
                  "expect_eq(header:u16(0), 2) expect_eq(header:u16(2), 128) "
                  "expect_eq(header:u32(4), 4096) "
                  "expect_eq(header:read(36, #name()), name())");
}

static void images_lie_directly_behind_each_other(void **state)
{
    (void)state;
    assert_string_equal(play("process('a', { flash = 1024 }, function() end) "
                             "process('b', function() local _, flash = sys.memop(4) "
                             "expect_eq(flash % 4096, 1024) done() end)")
                            .said,
                        "passed");
}

static void a_function_gets_an_address_in_the_flash_of_its_process(void **state)
{
    (void)state;
    assert_passes("local _, flash = sys.memop(4) local _, flash_end = sys.memop(5) "
                  "local function f() end local function g() end "
                  "sys.subscribe(0x10000, 0, f, 7) "
                  "local v, old, ud = sys.subscribe(0x10000, 0, g, 8) "
                  "expect_eq(v, 'SuccessU32U32') expect_eq(ud, 7) "
                  "expect(old > flash and old < flash_end and old % 4 == 0) "
                  "local _, old_g = sys.subscribe(0x10000, 0, f, 0) expect(old_g ~= old) "
                  "local _, old_f = sys.subscribe(0x10000, 0) expect_eq(old_f, old)");
}

static void addresses_are_used_again_when_the_flash_is_full(void **state)
{
    (void)state;
    assert_string_equal(play("process('p', { flash = 512 }, function() for i = 1, 500 do "
                             "expect_eq((sys.subscribe(0x10000, 0, function() return i end)), "
                             "'SuccessU32U32') end end)")
                            .said,
                        "passed");
    assert_string_equal(play("scenario { num_procs = 200 } "
                             "process('p', { flash = 512, ram = 8192 }, function() "
                             "for i = 0, 199 do sys.subscribe(0x10000, i, function() return i end) "
                             "end end)")
                            .said,
                        "failed: s.lua:1: no flash left for one more upcall function: 95 are "
                        "subscribed; give process() a larger flash");
}

static void the_kernel_refuses_a_bad_function_pointer(void **state)
{
    (void)state;
    assert_prints("print(sys.subscribe(0, 0, 0x1000, 3))", "FailureU32U32\t6\t4096\t3\n");
}

static void an_upcall_to_no_function_is_a_fault(void **state)
{
    (void)state;
    struct played played = play("scenario { ends = 'fault' } process('p', function() "
                                "local _, flash = sys.memop(4) "
                                "expect_eq((sys.subscribe(0, 0, flash + 2048)), 'SuccessU32U32') "
                                "sys.command(0, 5, 10) yield() end)");

    assert_string_equal(played.said, "passed");
    assert_string_equal(played.fault_text,
                        "s.lua: an upcall to 0x00040800, where this process has no function");
}

static void an_argument_that_would_be_ignored_is_an_error(void **state)
{
    static const struct {
        const char *call;
        const char *said;
    } cases[] = {
        {"yield(5)", "yield() takes no such argument: 5"},
        {"yield_no_wait(5)", "yield_no_wait() takes no such argument: 5"},
        {"yield_for(yield, 5, 6)", "yield_for() takes no such argument: 6"},
        {"delay_us(5, 'ms')", "delay_us() takes no such argument: ms"},
        {"now_us('ms')", "now_us() takes no such argument: ms"},
        {"work_us(5, 6)", "work_us() takes no such argument: 6"},
        {"done('well')", "done() takes no such argument: well"},
        {"pid(1)", "pid() takes no such argument: 1"},
        {"name(1)", "name() takes no such argument: 1"},
        {"ipc.exists(1)", "exists() takes no such argument: 1"},
        {"ipc.discover('p', 7)", "discover() takes no such argument: 7"},
        {"ipc.register_service(yield, 0, 7)", "register_service() takes no such argument: 7"},
        {"ipc.register_client(0, yield, 0, 7)", "register_client() takes no such argument: 7"},
        {"ipc.share(0, mem.alloc(8), 4)",
         "ipc.share: a buffer is shared as a whole; for a part of it, give an address and a "
         "length: buf:addr(), length"},
        {"ipc.share(0, 0x20000000, 4, 7)", "share() takes no such argument: 7"},
        {"ipc.unshare(0, 7)", "unshare() takes no such argument: 7"},
        {"ipc.notify_service(0, 7)", "notify_service() takes no such argument: 7"},
        {"ipc.notify_client(0, false)", "notify_client() takes no such argument: false"},
        {"sys.command(0, 0, 0, 0, 7)", "command() takes no such argument: 7"},
        {"sys.subscribe(0, 0, nil, 0, 7)", "subscribe() takes no such argument: 7"},
        {"sys.memop(2, 0, 7)", "memop() takes no such argument: 7"},
        {"sys.yield_wait(0, 7)", "yield_wait() takes no such argument: 7"},
        {"sys.yield_no_wait(nil, 7)", "yield_no_wait() takes no such argument: 7"},
        {"sys.call(5, 2, 0, 0, 0, 7)", "call() takes no such argument: 7"},
        {"sys.error_name(9, 7)", "error_name() takes no such argument: 7"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        assert_fails(cases[i].call, cases[i].said);
    assert_passes("delay_us(expect(5)) ipc.discover('p', nil) "
                  "expect_eq(select('#', ipc.exists()), 1)");
}

static void yield_no_wait_says_whether_an_upcall_ran(void **state)
{
    (void)state;
    assert_prints("local n = 0 sys.subscribe(0, 0, function() n = n + 1 end) "
                  "print(yield_no_wait(), n) sys.command(0, 5, 10) work_us(100) "
                  "print(yield_no_wait(), n)",
                  "false\t0\ntrue\t1\n");
}

static void a_coroutine_may_yield_to_the_kernel(void **state)
{
    (void)state;
    assert_prints("local c = coroutine.wrap(function() delay_us(10) coroutine.yield('one') "
                  "delay_us(10) return 'two' end) print(c(), c())",
                  "one\ttwo\n");
}

static void delays_within_upcalls_do_not_disturb_each_other(void **state)
{
    (void)state;
    assert_passes("local inner = 0 local buf = mem.alloc(4) "
                  "sys.subscribe(1, 1, function() delay_us(500) inner = now_us() end) "
                  "sys.allow_ro(1, 1, buf:addr(), 4) sys.command(1, 1, 4) "
                  "local start = now_us() delay_us(5000) local took = now_us() - start "
                  "expect(inner > 0) expect(took >= 5000 and took < 5200)");
}

static void prints_within_upcalls_wait_for_their_turn(void **state)
{
    (void)state;
    assert_prints("sys.subscribe(0, 0, function() print('inner') end) sys.command(0, 5, 10) "
                  "print('outer') print('last')",
                  "outer\ninner\nlast\n");
}

static struct played play_many_calls(const char *note)
{
    char statements[1024];

    snprintf(statements, sizeof statements,
             "local s = '' for i = 1, 60 do %s s = s .. now_us() .. ' ' end "
             "local b = mem.alloc(8, 8) print(s, b:addr())",
             note);
    return play_process(statements);
}

static void a_note_takes_no_time_and_no_memory(void **state)
{
    (void)state;
    struct played plain = play_many_calls("");
    struct played noted = play_many_calls("note('on') note(i)");

    assert_string_equal(plain.said, "passed");
    assert_string_equal(noted.printed, plain.printed);
    assert_int_equal(noted.time_us, plain.time_us);
    assert_int_not_equal(noted.hash, plain.hash);
}

static void what_calls_note_in_another_way_pays_for_it(void **state)
{
    (void)state;
    struct run_request request = {.until_us = 100000};

    assert_string_equal(play_with("process('p', function() string.note = note local s = 'x' "
                                  "while true do s:note() end end)",
                                  &request, NULL, 0)
                            .said,
                        "time_up: simulated time was up at 100000 us while still busy: p");
    assert_string_equal(play_with("process('p', function() local s = ('x'):rep(99) "
                                  "while true do s:gsub('.', note) end end)",
                                  &request, NULL, 0)
                            .said,
                        "time_up: simulated time was up at 100000 us while still busy: p");
}

static void a_note_is_one_text(void **state)
{
    (void)state;
    assert_passes("note('a') note(7) note(nil) note({})");
    assert_fails("note()", "note: takes one text, not 0 of them");
    assert_fails("note('a', 'b')", "note: takes one text, not 2 of them");
    assert_refused("note('a')", SCRIPT ":1: note() works inside of a process only: the top level "
                                       "of a scenario says which processes there are, it is none "
                                       "itself");
}

static void a_restart_forgets_the_script_but_not_the_ram(void **state)
{
    (void)state;
    assert_prints("lives = (rawget(_G, 'lives') or 0) + 1 expect_eq(lives, 1) "
                  "local ram = mem.alloc(4) ram:set_u32(0, ram:u32(0) + 1) "
                  "if ram:u32(0) < 3 then sys.exit_restart(0) end print(ram:u32(0))",
                  "3\n");
}

static const char *const done_in_an_upcall =
    "process('p', { returns = '%s' }, function() sys.subscribe(0, 0, function() done() end) "
    "sys.command(0, 5, 100) end)";

static void a_program_that_returns_ends_its_process(void **state)
{
    (void)state;
    char source[256];

    snprintf(source, sizeof source, done_in_an_upcall, "exits");
    assert_string_equal(play(source).said, "not_done: ended without calling done(): p");
    assert_passes("sys.subscribe(0, 0, function() error('too late') end) sys.command(0, 5, 100)");
}

static void upcalls_run_after_a_program_returned_that_waits_then(void **state)
{
    (void)state;
    char source[256];

    snprintf(source, sizeof source, done_in_an_upcall, "waits");
    assert_string_equal(play(source).said, "passed");
}

static void what_a_program_returns_is_its_completion_code(void **state)
{
    static const struct {
        const char *statements;
        uint32_t code;
    } cases[] = {{"return 3", 3}, {"return", 0}, {"return 'three'", 0}, {"return -1", UINT32_MAX}};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct played played = play_process(cases[i].statements);

        assert_string_equal(played.said, "passed");
        assert_int_equal(played.state, PROCESS_TERMINATED);
        assert_int_equal(played.completion_code, cases[i].code);
    }
}

static void what_comes_of_a_return_is_one_of_two(void **state)
{
    (void)state;
    assert_refused("process('p', { returns = 'loops' }, function() end)",
                   SCRIPT ":1: process: returns must be \"exits\" or \"waits\", not \"loops\"");
}

// ---- Alarms

// Before a test of alarms: `us` of an own alarm with sys.command, and when it came.
#define OWN_ALARM                                                                                  \
    "local came, n = 0, 0 "                                                                        \
    "local function own(us) sys.subscribe(0, 0, function() came = now_us() n = n + 1 end) "        \
    "sys.command(0, 5, us) end "                                                                   \
    "local start = now_us() "                                                                      \
    "local function took(time, us) expect(time - start >= us and time - start < us + 100, "        \
    "time - start) end "

// And something that runs in an upcall of the console at about 390 us.
#define IN_AN_UPCALL(statements)                                                                   \
    "local buf = mem.alloc(4) sys.allow_ro(1, 1, buf:addr(), 4) "                                  \
    "sys.subscribe(1, 1, function() " statements " end) sys.command(1, 1, 4) "

static void a_delay_leaves_the_alarm_of_the_script(void **state)
{
    (void)state;
    assert_passes(OWN_ALARM "own(1000) delay_us(5000) took(now_us(), 5000) took(came, 1000)");
    assert_passes(OWN_ALARM "own(5000) delay_us(1000) took(now_us(), 1000) expect_eq(n, 0) "
                            "yield() took(came, 5000)");
    assert_passes(OWN_ALARM "own(1000) delay_us(1000) delay_us(100) took(came, 1000) "
                            "expect_eq(n, 1)");
}

static void an_alarm_that_the_script_sets_in_a_delay_leaves_that(void **state)
{
    (void)state;
    assert_passes(OWN_ALARM IN_AN_UPCALL("own(1000)") "delay_us(5000) took(now_us(), 5000) "
                                                      "took(came, 1350)");
    assert_passes(OWN_ALARM IN_AN_UPCALL("own(5000)") "delay_us(1000) took(now_us(), 1000) "
                                                      "yield() took(came, 5350)");
    assert_passes(OWN_ALARM IN_AN_UPCALL(
        "sys.call(1, 0, 0, 0) sys.call(2, 0, 6, now_us(), 1000)") "delay_us(5000) "
                                                                  "took(now_us(), 5000)");
}

static void an_alarm_that_came_before_the_delay_is_not_lost(void **state)
{
    (void)state;
    assert_passes(OWN_ALARM "own(10) work_us(100) delay_us(1000) took(came, 100) expect_eq(n, 1) "
                            "took(now_us(), 1100)");
}

static void the_script_stops_its_own_alarm_alone(void **state)
{
    (void)state;
    assert_passes(OWN_ALARM IN_AN_UPCALL(
        "own(1000) expect_eq((sys.command(0, 3)), 'Success') "
        "expect_eq(select(2, sys.command(0, 3)), 3)") "delay_us(5000) took(now_us(), 5000) "
                                                      "expect_eq(n, 0)");
}

static void an_alarm_of_the_script_may_wait_itself(void **state)
{
    (void)state;
    assert_passes(OWN_ALARM "sys.subscribe(0, 0, function() delay_us(500) came = now_us() end) "
                            "sys.command(0, 5, 1000) delay_us(1200) took(came, 1500) "
                            "took(now_us(), 1500)");
}

static void an_alarm_of_the_script_goes_on_after_a_delay(void **state)
{
    (void)state;
    assert_passes(OWN_ALARM "own(1000) delay_us(5000) start = now_us() "
                            "sys.command(0, 5, 1000) yield() took(came, 1000) expect_eq(n, 2)");
}

static void an_alarm_gives_the_script_what_it_would_get_alone(void **state)
{
    (void)state;
    assert_prints("local now, due, zero, data sys.subscribe(0, 0, function(...) "
                  "now, due, zero, data = ... end, 77) local _, deadline = sys.command(0, 5, 100) "
                  "delay_us(1000) print(now - deadline, due - deadline, zero, data)",
                  "0\t0\t0\t77\n");
}

static void yield_for_waits_for_its_condition(void **state)
{
    (void)state;
    assert_passes(OWN_ALARM "own(1000) expect_eq(yield_for(function() return n == 1 end), true) "
                            "took(now_us(), 1000)");
    assert_passes("expect_eq(yield_for(function() return 1 end), true)");
    assert_passes("expect_eq(yield_for(function() return true end, 100), true)");
}

static void yield_for_says_that_the_time_is_over(void **state)
{
    (void)state;
    assert_passes(OWN_ALARM "expect_eq(yield_for(function() return false end, 2000), false) "
                            "took(now_us(), 2000)");
    assert_passes(
        OWN_ALARM IN_AN_UPCALL("n = n + 1 delay_us(100)") "expect_eq(yield_for(function() return n "
                                                          "== 2 end, 2000), false) "
                                                          "took(now_us(), 2000)");
}

static void yield_for_stops_its_alarm(void **state)
{
    (void)state;
    assert_passes(OWN_ALARM "own(1000) expect_eq(yield_for(function() return n == 1 end, 2000), "
                            "true) took(now_us(), 1000) expect_eq((sys.command(0, 3)), 'Failure')");
    assert_passes(OWN_ALARM IN_AN_UPCALL("n = 1") "own(3000) "
                                                  "expect(yield_for(function() return n == 1 end, "
                                                  "2000)) yield() took(came, 3000)");
}

static void waits_within_waits_all_end_in_time(void **state)
{
    (void)state;
    assert_passes(OWN_ALARM IN_AN_UPCALL(
        "expect_eq(yield_for(function() return false end, 1000), false) n = 1 took(now_us(), "
        "1350)") "expect(yield_for(function() return n == 1 end, 5000)) took(now_us(), 1350)");
}

static void yield_for_takes_a_function_and_a_time(void **state)
{
    (void)state;
    assert_fails("yield_for(true)", "yield_for: takes a function, not true");
    assert_fails("yield_for(print, -1)", "yield_for: takes 0 to 2^31 - 1 microseconds, not -1");
}

static void a_restart_forgets_all_alarms(void **state)
{
    (void)state;
    assert_passes("local ram = mem.alloc(4) ram:set_u32(0, ram:u32(0) + 1) "
                  "if ram:u32(0) == 1 then sys.subscribe(0, 0, function() sys.exit_restart(0) "
                  "end) sys.command(0, 5, 100) delay_us(1000) end local start = now_us() "
                  "delay_us(3000) expect(now_us() - start >= 3000)");
}

// ---- Memory of the process

static void buffers_come_from_the_start_of_ram_upwards(void **state)
{
    (void)state;
    assert_prints("local _, ram = sys.memop(2) local a, b, c = mem.alloc(3), mem.alloc(8), "
                  "mem.alloc(64, 64) print(a:addr() - ram, b:addr() - ram, c:addr() - ram, "
                  "c:size())",
                  "32\t36\t64\t64\n");
}

static void discover_leaves_buffers_where_they_are(void **state)
{
    (void)state;
    assert_prints("local _, ram = sys.memop(2) ipc.discover('org.tockos.examples.rot13') "
                  "print(mem.alloc(8):addr() - ram)",
                  "32\n");
}

static const char *const pmp_only = "scenario { board = 'rv32-pmp' }\n";

// On rv32-pmp.
static void assert_passes_on_pmp(const char *statements)
{
    char source[1024];

    snprintf(source, sizeof source, "%sprocess('p', function() %s end)", pmp_only, statements);
    assert_string_equal(play(source).said, "passed");
}

static void every_byte_of_an_odd_buffer_is_open(void **state)
{
    (void)state;
    assert_passes_on_pmp("for size = 1, 9 do local b = mem.alloc(size, 1) "
                         "for i = 0, size - 1 do b:set_u8(i, i) end expect_eq(b:size(), size) "
                         "local _, app_brk = sys.memop(1, 0) expect_eq(app_brk % 4, 0) end");
}

static void odd_buffers_lie_one_behind_the_other(void **state)
{
    (void)state;
    assert_prints("local a, b, c = mem.alloc(3, 1), mem.alloc(3, 1), mem.alloc(1, 1) "
                  "print(b:addr() - a:addr(), c:addr() - b:addr())",
                  "3\t3\n");
}

static void a_name_of_any_length_can_be_looked_for(void **state)
{
    (void)state;
    for (int length = 27; length <= 46; length++) {
        char source[256];

        snprintf(source, sizeof source,
                 "%sprocess(('x'):rep(%d), function() "
                 "expect(ipc.register_service(function() end)) end)",
                 pmp_only, length);
        assert_string_equal(play(source).said, "passed");
    }
}

static void what_the_script_took_itself_is_not_handed_out(void **state)
{
    (void)state;
    assert_prints("local _, ram = sys.memop(2) sys.memop(0, ram + 128) "
                  "local a = mem.alloc(8) local _, old = sys.memop(1, 100) local b = mem.alloc(8) "
                  "print(a:addr() - ram, old - ram, b:addr() - ram)",
                  "128\t136\t236\n");
    assert_prints("local _, ram = sys.memop(2) sys.call(5, 0, ram + 256) "
                  "local a = mem.alloc(8) sys.call(5, 1, 64) print(mem.alloc(8):addr() - ram)",
                  "328\n");
}

static void what_the_script_gave_back_is_handed_out_again(void **state)
{
    (void)state;
    assert_prints("local _, ram = sys.memop(2) local a = mem.alloc(32) sys.memop(1, 128) "
                  "sys.memop(1, -96) print(mem.alloc(8):addr() - ram)",
                  "96\n");
    assert_prints("local _, ram = sys.memop(2) sys.memop(0, ram) print(mem.alloc(8):addr() - ram)",
                  "32\n");
}

static void asking_for_the_break_takes_nothing(void **state)
{
    (void)state;
    assert_prints("local _, ram = sys.memop(2) mem.alloc(3, 1) sys.memop(1, 0) "
                  "print(mem.alloc(1, 1):addr() - ram)",
                  "35\n");
}

static void a_buffer_is_not_cut_off(void **state)
{
    (void)state;
    static const char *const said =
        "a break at 0x20000030 would cut off a buffer that mem.alloc handed out (or print took), "
        "up to 0x20000040; give back only what you took with sys.memop yourself";

    assert_fails("local _, ram = sys.memop(2) mem.alloc(32) sys.memop(0, ram + 48)", said);
    assert_fails("mem.alloc(32) sys.memop(1, -16)", said);
    assert_fails("mem.alloc(32) sys.call(5, 1, -16)", said);
}

static void a_break_below_a_shared_buffer_is_the_kernels_to_refuse(void **state)
{
    (void)state;
    assert_prints("local b = mem.alloc(32) ipc.exists() ipc.share(0, b) "
                  "print(sys.memop(1, -16))",
                  "Failure\t9\n");
}

static void a_buffer_holds_what_was_written(void **state)
{
    (void)state;
    assert_prints("local b = mem.alloc(16) b:write(0, 'abcdef') b:set_u16(6, 0x1234) "
                  "b:set_u32(8, 0x87654321) print(b:read(0, 6), b:u8(7), b:u16(6), b:u32(8), "
                  "mem.peek(b:addr() + 8, 1))",
                  "abcdef\t18\t4660\t2271560481\t33\n");
}

static void too_little_ram_says_so(void **state)
{
    (void)state;
    assert_fails("mem.alloc(100000)",
                 "not enough RAM: 100000 more bytes, aligned to 4, do not fit into the 8192 bytes "
                 "of process \"p\", of which the kernel uses 1264 and it uses 32 itself; give "
                 "process() a larger ram");
}

static void a_size_that_cannot_be_is_an_error_that_names_it(void **state)
{
    (void)state;
    assert_fails("mem.alloc(-1)", "mem.alloc: the size must be from 0 to 2^32 - 1 bytes, not -1");
    assert_fails("mem.alloc(8, -4)", "mem.alloc: the alignment must be a power of two, not -4");
    assert_fails("mem.alloc(8, 0)", "mem.alloc: the alignment must be a power of two, not 0");
    assert_fails("mem.alloc(8, -1 << 31)",
                 "mem.alloc: the alignment must be a power of two, not -2147483648");
    assert_fails("mem.view(0x20000000, -1)",
                 "mem.view: the size must be from 0 to 2^32 - 1 bytes, not -1");
    assert_fails("mem.alloc(8):read(0, -1)",
                 "buf:read: the length must be from 0 to 2^32 - 1 bytes, not -1");
    assert_fails("mem.peek(0x20000000, -1)", "an access has 1, 2 or 4 bytes, not -1");
}

static void offsets_outside_of_a_buffer_are_errors(void **state)
{
    (void)state;
    assert_fails("mem.alloc(8):u32(5)", "4 bytes at offset 5 are not inside of this buffer of 8 "
                                        "bytes (offsets start at 0)");
    assert_fails("mem.alloc(8):read(-1, 2)", "2 bytes at offset -1 are not inside of this buffer "
                                             "of 8 bytes (offsets start at 0)");
    assert_fails("local b = mem.alloc(8) b.u8(0)", "call this with a colon on a buffer, as in "
                                                   "buf:u8(0), not on a number");
    assert_fails("mem.alloc(8):u9(0)",
                 "a buffer has no \"u9\": it has addr, size, u8, u16, u32, set_u8, set_u16, "
                 "set_u32, read, write");
}

static void a_value_that_does_not_fit_is_an_error(void **state)
{
    (void)state;
    assert_fails("mem.alloc(8):set_u8(0, 300)",
                 "what is stored in 1 byte must be from 0 to 255, not 300");
    assert_fails("mem.alloc(8):set_u8(0, -1)",
                 "what is stored in 1 byte must be from 0 to 255, not -1");
    assert_fails("mem.alloc(8):set_u16(0, 65536)",
                 "what is stored in 2 bytes must be from 0 to 65535, not 65536");
    assert_fails("mem.alloc(8):set_u32(0, -1)",
                 "what is stored in 4 bytes must be from 0 to 4294967295, not -1");
    assert_fails("mem.alloc(8):set_u32(0, 1 << 32)",
                 "set_u32(): argument 3 is 4294967296, which does not fit into 32 bits");
    assert_fails("mem.poke(mem.alloc(8):addr(), 1, 256)",
                 "what is stored in 1 byte must be from 0 to 255, not 256");
    assert_passes("local b = mem.alloc(8) b:set_u8(0, 255) b:set_u16(2, 65535) "
                  "b:set_u32(4, 0xffffffff) mem.poke(b:addr() + 1, 1, 255) "
                  "expect_eq(b:u32(0), 0xffffffff)");
}

static void a_refused_access_is_a_fault_with_its_line(void **state)
{
    (void)state;
    struct played played =
        play("scenario { ends = 'fault' }\nprocess('p', function()\nmem.poke(16, 4, 1) end)");

    assert_string_equal(played.said, "passed");
    assert_string_equal(played.fault_text, "s.lua:3");
}

static void hostile_scripts_do_not_crash(void **state)
{
    static const char *const scripts[] = {
        "local function f() error(f) end xpcall(f, f)",
        "local s = string.rep('a', 5000) pcall(string.find, s, string.rep('a?', 5000) .. 'b')",
        "pcall(string.rep, 'x', -1) pcall(table.concat, {}, 'x', 1, 3) pcall(table.unpack, {}, 1, "
        "1e8)",
        "local t = setmetatable({}, {__index = error, __newindex = error, __len = error}) "
        "pcall(next, t) pcall(pairs, t) pcall(table.sort, t) pcall(function() return #t end)",
        "local m = getmetatable('') m.__index = nil m.__add = error pcall(function() return "
        "('x') + 1 end) print('still') expect_eq(1, 1)",
        "print = nil yield = nil sys.yield_wait = nil ipc = nil mem = nil",
        "for _, f in pairs(string) do pcall(f) pcall(f, {}) pcall(f, 'x', {}) end",
        "for _, f in pairs(table) do pcall(f) pcall(f, {}) pcall(f, {}, {}) end",
        "for _, f in pairs(coroutine) do pcall(f) pcall(f, 1) end",
        "for _, f in pairs(utf8) do if type(f) == 'function' then pcall(f) pcall(f, '\\xff') end "
        "end",
        "for _, f in pairs(mem) do pcall(f) pcall(f, 1) pcall(f, {}, {}) end",
        "for n, f in pairs(ipc) do pcall(f) pcall(f, 0) pcall(f, {}, {}) end",
        "local c c = coroutine.create(function() coroutine.close(c) end) coroutine.resume(c)",
        "sys.subscribe(0, 0, coroutine.yield) sys.command(0, 5, 10) pcall(yield)",
        "load(string.rep('(', 1000)) load(string.rep('{', 1000)) load('return ' .. string.rep("
        "'-', 10000) .. '1')",
        "mem.view(0xffffffff, 0xffffffff):size()",
        "pcall(setmetatable, _G, {}) pcall(rawset, _G, 'done', nil)",
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(scripts); i++)
        assert_true(play_process(scripts[i]).opened);
}

// ---- The folder that scripts are written to

static int make_folder(void **state)
{
    static char folder[32];

    snprintf(folder, sizeof folder, "/tmp/lua_test.XXXXXX");
    *state = folder;
    return mkdtemp(folder) && chdir(folder) == 0 ? 0 : -1;
}

static int remove_folder(void **state)
{
    char command[64];

    snprintf(command, sizeof command, "rm -r %s", (const char *)*state);
    return system(command);
}

static int test_scripts(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_missing_file_is_refused),
        cmocka_unit_test(a_directory_is_refused),
        cmocka_unit_test(bytecode_is_refused),
        cmocka_unit_test(a_syntax_error_has_its_line),
        cmocka_unit_test(a_first_line_for_the_shell_is_no_lua),
        cmocka_unit_test(a_long_path_is_said_in_full),
        cmocka_unit_test(parameters_have_the_type_of_their_default),
        cmocka_unit_test(a_parameter_of_the_wrong_type_is_refused),
        cmocka_unit_test(an_unknown_parameter_is_refused_with_the_nearest_one),
        cmocka_unit_test(mistakes_at_the_top_level_have_their_line),
        cmocka_unit_test(a_top_level_without_end_is_refused),
        cmocka_unit_test(a_top_level_that_eats_memory_is_refused),
        cmocka_unit_test(who_calls_done_is_found_in_the_script),
        cmocka_unit_test(what_reaches_out_of_the_machine_is_not_available),
        cmocka_unit_test(unknown_names_are_refused_with_the_nearest_one),
        cmocka_unit_test(no_text_shows_an_address),
        cmocka_unit_test(pairs_goes_up_through_numbers_then_texts_then_booleans),
        cmocka_unit_test(pairs_leaves_out_what_was_removed_meanwhile),
        cmocka_unit_test(pairs_refuses_keys_without_an_order),
        cmocka_unit_test(sort_is_stable),
        cmocka_unit_test(random_numbers_follow_the_seed),
        cmocka_unit_test(the_seed_of_the_hashes_is_found),
        cmocka_unit_test(the_same_run_twice_is_the_same_to_the_bit),
        cmocka_unit_test(an_endless_loop_ends_with_its_time),
        cmocka_unit_test(an_endless_loop_does_not_stop_the_others),
        cmocka_unit_test(instructions_take_time),
        cmocka_unit_test(a_script_that_eats_memory_fails_with_its_line),
        cmocka_unit_test(memory_that_ran_out_may_be_caught_by_the_script),
        cmocka_unit_test(deep_c_calls_fail_cleanly),
        cmocka_unit_test(an_idle_process_touches_little_memory),
        cmocka_unit_test(an_error_of_any_kind_has_file_and_line),
        cmocka_unit_test(an_error_in_an_upcall_ends_the_process_through_any_pcall),
        cmocka_unit_test(an_expectation_that_fails_says_what_it_got),
        cmocka_unit_test(an_expectation_that_holds_hands_its_values_on),
        cmocka_unit_test(a_call_of_the_kernel_that_fails_does_not_meet_an_expectation),
    };

    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}

static int test_processes(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_call_returns_its_variant_and_words),
        cmocka_unit_test(the_flash_of_a_process_begins_with_its_header),
        cmocka_unit_test(images_lie_directly_behind_each_other),
        cmocka_unit_test(a_function_gets_an_address_in_the_flash_of_its_process),
        cmocka_unit_test(addresses_are_used_again_when_the_flash_is_full),
        cmocka_unit_test(the_kernel_refuses_a_bad_function_pointer),
        cmocka_unit_test(an_upcall_to_no_function_is_a_fault),
        cmocka_unit_test(an_argument_that_would_be_ignored_is_an_error),
        cmocka_unit_test(yield_no_wait_says_whether_an_upcall_ran),
        cmocka_unit_test(a_coroutine_may_yield_to_the_kernel),
        cmocka_unit_test(delays_within_upcalls_do_not_disturb_each_other),
        cmocka_unit_test(prints_within_upcalls_wait_for_their_turn),
        cmocka_unit_test(a_note_takes_no_time_and_no_memory),
        cmocka_unit_test(what_calls_note_in_another_way_pays_for_it),
        cmocka_unit_test(a_note_is_one_text),
        cmocka_unit_test(a_restart_forgets_the_script_but_not_the_ram),
        cmocka_unit_test(a_program_that_returns_ends_its_process),
        cmocka_unit_test(upcalls_run_after_a_program_returned_that_waits_then),
        cmocka_unit_test(what_a_program_returns_is_its_completion_code),
        cmocka_unit_test(what_comes_of_a_return_is_one_of_two),
        cmocka_unit_test(a_delay_leaves_the_alarm_of_the_script),
        cmocka_unit_test(an_alarm_that_the_script_sets_in_a_delay_leaves_that),
        cmocka_unit_test(an_alarm_that_came_before_the_delay_is_not_lost),
        cmocka_unit_test(the_script_stops_its_own_alarm_alone),
        cmocka_unit_test(an_alarm_of_the_script_may_wait_itself),
        cmocka_unit_test(an_alarm_of_the_script_goes_on_after_a_delay),
        cmocka_unit_test(an_alarm_gives_the_script_what_it_would_get_alone),
        cmocka_unit_test(yield_for_waits_for_its_condition),
        cmocka_unit_test(yield_for_says_that_the_time_is_over),
        cmocka_unit_test(yield_for_stops_its_alarm),
        cmocka_unit_test(waits_within_waits_all_end_in_time),
        cmocka_unit_test(yield_for_takes_a_function_and_a_time),
        cmocka_unit_test(a_restart_forgets_all_alarms),
        cmocka_unit_test(buffers_come_from_the_start_of_ram_upwards),
        cmocka_unit_test(discover_leaves_buffers_where_they_are),
        cmocka_unit_test(every_byte_of_an_odd_buffer_is_open),
        cmocka_unit_test(odd_buffers_lie_one_behind_the_other),
        cmocka_unit_test(a_name_of_any_length_can_be_looked_for),
        cmocka_unit_test(what_the_script_took_itself_is_not_handed_out),
        cmocka_unit_test(what_the_script_gave_back_is_handed_out_again),
        cmocka_unit_test(asking_for_the_break_takes_nothing),
        cmocka_unit_test(a_buffer_is_not_cut_off),
        cmocka_unit_test(a_break_below_a_shared_buffer_is_the_kernels_to_refuse),
        cmocka_unit_test(a_buffer_holds_what_was_written),
        cmocka_unit_test(too_little_ram_says_so),
        cmocka_unit_test(a_size_that_cannot_be_is_an_error_that_names_it),
        cmocka_unit_test(offsets_outside_of_a_buffer_are_errors),
        cmocka_unit_test(a_value_that_does_not_fit_is_an_error),
        cmocka_unit_test(a_refused_access_is_a_fault_with_its_line),
        cmocka_unit_test(hostile_scripts_do_not_crash),
    };

    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}

int main(void)
{
    return test_scripts() + test_processes();
}
