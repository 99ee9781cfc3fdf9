# SPDX-License-Identifier: Apache-2.0 OR MIT
"""What a trace and the report of a failure say about what went wrong."""

import json
import re
import sqlite3

import pytest

# The callback's log line yields, and the next client gets in.
ENTERED_AGAIN = """
process("svc", function()
  local last
  expect(ipc.register_service(function(from)
    last = from
    print("asked")
    ipc.notify_client(last)
  end))
  while true do yield() end
end)
for n = 1, 2 do
  process("client" .. n, function()
    delay_us(1000)
    local svc = expect(ipc.discover("svc"))
    local answered = false
    expect(ipc.register_client(svc, function() answered = true end))
    expect(ipc.notify_service(svc))
    while not answered do yield() end
    done()
  end)
end
"""


def test_an_upcall_that_is_entered_again_says_so_in_report_and_trace(ipcsim):
    path = ipcsim.write("x.lua", ENTERED_AGAIN)

    result = ipcsim("run", path, "--no-db")

    words = "enters svc's upcall again, which waits at line 6"
    assert result.returncode == 1
    assert re.search(rf"^ *\d+  0 svc +{words}$", result.stdout, re.MULTILINE)
    assert re.search(
        rf"\nupcalls entered again before they returned:\n +\d+ us  svc  {words}\n", result.stderr
    )


def test_what_an_upcall_does_is_indented_until_it_returns(ipcsim):
    path = ipcsim.write("x.lua", ENTERED_AGAIN)

    trace = ipcsim("run", path, "--no-db").stdout

    lines = re.findall(
        r"^ *\d+  0 svc {6}( *)(returns from )?upcall (ipc|console)\b", trace, re.MULTILINE
    )
    steps = [(len(indent) // 2, driver, returns != "") for indent, returns, driver in lines]
    assert steps == [
        (0, "ipc", False),
        (1, "ipc", False),
        (2, "console", False),
        (2, "console", True),
        (2, "console", False),
        (2, "console", True),
        (1, "ipc", True),
        (0, "ipc", True),
    ]


def test_an_upcall_lasts_from_its_event_to_that_of_its_return(ipcsim):
    path = ipcsim.write("x.lua", ENTERED_AGAIN)

    jsonl = ipcsim("run", path, "--trace", "jsonl", "--db", "r.db").stdout

    events = {event["seq"]: event for event in map(json.loads, jsonl.splitlines())}
    returns = [e for e in events.values() if e["event"] == "upcall_return"]
    again = [e for e in events.values() if e["event"] == "upcall_nested" and e["again"]]
    with sqlite3.connect(ipcsim.folder / "r.db") as db:
        lasted = db.execute(
            "select u.seq, r.time_us - u.time_us from ev_upcall u "
            "join ev_upcall_return r on r.run_id = u.run_id and r.cause = u.seq"
        ).fetchall()
    assert sorted(lasted) == sorted(
        (e["cause"], e["time_us"] - events[e["cause"]]["time_us"]) for e in returns
    )
    assert [(e["line"], e["depth"]) for e in again] == [(6, 2)]
    assert events[again[0]["cause"]]["event"] == "upcall"


def test_a_callback_of_an_alarm_that_waits_is_not_entered_by_another_alarm(ipcsim):
    script = """
process("p", function()
  sys.subscribe(0, 0, function() delay_us(500) end)
  sys.command(0, 5, 1000)
  delay_us(3000)
  done()
end)
"""
    path = ipcsim.write("x.lua", script)

    result = ipcsim("run", path, "--no-db")

    assert result.returncode == 0
    assert "again" not in result.stdout


# One buffer more than there are regions for; then everybody tries again for seconds.
DROWNED = """
scenario { until_us = 5000000 }
process("svc", function()
  expect(ipc.register_service(function(from, len, addr)
    mem.view(addr, len):u8(0)
    ipc.notify_client(from)
  end))
  while true do yield() end
end)
for n = 1, 20 do
  process("client" .. n, { ram = 4096 }, function()
    delay_us(2000 + n * 20)
    local svc = expect(ipc.discover("svc"))
    local answered = false
    expect(ipc.register_client(svc, function() answered = true end))
    expect(ipc.share(svc, mem.alloc(64, 64)))
    for _ = 1, 60 do
      ipc.notify_service(svc)
      delay_us(80000)
      if answered then break end
    end
    expect(answered, "an answer")
    done()
  end)
end
"""


def section(report, title):
    """The lines below it, as (process, what)."""
    found = re.search(rf"^{title}.*:\n((?:  .*\n)+)", report, re.MULTILINE)
    assert found, report
    return [re.sub(r"^ +\d+ us  ", "", line) for line in found[1].splitlines()]


def test_what_led_to_the_first_fault_stands_before_the_end(ipcsim):
    path = ipcsim.write("x.lua", DROWNED)

    report = ipcsim("run", path, "--no-db", "--trace", "none").stderr

    led = section(report, "what led to the first fault")
    assert [re.sub(r"0x\w+|\d+", "N", line.split("<-")[0]).strip() for line in led] == [
        "clientN  upcall alarm[N](N, N, N, userdata=N)",
        "clientN  command ipc.notify_service(to=N \"svc\")",
        "svc       notify #N from N \"clientN\" queued",
        "svc       no region: the MPU driver refuses N+N",
        "svc       upcall ipc.service(from=N \"clientN\", len=N, addr=N, userdata=N)",
        "svc       load of N byte at N refused",
        "svc       fault: refused memory access -> stop",
    ]
    assert report.index("what led to") < report.index("last events")
    assert not any("NODEVICE" in line for line in section(report, "last events") if "svc" in line)


def test_what_repeats_is_told_a_few_times_and_counted(ipcsim):
    path = ipcsim.write("x.lua", DROWNED)

    report = ipcsim("run", path, "--no-db", "--trace", "none").stderr

    title = re.search(r"never became an upcall \((.*)\):", report)[1]
    lost, reasons = re.fullmatch(r"the first 5 of (\d+) lost, (.*)", title).groups()
    counts = dict(reversed(reason.split(" ", 1)) for reason in reasons.split(", "))
    assert sum(map(int, counts.values())) == int(lost)
    assert {"NOMEM", "NODEVICE", "its process faulted"} < set(counts)
    assert len(section(report, "notifications that never")) == 5


def test_of_what_is_lost_for_one_reason_all_are(ipcsim):
    script = """
process("svc", function() delay_us(900000) end)
process("client", function()
  local svc = expect(ipc.discover("svc"))
  for _ = 1, 9 do
    expect(ipc.notify_service(svc))
    delay_us(1000)
  end
  expect(false, "an answer")
end)
"""
    path = ipcsim.write("x.lua", script)

    report = ipcsim("run", path, "--no-db", "--trace", "none").stderr

    assert "(the first 5 of 9 lost, all: no upcall subscribed):" in report
    assert section(report, "what led to the first notification that was lost")


def test_what_stands_in_the_last_events_is_not_told_twice(ipcsim):
    script = """
process("a", function() expect(false, "more") end)
"""
    path = ipcsim.write("x.lua", script)

    report = ipcsim("run", path, "--no-db", "--trace", "none").stderr

    assert "last events" in report
    assert "what led to" not in report


# The client asks again before it took the first answer, which reaches the second function.
LATE = """
process("svc", function()
  expect(ipc.register_service(function(from)
    work_us(3000)
    ipc.notify_client(from)
  end))
  while true do yield() end
end)
process("client", function()
  delay_us(1000)
  local svc = expect(ipc.discover("svc"))
  local first, second
  expect(ipc.register_client(svc, function() first = true end))
  expect(ipc.notify_service(svc))
  AGAIN
  expect(ipc.notify_service(svc))
  while not second do yield() end
  expect(first, "answers to both")
end)
"""
ANOTHER = "work_us(25000) expect(ipc.register_client(svc, function() second = true end))"


def test_an_upcall_that_is_older_than_its_subscribe_says_so_in_report_and_trace(ipcsim):
    path = ipcsim.write("x.lua", LATE.replace("AGAIN", ANOTHER))

    result = ipcsim("run", path, "--no-db")

    [late] = re.findall(r"upcall ipc.client.* <- notify #(\d+), older than", result.stdout)
    subscribed = re.findall(r"^ *(\d+)  1 client +subscribe ipc", result.stdout, re.MULTILINE)
    words = f" <- notify #{late}, older than the subscribe at {subscribed[-1]} us"
    assert words in result.stdout
    assert words in section(result.stderr, "upcalls older than the subscribe that they ran under")[0]


def test_the_same_function_again_makes_no_upcall_old(ipcsim):
    again = "local f = function() second = true end "
    again += "expect(ipc.register_client(svc, f)) " * 2
    script = LATE.replace("AGAIN", again).replace("work_us(3000)", "")
    path = ipcsim.write("x.lua", script)

    assert "older than" not in ipcsim("run", path, "--no-db").stdout


def test_a_notify_from_before_the_first_subscribe_is_not_called_old(ipcsim):
    path = ipcsim.write("x.lua", ENTERED_AGAIN)

    assert "older than" not in ipcsim("run", path, "--no-db").stdout


@pytest.mark.parametrize("wait", ["", "delay_us(10)", 'print("x")', "delay_us(10) expect(true)"])
def test_what_led_to_an_access_is_the_upcall_that_it_is_in_also_after_a_wait(ipcsim, wait):
    path = ipcsim.write(
        "x.lua",
        'process("svc", function()\n'
        "  expect(ipc.register_service(function(from, len, addr)\n"
        f"    {wait} mem.peek(addr + len, 1)\n"
        "  end))\n"
        "  while true do yield() end\n"
        "end)\n"
        'process("client", function()\n'
        '  local svc = expect(ipc.discover("svc"))\n'
        "  expect(ipc.share(svc, mem.alloc(64, 64)))\n"
        "  expect(ipc.notify_service(svc))\n"
        "  yield()\n"
        "end)\n",
    )

    report = ipcsim("run", path, "--no-db", "--trace", "none").stderr
    chain = report[report.index("what led to the first fault:") :].split("\n\n")[0]

    assert "client  command ipc.notify_service" in chain
    assert "svc     upcall ipc.service(from=1" in chain
    assert "enters an upcall" not in chain
