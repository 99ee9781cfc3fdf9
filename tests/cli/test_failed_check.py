# SPDX-License-Identifier: Apache-2.0 OR MIT
"""`ipcsim check` of a run that fails: what it expected, and where, comes before all else."""

import xml.etree.ElementTree as xml

import pytest

COUNTS = """scenario { about = "a pair" }
local rounds = 3
process("svc", function()
  expect(ipc.register_service(function(from) ipc.notify_client(from) end))
  while true do yield() end
end)
process("client", function()
  local svc = expect(ipc.discover("svc"))
  local answers = 0
  expect(ipc.register_client(svc, function() answers = answers + 1 end))
  for i = 1, rounds do
    expect(ipc.notify_service(svc))
    while answers < i do yield() end
  end
  expect_eq(answers, 3)
  done()
end)
"""
MISSED = "s/counts.lua:15: expected 3, got 2"


@pytest.fixture
def failing(ipcsim):
    """With a golden trace of when it passed."""
    path = ipcsim.write("s/counts.lua", COUNTS)
    assert ipcsim("check", path, "--no-db", "--update").returncode == 0
    ipcsim.write("s/counts.lua", COUNTS.replace("rounds = 3", "rounds = 2"))
    return ipcsim


def test_the_expectation_comes_before_the_difference(failing):
    result = failing("check", "s", "--no-db")

    lines = result.stdout.splitlines()
    assert result.returncode == 1
    assert lines[0] == f"failed  s/counts.lua  ({MISSED})"
    assert lines[1:3] == [f"  {MISSED}", next(line for line in lines if "in client, at" in line)]
    difference = "what is not as its golden trace says: 2 upcalls are missing, "
    assert result.stdout.index("replay:") < result.stdout.index(difference)
    assert result.stdout.index(difference) < result.stdout.index("--- s/counts.trace")


def test_junit_has_it_as_its_message_and_the_line(failing):
    failing("check", "s", "--no-db", "--junit", "r.xml")

    (case,) = xml.parse(failing.folder / "r.xml").iter("testcase")
    (failure,) = case
    assert case.get("line") == "15"
    assert failure.get("message") == MISSED
    assert failure.text.startswith(MISSED + "\n")
    assert "2 upcalls are missing" in failure.text


def test_tap_has_it_as_its_message_and_the_line(failing):
    lines = failing("check", "s", "--no-db", "--tap").stdout.splitlines()

    assert f'  message: "{MISSED}"' in lines
    assert "  line: 15" in lines


def test_github_has_it_on_its_line(failing):
    result = failing("check", "s", "--no-db", env={"GITHUB_ACTIONS": "true"})

    [line] = [line for line in result.stdout.splitlines() if line.startswith("::")]
    assert line.startswith(
        f"::error file=s/counts.lua,line=15,title=failed s/counts.lua::{MISSED}%0A  in client, at "
    )
    assert line.count(MISSED) == 1


def test_the_summary_of_github_has_it(failing):
    failing("check", "s", "--no-db", env={"GITHUB_STEP_SUMMARY": "summary.md"})

    summary = (failing.folder / "summary.md").read_text(encoding="utf-8")
    assert "expected 3, got 2" in next(line for line in summary.splitlines() if "| failed" in line)


def test_a_fault_is_shown_where_it_happened(failing):
    failing.write("s/counts.lua", COUNTS.replace("  expect_eq(answers, 3)", "  mem.peek(0, 4)"))

    failing("check", "s", "--no-db", "--junit", "r.xml")

    (case,) = xml.parse(failing.folder / "r.xml").iter("testcase")
    assert case.get("line") == "15"
    assert case[0].get("message") == (
        "fault: s/counts.lua:15: process client faulted: refused memory access"
    )


def test_a_deadlock_is_shown_where_the_first_one_waits(failing):
    failing.write("s/counts.lua", COUNTS.replace("i do yield()", "i + 1 do yield()"))

    failing("check", "s", "--no-db", "--junit", "r.xml")

    (case,) = xml.parse(failing.folder / "r.xml").iter("testcase")
    assert case.get("line") == "13"
    assert case[0].get("message").startswith("deadlock: nothing will ever wake a process again")


def test_one_that_only_differs_is_shown_at_its_header(failing):
    failing.write("s/counts.lua", "\n" + COUNTS.replace("  expect_eq(answers, 3)", ' print("x")'))

    failing("check", "s", "--no-db", "--junit", "r.xml")

    (case,) = xml.parse(failing.folder / "r.xml").iter("testcase")
    assert case.get("line") == "2"
    assert case[0].get("type") == "differs"
