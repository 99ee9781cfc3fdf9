# SPDX-License-Identifier: Apache-2.0 OR MIT
"""Draws the table ROOMS of tests/structure_test.py; as a program, into docs/design.md.

    rooms.py FILE
"""

import ast
import sys
from pathlib import Path

TABLE = Path(__file__).resolve().parent.parent / "tests" / "structure_test.py"
TABLE_NAMES = ("EVERYTHING_BEFORE", "ROOMS")

BEGIN = "<!-- rooms: drawn by ./dev docs -->\n"
END = "<!-- /rooms -->\n"


def read_rooms():
    """ROOMS, with the rooms that each may have in place of what its row says."""
    tree = ast.parse(TABLE.read_text(encoding="utf-8"))
    names = {}
    for node in tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) in TABLE_NAMES:
            exec(compile(ast.Module([node], []), str(TABLE), "exec"), names)
    rooms = {}
    for name, words in names["ROOMS"].items():
        is_all = words == names["EVERYTHING_BEFORE"]
        rooms[name] = list(rooms) if is_all else words.split()
    return rooms


def room_of(word):
    """Of a room or of one header of it."""
    return word.rsplit("/", 1)[0] if word.endswith(".h") else word


def floors(rooms):
    """The floor of each room: one above the highest that it may include."""
    floor = {}
    for name, words in rooms.items():
        floor[name] = 1 + max((floor[room_of(word)] for word in words), default=-1)
    return floor


def mark(words, other):
    if other in words:
        return "o"
    return "h" if other in map(room_of, words) else "."


def picture(rooms):
    """A line for each room, the ground at the bottom, its marks above the names they mean."""
    floor = floors(rooms)
    order = sorted(rooms, key=floor.get)
    lines = []
    for i, name in enumerate(order):
        is_last = i + 1 == len(order) or floor[order[i + 1]] > floor[name]
        label = f"floor {floor[name]}" if is_last else ""
        marks = "".join(f"{mark(rooms[name], other)}  " for other in order[:i])
        lines.append(f"    {label:10}{marks}{name}\n")
    return "".join(reversed(lines))


def with_picture(text, rooms):
    before, rest = text.split(BEGIN)
    after = rest.split(END)[1]
    return f"{before}{BEGIN}\n{picture(rooms)}\n{END}{after}"


if __name__ == "__main__":
    path = Path(sys.argv[1])
    path.write_text(with_picture(path.read_text("utf-8"), read_rooms()), encoding="utf-8")
