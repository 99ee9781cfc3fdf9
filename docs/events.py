# SPDX-License-Identifier: Apache-2.0 OR MIT
"""Reads core/event.def; as a program, writes docs/events.md from it.

    events.py FILE
"""

import re
import sys
from pathlib import Path
from typing import NamedTuple

DEFINITION = Path(__file__).resolve().parent.parent / "core" / "event.def"

ENTRY = re.compile(r'^(BARE_EVENT|EVENT)\((\w+),\s*"([^"]*)"((?:,|\s|FIELD\(\w+, \w+\))*)\)', re.M)
FIELD = re.compile(r"FIELD\((\w+), (\w+)\)")

HEAD = """\
# Events

What a run is made of. Written by `./dev docs` from `core/event.def`; change that file.

Each event also carries `seq` (1 for the first event of a run), `time_us` (simulated) and
`process` (index). A field `cause` is the `seq` of the event that led to this one, 0 if none.

| event | what happened | fields |
|---|---|---|
"""


class Event(NamedTuple):
    name: str
    about: str
    fields: list  # of (name, type)


def read_events():
    entries = ENTRY.findall(DEFINITION.read_text(encoding="utf-8"))
    return [Event(name, about, FIELD.findall(fields)) for _, name, about, fields in entries]


def as_markdown(events):
    rows = []
    for event in events:
        fields = ", ".join(f"`{name}` {kind}" for name, kind in event.fields)
        rows.append(f"| `{event.name}` | {event.about} | {fields} |\n")
    return HEAD + "".join(rows)


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(as_markdown(read_events()), encoding="utf-8")
