# SPDX-License-Identifier: Apache-2.0 OR MIT
"""Golden traces: what is compared, what is accepted, what CI is told."""

import json
import os
import re
import resource
import shutil
import signal
import subprocess
import xml.etree.ElementTree as xml

import pytest
from conftest import (
    ENDLESS,
    FAILS,
    LIMIT_SECONDS,
    PASSES,
    PROGRAM,
    ROOT,
    environment,
    finish,
    open_terminal,
    sentence,
    wait_until,
    workers_of,
)

# A client asks a service; what it asks and how often can be changed.
PAIR = """
local times = param("times", 2)
local size = param("size", 64)
scenario { about = "a pair" }

process("service", function()
  expect(ipc.register_service(function(from) expect(ipc.notify_client(from)) end))
  while true do yield() end
end)

process("client", function()
  local svc = expect(ipc.discover("service"))
  local answers = 0
  expect(ipc.register_client(svc, function() answers = answers + 1 end))
  expect(ipc.share(svc, mem.alloc(64, 64):addr(), size))
  for i = 1, times do
    expect(ipc.notify_service(svc))
    while answers < i do yield() end
  end
  done()
end)
"""


@pytest.fixture
def pair(ipcsim):
    """A scenario with its golden trace."""
    ipcsim.write("s/pair.lua", PAIR)
    assert ipcsim("check", "s", "--update", "--no-db").returncode == 0
    return ipcsim


def change(ipcsim, name, old, new):
    path = ipcsim.folder / name
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def golden(ipcsim, name="s/pair.trace"):
    return (ipcsim.folder / name).read_text()


def lines_of(ipcsim, name="s/pair.trace"):
    """The events of a golden trace."""
    return golden(ipcsim, name).split("\n\n", 1)[1].splitlines()


# --- Shipped scenarios


def test_every_shipped_scenario_does_what_its_golden_trace_says(ipcsim):
    result = ipcsim("check", ROOT / "scenarios", "--no-db", "--unreferenced", "-j2")

    assert result.stdout.endswith(" passed, 0 failed\n")
    assert result.stdout.count("\n") == 1
    assert result.returncode == 0


@pytest.mark.parametrize("scale", ["0.5", "2", "4"])
def test_what_the_kernel_costs_changes_no_golden_trace(ipcsim, scale):
    result = ipcsim("check", ROOT / "scenarios", "--no-db", "--cost-scale", scale, "-j2")

    assert result.stdout.endswith(" passed, 0 failed\n")
    assert result.returncode == 0


# --- Accepting and comparing


def test_a_golden_trace_is_pending_until_it_is_accepted(ipcsim):
    ipcsim.write("s/pair.lua", PAIR)

    pending = ipcsim("check", "s", "--no-db")
    accepted = ipcsim("check", "s", "--no-db", "--update")
    passed = ipcsim("check", "s/pair.lua", "--no-db")

    assert pending.returncode == 0
    assert pending.stdout.splitlines()[0] == "pending s/pair.lua  (no golden trace)"
    assert pending.stdout.splitlines()[-1] == "1 passed, 0 failed; 1 pending"
    assert f"accept: {PROGRAM} check --update s/pair.lua\n" in pending.stdout
    assert accepted.stdout == (
        "accepted s/pair.lua  (s/pair.trace)\n1 passed, 0 failed; 1 accepted\n"
    )
    assert passed.stdout == "passed  s/pair.lua  (s/pair.trace)\n1 passed, 0 failed\n"
    assert [pending.stderr, accepted.stderr, passed.stderr] == ["", "", ""]


def test_in_ci_a_golden_trace_has_to_be_there(ipcsim):
    ipcsim.write("s/pair.lua", PAIR)

    result = ipcsim("check", "s", "--no-db", env={"CI": "true"})

    assert result.returncode == 1
    assert result.stdout.splitlines()[0] == "missing s/pair.lua  (no golden trace)"
    assert not (ipcsim.folder / "s/pair.trace").exists()


def test_the_folder_scenarios_is_checked_if_nothing_is_named(ipcsim):
    ipcsim.write("scenarios/pair.lua", PAIR)

    assert "scenarios/pair.lua" in ipcsim("check", "--no-db").stdout


def test_a_golden_trace_says_nothing_of_time_and_of_where_it_stood(pair):
    text = golden(pair)

    assert text.splitlines()[:4] == [
        "ipcsim golden trace, format 2",
        "scenario  pair.lua",
        "params    times=2 size=64",
        "machine   board=cortex-m4 sched=round_robin fault=stop num_procs=2 seed=0"
        " until_us=10000000",
    ]
    assert "0x2000" not in text and " #" not in text and str(pair.folder) not in text
    assert lines_of(pair)[-1] == "outcome  passed"


def test_a_golden_trace_is_accepted_only_if_something_differs(pair):
    change(pair, "s/pair.trace", "scenario  pair.lua", "# why this matters\nscenario  pair.lua")

    assert pair("check", "s", "--no-db", "--update").returncode == 0
    assert "# why this matters\n" in golden(pair)


def test_an_upcall_with_another_argument_is_named_first(pair):
    change(pair, "s/pair.lua", '("size", 64)', '("size", 32)')

    result = pair("check", "s", "--no-db")

    lines = result.stdout.splitlines()
    assert result.returncode == 1
    assert lines[0].startswith("differs s/pair.lua  (2 upcalls have other arguments, ")
    assert any(
        line.startswith("  changed    service: upcall ipc.service(from=client, len=64")
        and line.endswith(": len=64 -> len=32")
        for line in lines
    )
    assert "  params: times=2 size=64 in s/pair.trace, times=2 size=32 in this run" in lines


def test_a_change_is_told_with_its_causes_and_what_to_do(pair):
    change(pair, "s/pair.trace", "len=64", "len=65")

    result = pair("check", "s", "--no-db")

    text = result.stdout
    assert "they part in service:\n      s/pair.trace: upcall ipc.service(from=client, len=65" in text
    assert (
        "    what led to it in s/pair.trace:\n"
        "      client: command ipc.notify_service(to=service) -> Success\n" in text
    )
    assert "--- s/pair.trace\n  +++ this run\n" in text
    assert re.search(r"^  @@ \d+ events are the same @@$", text, re.MULTILINE)
    assert re.search(r"^  - service  upcall .*len=65", text, re.MULTILINE)
    assert re.search(r"^  \+ service  upcall .*len=64", text, re.MULTILINE)
    assert f"  replay: {PROGRAM} run s/pair.lua\n" in text
    assert f"  accept: {PROGRAM} check --update s/pair.lua\n" in text


@pytest.mark.parametrize("verb", ["check", "run"])
def test_the_commands_it_gives_work(pair, verb):
    change(pair, "s/pair.trace", "len=64", "len=65")
    result = pair("check", "s", "--no-db")
    label = {"check": "accept", "run": "replay"}[verb]

    [command] = re.findall(rf"^  {label}: (.*)$", result.stdout, re.MULTILINE)
    done = subprocess.run(command, shell=True, cwd=pair.folder, env=environment({}), check=False)

    assert done.returncode == 0
    assert pair("check", "s", "--no-db").returncode == (0 if verb == "check" else 1)


def test_with_a_database_it_says_how_to_see_all_of_a_difference(pair):
    change(pair, "s/pair.trace", "len=64", "len=65")
    result = pair("check", "s")

    [command] = re.findall(r"^  all of it: (.*)$", result.stdout, re.MULTILINE)
    done = subprocess.run(
        command, shell=True, cwd=pair.folder, env=environment({}), capture_output=True, check=False
    )

    assert command == f"{PROGRAM} diff s/pair.trace ipcsim.db:1"
    assert done.returncode == 1
    assert b"len=65 -> len=64" in done.stdout


def test_the_order_in_which_processes_take_turns_is_not_compared(pair):
    head, events = golden(pair).split("\n\n", 1)
    events = sorted(events.splitlines(), key=lambda line: line.split("  ")[0])
    pair.write("s/pair.trace", head + "\n\n" + "\n".join(events) + "\n")

    assert pair("check", "s", "--no-db").returncode == 0


def test_a_run_that_fails_is_never_accepted(pair):
    change(pair, "s/pair.lua", "expect(ipc.notify_client(from))", "")
    before = golden(pair)

    result = pair("check", "s", "--no-db", "--update")

    assert result.returncode == 1
    assert result.stdout.startswith("failed  s/pair.lua  (deadlock: nothing will ever wake ")
    assert "  what is not as its golden trace says: 3 upcalls are missing, " in result.stdout
    assert "  missing    service: command ipc.notify_client(to=client) -> Success\n" in result.stdout
    assert "deadlock: nothing will ever wake a process again; not done: client" in result.stdout
    assert f"  replay: {PROGRAM} run s/pair.lua\n" in result.stdout
    assert golden(pair) == before


def test_a_bound_that_was_hit_is_told(ipcsim):
    ipcsim.write("x.lua", ENDLESS)

    assert ipcsim("check", "x.lua", "--no-db", "--until", "1000").returncode == 4
    assert ipcsim("check", "x.lua", "--no-db", "--timeout", "0.2").returncode == 4


def test_output_is_the_same_however_many_run_at_once(ipcsim):
    for number in range(12):
        ipcsim.write(f"s/{number:02}.lua", [PASSES, FAILS, PAIR, "syntax error"][number % 4])

    one = ipcsim("check", "s", "--no-db")

    for jobs in [2, 12]:
        several = ipcsim("check", "s", "--no-db", f"-j{jobs}")
        assert several.stdout == one.stdout
        assert several.stderr == one.stderr
        assert several.returncode == one.returncode == 2
    assert one.stdout.endswith("6 passed, 3 failed, 3 without an answer; 6 pending\n")


def test_two_checks_of_one_database_record_all_runs(pair):
    for number in range(8):
        pair.write(f"s/{number}.lua", PAIR)
    first = pair.start("check", "s", "-j2")
    second = pair.start("check", "s", "-j2")

    assert finish(first)[0] == finish(second)[0] == 0
    assert pair.rows("select count(*), min(outcome), max(outcome) from runs") == [
        (18, "passed", "passed")
    ]
    assert pair.rows("pragma integrity_check") == [("ok",)]


def test_a_worker_that_dies_is_the_failure_of_its_scenario_alone(ipcsim):
    ipcsim.write("s/a.lua", PASSES)
    ipcsim.write("s/b.lua", ENDLESS)
    ipcsim.write("s/c.lua", PASSES)

    process = ipcsim.start("check", "s", "--no-db")
    [worker] = wait_until(
        lambda: [
            pid
            for pid in workers_of(process)
            if b"s/b.lua" in open(f"/proc/{pid}/cmdline", "rb").read()
        ]
    )
    os.kill(worker, signal.SIGKILL)
    status, out, _ = finish(process)

    assert status == 3
    assert "crashed s/b.lua  (signal 9, SIGKILL)\n" in out
    assert out.endswith("2 passed, 0 failed, 1 without an answer; 2 pending\n")


def test_an_interrupt_ends_it_cleanly(ipcsim):
    ipcsim.write("s/a.lua", PASSES)
    ipcsim.write("s/b.lua", ENDLESS)

    process = ipcsim.start("check", "s", "--update", "--no-db")
    wait_until(lambda: (ipcsim.folder / "s/a.trace").exists() and workers_of(process))
    os.killpg(process.pid, signal.SIGINT)
    status, out, _ = finish(process)

    assert status == 130
    assert "accepted s/a.lua" in out and not (ipcsim.folder / "s/b.trace").exists()


# --- Several golden traces of one scenario

VARIED = PAIR.replace(
    'about = "a pair"',
    'golden = { {}, { times = 3 }, { size = 32, board = "cortex-m7", seed = 5 } }',
)


def test_a_scenario_asks_for_several_golden_traces(ipcsim):
    ipcsim.write("s/pair.lua", VARIED)

    result = ipcsim("check", "s", "--no-db", "--update")

    assert result.stdout.splitlines()[:-1] == [
        "accepted s/pair.lua  (s/pair.trace)",
        "accepted s/pair.lua times=3  (s/pair.times=3.trace)",
        "accepted s/pair.lua size=32,board=cortex-m7,seed=5"
        "  (s/pair.size=32,board=cortex-m7,seed=5.trace)",
    ]
    assert "params    times=3 size=64\n" in golden(ipcsim, "s/pair.times=3.trace")
    again = ipcsim("check", "s", "--no-db", "--unreferenced")
    assert again.stdout.splitlines()[-1] == "3 passed, 0 failed"


def test_the_commands_for_one_of_several_say_which(ipcsim):
    ipcsim.write("s/pair.lua", VARIED)

    result = ipcsim("check", "s", "--no-db")

    assert f"accept: {PROGRAM} check --update s/pair.lua -P times=3\n" in result.stdout


def test_options_choose_the_one_run_to_check(ipcsim):
    ipcsim.write("s/pair.lua", VARIED)
    ipcsim("check", "s", "--no-db", "--update")

    for options in [["-P", "times=3"], ["-P", "times=2"], ["-P", "size=64", "--seed", "0"]]:
        result = ipcsim("check", "s", "--no-db", *options)
        assert result.returncode == 0
        assert result.stdout.splitlines()[-1] == "1 passed, 0 failed"
    result = ipcsim("check", "s", "--no-db", "-P", "times=4", env={"CI": "1"})
    assert result.returncode == 1
    assert result.stdout.startswith("missing s/pair.lua times=4  (")


def test_a_name_may_hold_what_a_file_name_may_not(ipcsim):
    ipcsim.write("x.lua", 'local p = param("p", "")\n' + PASSES)

    ipcsim("check", "x.lua", "--no-db", "--update", "-P", "p=a/b c%")

    assert (ipcsim.folder / "x.p=a%2Fb%20c%25.trace").exists()


@pytest.mark.parametrize(
    ("value", "part"),
    [
        ("3", "golden is a list"),
        ("{}", "golden is a list"),
        ("{ 3 }", "such as { clients = 8 }"),
        ("{ { 3 } }", "such as { clients = 8 }"),
        ("{ { times = {} } }", "a value must be"),
        ('{ { times = "many" } }', "times"),
        ("{ { tims = 3 } }", "times"),
        ('{ { board = "cortex-m5" } }', "cortex-m"),
        ("{ { seed = -1 } }", "--seed"),
    ],
)
def test_a_mistake_in_what_the_header_asks_for(ipcsim, value, part):
    ipcsim.write("x.lua", PAIR.replace('about = "a pair"', f"golden = {value}"))

    line = sentence(ipcsim("check", "x.lua", "--no-db"), 2)

    assert line.startswith("x.lua") and part in line


def test_a_program_learns_which_runs_have_golden_traces(ipcsim):
    ipcsim.write("s/pair.lua", VARIED)
    ipcsim.write("s/plain.lua", PASSES)

    pair, plain = map(json.loads, ipcsim("list", "s", "--json").stdout.splitlines())

    assert pair["path"] == "s/pair.lua" and pair["line"] == 4
    assert [param["name"] for param in pair["params"]] == ["times", "size"]
    assert pair["goldens"] == [{}, {"times": "3"}, {"size": "32", "board": "cortex-m7", "seed": "5"}]
    assert plain["goldens"] == [{}] and plain["sched"] == "round_robin"


def test_a_list_for_programs_leaves_out_what_is_wrong(ipcsim):
    ipcsim.write("s/a.lua", PAIR.replace('about = "a pair"', "golden = { { tims = 3 } }"))
    ipcsim.write("s/b.lua", PASSES)

    result = ipcsim("list", "s", "--json")

    assert "tims" in sentence(result, 2)
    assert [json.loads(line)["path"] for line in result.stdout.splitlines()] == ["s/b.lua"]


# --- Known issues


def known(script, failure="failed"):
    return f'scenario {{ known_issue = {{ "tock#4410", failure = "{failure}" }} }}\n{script}'


WAITS = 'process("waits", function() yield() done() end)\n'
TYPO = 'process("typo", function() expct_eq(1, 1) done() end)\n'


@pytest.mark.parametrize(
    ("script", "failure", "begins"),
    [
        (FAILS, "failed", "s/a.lua:"),
        (FAILS, "expected 3, got 2", "s/a.lua:"),
        (WAITS, "deadlock", "deadlock: "),
        (WAITS, "not done: waits", "deadlock: "),
    ],
)
def test_a_known_issue_fails_as_expected_and_is_listed(ipcsim, script, failure, begins):
    ipcsim.write("s/a.lua", known(script, failure))

    result = ipcsim("check", "s", "--no-db", env={"CI": "true"})

    assert result.returncode == 0
    assert result.stdout.startswith(f"known   s/a.lua  (tock#4410: {begins}")
    assert result.stdout.endswith("1 passed, 0 failed; 1 known\n")


@pytest.mark.parametrize(
    ("script", "failure"), [(FAILS, "deadlock"), (WAITS, "failed"), (FAILS, "got 4")]
)
def test_another_failure_than_the_known_one_is_a_failure(ipcsim, script, failure):
    ipcsim.write("s/a.lua", known(script, failure))

    result = ipcsim("check", "s", "--no-db")

    assert result.returncode == 1
    assert result.stdout.startswith("failed  s/a.lua  (")
    assert f'known_issue tock#4410 is another failure: "{failure}"\n' in result.stdout


@pytest.mark.parametrize("failure", ["failed", "not defined", "expct_eq"])
@pytest.mark.parametrize("script", [TYPO, TYPO.replace("expct_eq(1, 1)", "error('expct_eq')")])
def test_an_error_of_the_script_is_never_known(ipcsim, script, failure):
    ipcsim.write("s/a.lua", known(script, failure))

    result = ipcsim("check", "s", "--no-db")

    assert result.returncode == 1
    assert result.stdout.startswith("failed  s/a.lua  (s/a.lua:2: ")
    assert "known_issue tock#4410 is no excuse for an error in the script\n" in result.stdout


@pytest.mark.parametrize(("script", "word"), [(FAILS, "failed"), (WAITS, "deadlock")])
def test_a_known_issue_that_names_no_failure_says_what_to_write(ipcsim, script, word):
    ipcsim.write("s/a.lua", 'scenario { known_issue = "tock#4410" }\n' + script)

    result = ipcsim("check", "s", "--no-db")

    assert result.returncode == 1
    assert f'known_issue = {{ "tock#4410", failure = "{word}" }}\n' in result.stdout


@pytest.mark.parametrize(
    ("issue", "words"),
    [
        ('{ "tock#1" }', "known_issue says which issue and which failure it is"),
        ('{ failure = "failed" }', "known_issue says which issue and which failure it is"),
        ('{ "tock#1", failure = 1 }', "known_issue says which issue and which failure it is"),
        ('{ "a", failure = "b", failur = 1 }', "unknown key of known_issue 'failur'; did you mean"),
        ("1", "known_issue must be a text, not a number"),
    ],
)
def test_a_mistake_in_a_known_issue_is_one(ipcsim, issue, words):
    ipcsim.write("s/a.lua", f"scenario {{ known_issue = {issue} }}\n{FAILS}")

    assert words in sentence(ipcsim("run", "s/a.lua", "--no-db"), 2)


def test_a_known_issue_that_passes_is_a_failure(ipcsim):
    ipcsim.write("s/a.lua", known(PASSES))

    result = ipcsim("check", "s", "--no-db", "--update")

    assert result.returncode == 1
    assert result.stdout.startswith("fixed   s/a.lua  (tock#4410 does not happen any more")
    assert not (ipcsim.folder / "s/a.trace").exists()


@pytest.mark.parametrize("failure", ["differs", "upcalls have other arguments"])
def test_a_known_issue_may_be_one_that_the_golden_trace_shows(pair, failure):
    issue = f'known_issue = {{ "tock#1", failure = "{failure}" }}'
    change(pair, "s/pair.lua", 'about = "a pair"', issue)
    assert pair("check", "s", "--no-db").returncode == 1

    change(pair, "s/pair.trace", "len=64", "len=65")
    before = golden(pair)
    result = pair("check", "s", "--no-db", "--update")

    assert result.returncode == 0
    assert "known   s/pair.lua  (tock#1: 2 upcalls have other arguments)" in result.stdout
    assert golden(pair) == before


def test_a_mistake_is_no_known_issue(ipcsim):
    ipcsim.write("s/a.lua", known("process()"))

    assert ipcsim("check", "s", "--no-db").returncode == 2


# --- Golden traces that nothing asks for


def test_unreferenced_golden_traces_are_reported_and_removed(pair):
    for name in ["s/old.trace", "s/deep/er/old.trace", "s/pair.times=9.trace"]:
        (pair.folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(pair.folder / "s/pair.trace", pair.folder / name)
    pair.write("s/other.trace", "strace: not one of ours\n")

    reported = pair("check", "s", "--no-db", "--unreferenced")
    ignored = pair("check", "s", "--no-db")
    removed = pair("check", "s", "--no-db", "--unreferenced", "--update")

    assert reported.returncode == 1 and ignored.returncode == 0 and removed.returncode == 0
    assert re.findall(r"^unreferenced (\S+)", reported.stdout, re.MULTILINE) == [
        "s/deep/er/old.trace",
        "s/old.trace",
        "s/pair.times=9.trace",
    ]
    assert removed.stdout.count("removed s/") == 3
    assert sorted(p.name for p in pair.folder.rglob("*.trace")) == ["other.trace", "pair.trace"]


def test_every_report_counts_an_unreferenced_golden_trace(pair):
    shutil.copy(pair.folder / "s/pair.trace", pair.folder / "s/old.trace")
    arguments = ["check", "s", "--no-db", "--unreferenced"]
    summary = pair.folder / "summary"
    github = {"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(summary)}

    text = pair(*arguments, "--junit", "out.xml", env=github)
    tap = pair(*arguments, "--tap")

    lines = text.stdout.splitlines()
    assert text.returncode == tap.returncode == 1
    assert lines[1:3] == [
        "unreferenced s/old.trace  (no scenario asks for it)",
        "1 passed, 1 failed; 1 unreferenced",
    ]
    assert lines[3].startswith("::error file=s/old.trace,line=1,title=unreferenced ")
    assert "### ipcsim: 1 passed, 1 failed\n" in summary.read_text()
    assert tap.stdout.splitlines()[:4] == [
        "TAP version 14", "1..2", "ok 1 - s/pair.lua", "not ok 2 - s/old.trace",
    ]  # fmt: skip
    [failure] = xml.parse(pair.folder / "out.xml").iter("failure")
    assert failure.attrib == {"type": "unreferenced", "message": "no scenario asks for it"}


def test_where_all_unreferenced_ones_were_removed_the_sum_counts_no_failure(pair):
    shutil.copy(pair.folder / "s/pair.trace", pair.folder / "s/old.trace")

    result = pair("check", "s", "--no-db", "--unreferenced", "--update")

    assert result.returncode == 0
    assert result.stdout.splitlines()[1:] == [
        "removed s/old.trace  (no scenario asks for it)",
        "1 passed, 0 failed",
    ]


def test_beside_one_scenario_only_its_own_are_looked_at(pair):
    shutil.copy(pair.folder / "s/pair.trace", pair.folder / "s/pair.times=9.trace")
    text = golden(pair).replace("pair.lua", "gone.lua")
    pair.write("s/gone.trace", text)

    result = pair("check", "s/pair.lua", "--no-db", "--unreferenced")

    assert re.findall(r"^unreferenced (\S+)", result.stdout, re.MULTILINE) == [
        "s/pair.times=9.trace"
    ]


def test_those_of_a_scenario_that_cannot_be_read_are_not_removed(pair):
    pair.write("s/pair.lua", "syntax error")

    assert pair("check", "s", "--no-db", "--unreferenced", "--update").returncode == 2
    assert (pair.folder / "s/pair.trace").exists()


def test_unreferenced_needs_the_runs_that_the_scenarios_ask_for(pair):
    assert "--unreferenced" in sentence(
        pair("check", "s", "--no-db", "--unreferenced", "-P", "times=3"), 2
    )


# --- Reviewing on a terminal


def review(ipcsim, answers):
    """Answers the questions of --review on a terminal; its status and what it said."""
    terminal, its_end = open_terminal()
    process = ipcsim.start(
        "check", "s", "--no-db", "--review", stdin=its_end, stdout=its_end, stderr=its_end
    )
    os.close(its_end)
    said = b""
    while True:
        try:
            more = os.read(terminal, 4096)
        except OSError:
            break
        if not more:
            break
        said += more
        if more.rstrip().endswith(b"[q]uit:") and answers:
            os.write(terminal, answers.pop(0).encode() + b"\n")
    os.close(terminal)
    return process.wait(LIMIT_SECONDS), said.decode()


@pytest.mark.parametrize(
    ("answers", "accepted", "status"),
    [
        (["y", "n", "y"], ["a", "c"], 0),
        (["n", "what?", "y", "n"], ["b"], 0),
        (["n", "a"], ["b", "c"], 0),
        (["y", "q"], ["a"], 0),
    ],
)
def test_a_review_asks_about_each_difference(ipcsim, answers, accepted, status):
    for name in "abc":
        ipcsim.write(f"s/{name}.lua", PASSES)
    asked = len(answers)

    result, said = review(ipcsim, answers)

    assert result == status, said
    assert sorted(path.stem for path in ipcsim.folder.rglob("*.trace")) == accepted
    assert said.count("accept this trace?") == asked


def test_what_was_not_accepted_in_a_review_still_differs(pair):
    change(pair, "s/pair.trace", "len=64", "len=65")
    before = golden(pair)

    status, said = review(pair, ["n"])

    assert status == 1
    assert "len=65 -> len=64" in said
    assert golden(pair) == before


def test_a_review_needs_a_terminal(pair):
    assert "terminal" in sentence(pair("check", "s", "--no-db", "--review"), 2)


@pytest.mark.parametrize("other", ["--update", "--tap"])
def test_a_review_goes_with_nothing_that_decides_or_prints_by_itself(pair, other):
    assert "--review" in sentence(pair("check", "s", "--no-db", "--review", other), 2)


# --- Golden traces that are none


@pytest.mark.parametrize(
    ("text", "part", "status_of_update"),
    [
        ("hello\n", "s/pair.trace is not a golden trace of ipcsim", 2),
        ("", "s/pair.trace is not a golden trace of ipcsim", 2),
        ("ipcsim golden trace, format 99\n", "use a newer one", 2),
        ("ipcsim golden trace, format 1\n", "--update", 0),
        (
            "ipcsim golden trace, format 2\nscenario  other.lua\n\n",
            "is the golden trace of other.lua, not of pair.lua",
            2,
        ),
        (
            "ipcsim golden trace, format 2\nscenario  pair.lua\n\n<<<<<<< HEAD\n",
            "s/pair.trace:4: a merge left its marks here",
            0,
        ),
    ],
)
def test_a_file_that_is_no_golden_trace_of_the_scenario(pair, text, part, status_of_update):
    pair.write("s/pair.trace", text)

    result = pair("check", "s", "--no-db")
    assert result.returncode == 2
    assert part in result.stderr.splitlines()[0]
    assert golden(pair) == text

    assert pair("check", "s", "--no-db", "--update").returncode == status_of_update
    assert (golden(pair) == text) == (status_of_update != 0)


def test_a_golden_trace_that_was_cut_off_lacks_what_is_missing(pair):
    text = golden(pair)
    pair.write("s/pair.trace", text[: len(text) // 2])

    result = pair("check", "s", "--no-db")

    assert result.returncode == 1
    assert "are new" in result.stdout.splitlines()[0]


def test_a_golden_trace_that_cannot_be_read(pair):
    (pair.folder / "s/pair.trace").unlink()
    (pair.folder / "s/pair.trace").mkdir()

    assert "s/pair.trace" in sentence(pair("check", "s", "--no-db"), 3)


def test_a_golden_trace_that_cannot_be_written_loses_nothing(pair):
    change(pair, "s/pair.trace", "len=64", "len=65")
    before = golden(pair)

    result = pair(
        "check",
        "s",
        "--no-db",
        "--update",
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100)),
        restore_signals=False,  # Python ignores SIGXFSZ, which then is an error to the program
    )

    assert "cannot write golden trace s/pair.trace: File too large" in sentence(result, 3)
    assert golden(pair) == before
    assert sorted(path.name for path in (pair.folder / "s").iterdir()) == ["pair.lua", "pair.trace"]


def test_a_golden_trace_that_is_no_file_is_not_replaced(ipcsim):
    ipcsim.write("s/pair.lua", PAIR)
    (ipcsim.folder / "s/pair.trace").symlink_to("/dev/null")

    assert ipcsim("check", "s", "--no-db", "--update").returncode == 2
    assert (ipcsim.folder / "s/pair.trace").is_char_device()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everything")
def test_a_golden_trace_that_is_read_only_stays(pair):
    change(pair, "s/pair.trace", "len=64", "len=65")
    before = golden(pair)
    (pair.folder / "s/pair.trace").chmod(0o444)

    assert "Permission denied" in sentence(pair("check", "s", "--no-db", "--update"), 3)
    assert golden(pair) == before


def test_a_link_to_a_golden_trace_stays_one(pair):
    (pair.folder / "s/pair.trace").rename(pair.folder / "real.trace")
    (pair.folder / "s/pair.trace").symlink_to("../real.trace")
    change(pair, "real.trace", "len=64", "len=65")

    assert pair("check", "s", "--no-db", "--update").returncode == 0
    assert (pair.folder / "s/pair.trace").is_symlink()
    assert "len=64" in golden(pair, "real.trace")


def test_a_database_that_cannot_be_written_is_told_once(pair):
    pair.write("s/two.lua", PAIR)

    result = pair("check", "s", "--db", "gone/x.db")

    assert "gone" in sentence(result, 3)
    assert result.stdout == ""


# --- Reports


MIXED = {"good": PASSES, "bad": FAILS, "pair": PAIR, "deep/known": known(FAILS), "broken": "syntax"}


@pytest.fixture
def mixed(ipcsim):
    """A scenario of each kind: passed, failed, pending, known, a mistake."""
    for name, script in MIXED.items():
        ipcsim.write(f"s/{name}.lua", script)
    ipcsim("check", "s/good.lua", "--update", "--no-db")
    return ipcsim


def test_junit_has_a_suite_for_each_folder_and_a_case_for_each_golden_trace(mixed):
    result = mixed("check", "s", "--no-db", "--junit", "out.xml")

    root = xml.parse(mixed.folder / "out.xml").getroot()
    assert result.returncode == 2
    assert root.tag == "testsuites"
    assert [root.get(name) for name in ["tests", "failures", "errors"]] == ["5", "1", "1"]
    suites = {suite.get("name"): suite for suite in root}
    assert sorted(suites) == ["s", "s/deep"]
    assert [suites["s"].get(name) for name in ["tests", "failures", "errors", "skipped"]] == [
        "4",
        "1",
        "1",
        "1",
    ]
    for case in root.iter("testcase"):
        assert set(case.keys()) == {"classname", "name", "file", "line", "time"}
        assert int(case.get("line")) >= 1
        assert re.fullmatch(r"\d+\.\d{6}", case.get("time"))
    shown = {
        (case.get("classname"), case.get("name"), case.get("file")): [
            (child.tag, child.get("type")) for child in case
        ]
        for case in root.iter("testcase")
    }
    assert shown == {
        ("s", "bad", "s/bad.lua"): [("failure", "failed")],
        ("s", "broken", "s/broken.lua"): [("error", "error")],
        ("s.deep", "known", "s/deep/known.lua"): [("skipped", "known")],
        ("s", "good", "s/good.lua"): [],
        ("s", "pair", "s/pair.lua"): [("skipped", "pending")],
    }


def test_junit_holds_the_difference(pair):
    change(pair, "s/pair.trace", "len=64", "len=65")

    pair("check", "s", "--no-db", "--junit", "out.xml")

    [failure] = xml.parse(pair.folder / "out.xml").getroot().iter("failure")
    assert failure.get("message") == "2 upcalls have other arguments"
    assert "- service  upcall ipc.service(from=client, len=65" in failure.text
    assert failure.text.rstrip().endswith("check --update s/pair.lua")


def test_junit_names_each_of_several_golden_traces(ipcsim):
    ipcsim.write("s/pair.lua", VARIED)

    ipcsim("check", "s", "--no-db", "--junit", "out.xml")

    cases = xml.parse(ipcsim.folder / "out.xml").getroot().iter("testcase")
    assert [case.get("name") for case in cases] == [
        "pair",
        "pair[times=3]",
        "pair[size=32,board=cortex-m7,seed=5]",
    ]


def test_junit_is_valid_whatever_a_scenario_is_called(ipcsim):
    script = 'process("<&>\\1\\xff", function() expect_eq("]]>\\27\\xc3", "") done() end)\n'
    ipcsim.write('s/<"&>\x01.lua', script)

    ipcsim("check", "s", "--no-db", "--junit", "out.xml")

    [case] = xml.parse(ipcsim.folder / "out.xml").getroot().iter("testcase")
    assert case.get("name") == '<"&>\\x01'


def test_a_junit_file_that_cannot_be_written(pair):
    result = pair("check", "s", "--no-db", "--junit", "gone/out.xml")

    assert "gone/out.xml" in sentence(result, 3)


def test_tap_is_all_that_is_printed(mixed):
    result = mixed("check", "s", "--no-db", "--tap")

    lines = result.stdout.splitlines()
    assert lines[:2] == ["TAP version 14", "1..5"]
    assert [line for line in lines if re.match(r"(not )?ok ", line)] == [
        "not ok 1 - s/bad.lua",
        "not ok 2 - s/broken.lua",
        "not ok 3 - s/deep/known.lua # todo tock\\#4410",
        "ok 4 - s/good.lua",
        "ok 5 - s/pair.lua # skip no golden trace yet",
    ]
    assert all(re.match(r"(not )?ok |  |TAP |1\.\.|$", line) for line in lines)
    assert lines.count("  ---") == lines.count("  ...") == 3
    assert result.returncode == 2


def test_github_gets_an_annotation_on_the_line_of_the_scenario(pair):
    change(pair, "s/pair.trace", "len=64", "len=65")

    result = pair("check", "s", "--no-db", env={"GITHUB_ACTIONS": "true"})

    [line] = [line for line in result.stdout.splitlines() if line.startswith("::")]
    assert line.startswith(
        "::error file=s/pair.lua,line=4,title=differs s/pair.lua::"
        "2 upcalls have other arguments%0Achanged    service: upcall ipc.service("
    )
    assert "::" not in pair("check", "s", "--no-db").stdout


def test_github_finds_the_file_from_the_root_of_the_repository(pair):
    result = subprocess.run(
        [PROGRAM, "check", "pair.lua", "--no-db", "-P", "times=7"],
        cwd=pair.folder / "s",
        env=environment({"GITHUB_ACTIONS": "true", "GITHUB_WORKSPACE": str(pair.folder)}),
        capture_output=True,
        encoding="utf-8",
        check=False,
    )

    assert "::warning file=s/pair.lua,line=4,title=pending pair.lua times=7::" in result.stdout


def test_with_tap_annotations_go_to_stderr(mixed):
    result = mixed("check", "s", "--no-db", "--tap", env={"GITHUB_ACTIONS": "true"})

    assert "::error file=s/bad.lua" in result.stderr
    assert "::" not in result.stdout


def test_a_summary_is_appended_as_markdown(mixed):
    mixed.write("summary.md", "before\n")

    mixed("check", "s", "--no-db", env={"GITHUB_STEP_SUMMARY": "summary.md"})

    text = (mixed.folder / "summary.md").read_text()
    assert text.startswith("before\n### ipcsim: 3 passed, 2 failed\n\n| result | scenario | |\n")
    assert "| known | s/deep/known.lua | tock&#35;4410: s/deep/known.lua:" in text
    assert "<details><summary>s/bad.lua</summary>\n\n```diff\n" in text
    assert text.count("```") % 2 == 0


def test_a_summary_that_cannot_be_written(pair):
    result = pair("check", "s", "--no-db", env={"GITHUB_STEP_SUMMARY": "gone/summary.md"})

    assert "GITHUB_STEP_SUMMARY" in sentence(result, 3)


# --- Cost scale


def test_a_slower_chip_takes_more_time_for_the_same(ipcsim):
    ipcsim.write("x.lua", PAIR)

    for scale in ["1", "2"]:
        assert ipcsim("run", "x.lua", "--cost-scale", scale).returncode == 0

    [[once], [twice]] = ipcsim.rows("select time_us from runs order by id")
    assert 1.8 * once < twice < 2.2 * once


@pytest.mark.parametrize("scale", ["0", "-1", "101", "x", "nan", ""])
def test_a_cost_scale_is_a_number_within_reason(ipcsim, scale):
    ipcsim.write("x.lua", PASSES)

    assert "--cost-scale" in sentence(ipcsim("run", "x.lua", "--cost-scale", scale), 2)


def test_many_scenarios_are_checked_in_no_time(ipcsim):
    for number in range(200):
        shutil.copy(ROOT / "scenarios" / "rot13.lua", ipcsim.folder / f"{number}.lua")
    assert ipcsim("check", ".", "--no-db", "--update", "-j2").returncode == 0

    process = ipcsim.start("check", ".", "--no-db", "-j2")
    out, _ = process.communicate(timeout=LIMIT_SECONDS)

    assert process.returncode == 0
    assert re.fullmatch(r"\d+ passed, 0 failed\n", out)
