# SPDX-License-Identifier: Apache-2.0 OR MIT
"""Where the program is looked for, and what its exit status becomes."""

import pickle
import shutil

import pytest

import ipcsim
from ipcsim import program


@pytest.fixture
def nowhere(monkeypatch, tmp_path):
    """No program in the environment."""
    monkeypatch.delenv("IPCSIM")
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))


def test_a_program_that_is_named_goes_before_the_environment(stand_in):
    named = stand_in("exit 0")

    assert ipcsim.find_program(named) == named


def test_the_environment_goes_before_path(stand_in, monkeypatch, tmp_path):
    stand_in("exit 0", "in-path/ipcsim")
    named = stand_in("exit 0", "named")
    monkeypatch.setenv("PATH", str(tmp_path / "in-path"))
    monkeypatch.setenv("IPCSIM", str(named))

    assert ipcsim.find_program() == named


@pytest.mark.usefixtures("nowhere")
def test_path_is_searched_when_nothing_is_named(stand_in, monkeypatch, tmp_path):
    in_path = stand_in("exit 0", "in-path/ipcsim")
    monkeypatch.setenv("PATH", str(tmp_path / "in-path"))

    assert ipcsim.find_program() == in_path


@pytest.mark.usefixtures("nowhere")
def test_the_program_that_was_installed_with_the_package_is_found(
    stand_in, monkeypatch, tmp_path
):
    installed = stand_in("exit 0", "prefix/bin/ipcsim")
    package = tmp_path / "prefix" / "lib" / "python3" / "dist-packages" / "ipcsim"
    monkeypatch.setattr(program, "__file__", str(package / "program.py"))

    assert ipcsim.find_program() == installed


@pytest.mark.usefixtures("nowhere")
def test_without_a_program_the_error_says_how_to_name_it():
    with pytest.raises(ipcsim.ProgramNotFound, match="cannot find .* PATH, or set IPCSIM"):
        ipcsim.find_program()


def test_a_program_that_is_named_and_missing_is_not_replaced_by_another(tmp_path):
    with pytest.raises(ipcsim.ProgramNotFound, match="missing is no program"):
        ipcsim.find_program(tmp_path / "missing")


def test_a_variable_that_names_no_program_is_named_in_the_error(monkeypatch, tmp_path):
    monkeypatch.setenv("IPCSIM", str(tmp_path / "missing"))

    with pytest.raises(ipcsim.ProgramNotFound, match="missing, which IPCSIM names, is no program"):
        ipcsim.find_program()


@pytest.mark.parametrize(
    ("ending", "kind", "code"),
    [
        ("exit 2", ipcsim.ScenarioError, 2),
        ("exit 3", ipcsim.HostError, 3),
        ("exit 130", ipcsim.Interrupted, 130),
        ("exit 77", ipcsim.HostError, 77),
        ("kill -SEGV $$", ipcsim.HostError, -11),
    ],
)
def test_an_exit_status_without_an_answer_is_an_exception(stand_in, ending, kind, code):
    named = stand_in(f"echo out; echo 'a sentence' >&2; {ending}")

    with pytest.raises(kind, match="a sentence") as caught:
        program.call(named, ["run"])

    assert type(caught.value) is kind
    assert caught.value.exit_code == code
    assert caught.value.command == (str(named), "run")
    assert (caught.value.stdout, caught.value.stderr.splitlines()[0]) == ("out\n", "a sentence")


@pytest.mark.parametrize("code", [0, 1, 4])
def test_an_exit_status_with_an_answer_is_returned(stand_in, code):
    answer = program.call(stand_in(f"echo out; echo err >&2; exit {code}"), [])

    assert (answer.exit_code, answer.stdout, answer.stderr) == (code, "out\n", "err\n")
    assert answer.words == "out\nerr"


def test_a_program_that_died_without_a_word_names_its_signal(stand_in):
    with pytest.raises(ipcsim.HostError, match="ended by signal 9: .*stand-in run"):
        program.call(stand_in("kill -9 $$"), ["run"])


def test_a_file_that_cannot_be_executed_is_an_error_of_the_host(tmp_path):
    broken = tmp_path / "broken"
    broken.write_text("#!/nowhere/interpreter\n", encoding="utf-8")
    broken.chmod(0o755)

    with pytest.raises(ipcsim.HostError, match="broken: No such file"):
        program.call(broken, [])


def test_bytes_that_are_no_text_do_not_stop_the_caller(stand_in):
    answer = program.call(stand_in(r"printf '\377ok'"), [])

    assert answer.stdout == r"\xffok"


def test_the_program_does_not_write_into_the_callers_ci_job(stand_in, monkeypatch, tmp_path):
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary"))

    answer = program.call(stand_in("env"), [])

    assert "GITHUB_" not in answer.stdout


def test_a_failed_call_survives_the_way_to_another_process(stand_in):
    with pytest.raises(ipcsim.ScenarioError) as caught:
        program.call(stand_in("echo why >&2; exit 2"), ["run"])

    copy = pickle.loads(pickle.dumps(caught.value))

    assert (type(copy), str(copy)) == (ipcsim.ScenarioError, "why")
    assert (copy.exit_code, copy.command) == (2, caught.value.command)


def test_the_program_under_test_is_found():
    assert shutil.which(ipcsim.find_program()) is not None
