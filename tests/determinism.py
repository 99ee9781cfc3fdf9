# SPDX-License-Identifier: Apache-2.0 OR MIT
"""Every scenario gives the same trace and the same hash from every build, twice.

    determinism.py PROGRAM...

The second time each run is recorded, which must change nothing either. Closes with
`N passed, N failed`, a case being a scenario.
"""

import hashlib
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def run(program, scenario, *options):
    done = subprocess.run(
        [program, "run", scenario.relative_to(ROOT), "--trace", "jsonl", *options],
        cwd=ROOT,
        capture_output=True,
        timeout=300,
        check=False,
    )
    return done.returncode, hashlib.sha256(done.stdout).hexdigest()[:16], len(done.stdout)


def recorded_hash(database):
    with sqlite3.connect(database) as connection:
        return connection.execute("select trace_hash from runs").fetchall()


def results(programs, scenario):
    """What each program says of a scenario: by what it was asked, who answered how."""
    unrecorded, recorded = {}, {}
    for program in programs:
        unrecorded[program] = run(program, scenario, "--no-db")
        with tempfile.TemporaryDirectory() as folder:
            database = Path(folder) / "run.db"
            again = run(program, scenario, "--db", database)
            assert again == unrecorded[program], f"{program}: the second run differs: {again}"
            recorded[program] = recorded_hash(database)
    return unrecorded, recorded


def check(programs, scenario):
    unrecorded, recorded = results(programs, scenario)
    status, digest, size = unrecorded[programs[0]]
    assert len(set(unrecorded.values())) == 1, f"traces differ: {unrecorded}"
    assert len({str(value) for value in recorded.values()}) == 1, f"hashes differ: {recorded}"
    assert size > 0, f"no trace, exit status {status}"
    return f"{digest} {size} bytes, exit status {status}"


def main(programs):
    programs = [str(Path(program).resolve()) for program in programs]
    passed = failed = 0
    for scenario in sorted((ROOT / "scenarios").glob("*.lua")):
        try:
            print(f"{scenario.name:32} {check(programs, scenario)}")
            passed += 1
        except (AssertionError, OSError, sqlite3.Error, subprocess.TimeoutExpired) as error:
            print(f"{scenario.name:32} FAILED: {error}")
            failed += 1
    print(f"{passed} passed, {failed} failed")
    return 0 if passed and not failed else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
