# SPDX-License-Identifier: Apache-2.0 OR MIT
"""ipcsim bench, which measures times: that it does, and not which they are."""

import json
import re

import pytest
from conftest import ROOT, sentence

KEYS = {"name", "value", "unit", "reference", "ratio", "goal", "ok"}


def named(ipcsim, before):
    """The names that its help lists in this sentence."""
    sentence = re.search(rf"{before}[^:]*: ([^.]*)\.", ipcsim("bench", "--help").stdout)[1]
    return set(re.split(r",\s+", sentence))


@pytest.fixture
def scenarios(ipcsim):
    """Where bench looks for what it starts."""
    (ipcsim.folder / "scenarios").symlink_to(ROOT / "scenarios")


def test_a_quick_run_measures_everything_and_fails_if_a_ratio_is_far_off(ipcsim, scenarios):
    result = ipcsim("bench", "--quick", "--json")

    assert result.stderr == ""
    figures = json.loads(result.stdout)
    names = named(ipcsim, "Names")
    assert {figure["name"].split("/")[0] for figure in figures} == names
    assert all(set(figure) == KEYS and figure["value"] > 0 for figure in figures)
    assert result.returncode == any(figure["ok"] is False for figure in figures)


def test_people_get_a_table_of_what_they_name(ipcsim):
    result = ipcsim("bench", "--quick", "mpu")

    assert result.returncode == 0
    head, *lines = result.stdout.splitlines()
    assert "ratio" in head
    assert len(lines) >= 6 and all(line.startswith("mpu/") for line in lines)


def test_things_are_done_so_often_without_measuring(ipcsim):
    result = ipcsim("bench", "--times", "50")

    assert result.returncode == 0
    done = dict(line.split() for line in result.stdout.splitlines())
    assert set(done) == named(ipcsim, "With --times")
    assert all(25 <= int(number) <= 50 for number in done.values())


def test_one_thing_is_done_alone(ipcsim):
    assert ipcsim("bench", "--times", "70", "ring/64").stdout == "ring/64 70\n"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["rign"], "unknown benchmark 'rign'; did you mean 'ring'?"),
        (["--times", "5", "ring"], "unknown benchmark 'ring'; there is roundtrip, "),
        (["--times", "0"], "--times: '0' is not a whole number from 1 to 1000000000"),
        (["--times", "1000000001"], "'1000000001' is not a whole number"),
        (["--times", "99999999999999999999"], "'99999999999999999999' is not a whole number"),
        (["--times", "-1"], "'-1' is not a whole number"),
        (["--times", "7x"], "'7x' is not a whole number"),
    ],
)
def test_what_cannot_be_measured_or_done_is_one_sentence_and_exit_status_2(
    ipcsim, arguments, words
):
    assert words in sentence(ipcsim("bench", *arguments), 2)
