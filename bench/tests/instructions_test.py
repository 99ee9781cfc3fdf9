# SPDX-License-Identifier: Apache-2.0 OR MIT
"""How counted instructions are judged, and that counting them again gives the same."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "bench"))

import instructions  # noqa: E402

PROGRAM = Path(os.environ.get("IPCSIM", ROOT / "build" / "ipcsim")).resolve()
MADE_OF_FILE = Path(os.environ.get("IPCSIM_BUILD", ROOT / "build" / "release"), "bench/made_of.json")

MADE_OF = {"compiler": "GNU 12", "machine": "x86_64"}
FIGURES = {
    "hop": {"instructions": 1000},
    "trip": {"instructions": 2000, "allowed_percent": 3, "why": "of chance"},
}


class Gate:
    """The script, with a baseline of the test's own and counts that were made up."""

    def __init__(self, path, monkeypatch):
        self.path = path
        self.counts = {"hop": 1000, "trip": 2000}
        self.made_of = dict(MADE_OF)
        monkeypatch.setattr(instructions, "WORKS", {"hop": (10, "a hop"), "trip": (10, "a trip")})
        monkeypatch.setattr(instructions, "read_made_of", lambda path: self.made_of)
        monkeypatch.setattr(instructions, "count_all", lambda program: self.counts)
        self.write({"made_of": MADE_OF, "figures": FIGURES})

    def write(self, baseline):
        self.path.write_text(json.dumps(baseline), encoding="utf-8")

    def __call__(self, *options):
        return instructions.main([*options, "--baseline", str(self.path), "ipcsim", "made_of.json"])


@pytest.fixture
def gate(tmp_path, monkeypatch):
    return Gate(tmp_path / "instructions.json", monkeypatch)


# --- Judging


def test_the_same_counts_pass(gate, capsys):
    assert gate() == 0
    assert "all within what the baseline allows" in capsys.readouterr().out


@pytest.mark.parametrize("now", [991, 1009])
def test_a_difference_below_one_percent_passes(gate, now):
    gate.counts["hop"] = now

    assert gate() == 0


@pytest.mark.parametrize(
    ("now", "words"),
    [(1020, "hop: 2.00 % more instructions"), (980, "hop: 2.00 % fewer instructions")],
)
def test_two_percent_in_either_direction_fail_and_say_how_to_accept(gate, capsys, now, words):
    gate.counts["hop"] = now

    assert gate() == 1
    said = capsys.readouterr().out
    assert words in said
    assert "trip:" not in said
    assert "./dev instructions --accept" in said


@pytest.mark.parametrize(("now", "status"), [(2050, 0), (2070, 1)])
def test_a_figure_may_have_an_allowance_of_its_own(gate, now, status):
    gate.counts["trip"] = now

    assert gate() == status


def test_work_that_has_no_baseline_fails(gate, capsys):
    gate.write({"made_of": MADE_OF, "figures": {"trip": FIGURES["trip"]}})

    assert gate() == 1
    assert "hop: has no baseline yet" in capsys.readouterr().out


def test_a_baseline_of_work_that_is_gone_fails(gate, capsys):
    del gate.counts["hop"]

    assert gate() == 1
    assert "hop: is in the baseline, but nobody counts it" in capsys.readouterr().out


@pytest.mark.parametrize("change", [{"compiler": "Clang 14"}, {"machine": "aarch64"}])
def test_the_baseline_of_another_compiler_or_machine_judges_nothing(gate, capsys, change):
    gate.counts["hop"] = 5000
    gate.made_of.update(change)
    (name, value) = change.popitem()

    assert gate() == 0
    said = capsys.readouterr().out
    assert said == f"not judged: {name} is {value}, that of the baseline {MADE_OF[name]}\n"


# --- The baseline


def test_no_baseline_is_one_sentence_that_says_what_writes_it(gate, capsys):
    gate.path.unlink()

    assert gate() == 2
    said = capsys.readouterr().err
    assert f"no baseline {gate.path}: ./dev instructions --accept writes it" in said


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        '{"figures": {}}',
        '{"made_of": 1, "figures": {}}',
        '{"made_of": {}, "figures": {"hop": 3}}',
        '{"made_of": {}, "figures": {"hop": {}}}',
        '{"made_of": {}, "figures": {"hop": {"instructions": 0}}}',
        '{"made_of": {}, "figures": {"hop": {"instructions": "3"}}}',
        '{"made_of": {}, "figures": {"hop": {"instructions": 3, "allowed_percent": -1}}}',
    ],
)
@pytest.mark.parametrize("options", [[], ["--accept"]])
def test_a_baseline_that_cannot_be_read_is_one_sentence_and_stays(gate, capsys, text, options):
    gate.path.write_text(text, encoding="utf-8")

    assert gate(*options) == 2
    assert f"{gate.path} is no baseline: " in capsys.readouterr().err
    assert gate.path.read_text(encoding="utf-8") == text


def test_accepted_counts_pass_from_then_on_and_allowances_stay(gate):
    gate.counts = {"hop": 1500, "trip": 2500}

    assert gate("--accept") == 0
    assert gate() == 0

    figures = json.loads(gate.path.read_text(encoding="utf-8"))["figures"]
    assert figures["hop"] == {"instructions": 1500}
    assert figures["trip"] == {**FIGURES["trip"], "instructions": 2500}


def test_the_first_baseline_is_written_where_there_is_none(gate):
    gate.path.unlink()

    assert gate("--accept") == 0
    assert gate() == 0


def test_the_baseline_of_the_project_has_every_figure_and_a_reason_for_each_allowance():
    _, figures = instructions.read_baseline(instructions.BASELINE)

    assert set(figures) == set(instructions.WORKS)
    assert all(figure["why"] for figure in figures.values() if "allowed_percent" in figure)


# --- Counting


def needs_valgrind():
    """And a build that is counted: valgrind cannot read all others."""
    if not shutil.which("valgrind"):
        pytest.skip("valgrind is not installed")
    made_before, _ = instructions.read_baseline(instructions.BASELINE)
    if instructions.differs_in(instructions.read_made_of(MADE_OF_FILE), made_before):
        pytest.skip("the baseline is for another build")


def test_counting_again_gives_the_same_wherever_it_is_done(monkeypatch, tmp_path):
    needs_valgrind()
    first = instructions.count(PROGRAM, "roundtrip", 100)
    monkeypatch.setenv("GLIBC_TUNABLES", "glibc.malloc.check=3")
    monkeypatch.setenv("VALGRIND_OPTS", "--log-file=elsewhere")
    monkeypatch.setenv("WHATEVER", "x" * 10000)
    monkeypatch.chdir(tmp_path)

    again = instructions.count(PROGRAM, "roundtrip", 100)

    assert again == first
    assert first[0] > 0 and first[1] == 100
    assert not list(tmp_path.iterdir())


def test_without_valgrind_it_says_what_is_missing(monkeypatch, tmp_path):
    monkeypatch.setitem(instructions.ENVIRONMENT, "PATH", str(tmp_path))

    with pytest.raises(instructions.Refused, match="not on this machine: valgrind") as refused:
        instructions.count(PROGRAM, "roundtrip", 1)

    assert refused.value.status == 3


def test_work_that_fails_is_told_with_its_own_words():
    needs_valgrind()

    with pytest.raises(instructions.Refused, match="unknown benchmark 'nothing'"):
        instructions.count(PROGRAM, "nothing", 1)


def test_all_that_the_program_does_without_measuring_is_counted():
    done = subprocess.run(
        [PROGRAM, "bench", "--times", "1"], capture_output=True, check=True, encoding="utf-8"
    )

    assert [line.split()[0] for line in done.stdout.splitlines()] == list(instructions.WORKS)
