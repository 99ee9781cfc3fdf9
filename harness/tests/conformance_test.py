# SPDX-License-Identifier: Apache-2.0 OR MIT
"""The simulator against the real kernel, and the comparison itself.

IPCSIM is the program under test (build/ipcsim if it is not set).
"""

import io
import json
import os
import shutil
import stat
import tarfile
from pathlib import Path

import pytest

from ipcsim import conformance

VECTORS = Path(__file__).parent / "vectors"
PROGRAM = Path(
    os.environ.get("IPCSIM", Path(__file__).resolve().parents[2] / "build" / "ipcsim")
)

SCENARIO = "proc a\n  nop\n"
TRACE = [
    {"ev": "cfg", "nprocs": 4},
    {"ev": "next", "p": 0, "slice": 10000, "t": 0},
    {"ev": "sys", "p": 0, "cls": 0, "a": [1, 0]},
    {"ev": "proc", "p": 0, "st": "Yielded"},
    {"ev": "stop", "p": 0, "why": "NoWorkLeft", "us": 0, "t": 0},
    {"ev": "end", "why": "quiescent", "t": 0, "steps": 3},
    {"ev": "final", "p": 0, "id": 0},
]


def with_change(position, **fields):
    events = [dict(event) for event in TRACE]
    events[position].update(fields)
    return events


def equal_levels(expected, got):
    return {
        level
        for level in conformance.LEVELS
        if conformance.find_difference(expected, got, level) is None
    }


def lines(events):
    return "".join(json.dumps(event, separators=(",", ":")) + "\n" for event in events)


@pytest.fixture
def pair(tmp_path):
    """A scenario and its trace in a folder of their own."""
    folder = tmp_path / "vectors"
    folder.mkdir()
    (folder / "one.scn").write_text(SCENARIO)
    (folder / "one.jsonl").write_text(lines(TRACE))
    return folder


@pytest.fixture
def simulator(tmp_path):
    """Makes a simulator that prints `text` whatever it is asked."""

    def make(text="", status=0):
        (tmp_path / "output").write_text(text)
        program = tmp_path / "simulator"
        program.write_text(f"#!/bin/sh\ncat '{tmp_path}/output'\nexit {status}\n")
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        return program

    return make


def call(program, *paths):
    return conformance.main(["--binary", str(program), *map(str, paths)])


# ---- what counts as equal


def test_a_trace_is_equal_to_itself():
    assert equal_levels(TRACE, TRACE) == {"L1", "L2", "L3"}


def test_the_order_of_fields_does_not_count():
    turned = [dict(reversed(event.items())) for event in TRACE]

    assert equal_levels(TRACE, turned) == {"L1", "L2", "L3"}


def test_a_time_counts_at_l3_alone():
    assert equal_levels(TRACE, with_change(5, t=7)) == {"L1", "L2"}


def test_what_only_the_scheduler_did_counts_at_l3_alone():
    assert equal_levels(TRACE, with_change(4, why="Stopped")) == {"L1", "L2"}


def test_what_only_the_kernel_did_counts_from_l2_on():
    assert equal_levels(TRACE, with_change(3, st="Running")) == {"L1"}


def test_what_a_process_sees_counts_at_every_level():
    assert equal_levels(TRACE, with_change(2, a=[0, 0])) == set()


def test_an_event_too_many_and_one_too_few_count():
    assert equal_levels(TRACE, TRACE + [{"ev": "final", "p": 1}]) == set()
    assert equal_levels(TRACE, TRACE[:-1]) == set()
    assert equal_levels(TRACE, []) == set()


def test_a_missing_field_counts():
    got = with_change(2)
    del got[2]["a"]

    assert equal_levels(TRACE, got) == set()


def test_the_wording_of_a_build_does_not_count():
    panic = {"ev": "panic", "msg": "m", "loc": "a.rs:1"}
    error = {"ev": "loaderr", "err": "words"}

    assert equal_levels([panic, error], [{**panic, "loc": ""}, {**error, "err": ""}]) == {
        "L1",
        "L2",
        "L3",
    }
    assert equal_levels([panic], [{**panic, "msg": "n"}]) == set()


def test_traces_cut_at_their_limit_are_compared_as_far_as_both_go():
    cut = with_change(5, why="steps")
    shorter = cut[:3] + cut[5:6]

    assert equal_levels(cut, shorter) == {"L1", "L2", "L3"}
    assert equal_levels(cut, with_change(5, why="steps", t=9)) == {"L1", "L2", "L3"}
    assert equal_levels(cut, [cut[1], *cut[1:]]) != {"L1", "L2", "L3"}


def test_a_trace_that_alone_was_cut_is_not_equal():
    assert "L1" not in equal_levels(TRACE, with_change(5, why="steps"))
    assert "L1" not in equal_levels(with_change(5, why="steps"), TRACE)


# ---- what is told


def test_equal_traces_pass(pair, simulator, capsys):
    status = call(simulator(lines(TRACE)), pair)

    assert status == 0
    assert capsys.readouterr().out == "L1 1/1 L2 1/1 L3 1/1\n1 passed, 0 failed\n"


def test_the_first_difference_is_told_field_by_field(pair, simulator, capsys):
    status = call(simulator(lines(with_change(3, st="Running"))), pair)
    told = capsys.readouterr().out.splitlines()

    assert status == 1
    assert "parts at event 4 (equal: L1)" in told[1]
    assert told[4] == '    ...      {"ev":"sys","p":0,"cls":0,"a":[1,0]}'
    assert told[5] == '    expected {"ev":"proc","p":0,"st":"Yielded"}'
    assert told[6] == '    got      {"ev":"proc","p":0,"st":"Running"}'
    assert told[7] == '    st: expected "Yielded", got "Running"'
    assert told[-2:] == ["L1 1/1 L2 0/1 L3 0/1", "0 passed, 1 failed"]


def test_only_the_first_few_differences_are_told(pair, simulator, capsys):
    for name in "bcdefgh":
        shutil.copy(pair / "one.scn", pair / f"{name}.scn")
        shutil.copy(pair / "one.jsonl", pair / f"{name}.jsonl")

    status = call(simulator(lines(TRACE[:2])), pair)
    told = capsys.readouterr().out

    assert status == 1
    assert told.count("parts at event") == 5
    assert "... and 3 more that differ" in told
    assert told.endswith("0 passed, 8 failed\n")


def test_a_simulator_that_fails_is_a_failure_of_that_vector(pair, simulator, capsys):
    status = call(simulator(lines(TRACE), status=3), pair)
    told = capsys.readouterr().out

    assert status == 1
    assert "the simulator printed no trace (exit status 3)" in told
    assert told.endswith("L1 0/1 L2 0/1 L3 0/1\n0 passed, 1 failed\n")


def test_a_trace_that_is_no_json_is_a_failure_of_that_vector(pair, simulator, capsys):
    assert call(simulator("oh\n"), pair) == 1
    assert "its trace cannot be read" in capsys.readouterr().out


# ---- what may be given


def test_an_archive_a_folder_and_a_file_may_be_given(pair, simulator, tmp_path, capsys):
    archive = tmp_path / "more.tar.xz"
    with tarfile.open(archive, "w:xz") as tar:
        tar.add(pair, "vectors")

    status = call(simulator(lines(TRACE), 1), archive, pair, pair / "one.scn")

    assert status == 1
    assert capsys.readouterr().out.endswith("0 passed, 3 failed\n")


def test_archives_within_a_folder_are_found(pair, simulator, capsys):
    with tarfile.open(pair / "more.tar", "w") as tar:
        for name in ("one.scn", "one.jsonl"):
            data = (pair / name).read_bytes()
            member = tarfile.TarInfo(f"../{name}")
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))

    call(simulator(lines(TRACE), 1), pair)

    assert capsys.readouterr().out.endswith("0 passed, 2 failed\n")


@pytest.mark.parametrize("what", ["missing", "empty", "no_trace", "other", "broken.tar.xz"])
def test_what_cannot_be_compared_is_refused(what, pair, simulator, tmp_path, capsys):
    path = tmp_path / what
    if what == "empty":
        path.mkdir()
    elif what == "no_trace":
        path = pair
        (pair / "one.jsonl").unlink()
    elif what != "missing":
        path.write_text("words")

    status = call(simulator(lines(TRACE)), path)
    said = capsys.readouterr()

    assert status == 2
    assert said.err.startswith("conformance: ")
    assert said.out == ""


def test_a_path_that_is_not_there_is_refused_with_the_nearest_that_is(
    pair, simulator, tmp_path, capsys
):
    near = tmp_path / "facts.tar.xz"
    near.touch()

    assert call(simulator(lines(TRACE)), tmp_path / "fatcs.tar.xz") == 2
    assert capsys.readouterr().err.endswith(f"; did you mean '{near}'?\n")


def test_a_simulator_that_is_not_there_is_refused(pair, tmp_path, capsys):
    assert call(tmp_path / "nothing", pair) == 2
    assert "Build it" in capsys.readouterr().err


# ---- the simulator


@pytest.mark.parametrize(
    "archive, count", [("facts", 104), ("edges", 21), ("random", 600), ("random_2", 1000)]
)
def test_the_simulator_does_what_the_real_kernel_did(archive, count, capsys):
    status = call(PROGRAM, VECTORS / f"{archive}.tar.xz")

    told = capsys.readouterr().out
    assert status == 0, told
    assert told == (
        f"L1 {count}/{count} L2 {count}/{count} L3 {count}/{count}\n{count} passed, 0 failed\n"
    )


def test_a_changed_vector_is_noticed(tmp_path, capsys):
    with tarfile.open(VECTORS / "facts.tar.xz") as tar:
        for suffix in ("scn", "jsonl"):
            text = tar.extractfile(f"facts/f1_cap.{suffix}").read().decode()
            (tmp_path / f"f1_cap.{suffix}").write_text(text.replace('"res":"NOMEM"', '"res":"ok"'))

    assert call(PROGRAM, tmp_path) == 1
    assert 'res: expected "ok", got "NOMEM"' in capsys.readouterr().out
