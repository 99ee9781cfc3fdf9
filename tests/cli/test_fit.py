# SPDX-License-Identifier: Apache-2.0 OR MIT
"""ipcsim fit: which buffers can be shared, with which region, and what would work instead."""

import json

import pytest
from conftest import ENDLESS, PASSES, sentence

SHARES = """
local size = param("size", 64)
process("service", function()
  ipc.register_service(function(from, len, addr)
    mem.view(addr, len):set_u8(0, 1)
    ipc.notify_client(from)
  end)
  while true do yield() end
end)
for c = 1, 3 do
  process("client" .. c, function()
    local svc = expect(ipc.discover("service"))
    local answers = 0
    expect(ipc.register_client(svc, function() answers = answers + 1 end))
    expect(ipc.share(svc, mem.alloc(size, size)))
    for round = 1, 2 do
      expect(ipc.notify_service(svc))
      while answers < round do yield() end
    end
    done()
  end)
end
"""


def ask(ipcsim, *arguments):
    """The answer of --json, and the exit status."""
    result = ipcsim("fit", "--json", *arguments)
    assert result.stderr == ""
    return json.loads(result.stdout), result.returncode


def verdicts(sheet):
    return [buffer["verdict"] for buffer in sheet["buffers"]]


# --- Buffers


def test_ninety_six_bytes_map_at_one_address_and_not_at_the_next(ipcsim):
    result = ipcsim("fit", "--board", "cortex-m4", "96@+0x20", "96@+0x100")

    assert result.returncode == 1
    rows = result.stdout.splitlines()
    assert "1  96@+0x20   0x20002020  fits" in rows[3]
    assert "0x20002000       256  0,4-7" in rows[3]
    assert "2  96@+0x100  0x20002100  no region" in rows[4]
    assert "96 bytes fit at 0x20002120, 32 further on" in result.stdout
    assert "128 bytes fit at this address, 32 more" in result.stdout
    assert "128 bytes fit everywhere if aligned to 128" in result.stdout
    assert rows[-1] == "1 of 2 fit"


def test_exit_status_0_if_all_fit(ipcsim):
    sheets, status = ask(ipcsim, "--board", "cortex-m4", "64:64", "32@+512")

    assert status == 0
    assert verdicts(sheets[0]) == ["fits", "fits"]


def test_a_region_is_described_wholly(ipcsim):
    sheets, _ = ask(ipcsim, "--board", "cortex-m4", "160@+288")

    assert sheets[0]["board"] == "cortex-m4"
    assert sheets[0]["unit"] == "armv7m"
    assert sheets[0]["regions"] == 8
    assert sheets[0]["room"] == 6
    assert sheets[0]["receiver"] is None
    assert sheets[0]["buffers"] == [
        {
            "buffer": "160@+288",
            "size": 160,
            "address": 0x20002120,
            "alignment": None,
            "verdict": "fits",
            "open": 160,
            "beyond": 0,
            "region": {
                "number": 2,
                "base": 0x20002100,
                "size": 256,
                "subregions_off": 0xC1,
                "start": 0x20002120,
                "length": 160,
            },
            "advice": {
                "next_address": None,
                "padded_size": None,
                "aligned_size": None,
                "alignment": None,
            },
        }
    ]


def test_a_buffer_without_an_address_has_to_fit_at_every_multiple_of_its_alignment(ipcsim):
    sheets, status = ask(ipcsim, "--board", "cortex-m4", "96:32")

    (buffer,) = sheets[0]["buffers"]
    assert status == 1
    assert buffer["verdict"] == "sometimes"
    assert buffer["fits_at"] % 32 == buffer["fails_at"] % 32 == 0
    assert buffer["advice"]["alignment"] == buffer["advice"]["aligned_size"] == 128
    for address, expected in ((buffer["fits_at"], 0), (buffer["fails_at"], 1)):
        assert ask(ipcsim, "--board", "cortex-m4", f"96@{address}")[1] == expected


def test_a_buffer_that_may_be_anywhere_keeps_clear_of_those_with_an_address(ipcsim):
    sheets, status = ask(ipcsim, "--board", "cortex-m4", "64:64", "96@+0x20", "128@+0x80")

    assert status == 0
    assert [buffer["address"] & 0xFFF for buffer in sheets[0]["buffers"]] == [0x100, 0x20, 0x80]


def test_more_buffers_than_regions(ipcsim):
    sheets, status = ask(ipcsim, "--board", "cortex-m4", "7x64:64")

    assert status == 1
    assert verdicts(sheets[0]) == ["fits"] * 6 + ["full"]
    assert sheets[0]["fit"] == 6


def test_a_buffer_that_grows_is_in_its_own_way(ipcsim):
    result = ipcsim("fit", "--board", "cortex-m4", "64@+0x80", "128@+0x80")

    assert result.returncode == 1
    assert "it shares bytes with the region of buffer 1 (64@+0x80)" in result.stdout


def test_the_same_buffer_twice_is_harmless(ipcsim):
    result = ipcsim("fit", "--board", "cortex-m4", "64@+0x80", "64@+0x80")

    assert result.returncode == 0
    assert "in the region of buffer 1" in result.stdout


def test_what_a_region_opens_beyond_the_buffer(ipcsim):
    sheets, status = ask(ipcsim, "--board", "rv32-pmp", "7@+256")

    assert status == 0
    assert sheets[0]["buffers"][0]["beyond"] == 1


def test_without_a_board_all_stand_side_by_side(ipcsim):
    result = ipcsim("fit", "64:64")

    head, row = result.stdout.splitlines()[:2]
    boards = [line.split()[0] for line in ipcsim("boards").stdout.splitlines()[1:]]
    assert result.returncode == 1
    assert head.split() == ["buffer", *boards]
    assert row.split()[1] == "fits"
    assert "no region -> 256:256" in row
    assert "any number" in result.stdout


def test_several_boards_stand_side_by_side_and_then_in_detail(ipcsim):
    result = ipcsim("fit", "64:64", "--board", "cortex-m0p", "--board", "cortex-m33")

    assert result.returncode == 1
    lines = result.stdout.splitlines()
    assert lines[0].split() == ["buffer", "cortex-m0p", "cortex-m33"]
    assert any(line.startswith("cortex-m0p: armv6m") for line in lines)
    assert any(line.startswith("cortex-m33: armv8m") for line in lines)


def test_what_is_advised_fits_on_every_board(ipcsim):
    sheets, _ = ask(ipcsim, "100", "7@+0x101", "1000:4")

    for sheet in sheets:
        for buffer in sheet["buffers"]:
            advice = buffer["advice"]
            if advice["alignment"]:
                spec = f"{advice['aligned_size']}:{advice['alignment']}"
                assert ask(ipcsim, spec, "--board", sheet["board"])[1] == 0


def test_a_board_of_ones_own(ipcsim):
    ipcsim.write("mine.lua", 'return { base = "cortex-m4", min_region_size = 128 }')

    sheets, status = ask(ipcsim, "--board", "./mine.lua", "64:64", "128:128")

    assert status == 1
    assert sheets[0]["board"] == "./mine.lua"
    assert verdicts(sheets[0]) == ["no_region", "fits"]


def test_a_board_that_leaves_no_region_for_others(ipcsim):
    ipcsim.write("mine.lua", 'return { base = "rv32-pmp", regions = 2 }')

    sheets, status = ask(ipcsim, "--board", "./mine.lua", "64:64")

    assert status == 1
    assert sheets[0]["room"] == 0
    assert verdicts(sheets[0]) == ["full"]


def test_a_board_without_a_bound(ipcsim):
    sheets, status = ask(ipcsim, "--board", "none", "40x64:64")

    assert status == 0
    assert sheets[0]["room"] is None


# --- A scenario


def test_the_buffers_of_a_scenario_are_those_that_it_shares(ipcsim):
    path = ipcsim.write("x.lua", SHARES)

    sheets, status = ask(ipcsim, path)

    assert status == 0
    assert len(sheets) == 1
    assert sheets[0]["board"] == "cortex-m4"
    assert sheets[0]["receiver"] == "service"
    names = sorted(buffer["buffer"] for buffer in sheets[0]["buffers"])
    assert names == ["64 of client1", "64 of client2", "64 of client3"]


def test_a_scenario_runs_with_its_parameters_on_each_board(ipcsim):
    path = ipcsim.write("x.lua", SHARES)

    result = ipcsim(
        "fit", path, "-P", "size=256", "--board", "cortex-m0p", "--board", "rv32-pmp-small"
    )

    assert result.returncode == 1
    lines = result.stdout.splitlines()
    assert lines[0] == "shared with service:"
    assert lines[2].split() == ["buffer", "cortex-m0p", "rv32-pmp-small"]
    assert lines[7].split() == ["fit", "3", "of", "3", "2", "of", "3"]


def test_the_header_of_a_scenario_says_the_board(ipcsim):
    path = ipcsim.write("x.lua", 'scenario { board = { base = "rv32-pmp", regions = 8 } }' + SHARES)

    sheets, status = ask(ipcsim, path)

    assert status == 0
    assert sheets[0]["board"] == "inline"
    assert sheets[0]["room"] == 6


def test_fit_agrees_with_what_the_scenario_does(ipcsim):
    path = ipcsim.write("x.lua", SHARES)
    boards = [line.split()[0] for line in ipcsim("boards").stdout.splitlines()[1:]]

    for board in boards:
        ran = ipcsim("run", path, "--no-db", "--trace", "none", "--board", board).returncode
        assert ask(ipcsim, path, "--board", board)[1] == ran, board


def test_fit_records_nothing(ipcsim):
    path = ipcsim.write("x.lua", SHARES)

    ipcsim("fit", path)

    assert not (ipcsim.folder / "ipcsim.db").exists()


def test_a_scenario_that_does_not_end_is_stopped(ipcsim):
    path = ipcsim.write("x.lua", ENDLESS)

    line = sentence(ipcsim("fit", path, "--timeout", "0.2"), 4)

    assert line == "ipcsim fit: x.lua: stopped before its end"


# --- Asked wrongly


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "say which buffers"),
        (["abc"], "'abc' is no buffer; say SIZE, SIZE:ALIGNMENT"),
        (["64:"], "'64:' is no buffer"),
        (["64@"], "'64@' is no buffer"),
        (["0"], "'0': a buffer has at least 1 byte"),
        (["64:48"], "'64:48': an alignment is a power of two, not 48"),
        (["9999x64"], "'9999x64': from 1 to 1024 buffers"),
        (["600x64", "600x64"], "more than 1024 buffers"),
        (["64@0x100", "--board", "cortex-m4"], "do not lie in the RAM of cortex-m4"),
        (["64@0x20000000", "--board", "rv32-pmp"], "do not lie in the RAM of rv32-pmp"),
        (["4096k@0x20000000", "--board", "none"], "leave no room for the process that gets them"),
        (["64", "x.lua"], "give buffers, or one scenario, not both"),
        (["x.lua", "x.lua"], "give buffers, or one scenario, not both"),
        (["gone.lua"], "gone.lua: there is no such file"),
        (["x.lua"], "x.lua: no process shares a buffer in this scenario"),
        (["64", "-P", "a=1"], "are for a scenario"),
        (["64", "--sched", "mlfq"], "are for a scenario"),
        (["64", "--board", "cortex-m5"], "unknown board 'cortex-m5'; did you mean 'cortex-m4'?"),
        (["64", "--db", "x.db"], "unknown option '--db'"),
    ],
)
def test_a_wrong_question_is_one_sentence_and_exit_status_2(ipcsim, arguments, words):
    ipcsim.write("x.lua", PASSES)

    result = ipcsim("fit", *arguments)

    assert words in sentence(result, 2)
    assert result.stdout == ""


def test_help_explains_how_buffers_are_written(ipcsim):
    result = ipcsim("fit", "--help")

    assert result.returncode == 0
    for words in ["96:32", "96@+0x100", "7x64:64", "all buffers fit"]:
        assert words in result.stdout
