# SPDX-License-Identifier: Apache-2.0 OR MIT
"""Where results and words go, and what happens when they cannot."""

import json
import os
import subprocess
import sys

import pytest
from conftest import FAILS, PASSES, PROGRAM, finish, open_terminal, sentence

TALKS = """
scenario { until_us = 1000000000 }
process("talks", function()
  for i = 1, 20000 do sys.command(0x10000, 0, 0, 0) end
  done()
end)
"""


def test_one_scenario_prints_its_trace_and_then_its_result(ipcsim):
    path = ipcsim.write("x.lua", PASSES)

    lines = ipcsim("run", path, "--no-db").stdout.splitlines()

    assert any("good" in line and "done" in line for line in lines)
    assert lines[-1].startswith("passed  x.lua  (")


def test_jsonl_is_nothing_but_json_and_the_result_goes_to_stderr(ipcsim):
    path = ipcsim.write("x.lua", PASSES)

    result = ipcsim("run", path, "--no-db", "--trace", "jsonl")

    events = [json.loads(line) for line in result.stdout.splitlines()]
    assert [event["seq"] for event in events] == sorted(event["seq"] for event in events)
    assert any(event["event"] == "done" for event in events)
    assert sentence(result, 0).startswith("passed  x.lua  (")


def test_the_same_run_twice_prints_the_same_bytes(ipcsim):
    path = ipcsim.write("x.lua", PASSES)

    first = ipcsim("run", path, "--no-db", "--trace", "jsonl")

    assert ipcsim("run", path, "--no-db", "--trace", "jsonl").stdout == first.stdout


def test_a_run_is_recorded_unless_told_otherwise(ipcsim):
    path = ipcsim.write("x.lua", PASSES)

    assert ipcsim("run", path, "--trace", "none", "--no-db").returncode == 0
    assert not (ipcsim.folder / "ipcsim.db").exists()
    assert ipcsim("run", path, "--trace", "none").returncode == 0
    assert ipcsim("run", path, "--trace", "none", "--db", "other.db").returncode == 0
    query = "select scenario, outcome, trace_hash from runs"
    assert ipcsim.rows(query) == ipcsim.rows(query, "other.db")
    assert ipcsim.rows("select scenario, outcome from runs") == [("x.lua", "passed")]


def test_the_record_says_what_failed(ipcsim):
    path = ipcsim.write("x.lua", FAILS)

    assert ipcsim("run", path, "--trace", "none").returncode == 1
    assert ipcsim.rows("select outcome from runs") == [("failed",)]


def test_a_record_that_cannot_be_written_is_exit_status_3(ipcsim):
    path = ipcsim.write("x.lua", PASSES)
    ipcsim.write("text.db", "this is no database, and it is long enough to be looked at\n" * 40)
    before = (ipcsim.folder / "text.db").read_bytes()

    assert "nowhere/x.db" in sentence(ipcsim("run", path, "--db", "nowhere/x.db"), 3)
    assert "text.db" in sentence(ipcsim("run", path, "--db", "text.db"), 3)
    assert (ipcsim.folder / "text.db").read_bytes() == before


def test_several_scenarios_hear_only_once_of_a_record_that_cannot_be_written(ipcsim):
    ipcsim.write("s/a.lua", PASSES)
    ipcsim.write("s/b.lua", PASSES)

    result = ipcsim("run", "s", "--db", "nowhere/x.db")

    assert "nowhere/x.db" in sentence(result, 3)
    assert result.stdout == ""


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
@pytest.mark.parametrize("script", [PASSES, TALKS], ids=["short", "long"])
def test_a_full_disk_under_standard_output_is_exit_status_3(ipcsim, script):
    path = ipcsim.write("x.lua", script)

    with open("/dev/full", "w") as full:
        result = ipcsim("run", path, "--no-db", stdout=full)

    words = "ipcsim: cannot write to standard output: No space left on device"
    assert result.returncode == 3
    assert result.stderr.splitlines()[-1] == words


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
@pytest.mark.parametrize("arguments", [["--help"], ["boards"], ["run", "--help"]])
def test_help_on_a_full_disk_is_exit_status_3(ipcsim, arguments):
    with open("/dev/full", "w") as full:
        assert ipcsim(*arguments, stdout=full).returncode == 3


def test_a_closed_standard_output_is_exit_status_3(ipcsim):
    path = ipcsim.write("x.lua", PASSES)

    closing = "import os, sys; os.close(1); os.execv(sys.argv[1], sys.argv[1:])"
    result = subprocess.run(
        [sys.executable, "-c", closing, PROGRAM, "run", path],
        cwd=ipcsim.folder,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        check=False,
    )

    assert result.returncode == 3
    assert "cannot write to standard output" in result.stderr
    assert ipcsim.rows("pragma integrity_check") == [("ok",)]


def test_a_reader_that_leaves_gets_no_words(ipcsim):
    path = ipcsim.write("x.lua", TALKS)

    process = ipcsim.start("run", path)
    process.stdout.readline()
    process.stdout.close()
    process.stdout = None
    status, _, words = finish(process)

    assert status == 3
    assert words == ""
    assert ipcsim.rows("select outcome from runs") == [("stopped",)]


def test_color_is_for_terminals_unless_it_is_asked_for(ipcsim):
    path = ipcsim.write("x.lua", PASSES)
    arguments = ["run", path, "--no-db", "--trace", "none"]

    assert "\033" not in ipcsim(*arguments).stdout
    assert "\033[32mpassed" in ipcsim(*arguments, "--color", "always").stdout


def run_on_terminal(ipcsim, *arguments, env):
    """What the program shows on a terminal of its own."""
    reader, writer = open_terminal()
    result = ipcsim(*arguments, env=env, stdout=writer, stderr=writer)
    os.close(writer)
    shown = b""
    try:
        while chunk := os.read(reader, 65536):
            shown += chunk
    except OSError:
        pass
    os.close(reader)
    return result.returncode, shown.decode()


@pytest.mark.parametrize(
    ("env", "colored"),
    [
        ({"TERM": "xterm"}, True),
        ({"TERM": "xterm", "NO_COLOR": "1"}, False),
        ({"TERM": "xterm", "NO_COLOR": ""}, True),
        ({"TERM": "dumb"}, False),
    ],
)
def test_color_on_a_terminal_follows_the_environment(ipcsim, env, colored):
    path = ipcsim.write("x.lua", PASSES)

    status, shown = run_on_terminal(ipcsim, "run", path, "--no-db", "--trace", "none", env=env)

    assert status == 0
    assert ("\033[32m" in shown) == colored


def test_progress_of_several_scenarios_shows_on_a_terminal_and_not_in_ci(ipcsim):
    ipcsim.write("s/a.lua", PASSES)
    ipcsim.write("s/b.lua", PASSES)

    _, shown = run_on_terminal(ipcsim, "run", "s", "--no-db", env={"TERM": "xterm"})
    _, in_ci = run_on_terminal(ipcsim, "run", "s", "--no-db", env={"TERM": "xterm", "CI": "true"})

    assert "[0/2] s/a.lua" in shown
    assert "[0/2]" not in in_ci


@pytest.mark.parametrize("ci", ["", "0", "false"])
def test_an_environment_that_denies_ci_is_none(ipcsim, ci):
    ipcsim.write("s/a.lua", PASSES)
    ipcsim.write("s/b.lua", PASSES)

    _, shown = run_on_terminal(ipcsim, "run", "s", "--no-db", env={"TERM": "xterm", "CI": ci})

    assert "[0/2] s/a.lua" in shown
    assert ipcsim("check", "s", "--no-db", env={"CI": ci}).stdout.startswith("pending ")
