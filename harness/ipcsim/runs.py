# SPDX-License-Identifier: Apache-2.0 OR MIT
"""Runs a scenario, and keeps what came of it."""

from __future__ import annotations

import os
import shlex
import shutil
import tempfile
import weakref
from collections.abc import Mapping
from pathlib import Path

from ipcsim.errors import RecordError, ScenarioFailed
from ipcsim.golden import check_with, only_one
from ipcsim.program import PASSED, Answer, PathLike, call, from_here
from ipcsim.record import Record, run_ids
from ipcsim.settings import Param, Settings


class Run(Record):
    """A run that this process made: its record, and what the program said.

    A scenario that did not pass is a Run as well: see `outcome`, or `assert_passed`.
    """

    def __init__(
        self,
        answer: Answer,
        database: PathLike,
        run_id: int,
        scenario: PathLike,
        settings: Settings,
    ) -> None:
        super().__init__(database, run_id)
        self.scenario = Path(scenario).absolute()
        self.settings = settings
        self.updates_golden = False  # whether assert_matches_golden writes instead
        self._answer = answer

    @property
    def exit_code(self) -> int:
        """0 passed, 1 failed, 4 a bound was hit before an answer."""
        return self._answer.exit_code

    @property
    def stdout(self) -> str:
        """The trace, unless `trace="none"`, and the result in one line."""
        return self._answer.stdout

    @property
    def stderr(self) -> str:
        """The report, if it did not pass."""
        return self._answer.stderr

    @property
    def replay(self) -> str:
        """The command line that runs the same again."""
        path = str(from_here(self.scenario))
        return shlex.join([self._answer.command[0], "run", *self.settings.arguments, path])

    def assert_passed(self) -> Run:
        """Returns itself, or raises ScenarioFailed (an AssertionError) with the report."""
        __tracebackhide__ = True
        if self.exit_code != PASSED:
            raise ScenarioFailed(_report(self._answer))
        return self

    def assert_matches_golden(self, update: bool = False) -> Run:
        """Returns itself, or raises GoldenMismatch (an AssertionError) with the diff to the
        golden trace of these settings beside the scenario (`rot13.clients=4.trace`).

        One that is not there is a difference too. update: write it anew instead.
        """
        __tracebackhide__ = True
        (checked,) = check_with(
            only_one(self.settings, self.info.sched),
            from_here(self.scenario),
            update=update or self.updates_golden,
            program=self._answer.command[0],
            environment={"CI": "true"},
        )
        checked.assert_passed()
        return self


def _report(answer: Answer) -> str:
    """The trace is left out: the report has the last events of those involved."""
    result = answer.stdout.rstrip().rpartition("\n")[2]
    return "\n".join(text for text in (result, answer.stderr.rstrip()) if text)


def run(
    scenario: PathLike,
    *,
    board: PathLike | None = None,
    sched: str | None = None,
    fault: str | None = None,
    seed: int | None = None,
    num_procs: int | None = None,
    until_us: int | None = None,
    cost_scale: float | None = None,
    params: Mapping[str, Param] | None = None,
    trace: str = "text",
    timeout_seconds: float | None = None,
    db: PathLike | None = None,
    program: PathLike | None = None,
    **more_params: Param,
) -> Run:
    """Runs one scenario and returns what came of it.

    Other keywords than these are parameters of the scenario (`clients=4`); `params` holds
    those whose name means something else here.

    trace: what `stdout` holds, 'text', 'jsonl' or 'none'.
    timeout_seconds: of wall-clock time; a run that needs more has the outcome 'timeout'.
    db: record into this database, which nobody else writes meanwhile, instead of a
        temporary one that goes with the Run.
    program: see `find_program`.

    Raises ScenarioError (asked wrongly), HostError, Interrupted, ProgramNotFound.
    """
    __tracebackhide__ = True
    settings = Settings(
        {**(params or {}), **more_params},
        board, sched, fault, seed, num_procs, until_us, cost_scale,
    )  # fmt: skip
    words = ["--trace", trace, "--color", "never", *settings.arguments]
    if timeout_seconds is not None:
        words += ["--timeout", str(timeout_seconds)]
    if db is not None:
        return _run_into(Path(db), scenario, settings, words, program)

    folder = tempfile.mkdtemp(prefix="ipcsim-")
    try:
        result = _run_into(Path(folder, "ipcsim.db"), scenario, settings, words, program)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    weakref.finalize(result, shutil.rmtree, folder, ignore_errors=True)
    return result


def _run_into(
    database: Path,
    scenario: PathLike,
    settings: Settings,
    words: list[str],
    program: PathLike | None,
) -> Run:
    __tracebackhide__ = True
    if Path(scenario).is_dir():
        raise IsADirectoryError(f"{scenario} is a folder; give one scenario")
    known = run_ids(database) if database.exists() else []
    answer = call(program, ["run", "--db", str(database), *words, "--", os.fspath(scenario)])
    return Run(answer, database, _new_run(database, known), scenario, settings)


def _new_run(database: Path, known: list[int]) -> int:
    new = [run_id for run_id in run_ids(database) if run_id not in known]
    if len(new) != 1:
        raise RecordError(f"{database}: {len(new)} runs were added to it, not one")
    return new[0]
