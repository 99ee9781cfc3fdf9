# SPDX-License-Identifier: Apache-2.0 OR MIT
"""Compares the simulator with what the real kernel did, event for event.

    python3 -m ipcsim.conformance --binary build/ipcsim PATH...

PATH is a folder (searched through), an archive (.tar, .tar.xz) or one file of kernel
vectors: pairs of a scripted scenario NAME.scn and the real kernel's trace NAME.jsonl.

Each scenario is compared at three levels, all of them event by event, in order:

    L1  what a process can see
    L2  L1 and what the kernel did
    L3  L2 and when: everything

A trace that was cut at its limit of steps is compared as far as it goes. A scenario on
which the simulator fails counts as equal at no level. Exit status: 0 all are equal at
L3, 1 some are not, 2 asked wrongly.
"""

from __future__ import annotations

import argparse
import difflib
import json
import signal
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

Event = dict[str, Any]

LEVELS = ("L1", "L2", "L3")

_SEEN_BY_PROCESSES = frozenset(
    "loaded sys ret upcall ynw load store burn intr userfault fault reinit panic end final".split()
)
_DONE_BY_KERNEL = _SEEN_BY_PROCESSES | frozenset("enq deq rm ipc region switch proc".split())
_KINDS: dict[str, frozenset[str] | None] = {
    "L1": _SEEN_BY_PROCESSES,
    "L2": _DONE_BY_KERNEL,
    "L3": None,
}

# Fields that say when; L3 alone looks at them.
_TIMES = frozenset({"t", "us", "slice"})
# Words of one build, by kind of event: where in its source, and in which words.
_WORDING = {"panic": "loc", "loaderr": "err"}

_ARCHIVES = (".tar", ".tar.xz")
_SCENARIOS_PER_RUN = 100
_SECONDS_PER_SCENARIO = 20


class AskedWrongly(Exception):
    """The person who called made a mistake: the message says what to do."""


@dataclass(frozen=True)
class Vector:
    """A scripted scenario and what the real kernel did with it."""

    name: str
    scenario: Path
    trace: Path


@dataclass(frozen=True)
class Difference:
    """Where two traces part: `position` counts the events before, from 0."""

    position: int
    before: list[Event]
    expected: Event | None
    got: Event | None


@dataclass(frozen=True)
class Verdict:
    """What came of one vector: the levels at which it is equal, else where it is not."""

    vector: Vector
    equal: frozenset[str]
    difference: Difference | None = None
    broken: str = ""

    @property
    def passed(self) -> bool:
        return "L3" in self.equal


@dataclass
class Report:
    """All verdicts of a call, in the order of the vectors."""

    verdicts: list[Verdict] = field(default_factory=list)

    def count(self, level: str) -> int:
        return sum(level in verdict.equal for verdict in self.verdicts)

    @property
    def failed(self) -> list[Verdict]:
        return [verdict for verdict in self.verdicts if not verdict.passed]


# ---- comparing


def parse_trace(lines: Iterable[str]) -> list[Event]:
    """The events of a trace, one JSON object a line. ValueError: a line is no such object."""
    events: list[Event] = []
    for number, line in enumerate(lines, 1):
        event = json.loads(line)
        if not isinstance(event, dict) or "ev" not in event:
            raise ValueError(f"line {number} is no event")
        events.append(event)
    return events


def _as_seen(event: Event, level: str) -> Event:
    """The event without the fields that this level does not look at."""
    ignored = {_WORDING.get(event["ev"])}
    if level != "L3":
        ignored |= _TIMES
    return {key: value for key, value in event.items() if key not in ignored}


def _select(events: Iterable[Event], level: str) -> list[Event]:
    kinds = _KINDS[level]
    return [event for event in events if kinds is None or event["ev"] in kinds]


def _was_cut(events: Sequence[Event]) -> bool:
    return any(event["ev"] == "end" and event.get("why") == "steps" for event in events)


def _until_end(events: Sequence[Event]) -> list[Event]:
    for position, event in enumerate(events):
        if event["ev"] == "end":
            return list(events[:position])
    return list(events)


def find_difference(
    expected: Sequence[Event], got: Sequence[Event], level: str = "L3"
) -> Difference | None:
    """The first event in which the traces differ at a level, or None.

    Where both were cut at the limit of steps, their common beginning is compared.
    """
    cut = _was_cut(expected) and _was_cut(got)
    if cut:
        expected, got = _until_end(expected), _until_end(got)
    expected, got = _select(expected, level), _select(got, level)
    common = min(len(expected), len(got))
    for position in range(common):
        if _as_seen(expected[position], level) != _as_seen(got[position], level):
            break
    else:
        position = common
        if cut or len(expected) == len(got):
            return None
    return Difference(
        position=position,
        before=list(expected[max(0, position - 5) : position]),
        expected=expected[position] if position < len(expected) else None,
        got=got[position] if position < len(got) else None,
    )


def judge(vector: Vector, got: str) -> Verdict:
    """Compares what the simulator printed for a vector with its trace."""
    try:
        text = vector.trace.read_text(encoding="utf-8")
        if got == text:
            return Verdict(vector, frozenset(LEVELS))
        expected = parse_trace(text.splitlines())
    except ValueError as error:
        return Verdict(vector, frozenset(), broken=f"{vector.trace.name} cannot be read: {error}")
    try:
        events = parse_trace(got.splitlines())
    except ValueError as error:
        return Verdict(vector, frozenset(), broken=f"its trace cannot be read: {error}")
    differences = {level: find_difference(expected, events, level) for level in LEVELS}
    equal = frozenset(level for level in LEVELS if differences[level] is None)
    return Verdict(vector, equal, differences["L3"])


# ---- finding vectors


def _pair(scenario: Path, name: str) -> Vector:
    trace = scenario.with_suffix(".jsonl")
    if not trace.is_file():
        raise AskedWrongly(f"{name}: there is no {trace.name} beside it to compare with")
    return Vector(name, scenario, trace)


def _unpack(archive: Path, scratch: Path) -> Iterator[Vector]:
    target = Path(tempfile.mkdtemp(dir=scratch))
    try:
        with tarfile.open(archive) as tar:
            for member in tar:
                name = PurePosixPath(member.name)
                file = tar.extractfile(member) if name.suffix in (".scn", ".jsonl") else None
                if file is None:
                    continue
                place = target.joinpath(*(part for part in name.parts if part not in ("/", "..")))
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_bytes(file.read())
    except (tarfile.TarError, EOFError, OSError) as error:
        raise AskedWrongly(f"{archive}: it cannot be unpacked: {error}") from error
    for scenario in sorted(target.rglob("*.scn")):
        yield _pair(scenario, f"{archive}:{scenario.relative_to(target)}")


def _is_archive(path: Path) -> bool:
    return path.name.endswith(_ARCHIVES)


def _suggestion(path: Path) -> str:
    names = [p.name for p in path.parent.iterdir()] if path.parent.is_dir() else []
    near = difflib.get_close_matches(path.name, names, n=1)
    return f"; did you mean '{path.parent / near[0]}'?" if near else ""


def find_vectors(path: Path, scratch: Path) -> Iterator[Vector]:
    """The vectors at `path`, sorted by name. Archives are unpacked into `scratch`."""
    if path.is_dir():
        for found in sorted(path.rglob("*")):
            if found.is_file() and (found.suffix == ".scn" or _is_archive(found)):
                yield from find_vectors(found, scratch)
    elif not path.exists():
        raise AskedWrongly(f"{path}: there is no such file or folder{_suggestion(path)}")
    elif _is_archive(path):
        yield from _unpack(path, scratch)
    elif path.suffix == ".scn":
        yield _pair(path, str(path))
    else:
        raise AskedWrongly(f"{path}: give a folder, a .tar.xz, a .tar or a .scn")


# ---- running


def _split_output(output: str) -> dict[str, str]:
    """What was printed for each file: a line `# PATH` stands before it."""
    traces: dict[str, str] = {}
    for part in output.split("\n# ") if output else []:
        path, _, trace = part.removeprefix("# ").partition("\n")
        traces[path] = trace if trace.endswith("\n") or not trace else trace + "\n"
    return traces


def _call(binary: Path, paths: Sequence[str]) -> subprocess.CompletedProcess[str]:
    command = [str(binary), "vector", *paths]
    seconds = _SECONDS_PER_SCENARIO * len(paths)
    try:
        return subprocess.run(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            errors="surrogateescape",
            check=False,
            timeout=seconds,
        )
    except subprocess.TimeoutExpired:
        return subprocess.CompletedProcess(
            command, -signal.SIGKILL, "", f"it did not end within {seconds} s"
        )
    except OSError as error:
        raise AskedWrongly(
            f"{binary} cannot be run: {error.strerror}. Build it, or say --binary FILE"
        ) from error


def _why(done: subprocess.CompletedProcess[str]) -> str:
    if done.returncode < 0:
        how = f"killed by signal {-done.returncode}"
    else:
        how = f"exit status {done.returncode}"
    words = done.stderr.strip().splitlines()
    return f"the simulator printed no trace ({how}){': ' + words[-1] if words else ''}"


def _run_alone(binary: Path, vector: Vector) -> Verdict:
    done = _call(binary, [str(vector.scenario)])
    if done.returncode != 0:
        return Verdict(vector, frozenset(), broken=_why(done))
    return judge(vector, done.stdout)


def _run_together(binary: Path, vectors: Sequence[Vector]) -> list[Verdict]:
    """One call for all of them; if it fails, one for each tells which was to blame."""
    if len(vectors) > 1:
        done = _call(binary, [str(vector.scenario) for vector in vectors])
        traces = _split_output(done.stdout) if done.returncode == 0 else {}
        if all(str(vector.scenario) in traces for vector in vectors):
            return [judge(vector, traces[str(vector.scenario)]) for vector in vectors]
    return [_run_alone(binary, vector) for vector in vectors]


def run(binary: Path, vectors: Sequence[Vector], jobs: int = 2) -> Report:
    """Runs all vectors, `jobs` calls of the simulator at a time."""
    size = max(1, min(_SCENARIOS_PER_RUN, -(-len(vectors) // jobs)))
    chunks = [vectors[start : start + size] for start in range(0, len(vectors), size)]
    report = Report()
    with ThreadPoolExecutor(max_workers=jobs) as pool:
        for verdicts in pool.map(lambda chunk: _run_together(binary, chunk), chunks):
            report.verdicts.extend(verdicts)
    return report


# ---- telling


def _line(event: Event | None) -> str:
    if event is None:
        return "(nothing: the trace ends here)"
    return json.dumps(event, ensure_ascii=False, separators=(",", ":"))


def _field_lines(expected: Event, got: Event) -> Iterator[str]:
    ignored = _WORDING.get(expected["ev"])
    for key in [*expected, *(key for key in got if key not in expected)]:
        if key != ignored and expected.get(key) != got.get(key):
            yield (
                f"    {key}: expected {json.dumps(expected.get(key), ensure_ascii=False)}, "
                f"got {json.dumps(got.get(key), ensure_ascii=False)}"
            )


def describe(verdict: Verdict) -> Iterator[str]:
    """What a person needs to see of a vector that is not equal, line by line."""
    yield f"{verdict.vector.name}:"
    if verdict.broken:
        yield f"    {verdict.broken}"
        return
    difference = verdict.difference
    assert difference is not None
    levels = ", ".join(level for level in LEVELS if level in verdict.equal)
    yield f"  parts at event {difference.position + 1} (equal: {levels or 'no level'})"
    for event in difference.before:
        yield f"    ...      {_line(event)}"
    yield f"    expected {_line(difference.expected)}"
    yield f"    got      {_line(difference.got)}"
    if difference.expected and difference.got:
        if difference.expected["ev"] == difference.got["ev"]:
            yield from _field_lines(difference.expected, difference.got)


def tell(report: Report, show: int) -> None:
    """Prints the first differences and the counts, which a caller may rely on."""
    failed = report.failed
    total = len(report.verdicts)
    for verdict in failed[:show]:
        print("\n".join(describe(verdict)), end="\n\n")
    if len(failed) > show:
        print(f"... and {len(failed) - show} more that differ (--show N shows N)\n")
    print(" ".join(f"{level} {report.count(level)}/{total}" for level in LEVELS))
    print(f"{total - len(failed)} passed, {len(failed)} failed")


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError
    return number


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="conformance",
        description="Compares the simulator with what the real kernel did, event for event.",
    )
    parser.add_argument("--binary", type=Path, default=Path("build/ipcsim"),
                        help="the simulator (build/ipcsim)")
    parser.add_argument("--show", type=int, default=5, metavar="N",
                        help="how many that differ to show (5)")
    parser.add_argument("-j", "--jobs", type=_positive, default=2, metavar="N",
                        help="how many to run at a time (2)")
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH",
                        help="a folder, an archive or a .scn of kernel vectors")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> int:
    arguments = _arguments(argv)
    try:
        with tempfile.TemporaryDirectory(prefix="ipcsim-") as scratch:
            vectors = [
                vector
                for path in arguments.paths
                for vector in find_vectors(path, Path(scratch))
            ]
            if not vectors:
                raise AskedWrongly("there are no vectors (.scn files) in what was given")
            report = run(arguments.binary.resolve(), vectors, arguments.jobs)
            tell(report, arguments.show)
    except AskedWrongly as error:
        print(f"conformance: {error}", file=sys.stderr)
        return 2
    return 1 if report.failed else 0


if __name__ == "__main__":
    sys.exit(main())
