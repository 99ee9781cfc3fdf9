# SPDX-License-Identifier: Apache-2.0 OR MIT
"""A program that waits for ever with an expectation ahead of it has not passed."""

import pytest

# `{}` is the program; who else there is expects something and is done.
SCRIPT = """
scenario {{ until_us = 100000 }}
local function check(x)
  expect_eq(x, 1)
end
local kit = {{ check = check, wait = function() yield() end, name = "kit" }}
local function wait_for_ever() while true do yield() end end
local got = false
process("other", function() expect(true) done() end)
process("p", function()
{}
end)
"""

# Each waits for ever in line 12, its second, and never comes to its expectation.
STUCK = {
    "behind a wait": """
yield()
expect_eq(1, 2)""",
    "behind a loop": """
while not got do yield() end
expect(false)""",
    "behind yield_for": """
yield_for(function() return got end)
expect(false)""",
    "behind repeat": """
repeat yield() until got
expect(false)""",
    "in a loop that ends": """
for r = 1, 3 do while not got do yield() end
  expect_eq(r, 7)
end""",
    "in a loop over a list": """
for _, v in ipairs({ 1, 2 }) do yield()
  expect(v > 2)
end""",
    "in a branch": """
yield()
if got then expect(false) end""",
    "in the same line": """
yield() expect_eq(1, 2)""",
    "in a helper": """
yield()
check(2)""",
    "in a field": """
yield()
kit.check(2)""",
    "in a helper of its own": """local function mine(x) expect(x) end
yield()
mine(false)""",
    "in a callback to come": """
yield()
ipc.register_service(function() expect(false) end)""",
    "passed to another": """
yield()
pcall(check, 2)""",
    "behind a helper that waits": """
kit.wait()
expect(false)""",
    "behind a loop without end": """
while true do yield() end
expect(false)""",
    "behind repeat without end": """
repeat yield() until false
expect(false)""",
    "behind goto without end": """
::again:: yield() goto again
expect(false)""",
    "behind a helper without end": """
wait_for_ever()
expect(false)""",
    "in a coroutine": """
coroutine.wrap(function() yield()
  expect(false)
end)()""",
    "behind a coroutine": """
coroutine.wrap(function() yield() end)()
expect(false)""",
    "in a protected call": """
pcall(function() yield()
  expect(false)
end)""",
    "behind a raw yield": """
sys.yield_wait()
expect(false)""",
}

# These wait for ever because that is what they do.
SERVERS = {
    "a loop": "expect(1) while true do yield() end",
    "a loop with expectations": "while true do yield() expect(got) check(1) end",
    "a loop in a loop": """
while true do
  while not got do yield() end
  expect(false)
end""",
    "yield_for": "while true do yield_for(function() return got end) expect(got) end",
    "yield_for with a timeout": "while true do yield_for(function() return got end, 99) end",
    "a delay in it": "while true do delay_us(1000) expect(true) end",
    "one that breaks": "while true do yield() if got then break end end",
    "repeat": "repeat yield() expect(got) until false",
    "goto": "::again:: yield() expect(got) goto again",
    "a helper": "wait_for_ever()",
    "a helper, as a role": "if not got then wait_for_ever() end expect(false)",
    "a loop, as a role": "if not got then while true do yield() end end expect(false)",
    "callbacks": """
expect(ipc.register_service(function(from) expect(from == 7) end))
while true do yield() end""",
    "nothing ahead": "expect(true) yield()",
    "only other fields ahead": "yield() kit.wait() print(kit.name)",
    "done": "done() yield() expect(false)",
    "the end": "expect(ipc.register_service(function(from) expect(from == 7) end))",
    "an exit": "sys.exit_terminate(0) expect(false)",
}

TICKS = 'process("ticks", function() while true do delay_us(1000) end end)\n'


def run(ipcsim, program, more="", *arguments):
    path = ipcsim.write("x.lua", SCRIPT.format(program.lstrip("\n")) + more)
    return ipcsim("run", path, "--no-db", "--trace", "none", *arguments)


@pytest.mark.parametrize("program", STUCK.values(), ids=STUCK)
def test_who_waits_for_ever_before_an_expectation_fails(ipcsim, program):
    result = run(ipcsim, program)
    line = 11 + (not program.startswith("\n"))

    assert result.returncode == 1, result.stdout
    assert result.stdout.startswith("failed  x.lua  (deadlock, ")
    assert f"x.lua: p waits for ever at line {line}; nothing after it was run\n" in result.stderr
    assert 'scenario { ends = "deadlock" }' in result.stderr


@pytest.mark.parametrize("program", STUCK.values(), ids=STUCK)
def test_who_waits_until_time_is_up_is_no_pass_either(ipcsim, program):
    result = run(ipcsim, program, TICKS)

    assert result.returncode == 4, result.stdout
    assert "time was up at 100000 us: p waits for ever at line 1" in result.stderr


@pytest.mark.parametrize("program", SERVERS.values(), ids=SERVERS)
@pytest.mark.parametrize("more", ["", TICKS])
def test_who_waits_for_ever_by_trade_passes(ipcsim, program, more):
    result = run(ipcsim, program, more)

    assert (result.returncode, result.stderr) == (0, "")


def test_one_that_asks_again_and_again_until_time_is_up_is_no_pass(ipcsim):
    result = run(ipcsim, "while not got do delay_us(1000) end\nexpect(false)")

    assert result.returncode == 4
    assert "p waits for ever at line 11; nothing after it was run" in result.stderr


def test_one_that_waits_in_a_callback_is_found(ipcsim):
    program = """
expect(ipc.register_service(function()
  yield()
  expect(false)
end))
expect(ipc.notify_service(0))
while true do yield() end"""
    asks = """
process("asks", function()
  delay_us(100)
  expect(ipc.notify_service(1))
  done()
  while true do yield() end
end)
"""

    result = run(ipcsim, program.replace("expect(ipc.notify_service(0))", ""), asks)

    assert result.returncode == 1
    assert "p waits for ever at line 12; nothing after it was run" in result.stderr


def test_several_are_counted(ipcsim):
    result = run(ipcsim, "yield()\nexpect(false)", 'process("q", function() yield() expect(0) end)')

    assert "p waits for ever at line 11 (and so do others: p, q); nothing" in result.stderr


def test_a_server_says_so(ipcsim):
    path = ipcsim.write(
        "x.lua",
        'process("s", { server = true }, function() for i = 1, 9 do yield() expect(i) end end)\n'
        'process("p", function() done() end)\n',
    )

    assert ipcsim("run", path, "--no-db", "--trace", "none").returncode == 0


def test_a_deadlock_that_is_declared_may_lie_before_an_expectation(ipcsim):
    path = ipcsim.write(
        "x.lua",
        'scenario { ends = { deadlock = "p" } }\nprocess("p", function() yield() expect(0) end)\n',
    )

    assert ipcsim("run", path, "--no-db", "--trace", "none").returncode == 0
