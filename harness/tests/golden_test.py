# SPDX-License-Identifier: Apache-2.0 OR MIT
"""Golden traces from Python."""

import os

import pytest

import ipcsim


@pytest.fixture(autouse=True)
def at_a_desk(monkeypatch):
    """Where a golden trace that is not there yet is no failure."""
    monkeypatch.delenv("CI", raising=False)


@pytest.fixture
def several(echo):
    """The scenario, asking for golden traces of three runs."""
    wanted = 'golden = { {}, { clients = 2 }, { board = "none", seed = 5 } }, '
    text = echo.read_text(encoding="utf-8").replace("scenario { ", f"scenario {{ {wanted}")
    echo.write_text(text, encoding="utf-8")
    return echo


def change(trace):
    """Makes a golden trace that nothing does."""
    text = trace.read_text(encoding="utf-8")
    assert "len=64" in text
    trace.write_text(text.replace("len=64", "len=63"), encoding="utf-8")


def test_a_scenario_that_asks_for_nothing_has_one_golden_trace(echo):
    (golden,) = ipcsim.goldens(echo)

    assert (golden.name, golden.scenario, golden.line) == ("echo", echo, 5)
    assert golden.settings.arguments == []


def test_each_run_that_the_header_asks_for_has_its_settings(several):
    plain, two, bare = ipcsim.goldens(several)

    assert [golden.name for golden in (plain, two, bare)] == [
        "echo", "echo[clients=2]", "echo[board=none,seed=5]",
    ]  # fmt: skip
    assert plain.settings.arguments == ["--sched", "round_robin"]
    assert two.settings.arguments == ["-P", "clients=2"]
    assert bare.settings.arguments == ["--board", "none", "--seed", "5"]


def test_a_parameter_goes_before_an_option_of_the_same_name(write):
    path = write(
        "named.lua",
        """
        local seed = param("seed", 1)
        scenario { golden = { { seed = 7 } } }
        process("p", function() done() end)
        """,
    )

    assert ipcsim.goldens(path)[0].settings.arguments == ["-P", "seed=7"]


def test_settings_beyond_ascii_reach_the_program(write):
    path = write(
        "greek.lua",
        """
        local word = param("word", "alpha")
        scenario { golden = { { word = "άλφα \\"1\\"" } } }
        process("p", function() print(word) done() end)
        """,
    )

    (golden,) = ipcsim.goldens(path)
    (checked,) = ipcsim.check(path, params=golden.settings.params)

    assert golden.settings.arguments == ["-P", 'word=άλφα "1"']
    assert checked.verdict == "pending"


def test_settings_that_are_no_utf_8_reach_the_program(write):
    path = write(
        "odd.lua",
        r"""
        local word = param("word", "alpha")
        scenario { golden = { { word = "caf\xe9 \u{f7ff}" } } }
        process("p", function() print(word) done() end)
        """,
    )

    (golden,) = ipcsim.goldens(path)
    run = ipcsim.run(path, params=golden.settings.params)
    (checked,) = ipcsim.check(path, params=golden.settings.params)

    assert golden.name == "odd[word=caf\\xe9 \uf7ff]"
    assert os.fsencode(run.prints[0].text) == b"caf\xe9 \xef\x9f\xbf\n"
    assert checked.verdict == "pending"


def test_a_file_that_is_no_scenario_has_no_golden_traces(write):
    with pytest.raises(ipcsim.ScenarioError, match=r"bad\.lua:1: "):
        ipcsim.goldens(write("bad.lua", "local = 1"))


def test_check_looks_at_every_run_that_the_header_asks_for(several):
    pending = ipcsim.check(several)
    accepted = ipcsim.check(several, update=True)
    passed = ipcsim.check(several)

    assert [checked.verdict for checked in pending] == ["pending"] * 3
    assert [checked.name for checked in accepted] == [checked.name for checked in pending]
    assert [checked.verdict for checked in passed] == ["passed"] * 3
    assert all(checked.passed for checked in pending + accepted + passed)
    assert passed[0].assert_passed() is passed[0]
    assert sorted(path.name for path in several.parent.glob("*.trace")) == [
        "echo.board=none,seed=5.trace", "echo.clients=2.trace", "echo.trace",
    ]  # fmt: skip


def test_a_difference_comes_with_the_diff_and_the_commands(several):
    ipcsim.check(several, update=True)
    change(several.with_suffix(".trace"))

    differs, two, bare = ipcsim.check(several)

    assert [c.verdict for c in (differs, two, bare)] == ["differs", "passed", "passed"]
    assert "\n- service" in differs.details
    assert "replay: " in differs.details
    assert "accept: " in differs.details
    assert (differs.scenario, differs.line) == (several, 5)
    with pytest.raises(ipcsim.GoldenMismatch, match="(?s)^differs echo .*len=63.*accept: "):
        differs.assert_passed()


def test_a_folder_is_checked_whole(write, echo):
    write("deep/other.lua", 'process("p", function() done() end)')

    assert [c.name for c in ipcsim.check(echo.parent, jobs=2)] == ["other", "echo"]


def test_a_run_matches_the_golden_trace_of_its_settings(several):
    ipcsim.check(several, update=True)
    change(several.with_name("echo.clients=2.trace"))

    plain = ipcsim.run(several)
    two = ipcsim.run(several, clients=2)
    slow = ipcsim.run(several, cost_scale=3.0)

    assert plain.assert_matches_golden() is plain
    slow.assert_matches_golden()
    with pytest.raises(ipcsim.GoldenMismatch, match=r"(?s)^differs echo\[clients=2\].*len=63"):
        two.assert_matches_golden()


def test_a_run_without_a_golden_trace_does_not_match(echo):
    run = ipcsim.run(echo, clients=2)

    with pytest.raises(ipcsim.GoldenMismatch, match=r"(?s)^missing echo\[clients=2\].*accept: "):
        run.assert_matches_golden()
    run.assert_matches_golden(update=True)
    run.assert_matches_golden()

    assert echo.with_name("echo.clients=2.trace").exists()


def test_a_run_matches_from_another_folder_than_it_was_made_in(echo, tmp_path, monkeypatch):
    ipcsim.check(echo, update=True)
    monkeypatch.chdir(tmp_path)
    run = ipcsim.run("echo.lua")
    monkeypatch.chdir("/")

    run.assert_matches_golden()


def test_a_golden_trace_that_cannot_be_read_is_a_scenario_error(echo):
    echo.with_suffix(".trace").write_text("something else\n", encoding="utf-8")

    with pytest.raises(ipcsim.ScenarioError, match="not a golden trace"):
        ipcsim.check(echo)


def test_a_known_failure_passes(write):
    path = write(
        "known.lua",
        'scenario { known_issue = { "tock#4410", failure = "failed" } }'
        ' process("p", function() expect_eq(1, 2) done() end)',
    )

    (checked,) = ipcsim.check(path)

    assert (checked.verdict, checked.passed) == ("known", True)
    assert checked.message.startswith("tock#4410")


def test_a_bound_that_was_hit_is_no_pass(echo):
    (checked,) = ipcsim.check(echo, until_us=10)

    assert (checked.verdict, checked.passed) == ("bound", False)
