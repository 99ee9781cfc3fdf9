# SPDX-License-Identifier: Apache-2.0 OR MIT
"""Boards: the built-in ones, and those that a person writes."""

import re
import shlex

import pytest
from conftest import FAILS, PASSES, ROOT, sentence

BUILT_IN = [
    "cortex-m4",
    "cortex-m0p",
    "cortex-m7",
    "cortex-m33",
    "rv32-pmp",
    "rv32-pmp-small",
    "none",
]

# As many clients as the service's board maps buffers for, or more.
SHARES = """
local clients = param("clients", 4)
process("service", function()
  ipc.register_service(function(from, len, addr)
    mem.view(addr, len):set_u8(0, 1)
    ipc.notify_client(from)
  end)
  while true do yield() end
end)
for c = 1, clients do
  process("client" .. c, function()
    local svc = expect(ipc.discover("service"))
    local answered = false
    expect(ipc.register_client(svc, function() answered = true end))
    expect(ipc.share(svc, mem.alloc(64, 64)))
    expect(ipc.notify_service(svc))
    while not answered do yield() end
    done()
  end)
end
"""


def recorded_boards(ipcsim):
    return [row[0] for row in ipcsim.rows("select board from runs order by id")]


# --- The list


def test_the_list_has_a_line_for_each_with_its_numbers(ipcsim):
    result = ipcsim("boards")

    lines = {line.split()[0]: line.split() for line in result.stdout.splitlines()}
    assert result.returncode == 0
    assert [name for name in lines if name != "board"] == BUILT_IN
    assert lines["cortex-m4"][1:7] == ["armv7m", "8", "32", "6", "4096", "4096"]
    assert lines["cortex-m0p"][1:5] == ["armv6m", "8", "256", "6"]
    assert lines["cortex-m7"][1:5] == ["armv7m", "16", "32", "14"]
    assert lines["cortex-m33"][1:5] == ["armv8m", "8", "32", "6"]
    assert lines["rv32-pmp"][1:5] == ["pmp", "5", "4", "3"]
    assert lines["rv32-pmp-small"][1:5] == ["pmp", "4", "4", "2"]
    assert lines["none"][1:5] == ["none", "-", "-", "any"]


@pytest.mark.parametrize("board", BUILT_IN)
def test_the_number_of_buffers_that_fit_is_the_one_that_works(ipcsim, board):
    path = ipcsim.write("x.lua", SHARES.replace("alloc(64, 64)", "alloc(256, 256)"))
    room = next(line.split()[4] for line in ipcsim("boards").stdout.splitlines() if
                line.split()[0] == board)

    def run(clients):
        options = ["--no-db", "--trace", "none", "--board", board, "--sched", "priority"]
        return ipcsim("run", path, *options, "-P", f"clients={clients}").returncode

    if room == "any":
        assert run(20) == 0
    else:
        assert run(int(room)) == 0
        assert run(int(room) + 1) == 1


def test_one_board_in_detail(ipcsim):
    result = ipcsim("boards", "cortex-m0p")

    assert result.returncode == 0
    for words in [
        "cortex-m0p: Cortex-M0+",
        "armv6m",
        "min_region_size   256 bytes",
        "6 of others",
        "0x20000000..0x203fffff, 4194304 bytes",
        "880 the process struct",
        "syscall 240",
    ]:
        assert words in result.stdout


def test_several_in_detail_and_a_file_among_them(ipcsim):
    ipcsim.write("mine.lua", 'return { base = "rv32-pmp", regions = 8 }')

    result = ipcsim("boards", "none", "./mine.lua")

    assert result.returncode == 0
    assert "none: no protection" in result.stdout
    assert "./mine.lua: like rv32-pmp" in result.stdout
    assert "6 of others" in result.stdout


def test_a_driver_that_takes_two_regions_for_ram_leaves_one_less(ipcsim):
    ipcsim.write("mine.lua", 'return { base = "cortex-m4", ram_regions = 2 }')

    result = ipcsim("boards", "./mine.lua")

    assert "8, two of them for the process's own RAM" in result.stdout
    assert "5 of others" in result.stdout


def test_a_board_without_room_for_two_processes_says_so(ipcsim):
    ipcsim.write("tiny.lua", 'return { base = "cortex-m4", ram = { size = 2048 } }')

    assert "-, there is no room for two processes" in ipcsim("boards", "./tiny.lua").stdout
    line = sentence(ipcsim("fit", "64", "--board", "./tiny.lua"), 2)
    assert line == "ipcsim fit: ./tiny.lua: the board has no room for two processes"


def test_details_of_an_unknown_board_name_the_nearest(ipcsim):
    line = sentence(ipcsim("boards", "cortex-m3"), 2)

    assert line == "ipcsim: unknown board 'cortex-m3'; did you mean 'cortex-m4'?"


# --- A board of one's own


def test_a_file_on_the_command_line_is_the_board_and_its_name_as_given_is_recorded(ipcsim):
    path = ipcsim.write("x.lua", SHARES)
    ipcsim.write("boards/mine.lua", 'return { base = "cortex-m7", regions = 8 }')

    assert ipcsim("run", path, "-P", "clients=7").returncode == 1
    assert ipcsim("run", path, "-P", "clients=7", "--board", "cortex-m7").returncode == 0
    assert ipcsim("run", path, "-P", "clients=7", "--board", "boards/mine.lua").returncode == 1
    assert recorded_boards(ipcsim) == ["cortex-m4", "cortex-m7", "boards/mine.lua"]


def test_the_replay_command_names_the_file_as_it_was_given(ipcsim):
    path = ipcsim.write("x.lua", FAILS)
    ipcsim.write("mine.lua", 'return { base = "cortex-m7" }')

    result = ipcsim("run", path, "--no-db", "--board", "./mine.lua")

    assert result.stderr.splitlines()[-1].endswith("run x.lua --board ./mine.lua --no-db")


def test_a_file_in_the_header_is_looked_for_beside_the_scenario(ipcsim):
    path = ipcsim.write("deep/x.lua", 'scenario { board = "./b.board.lua" }\n' + PASSES)
    ipcsim.write("deep/b.board.lua", 'return { base = "rv32-pmp", regions = 3 }')

    assert ipcsim("run", path, "--trace", "none").returncode == 0
    assert recorded_boards(ipcsim) == ["./b.board.lua"]


def test_the_command_line_counts_more_than_the_header(ipcsim):
    path = ipcsim.write("x.lua", 'scenario { board = { base = "rv32-pmp" } }\n' + PASSES)

    assert ipcsim("run", path, "--trace", "none", "--board", "none").returncode == 0
    assert recorded_boards(ipcsim) == ["none"]


def test_a_table_in_the_header_is_a_board(ipcsim):
    path = ipcsim.write(
        "x.lua",
        'local regions = param("regions", 8)\n'
        'scenario { board = { base = "rv32-pmp", regions = regions } }\n' + SHARES,
    )

    assert ipcsim("run", path, "--trace", "none").returncode == 0
    assert ipcsim("run", path, "--trace", "none", "-P", "regions=5").returncode == 1
    assert recorded_boards(ipcsim) == ["inline", "inline"]


def test_a_folder_of_scenarios_may_hold_boards(ipcsim):
    ipcsim.write("s/x.lua", 'scenario { board = "b.board.lua" }\n' + PASSES)
    ipcsim.write("s/y.lua", PASSES)
    ipcsim.write("s/b.board.lua", 'return { base = "none" }')

    result = ipcsim("run", "s", "--no-db")

    assert result.returncode == 0
    assert "2 passed, 0 failed" in result.stdout


def test_workers_get_the_file_too(ipcsim):
    ipcsim.write("s/x.lua", PASSES)
    ipcsim.write("s/y.lua", PASSES)
    ipcsim.write("mine.lua", 'return { base = "cortex-m7" }')

    assert ipcsim("run", "s", "-j2", "--board", "mine.lua").returncode == 0
    assert recorded_boards(ipcsim) == ["mine.lua", "mine.lua"]


def test_a_board_too_small_for_the_processes_says_which_does_not_fit(ipcsim):
    path = ipcsim.write("x.lua", SHARES)
    ipcsim.write("tiny.lua", 'return { base = "cortex-m4", ram = { size = 16384 } }')

    line = sentence(ipcsim("run", path, "--board", "./tiny.lua"), 2)

    assert 'process "client2" does not fit on board ./tiny.lua' in line


# --- Bad input: one clear sentence each


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("regions = 0", "b.lua:2: regions: there is no armv7m unit with 0 of them"),
        ("min_region_size = 48", "b.lua:2: min_region_size: must be a power of two, not 48"),
        ("ram = { start = 0xffffff00 }", "b.lua:2: ram.size: 0xffffff00 and 4194304 bytes reach"),
        ("ram = { start = 1 << 32 }", "b.lua:2: ram.start: 4294967296 does not fit into 32 bits"),
        ("ram = { start = 0x40000 }", "b.lua:2: ram.start: the flash at 0x00040000"),
        ('unit = "armv7"', "b.lua:2: unit: unknown protection unit 'armv7'; did you mean 'armv7m'?"),
        ('regions = "eight"', "b.lua:2: regions: must be a whole number, not a text"),
        ("region = 8", "b.lua:2: unknown board field 'region'; did you mean 'regions'?"),
        ('base = "cortex-m5"', "b.lua:2: base: unknown board 'cortex-m5'; did you mean 'cortex-m4'?"),
        ("regions = io.read()", "b.lua:2: io is not available"),
        ("regions = = 8", "b.lua:2: syntax error"),
    ],
)
def test_a_mistake_in_a_file_is_one_sentence_with_its_line(ipcsim, text, words):
    path = ipcsim.write("x.lua", PASSES)
    base = "" if "base" in text else 'base = "cortex-m4",'
    ipcsim.write("b.lua", f"return {{ {base}\n  {text} }}\n")

    for arguments in (["run", path], ["fit", "64:64"]):
        line = sentence(ipcsim(*arguments, "--board", "./b.lua"), 2)
        assert words in line
    assert words in sentence(ipcsim("boards", "./b.lua"), 2)
    assert not (ipcsim.folder / "ipcsim.db").exists()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('"cortex-m5"', "x.lua:1: unknown board 'cortex-m5'; did you mean 'cortex-m4'?"),
        ('"./gone.lua"', "x.lua:1: s/./gone.lua: there is no such file"),
        ("4", "x.lua:1: scenario: board must be the name of a board, a file or a table, not a n"),
        ("{}", "x.lua:1: unit: is missing"),
        ('{ base = "cortex-m4",\n  regions = 0 }', "x.lua:2: regions: there is no armv7m unit"),
        ('{ base = "cortex-m4",\n  ram = {\n size = 0 } }', "x.lua:3: ram.size: must be at least"),
        ('{ base = "cortex-m4", colour = "red" }', "x.lua:1: unknown board field 'colour'"),
    ],
)
def test_a_mistake_in_the_header_is_one_sentence_with_its_line(ipcsim, text, words):
    path = ipcsim.write("s/x.lua", f"scenario {{ board = {text} }}\n" + PASSES)

    assert words in sentence(ipcsim("run", path), 2)


def test_a_mistake_in_a_file_of_the_header_says_both_places(ipcsim):
    path = ipcsim.write("s/x.lua", '\nscenario { board = "b.board.lua" }\n' + PASSES)
    ipcsim.write("s/b.board.lua", "return {\n\n  regions = {},\n}\n")

    line = sentence(ipcsim("run", path), 2)

    assert line.startswith("s/x.lua:2: s/b.board.lua: unit: is missing")


@pytest.mark.parametrize("name", ["gone.lua", "./gone.lua", "/gone/mine.lua"])
def test_a_file_that_is_not_there(ipcsim, name):
    path = ipcsim.write("x.lua", PASSES)

    assert f"{name}: there is no such file" in sentence(ipcsim("run", path, "--board", name), 2)


def test_a_folder_is_no_board(ipcsim):
    path = ipcsim.write("x.lua", PASSES)

    line = sentence(ipcsim("run", path, "--board", "./"), 2)

    assert "this is a directory; name a board file in it" in line


# --- docs/boards.md


def shown_commands():
    """Each command that the page shows with its output."""
    page = (ROOT / "docs" / "boards.md").read_text(encoding="utf-8")
    for block in re.findall(r"(?:^(?:    .*)?\n)+", page, re.MULTILINE):
        lines = [line[4:] for line in block.strip("\n").split("\n")]
        if lines[0].startswith("$ ipcsim "):
            yield lines[0][len("$ ipcsim ") :], "\n".join(lines[1:]).rstrip() + "\n"


SHOWN = list(shown_commands())


def test_the_page_shows_commands():
    assert [command.split()[0] for command, _ in SHOWN] == ["boards", "run", "fit"]


@pytest.mark.parametrize(("command", "output"), SHOWN, ids=[command for command, _ in SHOWN])
def test_what_the_page_shows_is_what_comes(ipcsim, command, output):
    (ipcsim.folder / "scenarios").symlink_to(ROOT / "scenarios")
    ipcsim.write("mine.lua", 'return {\n  base = "cortex-m4",\n  regions = 0,\n}\n')

    result = ipcsim(*shlex.split(command))

    assert result.stdout + result.stderr == output
