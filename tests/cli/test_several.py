# SPDX-License-Identifier: Apache-2.0 OR MIT
"""Several scenarios: order, workers, and the exit status of all together."""

import os
import re
import resource
import shutil
import signal
import subprocess

import pytest
from conftest import (
    ENDLESS,
    FAILS,
    HANGS,
    PASSES,
    PROGRAM,
    environment,
    finish,
    wait_until,
    workers_of,
)

SYNTAX = "syntax error\n"
BOUND = 'scenario { until_us = 10 }\nprocess("slow", function() delay_us(1000) done() end)\n'


def results(result):
    """(word, path) of each line of result."""
    return [tuple(line.split()[:2]) for line in result.stdout.splitlines()[:-1]]


def test_a_folder_is_run_with_all_below_it_sorted_by_path(ipcsim):
    for name in ["b.lua", "a.lua", "B.lua", "deep/er/c.lua", "deep.lua", "a/z.lua"]:
        ipcsim.write(f"s/{name}", PASSES)
    for name in [".hidden.lua", ".git/x.lua", "notes.txt", "a.lua.orig"]:
        ipcsim.write(f"s/{name}", FAILS)

    result = ipcsim("run", "s", "--no-db")

    names = ["B.lua", "a.lua", "a/z.lua", "b.lua", "deep.lua", "deep/er/c.lua"]
    assert result.returncode == 0
    assert results(result) == [("passed", f"s/{name}") for name in names]
    assert result.stdout.splitlines()[-1] == "6 passed, 0 failed"
    assert result.stderr == ""


def test_files_run_in_the_order_given(ipcsim):
    for name in ["c.lua", "a.lua", "b.lua"]:
        ipcsim.write(name, PASSES)

    result = ipcsim("run", "c.lua", "a.lua", "b.lua", "--no-db")

    assert [path for _, path in results(result)] == ["c.lua", "a.lua", "b.lua"]


@pytest.mark.parametrize(
    ("scripts", "status"),
    [
        ([PASSES, PASSES], 0),
        ([PASSES, BOUND], 4),
        ([FAILS, BOUND], 1),
        ([SYNTAX, FAILS, BOUND, PASSES], 2),
    ],
    ids=["passed", "bound", "failed", "mistake"],
)
def test_the_exit_status_is_the_worst(ipcsim, scripts, status):
    for number, script in enumerate(scripts):
        ipcsim.write(f"s/{number}.lua", script)

    assert ipcsim("run", "s", "--no-db").returncode == status
    assert ipcsim("run", "s", "--no-db", "-j3").returncode == status


def test_output_is_the_same_however_many_run_at_once(ipcsim):
    for number in range(12):
        ipcsim.write(f"s/{number:02}.lua", [PASSES, FAILS, BOUND, SYNTAX][number % 4])

    one = ipcsim("run", "s", "--no-db", "--trace", "text")

    for jobs in [2, 5, 12]:
        several = ipcsim("run", "s", "--no-db", "--trace", "text", f"-j{jobs}")
        assert several.stdout == one.stdout
        assert several.stderr == one.stderr
        assert several.returncode == one.returncode == 2


def test_each_failure_says_how_to_replay_it(ipcsim):
    ipcsim.write("s/a.lua", FAILS)
    ipcsim.write("s/b.lua", BOUND)

    result = ipcsim("run", "s", "--no-db", "-j2", "--seed", "5")

    replays = [line for line in result.stderr.splitlines() if line.startswith("replay: ")]
    assert [line.split(" run ")[1] for line in replays] == [
        "s/a.lua --seed 5 --no-db",
        "s/b.lua --seed 5 --no-db",
    ]


def test_parameters_reach_every_worker(ipcsim):
    script = 'local n = param("n", 1)\nprocess("a", function() expect_eq(n, 7) done() end)\n'
    ipcsim.write("s/a.lua", script)
    ipcsim.write("s/b.lua", script)

    assert ipcsim("run", "s", "--no-db", "-P", "n=7").returncode == 0


def test_all_runs_of_parallel_workers_are_on_record(ipcsim):
    for number in range(8):
        ipcsim.write(f"s/{number}.lua", PASSES)

    result = ipcsim("run", "s", "-j4")

    assert result.returncode == 0
    assert ipcsim.rows("select scenario from runs order by scenario") == [
        (f"s/{number}.lua",) for number in range(8)
    ]
    assert ipcsim.rows("select distinct outcome from runs") == [("passed",)]
    assert ipcsim.rows("pragma integrity_check") == [("ok",)]


# The address sanitizer would make an exit of the first one.
NO_SANITIZER = {"ASAN_OPTIONS": "handle_segv=0"}


@pytest.mark.parametrize("number", [signal.SIGSEGV, signal.SIGABRT, signal.SIGKILL])
def test_a_worker_that_dies_is_the_failure_of_its_scenario_alone(ipcsim, number):
    ipcsim.write("s/a.lua", PASSES)
    ipcsim.write("s/b.lua", ENDLESS)
    ipcsim.write("s/c.lua", PASSES)

    process = ipcsim.start("run", "s", "--no-db", env=NO_SANITIZER)
    first = process.stdout.readline()
    [worker] = wait_until(lambda: workers_of(process))
    wait_until(lambda: b"s/b.lua" in open(f"/proc/{worker}/cmdline", "rb").read())
    os.kill(worker, number)
    status, out, err = finish(process)

    assert status == 3
    assert first.startswith("passed  s/a.lua")
    assert out.splitlines()[0] == f"crashed s/b.lua  (signal {number.value}, {number.name})"
    assert out.splitlines()[1].startswith("passed  s/c.lua")
    assert out.splitlines()[2] == "2 passed, 0 failed, 1 without an answer"
    assert f"the simulator crashed (signal {number.value}, {number.name})" in err
    assert err.splitlines()[-1].endswith(" run s/b.lua --no-db")


# Runs what follows where /proc is an empty folder.
WITHOUT_PROC = ["unshare", "-rm", "sh", "-c", 'mount -t tmpfs none /proc && exec "$@"', "sh"]


def can_do_without_proc():
    """Whether the host has such places, and the program, which may be built for one with /proc."""
    return (
        shutil.which("unshare") is not None
        and subprocess.run([*WITHOUT_PROC, PROGRAM, "--version"], capture_output=True).returncode == 0
    )


@pytest.mark.parametrize("command", [["run"], ["check"]])
def test_workers_are_started_without_proc(ipcsim, command):
    if not can_do_without_proc():
        pytest.skip("nothing can be run here without /proc")
    for name in "ab":
        ipcsim.write(f"s/{name}.lua", PASSES)

    result = subprocess.run(
        [*WITHOUT_PROC, PROGRAM, *command, "s", "--no-db", "-j2"],
        cwd=ipcsim.folder, env=environment({}), capture_output=True, encoding="utf-8",
    )  # fmt: skip

    assert result.returncode == 0, result.stderr
    assert result.stdout.splitlines()[-1].startswith("2 passed, 0 failed")


@pytest.mark.parametrize("command", [["run"], ["check"]])
def test_a_worker_that_cannot_be_started_did_not_crash(ipcsim, command):
    for number in range(40):
        ipcsim.write(f"s/{number:02}.lua", PASSES)

    result = ipcsim(
        *command, "s", "--no-db", "-j40",
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (40, 40)),
    )  # fmt: skip

    assert result.returncode == 3
    assert re.search(r"^error   s/\d\d.lua  \(not started: too many open files\)$", result.stdout, re.M)
    assert "crash" not in result.stdout + result.stderr


def test_results_and_words_in_one_file_read_the_same_every_time(ipcsim):
    for number in range(6):
        ipcsim.write(f"s/{number}.lua", [PASSES, FAILS, BOUND][number % 3])

    def run(jobs):
        arguments = ["run", "s", "--no-db", "--trace", "text", f"-j{jobs}"]
        return ipcsim(*arguments, stderr=subprocess.STDOUT).stdout

    assert len({run(jobs) for jobs in [1, 1, 2, 3, 6]}) == 1


def test_a_worker_that_has_to_end_by_force_still_gets_its_line(ipcsim):
    ipcsim.write("s/a.lua", HANGS)
    ipcsim.write("s/b.lua", PASSES)

    result = ipcsim("run", "s", "--no-db", "--timeout", "0.2", "-j2")

    assert result.returncode == 4
    assert result.stdout.splitlines()[0] == "bound   s/a.lua  (ended by force)"
    assert result.stdout.splitlines()[1].startswith("passed  s/b.lua")
    assert result.stderr.splitlines()[-1].endswith(" run s/a.lua --no-db")
