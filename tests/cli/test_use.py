# SPDX-License-Identifier: Apache-2.0 OR MIT
"""use("name"): Lua files that stand beside scenarios and are shared by them."""

import json

import pytest
from conftest import PASSES, sentence

KIT = """local kit = { loads = 0 }

function kit.ask(service, count)
  local got = 0
  expect(ipc.register_client(service, function() got = got + 1 end))
  for asked = 1, count do
    expect(ipc.notify_service(service))
    while got < asked do yield() end
  end
  return got
end

function kit.serve()
  expect(ipc.register_service(function(from) expect(ipc.notify_client(from)) end))
  while true do yield() end
end

function kit.check(x) expect_eq(x, 1) end
function kit.fail() local t; return t.x end
function kit.misuse() mem.view("a", 1) end
function kit.wait() yield() end
return kit
"""

PAIR = """
scenario { about = "with a kit" }
local kit = use("kit")
process("svc", kit.serve)
process("client", function()
  expect_eq(kit.ask(expect(ipc.discover("svc")), 3), 3)
  done()
end)
"""


def run(ipcsim, script, *arguments):
    ipcsim.write("s/kit.lua", KIT)
    path = ipcsim.write("s/x.lua", script)
    return ipcsim("run", path, "--no-db", "--trace", "none", *arguments)


def program(body):
    return f'local kit = use("kit")\nprocess("p", function()\n  {body}\n  done()\nend)\n'


def test_what_a_file_returns_is_there_in_every_process(ipcsim):
    result = run(ipcsim, PAIR)

    assert (result.returncode, result.stderr) == (0, "")


def test_a_file_is_run_once(ipcsim):
    ipcsim.write("s/count.lua", "n = (rawget(_G, 'n') or 0) + 1 return n")

    script = 'local n = use("count") + use("count")\nprocess("p", function() expect_eq(n, 2) end)\n'

    assert run(ipcsim, script).returncode == 0


def test_a_file_may_use_others_and_return_nothing(ipcsim):
    ipcsim.write("s/base.lua", "base = 7")
    ipcsim.write("s/more.lua", 'expect_base = use("base") return function() return base end')

    script = 'local b = use("more")\nprocess("p", function() expect_eq(b(), 7) end)\n'

    assert run(ipcsim, script).returncode == 0


def test_a_file_may_declare_processes_and_stands_in_the_same_sandbox(ipcsim):
    ipcsim.write("s/procs.lua", 'process("p", function() expect_eq(rawget(_G, "io"), nil) end)')

    assert run(ipcsim, 'use("procs")').returncode == 0


@pytest.mark.parametrize(
    ("body", "words", "where"),
    [
        ("kit.check(2)", "expected 1, got 2", "s/kit.lua:18: "),
        ("kit.fail()", "attempt to index a nil value (local 't')", "s/kit.lua:19: "),
        ("kit.misuse()", "argument 1 must be a whole number", "s/kit.lua:20: "),
        ("expect_eq(kit.check(1), 1)", "expected 1, got nil", "s/x.lua:3: "),
        ("pcall(kit.check, 2)", "expected 1, got 2", "s/kit.lua:18: "),
        ("coroutine.wrap(kit.fail)()", "attempt to index", "s/kit.lua:19: "),
    ],
)
def test_an_error_names_the_file_and_its_line(ipcsim, body, words, where):
    result = run(ipcsim, program(body))

    assert result.returncode == 1
    assert result.stderr.startswith(where)
    assert words in result.stderr.splitlines()[0]


def test_who_waits_for_ever_does_so_in_a_line_of_the_scenario(ipcsim):
    result = run(ipcsim, program("kit.wait()\n  kit.check(1)").replace("done()", ""))

    assert "s/x.lua: p waits for ever at line 3; nothing after it was run" in result.stderr


def test_done_is_found_through_it(ipcsim):
    ipcsim.write("s/ends.lua", "return function() yield() done() end")

    assert "not done: p" in run(ipcsim, 'process("p", use("ends"))').stderr


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ('use("nothing")', "s/x.lua:1: use: s/nothing.lua: there is no such file"),
        ('use("../s/kit")', "s/x.lua:1: use: takes the name of a Lua file beside the scenario"),
        ('use("kit.lua")', "s/x.lua:1: use: takes the name of a Lua file beside the scenario"),
        ('use("/etc/passwd")', "s/x.lua:1: use: takes the name of a Lua file"),
        ('use("a\\0b")', "s/x.lua:1: use: takes the name of a Lua file"),
        ("use()", "s/x.lua:1: use: takes the name of a Lua file"),
        ('use("wrong")', "s/wrong.lua:2: syntax error: "),
        ('use("raises")', "s/raises.lua:2: no"),
        ('use("one")', "s/two.lua:1: use: s/one.lua is being used already"),
        ('use("deep")', "s/deep.lua:1: expct is not defined"),
    ],
)
def test_what_cannot_be_used_is_one_sentence(ipcsim, script, words):
    ipcsim.write("s/wrong.lua", "local x = 1\nlocal = 2\n")
    ipcsim.write("s/raises.lua", "local x = 1\nerror('no')\n")
    ipcsim.write("s/one.lua", "use('two')\n")
    ipcsim.write("s/two.lua", "use('one')\n")
    ipcsim.write("s/deep.lua", "expct(1)\n")

    result = run(ipcsim, script + "\n" + PASSES)

    assert sentence(result, 2).startswith(words)


def test_it_belongs_to_the_top_level(ipcsim):
    result = run(ipcsim, 'process("p", function() use("kit") end)\n')

    assert "use() belongs to the top level of the scenario" in result.stderr


# --- Folders of scenarios


def test_a_file_that_others_use_is_no_scenario(ipcsim):
    ipcsim.write("s/kit.lua", KIT)
    ipcsim.write("s/x.lua", PAIR)

    listed = ipcsim("list", "s")
    described = ipcsim("list", "s", "--json")
    checked = ipcsim("check", "s", "--no-db")
    several = ipcsim("run", "s", "--no-db", "--trace", "none")

    assert listed.stdout == "s/x.lua  with a kit\n    uses s/kit.lua\n"
    assert json.loads(described.stdout)["uses"] == ["s/kit.lua"]
    assert (checked.returncode, checked.stdout.splitlines()[-1]) == (
        0,
        "1 passed, 0 failed; 1 pending",
    )
    assert several.stdout.startswith("passed  s/x.lua  (")


@pytest.mark.parametrize(
    "mention",
    [
        '-- use("other")',
        '--[[ use("other") ]]',
        'local text = \'use("other")\'',
        'local t = { use = print } t.use("other")',
        'local other = "other"',
        'misuse = print misuse("other")',
    ],
)
def test_a_file_that_is_only_mentioned_stays_a_scenario(ipcsim, mention):
    ipcsim.write("s/other.lua", PASSES)
    ipcsim.write("s/x.lua", mention.replace("print", "tostring") + "\n" + PASSES)

    assert ipcsim("list", "s").stdout == "s/other.lua\ns/x.lua\n"


@pytest.mark.parametrize("call", ["use('kit')", 'use "kit"', 'use  ( "kit" )', "--[[]]use'kit'"])
def test_every_way_to_write_it_is_found(ipcsim, call):
    ipcsim.write("s/kit.lua", KIT)
    ipcsim.write("s/x.lua", f"{call}\n{PASSES}")

    assert ipcsim("list", "s").stdout.startswith("s/x.lua\n    uses s/kit.lua\n")


def test_a_scenario_with_a_header_stays_one_though_another_uses_it(ipcsim):
    ipcsim.write("s/a.lua", 'scenario { about = "a" }\n' + PASSES)
    ipcsim.write("s/b.lua", 'local text = "" if text == "x" then use("a") end\n' + PASSES)

    assert "s/a.lua  a\n" in ipcsim("list", "s").stdout


def test_a_file_of_another_folder_is_not_meant(ipcsim):
    ipcsim.write("s/deep/kit.lua", PASSES)
    ipcsim.write("s/kit.lua", KIT)
    ipcsim.write("s/x.lua", PAIR)

    listed = ipcsim("list", "s").stdout

    assert "s/deep/kit.lua\n" in listed and "s/kit.lua\n" not in listed.replace("uses s/kit.lua", "")


def test_a_run_is_known_by_the_files_that_it_used(ipcsim):
    ipcsim.write("s/kit.lua", KIT)
    ipcsim.write("s/x.lua", PAIR)
    for text in [KIT, KIT, KIT + "-- changed\n"]:
        ipcsim.write("s/kit.lua", text)
        ipcsim("run", "s/x.lua", "--trace", "none")

    hashes = [row[0] for row in ipcsim.rows("select source_hash from runs order by id")]

    assert len(hashes[0]) == 16
    assert hashes[0] == hashes[1] != hashes[2]
