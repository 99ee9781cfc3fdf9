# SPDX-License-Identifier: Apache-2.0 OR MIT
"""Two recorded runs compared: runs of databases, golden traces, JSON lines."""

import shutil

import pytest
from conftest import sentence

PAIR = """
local size = param("size", 64)

process("service", function()
  expect(ipc.register_service(function(from)
    print("caf\\xc3\\xa9 \\1 \\"" .. size .. "\\"")
    expect(ipc.notify_client(from))
  end))
  while true do yield() end
end)

process("client", function()
  local svc = expect(ipc.discover("service"))
  local is_answered = false
  expect(ipc.register_client(svc, function() is_answered = true end))
  expect(ipc.share(svc, mem.alloc(64, 64):addr(), size))
  expect(ipc.notify_service(svc))
  while not is_answered do yield() end
  delay_us(100)
  done()
end)
"""


@pytest.fixture
def runs(ipcsim):
    """Runs 1 and 3 are alike, 2 has another size. x.trace and x.jsonl are of the first."""
    ipcsim.write("x.lua", PAIR)
    assert ipcsim("check", "x.lua", "--update", "--no-db").returncode == 0
    assert ipcsim("run", "x.lua", "--trace", "none").returncode == 0
    assert ipcsim("run", "x.lua", "--trace", "none", "-P", "size=32").returncode == 0
    assert ipcsim("run", "x.lua", "--trace", "none", "--cost-scale", "2").returncode == 0
    for name, size in [("x.jsonl", 64), ("y.jsonl", 32)]:
        trace = ipcsim("run", "x.lua", "--no-db", "--trace", "jsonl", "-P", f"size={size}")
        ipcsim.write(name, trace.stdout)
    return ipcsim


SAME = ["x.trace", "x.jsonl", "ipcsim.db:1", "ipcsim.db:3", "ipcsim.db"]
OTHER = ["y.jsonl", "ipcsim.db:2"]


@pytest.mark.parametrize("a", SAME)
@pytest.mark.parametrize("b", SAME)
def test_runs_that_did_the_same_are_equal_wherever_they_are_recorded(runs, a, b):
    result = runs("diff", a, b)

    assert result.returncode == 0
    assert result.stdout.startswith("the same: ") and result.stdout.count("\n") == 1
    assert result.stderr == ""


@pytest.mark.parametrize("a", SAME)
@pytest.mark.parametrize("b", OTHER)
def test_runs_that_did_something_else_differ(runs, a, b):
    result = runs("diff", a, b)

    assert result.returncode == 1
    assert result.stdout.startswith("different: 1 upcall has other arguments, 3 other events have ")
    assert f"--- {a}\n+++ {b}\n" in result.stdout
    assert "len=64 -> len=32\n" in result.stdout
    assert '- service  print "caf\\xc3\\xa9 \\x01 \\"64\\"\\n"\n' in result.stdout
    assert '+ service  print "caf\\xc3\\xa9 \\x01 \\"32\\"\\n"\n' in result.stdout


def test_what_produced_them_is_told(runs):
    result = runs("diff", "ipcsim.db:1", "ipcsim.db:2")

    assert "params: size=64 in ipcsim.db:1, size=32 in ipcsim.db:2\n" in result.stdout


def test_two_machines_that_behave_alike_are_equal(runs):
    runs("run", "x.lua", "--trace", "none", "--board", "cortex-m7")

    result = runs("diff", "ipcsim.db:1", "ipcsim.db")

    assert result.returncode == 0
    assert "board=cortex-m4" in result.stdout and "board=cortex-m7" in result.stdout


def test_a_run_that_failed_ends_with_another_outcome(runs):
    runs("run", "x.lua", "--trace", "none", "--until", "50")

    result = runs("diff", "ipcsim.db:1", "ipcsim.db")

    assert result.returncode == 1
    assert "- outcome  passed\n+ outcome  time_up\n" in result.stdout


def test_color_marks_what_was_and_what_is(runs):
    result = runs("diff", "x.trace", "y.jsonl", "--color", "always")

    assert "\033[31m- " in result.stdout and "\033[32m+ " in result.stdout


def test_names_with_colons_are_files(runs):
    shutil.copy(runs.folder / "ipcsim.db", runs.folder / "a:2")

    assert runs("diff", "a:2", "x.trace").returncode == 0
    assert runs("diff", "a:2:2", "x.trace").returncode == 1
    assert runs("diff", "a:2:1", "x.trace").returncode == 0


# --- Bad input


@pytest.mark.parametrize("operands", [[], ["x.trace"], ["x.trace", "x.trace", "x.trace"]])
def test_it_compares_two(runs, operands):
    assert "ipcsim diff A B" in sentence(runs("diff", *operands), 2)


@pytest.mark.parametrize(
    ("operand", "status", "part"),
    [
        ("gone.db", 2, "gone.db: No such file or directory"),
        ("gone.db:3", 2, "gone.db: No such file or directory"),
        ("ipcsim.db:9", 2, "ipcsim.db has no run 9: its runs are 1 to 3"),
        ("ipcsim.db:0", 2, "No such file"),
        ("ipcsim.db:x", 2, "No such file"),
        ("x.trace:1", 2, "only a database has runs to choose from"),
        ("x.lua", 2, "x.lua is no database, golden trace or JSON lines of ipcsim"),
        ("folder", 2, "folder is no file"),
        ("empty", 2, "empty is no database, golden trace or JSON lines of ipcsim"),
        ("old.trace", 2, "old.trace has format 1"),
        ("cut.jsonl", 2, "cut.jsonl:"),
        ("other.jsonl", 2, "other.jsonl:1: not an event"),
        ("other.db", 3, "other.db is a database of another program"),
        ("later.db", 3, "later.db has schema version 99"),
        ("cut.db", 3, "cut.db is damaged"),
        ("norun.db", 2, "norun.db has no runs"),
    ],
)
def test_what_cannot_be_compared_is_told(runs, operand, status, part):
    folder = runs.folder
    database = (folder / "ipcsim.db").read_bytes()
    (folder / "folder").mkdir()
    runs.write("empty", "")
    runs.write("old.trace", "ipcsim golden trace, format 1\n")
    runs.write("cut.jsonl", (folder / "x.jsonl").read_text()[:-30])
    runs.write("other.jsonl", '{"a": [1, {"b": 2}]}\n')
    (folder / "cut.db").write_bytes(database[: len(database) // 2])
    for name in ["later.db", "norun.db"]:
        (folder / name).write_bytes(database)
    runs.rows("pragma user_version = 99", "later.db")
    runs.rows("delete from runs", "norun.db")
    runs.rows("create table t (x)", "other.db")

    for operands in [(operand, "x.trace"), ("x.trace", operand)]:
        result = runs("diff", *operands)
        assert part in sentence(result, status)
        assert result.stdout == ""
    assert (folder / "ipcsim.db").read_bytes() == database
