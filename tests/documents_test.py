# SPDX-License-Identifier: Apache-2.0 OR MIT
"""The documents name what is there, and all of them can be found."""

import re
import tarfile
from collections import defaultdict

import pytest
import shown

DOCS = shown.ROOT / "docs"
PAGES = sorted(DOCS.glob("*.md"))
DOCUMENTS = [shown.ROOT / "README.md", *PAGES]
VECTORS = shown.ROOT / "harness" / "tests" / "vectors" / "facts.tar.xz"

LINK = re.compile(r"\]\(([^)#:]*)(?:#([^)]*))?\)")
# A path from the root of the project; one with NAME or ROOM stands for many.
FILE = re.compile(r"`((?:bench|cmake|core|docs|harness|mpu_model|reports|sim|tests)/[a-z0-9_/.]+)`")
# A file with what is meant in it.
PLACE = re.compile(r"`([a-z0-9_/]+\.[ch])`\s`(\w+)`")
TEST = re.compile(r"`(\w+_test\.c):\s+(\w+)`")
VECTOR = re.compile(r"vector `(\w+)`")
SCENARIO = re.compile(r"\]\(\.\./scenarios/\w+\.lua\)")

every_document = pytest.mark.parametrize(
    "path", DOCUMENTS, ids=lambda path: str(path.relative_to(shown.ROOT))
)


def read(path):
    return path.read_text(encoding="utf-8")


def links(path):
    """Pairs: a file, and the heading in it that is meant, "" if none."""
    for name, anchor in LINK.findall(read(path)):
        yield (path.parent / name).resolve() if name else path, anchor


def anchors(path):
    """Its headings, as links name them."""
    headings = re.findall(r"^#+ (.*)$", read(path), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@every_document
def test_what_a_document_links_to_is_there(path):
    wrong = [
        f"{target}#{anchor}"
        for target, anchor in links(path)
        if not target.exists() or (anchor and anchor not in anchors(target))
    ]
    assert not wrong, "\n".join(wrong)


@every_document
def test_the_files_that_a_document_names_are_there(path):
    wrong = [name for name in FILE.findall(read(path)) if not (shown.ROOT / name).exists()]
    assert not wrong, "\n".join(wrong)


@every_document
def test_what_a_document_means_in_a_file_is_there(path):
    wrong = [
        f"{name}: {word}"
        for name, word in PLACE.findall(read(path))
        if not re.search(rf"\b{word}\b", shown.read(name))
    ]
    assert not wrong, "\n".join(wrong)


def test_the_contents_list_every_page():
    contents = DOCS / "README.md"

    assert contents in dict(links(shown.ROOT / "README.md"))
    assert set(PAGES) - {contents} <= set(dict(links(contents)))


# --- Lists of what there is


def first_cells(path, head):
    """The code in the first column of the table below the row that begins with `head`."""
    table = re.search(rf"^\| {head} \|.*\n\|[-|]*\n((?:\|.*\n)+)", read(path), re.M)
    return re.findall(r"^\| `([^`]*)`", table[1], re.M)


def expanded(path, name, argument):
    """The arguments of every X(...) in the list `name` of a header, at this place."""
    listed = re.search(rf"#define {name}\(X\)((?:.*\\\n)+.*)", shown.read(path))[1]
    return [row.split(",")[argument].strip() for row in re.findall(r"X\((.*)\)", listed)]


def test_every_word_of_check_is_explained():
    verdicts = expanded("sim/check/check_result.h", "CHECK_VERDICTS", 1)

    assert sorted(first_cells(DOCS / "golden.md", "word")) == sorted(set(verdicts))


# --- What shows that a statement is true


def c_tests():
    """By the name of their file. (The compiler sees to it that none is left out of the run.)"""
    tests = defaultdict(set)
    for room in ("core", "mpu_model", "sim"):
        for path in (shown.ROOT / room).rglob("*_test.c"):
            tests[path.name] |= set(re.findall(r"^static void (\w+)\(void \*\*", read(path), re.M))
    return tests


def vectors():
    with tarfile.open(VECTORS) as archive:
        return set(re.findall(r"(\w+)\.scn", " ".join(archive.getnames())))


@every_document
def test_the_tests_that_a_document_names_are_there(path):
    tests = c_tests()
    wrong = [f"{name}: {test}" for name, test in TEST.findall(read(path)) if test not in tests[name]]
    assert not wrong, "\n".join(wrong)


@every_document
def test_the_vectors_that_a_document_names_are_there(path):
    named = set(VECTOR.findall(read(path)))
    assert not named or named <= vectors()


def is_shown_by_something(statement):
    return TEST.search(statement) or VECTOR.search(statement) or SCENARIO.search(statement)


def statements(text):
    """The items of its lists, and the rows of its tables that end in what shows them."""
    items = re.findall(r"^- .*(?:\n  .*)*", text, re.M)
    tables = re.findall(r"^\|.*shown by \|\n\|[-|]*\n((?:\|.*\n)+)", text, re.M)
    return items + [row for table in tables for row in table.splitlines()]


def test_every_statement_about_ipc_says_what_shows_it():
    found = statements(read(DOCS / "ipc.md"))
    wrong = [statement for statement in found if not is_shown_by_something(statement)]

    assert len(found) > 50
    assert not wrong, "\n".join(wrong)


# --- The tutorial


def test_the_tutorial_shows_what_its_commands_print(tmp_path):
    shown.make_clone(tmp_path)

    for command, lines in shown.examples(read(DOCS / "tutorial.md")):
        printed = shown.run(command, tmp_path)
        assert shown.is_shown(printed, lines), f"$ {command}\n{printed}"
