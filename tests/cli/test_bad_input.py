# SPDX-License-Identifier: Apache-2.0 OR MIT
"""Each mistake of a person gets one clear sentence, with file and line where there is one."""

import re

import pytest
from conftest import ENDLESS, PASSES, sentence


def test_a_missing_file(ipcsim):
    assert sentence(ipcsim("run", "gone.lua"), 2) == "ipcsim: gone.lua: No such file or directory"


@pytest.mark.parametrize(
    ("arguments", "meant"),
    [
        (["run", "rng.lua"], "ring.lua"),
        (["run", "ring"], "ring.lua"),
        (["run", "deap/er.lua"], "deep/er.lua"),
        (["check", "depe"], "deep"),
        (["list", "rign.lua"], "ring.lua"),
        (["fit", "rng.lua"], "ring.lua"),
        (["boards", "./mime.board.lua"], "./mine.board.lua"),
        (["run", "--board", "./mime.board.lua", "ring.lua"], "./mine.board.lua"),
        (["diff", "rng.trace", "runs.db"], "ring.trace"),
        (["diff", "rnus.db", "ring.trace"], "runs.db"),
        (["diff", "rnus.db:7", "ring.trace"], "runs.db:7"),
        (["vector", "fatc.scn"], "fact.scn"),
    ],
)
def test_a_missing_file_beside_one_that_may_be_meant(ipcsim, arguments, meant):
    for name in "ring.lua deep/er.lua mine.board.lua ring.trace runs.db fact.scn".split():
        ipcsim.write(name, "ipcsim golden trace\n" if name == "ring.trace" else PASSES)

    assert sentence(ipcsim(*arguments), 2).endswith(f"; did you mean '{meant}'?")


@pytest.mark.parametrize("arguments", [["run", "--db"], ["check", "--no-db", "--junit"]])
def test_a_missing_folder_beside_one_that_may_be_meant(ipcsim, arguments):
    ipcsim.write("results/old", "")

    result = ipcsim(*arguments, "result/new", ipcsim.write("x.lua", PASSES))

    assert sentence(result, 3).endswith("; did you mean 'results'?")


def test_a_folder_without_scenarios(ipcsim):
    ipcsim.write("empty/readme.txt", "nothing here")

    assert "no scenario (*.lua)" in sentence(ipcsim("run", "empty"), 2)


def test_one_empty_folder_among_others_runs_nothing(ipcsim):
    ipcsim.write("empty/readme.txt", "nothing here")
    ipcsim.write("good/x.lua", PASSES)

    result = ipcsim("run", "good", "empty")

    assert "empty: no scenario" in sentence(result, 2)
    assert result.stdout == ""


def test_a_file_that_cannot_be_a_scenario(ipcsim):
    (ipcsim.folder / "x.lua").write_bytes(b"\x1bLua\x54\x00\x19\x93\r\n\x1a\n")

    assert "x.lua" in sentence(ipcsim("run", "x.lua"), 2)


def test_an_empty_scenario_has_no_processes(ipcsim):
    path = ipcsim.write("x.lua", "")

    assert "x.lua" in sentence(ipcsim("run", path), 2)


def test_a_syntax_error_says_file_and_line(ipcsim):
    path = ipcsim.write("x.lua", 'scenario { about = "x" }\nprocess("a" function() end)\n')

    assert re.match(r"x\.lua:2: ", sentence(ipcsim("run", path), 2))


def test_an_error_at_the_top_level_says_file_and_line(ipcsim):
    path = ipcsim.write("x.lua", "\n\nlocal n = nil + 1\n")

    assert re.match(r"x\.lua:3: ", sentence(ipcsim("run", path), 2))


def test_an_error_inside_a_process_says_file_and_line_and_how_to_replay(ipcsim):
    path = ipcsim.write("x.lua", 'process("a", function()\n  local n = nil + 1\n  done()\nend)\n')

    result = ipcsim("run", path, "--no-db", "--trace", "none")

    assert result.returncode == 1
    assert re.match(r"x\.lua:2: ", result.stderr)
    assert result.stderr.splitlines()[-1].startswith("replay: ")


WITH_PARAMETER = 'local clients = param("clients", 1, "how many")\n' + PASSES


def test_a_parameter_of_the_wrong_type(ipcsim):
    path = ipcsim.write("x.lua", WITH_PARAMETER)

    line = sentence(ipcsim("run", path, "-P", "clients=many"), 2)

    assert "clients" in line and "many" in line


def test_an_unknown_parameter_names_the_nearest_known_one(ipcsim):
    path = ipcsim.write("x.lua", WITH_PARAMETER)

    line = sentence(ipcsim("run", path, "-P", "cleints=2"), 2)

    assert "cleints" in line and "clients" in line.replace("cleints", "")


def test_ram_that_does_not_fit_names_the_process_and_its_line(ipcsim):
    path = ipcsim.write(
        "x.lua",
        'process("small", { ram = 4096 }, function() end)\n'
        'process("big", { ram = 1 << 24 }, function() end)\n',
    )

    line = sentence(ipcsim("run", path), 2)

    assert re.match(r'x\.lua:2: process "big" does not fit', line)
    assert "16777216" in line


def test_an_image_that_the_unit_cannot_map_where_it_lies_says_so(ipcsim):
    path = ipcsim.write(
        "x.lua",
        'process("small", { flash = 512 }, function() end)\n'
        'process("big", { flash = 16384 }, function() end)\n',
    )

    line = sentence(ipcsim("run", path), 2)

    assert line.startswith('x.lua:2: process "big" does not fit on board cortex-m4: the MPU cannot')
    assert "16384 bytes at 0x00040200, directly behind the one before" in line
    assert ipcsim("run", path, "--board", "rv32-pmp").returncode != 2


def test_flash_that_is_not_there_says_how_much_is(ipcsim):
    path = ipcsim.write("x.lua", 'process("huge", { flash = 1 << 24 }, function() end)\n')

    line = sentence(ipcsim("run", path), 2)

    assert "not enough flash left for it (it asks for 16777216 bytes, 4194304 of 4194304" in line


def test_ram_that_does_not_fit_names_the_process_without_escape_codes(ipcsim):
    path = ipcsim.write("x.lua", 'process("\\27[31m", { ram = 1 << 24 }, function() end)\n')

    assert 'process "\\x1b[31m" does not fit' in sentence(ipcsim("run", path), 2)


@pytest.mark.parametrize("count", [0, 256])
def test_no_process_and_too_many_processes(ipcsim, count):
    path = ipcsim.write("x.lua", f'for i = 1, {count} do process("p" .. i, function() end) end\n')

    assert "x.lua" in sentence(ipcsim("run", path), 2)


def test_255_processes_are_not_too_many(ipcsim):
    path = ipcsim.write("x.lua", 'for i = 1, 255 do process("p" .. i, function() done() end) end\n')

    assert ipcsim("run", path, "--no-db", "--trace", "none").returncode == 0


@pytest.mark.parametrize("loop", ["while true do end", "repeat until false", "::a:: goto a"])
@pytest.mark.parametrize("sched", ["round_robin", "cooperative", "priority", "mlfq"])
def test_an_endless_loop_hits_the_bound_of_simulated_time(ipcsim, loop, sched):
    path = ipcsim.write("x.lua", f'process("a", function() {loop} end)\n')

    result = ipcsim("run", path, "--no-db", "--until", "100000", "--sched", sched)

    assert result.returncode == 4
    assert "still busy: a" in result.stderr


def test_an_endless_loop_does_not_keep_others_from_being_done(ipcsim):
    path = ipcsim.write("x.lua", ENDLESS + PASSES)

    result = ipcsim("run", path, "--no-db", "--until", "100000")

    assert result.returncode == 4
    assert "done() of: endless" in result.stderr


def test_an_endless_loop_at_the_top_level_is_refused(ipcsim):
    path = ipcsim.write("x.lua", "local n = 0\nwhile true do n = n + 1 end\n")

    assert re.match(r"x\.lua:2: ", sentence(ipcsim("run", path), 2))


@pytest.mark.parametrize(
    "eater",
    [
        "local t = {} while true do t[#t + 1] = {} end",
        "local s = 'x' while true do s = s .. s end",
        "string.rep('x', 1 << 40)",
    ],
)
def test_a_script_that_eats_memory_ends_with_file_and_line(ipcsim, eater):
    path = ipcsim.write("x.lua", f'process("a", function()\n  {eater}\n  done()\nend)\n')

    result = ipcsim("run", path, "--no-db", "--trace", "none")

    assert result.returncode == 1
    assert re.match(r"x\.lua:2: ", result.stderr)


def test_a_top_level_that_eats_memory_is_refused(ipcsim):
    path = ipcsim.write("x.lua", "local t = {}\nwhile true do t[#t + 1] = {} end\n")

    assert re.match(r"x\.lua:2: ", sentence(ipcsim("run", path), 2))


@pytest.mark.parametrize(
    "call",
    [
        "io.open('x.lua')",
        "os.execute('true')",
        "os.time()",
        "require('os')",
        "dofile('x.lua')",
        "load('\\27Lua')",
        "load(string.dump(function() end))",
        "debug.getregistry()",
        "debug.sethook()",
    ],
)
def test_the_way_out_of_the_sandbox_is_closed(ipcsim, call):
    outside = ipcsim.write("outside.lua", f"\n{call}\n" + PASSES)
    inside = ipcsim.write("inside.lua", f'process("a", function()\n  {call}\n  done()\nend)\n')

    assert re.match(r"outside\.lua:2: ", sentence(ipcsim("run", outside, "--no-db"), 2))
    result = ipcsim("run", inside, "--no-db", "--trace", "none")
    assert result.returncode == 1
    assert re.match(r"inside\.lua:2: ", result.stderr)


@pytest.mark.parametrize(
    ("field", "word"),
    [("board", "cortex-m5"), ("sched", "round-robin"), ("fault", "restart:many")],
)
def test_a_header_that_names_what_there_is_not(ipcsim, field, word):
    path = ipcsim.write("x.lua", f'scenario {{ {field} = "{word}" }}\n' + PASSES)

    line = sentence(ipcsim("run", path, "--no-db"), 2)

    assert line.startswith("x.lua")
    assert word in line


def test_list_shows_what_is_wrong_and_the_rest(ipcsim):
    ipcsim.write("scenarios/a.lua", "syntax error\n")
    ipcsim.write("scenarios/b.lua", WITH_PARAMETER)

    result = ipcsim("list")

    assert re.match(r"scenarios/a\.lua:1: ", sentence(result, 2))
    assert "scenarios/b.lua" in result.stdout
    assert re.search(r"-P clients=1 +how many", result.stdout)


def test_list_without_a_folder_of_scenarios(ipcsim):
    assert "scenarios: No such file" in sentence(ipcsim("list"), 2)
