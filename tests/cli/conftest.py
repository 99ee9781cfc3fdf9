# SPDX-License-Identifier: Apache-2.0 OR MIT
"""What the command line tests share: the program, and scenarios to give it."""

import os
import re
import signal
import sqlite3
import subprocess
import time
from functools import lru_cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = Path(os.environ.get("IPCSIM", ROOT / "build" / "ipcsim")).resolve()

# Sanitizers make everything slower; nothing here waits that long when all is well.
LIMIT_SECONDS = 120


def environment(changes):
    """That of the caller without what changes the program's words."""
    plain = {
        name: value
        for name, value in os.environ.items()
        if name not in ("CI", "NO_COLOR", "TERM") and not name.startswith("GITHUB_")
    }
    plain.update(changes)
    return plain


@lru_cache(maxsize=None)
def statuses_of(command):
    """The exit statuses that its help lists, each with what it means."""
    text = subprocess.run([PROGRAM, command, "--help"], stdout=subprocess.PIPE, check=True).stdout
    rows = re.findall(r"^  (\d+)  +(\S.*)$", text.decode().split("\nexit status:\n")[1], re.M)
    return {int(number): words for number, words in rows}


@lru_cache(maxsize=None)
def commands():
    """The commands that the program's help lists."""
    text = subprocess.run([PROGRAM, "--help"], stdout=subprocess.PIPE, check=True).stdout
    return re.findall(r"^  ([a-z]+)  ", text.decode().split("\nexit status:")[0], re.M)


def check_status(arguments, status):
    """No command ends with a status that its help does not list; below 0 it was killed."""
    if arguments and arguments[0] in commands() and status >= 0:
        assert status in statuses_of(arguments[0])


class Ipcsim:
    """Calls the program in a folder of the test's own."""

    def __init__(self, folder):
        self.folder = folder

    def __call__(self, *arguments, env=None, **how):
        how = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **how}
        result = subprocess.run(
            [PROGRAM, *map(str, arguments)],
            cwd=self.folder,
            env=environment(env or {}),
            encoding="utf-8",
            errors="surrogateescape",
            timeout=LIMIT_SECONDS,
            **how,
        )
        check_status(arguments, result.returncode)
        return result

    def start(self, *arguments, env=None, **how):
        """Does not wait for it. In a process group of its own, as a shell would start it."""
        how = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **how}
        return subprocess.Popen(
            [PROGRAM, *map(str, arguments)],
            cwd=self.folder,
            env=environment(env or {}),
            encoding="utf-8",
            start_new_session=True,
            **how,
        )

    def write(self, name, text):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return name

    def rows(self, query, db="ipcsim.db"):
        with sqlite3.connect(self.folder / db) as connection:
            return connection.execute(query).fetchall()


@pytest.fixture
def ipcsim(tmp_path):
    return Ipcsim(tmp_path)


def open_terminal():
    """The two ends of a terminal: ours, and the program's. A host need not have any."""
    try:
        return os.openpty()
    except OSError as error:
        pytest.skip(f"no terminal can be made here: {error}")


def sentence(result, status):
    """The one line on stderr of a call that was refused with this status."""
    lines = result.stderr.splitlines()
    assert result.returncode == status, result.stderr
    assert len(lines) == 1, result.stderr
    return lines[0]


def wait_until(condition):
    """Waits for something that another process does."""
    end = time.monotonic() + LIMIT_SECONDS
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.02)
    raise AssertionError("waited in vain")


def workers_of(process):
    """The process ids of its worker processes."""
    path = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    return [int(word) for word in path.read_text().split()]


def finish(process):
    """Waits for the end of what Ipcsim.start started; its status, stdout and stderr."""
    try:
        out, err = process.communicate(timeout=LIMIT_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        raise
    return process.returncode, out, err


# A process that is done at once.
PASSES = """
process("good", function() done() end)
"""

FAILS = """
process("bad", function()
  expect_eq(1 + 1, 3)
  done()
end)
"""

# Takes simulated time without end.
ENDLESS = """
scenario { until_us = 9000000000000 }
process("endless", function()
  while true do work_us(1000) end
  done()
end)
"""

# Takes no simulated time at all and never ends: pattern matching of the hopeless kind.
HANGS = """
process("hangs", function()
  string.find(string.rep("a", 200), string.rep("a*", 10) .. "b")
  done()
end)
"""
