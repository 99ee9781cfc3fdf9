# SPDX-License-Identifier: Apache-2.0 OR MIT
"""Running a scenario from Python."""

import gc
import subprocess

import pytest

import ipcsim


def test_a_scenario_that_passes_is_a_run_that_passed(echo):
    run = ipcsim.run(echo)

    assert (run.outcome, run.passed, run.exit_code, run.stderr) == ("passed", True, 0, "")
    assert run.assert_passed() is run


def test_other_keywords_are_parameters_of_the_scenario(echo):
    run = ipcsim.run(echo, clients=2, greet="two words", is_loud=True)

    assert run.info.params == "clients=2 greet=two words is_loud=true"
    assert run.processes.names == ("service", "client1", "client2")


def test_parameters_named_as_an_argument_of_run_go_into_params(write):
    path = write(
        "named.lua",
        """
        local seed = param("seed", 1)
        process("p" .. seed, function() done() end)
        """,
    )

    run = ipcsim.run(path, seed=5, params={"seed": 7})

    assert (run.info.seed, run.processes.names) == (5, ("p7",))


def test_every_setting_reaches_the_program(echo):
    run = ipcsim.run(
        echo,
        board="none",
        sched="priority",
        fault="restart:2",
        seed=2**64 - 1,
        num_procs=9,
        until_us=500000,
    )

    info = run.info
    assert (info.board, info.sched, info.fault) == ("none", "priority", "restart:2")
    assert (info.seed, info.num_procs, info.until_us) == (2**64 - 1, 9, 500000)


def test_a_parameter_of_another_type_is_refused_before_anything_runs(echo):
    with pytest.raises(TypeError, match="a number, a text or a boolean, not None"):
        ipcsim.run(echo, clients=None)


def test_a_failure_is_a_run_until_it_is_asserted(write):
    path = write("bad.lua", 'process("bad", function() expect_eq(1 + 1, 3) done() end)')

    run = ipcsim.run(path)

    assert (run.outcome, run.exit_code, run.passed) == ("failed", 1, False)
    with pytest.raises(ipcsim.ScenarioFailed) as caught:
        run.assert_passed()
    assert isinstance(caught.value, AssertionError)
    assert "bad.lua:1: " in str(caught.value)
    assert "replay: " in str(caught.value)


def test_a_bound_that_was_hit_is_a_run_that_did_not_pass(echo):
    run = ipcsim.run(echo, until_us=10)

    assert (run.outcome, run.exit_code) == ("time_up", 4)
    with pytest.raises(ipcsim.ScenarioFailed, match="simulated time was up"):
        run.assert_passed()


def test_wall_clock_time_has_a_bound_of_its_own(write):
    path = write(
        "endless.lua",
        """
        scenario { until_us = 9000000000000 }
        process("endless", function() while true do work_us(1000) end done() end)
        """,
    )

    run = ipcsim.run(path, timeout_seconds=0.2, trace="none")

    assert (run.outcome, run.exit_code) == ("timeout", 4)


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"client": 2}, "unknown parameter 'client'; did you mean 'clients'"),
        ({"clients": "many"}, "clients is a whole number"),
        ({"board": "toaster"}, "unknown board 'toaster'"),
        ({"num_procs": 0}, "'0' is not a whole number from 1 to 255"),
        ({"trace": "yaml"}, "unknown trace format 'yaml'"),
    ],
)
def test_what_is_asked_wrongly_is_a_scenario_error(echo, settings, sentence):
    with pytest.raises(ipcsim.ScenarioError, match=sentence) as caught:
        ipcsim.run(echo, **settings)

    assert caught.value.exit_code == 2


def test_a_mistake_in_a_scenario_names_its_line(write):
    path = write("bad.lua", 'process("p", function()\n  local = 1\nend)')

    with pytest.raises(ipcsim.ScenarioError, match=r"bad\.lua:2: "):
        ipcsim.run(path)


def test_a_missing_scenario_is_a_scenario_error(tmp_path):
    with pytest.raises(ipcsim.ScenarioError, match="No such file"):
        ipcsim.run(tmp_path / "missing.lua")


def test_a_folder_is_no_scenario(tmp_path):
    with pytest.raises(IsADirectoryError, match="give one scenario"):
        ipcsim.run(tmp_path)


def test_a_database_that_cannot_be_written_is_an_error_of_the_host(echo, tmp_path):
    with pytest.raises(ipcsim.HostError, match="missing"):
        ipcsim.run(echo, db=tmp_path / "missing" / "runs.db")


def test_the_trace_is_what_the_program_printed(echo):
    text = ipcsim.run(echo)
    silent = ipcsim.run(echo, trace="none")

    assert "ipc.notify_service" in text.stdout
    assert silent.stdout.splitlines() == text.stdout.splitlines()[-1:]


def test_a_temporary_record_goes_with_its_run(echo):
    run = ipcsim.run(echo)
    folder = run.database.parent
    assert run.database.exists()

    del run
    gc.collect()

    assert not folder.exists()


def test_a_run_that_was_refused_leaves_nothing_behind(tmp_path, monkeypatch):
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))

    with pytest.raises(ipcsim.ScenarioError):
        ipcsim.run(tmp_path / "missing.lua")

    assert list(temporary.iterdir()) == []


def test_runs_can_share_a_database_that_stays(echo, tmp_path):
    first = ipcsim.run(echo, db=tmp_path / "runs.db")
    second = ipcsim.run(echo, db=tmp_path / "runs.db", clients=2)

    assert (first.run_id, second.run_id) == (1, 2)
    assert (len(first.processes), len(second.processes)) == (2, 3)
    assert (len(first.upcalls), len(second.upcalls)) == (2, 4)


def test_the_replay_command_runs_the_same(echo, tmp_path):
    run = ipcsim.run(echo, clients=2, greet="it's", sched="cooperative")

    replay = subprocess.run(
        f"{run.replay} --db replay.db", shell=True, cwd=tmp_path, capture_output=True, check=True
    )

    assert replay.stderr == b""
    again = ipcsim.read_run(tmp_path / "replay.db")
    assert again.info.trace_hash == run.info.trace_hash
