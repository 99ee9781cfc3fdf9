# SPDX-License-Identifier: Apache-2.0 OR MIT
"""Reads core/rules.h; as a program, writes docs/releases.md from it.

    releases.py FILE
"""

import re
import sys
from pathlib import Path
from typing import NamedTuple

DEFINITION = Path(__file__).resolve().parent.parent / "core" / "rules.h"

LIST = re.compile(r"#define KERNEL_DIFFERENCES\(X\)((?:.*\\\n)*.*)")
RULE = re.compile(r'X\(([\w ]+), (\w+), (\w+), ((?:"[^"]*"\s*)+), "([^"]*)"\)')

HEAD = """\
<!-- SPDX-License-Identifier: Apache-2.0 OR MIT -->
# What differs between kernel releases

Written by `./dev docs` from `core/rules.h`; change that file.

The kernel here is that of Tock 2.1. Where later releases do otherwise, its code asks a rule by its
name and never which release it is, so that several can run side by side. These are the rules that
can be answered both ways today, with the answer of Tock 2.1 and the change that gave another one.
A board file can say `ram_regions` by itself ([boards.md](boards.md)).

| rule | what it says | 2.1 | changed by |
|---|---|---|---|
"""


class Rule(NamedTuple):
    type: str
    name: str
    in_2_1: str
    about: str
    change: str


def read_rules():
    text = LIST.search(DEFINITION.read_text(encoding="utf-8")).group(1)
    found = RULE.findall(re.sub(r"\s*\\\n\s*", " ", text))
    return [
        Rule(kind, name, value, "".join(re.findall(r'"([^"]*)"', about)), change)
        for kind, name, value, about, change in found
    ]


def as_markdown(rules):
    return HEAD + "".join(
        f"| `{r.name}` | {r.about} | {r.in_2_1.replace('ERROR_', '')} | {r.change} |\n" for r in rules
    )


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(as_markdown(read_rules()), encoding="utf-8")
