# SPDX-License-Identifier: Apache-2.0 OR MIT
"""The pytest plugin, in a pytest of its own."""

import sqlite3
from pathlib import Path

import pytest
from conftest import ECHO

HARNESS = Path(__file__).resolve().parents[1]

pytest_plugins = ["pytester"]


@pytest.fixture
def run_pytest(pytester, monkeypatch):
    """Calls pytest with the plugin of the tree, and with no other but those named."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.setenv("PYTHONPATH", str(HARNESS))
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)

    def call(*arguments, plugins=()):
        named = [word for name in ("ipcsim.pytest_plugin", *plugins) for word in ("-p", name)]
        return pytester.runpytest_subprocess("-p", "no:cacheprovider", *named, *arguments)

    return call


@pytest.fixture
def scenarios(pytester):
    """A folder with a scenario that passes and one that does not."""
    folder = pytester.mkdir("scenarios")
    (folder / "echo.lua").write_text(ECHO, encoding="utf-8")
    (folder / "bad.lua").write_text(
        'process("bad", function() expect_eq(1 + 1, 3) done() end)', encoding="utf-8"
    )
    return folder


def text(result):
    return result.stdout.str()


@pytest.mark.usefixtures("scenarios")
def test_the_fixture_runs_a_scenario(pytester, run_pytest):
    pytester.makepyfile(
        """
        def test_two_clients(ipcsim_run):
            run = ipcsim_run("scenarios/echo.lua", clients=2, board="none")

            run.assert_passed()
            assert run.info.board == "none"
            assert len(run.processes) == 3
            assert all(upcall.delivered for upcall in run.upcalls)
        """
    )

    run_pytest().assert_outcomes(passed=1)


@pytest.mark.usefixtures("scenarios")
def test_a_run_that_did_not_pass_shows_the_programs_report(pytester, run_pytest):
    pytester.makepyfile(
        """
        def test_bad(ipcsim_run):
            ipcsim_run("scenarios/bad.lua").assert_passed()
        """
    )

    result = run_pytest()

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            '>*ipcsim_run("scenarios/bad.lua").assert_passed()',
            "E *ScenarioFailed: failed *scenarios/bad.lua*",
            "E *bad.lua:1: *",
            "E *replay: *",
        ]
    )
    assert "runs.py" not in text(result)


@pytest.mark.usefixtures("scenarios")
def test_a_failed_test_says_how_to_replay_its_runs(pytester, run_pytest):
    pytester.makepyfile(
        """
        def test_wrong(ipcsim_run):
            ipcsim_run("scenarios/echo.lua")
            run = ipcsim_run("scenarios/echo.lua", clients=2)
            assert len(run.upcalls) == 5
        """
    )

    result = run_pytest("--basetemp=kept")

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "*runs of ipcsim*",
            "passed: *ipcsim run *echo.lua",
            "    record: *ipcsim-1.db",
            "passed: *ipcsim run -P clients=2 *echo.lua",
            "    record: *ipcsim-2.db",
        ]
    )
    kept = list(pytester.path.glob("kept/test_wrong0/ipcsim-?.db"))
    assert len(kept) == 2
    for path in kept:
        with sqlite3.connect(path) as connection:
            assert connection.execute("select outcome from runs").fetchall() == [("passed",)]


@pytest.mark.usefixtures("scenarios")
def test_a_scenario_that_is_refused_shows_one_sentence(pytester, run_pytest):
    pytester.makepyfile(
        """
        def test_refused(ipcsim_run):
            ipcsim_run("scenarios/echo.lua", client=2)
        """
    )

    result = run_pytest()

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["E *ScenarioError: *unknown parameter 'client'*"])
    assert "pytest_plugin.py" not in text(result)


def test_a_scenario_beside_the_test_goes_before_one_of_the_root(pytester, run_pytest, scenarios):
    pytester.makeini("[pytest]")
    folder = pytester.mkdir("deep")
    (folder / "scenarios").mkdir()
    (folder / "scenarios" / "echo.lua").write_text(
        'process("beside", function() done() end)', encoding="utf-8"
    )
    (folder / "test_deep.py").write_text(
        "def test_where(ipcsim_run):\n"
        "    assert ipcsim_run('scenarios/echo.lua').processes.names == ('beside',)\n"
        "    assert ipcsim_run('scenarios/bad.lua').outcome == 'failed'\n",
        encoding="utf-8",
    )

    run_pytest("deep").assert_outcomes(passed=1)


@pytest.mark.usefixtures("scenarios")
def test_runs_in_parallel_workers_do_not_meet(pytester, run_pytest):
    pytest.importorskip("xdist")
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.parametrize("clients", [1, 2, 1, 2, 1, 2])
        def test_each(ipcsim_run, clients):
            run = ipcsim_run("scenarios/echo.lua", clients=clients)

            assert run.run_id == 1
            assert len(run.upcalls) == 2 * clients
        """
    )

    run_pytest("-n2", plugins=["xdist"]).assert_outcomes(passed=6)


def test_a_program_can_be_named_on_the_command_line(pytester, run_pytest, scenarios, stand_in):
    named = stand_in("echo a program of its own >&2; exit 3")
    pytester.makepyfile(
        """
        def test_named(ipcsim_run):
            ipcsim_run("scenarios/echo.lua")
        """
    )

    result = run_pytest(f"--ipcsim-program={named}")

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["E *HostError: a program of its own"])


@pytest.mark.usefixtures("scenarios")
def test_scenarios_are_left_alone_unless_asked_for(run_pytest):
    result = run_pytest("scenarios")

    assert result.ret == pytest.ExitCode.NO_TESTS_COLLECTED


@pytest.mark.usefixtures("scenarios")
def test_a_missing_program_is_said_once(run_pytest):
    result = run_pytest("--ipcsim", "--ipcsim-program=missing/ipcsim", "scenarios")

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: missing/ipcsim is no program that can be run"])


# --- Scenarios as tests


@pytest.fixture
def at_a_desk(monkeypatch):
    monkeypatch.delenv("CI", raising=False)


@pytest.fixture
def golden_echo(pytester, run_pytest, monkeypatch):
    """A scenario with golden traces of two runs."""
    monkeypatch.setenv("CI", "true")
    path = pytester.path / "scenarios" / "echo.lua"
    path.parent.mkdir()
    path.write_text(
        ECHO.replace("scenario { ", "scenario { golden = { {}, { clients = 2 } }, "),
        encoding="utf-8",
    )
    run_pytest("--ipcsim", "--ipcsim-update", "scenarios").assert_outcomes(passed=2)
    return path


@pytest.mark.usefixtures("golden_echo")
def test_each_golden_trace_is_an_item(run_pytest):
    result = run_pytest("--ipcsim", "-v", "scenarios")

    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(
        [
            "scenarios/echo.lua::echo PASSED*",
            "scenarios/echo.lua::echo[[]clients=2[]] PASSED*",
        ]
    )


@pytest.mark.usefixtures("golden_echo")
def test_an_item_can_be_chosen(run_pytest):
    run_pytest("--ipcsim", "scenarios/echo.lua::echo[clients=2]").assert_outcomes(passed=1)


def test_a_difference_shows_the_programs_diff_and_nothing_else(run_pytest, golden_echo):
    trace = golden_echo.with_name("echo.clients=2.trace")
    trace.write_text(trace.read_text().replace("len=64", "len=63"))

    result = run_pytest("--ipcsim", "scenarios")

    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(
        [
            "differs echo[[]clients=2[]] *",
            "--- scenarios/echo.clients=2.trace",
            "- service * len=63*",
            "+ service * len=64*",
            "replay: *ipcsim run scenarios/echo.lua -P clients=2",
            "accept: *ipcsim check --update scenarios/echo.lua -P clients=2",
        ]
    )
    assert "pytest_plugin.py" not in text(result)


def test_a_file_that_a_scenario_uses_is_no_test(pytester, run_pytest):
    folder = pytester.mkdir("scenarios")
    (folder / "kit.lua").write_text("return { one = 1 }\n", encoding="utf-8")
    (folder / "alone.lua").write_text("return { one = 1 }\n", encoding="utf-8")
    (folder / "uses.lua").write_text(
        'local kit = use("kit")\nprocess("p", function() expect_eq(kit.one, 1) end)\n',
        encoding="utf-8",
    )

    result = run_pytest("--ipcsim", "--ipcsim-update", "scenarios")

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*alone.lua: this scenario has no processes*"])


def test_a_run_that_fails_says_first_what_it_expected_and_where(run_pytest, golden_echo):
    script = golden_echo.read_text(encoding="utf-8")
    golden_echo.write_text(script + 'process("bad", function() expect_eq(1, 2) end)')
    last = script.count("\n") + 1

    result = run_pytest("--ipcsim", "scenarios")

    result.assert_outcomes(failed=2)
    missed = f"scenarios/echo.lua:{last}: expected 2, got 1"
    result.stdout.fnmatch_lines(
        [
            f"failed echo ({missed})",
            missed,
            "what is not as its golden trace says: *",
            "--- scenarios/echo.trace",
        ]
    )


def test_accepting_writes_the_golden_traces_anew(run_pytest, golden_echo):
    trace = golden_echo.with_suffix(".trace")
    before = trace.read_text()
    trace.write_text(before.replace("len=64", "len=63"))

    run_pytest("--ipcsim", "--ipcsim-update", "scenarios").assert_outcomes(passed=2)

    assert trace.read_text() == before


@pytest.mark.usefixtures("at_a_desk", "scenarios")
def test_a_golden_trace_that_is_not_there_yet_is_skipped(run_pytest):
    result = run_pytest("--ipcsim", "-rs", "scenarios/echo.lua")

    result.assert_outcomes(skipped=1)
    result.stdout.fnmatch_lines(["SKIPPED*echo: no golden trace yet; --ipcsim-update makes it"])


@pytest.mark.usefixtures("scenarios")
def test_a_golden_trace_that_is_not_there_fails_in_ci(run_pytest, monkeypatch):
    monkeypatch.setenv("CI", "true")

    result = run_pytest("--ipcsim", "scenarios/echo.lua")

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["missing echo (no golden trace)", "accept: *"])


def test_a_known_failure_is_expected_and_its_end_is_a_failure(pytester, run_pytest):
    (pytester.mkdir("scenarios") / "known.lua").write_text(
        'scenario { known_issue = { "tock#4410", failure = "failed" } }\n'
        'process("p", function() expect_eq(1, 2) done() end)',
        encoding="utf-8",
    )
    (pytester.path / "scenarios" / "fixed.lua").write_text(
        'scenario { known_issue = "tock#1993" }\nprocess("p", function() done() end)',
        encoding="utf-8",
    )

    result = run_pytest("--ipcsim", "-rx", "scenarios")

    result.assert_outcomes(xfailed=1, failed=1)
    result.stdout.fnmatch_lines(["fixed fixed (tock#1993 *", "XFAIL scenarios/known.lua::known*"])


def test_a_mistake_in_a_scenario_is_an_error_with_its_line(pytester, run_pytest):
    (pytester.mkdir("scenarios") / "bad.lua").write_text("-- nothing\nlocal = 1\n")

    result = run_pytest("--ipcsim", "scenarios")

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*scenarios/bad.lua:2: *"])
    assert "pytest_plugin.py" not in text(result)


def test_what_is_hidden_or_no_lua_is_no_scenario(pytester, run_pytest, golden_echo):
    (golden_echo.parent / ".hidden.lua").write_text("no scenario")
    (golden_echo.parent / "notes.txt").write_text("no scenario")

    run_pytest("--ipcsim", "scenarios").assert_outcomes(passed=2)


@pytest.mark.usefixtures("golden_echo")
def test_scenarios_are_checked_by_parallel_workers(run_pytest):
    pytest.importorskip("xdist")

    run_pytest("--ipcsim", "-n2", "scenarios", plugins=["xdist"]).assert_outcomes(passed=2)


def test_a_scenario_that_does_not_end_is_stopped(pytester, run_pytest):
    (pytester.mkdir("scenarios") / "endless.lua").write_text(
        "scenario { until_us = 9000000000000 }\n"
        'process("endless", function() while true do work_us(1000) end done() end)',
        encoding="utf-8",
    )

    result = run_pytest("--ipcsim", "--ipcsim-timeout=0.3", "scenarios")

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["bound endless *"])


def test_a_run_in_python_is_compared_and_accepted(pytester, run_pytest, golden_echo):
    pytester.makepyfile(
        """
        def test_three(ipcsim_run):
            run = ipcsim_run("scenarios/echo.lua", clients=2, is_loud=True)
            run.assert_matches_golden()
        """
    )

    refused = run_pytest()
    run_pytest("--ipcsim-update").assert_outcomes(passed=1)
    run_pytest().assert_outcomes(passed=1)

    refused.assert_outcomes(failed=1)
    refused.stdout.fnmatch_lines(["E *GoldenMismatch: missing echo[[]clients=2,is_loud=true[]] *"])
    assert "golden.py" not in text(refused)
    assert golden_echo.with_name("echo.clients=2,is_loud=true.trace").exists()
