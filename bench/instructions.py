# SPDX-License-Identifier: Apache-2.0 OR MIT
"""Counts the instructions of what the program does most, and compares with instructions.json.

    instructions.py [--accept] [--baseline FILE] PROGRAM MADE_OF

PROGRAM is ipcsim, and MADE_OF the file made_of.json of its build. Each figure is done so many times
and twice as many, and the difference is what counts: what comes before and after drops out.

Exit status 0: all are near to the baseline, or it is of another compiler or machine and judges
nothing; 1: one is not; 2: asked wrongly, or no baseline; 3: cannot be counted here.
"""

import argparse
import json
import os
import platform
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

BASELINE = Path(__file__).resolve().with_suffix(".json")

# By name, as `ipcsim bench --times` has them: how many show what one takes, and what one is.
WORKS = {
    "roundtrip": (2000, "round trip of two C processes"),
    "roundtrip_lua": (500, "round trip of two Lua processes"),
    "ring/64": (6400, "hop of a token through 64 processes"),
    "record": (40000, "event, made and recorded in SQLite"),
    "world/create": (20, "world of 4 Lua processes, created and destroyed"),
    "world/restore": (200, "return of such a world to a copy"),
}

ACCEPT = "./dev instructions --accept"
ALLOWED_PERCENT = 1

# By these the C library chooses between its versions of memcpy and the like. Without them it takes
# those that every processor of this architecture can run. It reads on behind a list that does not
# end with a comma.
CHOOSES_BY = (
    "AVX AVX2 AVX_Fast_Unaligned_Load BMI1 BMI2 ERMS FMA FSRM Fast_Unaligned_Copy "
    "Fast_Unaligned_Load LZCNT MOVBE POPCNT SSE4_1 SSE4_2 SSSE3"
)
ENVIRONMENT = {
    "PATH": "/usr/bin:/bin",
    "LC_ALL": "C",
    "GLIBC_TUNABLES": "glibc.cpu.hwcaps=" + "".join(f"-{name}," for name in CHOOSES_BY.split()),
}

# The path of the database takes part in what SQLite allocates: it is always as long.
SCRATCH = "/var/tmp"

COUNTED = re.compile(r"^==\d+== Collected : (\d+)$", re.MULTILINE)


class Refused(Exception):
    """A sentence for a person, and the exit status that goes with it."""

    def __init__(self, sentence, status):
        super().__init__(sentence)
        self.status = status


# --- Counting


def run(command, folder):
    """In a folder and an environment of its own, so that no settings of the caller get in."""
    try:
        return subprocess.run(
            list(map(str, command)),
            cwd=folder,
            env={**ENVIRONMENT, "TMPDIR": folder},
            capture_output=True,
            encoding="utf-8",
            check=True,
        )
    except FileNotFoundError as error:
        raise Refused(f"not on this machine: {error.filename}", 3) from error
    except (OSError, subprocess.CalledProcessError) as error:
        raise Refused(f"{error}\n{getattr(error, 'stderr', '')}".strip(), 3) from error


def read_made_of(path):
    """All that decides over instructions besides the sources."""
    made_of = json.loads(path.read_text(encoding="utf-8"))
    return {**made_of, "libc": " ".join(platform.libc_ver())}


def count(program, name, times):
    """How many instructions it took to do the work, and how often it was done."""
    tool = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"]
    with tempfile.TemporaryDirectory(dir=SCRATCH) as folder:
        done = run([*tool, program, "bench", "--times", str(times), name], folder)
    found = COUNTED.search(done.stderr)
    if not found:
        raise Refused(f"valgrind did not say how many instructions:\n{done.stderr}", 3)
    return int(found[1]), int(done.stdout.split()[1])


def count_one(program, name):
    """How many instructions it takes to do it once."""
    times, _ = WORKS[name]
    before, fewer = count(program, name, times)
    after, more = count(program, name, 2 * times)
    return round((after - before) / (more - fewer))


def count_all(program):
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return dict(zip(WORKS, pool.map(lambda name: count_one(program, name), WORKS)))


# --- The baseline


def read_baseline(path):
    """What it was made of, and its figures: instructions, and for some `allowed_percent`, `why`."""
    try:
        baseline = json.loads(path.read_text(encoding="utf-8"))
        for figure in baseline["figures"].values():
            if not (figure["instructions"] > 0 and figure.get("allowed_percent", 1) > 0):
                raise ValueError("a figure is not above 0")
        return dict(baseline["made_of"]), baseline["figures"]
    except FileNotFoundError as error:
        raise Refused(f"no baseline {path}: {ACCEPT} writes it", 2) from error
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise Refused(f"{path} is no baseline: {error!r}", 2) from error


def write_baseline(path, made_of, counts, figures):
    """What `figures` allow, and why, stays as it is."""
    figures = {name: {**figures.get(name, {}), "instructions": n} for name, n in counts.items()}
    text = json.dumps({"made_of": made_of, "figures": figures}, indent=2)
    path.write_text(text + "\n", encoding="utf-8")


# --- Judging


def difference(before, now):
    return (now / before - 1) * 100


def differs_in(made_of, made_before):
    """Sentences, none if the baseline can judge such a program."""
    return [
        f"{name} is {made_of.get(name)}, that of the baseline {made_before.get(name)}"
        for name in {**made_of, **made_before}
        if made_of.get(name) != made_before.get(name)
    ]


def judge(counts, figures):
    """Sentences about what is not as the baseline says."""
    for name in {**counts, **figures}:
        if name not in figures:
            yield f"{name}: has no baseline yet"
        elif name not in counts:
            yield f"{name}: is in the baseline, but nobody counts it"
        else:
            percent = difference(figures[name]["instructions"], counts[name])
            allowed = figures[name].get("allowed_percent", ALLOWED_PERCENT)
            if abs(percent) > allowed:
                word = "more" if percent > 0 else "fewer"
                yield f"{name}: {abs(percent):.2f} % {word} instructions; {allowed} % is allowed"


def table(counts, figures):
    yield f"{'figure':14}{'instructions':>14}{'baseline':>14}{'difference':>12}  for one"
    for name, now in counts.items():
        before = figures.get(name, {}).get("instructions")
        change = f"{difference(before, now):+.2f} %" if before else "-"
        shown = f"{before:,}" if before else "-"
        yield f"{name:14}{now:14,}{shown:>14}{change:>12}  {WORKS[name][1]}"


def compare(program, made_of, path):
    """Returns the exit status."""
    made_before, figures = read_baseline(path)
    foreign = differs_in(made_of, made_before)
    if foreign:
        print("not judged:", "; ".join(foreign))
        return 0
    counts = count_all(program)
    wrong = list(judge(counts, figures))
    print(*table(counts, figures), *wrong, sep="\n")
    if wrong:
        print(f"If that is meant, {ACCEPT} makes it the baseline, and the commit shows it.")
        return 1
    print("all within what the baseline allows")
    return 0


def accept(program, made_of, path):
    figures = read_baseline(path)[1] if path.exists() else {}
    counts = count_all(program)
    print(*table(counts, figures), sep="\n")
    write_baseline(path, made_of, counts, figures)
    print(f"{path.name} says so now: commit it")
    return 0


def main(arguments):
    parser = argparse.ArgumentParser(prog="./dev instructions")
    parser.add_argument("--accept", action="store_true", help="make this the baseline")
    parser.add_argument("--baseline", type=Path, default=BASELINE, metavar="FILE")
    parser.add_argument("program", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("made_of", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args(arguments)
    try:
        made_of = read_made_of(asked.made_of)
        do = accept if asked.accept else compare
        return do(asked.program.resolve(), made_of, asked.baseline)
    except Refused as refused:
        print(f"instructions: {refused}", file=sys.stderr)
        return refused.status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
