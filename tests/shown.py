# SPDX-License-Identifier: Apache-2.0 OR MIT
"""What a document shows: commands, each with what it prints, in indented blocks.

    $ command
    a line that is too long for the page,
        folded
    ...
    the last line

Where lines are folded does not matter, and '...' stands for anything. A command that ends with a
backslash goes on in the next line.
"""

import os
import re
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PROGRAM = Path(os.environ.get("IPCSIM", ROOT / "build" / "ipcsim")).resolve()

INDENT = "    "
PROMPT = INDENT + "$ "
OMITTED = "..."


def read(name):
    return (ROOT / name).read_text(encoding="utf-8")


def examples(text):
    """Pairs: a command, and the lines shown below it."""
    found = []
    is_command = is_output = False
    for line in text.split("\n"):
        if is_command:
            found[-1][0] += "\n" + line
        elif line.startswith(PROMPT):
            found.append([line.removeprefix(PROMPT), []])
            is_output = True
        elif line and not line.startswith(INDENT):
            is_output = False
        elif is_output:
            found[-1][1].append(line.removeprefix(INDENT))
        is_command = (is_command or line.startswith(PROMPT)) and line.endswith("\\")
    return found


def words(text):
    return " ".join(text.split())


def is_shown(printed, lines):
    """Whether it is what these lines show."""
    stretches = "\n".join(lines).split(OMITTED)
    pattern = ".*".join(re.escape(words(stretch)) for stretch in stretches)
    return re.fullmatch(pattern, words(printed)) is not None


def make_clone(folder):
    """A folder that a reader could stand in: a clone of the project, built."""
    shutil.copytree(ROOT / "scenarios", folder / "scenarios")
    (folder / "build").mkdir()
    (folder / "build" / "ipcsim").symlink_to(PROGRAM)
    (folder / "dev").write_text('#!/bin/sh\nexec build/ipcsim "$@"\n', encoding="utf-8")
    (folder / "dev").chmod(0o755)


def environment():
    """That of the caller without what changes the program's words."""
    return {
        name: value
        for name, value in os.environ.items()
        if name not in ("CI", "NO_COLOR", "TERM") and not name.startswith("GITHUB_")
    }


def run(command, folder):
    """What it prints, on a terminal: both streams."""
    return subprocess.run(
        ["bash", "-c", command],
        cwd=folder,
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        timeout=60,
        check=False,
    ).stdout
