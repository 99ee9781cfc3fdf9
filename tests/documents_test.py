# SPDX-License-Identifier: Apache-2.0 OR MIT
"""The documents name what is there, and all of them can be found."""

import fnmatch
import lzma
import re
import tarfile
from collections import defaultdict

import pytest
import shown

DOCS = shown.ROOT / "docs"
PAGES = sorted(DOCS.glob("*.md"))
DOCUMENTS = [shown.ROOT / "README.md", *PAGES]
KERNEL_VECTORS = sorted((shown.ROOT / "harness" / "tests" / "vectors").glob("*.tar.xz"))
VECTORS = shown.ROOT / "harness" / "tests" / "vectors" / "facts.tar.xz"
UNIT_VECTORS = sorted((shown.ROOT / "mpu_model" / "tests" / "vectors").glob("*.jsonl.xz"))

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


def rows(path, head):
    """The cells of each row of the table whose first row begins with `head`.

    A cell that is code and nothing else comes without the marks of that.
    """
    table = re.search(rf"^\| {re.escape(head)} \|.*\n\|[-|]*\n((?:\|.*\n)+)", read(path), re.M)
    lines = table[1].splitlines()
    cells = [[cell.strip() for cell in line[1:-1].split("|")] for line in lines]
    return [[re.sub(r"^`([^`]*)`$", r"\1", cell) for cell in row] for row in cells]


def first_cells(path, head):
    return [row[0] for row in rows(path, head)]


def expanded(path, name, argument):
    """The arguments of every X(...) in the list `name` of a header, at this place."""
    listed = re.search(rf"#define {name}\(X\)((?:.*\\\n)+.*)", shown.read(path))[1]
    return [row.split(",")[argument].strip() for row in re.findall(r"X\((.*)\)", listed)]


def test_every_word_of_check_is_explained():
    verdicts = expanded("sim/check/check_result.h", "CHECK_VERDICTS", 1)

    assert sorted(first_cells(DOCS / "golden.md", "word")) == sorted(set(verdicts))


SCENARIOS = DOCS / "scenarios.md"


def default_of(setting):
    """What holds where nothing says otherwise."""
    return re.search(rf'#define RUN_DEFAULT_{setting} +"(.*)"', shown.read("sim/run/request.h"))[1]


def said_to_be_the_default(setting):
    return [row[0] for row in rows(SCENARIOS, f"`{setting}`") if "the default" in row[1]]


def test_every_scheduler_is_explained():
    assert first_cells(SCENARIOS, "`sched`") == expanded("core/scheduler.h", "SCHEDULERS", 1)
    assert said_to_be_the_default("sched") == [default_of("SCHED")]


def test_every_fault_policy_is_explained():
    names = re.search(r"names\[\] = \{(.*)\};", shown.read("sim/machine/setting_words.c"))[1]

    assert sorted(first_cells(SCENARIOS, "`fault`")) == sorted(re.findall(r'"(.*?)"', names))
    assert said_to_be_the_default("fault") == [default_of("FAULT")]


def test_every_driver_is_explained():
    header = "core/capsule_abi.h"
    capsules = zip(expanded(header, "CAPSULES", 1), expanded(header, "CAPSULES", 2))
    ipc = re.search(r"IPC_DRIVER_NUM = (\w+)", shown.read("core/ipc.h"))[1]

    written = {int(row[0], 0): row[1] for row in rows(SCENARIOS, "number")}
    assert written == {int(number, 0): name for number, name in [*capsules, (ipc, "ipc")]}


@pytest.mark.parametrize("driver", ["alarm", "console"])
def test_every_command_of_a_driver_is_explained(driver):
    commands = [
        expanded("core/capsule_abi.h", f"{driver.upper()}_COMMANDS", place) for place in (1, 2, 3)
    ]
    written = [(row[0], row[1], row[2]) for row in rows(SCENARIOS, driver)]

    assert [(number, name) for number, name, _ in written] == list(zip(*commands[:2]))
    assert [len(takes.split(", ")) if takes else 0 for *_, takes in written] == [
        int(count) for count in commands[2]
    ]


def test_the_counts_of_vectors_are_those_of_the_archives():
    kernel = sum(len(set(names)) for names in (scripts(path) for path in KERNEL_VECTORS))
    units = sum(lzma.open(path).read().count(b"\n") for path in UNIT_VECTORS)
    fidelity = read(DOCS / "fidelity.md")

    assert re.findall(r"(\d+) scripted scenarios", fidelity) == [str(kernel)]
    assert set(re.findall(r"the (\d+) vectors", fidelity)) == {str(kernel)}
    assert re.findall(r"(\d+) cases measured", fidelity) == [str(units)]


# --- What shows that a statement is true


def c_tests():
    """By the name of their file. (The compiler sees to it that none is left out of the run.)"""
    tests = defaultdict(set)
    for room in ("core", "mpu_model", "sim"):
        for path in (shown.ROOT / room).rglob("*_test.c"):
            tests[path.name] |= set(re.findall(r"^static void (\w+)\(void \*\*", read(path), re.M))
    return tests


def scripts(path):
    """The names of the vectors in an archive."""
    with tarfile.open(path) as archive:
        return re.findall(r"(\w+)\.scn", " ".join(archive.getnames()))


def vectors():
    return set(scripts(VECTORS))


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


def is_there(name, scripted):
    """Whether it names a test, a scenario, or some of the vectors: by a beginning, or with stars."""
    tests = set().union(*c_tests().values())
    is_scenario = (shown.ROOT / "scenarios" / f"{name}.lua").exists()
    return is_scenario or name in tests or bool(fnmatch.filter(scripted, name + "*"))


def test_every_kept_flaw_is_seen_in_something_that_is_there():
    scripted = vectors()
    found = [row[2] for row in rows(DOCS / "fidelity.md", "flaw")]
    names = [name for cell in found for name in re.findall(r"`([\w*]+)`", cell) or [cell]]
    wrong = [name for name in names if " " not in name and not is_there(name, scripted)]

    assert len(found) > 20
    assert not wrong, "\n".join(wrong)


# --- What is shown


@pytest.mark.parametrize("name", ["tutorial.md", "scenarios.md", "outside.md"])
def test_a_page_shows_what_its_commands_print(name, tmp_path):
    shown.make_clone(tmp_path)

    for command, lines in shown.examples(read(DOCS / name)):
        printed = shown.run(command, tmp_path)
        assert shown.is_shown(printed, lines), f"$ {command}\n{printed}"
