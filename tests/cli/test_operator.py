# SPDX-License-Identifier: Apache-2.0 OR MIT
"""operator(function): what somebody does to processes from outside."""

import re

import pytest

from conftest import sentence

PAIR = """
process("svc", function()
  expect(ipc.register_service(function(from) ipc.notify_client(from) end))
  while true do yield() end
end)
process("client", function()
  local svc = expect(ipc.discover("svc"))
  local answers = 0
  expect(ipc.register_client(svc, function() answers = answers + 1 end))
  while true do
    ipc.notify_service(svc)
    delay_us(1000)
  end
end)
scenario { about = "a pair", until_us = 20000 }
"""


def trace_of(ipcsim, steps, *options):
    """What is shown of a run in which an operator does these steps."""
    path = ipcsim.write("x.lua", f"{PAIR}\noperator(function() {steps} end)\n")
    return ipcsim("run", path, "--no-db", *options).stdout


def times_of(trace, words):
    return [int(line.split()[0]) for line in trace.splitlines() if words in line]


def test_what_is_stopped_gets_nothing_until_it_is_resumed(ipcsim):
    trace = trace_of(ipcsim, 'at(5000) process.stop("svc") after(10000) process.resume("svc")')

    upcalls = times_of(trace, "upcall ipc.service(")
    assert times_of(trace, "stopped: StoppedYielded") == [5000]
    assert times_of(trace, "resumed: Yielded") == [15000]
    assert not [us for us in upcalls if 5000 < us < 15000]
    assert len([us for us in upcalls if 15000 <= us < 15500]) >= 9
    assert times_of(trace, "spins: stopped processes have tasks")


@pytest.mark.parametrize(
    ("verb", "words"),
    [
        ("terminate", "ended: Terminated"),
        ("fault", "fault: somebody outside asked for it -> stop"),
        ("restart", "restarted with id 2"),
    ],
)
def test_each_verb_shows(ipcsim, verb, words):
    trace = trace_of(ipcsim, f'at(5000) process.{verb}("svc")')

    assert times_of(trace, f"operator: {verb}, was Yielded") == [5000]
    assert times_of(trace, words) == [5000]


def test_what_was_terminated_is_booted(ipcsim):
    trace = trace_of(
        ipcsim, 'at(5000) process.terminate("svc") after(2000) process.boot("svc") '
        'after(1) process.boot("svc")'
    )

    assert times_of(trace, "restarted with id 2") == [7000]
    assert len(times_of(trace, "operator: boot, was Terminated")) == 1


def test_it_acts_from_inside_of_a_command(ipcsim):
    trace = trace_of(ipcsim, 'during("client", 0x10000, 2) process.restart("client")')

    lines = trace.splitlines()
    acts = next(i for i, line in enumerate(lines) if "operator: restart, was Running" in line)
    assert "command ipc.notify_service" in lines[acts - 1]
    assert times_of(trace, "sender restarted (NoSuchApp)")


def test_a_name_is_everybody_of_that_name_and_an_index_one(ipcsim):
    source = (
        'for i = 1, 3 do process("twin", function() while true do yield() end end) end\n'
        "operator(function() at(1000) process.terminate(1) at(2000) process.terminate('twin') end)\n"
    )

    trace = ipcsim("run", ipcsim.write("x.lua", source), "--no-db").stdout

    assert times_of(trace, "operator: terminate, was Yielded") == [1000, 2000, 2000]
    assert times_of(trace, "operator: terminate, was Terminated") == [2000]


def test_parameters_and_loops_make_its_steps(ipcsim):
    trace = trace_of(
        ipcsim, 'for i = 1, 4 do at(i * 2000) process.stop("svc") after(500) '
        'process.resume("svc") end'
    )

    assert times_of(trace, "operator: stop") == [2000, 4000, 6000, 8000]


def test_the_same_run_every_time(ipcsim):
    steps = 'at(3000) process.stop("svc") at(4000) process.fault("client")'

    assert trace_of(ipcsim, steps) == trace_of(ipcsim, steps)


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        ('process.stop("svcc")', "process.stop: unknown process 'svcc'; did you mean 'svc'?"),
        ("process.stop(7)", "process.stop: there is no process with index 7"),
        ("process.stop()", "process.stop: which process? Its name or its index, not nil"),
        ("at(-1)", "at: takes 0 to 1073741824 microseconds, not -1"),
        ("at('soon')", "at: takes 0 to 1073741824 microseconds, not a text"),
        ("at(20) at(10)", "at(10): it is 20 us by then; an operator does one thing after the other"),
        ('during("svc", 0)', "during: the command must be a number"),
        ("while true do end", "the top level does not end"),
        ("yield()", "yield() works inside of a process only"),
    ],
)
def test_a_mistake_of_an_operator_has_its_line(ipcsim, steps, words):
    path = ipcsim.write("x.lua", f'process("svc", function() end)\noperator(function() {steps} end)\n')

    line = sentence(ipcsim("run", path), 2)

    assert line.startswith("x.lua:2: ")
    assert words in line


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("at(5)", "at() belongs inside of operator(function() ... end)"),
        ('process.stop("a")', "process.stop belongs inside of operator(function() ... end)"),
        ("operator(5)", "operator: what somebody does must be a function, not a number"),
        (
            "for i = 1, 9 do operator(function() end) end",
            "operator: this is number 9, and a scenario may have at most 8",
        ),
    ],
)
def test_a_mistake_at_the_top_level_has_its_line(ipcsim, source, words):
    path = ipcsim.write("x.lua", f'process("a", function() end)\n{source}\n')

    assert sentence(ipcsim("run", path), 2) == f"x.lua:2: {words}"


def test_inside_of_a_process_there_is_no_operator(ipcsim):
    path = ipcsim.write("x.lua", 'process("a", function() process.stop("a") end)\n')

    run = ipcsim("run", path, "--no-db")

    assert run.returncode == 1
    assert re.search(r"x\.lua:1: process\.stop belongs inside of operator", run.stderr)


@pytest.mark.parametrize(
    ("steps", "verb"),
    [
        ('at(90000) process.stop("svc")', "stop"),
        ('during("svc", 0x10000, 99) process.restart("svc")', "restart"),
        ('at(5) process.resume("svc") at(90000) process.fault("client")', "fault"),
    ],
)
def test_a_run_that_is_over_before_the_operator_is_has_not_passed(ipcsim, steps, verb):
    path = ipcsim.write("x.lua", f"{PAIR}\noperator(function() {steps} end)\n")

    run = ipcsim("run", path, "--no-db")

    assert run.returncode == 1
    assert "(untested, " in run.stdout
    assert f"the operator never came to process.{verb} of " in run.stderr


def test_a_fault_from_outside_fails_no_run(ipcsim):
    path = ipcsim.write("x.lua", f'{PAIR}\noperator(function() at(5000) process.fault("svc") end)\n')

    assert ipcsim("run", path, "--no-db").returncode == 0
    assert ipcsim("run", path, "--no-db", "--fault", "restart").returncode == 0
