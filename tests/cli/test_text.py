# SPDX-License-Identifier: Apache-2.0 OR MIT
"""Text that is not ASCII, or no text at all, in what other programs read."""

import json
import shutil
import subprocess
import unicodedata
import xml.etree.ElementTree as xml

import pytest

# Characters, bytes that are none, one of those that stand for them, and what moves a terminal.
ODD = r"café \xff\xe9 \u{f7ff} \u{1f600} \u{202e} \x1b[0m"
ODD_BYTES = "café ".encode() + b"\xff\xe9 " + "\uf7ff \U0001f600 \u202e \x1b[0m".encode()

SPEAKS = rf"""
local word = param("größe", "{ODD}", "wie groß? {ODD}")
scenario {{ about = "über {ODD}", golden = {{ {{}}, {{ ["größe"] = "{ODD}!" }} }} }}
process("{ODD}", function() print(word) done() end)
process("{ODD}2", function() done() end)
"""


def bytes_of(text):
    """As docs/events.md has it."""
    return text.translate({0xF700 + b: 0xDC00 + b for b in range(0x80, 0x100)}).encode(
        "utf-8", "surrogateescape"
    )


@pytest.fixture
def speaks(ipcsim):
    ipcsim.write("ä.lua", SPEAKS)
    return ipcsim


def trace_of(ipcsim, name="a.jsonl"):
    """The bytes of the run's JSON lines, which are also in the file."""
    result = ipcsim("run", "ä.lua", "--no-db", "--trace", "jsonl")
    assert result.returncode == 0, result.stderr
    ipcsim.write(name, result.stdout)
    return result.stdout


def is_harmless(text):
    """Nothing in it controls, or turns the direction of a line."""
    return not any(unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp") for c in text if c != "\n")


def test_a_trace_is_utf_8_and_every_byte_can_be_had_back(speaks):
    trace = trace_of(speaks)
    events = [json.loads(line) for line in trace.splitlines()]

    names = [bytes_of(event["name"]) for event in events if event["event"] == "loaded"]
    texts = [bytes_of(event["text"]) for event in events if event["event"] == "print"]

    assert names == [ODD_BYTES, ODD_BYTES + b"2"]
    assert texts == [ODD_BYTES + b"\n"]
    assert is_harmless(trace) and r"café \uf7ff\uf7e9 \uf7ef\uf79f\uf7bf 😀 \u202e \u001b[0m" in trace


def rewritten_by_python(trace):
    return "".join(json.dumps(json.loads(line), sort_keys=True) + "\n" for line in trace.splitlines())


def rewritten_by_jq(*options):
    def rewrite(trace):
        if shutil.which("jq") is None:
            pytest.skip("jq is not installed")
        command = ["jq", *options, "."]
        return subprocess.run(
            command, input=trace, capture_output=True, check=True, encoding="utf-8"
        ).stdout

    return rewrite


@pytest.mark.parametrize(
    "rewrite",
    [
        rewritten_by_python,
        rewritten_by_jq("-c"),
        rewritten_by_jq("-c", "--sort-keys"),
        rewritten_by_jq("-c", "--ascii-output"),
    ],
    ids=["python", "jq", "jq-sorted", "jq-ascii"],
)
def test_a_trace_that_another_program_wrote_anew_is_the_same(speaks, rewrite):
    speaks.write("b.jsonl", rewrite(trace_of(speaks)))
    assert speaks("run", "ä.lua", "--trace", "none").returncode == 0

    for other in ["b.jsonl", "ipcsim.db"]:
        result = speaks("diff", "a.jsonl", other)
        assert (result.returncode, result.stderr) == (0, ""), result.stdout
        assert result.stdout.startswith("the same: ")


def test_another_byte_is_a_difference(speaks):
    trace = trace_of(speaks)
    speaks.write("b.jsonl", trace.replace(r"\uf7ff\uf7e9", r"\uf7fe\uf7e9"))

    result = speaks("diff", "a.jsonl", "b.jsonl")

    assert result.returncode == 1
    assert r"\xfe\xe9" in result.stdout


def test_a_list_for_programs_is_utf_8(speaks):
    text = speaks("list", "--json", "ä.lua").stdout
    listed = json.loads(text)

    assert listed["path"] == "ä.lua"
    assert bytes_of(listed["about"]) == "über ".encode() + ODD_BYTES
    assert bytes_of(listed["params"][0]["name"]) == "größe".encode()
    assert bytes_of(listed["params"][0]["default"]) == ODD_BYTES
    assert bytes_of(listed["params"][0]["help"]) == "wie groß? ".encode() + ODD_BYTES
    assert bytes_of(listed["goldens"][1]["größe"]) == ODD_BYTES + b"!"
    assert is_harmless(text)


def test_an_answer_about_buffers_is_utf_8(ipcsim):
    ipcsim.write(
        "x.lua",
        rf"""
        process("{ODD}", function()
          expect(ipc.register_service(function() end))
          while true do yield() end
        end)
        process("client", function()
          local svc = expect(ipc.discover("{ODD}"))
          expect(ipc.share(svc, mem.alloc(64, 64)))
          expect(ipc.notify_service(svc))
          done()
          yield()
        end)
        """,
    )

    shown = ipcsim("fit", "x.lua").stdout
    text = ipcsim("fit", "--json", "x.lua").stdout
    (sheet,) = json.loads(text)

    assert bytes_of(sheet["receiver"]) == ODD_BYTES
    assert is_harmless(text)
    assert r"shared with caf\xc3\xa9 \xff\xe9 " in shown


# --- Reports for CI


@pytest.fixture
def fails(ipcsim):
    """A scenario that fails, saying why in its odd text."""
    script = rf'process("{ODD}", function() expect_eq("{ODD}", "") end)'
    ipcsim.write("\x1b[1mä#.lua", script)
    return ipcsim


def test_every_line_of_tap_is_what_it_seems(fails):
    lines = fails("check", "--no-db", "--tap", ".").stdout.splitlines()

    assert lines[:3] == ["TAP version 14", "1..1", r"not ok 1 - ./\\x1b[1mä\#.lua"]
    assert r'  file: "./\u001b[1mä#.lua"' in lines
    assert all(is_harmless(line) for line in lines)


def test_junit_can_be_parsed(fails):
    fails("check", "--no-db", "--junit", "out.xml", ".")

    text = (fails.folder / "out.xml").read_text(encoding="utf-8")
    (case,) = xml.fromstring(text).iter("testcase")
    assert is_harmless(text)
    assert case.get("file") == r"./\x1b[1mä#.lua"


def test_a_summary_for_github_is_text(fails):
    fails(
        "check", "--no-db", ".",
        env={"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(fails.folder / "summary")},
    )  # fmt: skip

    text = (fails.folder / "summary").read_text(encoding="utf-8")
    assert is_harmless(text)
    assert r"| failed | ./\x1b&#91;1mä&#35;.lua | ./\x1b&#91;1mä&#35;.lua:" in text
