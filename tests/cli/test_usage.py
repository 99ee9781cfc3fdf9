# SPDX-License-Identifier: Apache-2.0 OR MIT
"""What the program says about itself, and to those who ask wrongly."""

import re

import pytest
from conftest import PASSES, commands, sentence, statuses_of

COMMANDS = commands()
COLUMNS = 80


def test_help_lists_every_command_and_exit_status(ipcsim):
    result = ipcsim("--help")

    assert result.returncode == 0
    assert result.stderr == ""
    for word in [*COMMANDS, "130", "interrupted"]:
        assert word in result.stdout


def test_nothing_at_all_gets_the_help_on_stderr(ipcsim):
    result = ipcsim()

    assert result.returncode == 2
    assert result.stdout == ""
    assert "usage: ipcsim COMMAND" in result.stderr


def helps(ipcsim):
    """The lines of every help that there is."""
    for arguments in [["--help"], *([command, "--help"] for command in COMMANDS)]:
        yield from ipcsim(*arguments).stdout.splitlines()


def test_every_help_fits_a_terminal(ipcsim):
    assert not [line for line in helps(ipcsim) if len(line) > COLUMNS or line.endswith(" ")]


def test_the_program_lists_its_commands_in_columns(ipcsim):
    rows = {
        line.split()[0]: line
        for line in ipcsim("--help").stdout.splitlines()
        if re.match(r"  [a-z]+  ", line)
    }
    columns = set()

    for command in COMMANDS:
        about, _, usage = ipcsim(command, "--help").stdout.splitlines()[:3]
        operands = usage.removeprefix(f"usage: ipcsim {command} [OPTION...] ")
        row = re.fullmatch(rf"  {command} +{re.escape(operands)}  +(\S.*)", rows[command])
        assert row and about.startswith(row[1]), rows[command]
        columns.add(row.start(1))
    assert len(columns) == 1


def test_help_of_a_command_has_its_own_exit_statuses(ipcsim):
    assert {0, 2, 3} <= set.intersection(*(set(statuses_of(command)) for command in COMMANDS))
    assert all(1 not in statuses_of(command) for command in ["list", "boards", "vector"])
    assert all(4 in statuses_of(command) for command in ["run", "check", "fit"])
    assert statuses_of("diff")[1] == "they are different"
    assert "expectation" not in ipcsim("diff", "--help").stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_help_before_a_command_is_the_help_of_that_command(ipcsim, command):
    result = ipcsim("help", command)

    assert result.returncode == 0
    assert result.stdout == ipcsim(command, "--help").stdout


def test_help_as_a_command_is_the_help_of_the_program(ipcsim):
    for arguments in [["help"], ["help", "--help"], ["-h"]]:
        assert ipcsim(*arguments).stdout == ipcsim("--help").stdout


def test_help_of_run_names_every_shared_option(ipcsim):
    result = ipcsim("run", "--help")

    for option in (
        "-P, --param --num-procs --board --sched --fault --seed --until --db --no-db --trace "
        "-j, --timeout --color"
    ).split():
        assert option in result.stdout


def test_help_works_in_the_middle_of_other_arguments(ipcsim):
    result = ipcsim("run", "nowhere.lua", "--seed", "1", "--help")

    assert result.returncode == 0


def test_version_is_one_line(ipcsim):
    result = ipcsim("--version")

    assert result.returncode == 0
    assert re.fullmatch(r"ipcsim \d+\.\d+\.\d+\n", result.stdout)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["rum"], "unknown command 'rum'; did you mean 'run'?"),
        (["xyzzy"], "unknown command 'xyzzy'; there is run"),
        (["--versoin"], "unknown option '--versoin'; there is"),
        (["run"], "say what to run"),
        (["run", "--borad", "none", "x.lua"], "unknown option '--borad'; did you mean '--board'?"),
        (["run", "--tracee=none", "x.lua"], "unknown option '--tracee'; did you mean '--trace'?"),
        (["run", "--xyzzy", "x.lua"], "unknown option '--xyzzy'"),
        (["run", "-x", "x.lua"], "unknown option '-x'"),
        (["run", "x.lua", "--seed"], "option --seed needs a value: N"),
        (["run", "x.lua", "-P"], "needs a value: NAME=VALUE"),
        (["run", "--no-db=1", "x.lua"], "option --no-db takes no value"),
        (["run", "-P", "clients", "x.lua"], "--param: 'clients' is not name=value"),
        (["run", "-P", "=3", "x.lua"], "--param: '=3' is not name=value"),
        (["run", "--num-procs", "0", "x.lua"], "'0' is not a whole number from 1 to 255"),
        (["run", "--num-procs", "256", "x.lua"], "'256' is not a whole number from 1 to 255"),
        (["run", "--num-procs", "two", "x.lua"], "'two' is not a whole number from 1 to 255"),
        (["run", "--board", "cortex-m5", "x.lua"], "unknown board 'cortex-m5'; did you mean"),
        (["run", "--board", "pdp-11", "x.lua"], "unknown board 'pdp-11'; there is cortex-m4,"),
        (["run", "--sched", "roundrobin", "x.lua"], "did you mean 'round_robin'?"),
        (["run", "--fault", "restat", "x.lua"], "did you mean 'restart'?"),
        (["run", "--fault", "restart:x", "x.lua"], "unknown fault policy 'restart:x'"),
        (["run", "--seed", "-1", "x.lua"], "'-1' is not a whole number from 0"),
        (["run", "--seed", "99999999999999999999", "x.lua"], "is not a whole number from 0"),
        (["run", "--until", "0", "x.lua"], "'0' is not a whole number from 1"),
        (["run", "--until", "1s", "x.lua"], "'1s' is not a whole number from 1"),
        (["run", "--timeout", "soon", "x.lua"], "'soon' is not a number of seconds"),
        (["run", "--timeout", "nan", "x.lua"], "'nan' is not a number of seconds"),
        (["run", "--trace", "txt", "x.lua"], "unknown trace format 'txt'; did you mean 'text'?"),
        (["run", "--color", "alwys", "x.lua"], "did you mean 'always'?"),
        (["run", "-j", "0", "x.lua"], "'0' is not a whole number from 1 to 256"),
        (["run", "--db", "", "x.lua"], "--db: give the name of a file"),
        (["run", "--db", ":memory:", "x.lua"], "--db: a record in memory would be gone with"),
        (["check", "--db", ":memory:", "x.lua"], "--db: a record in memory would be gone with"),
        (["help", "rum"], "unknown command 'rum'; did you mean 'run'?"),
        (["list", "--seed", "1"], "unknown option '--seed'"),
    ],
)
def test_a_wrong_question_is_one_sentence_and_exit_status_2(ipcsim, arguments, words):
    ipcsim.write("x.lua", PASSES)

    result = ipcsim(*arguments)

    assert words in sentence(result, 2)
    assert result.stdout == ""
    assert not (ipcsim.folder / "ipcsim.db").exists()


def test_two_dashes_end_the_options(ipcsim):
    ipcsim.write("--seed", PASSES)

    result = ipcsim("run", "--no-db", "--", "--seed")

    assert result.returncode == 0


def test_options_may_follow_the_scenario(ipcsim):
    path = ipcsim.write("x.lua", PASSES)

    result = ipcsim("run", path, "--no-db", "--trace=none", "-j2")

    assert result.returncode == 0
    assert len(result.stdout.splitlines()) == 1


def test_every_board_that_is_listed_can_be_used(ipcsim):
    path = ipcsim.write("x.lua", PASSES)
    boards = [line.split()[0] for line in ipcsim("boards").stdout.splitlines()[1:]]

    assert len(boards) >= 6
    for board in boards:
        assert ipcsim("run", path, "--no-db", "--board", board).returncode == 0
