# SPDX-License-Identifier: Apache-2.0 OR MIT
"""How a scenario says that its run is to end: by what, whose, and how often."""

import pytest

CRASHES = 'process("crash_dummy", function() delay_us(1000) mem.peek(0, 4) end)\n'
INNOCENT = 'process("innocent", function() delay_us(2000) done() mem.peek(4, 4) end)\n'
WELL = 'process("innocent", function() delay_us(2000) done() end)\n'
WAITS = 'process("waits", function() yield() done() end)\n'
COMPUTES = 'process("hog", function() while true do end end)\n'
STARVES = COMPUTES + 'process("starves", function() done() end)\n'

# The service faults as it serves, and its client waits.
SERVICE = """
process("svc", function()
  expect(ipc.register_service(function() mem.peek(0, 4) end))
  while true do yield() end
end)
process("client", function()
  local svc = expect(ipc.discover("svc"))
  local is_answered = false
  expect(ipc.register_client(svc, function() is_answered = true end))
  delay_us(100)
  expect(ipc.notify_service(svc))
  while not is_answered do yield() end
  done()
end)
"""


def run(ipcsim, ends, script, *arguments):
    path = ipcsim.write("x.lua", f"scenario {{ until_us = 100000, ends = {ends} }}\n{script}")
    return ipcsim("run", path, "--no-db", "--trace", "none", *arguments)


@pytest.mark.parametrize(
    ("ends", "script"),
    [
        ('{ fault = "crash_dummy" }', CRASHES + WELL),
        ('{ fault = { "innocent", "crash_dummy" } }', CRASHES + INNOCENT),
        ("{ fault = { crash_dummy = 1, innocent = 1 } }", CRASHES + INNOCENT),
        ('{ fault = "svc", deadlock = true }', SERVICE),
        ('{ fault = "svc", deadlock = "client" }', SERVICE),
        ('{ fault = false, deadlock = { "waits" } }', WAITS),
        ('"time_up"', STARVES),
        ('{ time_up = "starves" }', STARVES),
        ('{ time_up = { "starves", "hog" } }', STARVES),
        ('{ time_up = true, fault = "crash_dummy" }', CRASHES + STARVES),
        ('"time_up"', COMPUTES),
    ],
)
def test_what_came_as_declared_passes(ipcsim, ends, script):
    result = run(ipcsim, ends, script, "--sched", "priority")

    assert (result.returncode, result.stderr) == (0, "")


@pytest.mark.parametrize(
    ("ends", "script", "word"),
    [
        ('"fault"', CRASHES + INNOCENT, "fault"),
        ('{ fault = "crash_dummy" }', CRASHES + INNOCENT, "fault"),
        ('{ fault = "crash_dummy" }', INNOCENT + CRASHES.replace("mem.peek(0, 4)", ""), "fault"),
        ('{ fault = { crash_dummy = 2 } }', CRASHES + WELL, "other_end"),
        ('{ fault = { "crash_dummy", "innocent" } }', CRASHES + WELL, "other_end"),
        ('{ fault = "svc" }', SERVICE, "deadlock"),
        ('"deadlock"', SERVICE, "fault"),
        ('{ fault = "svc", deadlock = "svc" }', SERVICE, "deadlock"),
        ('{ deadlock = "innocent" }', WAITS + WELL, "deadlock"),
        ('"deadlock"', WELL, "other_end"),
        ('"deadlock"', 'process("quits", function() sys.exit_terminate(0) done() end)', "other_end"),
        ('"time_up"', WELL, "other_end"),
        ('{ time_up = "hog" }', STARVES, "time_up"),
        ('"normally"', STARVES, "time_up"),
        ('{ kernel_panic = true, fault = "crash_dummy" }', CRASHES + WELL, "other_end"),
    ],
)
def test_what_did_not_come_as_declared_does_not_pass(ipcsim, ends, script, word):
    result = run(ipcsim, ends, script, "--sched", "priority")

    assert result.returncode == (4 if word == "time_up" else 1)
    assert f"x.lua  ({word}, " in result.stdout


def test_a_fault_of_one_of_several_has_to_be_named(ipcsim):
    result = run(ipcsim, '"fault"', WELL + CRASHES)

    assert result.returncode == 1
    assert 'ends = "fault" does not say whose fault it is to be' in result.stderr
    assert 'scenario { ends = { fault = "crash_dummy" } }' in result.stderr


def test_the_hint_says_all_that_came(ipcsim):
    result = run(ipcsim, '"normally"', SERVICE)

    assert 'scenario { ends = { fault = "svc", deadlock = "client" } }' in result.stderr


def test_the_hint_counts_faults(ipcsim):
    script = CRASHES + WELL.replace("innocent", "a b")

    result = run(ipcsim, '{ fault = "crash_dummy" }', script, "--fault", "restart:1")

    assert result.returncode == 1
    assert "and it faulted more often" in result.stderr
    assert "scenario { ends = { fault = { crash_dummy = 3 } } }" in result.stderr


def test_a_declared_fault_under_policy_panic_still_says_whose(ipcsim):
    assert run(ipcsim, '{ fault = "crash_dummy" }', CRASHES + WELL, "--fault", "panic").returncode == 0
    assert run(ipcsim, '{ fault = "innocent" }', CRASHES + WELL, "--fault", "panic").returncode == 1


def test_time_that_is_up_is_no_failure_once_everybody_was_done(ipcsim):
    result = run(ipcsim, '"normally"', WELL + COMPUTES)

    assert result.returncode == 0


def test_time_that_is_up_before_anybody_was_done_is_a_bound(ipcsim):
    result = run(ipcsim, '"normally"', COMPUTES)

    assert result.returncode == 4
    assert "while still busy: hog" in result.stderr


@pytest.mark.parametrize(
    ("ends", "words"),
    [
        ('"faults"', "unknown way for a scenario to end 'faults'; did you mean 'fault'?"),
        ("{ normally = true }", 'ends = "normally" stands alone: it is none of these'),
        ("{ faults = true }", "unknown way for a scenario to end 'faults'; did you mean 'fault'?"),
        ('{ "fault" }', 'ends = { fault = "service" }'),
        ("{ fault = { crash_dummy = 0 } }", "how often each does: { service = 2 }"),
        ("{ deadlock = { crash_dummy = 2 } }", "deadlock is true, the name of a process or a list"),
        ("{ fault = {} }", "fault names nobody"),
        ('{ fault = "crash_dumy" }', "unknown process 'crash_dumy'; did you mean 'crash_dummy'?"),
        ("{ deadlock = true, time_up = true }", "by deadlock does not end by time_up"),
        ("3", "ends must be a text or a table, not a number"),
    ],
)
def test_a_mistake_in_what_is_declared_is_one(ipcsim, ends, words):
    result = run(ipcsim, ends, CRASHES)

    assert result.returncode == 2
    assert words in result.stderr
    assert result.stderr.startswith("x.lua:1: ")
