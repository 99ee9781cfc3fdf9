# SPDX-License-Identifier: Apache-2.0 OR MIT
"""What of a run its trace shows: --only, --events, --unfold."""

import json
import re
import sqlite3

import pytest

PAIR = """
process("svc", function()
  expect(ipc.register_service(function(from) print("asked") ipc.notify_client(from) end))
  while true do yield() end
end)
for n = 1, 2 do
  process("client" .. n, function()
    delay_us(n * 5000)
    local svc = expect(ipc.discover("svc"))
    local answered = false
    expect(ipc.register_client(svc, function() answered = true end))
    expect(ipc.notify_service(svc))
    while not answered do yield() end
    done()
  end)
end
"""

COMPUTES = """
scenario { until_us = 200000 }
process("spin", function() while true do end end)
process("works", function() work_us(35000) done() end)
"""


@pytest.fixture
def pair(ipcsim):
    ipcsim.write("x.lua", PAIR)
    return ipcsim


def lines_of(result):
    """(process, what) of each line of a trace."""
    found = re.findall(r"^ *\d+  (?:\d+ )?(\S+) +(.*)$", result.stdout, re.MULTILINE)
    return [(process, what.strip()) for process, what in found]


def events_of(result):
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_only_some_processes_are_shown(pair):
    all_lines = lines_of(pair("run", "x.lua", "--no-db"))

    shown = lines_of(pair("run", "x.lua", "--no-db", "--only", "client1"))

    assert shown == [(process, what) for process, what in all_lines if process == "client1"]
    assert {process for process, _ in all_lines} == {"kernel", "svc", "client1", "client2"}


@pytest.mark.parametrize(
    "words",
    [("--only", "client1,kernel"), ("--only", "client1", "--only", "kernel"), ("--only=1,kernel",)],
)
def test_several_lists_add_up_and_an_index_will_do(pair, words):
    shown = lines_of(pair("run", "x.lua", "--no-db", *words))

    assert {process for process, _ in shown} == {"client1", "kernel"}


def test_only_some_events_are_shown(pair):
    result = pair("run", "x.lua", "--no-db", "--only", "client1", "--events", "notify,upcall")

    assert [what.split("(")[0] for _, what in lines_of(result)] == [
        "starts at 0x00041080",
        "upcall alarm[0]",
        "command ipc.notify_service",
        "upcall ipc.client",
    ]
    assert "-> Success (notify #" in result.stdout


def test_what_a_trace_leaves_out_is_shown_when_it_is_named(pair):
    plain = pair("run", "x.lua", "--no-db")
    result = pair("run", "x.lua", "--no-db", "--events", "ipc_converted,schedule")

    words = {what.split()[0] for _, what in lines_of(result)}
    assert words == {"notification", "scheduled"}
    assert "scheduled" not in plain.stdout


def test_json_lines_are_chosen_in_the_same_way(pair):
    result = pair(
        "run", "x.lua", "--no-db", "--trace", "jsonl", "--only", "client2", "--events", "upcall"
    )

    events = events_of(result)
    assert {(event["event"], event["process"]) for event in events} == {("upcall", 2)}


def test_the_word_notify_is_a_call_what_it_queues_and_its_answer(pair):
    result = pair("run", "x.lua", "--no-db", "--trace", "jsonl", "--events", "notify")

    kinds = [event["event"] for event in events_of(result)]
    assert kinds == ["syscall", "ipc_queued", "syscall_return"] * 4


def test_the_record_has_everything_all_the_same(pair):
    for words in [(), ("--only", "svc", "--events", "upcall")]:
        assert pair("run", "x.lua", "--db", "r.db", *words).returncode == 0

    with sqlite3.connect(pair.folder / "r.db") as db:
        hashes = db.execute("select trace_hash, (select count(*) from events "
                            "where run_id = id) from runs").fetchall()  # fmt: skip
    assert hashes[0] == hashes[1]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--only", "cleint1"), "x.lua: --only: unknown process 'cleint1'; did you mean 'client1'?"),
        (("--only", "9"), "x.lua: --only: unknown process '9'; there is svc, client1, client2"),
        (("--only", "svc,"), "x.lua: --only: unknown process ''; there is svc, client1, client2"),
        (("--events", "upcal"), "--events: unknown event 'upcal'; did you mean 'upcall'?"),
        (("--events", "upcall,notifi"), "--events: unknown event 'notifi'; did you mean 'notify'?"),
        (("--only", "svc", "--trace", "none"), "say what a trace shows, and there is none"),
    ],
)
def test_what_is_not_there_is_refused(pair, words, sentence):
    result = pair("run", "x.lua", "--no-db", *words)

    assert result.returncode == 2
    assert sentence in result.stderr
    assert result.stdout == ""


def test_several_scenarios_need_a_trace_to_choose_from(pair):
    pair.write("y.lua", PAIR)

    refused = pair("run", "x.lua", "y.lua", "--no-db", "--only", "svc")
    shown = pair("run", "x.lua", "y.lua", "--no-db", "--only", "svc", "--trace", "text")

    assert refused.returncode == 2
    assert {process for process, _ in lines_of(shown)} == {"svc"}


NOTES = r"""
process("teller", function()
  note("caf\xe9 \"on\"\n")
  delay_us(1000)
  note(7)
  done()
end)
"""


def test_a_note_is_in_the_trace_with_its_line(ipcsim):
    ipcsim.write("x.lua", NOTES)

    result = ipcsim("run", "x.lua", "--no-db", "--events", "note")

    assert lines_of(result) == [
        ("teller", r'note in line 3: "caf\xe9 \"on\"\n"'),
        ("teller", 'note in line 5: "7"'),
    ]


def test_a_note_is_in_json_lines_and_in_the_database(ipcsim):
    ipcsim.write("x.lua", NOTES)

    result = ipcsim("run", "x.lua", "--db", "r.db", "--trace", "jsonl", "--events", "note")

    events = [(e["name"], e["line"], e["text"]) for e in events_of(result)]
    assert events == [("teller", 3, 'caf\uf7e9 "on"\n'), ("teller", 5, "7")]
    with sqlite3.connect(ipcsim.folder / "r.db") as db:
        db.text_factory = bytes
        rows = db.execute(
            "select p.name, n.line, n.text from notes n "
            "join processes p on p.run_id = n.run_id and p.idx = n.process order by seq"
        ).fetchall()
    assert rows == [(b"teller", 3, b'caf\xe9 "on"\n'), (b"teller", 5, b"7")]


def test_a_note_changes_nothing_else(ipcsim):
    def run(name, script):
        ipcsim.write(name, script)
        return lines_of(ipcsim("run", name, "--no-db"))

    noted = run("a.lua", PAIR.replace("yield() end", "note('woken') yield() end"))
    plain = run("b.lua", PAIR)

    def bare(lines):
        return [(p, re.sub(r"#\d+", "", what)) for p, what in lines if "note in line" not in what]

    assert len(noted) > len(plain)
    assert bare(noted) == bare(plain)


def test_a_note_is_no_part_of_a_golden_trace(ipcsim):
    ipcsim.write("x.lua", NOTES)
    ipcsim("check", "x.lua", "--no-db", "--update")
    ipcsim.write("x.lua", re.sub(r"note\(.*\)", "", NOTES))

    assert ipcsim("check", "x.lua", "--no-db").returncode == 0


def test_timeslices_of_a_process_that_only_computes_are_one_line(ipcsim):
    ipcsim.write("x.lua", COMPUTES)

    trace = ipcsim("run", "x.lua", "--no-db").stdout
    unfolded = ipcsim("run", "x.lua", "--no-db", "--unfold").stdout

    folded = re.findall(
        r"spin +computes through (\d+) timeslices, (\d+) us, until (\d+) us \(--unfold shows each\)",
        trace,
    )
    used = [int(us) for us in re.findall(r"spin +stops: TimesliceExpired after (\d+) us", unfolded)]
    rest = [int(us) for us in re.findall(r"spin +stops: TimesliceExpired after (\d+) us", trace)]
    assert len(used) > 10
    assert sum(int(count) for count, _, _ in folded) + len(rest) == len(used)
    assert sum(int(us) for _, us, _ in folded) + sum(rest) == sum(used)
    assert trace.count("stops: TimesliceExpired") <= 4
    assert "computes through" not in unfolded


def test_the_level_of_mlfq_is_shown_when_it_is_another(ipcsim):
    ipcsim.write("x.lua", COMPUTES)

    def levels(*words):
        result = ipcsim("run", "x.lua", "--no-db", *words)
        return [what for process, what in lines_of(result) if process == "spin" and "level" in what]

    assert levels("--sched", "mlfq") == [
        "scheduled at level 1 for 20000 us",
        "scheduled at level 2 for 50000 us",
    ]
    assert levels() == []


def test_each_timeslice_is_shown_where_its_end_is_named(ipcsim):
    ipcsim.write("x.lua", COMPUTES)

    shown = ipcsim("run", "x.lua", "--no-db", "--events", "stop", "--only", "spin").stdout

    assert shown.count("stops: TimesliceExpired after 10000 us") > 10
    assert "computes" not in shown
