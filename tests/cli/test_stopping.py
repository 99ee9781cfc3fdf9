# SPDX-License-Identifier: Apache-2.0 OR MIT
"""A run can be stopped at any time: by Ctrl-C, by kill, by the watchdog."""

import os
import signal
import sqlite3
import time

import pytest
from conftest import ENDLESS, HANGS, PASSES, finish, wait_until, workers_of

# Runs inside of Lua for ever without calling anything.
SPINS = """
scenario { until_us = 9000000000000 }
process("spins", function() while true do end end)
"""


def is_running(ipcsim):
    """Whether it is past its beginnings: a run is on record before its first event."""
    if not (ipcsim.folder / "ipcsim.db").exists():
        return False
    try:
        return ipcsim.rows("select 1 from runs") != []
    except sqlite3.OperationalError:
        return False  # its tables are not there yet


def start(ipcsim, *arguments):
    process = ipcsim.start("run", *arguments, "--trace", "none")
    wait_until(lambda: is_running(ipcsim))
    time.sleep(0.2)
    return process


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("script", [ENDLESS, SPINS], ids=["works", "spins"])
@pytest.mark.parametrize("sched", ["round_robin", "cooperative"])
def test_a_signal_ends_a_run_cleanly(ipcsim, number, script, sched):
    path = ipcsim.write("x.lua", script)

    process = start(ipcsim, path, "--sched", sched)
    process.send_signal(number)
    status, out, err = finish(process)

    assert status == 130
    assert out.startswith("stopped x.lua  (interrupted, ")
    assert err == ""
    assert ipcsim.rows("select outcome from runs") == [("interrupted",)]
    assert ipcsim.rows("pragma integrity_check") == [("ok",)]


@pytest.mark.parametrize("jobs", [1, 2])
def test_ctrl_c_ends_all_workers_and_starts_no_more(ipcsim, jobs):
    for name in "abcd":
        ipcsim.write(f"s/{name}.lua", ENDLESS)

    process = ipcsim.start("run", "s", "--no-db", f"-j{jobs}")
    wait_until(lambda: len(workers_of(process)) == jobs)
    time.sleep(0.5)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to workers too
    status, out, _ = finish(process)

    lines = out.splitlines()
    assert status == 130
    assert [line.split()[:2] for line in lines[:jobs]] == [
        ["stopped", f"s/{name}.lua"] for name in "abcd"[:jobs]
    ]
    assert lines[jobs] == f"0 passed, 0 failed, {jobs} without an answer, {4 - jobs} did not run"


def test_kill_of_the_parent_alone_ends_its_workers_too(ipcsim):
    ipcsim.write("s/a.lua", ENDLESS)
    ipcsim.write("s/b.lua", ENDLESS)

    process = ipcsim.start("run", "s", "--no-db", "-j2")
    workers = wait_until(lambda: len(workers_of(process)) == 2 and workers_of(process))
    time.sleep(0.5)
    process.terminate()
    status, _, _ = finish(process)

    assert status == 130
    assert not any(os.path.exists(f"/proc/{worker}") for worker in workers)


@pytest.mark.parametrize("script", [ENDLESS, SPINS], ids=["works", "spins"])
def test_the_watchdog_is_a_bound(ipcsim, script):
    path = ipcsim.write("x.lua", script)

    result = ipcsim("run", path, "--trace", "none", "--timeout", "0.5")

    assert result.returncode == 4
    assert result.stdout.startswith("bound   x.lua  (timeout, ")
    assert "--timeout was over at" in result.stderr
    assert result.stderr.splitlines()[-1].endswith(" run x.lua")
    assert ipcsim.rows("select outcome from runs") == [("timeout",)]


def test_the_watchdog_is_for_each_scenario_of_several(ipcsim):
    ipcsim.write("s/a.lua", ENDLESS)
    ipcsim.write("s/b.lua", PASSES)

    result = ipcsim("run", "s", "--no-db", "--timeout", "0.5")

    assert result.returncode == 4
    assert result.stdout.splitlines()[1].startswith("passed  s/b.lua")


def test_a_watchdog_in_time_changes_nothing(ipcsim):
    path = ipcsim.write("x.lua", PASSES)

    result = ipcsim("run", path, "--no-db", "--timeout", "100")

    assert result.returncode == 0
    assert result.stdout == ipcsim("run", path, "--no-db").stdout


# --- What does not hear

# Each is one call into a library that takes no simulated time and does not end.
CALLS = [
    'string.find(string.rep("a", 200), string.rep("a*", 10) .. "b")',
    'string.match(string.rep("a", 200), string.rep("a-", 10) .. "b")',
    'string.gsub(string.rep("a", 200), string.rep("a*", 10) .. "b", "")',
    'for _ in string.gmatch(string.rep("a", 200), string.rep("a*", 10) .. "b") do end',
    'string.rep("", 1 << 60)',
    "table.move({}, 1, 1 << 60, 2)",
]

# Long enough for the program to be in that call, even where sanitizers make it slow.
HANGS_BY_SECONDS = "1"

# Well below the seconds that the program would give what waits for something else.
AT_ONCE_SECONDS = 4


@pytest.mark.parametrize("call", CALLS)
def test_what_does_not_stop_when_asked_to_is_ended_by_force(ipcsim, call):
    path = ipcsim.write("x.lua", f'process("a", function()\n  {call}\nend)\n')

    result = ipcsim("run", path, "--trace", "none", "--timeout", HANGS_BY_SECONDS)

    assert result.returncode == 4
    lines = result.stderr.splitlines()
    assert lines[0] == "x.lua: did not stop when asked to; ended by force"
    assert lines[1] == "ipcsim.db: what is on record of this run is whole, and `unfinished`"
    assert lines[2].endswith(" run x.lua")
    assert ipcsim.rows("pragma integrity_check") == [("ok",)]
    assert ipcsim.rows("select outcome from runs") == [("unfinished",)]


def test_what_asks_of_the_whole_run_is_ended_too(ipcsim):
    path = ipcsim.write(
        "x.lua", f'process("a", function() done() end)\nfinally(function() {CALLS[0]} end)\n'
    )

    result = ipcsim("run", path, "--no-db", "--timeout", HANGS_BY_SECONDS)

    assert result.returncode == 4
    assert "did not stop when asked to; ended by force" in result.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_what_does_not_hear_a_signal_is_ended_soon(ipcsim, number):
    path = ipcsim.write("x.lua", HANGS)

    process = start(ipcsim, path)
    begin = time.monotonic()
    process.send_signal(number)
    status, _, err = finish(process)

    assert status == 130
    assert time.monotonic() - begin < AT_ONCE_SECONDS
    assert err.splitlines()[0] == "x.lua: did not stop when asked to; ended by force"


TOP = 'string.find(string.rep("a", 200), string.rep("a*", 10) .. "b")\n' + PASSES


@pytest.mark.parametrize("command", [["run"], ["check", "--no-db"], ["fit"]])
def test_the_watchdog_is_for_the_top_level_too(ipcsim, command):
    path = ipcsim.write("x.lua", TOP)

    result = ipcsim(*command, path, "--timeout", "0.2")

    assert result.returncode == 4
    words = result.stdout + result.stderr
    assert "x.lua: ended by force while its top level ran\n" in words


def test_a_check_whose_top_level_hangs_is_stopped_and_did_not_crash(ipcsim):
    path = ipcsim.write("x.lua", TOP)

    process = ipcsim.start("check", path, "--no-db")
    [worker] = wait_until(lambda: workers_of(process))
    wait_until(lambda: len(os.listdir(f"/proc/{worker}/task")) > 1)
    time.sleep(0.2)
    os.killpg(process.pid, signal.SIGINT)
    status, out, _ = finish(process)

    assert status == 130
    assert out.splitlines()[0] == "stopped x.lua  (ended by force)"


def test_a_second_ctrl_c_ends_the_program_at_once(ipcsim):
    path = ipcsim.write("x.lua", HANGS)

    process = start(ipcsim, path)
    begin = time.monotonic()
    process.send_signal(signal.SIGINT)
    time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    status, _, _ = finish(process)

    assert status == 130
    assert time.monotonic() - begin < 4


def test_kill_9_leaves_a_database_that_opens(ipcsim):
    path = ipcsim.write("x.lua", ENDLESS)

    process = start(ipcsim, path)
    process.kill()
    finish(process)

    assert ipcsim.rows("pragma integrity_check") == [("ok",)]
    assert ipcsim.rows("select outcome from runs") == [("unfinished",)]
    assert ipcsim("run", ipcsim.write("y.lua", PASSES), "--trace", "none").returncode == 0
    assert ipcsim.rows("select outcome from runs order by id") == [("unfinished",), ("passed",)]
