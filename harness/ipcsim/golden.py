# SPDX-License-Identifier: Apache-2.0 OR MIT
"""Golden traces: which runs of a scenario have one, and what comparing with them came to."""

from __future__ import annotations

import dataclasses
import json
import os
import tempfile
import xml.etree.ElementTree as ElementTree
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ipcsim.errors import GoldenMismatch
from ipcsim.program import PathLike, call
from ipcsim.settings import Param, Settings
from ipcsim.text import as_argument, as_shown

# Those that the program counts as passed.
_GOOD_VERDICTS = ("passed", "known", "pending")


@dataclass(frozen=True)
class Golden:
    """A run of a scenario that a golden trace is kept of: one as it is, or those that its
    header asks for."""

    name: str  # 'rot13', 'rot13[clients=8]'
    scenario: Path
    line: int  # of the scenario's header
    settings: Settings  # of its run alone


@dataclass(frozen=True)
class Checked:
    """What comparing one run with its golden trace came to.

    `verdict` is the program's own word: 'passed' (also one that was written anew); 'known', it
    fails as its known_issue says; 'pending', there is none yet; 'missing', there is none and
    this is CI; 'differs'; 'failed', the run itself did; 'fixed', a known_issue that does not
    happen any more; 'bound', it hit one before an answer.
    """

    name: str  # 'rot13', 'rot13[clients=8]'
    scenario: Path
    line: int  # where it failed, else that of the scenario's header
    verdict: str
    message: str  # what is wrong, in a line
    details: str  # the diff or the report, and the commands to replay or accept

    @property
    def passed(self) -> bool:
        """Whether the program counts it as passed: known and pending ones too."""
        return self.verdict in _GOOD_VERDICTS

    def assert_passed(self) -> Checked:
        """Returns itself, or raises GoldenMismatch (an AssertionError) with the diff."""
        __tracebackhide__ = True
        if not self.passed:
            headline = f"{self.verdict} {self.name} ({self.message})"
            raise GoldenMismatch(f"{headline}\n{self.details}".rstrip())
        return self


def goldens(scenario: PathLike, program: PathLike | None = None) -> list[Golden]:
    """The runs of a scenario that have, or should have, a golden trace.

    Raises ScenarioError: the file is none.
    """
    answer = call(program, ["list", "--json", "--", os.fspath(scenario)])
    (described,) = map(json.loads, answer.stdout.splitlines())
    found = [_golden(Path(scenario), described, wanted) for wanted in described["goldens"]]
    if len(found) > 1:
        sched = described["sched"]
        found = [dataclasses.replace(g, settings=only_one(g.settings, sched)) for g in found]
    return found


def _golden(scenario: Path, described: dict[str, Any], wanted: dict[str, str]) -> Golden:
    set_by_header = {as_argument(name): as_argument(value) for name, value in wanted.items()}
    name = as_shown(",".join(f"{name}={value}" for name, value in set_by_header.items()))
    params = {as_argument(param["name"]) for param in described["params"]}
    machine: dict[str, Any] = {
        name: int(value) if name in ("seed", "num_procs") else value
        for name, value in set_by_header.items()
        if name not in params and name in ("board", "sched", "fault", "seed", "num_procs")
    }
    others = {name: value for name, value in set_by_header.items() if name not in machine}
    return Golden(
        name=f"{scenario.stem}[{name}]" if name else scenario.stem,
        scenario=scenario,
        line=described["line"],
        settings=Settings(params=others, **machine),
    )


def only_one(settings: Settings, sched: str) -> Settings:
    """The same settings, so that `check` looks at their run alone: without any, it looks at
    all that the scenario's header asks for. `sched` is the scheduler that they mean anyway.

    How long things take (cost_scale) is none to `check`.
    """
    if dataclasses.replace(settings, cost_scale=None).arguments:
        return settings
    return dataclasses.replace(settings, sched=sched)


def check(
    *paths: PathLike,
    update: bool = False,
    board: PathLike | None = None,
    sched: str | None = None,
    fault: str | None = None,
    seed: int | None = None,
    num_procs: int | None = None,
    until_us: int | None = None,
    cost_scale: float | None = None,
    params: Mapping[str, Param] | None = None,
    timeout_seconds: float | None = None,
    jobs: int = 1,
    program: PathLike | None = None,
    **more_params: Param,
) -> list[Checked]:
    """Runs scenarios (files, or folders of them) and compares each with its golden traces:
    those that its header asks for, or with settings that change the run, the one of that
    run. Nothing is raised for a difference; see `Checked`.

    update: accept what is different, by writing the golden traces anew.
    Settings are those of `ipcsim.run`.

    Raises ScenarioError (also for a golden trace that cannot be read), HostError,
    Interrupted, ProgramNotFound.
    """
    settings = Settings(
        {**(params or {}), **more_params},
        board, sched, fault, seed, num_procs, until_us, cost_scale,
    )  # fmt: skip
    return check_with(settings, *paths, update=update, timeout_seconds=timeout_seconds,
                      jobs=jobs, program=program)  # fmt: skip


def check_with(
    settings: Settings,
    *paths: PathLike,
    update: bool = False,
    timeout_seconds: float | None = None,
    jobs: int = 1,
    program: PathLike | None = None,
    environment: Mapping[str, str] | None = None,
) -> list[Checked]:
    """`check` with settings in one piece. `environment` is added to that of the caller."""
    with tempfile.TemporaryDirectory(prefix="ipcsim-") as folder:
        report = Path(folder, "results.xml")
        words = ["check", "--no-db", "--color", "never", "--junit", str(report), "-j", str(jobs)]
        if update:
            words.append("--update")
        if timeout_seconds is not None:
            words += ["--timeout", str(timeout_seconds)]
        words += [*settings.arguments, "--", *(os.fspath(path) for path in paths)]
        call(program, words, environment)
        return [_checked(case) for case in ElementTree.parse(report).iter("testcase")]


def _checked(case: ElementTree.Element) -> Checked:
    found = next(iter(case), None)
    verdict, message, details = ("passed", "", "")
    if found is not None:
        verdict, message = found.get("type", ""), found.get("message", "")
        details = found.text or ""
    return Checked(
        name=case.get("name", ""),
        scenario=Path(case.get("file", "")),
        line=int(case.get("line", "1")),
        verdict=verdict,
        message=message,
        details=details.rstrip(),
    )
