# SPDX-License-Identifier: Apache-2.0 OR MIT
"""finally(function(run) ... end): what a scenario asks of its run once that is over."""

import re

import pytest
from conftest import FAILS, sentence

# Three clients ask five times each; the service needs 50 us for each.
PAIR = """
process("svc", function()
  expect(ipc.register_service(function(from) work_us(50) expect(ipc.notify_client(from)) end))
  while true do yield() end
end)
for c = 1, 3 do
  process("client" .. c, function()
    local svc = expect(ipc.discover("svc"))
    local got = 0
    expect(ipc.register_client(svc, function() got = got + 1 end))
    print("hello " .. c)
    for r = 1, 5 do
      expect(ipc.notify_service(svc))
      while got < r do yield() end
    end
    done()
  end)
end
"""

# Notifies a service that has not registered yet, and one whose queue is full.
LOSES = """
scenario { sched = "cooperative" }
process("late", function()
  delay_us(500)
  expect(ipc.register_service(function() end))
  while true do yield() end
end)
for c = 1, 12 do
  process("client" .. c, function()
    ipc.notify_service(expect(ipc.discover("late")))
    done()
    while true do yield() end
  end)
end
"""

FAULTS = """
scenario { ends = { fault = "wild" } }
process("wild", function() delay_us(1000) mem.peek(0, 4) end)
"""


def run(ipcsim, script, body, *arguments):
    path = ipcsim.write("x.lua", f"finally(function(run) {body} end)\n{script}")
    return ipcsim("run", path, "--trace", "none", *arguments)


@pytest.mark.parametrize(
    ("script", "body"),
    [
        (PAIR, 'expect_eq(run.outcome, "passed") expect(run.time_us > 700)'),
        (PAIR, "expect_eq(#run:round_trips(), 15)"),
        (PAIR, 'expect_eq(#run:round_trips("client2"), 5) expect_eq(#run:upcalls(), 30)'),
        (PAIR, 'expect_eq(#run:round_trips("client2", "client1"), 0)'),
        (PAIR, "for _, t in ipairs(run:round_trips()) do expect(t.took_us >= 50, t.client) end"),
        (PAIR, 'expect_eq(run:round_trips()[1].service, "svc") expect_eq(next(run:lost()), nil)'),
        (PAIR, 'expect_eq(run:depth("svc"), 1)'),
        (LOSES, 'expect_eq(run:depth("late"), 9)'),
        (PAIR, 'expect_eq(run.processes.client1.index, 1) expect_eq(run.processes[1].name, "svc")'),
        (PAIR, 'expect_eq(run.processes.svc.state, "Yielded") expect_eq(#run.processes, 4)'),
        (PAIR, 'local n = 0 for e in run:each("print") do n = n + #e.text end expect_eq(n, 24)'),
        (PAIR, 'for i, e in ipairs(run.events) do if e.kind == "done" then return expect(i) end end'),
        (PAIR, "local n = 0 for _ in pairs(run.events) do n = n + 1 end expect_eq(n, #run.events)"),
        (PAIR, "expect_eq(run.events[0], nil) expect_eq(run.events[#run.events + 1], nil)"),
        (LOSES, 'local l = run:lost() expect_eq(l["no upcall subscribed"], 8)'),
        (FAULTS, 'local f = run:faults() expect_eq(#f, 1) expect_eq(f[1].cause, "MEMORY")'),
        (FAULTS, 'expect(run:faults("wild")[1].time_us >= 1000)'),
        (FAULTS, 'expect_eq(run.processes.wild.state, "Faulted")'),
    ],
)
def test_what_holds_of_the_run_passes(ipcsim, script, body):
    result = run(ipcsim, script, body)

    assert (result.returncode, result.stderr) == (0, "")


def test_what_does_not_hold_fails_with_its_line(ipcsim):
    body = """
  for _, trip in ipairs(run:round_trips()) do
    expect(trip.took_us < 60, trip.client .. " took " .. trip.took_us .. " us")
  end
"""

    result = run(ipcsim, PAIR, body)

    assert result.returncode == 1
    assert result.stdout.startswith("failed  x.lua  (")
    assert re.match(r"x\.lua:3: expected: client\d took \d+ us\n  in finally\(\)", result.stderr)
    assert ipcsim.rows("select outcome from runs") == [("failed",)]
    assert ipcsim.rows("select reason from runs")[0][0].startswith("x.lua:3: expected: client")


@pytest.mark.parametrize("kind", ["loaded", "syscall", "syscall_return", "upcall", "ipc_queued"])
def test_events_are_those_of_the_record(ipcsim, kind):
    body = f'local t = {{}} for e in run:each("{kind}") do t[#t + 1] = e.seq end error(#t .. "," .. t[#t])'

    result = run(ipcsim, PAIR, body)

    (count, last) = ipcsim.rows(f"select count(*), max(seq) from ev_{kind}")[0]
    assert result.stderr.startswith(f"x.lua:1: {count},{last}\n")


def test_fields_are_named_as_in_the_record(ipcsim):
    body = """
  local e
  for u in run:each("ipc_queued") do e = e or u end
  expect_eq(e.process_name, "svc") expect_eq(e.from_name, "client3") expect_eq(e.from, 3)
  expect_eq(e.type, "service") expect_eq(e.result, "NONE") expect_eq(e.cause, nil)
"""

    assert run(ipcsim, PAIR, body).returncode == 0


def test_an_expectation_there_is_a_test(ipcsim):
    idle = 'process("idle", function() end)\n'

    assert run(ipcsim, idle, "expect(true)").returncode == 0
    assert "untested" in run(ipcsim, idle, "").stdout


def test_a_failure_of_the_run_goes_first(ipcsim):
    result = run(ipcsim, FAILS, "error('never called')")

    assert result.stderr.startswith("x.lua:4: expected 3, got 2\n")


@pytest.mark.parametrize("catch", ["pcall(expect, false)", "pcall(function() expect(false) end)"])
def test_a_missed_expectation_cannot_be_caught(ipcsim, catch):
    assert "x.lua:1: expected a value, got false" in run(ipcsim, PAIR, catch).stderr


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("yield()", "yield() works inside of a process only: in finally() all of them are over"),
        ("ipc.exists()", "exists() works inside of a process only: in finally()"),
        ("mem.alloc(4)", "alloc() works inside of a process only: in finally()"),
        ("done()", "done() works inside of a process only: in finally()"),
        ("process('x', print)", "belongs to the top level of the scenario, not inside of finally()"),
        ("param('x', 1)", "belongs to the top level of the scenario, not inside of finally()"),
        ("finally(print)", "belongs to the top level of the scenario, not inside of finally()"),
        ("run.processes.svk()", "run.processes: no process is called svk"),
        ("run:each('upcal')", "run:each: there is no kind of event called upcal"),
        ("run:depth('svk')", "run.processes: no process is called svk"),
        ("run:depth()", "run:depth: name a process"),
        ("while true do end", "finally() does not end: more than"),
        ("local t = {} while true do t[#t + 1] = ('x'):rep(9999) .. #t end", "out of memory"),
        ("expct(1)", "expct is not defined; did you mean expect?"),
    ],
)
def test_a_mistake_there_is_an_error_of_the_script(ipcsim, body, words):
    result = run(ipcsim, PAIR, body)

    assert result.returncode == 1
    assert words in result.stderr.splitlines()[0]
    assert result.stderr.startswith("x.lua:1: ")


def test_a_mistake_there_is_no_known_issue(ipcsim):
    path = ipcsim.write(
        "x.lua",
        'scenario { known_issue = { "tock#1", failure = "failed" } }\n'
        f"finally(function() error('x') end)\n{PAIR}",
    )

    assert "no excuse for an error in the script" in ipcsim("check", path, "--no-db").stdout


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("finally(1)", "finally: takes a function, not a number"),
        ("finally(print) finally(print)", "finally() stands here for the second time, after line 1"),
    ],
)
def test_a_mistake_in_giving_it_is_one(ipcsim, script, words):
    path = ipcsim.write("x.lua", script + PAIR)

    assert words in sentence(ipcsim("run", path, "--no-db"), 2)


def test_it_belongs_to_the_top_level(ipcsim):
    path = ipcsim.write("x.lua", 'process("p", function() finally(print) end)\n')

    assert "finally() belongs to the top level" in ipcsim("run", path, "--no-db").stderr


def test_the_run_is_the_same_with_it_and_without(ipcsim):
    ipcsim.write("a.lua", PAIR)
    ipcsim.write("b.lua", PAIR + "finally(function(run) expect(#run.events > 9) end)\n")

    ipcsim("run", "a.lua", "--trace", "none")
    ipcsim("run", "b.lua", "--trace", "none")

    assert len(ipcsim.rows("select distinct trace_hash from runs")) == 1


def test_check_and_its_variants_ask_it_too(ipcsim):
    ipcsim.write(
        "s/x.lua",
        'scenario { golden = { {}, { most = 1 } } }\nlocal most = param("most", 999)\n'
        f"finally(function(run) expect(#run:round_trips() <= most) end)\n{PAIR}",
    )

    result = ipcsim("check", "s", "--no-db")

    assert result.returncode == 1
    assert "pending s/x.lua  (" in result.stdout
    assert "failed  s/x.lua most=1  (s/x.lua:3: expected" in result.stdout
    assert "s/x.lua:3: expected a value, got false" in result.stdout
