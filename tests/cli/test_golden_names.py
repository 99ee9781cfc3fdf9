# SPDX-License-Identifier: Apache-2.0 OR MIT
"""What golden traces call functions and buffers: names that an edit elsewhere leaves alone."""

import pytest

PAIR = """
process("service", function()
  expect(ipc.register_service(function(from) expect(ipc.notify_client(from)) end))
  while true do yield() end
end)

process("a name of more than 28 bytes, in fact", function() end)

local answers = 0
local function on_reply() answers = answers + 1 end
local function on_other() answers = answers + 1 end

process("client", function()
  -- here
  local svc = expect(ipc.discover("service"))
  local text = mem.alloc(64, 64)
  local other = mem.alloc(64, 64)
  local more, most = mem.alloc(32), mem.alloc(32)
  expect(ipc.register_client(svc, on_reply))
  expect(ipc.share(svc, text))
  expect(ipc.notify_service(svc))
  while answers == 0 do yield() end
  print("done")
  delay_us(10)
  expect(ipc.unshare(svc))
  done()
end)
"""

# What is put in at "-- here": whatever it does, it does not show in the lines of what was there.
ADDED = {
    "a print": 'print("hello")',
    "a print that is longer than those behind it": 'print(("hello "):rep(20))',
    "a buffer": "local scratch = mem.alloc(128, 128)",
    "a shared buffer": 'local mine = mem.alloc(32, 32) expect(ipc.share(1, mine))',
    "a function": "local function on_tick() end ipc.register_client(1, on_tick)",
    "a function without a name": "ipc.register_client(1, function() end)",
    "a wait": "delay_us(5)",
    "a name that is longer": 'ipc.discover("a name of more than 28 bytes, in fact")',
}


@pytest.fixture
def pair(ipcsim):
    ipcsim.write("pair.lua", PAIR)
    assert ipcsim("check", "pair.lua", "--update", "--no-db").returncode == 0
    return ipcsim


def changes(pair, old, new):
    """The marks of what is different once `old` in the scenario is `new`, by any way to compare."""
    assert old in PAIR
    pair.write("pair.lua", PAIR.replace(old, new))
    found = []
    trace = pair("run", "pair.lua", "--trace", "jsonl").stdout
    pair.write("pair.jsonl", trace)
    for other in ("pair.jsonl", "ipcsim.db"):
        lines = pair("diff", "pair.trace", other).stdout.splitlines()
        found.append([line for line in lines if line.startswith(("-", "+")) and line[1] == " "])
    assert found[0] == [line for line in found[1] if "passed" not in line]
    return found[0]


@pytest.mark.parametrize("added", ADDED.values(), ids=ADDED)
def test_what_is_added_elsewhere_changes_no_line_of_what_was_there(pair, added):
    lines = changes(pair, "-- here", added)

    assert [line for line in lines if line.startswith("-")] == []


def test_a_buffer_that_the_kernel_never_gets_does_not_show(pair):
    assert changes(pair, "-- here", "local scratch = mem.alloc(1024, 256)") == []


MEANINGS = {
    "another function": ("svc, on_reply", "svc, on_other", "fn=on_other"),
    "a function without a name": ("svc, on_reply", "svc, function() on_reply() end", "fn=#1"),
    "another buffer": ("svc, text", "svc, other", "64 bytes at other "),
    "the second of two in a line": ("svc, text", "svc, most", "32 bytes at mem.alloc#2 "),
    "another offset": ("svc, text", "svc, text:addr() + 4, 60", "60 bytes at text+4 "),
    "an address of no buffer": ("svc, text", "svc, select(2, sys.memop(2)) + 32, 4", "at ram+0x20"),
}


@pytest.mark.parametrize("old, new, shown", MEANINGS.values(), ids=MEANINGS)
def test_what_means_something_else_shows(pair, old, new, shown):
    lines = changes(pair, old, new)

    assert any(line.startswith("+") and shown in line for line in lines), lines


@pytest.mark.parametrize(
    "made, name",
    [
        ("local buf = mem.alloc(64, 64)", "buf"),
        ("local buf <const> = mem.alloc(64, 64)", "buf"),
        ("local t = {} t.buf = mem.alloc(64, 64) local buf = t.buf", "buf"),
        ("local t = { buf = mem.alloc(64, 64) } local buf = t.buf", "buf"),
        ("local t, buf = {}\nt.rx = mem.alloc(64, 64)\nbuf = t.rx", "rx"),
        ("local bufs = {} for i = 1, 3 do bufs[i] = mem.alloc(64) end local buf = bufs[2]", "bufs#2"),
        ("local a, b = mem.alloc(64), 5 local buf = a", "a"),
        ("local buf = (mem.alloc(64))", "mem.alloc#1"),
        ("local buf = x == mem.alloc(64) or mem.alloc(64)", "mem.alloc#2"),
        ("local buf = mem.alloc(64) -- not mem.alloc(32)", "buf"),
    ],
)
def test_a_buffer_is_called_by_the_line_that_allocates_it(ipcsim, made, name):
    ipcsim.write(
        "x.lua", f'local x = 1\nprocess("p", function()\n{made}\nipc.share(0, buf)\ndone()\nend)'
    )

    assert f"bytes at {name} " in ipcsim("check", "x.lua", "--no-db").stdout


@pytest.mark.parametrize(
    "made, name",
    [
        ("local function fn() end", "fn"),
        ("local fn = function() end", "fn"),
        ("local t = {} function t.on_reply() end local fn = t.on_reply", "on_reply"),
        ("local t = {} function t:on_reply() end local fn = t.on_reply", "on_reply"),
        ("local t = { on_reply = function() end } local fn = t.on_reply", "on_reply"),
        ("local t = {}\nt.on_tx = function() end\nlocal fn = t.on_tx", "on_tx"),
        ("local fns = {} fns[1] = function() end local fn = fns[1]", "fns"),
        ("local fn = (function() return function() end end)()", "#1"),
        ("local fn = done", "done"),
        ("local fn = print", "print"),
    ],
)
def test_a_function_is_called_by_the_line_that_defines_it(ipcsim, made, name):
    ipcsim.write("x.lua", f'process("p", function()\n{made}\nipc.register_client(0, fn)\ndone()\nend)')

    assert f"fn={name} userdata" in ipcsim("check", "x.lua", "--no-db").stdout


def test_what_a_used_file_defines_is_called_by_its_line_there(ipcsim):
    ipcsim.write(
        "s/kit.lua",
        "local kit = {}\nfunction kit.on_reply() end\n"
        "function kit.buffer() local shared = mem.alloc(64, 64) return shared end\nreturn kit\n",
    )
    ipcsim.write(
        "s/a.lua",
        'local kit = use("kit")\nprocess("p", function()\n'
        "  expect(ipc.register_client(0, kit.on_reply)) expect(ipc.share(0, kit.buffer()))\n"
        "end)\n",
    )

    assert ipcsim("check", "--update", "s", "--no-db").returncode == 0
    trace = (ipcsim.folder / "s/a.trace").read_text(encoding="utf-8")

    assert "subscribe ipc[0] fn=on_reply" in trace
    assert "64 bytes at shared" in trace


def test_a_golden_trace_of_the_format_before_is_to_be_made_anew(pair):
    pair.write("pair.trace", "ipcsim golden trace, format 1\nscenario  pair.lua\n\n")

    refused = pair("check", "pair.lua", "--no-db")

    assert refused.returncode == 2
    assert "pair.trace has format 1, which this ipcsim does not read any more" in refused.stderr
    assert pair("check", "pair.lua", "--update", "--no-db").returncode == 0
