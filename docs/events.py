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

`ipcsim run --trace jsonl` prints a run as JSON lines, an object for each event: `event` is its name,
`loaded` has the `name` of the process as well, `print` the `text`, `note` both. A `syscall` that hands
over a function or buffer which has a name in the script has `place` (`function`, `buffer`; `library`:
of `print`, `delay_us` and the like; `break`: the end of what one of these or `mem.alloc` takes),
`place_name` (`""`: none), `place_start` and `place_size`. `ipcsim diff` reads such a file, also after
`jq -c .` or another program wrote it anew.

## Text in JSON

All JSON of ipcsim (`run --trace jsonl`, `list --json`, `fit --json`) is UTF-8. Names, prints and
paths are bytes, which need not be: a byte 0xNN that is no part of a UTF-8 character is written as
the character U+F7NN (`\\uf7ff` for 0xff), and the characters U+F780 to U+F7FF themselves are
written as their three bytes, so that no two texts look alike. The way back: each of these
characters is a byte, all else is UTF-8. In Python:

    text.translate({0xF700 + b: 0xDC00 + b for b in range(0x80, 0x100)}) \\
        .encode("utf-8", "surrogateescape")

They are for private use, and pass through any program. (The lone surrogates by which Python itself
writes such bytes do not: jq makes U+FFFD of each.) Control characters and what changes the
direction of a line are escaped, so that JSON can be looked at in a terminal.

The traces of `ipcsim vector` have text as the real kernel's have it.

## The events

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
