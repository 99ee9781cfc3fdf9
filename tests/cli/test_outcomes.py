# SPDX-License-Identifier: Apache-2.0 OR MIT
"""What counts as passed, and what the exit status and the words are where it is not."""

import re

import pytest
from conftest import FAILS, PASSES

# A way for a scenario to end each, and how it can be declared.
FAULTS = 'process("wild", function() mem.view(0x10, 4):u8(0) end)\n'
PANICS = """
process("self", function()
  expect(ipc.register_service(function() end))
  expect(ipc.notify_service(expect(ipc.discover("self"))))
  yield()
end)
"""
DEADLOCKS = 'process("waits", function() yield() done() end)\n'

ENDS = {"fault": FAULTS, "kernel_panic": PANICS, "deadlock": DEADLOCKS}


def declared(ends, script):
    return f'scenario {{ ends = "{ends}" }}\n{script}'


def run(ipcsim, script, *arguments):
    path = ipcsim.write("x.lua", script)
    return ipcsim("run", path, "--no-db", "--trace", "none", *arguments)


def test_done_and_quiet_passes(ipcsim):
    result = run(ipcsim, PASSES)

    assert result.returncode == 0
    assert re.fullmatch(r"passed  x\.lua  \(\d+ events, \d+ us simulated\)\n", result.stdout)
    assert result.stderr == ""


def test_an_expectation_that_is_not_met_fails_with_its_place(ipcsim):
    result = run(ipcsim, FAILS)

    lines = result.stderr.splitlines()
    assert result.returncode == 1
    assert result.stdout.startswith("failed  x.lua  (")
    assert lines[0].startswith("x.lua:3: expected 3, got 2")
    assert "in bad, at" in lines[1]


@pytest.mark.parametrize("ends", ENDS)
def test_an_end_that_nobody_declared_fails(ipcsim, ends):
    result = run(ipcsim, ENDS[ends])

    assert result.returncode == 1
    assert f"failed  x.lua  ({ends}, " in result.stdout
    assert f'scenario {{ ends = "{ends}" }}' in result.stderr


@pytest.mark.parametrize("ends", ENDS)
def test_an_end_that_was_declared_passes(ipcsim, ends):
    result = run(ipcsim, declared(ends, ENDS[ends]))

    assert result.returncode == 0
    assert result.stderr == ""


@pytest.mark.parametrize("ends", ENDS)
def test_a_declared_end_that_does_not_come_fails(ipcsim, ends):
    result = run(ipcsim, declared(ends, PASSES))

    assert result.returncode == 1
    assert f'declares ends = "{ends}"' in result.stderr


@pytest.mark.parametrize(("ends", "other"), [("fault", "deadlock"), ("deadlock", "fault")])
def test_another_end_than_the_declared_one_fails(ipcsim, ends, other):
    assert run(ipcsim, declared(ends, ENDS[other])).returncode == 1


def test_a_program_that_breaks_down_is_no_declared_fault(ipcsim):
    script = declared("fault", 'process("typo", function() mem.veiw(1, 2) end)\n')

    result = run(ipcsim, script)

    assert result.returncode == 1
    assert result.stderr.startswith("x.lua:2: ")


def test_ending_without_done_fails(ipcsim):
    result = run(ipcsim, 'process("quits", function() sys.exit_terminate(0) done() end)\n')

    assert result.returncode == 1
    assert "ended without calling done(): quits" in result.stderr


def test_a_service_that_returned_is_named(ipcsim):
    script = """
process("svc", function()
  expect(ipc.register_service(function(from) ipc.notify_client(from) end))
end)
process("client", function()
  delay_us(1000)
  expect(ipc.notify_service(expect(ipc.discover("svc"))))
  done()
end)
"""
    hint = "\nended by returning, without done(): svc\n  (a program that serves others goes on with: "

    result = run(ipcsim, script)

    assert result.returncode == 1
    assert "x.lua:7: expected success, got " in result.stderr
    assert hint in result.stderr
    assert run(ipcsim, script.replace('"svc", fun', '"svc", { returns = "waits" }, fun')).returncode == 0


def test_who_never_calls_done_need_not(ipcsim):
    script = 'process("service", function() while true do yield() end end)\n' + PASSES

    assert run(ipcsim, script).returncode == 0


def test_time_that_is_up_before_done_is_a_bound(ipcsim):
    script = 'process("slow", function() delay_us(1000) done() end)\n'

    result = run(ipcsim, script, "--until", "500")

    assert result.returncode == 4
    assert result.stdout.startswith("bound   x.lua  (time_up, ")
    assert "500 us before done() of: slow" in result.stderr


def test_time_that_is_up_after_done_passes(ipcsim):
    script = 'process("ticks", function() done() while true do delay_us(1000) end end)\n'

    assert run(ipcsim, script, "--until", "20500").returncode == 0


def test_a_failed_expectation_says_more_than_a_bound(ipcsim):
    result = run(ipcsim, FAILS + 'process("slow", function() delay_us(1000000) done() end)\n')

    assert result.returncode == 1


def test_fault_policy_panic_makes_a_panic_of_a_fault(ipcsim):
    assert "kernel_panic" in run(ipcsim, FAULTS, "--fault", "panic").stdout
    assert run(ipcsim, declared("fault", FAULTS), "--fault", "panic").returncode == 0
    assert run(ipcsim, declared("kernel_panic", FAULTS), "--fault", "panic").returncode == 0


def test_fault_policy_restart_n_restarts_n_plus_1_times(ipcsim):
    path = ipcsim.write("x.lua", "scenario { ends = { fault = { wild = 4 } } }\n" + FAULTS)

    result = ipcsim("run", path, "--no-db", "--fault", "restart:2")

    assert result.returncode == 0
    assert len(re.findall(r"\brestarted\b", result.stdout)) == 3


BREAKS_DOWN = """
process("typo", function() delay_us(1000) error("boom") end)
process("ticks", function() while true do delay_us(1000) end end)
"""


@pytest.mark.parametrize("fault", ["restart", "restart:1000000"])
@pytest.mark.parametrize("script", [BREAKS_DOWN, FAILS])
def test_a_program_that_breaks_down_is_not_restarted_for_ever(ipcsim, script, fault):
    path = ipcsim.write("x.lua", script)

    result = ipcsim("run", path, "--no-db", "--fault", fault)

    assert result.returncode == 1
    assert result.stdout.splitlines()[-1].startswith("failed  x.lua  (")
    assert len(re.findall(r"fault: the program stopped with an error", result.stdout)) == 1
    assert re.match(r"x\.lua:\d: (boom|expected 3, got 2)\n  in (typo|bad), at ", result.stderr)


def test_other_processes_run_on_after_one_that_broke_down_and_is_stopped(ipcsim):
    path = ipcsim.write("x.lua", BREAKS_DOWN)

    result = ipcsim("run", path, "--no-db", "--until", "20000")

    assert result.returncode == 1
    assert re.search(r"^ +1\d{4}  1 ticks ", result.stdout, re.MULTILINE)


def test_a_program_that_breaks_down_under_policy_panic_fails_with_its_words(ipcsim):
    result = run(ipcsim, BREAKS_DOWN, "--fault", "panic")

    assert result.returncode == 1
    assert result.stderr.startswith("x.lua:2: boom\n")


@pytest.mark.parametrize("sched", ["round_robin", "cooperative", "priority", "mlfq"])
def test_the_command_line_goes_before_the_header(ipcsim, sched):
    path = ipcsim.write("x.lua", 'scenario { sched = "priority", board = "cortex-m7" }\n' + PASSES)

    assert ipcsim("run", path, "--trace", "none", "--sched", sched).returncode == 0
    assert ipcsim.rows("select sched, board from runs") == [(sched, "cortex-m7")]


# --- The failure report


def test_the_last_line_is_the_command_that_replays(ipcsim):
    ipcsim.write("it's/x.lua", 'local n = param("n", "a")\n' + FAILS)

    result = ipcsim(
        *("run", "it's/x.lua", "--no-db", "-P", "n=b c", "--seed", "7", "--trace", "none"),
        *("--board=cortex-m7", "--timeout", "100", "--color", "never", "--fault", "restart:3"),
    )

    command = result.stderr.splitlines()[-1].removeprefix("replay: ")
    program, arguments = command.split(" ", 1)
    assert arguments == (
        "run 'it'\\''s/x.lua' -P 'n=b c' --seed 7 --board cortex-m7 --fault restart:3 --no-db"
    )
    assert program.endswith("ipcsim")


def test_a_replay_is_recorded_if_the_run_was(ipcsim):
    path = ipcsim.write("x.lua", FAILS)

    result = ipcsim("run", path, "--trace", "none")

    assert result.stderr.splitlines()[-1].endswith("ipcsim run x.lua")


def test_names_reach_the_terminal_without_escape_codes(ipcsim):
    script = (
        'process("a\\27[31m", function() mem.peek(mem.alloc(4):addr() + 0x2000, 4) end)\n'
        'process("b\\27]0;x\\7", function() end)\n'
    )

    result = run(ipcsim, script)

    assert result.returncode == 1
    assert "process a\\x1b[31m faulted: " in result.stderr
    assert "it lies in the memory of b\\x1b]0;x\\x07, " in result.stderr
    assert "regions of a\\x1b[31m at that moment" in result.stderr
    assert "\033" not in result.stdout + result.stderr


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ('process("\\27[31m", function() yield() done() end)', "not done: \\x1b[31m\n"),
        ('process("\\27[31m", function() mem.alloc(1 << 20) end)', 'process "\\x1b[31m", of'),
        ('process("\\27[31m", function() expect(false) end)', "in \\x1b[31m, at "),
    ],
)
def test_names_in_words_have_no_escape_codes(ipcsim, script, words):
    result = run(ipcsim, script)

    assert words in result.stderr
    assert "\033" not in result.stderr


def test_accesses_to_what_is_no_longer_shared_stand_in_the_report(ipcsim):
    script = """
process("svc", function()
  local kept
  expect(ipc.register_service(function(from, len, addr)
    if len > 0 then kept = mem.view(addr, len) else kept:set_u8(0, 9) end
    for _ = 1, 12 do ipc.exists() end
    ipc.notify_client(from)
  end))
  while true do yield() end
end)
process("client", function()
  local svc = expect(ipc.discover("svc"))
  local buf, answers = mem.alloc(64, 64), 0
  expect(ipc.register_client(svc, function() answers = answers + 1 end))
  expect(ipc.share(svc, buf))
  expect(ipc.notify_service(svc))
  expect(yield_for(function() return answers == 1 end, 100000))
  expect(ipc.unshare(svc))
  expect(ipc.notify_service(svc))
  expect(yield_for(function() return answers == 2 end, 100000))
  expect_eq(buf:u8(0), 0)
end)
"""

    result = run(ipcsim, script)

    assert "x.lua:21: expected 0, got 9" in result.stderr
    assert re.search(
        "\naccesses to buffers that were no longer shared:\n"
        " +\\d+ us  svc  store of 1 byte at 0x\\w{8}: 1 \"client\" does not share it any more",
        result.stderr,
    )


def test_a_refused_grant_is_explained(ipcsim):
    script = """
process("full", { ram = 2048 }, function()
  local buf = mem.alloc(16)
  while sys.memop(1, 16) == "Success" or sys.memop(1, 16) == "SuccessU32" do end
  expect(ipc.share(0, buf))
end)
"""

    result = run(ipcsim, script, "--board", "none")

    assert "x.lua:5: expected success, got NOMEM" in result.stderr
    assert re.search(r"no grant for ipc: 28 bytes needed, \d+ free between", result.stderr)


def test_the_regions_of_a_fault_are_those_of_the_unit(ipcsim):
    script = (
        'process("odd", function()\n'
        "  local _, ram = sys.memop(2)\n"
        "  sys.memop(0, ram + 75)\n"
        "  mem.view(ram, 75):set_u8(72, 1)\n"
        "end)\n"
    )

    result = run(ipcsim, script, "--board", "rv32-pmp")

    assert "no region holds it; the nearest is region 1 (rw-), which ends 1 byte below" in result.stderr
    assert re.search(r"^ +1  0x80000000 +72  rw- +0x80000000\.\.0x80000047$", result.stderr, re.M)


def test_the_regions_of_a_fault_include_what_another_process_left(ipcsim):
    script = (
        'process("svc", function()\n'
        "  expect(ipc.register_service(function() end))\n"
        "  while true do yield() end\n"
        "end)\n"
        'process("client", function()\n'
        '  local svc = expect(ipc.discover("svc"))\n'
        "  expect(ipc.share(svc, mem.alloc(64, 64)))\n"
        "  expect(ipc.notify_service(svc))\n"
        "  delay_us(1000)\n"
        "end)\n"
        'process("spy", function() delay_us(500) mem.peek(16, 4) end)\n'
    )

    result = run(ipcsim, script, "--board", "rv32-pmp")

    assert re.search(r"^ +2  0x\w{8} +64  rw- .*\(of another process\)$", result.stderr, re.M)
    assert result.stderr.count("of another process") == 1


def test_a_fault_shows_memory_regions_and_the_nearest_one(ipcsim):
    script = (
        'process("wild", { ram = 4096 }, function()\n'
        "  local buf = mem.alloc(64, 64)\n"
        "  mem.view(buf:addr() + 0x2000, 4):u8(0)\n"
        "end)\n"
        'process("other", { ram = 4096 }, function() end)\n'
    )

    result = run(ipcsim, script)

    assert result.returncode == 1
    assert result.stderr.startswith("x.lua:3: process wild faulted: refused memory access\n")
    assert re.search(r"wild faulted at \d+ us, x\.lua:3: .*, a load of 1 byte at 0x", result.stderr)
    assert re.search(r"it lies in the memory of other, byte \d+, in ", result.stderr)
    assert re.search(r"nearest is region \d+ \(\S+\), which (ends|starts) \d+", result.stderr)
    assert re.search(r"0x\w{8}\.\.0x\w{8} +\d+  its own, below app_brk", result.stderr)
    assert re.search(r"from kernel_brk: grants", result.stderr)
    assert re.search(r" 0  0x\w{8} +\d+  rw- .*subregions off: ", result.stderr)
    assert re.search(r" 1  0x\w{8} +\d+  r-x ", result.stderr)


ODD_BUFFER = """
process("service", function()
  expect(ipc.register_service(function(from, len, addr) mem.view(addr, len):u8(0) end))
  while true do yield() end
end)
process("client", function()
  delay_us(100)
  local block = mem.alloc(256, 256)
  local service = expect(ipc.discover("service"))
  expect(ipc.share(service, block:addr() + 4, 64))
  expect(ipc.notify_service(service))
  yield()
end)
"""


def test_a_fault_on_a_shared_buffer_says_why_the_driver_refused_the_region(ipcsim):
    result = run(ipcsim, ODD_BUFFER)

    assert result.returncode == 1
    assert "it lies in the memory of client" in result.stderr
    assert re.search(r"shared buffer \[0x\w{8}, \+64\) and the MPU driver refused", result.stderr)
    assert "power of two of at least 32 bytes" in result.stderr


def test_a_declared_fault_is_explained_where_the_trace_is_shown(ipcsim):
    path = ipcsim.write("x.lua", 'scenario { ends = { fault = "service" } }\n' + ODD_BUFFER)

    result = ipcsim("run", path, "--no-db")

    assert result.returncode == 0
    assert "the MPU driver refused" in result.stderr
    assert "replay:" not in result.stderr


def test_a_deadlock_names_who_waits_and_what_was_lost(ipcsim):
    script = """
process("service", function()
  delay_us(500)
  expect(ipc.register_service(function(from) ipc.notify_client(from) end))
  while true do yield() end
end)
process("client", function()
  local service = expect(ipc.discover("service"))
  local answered = false
  expect(ipc.register_client(service, function() answered = true end))
  expect(ipc.notify_service(service))
  while not answered do yield() end
  done()
end)
"""

    result = run(ipcsim, script)

    assert result.returncode == 1
    assert "not done: client" in result.stderr
    assert re.search(r"unfinished:\n  client +Yielded, 0 tasks", result.stderr)
    assert "notifications that never became an upcall:" in result.stderr
    assert "no upcall subscribed" in result.stderr


# --- A run that answered no question


def test_a_run_that_tested_nothing_has_not_passed(ipcsim):
    path = ipcsim.write("x.lua", 'process("idle", function() print("hello") end)\n')

    result = ipcsim("run", path, "--trace", "none")

    assert result.returncode == 1
    assert result.stdout.startswith("failed  x.lua  (untested, ")
    assert result.stderr.startswith("x.lua: nothing was tested: no expectation was checked, ")
    assert ipcsim.rows("select outcome from runs") == [("untested",)]


@pytest.mark.parametrize(
    "script",
    [
        'process("p", function() done() end)',
        'process("p", function() expect(true) end)',
        'process("p", function() expect_eq(1, 1) end)',
        'scenario { ends = { fault = "p" } } process("p", function() mem.peek(0, 4) end)',
        'process("p", function() local l = mem.view(mem.alloc(4):addr(), 4):u8(0) expect(l) end)',
    ],
)
def test_whatever_answers_a_question_is_a_test(ipcsim, script):
    assert run(ipcsim, script).returncode == 0


def test_an_expectation_of_an_earlier_life_counts(ipcsim):
    script = (
        'process("p", function() local l = mem.view(({ sys.memop(2) })[2] + 64, 1)\n'
        "  mem.alloc(64) if l:u8(0) == 0 then expect(true) l:set_u8(0, 1) sys.exit_restart() end\n"
        "end)\n"
    )

    assert run(ipcsim, script).returncode == 0


def test_check_says_that_nothing_was_tested(ipcsim):
    ipcsim.write("s/x.lua", 'process("idle", function() end)\n')

    result = ipcsim("check", "s", "--no-db", "--junit", "j.xml")
    tap = ipcsim("check", "s", "--no-db", "--tap")

    assert result.returncode == tap.returncode == 1
    assert "failed  s/x.lua  (untested: nothing was tested" in result.stdout
    assert 'message="untested: nothing' in (ipcsim.folder / "j.xml").read_text()
    assert 'message: "untested: nothing' in tap.stdout


# --- Bounds of parameters

BOUNDED = """
local n = param("n", 2, { min = 1, max = 4, help = "how many" })
local x = param("x", 0.5, { max = 1 })
local y = param("y", 3, { min = -1 })
process("p", function() done() end)
"""


@pytest.mark.parametrize("setting", ["n=1", "n=4", "x=1", "x=-1e9", "y=-1", "y=99999"])
def test_a_parameter_within_its_bounds_is_taken(ipcsim, setting):
    assert run(ipcsim, BOUNDED, "-P", setting).returncode == 0


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("n=0", "x.lua:2: -P n=0: n is from 1 to 4"),
        ("n=-1", "x.lua:2: -P n=-1: n is from 1 to 4"),
        ("n=5", "x.lua:2: -P n=5: n is from 1 to 4"),
        ("x=1.5", "x.lua:3: -P x=1.5: x is at most 1"),
        ("y=-2", "x.lua:4: -P y=-2: y is at least -1"),
    ],
)
def test_a_parameter_beyond_its_bounds_is_refused_at_once(ipcsim, setting, words):
    result = run(ipcsim, BOUNDED, "-P", setting)

    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr == words + "\n"


@pytest.mark.parametrize(
    ("declaration", "words"),
    [
        ("param('n', 0, { min = 1 })", "param: the default: n is at least 1"),
        ("param('n', 1, { mim = 1 })", "unknown key of a parameter 'mim'; did you mean 'min'?"),
        ("param('n', 1, { min = 'a' })", "the min of \"n\" must be a whole number, not a text"),
        ("param('n', 1, { max = 1.5 })", "the max of \"n\" must be a whole number, not a number"),
        ("param('n', 'a', { min = 1 })", '"n" is a text, which has no min'),
        ("param('n', 1, { help = 1 })", "param: the help must be a text, not a number"),
        ("param('n', 1, 1)", "param: the help must be a text, not a number"),
    ],
)
def test_a_mistake_in_a_parameter_is_one(ipcsim, declaration, words):
    result = run(ipcsim, f"{declaration}\n{PASSES}")

    assert result.returncode == 2
    assert result.stderr.startswith("x.lua:1: ")
    assert words in result.stderr


def test_list_shows_the_bounds(ipcsim):
    ipcsim.write("x.lua", BOUNDED)

    assert ipcsim("list", "x.lua").stdout == (
        "x.lua\n"
        "    -P n=2    how many (1 to 4)\n"
        "    -P x=0.5  (at most 1)\n"
        "    -P y=3    (at least -1)\n"
    )
    assert '"name":"n","default":"2","help":"how many","min":"1","max":"4"' in ipcsim(
        "list", "--json", "x.lua"
    ).stdout
