# SPDX-License-Identifier: Apache-2.0 OR MIT
"""Structural facts of the source tree: what may know what, and what stands in every file."""

import os
import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "docs"))

import events  # noqa: E402  (how core/event.def is read)
import releases  # noqa: E402  (how core/rules.h is read)
from rooms import read_rooms, with_picture  # noqa: E402  (how ROOMS is drawn)

EVERYTHING_BEFORE = "*"

# The rooms, from the ground up. A folder is a room with one job; its files include their own room
# and what stands in its row: a room, or one header of a room. No row names a room that stands
# below it here, so that each room can be understood without those that come later.
ROOMS = {
    "core": "",
    "mpu_model": "core",
    "sim/base": "",
    "sim/trace": "sim/base core",
    "sim/machine": "sim/trace/sink.h sim/trace/view.h sim/base mpu_model core",
    "sim/lua": "sim/machine sim/trace sim/base core",
    "sim/vector": "sim/machine sim/trace sim/base mpu_model core",
    "sim/record": "sim/trace sim/base core",
    "sim/golden": "sim/trace sim/base core",
    "sim/host": "sim/base",
    "sim/run": "sim/lua sim/machine sim/trace sim/base core",
    "sim/session": "sim/run sim/record sim/host sim/lua sim/trace sim/base",
    "sim/fit": "sim/session sim/run sim/lua sim/machine sim/host mpu_model sim/trace sim/base",
    "sim/check": "sim/session sim/run sim/golden sim/host sim/base",
    "bench": EVERYTHING_BEFORE,
    "sim/cmd": EVERYTHING_BEFORE,
}

# A test may have what its room has, worlds made for tests and the sinks, and these.
TESTS_MAY_INCLUDE = "tests core sim/machine sim/trace"
TESTS_ALSO_INCLUDE = {
    "sim/machine/tests/machine.h": "sim/vector",
    "sim/lua/tests/lua_test.c": "sim/run",
    "sim/machine/tests/snapshot_test.c": "sim/lua",
}

# All that core and the protection units may have of the system.
FREESTANDING = {"stdint.h", "stddef.h", "stdbool.h", "string.h"}

# Each host library: a sign that a file uses it, and the one room that may. bench compares with
# the libraries themselves.
HOST_LIBRARIES = {
    "Lua": (r'#include [<"](lua|lauxlib|lualib)\.h', "sim/lua"),
    "libuv": (r'#include [<"]uv\.h', "sim/host"),
    "SQLite": (r'#include [<"]sqlite3\.h', "sim/record"),
    "Boost.Context": (r"\b(make|jump)_fcontext\(", "sim/machine"),
}

SOURCE_SUFFIXES = {".c", ".h", ".def", ".py", ".lua", ".sql", ".cmake", ".sh"}
SOURCE_NAMES = {"CMakeLists.txt", "dev", "run", ".clang-format", ".clang-tidy", ".gitignore"}
NOT_OURS = {".git", "build", "__pycache__", ".pytest_cache", ".cache"}


def walk():
    for folder, folders, names in os.walk(ROOT):
        folders[:] = sorted(name for name in folders if name not in NOT_OURS)
        for name in sorted(names):
            yield Path(folder) / name


def relative(path):
    return str(path.relative_to(ROOT))


FILES = list(walk())
SOURCES = [p for p in FILES if p.suffix in SOURCE_SUFFIXES or p.name in SOURCE_NAMES]
TEXT = {path: path.read_text(encoding="utf-8") for path in SOURCES}
C_SOURCES = [path for path in SOURCES if path.suffix in {".c", ".h", ".def"}]


def room(path):
    """The folder that holds it and its tests: core, sim/trace."""
    parts = path.relative_to(ROOT).parts
    return "/".join(parts[:2]) if parts[0] == "sim" else parts[0]


def is_test(path):
    return "tests" in path.relative_to(ROOT).parts


def system_includes(path):
    return set(re.findall(r"^\s*#\s*include\s*<([^>]+)>", TEXT[path], re.MULTILINE))


def own_includes(path):
    names = re.findall(r'^\s*#\s*include\s*"([^"]+)"', TEXT[path], re.MULTILINE)
    return [(path.parent / name).resolve() for name in names]


def words_of(name):
    """What a row says, EVERYTHING_BEFORE spelled out."""
    names = list(ROOMS)
    words = ROOMS[name]
    return set(names[: names.index(name)] if words == EVERYTHING_BEFORE else words.split())


def row(path):
    """The rooms and headers that a file may include besides its own room."""
    allowed = words_of(room(path))
    if is_test(path):
        allowed |= set(TESTS_MAY_INCLUDE.split())
        allowed |= set(TESTS_ALSO_INCLUDE.get(relative(path), "").split())
    return allowed


def forbidden_includes(paths):
    return {
        f"{relative(path)} includes {relative(other)}"
        for path in paths
        for other in own_includes(path)
        if room(other) != room(path) and not {room(other), relative(other)} & row(path)
    }


def sources_of(name):
    return [path for path in C_SOURCES if room(path) == name]


def test_every_folder_with_sources_is_a_room():
    assert {room(path) for path in C_SOURCES} - {"tests", "cmake"} == set(ROOMS)


@pytest.mark.parametrize("name", ROOMS)
def test_a_room_includes_what_its_row_says(name):
    assert not sorted(forbidden_includes(sources_of(name)))


def test_no_circle_between_rooms():
    below = set()
    for name in ROOMS:
        rooms = {
            word.rsplit("/", 1)[0] if word.endswith(".h") else word for word in words_of(name)
        }
        assert rooms <= below, f"{name} includes {rooms - below}"
        below.add(name)


def test_the_picture_of_the_rooms_is_what_the_table_says():
    written = (ROOT / "docs" / "design.md").read_text(encoding="utf-8")

    assert written == with_picture(written, read_rooms()), "run ./dev docs"


def test_the_map_in_the_readme_has_every_room():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    named = re.findall(r"^\| `([\w/]+)/` \|", readme, re.MULTILINE)

    assert [name for name in named if name in ROOMS] == list(ROOMS)


def test_an_include_names_its_file_by_a_path_from_where_it_stands():
    wrong = [
        f"{relative(path)}: {other.name}"
        for path in C_SOURCES
        for other in own_includes(path)
        if not other.exists()
    ]
    assert not wrong, "\n".join(wrong)


def test_the_program_does_not_include_tests():
    wrong = [
        f"{relative(path)} includes {relative(other)}"
        for path in C_SOURCES
        if not is_test(path)
        for other in own_includes(path)
        if is_test(other)
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("library", ["core", "mpu_model"])
def test_what_could_run_on_a_chip_needs_no_system(library):
    wrong = [
        f"{relative(path)} includes <{name}>"
        for path in C_SOURCES
        if room(path) == library and not is_test(path)
        for name in sorted(system_includes(path) - FREESTANDING)
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("library", HOST_LIBRARIES)
def test_each_host_library_has_one_room(library):
    sign, only = HOST_LIBRARIES[library]
    users = {
        room(path)
        for path in C_SOURCES
        if room(path) != "bench" and not is_test(path)
        if re.search(sign, TEXT[path])
    }
    assert users == {only}


def test_every_source_file_states_its_license():
    wrong = [
        relative(path)
        for path in SOURCES
        if "SPDX-License-Identifier: Apache-2.0 OR MIT" not in "\n".join(TEXT[path].split("\n")[:2])
    ]
    assert not wrong, "\n".join(wrong)


def test_every_header_is_included_once():
    wrong = [relative(p) for p in C_SOURCES if p.suffix == ".h" and "#pragma once" not in TEXT[p]]
    assert not wrong, "\n".join(wrong)


# Spelled so that this file does not say them itself.
UNFINISHED = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X|not implemen" r"ted|unimplemen" r"ted)\b")
MACHINE_PATH = re.compile(r"(?<![\w.$}~*-])/(home|root|work|farm|mnt|Users)/\w")


def test_nothing_says_that_it_is_unfinished():
    wrong = [
        f"{relative(path)}:{number}: {line.strip()}"
        for path in SOURCES
        for number, line in enumerate(TEXT[path].split("\n"), 1)
        if UNFINISHED.search(line)
    ]
    assert not wrong, "\n".join(wrong)


def test_nothing_names_a_place_on_the_machine_it_was_written_on():
    documents = [path for path in FILES if path.suffix in {".md", ".json", ".trace", ".txt", ".yml"}]
    wrong = [
        f"{relative(path)}:{number}: {line.strip()}"
        for path in SOURCES + [p for p in documents if p.name != "CMakeLists.txt"]
        for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), 1)
        if MACHINE_PATH.search(line)
    ]
    assert not wrong, "\n".join(wrong)


# How this code reads: what is not written, and what is in its place.
ONE_HAND = {
    r"\b(?:if|while) \([^=]* [!=]= NULL\)": "if (p), if (!p)",
    r"[\w\])] == NULL": "!p",
    r"\(void\)(?:f?printf|fput[sc]|v?snprintf|fwrite)\(": "the call alone: who prints asks at the end",
    r"^// -{2,3} ": "// ---- the name of a part",
}


@pytest.mark.parametrize("pattern", ONE_HAND)
def test_code_is_of_one_hand(pattern):
    wrong = [
        f"{relative(path)}:{number}: {line.strip()}"
        for path in C_SOURCES
        for number, line in enumerate(TEXT[path].split("\n"), 1)
        if re.search(pattern, line)
    ]
    assert not wrong, f"write {ONE_HAND[pattern]}\n" + "\n".join(wrong)


# --- event.def

MAX_FIELDS = 9  # EVENT_WORDS
MAX_EVENTS = 64  # a set of kinds is one word


def test_every_entry_of_the_event_table_is_read():
    lines = TEXT[events.DEFINITION].split("\n")

    assert len(events.read_events()) == sum("EVENT(" in l for l in lines if l[:2] != "//") > 0


def test_every_event_has_a_name_and_a_sentence_of_its_own():
    table = events.read_events()

    assert len({event.name for event in table}) == len(table) <= MAX_EVENTS
    assert len({event.about for event in table}) == len(table)
    assert all(len(event.about.split()) >= 3 for event in table)


def test_every_field_of_an_event_fits_and_has_a_type_that_is_explained():
    comment = "\n".join(re.findall(r"^//(.*)$", TEXT[events.DEFINITION], re.MULTILINE))
    explained = set(re.findall(r"\w+", comment))

    for name, _, fields in events.read_events():
        assert len(fields) <= MAX_FIELDS, name
        assert len({field for field, _ in fields}) == len(fields), name
        assert {kind for _, kind in fields} <= explained, name


def test_the_documentation_of_events_is_what_the_table_says():
    written = (ROOT / "docs" / "events.md").read_text(encoding="utf-8")

    assert written == events.as_markdown(events.read_events()), "run ./dev docs"


# --- rules.h


def test_the_documentation_of_releases_is_what_the_rules_say():
    rules = releases.read_rules()
    written = (ROOT / "docs" / "releases.md").read_text(encoding="utf-8")

    assert len(rules) == len(re.findall(r"^    X\(", TEXT[releases.DEFINITION], re.MULTILINE)) > 0
    assert written == releases.as_markdown(rules), "run ./dev docs"


# --- Scenarios


def scenarios():
    return sorted((ROOT / "scenarios").glob("*.lua"))


def test_every_scenario_opens_with_why_it_matters():
    wrong = []
    for path in scenarios():
        lines = TEXT[path].split("\n")[1:]
        opening = " ".join(line for line in lines[:12] if line.startswith("--"))
        if len(opening.split()) < 10:
            wrong.append(relative(path))
    assert not wrong, "\n".join(wrong)
