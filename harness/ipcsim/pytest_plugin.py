# SPDX-License-Identifier: Apache-2.0 OR MIT
"""The pytest plugin: scenarios as tests, and the fixture `ipcsim_run` for tests in Python.

    pytest --ipcsim scenarios/          each scenario is checked against its golden traces

    def test_four_clients(ipcsim_run):
        run = ipcsim_run("scenarios/rot13.lua", clients=4)
        run.assert_passed()

pytest finds it by itself where the package is installed; elsewhere, `-p ipcsim.pytest_plugin`.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterable
from pathlib import Path
from typing import Any

import pytest

import ipcsim
from ipcsim.golden import check_with
from ipcsim.program import PathLike, from_here

_PROGRAM_OPTION = "ipcsim_program"


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("ipcsim", "simulated IPC of Tock")
    group.addoption(
        "--ipcsim",
        action="store_true",
        help="collect scenarios (*.lua): each is checked against its golden traces",
    )
    group.addoption(
        "--ipcsim-program",
        metavar="FILE",
        dest=_PROGRAM_OPTION,
        help="the program; default: what IPCSIM names, else the one in PATH",
    )
    group.addoption(
        "--ipcsim-update",
        action="store_true",
        help="accept what is different: write the golden traces anew",
    )
    group.addoption(
        "--ipcsim-timeout",
        metavar="SECONDS",
        type=float,
        default=60.0,
        help="of wall-clock time for each collected scenario; default: 60",
    )


def pytest_configure(config: pytest.Config) -> None:
    if not config.getoption("--ipcsim"):
        return
    try:
        ipcsim.find_program(config.getoption(_PROGRAM_OPTION))
    except ipcsim.ProgramNotFound as error:
        raise pytest.UsageError(str(error)) from None


# --- Scenarios as tests


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    is_hidden = file_path.name.startswith(".") and not parent.session.isinitpath(file_path)
    if not parent.config.getoption("--ipcsim") or file_path.suffix != ".lua" or is_hidden:
        return None
    collector: pytest.Collector = ScenarioFile.from_parent(parent, path=file_path)
    return collector


class ScenarioFile(pytest.File):
    """A scenario; its items are the runs that golden traces are kept of."""

    def collect(self) -> Iterable[pytest.Item]:
        try:
            goldens = ipcsim.goldens(self.path, self.config.getoption(_PROGRAM_OPTION))
        except ipcsim.IpcsimError as error:
            if _is_used(self.path):
                return []
            raise self.CollectError(str(error)) from None
        return [ScenarioItem.from_parent(self, name=g.name, golden=g) for g in goldens]


def _is_used(path: Path) -> bool:
    """Whether a file that is no scenario is one that another beside it runs by use("name")."""
    call = re.compile(rf"""\buse\s*\(?\s*(["']){re.escape(path.stem)}\1""")
    others = (other for other in path.parent.glob("*.lua") if other != path)
    return any(call.search(other.read_text(errors="replace")) for other in others)


class ScenarioItem(pytest.Item):
    """Passes if the run is as its golden trace says."""

    def __init__(self, *, golden: ipcsim.Golden, **more: Any) -> None:
        super().__init__(**more)
        self.golden = golden

    def runtest(self) -> None:
        (checked,) = check_with(
            self.golden.settings,
            from_here(self.golden.scenario),
            update=self.config.getoption("--ipcsim-update"),
            timeout_seconds=self.config.getoption("--ipcsim-timeout"),
            program=self.config.getoption(_PROGRAM_OPTION),
        )
        if checked.verdict == "known":
            pytest.xfail(checked.message)
        if checked.verdict == "pending":
            pytest.skip(f"{self.name}: {checked.message} yet; --ipcsim-update makes it")
        checked.assert_passed()

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """What the program said is all there is to know."""
        if isinstance(excinfo.value, (ipcsim.GoldenMismatch, ipcsim.IpcsimError)):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int, str]:
        return self.path, self.golden.line - 1, self.name


# --- Tests in Python


class RunScenario:
    """What the fixture `ipcsim_run` is: `ipcsim.run`, but that

    - a path that is not absolute is one beside the test, else one from pytest's rootdir;
    - each run has its database, `ipcsim-N.db` in the test's tmp_path, that stays;
    - the program is that of `--ipcsim-program`, if it is given.
    """

    def __init__(self, config: pytest.Config, beside: Path, folder: Path) -> None:
        self.runs: list[ipcsim.Run] = []
        self._program = config.getoption(_PROGRAM_OPTION)
        self._updates_golden = config.getoption("--ipcsim-update")
        self._places = (beside, config.rootpath)
        self._folder = folder

    def __call__(self, scenario: PathLike, **settings: Any) -> ipcsim.Run:
        __tracebackhide__ = True
        settings.setdefault("program", self._program)
        settings.setdefault("db", self._folder / f"ipcsim-{len(self.runs) + 1}.db")
        run = ipcsim.run(self._find(Path(scenario)), **settings)
        run.updates_golden = self._updates_golden
        self.runs.append(run)
        return run

    def _find(self, path: Path) -> Path:
        for place in self._places:
            if (place / path).exists():
                return from_here(place / path)
        return path


_RUNS = pytest.StashKey[list[ipcsim.Run]]()


@pytest.fixture
def ipcsim_run(request: pytest.FixtureRequest, tmp_path: Path) -> RunScenario:
    """Runs a scenario: `ipcsim_run("scenarios/rot13.lua", clients=4)` is an `ipcsim.Run`."""
    run_scenario = RunScenario(request.config, request.path.parent, tmp_path)
    request.node.stash[_RUNS] = run_scenario.runs
    return run_scenario


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Any, None]:
    """A failed test shows what it ran: the commands to replay it, and where the records are."""
    outcome = yield
    report: pytest.TestReport = outcome.get_result()
    runs: list[ipcsim.Run] = item.stash.get(_RUNS, [])
    if report.failed and runs:
        text = "\n".join(_about(run) for run in runs)
        report.sections.append(("runs of ipcsim", text))


def _about(run: ipcsim.Run) -> str:
    return f"{run.outcome}: {run.replay}\n    record: {run.database}"
