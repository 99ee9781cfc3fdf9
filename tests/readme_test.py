# SPDX-License-Identifier: Apache-2.0 OR MIT
"""The README shows what the program really prints, and names only what is there."""

import os
import re
import sqlite3
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PROGRAM = Path(os.environ.get("IPCSIM", ROOT / "build" / "ipcsim")).resolve()
README = (ROOT / "README.md").read_text(encoding="utf-8")


def shown_after(command):
    """The lines that an indented block shows below `$ command`, up to the next one."""
    block = README.split(f"    $ {command}\n", 1)[1]
    lines = []
    for line in block.split("\n"):
        if not line.startswith("    ") or line.startswith("    $"):
            break
        lines.append(line[4:])
    return lines


def stretches(lines):
    """What stands between lines that say '...'."""
    return [part.strip("\n") for part in "\n".join(lines).split("\n...\n")]


def run_rot13(folder):
    (folder / "scenarios").symlink_to(ROOT / "scenarios")
    return subprocess.run(
        [PROGRAM, "run", "scenarios/rot13.lua"],
        cwd=folder,
        capture_output=True,
        encoding="utf-8",
        check=True,
    ).stdout


def test_the_trace_in_the_readme_is_what_the_program_prints(tmp_path):
    rest = run_rot13(tmp_path)

    for stretch in stretches(shown_after("./dev run scenarios/rot13.lua")):
        assert stretch in rest
        rest = rest.split(stretch, 1)[1]


def test_the_query_in_the_readme_answers_what_it_says(tmp_path):
    query = "select process, subscribe_num, arg0, arg1, delivered from upcalls"
    run_rot13(tmp_path)

    with sqlite3.connect(tmp_path / "ipcsim.db") as record:
        rows = ["|".join(map(str, row)) for row in record.execute(query)]

    assert rows == shown_after(f"sqlite3 ipcsim.db '{query}'")


def test_every_file_that_a_document_links_to_is_there():
    wrong = [
        f"{path.relative_to(ROOT)}: {target}"
        for path in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
        for target in re.findall(r"\]\(([^)#:]+)\)", path.read_text(encoding="utf-8"))
        if not (path.parent / target).exists()
    ]
    assert not wrong, "\n".join(wrong)
